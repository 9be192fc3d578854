"""How was an order allocated last, and what lost? Kept for the people who ask why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, Session, SQLModel

from orderhub.domain.allocation import Because, Candidate, Choice, Facts, Lost, Pick
from orderhub.domain.order import Order, OrderEvent
from orderhub.kernel.columns import BigId, Json, Moment, word
from orderhub.kernel.eventlog import record

_MOST_KEPT = 30


class Stuck(StrEnum):
    """Why an order cannot be allocated yet."""

    NO_GOODS = "no_goods"  # nothing is reserved for it
    NO_WAREHOUSE = "no_warehouse"  # its goods lie in no warehouse, or not together
    NO_CARRIER = "no_carrier"  # no carrier goes there, takes the weight or has room today


class AllocationDecision(SQLModel, table=True):
    """The newest one of an order. ``stuck`` is None where it was allocated.

    ``facts``: region, weight_grams, unweighed codes, value_fen, ship_by. ``chosen`` are [{warehouse, carrier, product,
    fen, parcels, pieces by code}], ``lost`` [{warehouse, carrier, product, why, about, figure}], ``unheard``
    [{said, why, about, figure}] what rules or a person had decided and could not be.
    """

    __tablename__ = "allocation_decision"  # pyright: ignore[reportAssignmentType]

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    decided_at: datetime = Field(sa_type=Moment)
    by: str = Field(max_length=64)
    stuck: Stuck | None = Field(default=None, sa_type=word(Stuck), index=True)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    chosen: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    lost: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    unheard: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)


@dataclass(frozen=True)
class OrderAllocated(OrderEvent):
    """Names of the warehouses it leaves from, and the carriers it leaves with."""

    warehouses: tuple[str, ...]
    carriers: tuple[str, ...]


@dataclass(frozen=True)
class OrderNotAllocated(OrderEvent):
    why: str


def keep(session: Session, order: Order, facts: Facts, choice: Choice, *, by: str, now: datetime) -> AllocationDecision:
    """Write the decision down in place of the one before; one that stays stuck for the same reason says no more."""
    before = session.get(AllocationDecision, order.id)
    was = before.stuck if before else None
    said = {
        "decided_at": now,
        "by": by,
        "stuck": _stuck(facts, choice),
        "facts": {
            "region": facts.region,
            "weight_grams": facts.weight_grams,
            "unweighed": list(facts.unweighed),
            "value_fen": facts.value_fen,
            "ship_by": facts.ship_by.isoformat() if facts.ship_by else "",
        },
        "chosen": [_chosen(facts, pick) for pick in choice.picks],
        "lost": [_named(one) | _said(because) for one, because in choice.lost[:_MOST_KEPT]],
        "unheard": [{"said": one.said} | _said(one.because) for one in choice.unheard],
    }
    kept = before.sqlmodel_update(said) if before else AllocationDecision(order_id=order.id, **said)
    session.add(kept)
    if kept.stuck is None:
        carriers = _once(pick.candidate.carrier for pick in choice.picks)
        happened = OrderAllocated(order.id, _once(pick.candidate.warehouse for pick in choice.picks), carriers)
        record(session, happened, actor=by, now=now)
    elif kept.stuck is not was:
        record(session, OrderNotAllocated(order.id, kept.stuck), actor=by, now=now)
    return kept


def _stuck(facts: Facts, choice: Choice) -> Stuck | None:
    if choice.picks:
        return None
    whys = {because.lost for _, because in choice.lost}
    if not facts.candidates and not facts.wanted:
        return Stuck.NO_GOODS
    return Stuck.NO_CARRIER if whys & {Lost.NO_REACH, Lost.FULL, Lost.TOO_HEAVY} else Stuck.NO_WAREHOUSE


def _once(names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for name in names if name))


def _chosen(facts: Facts, pick: Pick) -> dict[str, Any]:
    pieces = {facts.codes.get(sku, str(sku)): count for sku, count in pick.pieces.items()}
    return _named(pick.candidate) | {"fen": pick.fen, "parcels": pick.parcels, "pieces": pieces}


def _named(one: Candidate) -> dict[str, Any]:
    return {"warehouse": one.warehouse, "carrier": one.carrier or "", "product": one.product}


def _said(because: Because) -> dict[str, Any]:
    return {"why": because.lost, "about": because.about, "figure": because.figure}
