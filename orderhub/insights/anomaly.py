"""What is wrong, about what, and for how long already?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.carrier_account import CarrierAccount
from orderhub.domain.channel_item import CHANNEL_ITEM, ChannelItem
from orderhub.domain.mapped import MAPPING, MappingTrouble
from orderhub.domain.notifier_account import NotifierAccount
from orderhub.domain.order import Order
from orderhub.domain.payment import Payment
from orderhub.domain.settlement import Statement
from orderhub.domain.shop import Shop
from orderhub.domain.sku import Sku
from orderhub.domain.track import Track
from orderhub.domain.tracker_account import TrackerAccount
from orderhub.domain.webhook import Webhook
from orderhub.kernel.sight import FieldGroup, sees

PAGE_SIZE = 50


@dataclass(frozen=True)
class AnomalyGroup:
    """``oldest_at`` is when the one that has stood longest was detected."""

    kind: AnomalyKind
    count: int
    late_count: int
    at_risk_fen: int
    oldest_at: datetime


@dataclass(frozen=True)
class AnomalyRow:
    """``about``: the order's number at its channel, a shop's or mapping's name, a SKU's code, or a message's id."""

    anomaly: Anomaly
    about: str
    is_late: bool


@dataclass(frozen=True)
class AnomalyPage:
    """``next_before`` reads on; 0 at the end."""

    rows: tuple[AnomalyRow, ...]
    next_before: int


def anomaly_groups(session: Session, now: datetime) -> tuple[AnomalyGroup, ...]:
    """Open ones by kind, most money at risk first; for who may not see it, most of a kind."""
    risk = func.coalesce(func.sum(col(Anomaly.at_risk_fen)), 0)
    late, oldest = func.count(case((col(Anomaly.due_at) < now, 1))), func.min(col(Anomaly.detected_at))
    wanted = select(col(Anomaly.kind), func.count(), late, risk, oldest)  # type: ignore[call-overload]
    wanted = wanted.where(col(Anomaly.resolved_at).is_(None)).group_by(col(Anomaly.kind))
    rows: Any = session.exec(wanted)
    groups = [
        AnomalyGroup(AnomalyKind(kind), count, late, int(fen) if sees(FieldGroup.MONEY) else 0, at)
        for kind, count, late, fen, at in rows
    ]
    return tuple(sorted(groups, key=lambda group: (-group.at_risk_fen, -group.count, group.kind)))


def anomaly_page(
    session: Session,
    now: datetime,
    *,
    kind: AnomalyKind | None = None,
    is_resolved: bool = False,
    before: int = 0,
    size: int = PAGE_SIZE,
) -> AnomalyPage:
    """Newest first; those with an id under ``before`` when it is given."""
    is_over = col(Anomaly.resolved_at)
    wanted = select(Anomaly).where(is_over.is_not(None) if is_resolved else is_over.is_(None))
    if kind:
        wanted = wanted.where(Anomaly.kind == kind)
    if before:
        wanted = wanted.where(col(Anomaly.id) < before)
    found = session.exec(wanted.order_by(col(Anomaly.id).desc()).limit(size + 1)).all()
    shown = found[:size]
    return AnomalyPage(anomaly_rows(session, shown, now), shown[-1].id if len(found) > size else 0)


def anomaly_rows(session: Session, found: Sequence[Anomaly], now: datetime) -> tuple[AnomalyRow, ...]:
    """In the order given, each with what it is about."""
    names = _names(session, found)
    return tuple(AnomalyRow(one, names.get(_about(one), f"#{one.subject_id}"), _is_late(one, now)) for one in found)


def _is_late(one: Anomaly, now: datetime) -> bool:
    return (one.resolved_at or now) > one.due_at


def _about(one: Anomaly) -> tuple[str, int]:
    return one.subject_type, one.subject_id


def _names(session: Session, found: Sequence[Anomaly]) -> dict[tuple[str, int], str]:
    names: dict[tuple[str, int], str] = {}
    for subject, number, name in (
        ("order", col(Order.id), col(Order.channel_order_no)),
        ("shop", col(Shop.id), col(Shop.name)),
        (MAPPING, col(MappingTrouble.id), col(MappingTrouble.name)),
        ("payment", col(Payment.id), col(Payment.merchant_order_no)),
        ("sku", col(Sku.id), col(Sku.code)),
        ("aftersale", col(Aftersale.id), col(Aftersale.channel_refund_no)),
        ("carrier_account", col(CarrierAccount.id), col(CarrierAccount.name)),
        ("tracker_account", col(TrackerAccount.id), col(TrackerAccount.name)),
        ("notifier_account", col(NotifierAccount.id), col(NotifierAccount.name)),
        ("webhook", col(Webhook.id), col(Webhook.name)),
        (CHANNEL_ITEM, col(ChannelItem.id), col(ChannelItem.code)),
        ("statement", col(Statement.id), col(Statement.account)),
        ("track", col(Track.id), col(Track.tracking_no)),
    ):
        ids = {one.subject_id for one in found if one.subject_type == subject}
        if ids:
            names |= {
                (subject, found_id): text
                for found_id, text in session.exec(select(number, name).where(number.in_(ids)))
            }
    return names
