"""How do hundreds of new orders wait for goods that are not there, or come later? As ``order_stock.follow`` has it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly, AnomalyOpened, fresh, opening_facts
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind
from orderhub.domain.arrival import Arrival
from orderhub.domain.assignment import Choice, Facts, Rule, decide
from orderhub.domain.assignment_rule import AnomalyRouted, active_rules
from orderhub.domain.assignment_shipped import SHIPPED
from orderhub.domain.hold import Hold, OrderHeld
from orderhub.domain.order_stock import StockWait, Why
from orderhub.domain.presale import PresaleSold, Presold
from orderhub.domain.sku import Sku
from orderhub.kernel.eventlog import SYSTEM, Happening
from orderhub.kernel.many_rows import among, insert_rows, next_ids

_KIND = AnomalyKind.OVERSOLD
_Waiting = tuple[int, Arrival]  # its id


def hold_all(session: Session, waiting: Sequence[_Waiting], now: datetime) -> dict[int, list[Happening]]:
    """Holds, waits and anomalies of orders that are new, by their ids; returns what is to be told of each, in order."""
    held = [
        {"order_id": number, "reason": reason, "by": SYSTEM, "held_at": now}
        for number, one in waiting
        for reason in one.lacks
    ]
    waits = [
        {"order_id": number, "why": why, "subject_id": sku_id}
        for number, one in waiting
        for why, sku_ids in ((Why.SHORT, one.short), (Why.PRESALE, one.presold))
        for sku_id in sku_ids
    ]
    presold = [
        {"order_id": number, "sku_id": sku_id, "quantity": pieces, "sold_at": now}
        for number, one in waiting
        for sku_id, pieces in one.presold.items()
    ]
    insert_rows(session, Hold, held)
    insert_rows(session, StockWait, waits)
    insert_rows(session, Presold, presold)
    opened = _oversold(session, [(number, one) for number, one in waiting if one.short], now)
    return {number: [*_happened(number, one), *opened.get(number, ())] for number, one in waiting}


def _happened(order_id: int, arrival: Arrival) -> Iterator[Happening]:
    for sku_id, pieces in sorted(arrival.presold.items()):
        yield PresaleSold(sku_id, order_id, pieces)
    for reason in arrival.lacks:
        yield OrderHeld(order_id, reason)


def _oversold(session: Session, short: Sequence[_Waiting], now: datetime) -> dict[int, list[Happening]]:
    """An anomaly each."""
    if not short:
        return {}
    codes, rules = _codes(session, {sku_id for _, one in short for sku_id in one.short}), active_rules(session)
    chosen = [_anomaly(number, one, codes, rules, now) for number, one in short]
    for (found, _), anomaly_id in zip(chosen, next_ids(session, Anomaly, len(chosen)), strict=True):
        found.id = anomaly_id
    insert_rows(session, Anomaly, [{name: getattr(one, name) for name in Anomaly.model_fields} for one, _ in chosen])
    return {number: list(_opened(*made)) for (number, _), made in zip(short, chosen, strict=True)}


def _anomaly(
    order_id: int, arrival: Arrival, codes: dict[int, str], rules: Sequence[Rule], now: datetime
) -> tuple[Anomaly, Choice]:
    """Not written yet, with why it is whose."""
    draft, shop = arrival.coming.draft, arrival.coming.shop
    note = ", ".join(sorted(codes[sku_id] for sku_id in arrival.short))
    skus = tuple(line["sku_code"] for line in arrival.lines)
    facts = Facts(_KIND, note, HANDLING[_KIND].severity, draft.channel, shop.id, skus)
    choice = decide(facts, rules, SHIPPED)
    occurred_at = draft.paid_at or draft.placed_at
    found = fresh(facts, choice.role, about=("order", order_id), order_id=order_id, occurred_at=occurred_at, now=now)
    found.at_risk_fen = draft.paid_fen
    return found, choice


def _opened(found: Anomaly, choice: Choice) -> Iterator[Happening]:
    yield AnomalyOpened(**opening_facts(found, found.occurred_at))
    if choice.why:
        yield AnomalyRouted(found.id, found.kind, found.order_id or 0, choice.role, choice.why)


def _codes(session: Session, sku_ids: set[int]) -> dict[int, str]:
    return dict(session.exec(select(Sku.id, Sku.code).where(among(session, col(Sku.id), sorted(sku_ids)))).all())
