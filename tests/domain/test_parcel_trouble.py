"""What do a parcel's scans come to: refused, on its way back, at no address, or no trouble?"""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from orderhub.domain.anomaly import Anomaly, open_kinds
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.order import Shipment
from orderhub.domain.silence import TrackAlarm
from orderhub.domain.track import Track, follow_parcel, look_again, look_at, take_scans, unfollow_parcel
from orderhub.domain.words import Carrier
from orderhub.kernel.db import Database
from tests.builders import NOW

HOUR = timedelta(hours=1)
NO = "YT0000000000001"
REFUSED, BACK, LOST = AnomalyKind.PARCEL_REFUSED, AnomalyKind.RETURNED_TO_SENDER, AnomalyKind.ADDRESS_UNREACHABLE


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["快件已揽收", "正在派送途中"], None),
        (["收件人拒收"], (REFUSED, 0)),
        (["收件人拒收", "快件离开【上海转运中心】"], (REFUSED, 0)),
        (["收件人拒收", "快件已退回", "退件到达【杭州】"], (REFUSED, 0)),
        (["收件人拒收", "再次派送", "已签收，签收人：本人"], None),
        (["快件已退回", "快件离开【上海转运中心】"], (BACK, 0)),
        (["派送失败：收件地址不详"], (LOST, 0)),
        (["派送失败：查无此人", "滞留：电话无人接听"], (LOST, 0)),
        (["派送失败：地址有误", "正在派送途中"], None),
        (["派送失败：地址有误", "快件已退回"], (BACK, 1)),
        (["派送失败：电话无人接听"], None),
        (["延误：恶劣天气"], None),
    ],
)
def test_scans_come_to_one_trouble_at_most(database: Database, texts: list[str], wanted):
    scans = [ScanDraft(NOW + hour * HOUR, text) for hour, text in enumerate(texts)]
    with database.transaction() as session:
        track = follow_parcel(session, NO, Carrier.YTO, shipped_at=NOW - HOUR)
        for scan in reversed(scans):  # told from the last to the first: it comes to the same
            take_scans(session, NO, [scan], by="yto", now=NOW + 9 * HOUR)
        assert open_kinds(session, ("track", track.id)) == ({wanted[0]} if wanted else set())
        found = session.exec(select(Anomaly).where(col(Anomaly.resolved_at).is_(None))).all()
        assert [(one.kind, one.occurred_at) for one in found] == (
            [(wanted[0], NOW + wanted[1] * HOUR)] if wanted else []
        )


def test_a_recalled_parcel_is_silent_without_anybody_being_told(database: Database):
    with database.transaction() as session:
        track = follow_parcel(session, NO, Carrier.YTO, shipped_at=NOW)
        assert look_at(session, track, now=NOW + 25 * HOUR) is TrackAlarm.UNSCANNED
        unfollow_parcel(session, NO, now=NOW + 26 * HOUR)
        unfollow_parcel(session, NO, now=NOW + 26 * HOUR)
        assert (track.check_at, open_kinds(session, ("track", track.id))) == (None, set())
        assert look_again(session, now=NOW + 27 * HOUR) == 0
        again = follow_parcel(session, NO, Carrier.YTO, shipped_at=NOW + 30 * HOUR)
        assert (again.id, again.check_at) == (track.id, NOW + 54 * HOUR)


def test_a_parcel_that_a_carrier_has_seen_is_followed_whatever_is_said(database: Database):
    with database.transaction() as session:
        track = follow_parcel(session, NO, Carrier.YTO, shipped_at=NOW)
        take_scans(session, NO, [ScanDraft(NOW, "快件已揽收")], by="yto", now=NOW + HOUR)
        unfollow_parcel(session, NO, now=NOW + HOUR)
        assert session.get_one(Track, track.id).check_at == NOW + 48 * HOUR
        assert session.exec(select(Shipment)).all() == []
