"""Does a parcel not reach its buyer, and has that ended? Refused, on its way back, or the address cannot be found.

One trouble at a time: a refused parcel that goes back stays the refused one. An address that could not be found ends
when the parcel moves again; a parcel that comes back ends when the buyer has it after all, or its goods are inspected.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlmodel import Session, col, select

from orderhub.domain.anomaly import open_anomaly, open_kinds, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Order, Shipment
from orderhub.domain.refused_parcel import cases_of, parcels_called
from orderhub.domain.scan_node import folded
from orderhub.domain.words import ScanNode
from orderhub.kernel.eventlog import SYSTEM

COMES_BACK = (AnomalyKind.PARCEL_REFUSED, AnomalyKind.RETURNED_TO_SENDER)
_KINDS = {*COMES_BACK, AnomalyKind.ADDRESS_UNREACHABLE}
_ADDRESS = re.compile(
    "地址(?:不详|不全|错误|有误|不清|不存在|不明|无法)|(?:查无|无)此(?:人|地址)|超出(?:派送|配送)?范围|超区"
)
_SAID = {
    AnomalyKind.PARCEL_REFUSED: "买家拒收，请联系买家：再派送、退回或退款",
    AnomalyKind.RETURNED_TO_SENDER: "包裹正在退回，请联系买家并准备收货验货",
    AnomalyKind.ADDRESS_UNREACHABLE: "派送不到：地址有问题，请向买家核实后通知快递",
}


class Seen(Protocol):
    """What of a scan is needed here (``domain/track.py`` imports this file)."""

    at: datetime
    text: str
    node: ScanNode | None


class Followed(Protocol):
    id: int
    tracking_no: str


@dataclass(frozen=True)
class Trouble:
    kind: AnomalyKind
    since: datetime


def trouble_in(scans: Sequence[Seen]) -> Trouble | None:
    """What all its ``scans``, newest first, come to; None while it is on its way, or has arrived."""
    telling = [scan for scan in scans if scan.node]
    if not telling or telling[0].node is ScanNode.DELIVERED:
        return None
    back = [scan for scan in telling if scan.node in (ScanNode.REFUSED, ScanNode.RETURNING)]
    refused = [scan for scan in back if scan.node is ScanNode.REFUSED]
    if back:  # what moves afterwards moves back to us
        first = (refused or back)[-1]
        return Trouble(COMES_BACK[first.node is ScanNode.RETURNING], first.at)
    stuck = []
    for scan in telling:
        if scan.node is not ScanNode.PROBLEM:
            break
        stuck.append(scan)
    lost = [scan for scan in stuck if _ADDRESS.search(folded(scan.text))]
    return Trouble(AnomalyKind.ADDRESS_UNREACHABLE, lost[-1].at) if lost else None


def follow_trouble(session: Session, track: Followed, scans: Sequence[Seen], *, now: datetime) -> None:
    """Open what is true of the parcel, end what is not. Safe to repeat."""
    about = ("track", track.id)
    trouble, standing = trouble_in(scans), open_kinds(session, about) & _KINDS
    for kind in sorted(standing):
        if trouble is None or trouble.kind is not kind:
            said = f"now {trouble.kind}" if trouble else "it goes on, or has arrived"
            resolve_anomaly(session, kind, about=about, by=SYSTEM, now=now, reason=said)
    if trouble is None or (trouble.kind in COMES_BACK and goods_are_back(session, track.tracking_no)):
        return
    wanted = select(Order).join(Shipment, col(Shipment.order_id) == Order.id)
    orders = session.exec(wanted.where(Shipment.tracking_no == track.tracking_no).order_by(col(Order.id))).all()
    note = f"{track.tracking_no}: {_SAID[trouble.kind]}"
    open_anomaly(
        session,
        trouble.kind,
        about=about,
        occurred_at=min(trouble.since, now),
        now=now,
        note=note,
        title=note,
        at_risk_fen=sum(order.paid_fen for order in orders),
        order_id=orders[0].id if orders else None,
    )


def goods_are_back(session: Session, tracking_no: str) -> bool:
    """Somebody has inspected the goods of every order that travelled in it."""
    parcels = parcels_called(session, tracking_no)
    return bool(parcels) and all(any(case.inspected_at for case in cases_of(session, one)) for one in parcels)
