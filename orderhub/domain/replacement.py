"""Which goods go out for a case? 换货 and 补发: pieces of stock, held for the case, in deliveries of the same order.

The order stays as it is and its channel hears of no second parcel. Goods that are short are waited for; once all have
left, a case that no channel decides is closed with their waybill.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, exists
from sqlmodel import Field, Session, SQLModel, col, delete, func, select

from orderhub.domain.aftersale import Aftersale, AftersaleEvent, case_of, move, restage
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.delivery import OPEN, Delivery, DeliveryStatus, deliveries_of, pieces_in
from orderhub.domain.order import Order, Shipment
from orderhub.domain.replacement_gate import SENDS, check_may_send
from orderhub.domain.replacement_goods import NothingToSend, let_go, pieces_meant, plan
from orderhub.domain.reservation import take
from orderhub.domain.rollout import check_goes_out
from orderhub.domain.shop import Shop
from orderhub.domain.stock import StockLevel
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import SYSTEM, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.lifecycle import Lifecycle

AT_ONCE = 200
WORDS_LEAST, WORDS_MOST = 2, 200


class ReplacementState(StrEnum):
    WAITING = "waiting"  # 等货
    PLANNED = "planned"  # 待发出
    LEFT = "left"  # 已发出
    TAKEN_BACK = "taken_back"  # 已撤回


_S = ReplacementState
LIFECYCLE = Lifecycle(
    frozenset({_S.WAITING, _S.PLANNED}),
    {
        _S.WAITING: {_S.PLANNED, _S.TAKEN_BACK},
        _S.PLANNED: {_S.LEFT, _S.TAKEN_BACK},
        _S.LEFT: {_S.PLANNED},  # said too early (domain/leaving.py)
        _S.TAKEN_BACK: {_S.WAITING, _S.PLANNED},
    },
)


class Replacement(SQLModel, table=True):
    """``because``: why the goods of an exchange leave before the old ones came back, else empty."""

    __table_args__ = (Index("ix_replacement_state", "state", "promised_at"),)

    aftersale_id: int = Field(foreign_key="aftersale.id", primary_key=True, sa_type=BigId)
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId, index=True)
    state: ReplacementState = Field(sa_type=word(ReplacementState))
    because: str = Field(default="", max_length=WORDS_MOST)
    promised_by: str = Field(max_length=64)
    promised_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)


class ReplacementPiece(SQLModel, table=True):
    """So many of a SKU for an order's line; ``sku_id`` 0 counts the line's own quantity, where no stock is kept."""

    __tablename__ = "replacement_piece"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("aftersale_id", "line_id", "sku_id"),
        CheckConstraint("quantity > 0", name="some"),
    )

    id: int = own_id()
    aftersale_id: int = Field(foreign_key="replacement.aftersale_id", sa_type=BigId)
    line_id: int = Field(sa_type=BigId)
    sku_id: int = Field(default=0, sa_type=BigId, index=True)
    quantity: int = Field(sa_type=BigId)


class NotBackYet(RuleBroken):
    code = "not_back_yet"


class PromisedAlready(RuleBroken):
    code = "promised_already"


class PartHasLeft(RuleBroken):
    code = "part_has_left"


@dataclass(frozen=True)
class ReplacementPromised(AftersaleEvent):
    """``state``: planned, or waiting for goods; ``because`` where it leaves before the old goods came back."""

    state: str
    pieces: int
    because: str


@dataclass(frozen=True)
class ReplacementMoved(AftersaleEvent):
    source: str
    target: str


@dataclass(frozen=True)
class ReplacementSent(AftersaleEvent):
    """A parcel of it has left; ``is_last``: nothing of it is still to leave."""

    shipment_id: int
    carrier: str
    tracking_no: str
    is_last: bool


def promise(
    session: Session,
    case_id: int,
    pieces: Mapping[int, int] | None = None,
    *,
    because: str = "",
    by: str,
    now: datetime,
) -> Replacement:
    """Goods are to leave for the case: ``pieces`` by SKU id (None: those its lines stand for).

    They are held and planned at once, or waited for. ``because`` sends an exchange before the old goods came back.

    Raises:
        NotFound: there is no such case. NotOurs: the present system answers this shop's cases.
        NothingToSend: it is no exchange and no resend, or its lines stand for no goods: choose them.
        NotBackYet: an exchange whose goods have not been inspected.
        PromisedAlready: it is on its way or was sent; take it back first.
        BadInput: a number of pieces that cannot be, or a reason too short.
        CaseOver, IllegalMove, StillHeld, LineRefundOpen: the gates of ``check_may_send``.
    """
    order, case = case_of(session, case_id)
    check_goes_out(session.get_one(Shop, case.shop_id), order.channel_order_no)
    why = _checked_reason(case, because)
    standing = _locked(session, case.id)
    if standing and standing.state is not ReplacementState.TAKEN_BACK:
        raise PromisedAlready(f"{case.channel_refund_no}: {standing.promised_by} has promised it already")
    check_may_send(session, order, case)
    rows = pieces_meant(session, order, case, pieces)
    promised = standing or Replacement(
        aftersale_id=case.id, order_id=order.id, state=_S.WAITING, promised_by=by, promised_at=now, changed_at=now
    )
    promised.because, promised.promised_by, promised.promised_at = why, by, now
    session.add(promised)
    session.flush()
    session.exec(delete(ReplacementPiece).where(col(ReplacementPiece.aftersale_id) == case.id))
    session.add_all(
        ReplacementPiece(aftersale_id=case.id, line_id=line_id, sku_id=sku_id, quantity=count)
        for (line_id, sku_id), count in sorted(rows.items())
    )
    session.flush()
    promised.state = _S.PLANNED if plan(session, order, case, rows, by=by, now=now) else _S.WAITING
    promised.changed_at = now
    told = ReplacementPromised(case.id, order.id, promised.state, sum(rows.values()), why)
    record(session, told, actor=by, now=now)
    if case.kind is AftersaleKind.RESEND or case.inspected_at:
        case.approved_at = now
        restage(session, case, by=by, now=now)
    return promised


def ripe(session: Session, *, limit: int = AT_ONCE) -> list[int]:
    """Cases that wait for goods which are there by now, those promised first first."""
    free = (
        select(func.coalesce(func.sum(col(StockLevel.on_hand) - col(StockLevel.reserved)), 0))
        .where(StockLevel.sku_id == ReplacementPiece.sku_id)
        .scalar_subquery()
    )
    is_short = exists().where(
        col(ReplacementPiece.aftersale_id) == col(Replacement.aftersale_id), col(ReplacementPiece.quantity) > free
    )
    wanted = select(Replacement.aftersale_id).where(Replacement.state == _S.WAITING, ~is_short)
    return list(session.exec(wanted.order_by(col(Replacement.promised_at)).limit(limit)))


def serve(session: Session, case_id: int, *, now: datetime) -> bool:
    """Plan what the case waits for, if it is there and nothing stops it. Safe to repeat."""
    order, case = case_of(session, case_id)
    standing = _locked(session, case.id)
    if standing is None or standing.state is not _S.WAITING:
        return False
    try:
        check_may_send(session, order, case)
    except RuleBroken:
        return False
    pieces = {(one.line_id, one.sku_id): one.quantity for one in pieces_of(session, case.id)}
    if not plan(session, order, case, pieces, by=SYSTEM, now=now):
        return False
    _move(session, standing, _S.PLANNED, by=SYSTEM, now=now)
    return True


def take_back(session: Session, case_id: int, *, by: str, now: datetime) -> None:
    """Nothing is to be sent any more: the goods are free again. Safe to repeat.

    Raises:
        NotFound: there is no such case, or nothing was promised for it.
        PartHasLeft: something is on its way to the buyer.
    """
    order, case = case_of(session, case_id)
    standing = _locked(session, case.id)
    if standing is None:
        raise NotFound(f"{case.channel_refund_no}: nothing was promised for it")
    if deliveries_of(session, order.id, DeliveryStatus.LEFT, case_id=case.id):
        raise PartHasLeft(f"{case.channel_refund_no}: a parcel has left already")
    if standing.state is not _S.TAKEN_BACK:
        let_go(session, order, case, by=by, now=now)
        _move(session, standing, _S.TAKEN_BACK, by=by, now=now)
        case.approved_at = None
        restage(session, case, by=by, now=now)


def follow(session: Session, case_id: int, *, now: datetime) -> str:
    """The case has moved: what it was to send follows. Safe to repeat; returns what was done.

    A case that ended lets go of what has not left. Once the old goods are inspected, what was sent before is said yes
    to, and closes its case.
    """
    order, case = case_of(session, case_id)
    standing = _locked(session, case.id)
    if standing is None or standing.state is _S.TAKEN_BACK:
        return "nothing is promised"
    if case.status in ENDED:
        if standing.state is _S.LEFT:
            return "has left"
        let_go(session, order, case, by=SYSTEM, now=now)
        has_left = deliveries_of(session, order.id, DeliveryStatus.LEFT, case_id=case.id)
        _move(session, standing, _S.LEFT if has_left else _S.TAKEN_BACK, by=SYSTEM, now=now)
        return "the rest is taken back"
    if case.inspected_at and not case.approved_at:
        case.approved_at = now
        restage(session, case, by=SYSTEM, now=now)
    if standing.state is _S.LEFT:
        _close(session, case, by=SYSTEM, now=now)
    return "goes on"


def has_left(session: Session, order: Order, delivery: Delivery, *, by: str, now: datetime) -> Shipment:
    """The locked ``delivery`` of a case has left: a parcel of its order, of which the channel hears nothing."""
    case = session.get_one(Aftersale, delivery.aftersale_id, with_for_update=True)
    gone: Counter[tuple[int, int]] = Counter()
    for piece in pieces_in(session, delivery.id):
        if piece.sku_id:
            gone[piece.sku_id, delivery.warehouse_id] += piece.quantity
    if gone:
        take(session, order.id, gone, shipped_at=now, by=by, now=now, case_id=case.id)
    parcel = Shipment(order_id=order.id, tracking_no=delivery.tracking_no, aftersale_id=case.id)
    if delivery.carrier:
        parcel.carrier_code, parcel.carrier_name = delivery.carrier, delivery.carrier.trade_name
    parcel.shipped_at, parcel.shipped_by = now, by
    session.add(parcel)
    session.flush()
    is_last = not deliveries_of(session, order.id, *OPEN, case_id=case.id)
    sent = ReplacementSent(case.id, order.id, parcel.id, parcel.carrier_code, parcel.tracking_no, is_last)
    record(session, sent, actor=by, now=now)
    order.changed_at = now
    session.add(order)
    standing = _locked(session, case.id)
    if is_last and standing:
        _move(session, standing, _S.LEFT, by=by, now=now)
        _close(session, case, by=by, now=now)
    return parcel


def come_back(session: Session, case_id: int, *, by: str, now: datetime) -> None:
    """One of its parcels had not left after all (domain/leaving.py)."""
    standing = _locked(session, case_id)
    if standing and standing.state is _S.LEFT:
        _move(session, standing, _S.PLANNED, by=by, now=now)


def replacement_of(session: Session, case_id: int) -> Replacement | None:
    return session.get(Replacement, case_id, populate_existing=True)


def pieces_of(session: Session, case_id: int) -> list[ReplacementPiece]:
    wanted = select(ReplacementPiece).where(ReplacementPiece.aftersale_id == case_id)
    return list(session.exec(wanted.order_by(col(ReplacementPiece.line_id), col(ReplacementPiece.sku_id))))


def _locked(session: Session, case_id: int) -> Replacement | None:
    return session.get(Replacement, case_id, with_for_update=True, populate_existing=True)


def _checked_reason(case: Aftersale, because: str) -> str:
    if case.kind not in SENDS:
        raise NothingToSend(f"{case.channel_refund_no} is a {case.kind}: nothing is sent for it")
    why = clean_text(because, most=WORDS_MOST, field="because")
    if case.kind is AftersaleKind.RESEND or case.inspected_at:
        return ""
    if not why:
        raise NotBackYet(f"{case.channel_refund_no}: the old goods have not been inspected; say why it is sent first")
    if len(why) < WORDS_LEAST:
        raise BadInput("because: say why it is sent first", field="because", problem="send_first_reason")
    return why


def _close(session: Session, case: Aftersale, *, by: str, now: datetime) -> None:
    """All has left: where no channel decides, that is the end, unless the old goods are still to come back."""
    if case.is_ours and (case.kind is AftersaleKind.RESEND or case.inspected_at):
        move(session, case, AftersaleStatus.APPROVED, by=by, now=now)
        move(session, case, AftersaleStatus.CLOSED, by=by, now=now)


def _move(session: Session, standing: Replacement, target: ReplacementState, *, by: str, now: datetime) -> None:
    LIFECYCLE.check(standing.state, target)
    moved = ReplacementMoved(standing.aftersale_id, standing.order_id, standing.state, target)
    record(session, moved, actor=by, now=now)
    standing.state, standing.changed_at = target, now
    session.add(standing)
