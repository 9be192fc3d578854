"""What does an order mean for the stock? Paid: promised; cancelled or refunded: free again; gone: off the shelf.

Called wherever an order changes, in that change's transaction, with the order locked. A hub without a SKU keeps no
stock and holds nothing for it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain import price_floor
from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.delivery import DeliveryStatus, planned_pieces
from orderhub.domain.hold import HoldReason, hold, release
from orderhub.domain.order import Order, OrderEvent, OrderLine, OrderStatus
from orderhub.domain.presale import keep_presold
from orderhub.domain.reservation import Result, take, within_reach
from orderhub.domain.reservation import release as let_go
from orderhub.domain.reservation import reserve as promise
from orderhub.domain.reservation import ship as ship_all
from orderhub.domain.rules.decided import gifts_of
from orderhub.domain.shortage_choice import Choice, Need, ShortageChoice, asked_for, choices_of, leaving_now
from orderhub.domain.sku import Asked, Sku, Wanted, explode, explode_each, has_skus, in_all
from orderhub.domain.unmatched_code import queue_code
from orderhub.domain.unpaid import holds_unpaid
from orderhub.kernel.columns import BigId, word
from orderhub.kernel.eventlog import SYSTEM, record

WAITING = (OrderStatus.TO_REVIEW, OrderStatus.TO_ALLOCATE, OrderStatus.TO_SHIP)
_WHOLE_PERCENT = 99  # a platform may round a line's share of a discount
GONE = (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED)


class Why(StrEnum):
    """What an order waits for: a code to be bound, a SKU to be there again, a presale's goods to come."""

    UNMATCHED = "unmatched"
    SHORT = "short"
    PRESALE = "presale"


Waits = dict[tuple[Why, int], bool]  # by what is waited for: whether the rest of the order need not

_HOLDS = {
    Why.UNMATCHED: HoldReason.SKU_NOT_MATCHED,
    Why.SHORT: HoldReason.OUT_OF_STOCK,
    Why.PRESALE: HoldReason.PRESALE,
}


class StockWait(SQLModel, table=True):
    """``subject_id`` is an ``UnmatchedCode``'s id for ``UNMATCHED``, else a SKU's.

    ``is_later``: somebody decided that the rest of the order need not wait for it, so it holds nothing up.
    """

    __tablename__ = "stock_wait"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_stock_wait_subject", "why", "subject_id", "order_id"),)

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    why: Why = Field(primary_key=True, sa_type=word(Why))
    subject_id: int = Field(primary_key=True, sa_type=BigId)
    is_later: bool = False


class RefundedLine(SQLModel, table=True):
    """A line whose money went back before it was shipped: nothing is promised to it. Empty ``line_no``: every line."""

    __tablename__ = "refunded_line"  # pyright: ignore[reportAssignmentType]

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    line_no: str = Field(primary_key=True, max_length=64)


@dataclass(frozen=True)
class StockReserved(OrderEvent):
    pieces: int


@dataclass(frozen=True)
class StockReleased(OrderEvent):
    pieces: int


@dataclass(frozen=True)
class StockShipped(OrderEvent):
    pieces: int


def follow(session: Session, order: Order, *, now: datetime) -> None:
    """Bring what is promised to ``order`` into line with where it stands. Safe to repeat."""
    if not has_skus(session):
        return
    session.flush()
    if order.status not in WAITING:
        price_floor.follow(session, order, (), now=now)
    if order.status in GONE:
        _ship(session, order, now)
    elif order.status in WAITING and order.paid_at:
        _reserve(session, order, now)
    elif order.status is OrderStatus.PARTLY_SHIPPED:
        if has_left_from_here(session, order.id):  # else its channel did it, and what is left of it stays promised
            _reserve(session, order, now)
    elif not _reserve_unpaid(session, order, now):
        _note(session, order, StockReleased, let_go(session, order.id, by=SYSTEM, now=now), now)
        _wait(session, order, {}, now)


def is_for_goods(session: Session, order: Order, line_no: str, amount_fen: int) -> bool:
    """Whether so much money of a line (empty: of the order) pays for its goods.

    Less than the line's share of what was paid is a rebate: its goods are still the buyer's.
    """
    every = every_line(session, order)
    meant = [line for line in every if line_no in numbers_of(line)]
    goods_fen, paid_fen = sum(line.total_fen for line in every), order.total_fen - order.freight_fen
    share_fen = paid_fen * sum(line.total_fen for line in meant) // goods_fen if goods_fen else 0
    return bool(meant) and amount_fen * 100 >= share_fen * _WHOLE_PERCENT


def refund(session: Session, order: Order, line_no: str, *, now: datetime) -> None:
    """The money for goods of a line (empty: of the order) went back before they were shipped. Safe to repeat."""
    session.merge(RefundedLine(order_id=order.id, line_no=line_no))
    follow(session, order, now=now)


def take_off(
    session: Session, order: Order, warehouse_id: int, pieces: Mapping[int, int], *, by: str, now: datetime
) -> None:
    """``pieces`` by SKU of what the order holds at the warehouse have left in a parcel of its.

    Raises:
        NotReserved: it does not hold them there.
    """
    if pieces:
        places = {(sku_id, warehouse_id): count for sku_id, count in pieces.items()}
        _note(session, order, StockShipped, take(session, order.id, places, shipped_at=now, by=by, now=now), now)


