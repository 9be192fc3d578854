"""Anomalies of parcels, on a database alone: what carriers tell, what they do not tell, whose number is whose."""

from collections.abc import Iterator
from datetime import timedelta

from sqlmodel import select

from orderhub.automation.anomaly_watch import find_anomalies
from orderhub.automation.runner import run_next
from orderhub.automation.track_watch import find_silent_parcels
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.inspection import inspect
from orderhub.domain.order import Shipment
from orderhub.domain.refused_parcel import open_refused
from orderhub.domain.track import follow_parcel, take_scans
from orderhub.domain.words import Carrier, ChannelStatus
from orderhub.kernel.db import transaction
from tests import builders
from tests.builders import NOW
from tests.domain.test_inspection import verdicts_of

from .orders import FIRST, SECOND, come
from .telling import story

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO = "YT0000000000001"


def gone() -> None:
    """An order has left in a parcel that is followed."""
    come(status=ChannelStatus.SHIPPED, shipped_at=NOW, parcels=(builders.parcel(NO),))
    with transaction() as session:
        follow_parcel(session, NO, Carrier.YTO, shipped_at=NOW)


def hear(hours: float, text: str) -> None:
    with transaction() as session:
        at = NOW + hours * HOUR
        take_scans(session, NO, [ScanDraft(at, text)], by="yto", now=at + HOUR)


def _silent_for(span: timedelta) -> Iterator[None]:
    gone()
    assert find_silent_parcels(NOW + span - HOUR) in (0, 1)  # the step before may be said
    assert find_silent_parcels(NOW + span) == 1
    yield
    assert find_silent_parcels(NOW + span + HOUR) == 0
    yield
    hear(span / HOUR + 2, "快件已揽收")


@story(AnomalyKind.NOT_SCANNED)
def shipped_and_not_seen(_ground) -> Iterator[None]:
    return _silent_for(DAY)


@story(AnomalyKind.NO_MOVEMENT)
def nothing_moves_it(_ground) -> Iterator[None]:
    return _silent_for(2 * DAY)


@story(AnomalyKind.PARCEL_LOST, role="warehouse")
def a_week_without_a_word(_ground) -> Iterator[None]:
    return _silent_for(7 * DAY)


@story(AnomalyKind.PARCEL_REFUSED)
def the_buyer_does_not_take_it(_ground) -> Iterator[None]:
    gone()
    hear(5, "正在派送途中")
    hear(6, "收件人拒收，原因：不想要了")
    yield
    hear(9, "快件已退回，正发往寄件网点")
    yield
    with transaction() as session:
        parcel = session.exec(select(Shipment)).one()
        case_id = open_refused(session, parcel.id, by="ceshi-w", now=NOW + 30 * HOUR).id
        verdicts = verdicts_of(session, case_id)
        inspect(session, case_id, verdicts, warehouse_id=0, by="ceshi-w", now=NOW + 31 * HOUR)
    while run_next(NOW + 32 * HOUR):
        pass


@story(AnomalyKind.RETURNED_TO_SENDER)
def it_comes_back(_ground) -> Iterator[None]:
    gone()
    hear(6, "快件已退回，正发往寄件网点")
    yield
    hear(9, "退件离开【上海转运中心】")
    yield
    hear(20, "已签收，签收人：本人")


@story(AnomalyKind.ADDRESS_UNREACHABLE)
def nobody_finds_the_address(_ground) -> Iterator[None]:
    gone()
    hear(6, "派送失败，原因：收件地址不详")
    yield
    hear(7, "问题件：查无此人，电话联系中")
    yield
    hear(20, "正在派送途中")


@story(AnomalyKind.SCANS_REFUSED)
def scans_of_the_future(_ground) -> Iterator[None]:
    gone()
    ahead = ScanDraft(NOW + 30 * DAY, "已签收")
    for _ in range(2):
        with transaction() as session:
            assert take_scans(session, NO, [ahead], by="yto", now=NOW + HOUR) == 0
        yield
    hear(3, "快件已揽收")


@story(AnomalyKind.WAYBILL_TWICE)
def one_number_on_two_parcels(_ground) -> Iterator[None]:
    elsewhere = {"buyer_token": "buyer-0002", "receiver": builders.receiver_draft(token="oaid-2", region="别处")}
    left = {"status": ChannelStatus.SHIPPED, "shipped_at": NOW, "parcels": (builders.parcel(NO),)}
    come(FIRST, **left)
    come(SECOND, **left | elsewhere)
    yield
    come(SECOND, minutes=1, buyer_remark="谢谢", **left | elsewhere)
    find_anomalies(NOW + HOUR)
    yield
    right = {"parcels": (builders.parcel("YT0000000000002"),)}
    come(SECOND, minutes=2, **left | elsewhere | right)
    find_anomalies(NOW + 2 * HOUR)
