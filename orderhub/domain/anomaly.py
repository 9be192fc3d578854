"""What is wrong? A fact, with the moments from which the closed loop is measured."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text


class AnomalyKind(StrEnum):
    UNKNOWN_STATUS_WORD = "unknown_status_word"
    UNKNOWN_FIELD = "unknown_field"
    AMOUNT_MISMATCH = "amount_mismatch"
    DEAD_LETTER = "dead_letter"
    UNKNOWN_SHOP = "unknown_shop"
    SYNC_BEHIND = "sync_behind"
    SHOP_UNAUTHORISED = "shop_unauthorised"
    TOKEN_NEAR_EXPIRY = "token_near_expiry"  # noqa: S105
    SHIP_BY_PAST = "ship_by_past"
    FORGED_PUSH = "forged_push"
    MAPPING_VALUE = "mapping_value"
    ORDERS_MISSING = "orders_missing"
    PAYMENT_MISMATCH = "payment_mismatch"
    PAYMENT_WITHOUT_ORDER = "payment_without_order"
    REPAYMENT_STUCK = "repayment_stuck"
    SHIPPING_NOT_UPLOADED = "shipping_not_uploaded"
    UPLOAD_REFUSED = "upload_refused"
    SHIPPED_DESPITE_REFUND = "shipped_despite_refund"
    OVERSOLD = "oversold"
    LOW_STOCK = "low_stock"
    WAYBILL_REFUSED = "waybill_refused"
    WAYBILL_KEPT = "waybill_kept"  # nobody needs it, and its carrier does not take it back
    CARRIER_UNAUTHORISED = "carrier_unauthorised"
    REFUND_NOT_ANSWERED = "refund_not_answered"  # its channel did not take the merchant's answer
    STOCK_DRIFT = "stock_drift"
    SETTLEMENT_DIFFERENCE = "settlement_difference"
    NOT_SCANNED = "not_scanned"  # shipped, and no carrier has seen it for a day
    NO_MOVEMENT = "no_movement"  # 物流异常: nothing has moved it for two days
    PARCEL_LOST = "parcel_lost"
    ROBOT_REFUSED = "robot_refused"  # a group chat of the staff does not take what it is told


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Anomaly(SQLModel, table=True):
    """``subject`` is what it is about (``order``/``shop``/``message``/``payment`` and its id), with one open of a kind.

    ``occurred_at`` is when it became true, ``detected_at`` when the hub saw it.
    """

    __table_args__ = (
        Index(
            "uq_anomaly_open",
            "kind",
            "subject_type",
            "subject_id",
            unique=True,
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    id: int = own_id()
    kind: AnomalyKind = Field(sa_type=word(AnomalyKind))
    severity: Severity = Field(sa_type=word(Severity))
    subject_type: str = Field(max_length=32)
    subject_id: int = Field(sa_type=BigId)
    note: str = Field(default="", max_length=500)
    owner_role: str = Field(default="operations", max_length=32)
    at_risk_fen: int = Field(default=0, sa_type=BigId)
    occurred_at: datetime = Field(sa_type=Moment)
    detected_at: datetime = Field(sa_type=Moment)
    assigned_at: datetime | None = Field(default=None, sa_type=Moment)
    resolved_at: datetime | None = Field(default=None, sa_type=Moment)
    resolved_by: str = Field(default="", max_length=64)


class AlreadyResolved(RuleBroken):
    code = "already_resolved"


@dataclass(frozen=True)
class AnomalyOpened(Happening):
    subject_type: ClassVar[str] = "anomaly"
    kind: str
    about_type: str
    about_id: int


@dataclass(frozen=True)
class AnomalyResolved(Happening):
    subject_type: ClassVar[str] = "anomaly"
    kind: str
    reason: str = ""


def open_anomaly(
    session: Session,
    kind: AnomalyKind,
    *,
    about: tuple[str, int],
    occurred_at: datetime,
    now: datetime,
    severity: Severity = Severity.MEDIUM,
    note: str = "",
    at_risk_fen: int = 0,
    owner_role: str = "operations",
) -> Anomaly:
    """The open anomaly of ``kind`` about ``about``, found or made. Safe to repeat; a repeat keeps the first moments."""
    if standing := _open(session, kind, about):
        standing.note = note[:500] or standing.note
        return standing
    found = Anomaly(
        kind=kind,
        severity=severity,
        subject_type=about[0],
        subject_id=about[1],
        note=note[:500],
        owner_role=owner_role,
        at_risk_fen=at_risk_fen,
        occurred_at=occurred_at,
        detected_at=now,
        assigned_at=now,
    )
    session.add(found)
    session.flush()
    record(session, AnomalyOpened(found.id, kind, *about), actor="system", now=now)
    return found


def open_kinds(session: Session, about: tuple[str, int]) -> set[AnomalyKind]:
    wanted = select(Anomaly.kind).where(Anomaly.subject_type == about[0], Anomaly.subject_id == about[1])
    return {AnomalyKind(kind) for kind in session.exec(wanted.where(col(Anomaly.resolved_at).is_(None)))}


def resolve_anomaly(
    session: Session, kind: AnomalyKind, *, about: tuple[str, int], by: str, now: datetime, reason: str = ""
) -> None:
    """Close the open anomaly of ``kind`` about ``about``; nothing happens where none is open."""
    if standing := _open(session, kind, about):
        _resolve(session, standing, by=by, now=now, reason=reason)


def resolve_by_hand(session: Session, anomaly_id: int, *, reason: str, by: str, now: datetime) -> None:
    """A person says that it is over, and why.

    Raises:
        BadInput: no reason is given.
        NotFound: there is no such anomaly.
        AlreadyResolved: somebody was quicker.
    """
    because = clean_text(reason, most=200, field="reason")
    if not because:
        raise BadInput("reason: say how it was resolved", field="reason", problem="missing")
    standing = session.get(Anomaly, anomaly_id, with_for_update=True)
    if standing is None:
        raise NotFound(f"no anomaly has the id {anomaly_id}")
    if standing.resolved_at:
        raise AlreadyResolved(f"{standing.kind}: {standing.resolved_by} has resolved it already")
    _resolve(session, standing, by=by, now=now, reason=because)


def _resolve(session: Session, standing: Anomaly, *, by: str, now: datetime, reason: str) -> None:
    standing.resolved_at, standing.resolved_by = now, by
    session.add(standing)
    record(session, AnomalyResolved(standing.id, standing.kind, reason), actor=by, now=now)


def _open(session: Session, kind: AnomalyKind, about: tuple[str, int]) -> Anomaly | None:
    wanted = select(Anomaly).where(
        Anomaly.kind == kind,
        Anomaly.subject_type == about[0],
        Anomaly.subject_id == about[1],
        col(Anomaly.resolved_at).is_(None),
    )
    return session.exec(wanted).one_or_none()