def line_code(line: OrderLine) -> str:
    """What a line is known by: the merchant's code, else the channel's numbers, else what it is called."""
    return code_among(line.sku_code, line.channel_sku_no, line.channel_item_no, line.title)


def code_among(sku_code: str, channel_sku_no: str, channel_item_no: str, title: str) -> str:
    return sku_code or channel_sku_no or channel_item_no or title[:64]


def has_left_from_here(session: Session, order_id: int) -> bool:
    """A delivery of ours with pieces of the order has left."""
    return bool(planned_pieces(session, order_id, DeliveryStatus.LEFT))


def has_later_waits(session: Session, order_id: int) -> bool:
    """Goods of it are for later and not there yet."""
    wanted = select(StockWait.order_id).where(StockWait.order_id == order_id, col(StockWait.is_later)).limit(1)
    return session.exec(wanted).first() is not None


def needs_of(session: Session, order: Order) -> list[Need]:
    """What each line that stands wants, in their order."""
    return _needs(session, order, every_line(session, order))


def _needs(session: Session, order: Order, every: Sequence[OrderLine]) -> list[Need]:
    chosen = choices_of(session, order.id)
    lines = _standing_lines(session, order, every, chosen)
    each = explode_each(session, order.shop_id, asked_by(lines, chosen))
    given = explode(session, order.shop_id, [(gift, 1) for gift in gifts_of(session, order.id)]) if each else Wanted()
    return joined(order.status, lines, chosen, each, given)


def asked_by(lines: Iterable[OrderLine], chosen: Mapping[int, ShortageChoice]) -> list[Asked]:
    return [asked_for(line, line_code(line), chosen.get(line.id)) for line in lines]


def joined(
    status: OrderStatus,
    lines: Sequence[OrderLine],
    chosen: Mapping[int, ShortageChoice],
    each: Sequence[Wanted],
    given: Wanted,
) -> list[Need]:
    """``each`` is what each of the ``lines`` stands for, ``given`` what the merchant's rules give along: it leaves with
    the first line, and what of it is no SKU holds nothing up.
    """
    later = {line_id for line_id, one in chosen.items() if one.choice is Choice.LATER}
    if status is OrderStatus.PARTLY_SHIPPED:  # it does not wait whole any more
        later |= {line.id for line in lines}
    gifts = replace(given, unmatched=set())
    wanted = [in_all([one, gifts]) if place == 0 else one for place, one in enumerate(each)]
    return [Need(line, one, line.id in later) for line, one in zip(lines, wanted, strict=True)]


def _reserve(session: Session, order: Order, now: datetime) -> None:
    lines = every_line(session, order)
    sold = [price_floor.Sold(line_code(line), line.quantity, line.total_fen) for line in lines]
    price_floor.follow(session, order, sold, now=now)
    needs = _needs(session, order, lines)
    every = in_all(need.wanted for need in needs)
    if every.unmatched:  # all or none
        result = let_go(session, order.id, by=SYSTEM, now=now)
        _note(session, order, StockReleased, result, now)
        titles = {line_code(line): line.title for line in reversed(lines)}
        unmatched = {
            queue_code(session, order, code, title=titles.get(code, ""), now=now) for code in sorted(every.unmatched)
        }
        waits: Waits = {(Why.UNMATCHED, code_id): False for code_id in unmatched}
        waits |= {(Why.PRESALE, sku_id): False for sku_id in every.presale}
    else:
        waits = _promise_what_leaves(session, order, needs, now)
    _wait(session, order, waits, now, presold=every.presale)


def _promise_what_leaves(session: Session, order: Order, needs: Sequence[Need], now: datetime) -> Waits:
    """Promise what leaves now; returns what the order waits for besides."""
    leaving, reach = list(needs), {}
    is_partial = any(need.is_later for need in needs)
    total = in_all(need.wanted for need in needs).pieces
    if is_partial:
        reach = within_reach(session, order.id, total)
        leaving = leaving_now(needs, reach)
    now_wanted = in_all(need.wanted for need in leaving)
    region = order.receiver_region
    result = promise(session, order.id, now_wanted.pieces, by=SYSTEM, now=now, region=region, keeps=is_partial)
    _note(session, order, StockReserved, result, now)
    waits: Waits = {(Why.SHORT, sku_id): False for sku_id in result.short}
    waits |= {(Why.PRESALE, sku_id): False for sku_id in now_wanted.presale}
    behind = in_all(need.wanted for need in needs if need not in leaving)
    short = {sku_id for sku_id in behind.pieces if total[sku_id] > reach[sku_id]}
    is_later = bool(now_wanted.pieces)  # where nothing leaves now, the order waits whole
    for why, subjects in ((Why.SHORT, short), (Why.PRESALE, behind.presale)):
        for sku_id in subjects:
            waits.setdefault((why, sku_id), is_later)
    return waits


