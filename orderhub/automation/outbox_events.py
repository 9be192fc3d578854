"""What is recorded when somebody is told nothing for a while, and when he is told again?"""

from dataclasses import dataclass
from typing import ClassVar

from orderhub.automation.addressee import AddresseeKind
from orderhub.kernel.eventlog import Happening


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
class TrackerPaused(UploadsPaused):
    subject_type: ClassVar[str] = AddresseeKind.TRACKER_ACCOUNT


@dataclass(frozen=True)
class TrackerResumed(UploadsResumed):
    subject_type: ClassVar[str] = AddresseeKind.TRACKER_ACCOUNT


@dataclass(frozen=True)
class NotifierPaused(UploadsPaused):
    subject_type: ClassVar[str] = AddresseeKind.NOTIFIER_ACCOUNT


@dataclass(frozen=True)
class NotifierResumed(UploadsResumed):
    subject_type: ClassVar[str] = AddresseeKind.NOTIFIER_ACCOUNT


@dataclass(frozen=True)
class RobotPaused(UploadsPaused):
    subject_type: ClassVar[str] = AddresseeKind.ROBOT


@dataclass(frozen=True)
class RobotResumed(UploadsResumed):
    subject_type: ClassVar[str] = AddresseeKind.ROBOT


@dataclass(frozen=True)
class WebhookPaused(UploadsPaused):
    subject_type: ClassVar[str] = AddresseeKind.WEBHOOK


@dataclass(frozen=True)
class WebhookResumed(UploadsResumed):
    subject_type: ClassVar[str] = AddresseeKind.WEBHOOK


@dataclass(frozen=True)
class ReportSchedulePaused(UploadsPaused):
    subject_type: ClassVar[str] = AddresseeKind.REPORT_SCHEDULE


@dataclass(frozen=True)
class ReportScheduleResumed(UploadsResumed):
    subject_type: ClassVar[str] = AddresseeKind.REPORT_SCHEDULE


PAUSED = {
    AddresseeKind.SHOP: UploadsPaused,
    AddresseeKind.CARRIER_ACCOUNT: CarrierPaused,
    AddresseeKind.TRACKER_ACCOUNT: TrackerPaused,
    AddresseeKind.NOTIFIER_ACCOUNT: NotifierPaused,
    AddresseeKind.ROBOT: RobotPaused,
    AddresseeKind.WEBHOOK: WebhookPaused,
    AddresseeKind.REPORT_SCHEDULE: ReportSchedulePaused,
}
RESUMED = {
    AddresseeKind.SHOP: UploadsResumed,
    AddresseeKind.CARRIER_ACCOUNT: CarrierResumed,
    AddresseeKind.TRACKER_ACCOUNT: TrackerResumed,
    AddresseeKind.NOTIFIER_ACCOUNT: NotifierResumed,
    AddresseeKind.ROBOT: RobotResumed,
    AddresseeKind.WEBHOOK: WebhookResumed,
    AddresseeKind.REPORT_SCHEDULE: ReportScheduleResumed,
}
