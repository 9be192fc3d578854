"""What have the rules decided about an order, and how is that carried out? Once, however often it is decided.

What a rule has put on an order (a tag, a hold, an anomaly) goes again when no rule wants it any more. What a person
has changed stays: a tag they took off, a hold they released, an anomaly they resolved, an order they took back is not
done a second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from orderhub.domain import delivery_plan
from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.flow import is_on
from orderhub.domain.flow_stage import Automation
from orderhub.domain.hold import Hold, hold, open_holds, release
from orderhub.domain.order import UNSHIPPED, Order, OrderEvent, OrderStatus, OrderTag
from orderhub.domain.review import let_pass, tag, untag
from orderhub.domain.rules.decided import RuleDecision, RuleHit
from orderhub.domain.rules.deciding import Decision
from orderhub.domain.rules.facts import History, Ware, facts_of
from orderhub.domain.rules.goods import stock_of, weight_of
from orderhub.domain.rules.rule import action_data, condition_data
from orderhub.domain.rules.versions import live_rules
from orderhub.kernel.eventlog import record

RULES = "rules"  # who did it, in the log and on tags and holds

HISTORY = frozenset({"buyer_orders", "buyer_spent_fen"})
MAY_BE_HELD = (OrderStatus.PENDING_PAYMENT, *UNSHIPPED)


@dataclass(frozen=True)
class OrderDecided(OrderEvent):
    """Rules of ``version`` held for the order, or do no longer."""

    version: int
    rules: tuple[str, ...]


@dataclass(frozen=True)
class RuleNotified(OrderEvent):
    """A rule calls a role; the words are the rule's own."""

    role: str
    words: str


def apply_rules(
    session: Session, shop: str, order: Order, wares: Sequence[Ware], *, now: datetime, is_new: bool = False
) -> Decision:
    """Decide ``order`` of the shop with code ``shop`` by the live rules and carry it out. Safe to repeat."""
    standing = None if is_new else session.get(RuleDecision, order.id)
    gifts_before = list(standing.gifts) if standing else []
    decision = _decide(session, shop, order, wares, now)
    _carry_out(session, order, decision, standing or _NOTHING_YET, now)
    _keep(session, order, decision, standing, now)
    if list(decision.gifts) != gifts_before:
        delivery_plan.follow(session, order, now=now)
    return decision


def _decide(session: Session, shop: str, order: Order, wares: Sequence[Ware], now: datetime) -> Decision:
    ruleset = live_rules(session)
    facts = facts_of(
        order,
        wares,
        shop=shop,
        now=now,
        tags=_own_tags(session, order) if "tags" in ruleset.needs else (),
        holds=[held.reason for held in open_holds(session, order.id) if held.by != RULES] if order.is_held else (),
        history=history_of(session, order) if HISTORY & ruleset.needs else None,
        weight_grams=weight_of(session, order) if "weight_grams" in ruleset.needs else None,
        stock=stock_of(session, order) if "stock" in ruleset.needs else None,
    )
    return ruleset.decide(facts, now)


# Made once: SQLModel looks up a default of its own for every empty list, which is slow.
_NOTHING_YET = RuleDecision(order_id=0, version=0, decided_at=datetime(2000, 1, 1, tzinfo=UTC))


def history_of(session: Session, order: Order) -> History | None:
    """None where the channel gives no token for its buyers."""
    if not order.buyer_token:
        return None
    wanted = select(func.count(), func.coalesce(func.sum(Order.paid_fen), 0)).where(
        Order.buyer_token == order.buyer_token,
        Order.channel == order.channel,
        col(Order.paid_at).is_not(None),
        col(Order.placed_at) < order.placed_at,
        Order.id != order.id,
    )
    count, spent_fen = session.exec(wanted).one()
    return History(count, int(spent_fen))


def _own_tags(session: Session, order: Order) -> list[str]:
    wanted = select(OrderTag.tag).where(OrderTag.order_id == order.id, OrderTag.by != RULES)
    return list(session.exec(wanted.order_by(OrderTag.tag)))


def _carry_out(session: Session, order: Order, decision: Decision, before: RuleDecision, now: datetime) -> None:
    reasons = reasons_of(decision)
    for word in before.tags:
        if word not in decision.tags and _is_ours(session.get(OrderTag, (order.id, word))):
            untag(session, order, word, by=RULES, now=now)
    for word in decision.tags:
        if word not in before.tags:
            tag(session, order, word, by=RULES, now=now, reason=reasons[word])
    _hold(session, order, decision, before, now)
    _raise(session, order, decision, before, now)
    may_pass = order.status is OrderStatus.TO_REVIEW and not order.is_held
    is_news = decision.is_approved and not before.is_approved
    if is_news and may_pass and is_on(session, Automation.APPROVE_BY_RULE):
        let_pass(session, order, by=RULES, now=now)
    for role, words in decision.notices:
        if [role, words] not in before.notices:
            record(session, RuleNotified(order.id, role, words), actor=RULES, now=now)


