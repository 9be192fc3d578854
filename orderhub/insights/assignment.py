"""What would the rules of assignment have made of the anomalies of the last days, and would it have been right?"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.assignment import Facts, Rule, decide
from orderhub.domain.assignment_shipped import SHIPPED
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.sku import Sku
from orderhub.kernel.eventlog import SYSTEM

DAYS = 30
MOST = 20_000
_CHUNK = 500


@dataclass
class DryRun:
    """``elsewhere``: the rules name another first role than it had. Of those that people resolved (``by_people``),
    ``right`` would have had the role that ended it first, ``was_right`` had. ``moves``: (from, to) → how many.
    """

    seen: int = 0
    elsewhere: int = 0
    by_people: int = 0
    right: int = 0
    was_right: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    hits: Counter[int] = field(default_factory=Counter)


def dry_run(session: Session, own: Sequence[Rule], now: datetime) -> DryRun:
    """Over the newest ``MOST`` anomalies detected in the last ``DAYS`` days; ``hits`` by rule's id.

    A role that whoever saw it asked for is not kept: the kind's default stands in its place.
    """
    wanted = select(Anomaly).where(Anomaly.detected_at >= now - timedelta(days=DAYS))
    rows = session.exec(wanted.order_by(col(Anomaly.detected_at).desc(), col(Anomaly.id).desc()).limit(MOST)).all()
    found = DryRun()
    for part in _parts(rows):
        shops, skus = _shops(session, part), _skus(session, part)
        for row in part:
            kind = AnomalyKind(row.kind)
            facts = Facts(kind, row.note, row.severity, row.channel, shops.get(row.id, 0), skus.get(row.id, ()))
            choice = decide(facts, own, SHIPPED)
            _count(found, row, choice.role, choice.person_rule)
    return found


def _count(found: DryRun, row: Anomaly, role: str, rule: Rule | None) -> None:
    found.seen += 1
    if rule:
        found.hits[rule.id] += 1
    if role != row.first_role:
        found.elsewhere += 1
        found.moves[row.first_role, role] += 1
    if row.resolved_at and (row.resolved_by != SYSTEM or row.owner_role != row.first_role):
        found.by_people += 1
        found.right += role == row.owner_role
        found.was_right += row.first_role == row.owner_role


def _parts(rows: Sequence[Anomaly]) -> Iterator[Sequence[Anomaly]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]


def _shops(session: Session, part: Sequence[Anomaly]) -> dict[int, int]:
    """By anomaly: the shop it is about, or its order's."""
    orders = {row.order_id for row in part if row.order_id}
    wanted = select(Order.id, Order.shop_id).where(col(Order.id).in_(orders))
    of_order = dict(session.exec(wanted).all()) if orders else {}
    return {
        row.id: row.subject_id if row.subject_type == "shop" else of_order.get(row.order_id or 0, 0) for row in part
    }


def _skus(session: Session, part: Sequence[Anomaly]) -> dict[int, tuple[str, ...]]:
    orders = {row.order_id for row in part if row.order_id}
    lines = select(OrderLine.order_id, OrderLine.sku_code).where(col(OrderLine.order_id).in_(orders))
    of_order = _gathered(session.exec(lines).all()) if orders else {}
    skus = {row.subject_id for row in part if row.subject_type == "sku"}
    codes = select(Sku.id, Sku.code).where(col(Sku.id).in_(skus))
    of_sku = _gathered(session.exec(codes).all()) if skus else {}
    return {
        row.id: (of_sku if row.subject_type == "sku" else of_order).get(
            row.subject_id if row.subject_type == "sku" else row.order_id or 0, ()
        )
        for row in part
    }


def _gathered(pairs: Iterable[tuple[int, str]]) -> dict[int, tuple[str, ...]]:
    gathered: dict[int, list[str]] = defaultdict(list)
    for key, code in pairs:
        gathered[key].append(code)
    return {key: tuple(codes) for key, codes in gathered.items()}
