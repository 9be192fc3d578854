"""How is a fact watched that becomes true, or stops being true, by the mere passing of time?

A detector asks two questions of the whole database, both by an index: what has become so and has no anomaly yet, and
which anomalies are of something that is so no longer. Asking changes nothing (automation/anomaly_watch.py acts).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.words import Channel

AT_ONCE = 200


@dataclass(frozen=True)
class Fact:
    """``subject_id`` is what it is about; ``role`` empty: the kind's own."""

    subject_id: int
    occurred_at: datetime
    note: str
    at_risk_fen: int = 0
    order_id: int | None = None
    channel: Channel | None = None
    role: str = ""


@dataclass(frozen=True)
class Page:
    """``last_id`` is the greatest id looked at; 0: nothing was left to look at."""

    facts: Sequence[Fact] = ()
    last_id: int = 0


@dataclass(frozen=True)
class Detector:
    """``newly`` answers for subjects after the given id, ``over`` with subjects; ``ended`` says why those are over."""

    kind: AnomalyKind
    subject_type: str
    newly: Callable[[Session, datetime, int], Page]
    over: Callable[[Session, datetime], Sequence[int]]
    ended: str


def is_known(kind: AnomalyKind, subject_type: str, subject_id: Mapped[int]) -> ColumnElement[bool]:
    """An anomaly of ``kind`` about that row is open."""
    wanted = select(Anomaly.id).where(
        Anomaly.kind == kind,
        Anomaly.subject_type == subject_type,
        Anomaly.subject_id == subject_id,
        col(Anomaly.resolved_at).is_(None),
    )
    return wanted.exists()