def _hold(session: Session, order: Order, decision: Decision, before: RuleDecision, now: datetime) -> None:
    wanted = dict(decision.holds)
    if order.is_held:
        for held in open_holds(session, order.id):
            if _is_ours(held) and held.reason in before.holds and held.reason not in wanted:
                release(session, order, held.reason, by=RULES, now=now)
    if order.status in MAY_BE_HELD:
        for reason, note in decision.holds:
            if reason not in before.holds:
                hold(session, order, reason, by=RULES, now=now, note=note)


def _raise(session: Session, order: Order, decision: Decision, before: RuleDecision, now: datetime) -> None:
    about, kind = ("order", order.id), AnomalyKind.CUSTOM
    names = {one.name for one in decision.anomalies}
    for name in before.anomalies:
        if name not in names:
            said = "no rule says so any more"
            resolve_anomaly(session, kind, about=about, name=name, by=RULES, now=now, reason=said)
    for one in decision.anomalies:
        if one.name not in before.anomalies:
            open_anomaly(
                session,
                kind,
                about=about,
                name=one.name,
                severity=one.severity,
                role=one.role,
                within=timedelta(hours=one.within_hours),
                occurred_at=now,  # rules look at an order whenever something of it changes
                now=now,
                note=f"{one.name}: {one.note}" if one.note else one.name,
                at_risk_fen=order.paid_fen,
            )


def _is_ours(put: OrderTag | Hold | None) -> bool:
    return put is not None and put.by == RULES


def _keep(session: Session, order: Order, decision: Decision, standing: RuleDecision | None, now: datetime) -> None:
    fresh = RuleDecision(**decision_facts(order.id, decision))
    if standing and _content(standing) == _content(fresh):
        return
    stood = bool(standing) and _replace_hits(session, order)
    session.add_all([RuleHit(**given) for given in hit_facts(order.id, decision)])
    if standing:
        for name in RuleDecision.model_fields:
            setattr(standing, name, getattr(fresh, name))
    session.add(standing or fresh)
    if decision.hits or stood:
        record(session, decided(order.id, decision), actor=RULES, now=now)


def _replace_hits(session: Session, order: Order) -> bool:
    """Whether there were any."""
    session.flush()
    gone = session.exec(delete(RuleHit).where(col(RuleHit.order_id) == order.id)).rowcount
    return gone > 0


def _content(row: RuleDecision) -> dict[str, Any]:
    return row.model_dump(exclude={"decided_at"})


def decided(order_id: int, decision: Decision) -> OrderDecided:
    return OrderDecided(order_id, decision.version, tuple(hit.rule.key for hit in decision.hits))


def reasons_of(decision: Decision) -> dict[str, str]:
    """What was done → the rule that did it first."""
    return {action.value: hit.rule.key for hit in reversed(decision.hits) for action in hit.done}


def decision_facts(order_id: int, decision: Decision) -> dict[str, Any]:
    """The row of a decision."""
    return {
        "order_id": order_id,
        "version": decision.version,
        "decided_at": decision.decided_at,
        "tags": list(decision.tags),
        "holds": [str(reason) for reason, _ in decision.holds],
        "priority": decision.priority,
        "warehouse": decision.warehouse,
        "carrier": decision.carrier,
        "gifts": list(decision.gifts),
        "notes": list(decision.notes),
        "notices": [list(notice) for notice in decision.notices],
        "anomalies": [one.name for one in decision.anomalies],
        "is_approved": decision.is_approved,
        "unknown": {one.rule.key: list(one.facts) for one in decision.unknown},
    }


def hit_facts(order_id: int, decision: Decision) -> list[dict[str, Any]]:
    """The rows of what held, in their order."""
    return [
        {
            "order_id": order_id,
            "rule_key": hit.rule.key,
            "place": place,
            "version": decision.version,
            "name": hit.rule.name,
            "hit_at": decision.decided_at,
            "because": [condition_data(condition) for condition in hit.because],
            "done": [action_data(action) for action in hit.done],
            "lost": [action_data(action) for action in hit.lost],
        }
        for place, hit in enumerate(decision.hits)
    ]
