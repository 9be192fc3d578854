"""What are the words of waybills and their carriers called?"""

from enum import StrEnum
from typing import Any

from orderhub.automation.addressee import AddresseeKind
from orderhub.domain.waybill import WaybillState

Pair = tuple[str, str]

WAYBILL_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    WaybillState: {
        WaybillState.WANTED: ("取号中", "Asked for"),
        WaybillState.MADE: ("已取号", "Made"),
        WaybillState.REFUSED: ("取号失败", "Refused"),
        WaybillState.RECYCLING: ("回收中", "Being given back"),
        WaybillState.RECYCLED: ("已回收", "Given back"),
    },
    AddresseeKind: {
        AddresseeKind.SHOP: ("店铺", "Shop"),
        AddresseeKind.CARRIER_ACCOUNT: ("面单账号", "Carrier account"),
        AddresseeKind.ROBOT: ("机器人", "Robot"),
        AddresseeKind.REPORT_SCHEDULE: ("定时报表", "Reports"),
        AddresseeKind.WEBHOOK: ("程序推送", "Webhook"),
        AddresseeKind.TRACKER_ACCOUNT: ("物流查询账号", "Tracker account"),
        AddresseeKind.NOTIFIER_ACCOUNT: ("通知账号", "Account for notices"),
    },
}
