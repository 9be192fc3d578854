"""What was decided about an order, and by which rules? The newest decision only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, select

from orderhub.kernel.columns import BigId, Json, Moment


class RuleDecision(SQLModel, table=True):
    """The newest decision about an order: by which ``version``, and what it came to.

    ``gifts`` as ``SKU*pieces``, ``notices`` as [role, words], ``anomalies`` by name,
    ``unknown`` as {rule: facts the hub does not know}.
    """

    __tablename__ = "rule_decision"  # pyright: ignore[reportAssignmentType]

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    version: int
    decided_at: datetime = Field(sa_type=Moment)
    tags: list[str] = Field(default_factory=list, sa_type=Json)
    holds: list[str] = Field(default_factory=list, sa_type=Json)
    priority: str = Field(default="", max_length=16)
    warehouse: str = Field(default="", max_length=32)
    carrier: str = Field(default="", max_length=32)
    gifts: list[str] = Field(default_factory=list, sa_type=Json)
    notes: list[str] = Field(default_factory=list, sa_type=Json)
    notices: list[list[str]] = Field(default_factory=list, sa_type=Json)
    anomalies: list[str] = Field(default_factory=list, sa_type=Json)
    is_approved: bool = False
    unknown: dict[str, list[str]] = Field(default_factory=dict, sa_type=Json)


class RuleHit(SQLModel, table=True):
    """A rule that held for an order: ``because`` the conditions that did, ``lost`` what an earlier rule had settled.

    Conditions and actions are data as in rule.py; the screens make sentences of them.
    """

    __tablename__ = "rule_hit"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_rule_hit_rule_key", "rule_key", "hit_at"),)

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    rule_key: str = Field(primary_key=True, max_length=32)
    place: int
    version: int
    name: str = Field(max_length=60)
    hit_at: datetime = Field(sa_type=Moment)
    because: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    done: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    lost: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)


def gifts_of(session: Session, order_id: int) -> Sequence[str]:
    """What rules give along with the order, as ``SKU*pieces``."""
    return session.exec(select(RuleDecision.gifts).where(RuleDecision.order_id == order_id)).one_or_none() or ()
