"""To whom does the hub owe messages? A row that says where they go and with which keys."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import String
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from orderhub.domain.carrier_account import CarrierAccount
from orderhub.domain.notifier_account import NotifierAccount
from orderhub.domain.report_schedule import ReportSchedule
from orderhub.domain.robot import Robot
from orderhub.domain.shop import Shop
from orderhub.domain.tracker_account import TrackerAccount
from orderhub.domain.webhook import Webhook
from orderhub.kernel.errors import NotFound
from orderhub.kernel.sight import find


class AddresseeKind(StrEnum):
    """The words of the event log's subjects."""

    SHOP = "shop"  # its channel
    CARRIER_ACCOUNT = "carrier_account"
    ROBOT = "robot"  # its group chat
    TRACKER_ACCOUNT = "tracker_account"
    NOTIFIER_ACCOUNT = "notifier_account"
    WEBHOOK = "webhook"  # a program of the merchant's
    REPORT_SCHEDULE = "report_schedule"  # whoever gets its mail


@dataclass(frozen=True)
class Addressee:
    """Whom a message is told to, and who is paused, rests or has banned us; kept as ``shop:3``."""

    kind: AddresseeKind
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def shop_addressee(shop_id: int) -> Addressee:
    return Addressee(AddresseeKind.SHOP, shop_id)


def carrier_addressee(account_id: int) -> Addressee:
    return Addressee(AddresseeKind.CARRIER_ACCOUNT, account_id)


def robot_addressee(robot_id: int) -> Addressee:
    return Addressee(AddresseeKind.ROBOT, robot_id)


def tracker_addressee(account_id: int) -> Addressee:
    return Addressee(AddresseeKind.TRACKER_ACCOUNT, account_id)


def notifier_addressee(account_id: int) -> Addressee:
    return Addressee(AddresseeKind.NOTIFIER_ACCOUNT, account_id)


def webhook_addressee(webhook_id: int) -> Addressee:
    return Addressee(AddresseeKind.WEBHOOK, webhook_id)


def schedule_addressee(schedule_id: int) -> Addressee:
    return Addressee(AddresseeKind.REPORT_SCHEDULE, schedule_id)


def addressee_named(session: Session, name: str) -> Addressee:
    """As it is written: ``shop:3``. Raises: NotFound: it is nobody of ours."""
    kind, _, number = name.partition(":")
    row = _ROWS.get(kind)
    if row is None or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise NotFound(f"nobody is addressed as {name[:40]!r}")
    if find(session, row, int(number)) is None:
        raise NotFound(f"nobody is addressed as {name[:40]!r}")
    return Addressee(AddresseeKind(kind), int(number))


_ROWS: dict[str, type[Shop | CarrierAccount | TrackerAccount | NotifierAccount | Robot | Webhook | ReportSchedule]] = {
    AddresseeKind.SHOP: Shop,
    AddresseeKind.CARRIER_ACCOUNT: CarrierAccount,
    AddresseeKind.TRACKER_ACCOUNT: TrackerAccount,
    AddresseeKind.NOTIFIER_ACCOUNT: NotifierAccount,
    AddresseeKind.ROBOT: Robot,
    AddresseeKind.WEBHOOK: Webhook,
    AddresseeKind.REPORT_SCHEDULE: ReportSchedule,
}


class AddresseeText(TypeDecorator[Addressee]):
    """The column of an addressee: text in the database."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Addressee | None, dialect: Any) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Addressee | None:
        if value is None:
            return None
        kind, _, number = value.partition(":")
        return Addressee(AddresseeKind(kind), int(number))
