"""What are the words of tracks called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.expected_arrival import Basis
from orderhub.domain.silence import TrackAlarm
from orderhub.domain.words import ScanNode

Pair = tuple[str, str]

TRACK_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    ScanNode: {
        ScanNode.COLLECTED: ("已揽收", "Collected"),
        ScanNode.IN_TRANSIT: ("运输中", "In transit"),
        ScanNode.LEFT_HUB: ("离开分拨中心", "Left a hub"),
        ScanNode.ARRIVED_HUB: ("到达分拨中心", "Arrived at a hub"),
        ScanNode.OUT_FOR_DELIVERY: ("派送中", "Out for delivery"),
        ScanNode.READY_FOR_PICKUP: ("待取件", "Ready for pickup"),
        ScanNode.DELIVERED: ("已签收", "Delivered"),
        ScanNode.REFUSED: ("已拒收", "Refused"),
        ScanNode.RETURNING: ("退回中", "Returning"),
        ScanNode.PROBLEM: ("问题件", "Problem"),
        ScanNode.CUSTOMS: ("清关中", "Customs"),
    },
    TrackAlarm: {
        TrackAlarm.NONE: ("正常", "Nothing amiss"),
        TrackAlarm.UNSCANNED: ("未揽收", "Never scanned"),
        TrackAlarm.STALLED: ("物流停滞", "No movement"),
        TrackAlarm.LOST: ("疑似丢件", "Presumed lost"),
    },
    Basis: {
        Basis.ROUTE: ("同快递、同仓、同省份", "same carrier, warehouse and province"),
        Basis.CARRIER_TO: ("同快递、同省份", "same carrier and province"),
        Basis.FROM_TO: ("同仓、同省份", "same warehouse and province"),
        Basis.CARRIER: ("同快递", "same carrier"),
        Basis.ALL: ("全部包裹", "all parcels"),
    },
}

TRACK_EVENTS: dict[str, Pair] = {
    "parcel_moved": ("物流更新", "The parcel moved"),
    "parcel_scanned": ("物流有新记录", "More was heard of the parcel"),
    "parcel_silent": ("物流停滞", "The parcel has gone silent"),
    "parcel_heard_of": ("物流恢复更新", "The parcel was heard of again"),
    "scans_refused": ("物流记录有误，已拒收", "Impossible scans were refused"),
}