def _reserve_unpaid(session: Session, order: Order, now: datetime) -> bool:
    """A shop may promise goods when an order is placed; not paid in time, they are free again."""
    if order.status is not OrderStatus.PENDING_PAYMENT or not holds_unpaid(session, order, now=now):
        return False
    wanted = in_all(need.wanted for need in needs_of(session, order))
    if not wanted.unmatched:
        region = order.receiver_region
        result = promise(session, order.id, wanted.pieces, by=SYSTEM, now=now, region=region)
        _note(session, order, StockReserved, result, now)
    return True


def _ship(session: Session, order: Order, now: datetime) -> None:
    wanted = in_all(need.wanted for need in needs_of(session, order))
    shipped_at = order.shipped_at or order.channel_updated_at
    pieces = {} if wanted.unmatched else wanted.every
    region = order.receiver_region
    result = ship_all(session, order.id, pieces, shipped_at=shipped_at, by=SYSTEM, now=now, region=region)
    _note(session, order, StockShipped, result, now)
    _wait(session, order, {(Why.SHORT, sku_id): False for sku_id in result.short}, now)


def standing_lines(session: Session, order: Order) -> list[OrderLine]:
    """Those whose money has not gone back, and of which nobody decided that it shall."""
    return _standing_lines(session, order, every_line(session, order), choices_of(session, order.id))


def every_line(session: Session, order: Order) -> list[OrderLine]:
    """In the order in which the channel named them."""
    wanted = select(OrderLine).where(OrderLine.order_id == order.id).order_by(col(OrderLine.id))
    return list(session.exec(wanted))


def _standing_lines(
    session: Session, order: Order, every: Sequence[OrderLine], chosen: Mapping[int, ShortageChoice]
) -> list[OrderLine]:
    return not_given_up(not_refunded(session, order.id, every), chosen)


def not_given_up(lines: Iterable[OrderLine], chosen: Mapping[int, ShortageChoice]) -> list[OrderLine]:
    given_up = {line_id for line_id, one in chosen.items() if one.choice is Choice.REFUND}
    return [line for line in lines if line.id not in given_up]


def not_refunded(session: Session, order_id: int, lines: Iterable[OrderLine]) -> list[OrderLine]:
    """Those of ``lines`` whose money has not gone back."""
    refunded = set(session.exec(select(RefundedLine.line_no).where(RefundedLine.order_id == order_id)))
    return not_called(lines, refunded)


def not_called(lines: Iterable[OrderLine], refunded: Collection[str]) -> list[OrderLine]:
    """Those that none of the ``refunded`` numbers means."""
    return [line for line in lines if not numbers_of(line) & set(refunded)]


def numbers_of(line: OrderLine) -> set[str]:
    """What a refund may call the line by: nothing (all lines), its number, or at JD and Pinduoduo its SKU's."""
    return {"", line.channel_line_no, line.channel_sku_no}


def _note(session: Session, order: Order, happened: type[OrderEvent], result: Result, now: datetime) -> None:
    if result.changed:
        record(session, happened(order.id, result.changed), actor=SYSTEM, now=now)  # pyright: ignore[reportCallIssue]


def _wait(
    session: Session, order: Order, waits: Waits, now: datetime, *, presold: Mapping[int, int] | None = None
) -> None:
    """Make what the order waits for ``waits``; holds and the anomaly follow, those of others are left alone.

    What was sold out of a presale pool stays sold when it has left.
    """
    standing = session.exec(select(StockWait).where(StockWait.order_id == order.id)).all()
    before: Waits = {(one.why, one.subject_id): one.is_later for one in standing}
    if order.status not in GONE and Why.PRESALE in {why for why, _ in before | waits}:
        keep_presold(session, order.id, presold or {}, by=SYSTEM, now=now)
    if before == waits:
        return
    for one in standing:
        if (one.why, one.subject_id) not in waits:
            session.delete(one)
    for (why, number), is_later in waits.items():
        session.merge(StockWait(order_id=order.id, why=why, subject_id=number, is_later=is_later))
    was, now_is = ({why for (why, _), is_later in some.items() if not is_later} for some in (before, waits))
    for why, reason in _HOLDS.items():
        if why in now_is - was and order.status in WAITING:
            hold(session, order, reason, by=SYSTEM, now=now)
        elif why in was and (why not in now_is or order.status not in WAITING):
            release(session, order, reason, by=SYSTEM, now=now)
    short = {number for why, number in waits if why is Why.SHORT}
    if short or any(why is Why.SHORT for why, _ in before):
        _oversold(session, order, short, now)
    session.flush()


def _oversold(session: Session, order: Order, short: Collection[int], now: datetime) -> None:
    about = ("order", order.id)
    if not short:
        resolve_anomaly(session, AnomalyKind.OVERSOLD, about=about, by=SYSTEM, now=now)
        return
    codes = session.exec(select(Sku.code).where(col(Sku.id).in_(short)).order_by(col(Sku.code)))
    open_anomaly(
        session,
        AnomalyKind.OVERSOLD,
        about=about,
        occurred_at=order.paid_at or order.placed_at,
        now=now,
        note=", ".join(codes),
        at_risk_fen=order.paid_fen,
    )
