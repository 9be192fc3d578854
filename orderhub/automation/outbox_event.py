"""What is noted of messages, and of whoever is told nothing for a while?"""

from dataclasses import dataclass
from typing import ClassVar

from orderhub.automation.addressee import AddresseeKind
from orderhub.kernel.eventlog import Happening


@dataclass(frozen=True)
class OutboxEvent(Happening):
    subject_type: ClassVar[str] = "outbox"


@dataclass(frozen=True)
class OutboxRetried(OutboxEvent):
    number: str


@dataclass(frozen=True)
class OutboxSkipped(OutboxEvent):
    number: str
    reason: str


@dataclass(frozen=True)
class UploadsPaused(Happening):
    subject_type: ClassVar[str] = AddresseeKind.SHOP
    cause: str
    reason: str


@dataclass(frozen=True)
class UploadsResumed(Happening):
    subject_type: ClassVar[str] = AddresseeKind.SHOP
    cause: str


@dataclass(frozen=True)
class CarrierPaused(UploadsPaused):
    subject_type: ClassVar[str] = AddresseeKind.CARRIER_ACCOUNT


@dataclass(frozen=True)
class CarrierResumed(UploadsResumed):
    subject_type: ClassVar[str] = AddresseeKind.CARRIER_ACCOUNT


@dataclass(frozen=True)
class RobotPaused(UploadsPaused):
    subject_type: ClassVar[str] = AddresseeKind.ROBOT


@dataclass(frozen=True)
class RobotResumed(UploadsResumed):
    subject_type: ClassVar[str] = AddresseeKind.ROBOT


PAUSED = {
    AddresseeKind.SHOP: UploadsPaused,
    AddresseeKind.CARRIER_ACCOUNT: CarrierPaused,
    AddresseeKind.ROBOT: RobotPaused,
}
RESUMED = {
    AddresseeKind.SHOP: UploadsResumed,
    AddresseeKind.CARRIER_ACCOUNT: CarrierResumed,
    AddresseeKind.ROBOT: RobotResumed,
}
