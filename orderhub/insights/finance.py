"""Which refunds wait for finance, who is due first, what is to be paid by hand, and what was decided lately?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, or_, tuple_
from sqlmodel import Session, col, func, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.auto_refund import PAID_BACK
from orderhub.domain.finance_review import GOODS_FIRST, FinanceReview, ReviewState
from orderhub.domain.hand_payment import agreed_fen, to_pay_conditions
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.task import Task
from orderhub.domain.words import AftersaleKind, Channel

PAGE = 50
SOON = timedelta(hours=4)


class FinanceTab(StrEnum):
    QUEUE = "queue"
    PAY = "pay"
    RULES = "rules"
    DONE = "done"


@dataclass(frozen=True)
class FinanceQuery:
    """``owner``: only what this person has taken on; ``after`` is the review (or case) the page before ended with."""

    tab: FinanceTab = FinanceTab.QUEUE
    kind: AftersaleKind | None = None
    channel: Channel | None = None
    is_late: bool = False
    owner: str = ""
    after: int = 0


@dataclass(frozen=True)
class ReviewedCase:
    """``earlier``: how many other refunds the buyer has had; None where the channel does not say who it is."""

    review: FinanceReview
    case: Aftersale
    order: Order
    shop_name: str
    owner: str
    earlier: int | None


@dataclass(frozen=True)
class UnpaidCase:
    case: Aftersale
    order: Order
    shop_name: str
    amount_fen: int


@dataclass(frozen=True)
class FinanceCounts:
    """Of what finance may decide: all, past their time, due within four hours, and their money; then what waits for
    goods, and what is to be paid by hand. ``kinds`` and ``channels`` count the whole queue."""

    due: int
    late: int
    soon: int
    due_fen: int
    for_goods: int
    to_pay: int
    kinds: dict[AftersaleKind, int]
    channels: dict[Channel, int]


_IS_OPEN = col(FinanceReview.state) == ReviewState.OPEN
_IS_TURN = or_(col(Aftersale.kind).not_in(GOODS_FIRST), col(Aftersale.inspected_at).is_not(None))


def finance_counts(session: Session, now: datetime) -> FinanceCounts:
    due = col(FinanceReview.due_at)
    by_time = _of_open(
        select(
            func.count(),
            func.count().filter(due <= now),
            func.count().filter(and_(due > now, due <= now + SOON)),
            func.coalesce(func.sum(Aftersale.amount_fen), 0),
        )
    )
    count, late, soon, due_fen = session.exec(by_time.where(_IS_TURN)).one()
    for_goods = session.exec(_of_open(select(func.count())).where(~_IS_TURN)).one()
    to_pay = session.exec(select(func.count()).select_from(Aftersale).where(*to_pay_conditions())).one()
    kinds, channels = (_counted(session, column) for column in (Aftersale.kind, Aftersale.channel))
    return FinanceCounts(count, late, soon, int(due_fen), for_goods, to_pay, kinds, channels)


def reviewed_cases(session: Session, query: FinanceQuery, now: datetime) -> tuple[list[ReviewedCase], int]:
    """A page of the queue, who is due first at the top, or of what is decided, newest first; and the review after
    which the next page begins, 0: there is none."""
    is_done = query.tab is FinanceTab.DONE
    wanted = (
        select(FinanceReview, Aftersale, Order, Task)
        .join(Aftersale, col(Aftersale.id) == FinanceReview.aftersale_id)
        .join(Order, col(Order.id) == Aftersale.order_id)
        .join(Task, col(Task.id) == FinanceReview.task_id)
        .where(~_IS_OPEN if is_done else _IS_OPEN, *_narrowed(query, now))
    )
    start = session.get(FinanceReview, query.after) if query.after else None
    if is_done:
        key = tuple_(col(FinanceReview.decided_at), col(FinanceReview.id))
        wanted = wanted.order_by(col(FinanceReview.decided_at).desc(), col(FinanceReview.id).desc())
        if start and start.decided_at:
            wanted = wanted.where(key < tuple_(start.decided_at, start.id))
    else:
        key = tuple_(col(FinanceReview.due_at), col(FinanceReview.id))
        wanted = wanted.order_by(col(FinanceReview.due_at), col(FinanceReview.id))
        if start:
            wanted = wanted.where(key > tuple_(start.due_at, start.id))
    found = list(session.exec(wanted.limit(PAGE + 1)))
    shown = found[:PAGE]
    earlier = _earlier(session, [(order, case) for _, case, order, _ in shown])
    shops: dict[int, str] = dict(session.exec(select(Shop.id, Shop.name)).all())
    rows = [
        ReviewedCase(review, case, order, shops[case.shop_id], task.owner, earlier[case.id])
        for review, case, order, task in shown
    ]
    return rows, shown[-1][0].id if len(found) > PAGE else 0


def unpaid_cases(session: Session, query: FinanceQuery) -> tuple[list[UnpaidCase], int]:
    """What is to be paid by hand, oldest case first; and the case after which the next page begins."""
    wanted = (
        select(Aftersale, Order, Shop.name)
        .join(Order, col(Order.id) == Aftersale.order_id)
        .join(Shop, col(Shop.id) == Aftersale.shop_id)
        .where(*to_pay_conditions(), col(Aftersale.id) > query.after)
        .order_by(col(Aftersale.id))
    )
    found = list(session.exec(wanted.limit(PAGE + 1)))
    rows = [UnpaidCase(case, order, shop, agreed_fen(session, case)) for case, order, shop in found[:PAGE]]
    return rows, rows[-1].case.id if len(found) > PAGE else 0


def _narrowed(query: FinanceQuery, now: datetime) -> list[Any]:
    found: list[Any] = []
    if query.kind:
        found.append(col(Aftersale.kind) == query.kind)
    if query.channel:
        found.append(col(Aftersale.channel) == query.channel)
    if query.is_late:
        found += [col(FinanceReview.due_at) <= now, _IS_TURN]
    if query.owner:
        done = query.tab is FinanceTab.DONE
        found.append(col(FinanceReview.decided_by) == query.owner if done else col(Task.owner) == query.owner)
    return found


def _counted(session: Session, column: Any) -> dict[Any, int]:
    return dict(session.exec(_of_open(select(column, func.count())).group_by(column)).all())


def _of_open(wanted: Any) -> Any:
    joined = wanted.join_from(FinanceReview, Aftersale, col(Aftersale.id) == FinanceReview.aftersale_id)
    return joined.where(_IS_OPEN)


def _earlier(session: Session, pairs: Sequence[tuple[Order, Aftersale]]) -> dict[int, int | None]:
    """By case; the refunds of all buyers of a page are read at once."""
    tokens = {order.buyer_token for order, _ in pairs if order.buyer_token}
    wanted = (
        select(Order.buyer_token, Order.channel, Aftersale.id)
        .join_from(Aftersale, Order, col(Order.id) == Aftersale.order_id)
        .where(col(Order.buyer_token).in_(tokens), *PAID_BACK)
    )
    cases: dict[tuple[str, str], set[int]] = {}
    for token, channel, case_id in session.exec(wanted) if tokens else ():
        cases.setdefault((token, channel), set()).add(case_id)
    return {
        case.id: len(cases.get((order.buyer_token, order.channel), set()) - {case.id}) if order.buyer_token else None
        for order, case in pairs
    }
