"""May a person open a case, for which pieces and how much? One no channel knows of: the hub alone brings it on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from orderhub.domain.aftersale import Aftersale, CaseOrigin, begin, case_of, move
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.order import Order, OrderLine, OrderStatus
from orderhub.domain.order_stock import every_line
from orderhub.domain.refund_answer import AnsweredAlready, AnswerState, CaseEnded, answers_of, left_fen
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.review import order_of
from orderhub.domain.rollout import check_goes_out
from orderhub.domain.shipping import waybill
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.ids import clean_text
from orderhub.kernel.money import bounded_fen, share_fen

MOST_WORDS = 200
_NO_LONGEST = 56  # of the order's number within the case's
WITHOUT_MONEY = (AftersaleKind.EXCHANGE, AftersaleKind.RESEND)
_AT_HOME = (OrderStatus.TO_REVIEW, OrderStatus.TO_ALLOCATE, OrderStatus.TO_SHIP, OrderStatus.PARTLY_SHIPPED)
_GONE = (OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED)


class OrderUnpaid(RuleBroken):
    code = "order_unpaid"


class OrderCancelled(RuleBroken):
    code = "order_cancelled"


class KindDoesNotFit(RuleBroken):
    code = "case_kind_unfit"


class LineInOpenCase(RuleBroken):
    code = "line_in_open_case"


class MorePieces(RuleBroken):
    code = "more_pieces"


class OverPaid(RuleBroken):
    code = "over_paid"


class NotByHand(RuleBroken):
    code = "case_not_by_hand"


class SaidYes(RuleBroken):
    code = "case_said_yes"


@dataclass(frozen=True)
class LineShare:
    line: OrderLine
    quantity: int
    amount_fen: int


@dataclass(frozen=True)
class Weighed:
    """What a case would be: ``amount_fen`` in ``shares`` that add up, ``left_fen`` of the order at most."""

    amount_fen: int
    left_fen: int
    shares: tuple[LineShare, ...]


def kinds_for(order: Order) -> list[AftersaleKind]:
    """What may be opened where the order stands."""
    return [kind for kind in AftersaleKind if _fits(kind, order.status)]


def weigh(
    session: Session, order: Order, kind: AftersaleKind, pieces: Mapping[int, int], amount_fen: int | None
) -> Weighed:
    """What ``open_case`` would open; nothing is changed. Without an amount: what the pieces are worth of what was paid.

    Raises: as ``open_case``.
    """
    check_goes_out(session.get_one(Shop, order.shop_id), order.channel_order_no)
    _check_order(order, kind)
    lines = every_line(session, order)
    meant = _meant(session, order, lines, pieces)
    left = left_fen(session, order)
    values = [line.total_fen * count // line.quantity for line, count in meant]
    amount = _amount(order, kind, amount_fen, left, worth=sum(values), goods=sum(line.total_fen for line in lines))
    shares = share_fen(amount, values if any(values) else [count for _, count in meant])
    found = [LineShare(line, count, share) for (line, count), share in zip(meant, shares, strict=True)]
    return Weighed(amount, left, tuple(found))


def open_case(  # noqa: PLR0917  (what a person says of a case, in the order of the form)
    session: Session,
    order_id: int,
    kind: AftersaleKind,
    pieces: Mapping[int, int],
    amount_fen: int | None,
    reason_kind: ReasonKind,
    words: str,
    *,
    by: str,
    now: datetime,
    is_at_our_door: bool = False,
) -> Aftersale:
    """A case for ``pieces`` of the order's lines, by their ids; an order that has not left is held.

    ``is_at_our_door``: a refused parcel that has come back already.

    Raises:
        NotFound: there is no such order. NotOurs: the present system acts on it.
        OrderUnpaid, OrderCancelled, KindDoesNotFit: such a case makes no sense where the order stands.
        LineInOpenCase: a line is in another case that is still open. MorePieces: so many are not left of it.
        OverPaid: more than was paid and has not gone back.
        BadInput: no pieces, no amount where one is wanted, or a reason without words.
        StageForbids: the flow map lets nobody open one where the order stands.
    """
    order = order_of(session, order_id)
    check_stage_allows(session, order, StageAction.OPEN_CASE)
    said = clean_text(words, most=MOST_WORDS, field="words")
    if reason_kind is ReasonKind.OTHER and not said:
        raise BadInput("words: another reason has to be said", field="words", problem="case_words")
    weighed = weigh(session, order, kind, pieces, amount_fen)
    has_come = is_at_our_door and kind is AftersaleKind.REFUSED_PARCEL
    case = Aftersale(
        shop_id=order.shop_id,
        order_id=order.id,
        channel=order.channel,
        channel_refund_no=_number(session, order),
        kind=kind,
        status=AftersaleStatus.RETURNED if has_come else AftersaleStatus.REQUESTED,
        channel_status_word="",
        amount_fen=weighed.amount_fen,
        reason=said,
        reason_kind=reason_kind,
        requested_at=now,
        channel_updated_at=now,
        content_digest="",
        accepted_at=now,
        origin=CaseOrigin.HAND,
        opened_by=by,
    )
    begin(session, order, case, {share.line.id: share.quantity for share in weighed.shares}, by=by, now=now)
    return case


def withdraw(session: Session, case_id: int, *, by: str, now: datetime) -> Aftersale:
    """The buyer, or who opened it, takes it back.

    Raises:
        NotFound: there is no such case. NotByHand: its channel decides it.
        CaseEnded: it is over. SaidYes: we have agreed. AnsweredAlready: an answer is on its way.
    """
    case = _by_hand(session, case_id)
    if case.approved_at or case.status in (AftersaleStatus.APPROVED, AftersaleStatus.REFUNDING):
        raise SaidYes(f"{case.channel_refund_no}: we have said yes, money or goods may be on their way")
    move(session, case, AftersaleStatus.WITHDRAWN, by=by, now=now)
    return case


def bring_back(session: Session, case_id: int, tracking_no: str, *, by: str, now: datetime) -> Aftersale:
    """The buyer has sent the goods, or the refused parcel has come back.

    Raises:
        NotFound, NotByHand, CaseEnded, AnsweredAlready: as ``withdraw``.
        IllegalMove: nothing comes back in a case of its kind, or it has come already.
        BadInput: no waybill can look so.
    """
    case = _by_hand(session, case_id)
    if tracking_no.strip():
        case.return_tracking_no = waybill(tracking_no)
    session.add(case)
    move(session, case, AftersaleStatus.RETURNED, by=by, now=now)
    return case


def _by_hand(session: Session, case_id: int) -> Aftersale:
    _, case = case_of(session, case_id)
    if case.origin is not CaseOrigin.HAND:
        raise NotByHand(f"{case.channel_refund_no}: {case.channel} brings it on")
    if case.status in ENDED:
        raise CaseEnded(f"{case.channel_refund_no} is {case.status}")
    newest = next(iter(answers_of(session, case.id)), None)
    if newest and newest.state is AnswerState.OPEN:
        raise AnsweredAlready(f"{case.channel_refund_no}: {newest.answered_by} answered {newest.decision} already")
    return case


def _fits(kind: AftersaleKind, status: OrderStatus) -> bool:
    if kind is AftersaleKind.UNKNOWN:
        return False
    return status in (_AT_HOME if kind is AftersaleKind.REFUND_BEFORE_SHIPPING else _GONE)


def _check_order(order: Order, kind: AftersaleKind) -> None:
    number = order.channel_order_no
    if order.status is OrderStatus.CANCELLED:
        raise OrderCancelled(f"{number} is cancelled")
    if order.paid_fen <= 0 or order.status is OrderStatus.PENDING_PAYMENT:
        raise OrderUnpaid(f"{number} is not paid")
    if not _fits(kind, order.status):
        raise KindDoesNotFit(f"{number} is {order.status}: {kind} does not fit")


def _meant(
    session: Session, order: Order, lines: list[OrderLine], pieces: Mapping[int, int]
) -> list[tuple[OrderLine, int]]:
    wanted = {line_id: count for line_id, count in pieces.items() if count}
    if not wanted:
        raise BadInput("pieces: say how many of which line", field="pieces", problem="case_pieces")
    if not wanted.keys() <= {line.id for line in lines}:
        raise BadInput("pieces: a line is not of this order", field="pieces", problem="case_lines")
    busy, gone = _in_cases(session, order)
    meant = [(line, wanted[line.id]) for line in lines if line.id in wanted]
    for line, count in meant:
        left = line.quantity - gone.get(line.id, 0)
        if line.id in busy:
            raise LineInOpenCase(f"{line.sku_code or line.title}: is in {busy[line.id]}, which is still open")
        if not 0 < count <= left:
            raise MorePieces(f"{line.sku_code or line.title}: {count} pieces wanted, {left} are left")
    return meant


def _in_cases(session: Session, order: Order) -> tuple[dict[int, str], dict[int, int]]:
    """By line: the number of the open case it is in, and how many pieces went back in cases that are over."""
    wanted = (
        select(AftersaleLine, Aftersale)
        .join(Aftersale, col(Aftersale.id) == AftersaleLine.aftersale_id)
        .where(Aftersale.order_id == order.id)
    )
    busy: dict[int, str] = {}
    gone: dict[int, int] = {}
    for piece, case in session.exec(wanted):
        if case.status not in ENDED:
            busy[piece.line_id] = case.channel_refund_no
        elif case.status is AftersaleStatus.CLOSED and case.kind not in WITHOUT_MONEY:
            gone[piece.line_id] = gone.get(piece.line_id, 0) + piece.quantity
    return busy, gone


def _amount(order: Order, kind: AftersaleKind, amount_fen: int | None, left: int, *, worth: int, goods: int) -> int:
    if kind in WITHOUT_MONEY:
        if amount_fen:
            raise BadInput("amount: no money goes back", field="amount_fen", problem="case_no_money")
        return 0
    if amount_fen is None:
        amount_fen = min(order.paid_fen * worth // goods if goods else left, left)
    amount = bounded_fen(amount_fen, field="amount_fen")
    if amount <= 0:
        raise BadInput("amount: needs more than 0", field="amount_fen", problem="refund_amount")
    if amount > left:
        raise OverPaid(f"{order.channel_order_no}: {amount} fen wanted, {left} fen of what was paid are left")
    return amount


def _number(session: Session, order: Order) -> str:
    """``H<order no>-<n>``; the order is locked, so nobody else counts now."""
    mine = select(func.count()).where(Aftersale.order_id == order.id, Aftersale.origin == CaseOrigin.HAND)
    return f"H{order.channel_order_no[-_NO_LONGEST:]}-{session.exec(mine).one() + 1}"
