"""Which goods does a case send, from where, with whom? What its lines stand for, or what somebody chose."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import lines_of
from orderhub.domain.allocating import ways_of
from orderhub.domain.allocation import choose
from orderhub.domain.allocation_facts import facts_for
from orderhub.domain.delivery import OPEN, DeliveryStatus, add_delivery, deliveries_of, move_delivery
from orderhub.domain.delivery_plan import Plan, Way, parcels, share_out
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.order_stock import every_line, line_code
from orderhub.domain.rebooking import hold_at
from orderhub.domain.shortage_choice import asked_for, choices_of
from orderhub.domain.sku import Sku, explode, explode_each, has_skus
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import SYSTEM

MOST_PIECES = 999
_TRIES = 25
_TIME_ALLOWED = timedelta(hours=48)  # as for an order, where the channel names no moment

Pieces = Mapping[tuple[int, int], int]  # how many by (line, SKU); SKU 0 counts the line's own quantity


class NothingToSend(RuleBroken):
    code = "nothing_to_send"


def usual_pieces(session: Session, order: Order, case: Aftersale) -> Counter[tuple[int, int]]:
    """What its lines stand for, by (line, SKU): the same goods once more. Codes that stand for nothing are left out."""
    lines = _lines_meant(session, order, case)
    if not has_skus(session):
        return Counter({(line.id, 0): count for line, count in lines})
    chosen = choices_of(session, order.id)
    asked = [asked_for(line, line_code(line), chosen.get(line.id)) for line, _ in lines]
    found: Counter[tuple[int, int]] = Counter()
    for (line, count), wanted in zip(lines, explode_each(session, order.shop_id, asked), strict=True):
        for sku_id, pieces in wanted.every.items():
            found[line.id, sku_id] += -(-pieces * count // line.quantity)  # of a line of 3, one was asked for
    return found


def pieces_meant(
    session: Session, order: Order, case: Aftersale, pieces: Mapping[int, int] | None
) -> Counter[tuple[int, int]]:
    """``pieces`` by SKU, each with the line it replaces; None: ``usual_pieces``.

    Raises:
        BadInput: a number that cannot be, or goods that are no longer there.
        NothingToSend: nothing is meant.
    """
    usual = usual_pieces(session, order, case)
    if pieces is None:
        found = usual
    else:
        lines = [line.id for line, _ in _lines_meant(session, order, case)]
        if any(not 1 <= count <= MOST_PIECES for count in pieces.values()):
            raise BadInput("pieces: 1 to 999 of each", field="pieces", problem="replacement_pieces")
        found = Counter()
        for sku_id, count in sorted(_exploded(session, order, pieces).items()):
            line = next((line for line, usual_sku in usual if usual_sku == sku_id), lines[0] if lines else 0)
            found[line, sku_id] += count
    if not +found or any(not line_id for line_id, _ in found):
        raise NothingToSend(f"{case.channel_refund_no}: its lines stand for no goods; choose what is to be sent")
    return found


def plan(session: Session, order: Order, case: Aftersale, pieces: Pieces, *, by: str, now: datetime) -> bool:
    """Hold the pieces where allocation would and plan their deliveries; False: they are short, nothing is changed."""
    lines: dict[int, dict[int, int]] = {}
    for (line_id, sku_id), count in pieces.items():
        lines.setdefault(line_id, {})[sku_id] = count
    found = _held(session, order, case, lines, now) if has_skus(session) else _unstocked(session, order, lines, now)
    if found is None:
        return False
    places, ways = found
    for warehouse_id, parts in sorted(places.items()):
        way = ways.get(warehouse_id, Way())
        for parcel in parcels(parts, way):
            add_delivery(
                session,
                warehouse_id,
                [(order.id, line_id, sku_id, count) for line_id, sku_id, count in parcel],
                ship_by=case.deadline or now + _TIME_ALLOWED,
                by=by,
                now=now,
                carrier=way.carrier,
                service_id=way.service_id,
                aftersale_id=case.id,
            )
    return True


def let_go(session: Session, order: Order, case: Aftersale, *, by: str, now: datetime) -> None:
    """What has not left for it is cancelled, and free again. Safe to repeat."""
    for delivery in deliveries_of(session, order.id, *OPEN, case_id=case.id):
        move_delivery(session, delivery, DeliveryStatus.CANCELLED, by=by, now=now)
    hold_at(session, order.id, {}, by=by, now=now, case_id=case.id)


def _exploded(session: Session, order: Order, pieces: Mapping[int, int]) -> dict[int, int]:
    """A bundle becomes its parts; what is given along with a SKU is not given again."""
    skus = {sku.id: sku for sku in session.exec(select(Sku).where(col(Sku.id).in_(list(pieces)), col(Sku.id) > 0))}
    if len(skus) < len(pieces):
        raise BadInput("pieces: one of the goods is no longer there", field="pieces", problem="replacement_sku")
    found: Counter[int] = Counter()
    for sku_id, count in pieces.items():
        meant = explode(session, order.shop_id, [(skus[sku_id].code, count)]).every
        found.update({sku_id: count} if sku_id in meant or not meant else meant)
    return dict(found)


def _lines_meant(session: Session, order: Order, case: Aftersale) -> list[tuple[OrderLine, int]]:
    """The case's lines with how many of each; where it names none, the order's first."""
    every = {line.id: line for line in every_line(session, order)}
    meant = [(every[one.line_id], one.quantity) for one in lines_of(session, case.id) if one.line_id in every]
    return meant or [(line, line.quantity) for line in list(every.values())[:1]]


def _held(
    session: Session, order: Order, case: Aftersale, lines: Mapping[int, Mapping[int, int]], now: datetime
) -> tuple[Plan, Mapping[int, Way]] | None:
    wanted: Counter[int] = Counter()
    for pieces in lines.values():
        wanted.update(pieces)
    for _ in range(_TRIES):
        picks = choose(facts_for(session, order, wanted, {}, now=now)).picks
        if not picks:
            return None
        places: Counter[tuple[int, int]] = Counter()
        for pick in picks:
            places.update({(sku_id, pick.candidate.warehouse_id): count for sku_id, count in pick.pieces.items()})
        if hold_at(session, order.id, places, by=SYSTEM, now=now, case_id=case.id):
            return share_out(list(lines.items()), places), ways_of(session, picks)
    return None


def _unstocked(
    session: Session, order: Order, lines: Mapping[int, Mapping[int, int]], now: datetime
) -> tuple[Plan, Mapping[int, Way]]:
    picks = choose(facts_for(session, order, {}, {}, now=now)).picks
    parts = [(line_id, sku_id, count) for line_id, pieces in lines.items() for sku_id, count in pieces.items()]
    return {0: parts}, ways_of(session, picks)
