"""What would other rules have decided about the orders of the last days, and which orders would it change?"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.hold import Hold
from orderhub.domain.order import Order, OrderLine, OrderTag
from orderhub.domain.order_stock import line_code
from orderhub.domain.rules.deciding import Decision, RuleSet
from orderhub.domain.rules.facts import Facts, History, Ware, facts_of
from orderhub.domain.rules.goods import Known, grams_of
from orderhub.domain.rules.ruling import RULES
from orderhub.kernel.db import reading

CHUNK = 2000
MOST_SHOWN = 100  # orders kept per aspect
MOST_DAYS = 366
ASPECTS = ("tags", "holds", "is_approved", "priority", "warehouse", "carrier")

# Called with orders done and orders in all; False ends the test.
Watch = Callable[[int, int], bool]

_COLUMNS = (
    Order.id,
    Order.shop_id,
    Order.channel,
    Order.channel_order_no,
    Order.placed_at,
    Order.accepted_at,
    Order.ship_by,
    Order.total_fen,
    Order.paid_fen,
    Order.discount_fen,
    Order.piece_count,
    Order.kind_count,
    Order.buyer_token,
    Order.buyer_remark,
    Order.seller_remark,
    Order.seller_flag,
    Order.receiver_region,
    Order.is_presale,
)


class Cancelled(Exception):
    """Whoever watches has had enough."""


@dataclass(frozen=True)
class Difference:
    """What the two rule sets decide of one aspect, as text; empty: nothing."""

    aspect: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangedOrder:
    order_id: int
    channel: str
    channel_order_no: str
    paid_fen: int
    differences: tuple[Difference, ...]


@dataclass
class Side:
    """What one rule set decides over all orders; ``hits`` and ``unknown`` per key of a rule."""

    version: int
    approved: int = 0
    held: int = 0
    tagged: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)


@dataclass
class BackTest:
    """``risky`` orders would newly be approved and had an anomaly later, of ``risky_fen`` in all."""

    before: Side
    after: Side
    orders: int = 0
    changed: int = 0
    by_aspect: Counter[str] = field(default_factory=Counter)
    shown: dict[str, list[ChangedOrder]] = field(default_factory=dict)
    risky: int = 0
    risky_fen: int = 0


def back_test(before: RuleSet, after: RuleSet, *, since: datetime, shops: Mapping[int, str], watch: Watch) -> BackTest:
    """Both rule sets over every order placed since ``since``, each as it stood when it came in.

    Tags and holds that rules have put on orders do not count, those of people and channels do; of holds only those
    that were there from the start. ``shops`` gives the code of each shop id.

    Raises:
        Cancelled: ``watch`` said so.
    """
    found = BackTest(Side(before.version), Side(after.version))
    needs = before.needs | after.needs
    with reading() as session:
        total = session.exec(select(func.count()).where(col(Order.placed_at) >= since)).one()
        histories = _histories(session, since) if {"buyer_orders", "buyer_spent_fen"} & needs else {}
        troubled = _troubled(session)
    for part in _parts(since, needs, shops, histories):
        for row, facts in part:
            _compare(found, row, before.decide(facts, row.accepted_at), after.decide(facts, row.accepted_at), troubled)
        if not watch(found.orders, total):
            raise Cancelled
    return found


def since_days(now: datetime, days: int) -> datetime:
    return now - timedelta(days=min(max(days, 1), MOST_DAYS))


def _parts(
    since: datetime, needs: frozenset[str], shops: Mapping[int, str], histories: Mapping[int, History]
) -> Iterator[list[tuple[Any, Facts]]]:
    """A transaction per part, so that a long test does not keep the database from tidying up."""
    last = 0
    known: Known = {}
    while True:
        with reading() as session:
            wanted = select(*_COLUMNS).where(col(Order.placed_at) >= since, col(Order.id) > last)  # type: ignore[call-overload]
            rows = session.exec(wanted.order_by(col(Order.id)).limit(CHUNK)).all()
            if not rows:
                return
            part = _with_facts(session, rows, needs, shops, histories, known=known)
        last = rows[-1].id
        yield part


def _with_facts(
    session: Session,
    rows: Sequence[Any],
    needs: frozenset[str],
    shops: Mapping[int, str],
    histories: Mapping[int, History],
    *,
    known: Known,
) -> list[tuple[Any, Facts]]:
    bounds = rows[0].id, rows[-1].id
    wares = _wares(session, bounds) if {"skus", "titles", "has_unmatched_sku"} & needs else {}
    weights = _weights(session, rows, known) if "weight_grams" in needs else {}
    tags = _tags(session, bounds) if "tags" in needs else {}
    holds = _holds(session, bounds, {row.id: row.accepted_at for row in rows})
    return [
        (
            row,
            facts_of(
                row,
                wares.get(row.id, ()),
                shop=shops.get(row.shop_id, ""),
                now=row.accepted_at,
                tags=tags.get(row.id, ()),
                holds=holds.get(row.id, ()),
                history=histories.get(row.id, _NOBODY) if row.buyer_token else None,
                weight_grams=weights.get(row.id),
            ),
        )
        for row in rows
    ]


_NOBODY = History(0, 0)


def _wares(session: Session, bounds: tuple[int, int]) -> dict[int, list[Ware]]:
    wanted = select(OrderLine.order_id, OrderLine.sku_code, OrderLine.title).where(
        col(OrderLine.order_id).between(*bounds)
    )
    found: dict[int, list[Ware]] = {}
    for order_id, sku_code, title in session.exec(wanted):
        found.setdefault(order_id, []).append(Ware(sku_code, title))
    return found


def _weights(session: Session, rows: Sequence[Any], known: Known) -> dict[int, int | None]:
    """By what SKUs weigh today."""
    found: dict[int, list[OrderLine]] = {}
    for line in session.exec(select(OrderLine).where(col(OrderLine.order_id).between(rows[0].id, rows[-1].id))):
        found.setdefault(line.order_id, []).append(line)
    lines = {row.id: [(line_code(line), line.quantity) for line in found.get(row.id, ())] for row in rows}
    return {row.id: grams_of(session, row.shop_id, lines[row.id], known) for row in rows}


def _tags(session: Session, bounds: tuple[int, int]) -> dict[int, list[str]]:
    wanted = select(OrderTag.order_id, OrderTag.tag).where(
        col(OrderTag.order_id).between(*bounds), OrderTag.by != RULES
    )
    found: dict[int, list[str]] = {}
    for order_id, tag in session.exec(wanted):
        found.setdefault(order_id, []).append(tag)
    return found


def _holds(session: Session, bounds: tuple[int, int], accepted: Mapping[int, datetime]) -> dict[int, list[str]]:
    wanted = select(Hold.order_id, Hold.reason, Hold.held_at).where(
        col(Hold.order_id).between(*bounds), Hold.by != RULES
    )
    found: dict[int, list[str]] = {}
    for order_id, reason, held_at in session.exec(wanted):
        if order_id in accepted and held_at <= accepted[order_id]:
            found.setdefault(order_id, []).append(str(reason))
    return found


def _histories(session: Session, since: datetime) -> dict[int, History]:
    """For every order since then, what its buyer had paid for before on the same channel."""
    is_paid = case((col(Order.paid_at).is_not(None), 1), else_=0)
    paid_fen = case((col(Order.paid_at).is_not(None), Order.paid_fen), else_=0)
    over: dict[str, Any] = {
        "partition_by": (Order.channel, Order.buyer_token),
        "order_by": (Order.placed_at, Order.id),
        "rows": (None, -1),
    }
    earlier = select(
        Order.id,
        Order.placed_at,
        func.coalesce(func.sum(is_paid).over(**over), 0).label("orders"),
        func.coalesce(func.sum(paid_fen).over(**over), 0).label("spent_fen"),
    ).where(Order.buyer_token != "")
    rows = earlier.subquery()
    wanted = select(rows.c.id, rows.c.orders, rows.c.spent_fen).where(rows.c.placed_at >= since, rows.c.orders > 0)
    return {order_id: History(int(orders), int(spent_fen)) for order_id, orders, spent_fen in session.exec(wanted)}  # type: ignore[call-overload]


def _troubled(session: Session) -> frozenset[int]:
    return frozenset(session.exec(select(Anomaly.subject_id).where(Anomaly.subject_type == "order")))


def _compare(found: BackTest, row: Any, before: Decision, after: Decision, troubled: frozenset[int]) -> None:
    found.orders += 1
    _count(found.before, before)
    _count(found.after, after)
    differences = tuple(
        Difference(aspect, was, would)
        for aspect in ASPECTS
        if (was := _of(before, aspect)) != (would := _of(after, aspect))
    )
    if not differences:
        return
    found.changed += 1
    changed = ChangedOrder(row.id, str(row.channel), row.channel_order_no, row.paid_fen, differences)
    for name in ("", *(difference.aspect for difference in differences)):
        kept = found.shown.setdefault(name, [])
        if len(kept) < MOST_SHOWN:
            kept.append(changed)
    found.by_aspect.update(difference.aspect for difference in differences)
    if after.is_approved and not before.is_approved and row.id in troubled:
        found.risky += 1
        found.risky_fen += row.paid_fen


def _count(side: Side, decision: Decision) -> None:
    side.approved += decision.is_approved
    side.held += bool(decision.holds)
    side.tagged += bool(decision.tags)
    for hit in decision.hits:
        side.hits[hit.rule.key] += 1
    for one in decision.unknown:
        side.unknown[one.rule.key] += 1


def _of(decision: Decision, aspect: str) -> str:
    """As text: words apart by a bar, a hold by its reason, an approval as ``yes`` or nothing."""
    if aspect == "holds":
        return "|".join(str(reason) for reason, _ in decision.holds)
    if aspect == "is_approved":
        return "yes" if decision.is_approved else ""
    value = getattr(decision, aspect)
    return "|".join(value) if isinstance(value, tuple) else value
