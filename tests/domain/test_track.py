"""A parcel's way from its scans, in any order, and the silence between them."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.patience import Patience, patience_with, set_patience
from orderhub.domain.phrase_teaching import teach
from orderhub.domain.scan_node import meaning_of
from orderhub.domain.scan_phrase import ScanPhrase, unknown_phrases
from orderhub.domain.silence import TrackAlarm
from orderhub.domain.task import Task, TaskStatus
from orderhub.domain.track import (
    Scan,
    Track,
    due_tracks,
    follow_parcel,
    look_at,
    scans_of,
    take_scans,
)
from orderhub.domain.words import Carrier, ScanNode
from orderhub.kernel.db import Database, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event

from ..builders import NOW

JOURNEYS = Path(__file__).parents[3] / "shared" / "data" / "tracks" / "parcel_journeys_2020_dev.csv.gz"
NUMBERS = count(10**12)
HOUR = timedelta(hours=1)
NO = "SF0000000000001"
WAY = [
    (0, "快件已揽收", ScanNode.COLLECTED),
    (5, "快件离开【上海转运中心】，发往【北京转运中心】", ScanNode.LEFT_HUB),
    (30, "快件已到达【北京转运中心】", ScanNode.ARRIVED_HUB),
    (36, "正在派送途中，请您准备签收", ScanNode.OUT_FOR_DELIVERY),
    (40, "已签收，签收人：本人", ScanNode.DELIVERED),
]
SCANS = [ScanDraft(NOW + hours * HOUR, text) for hours, text, _ in WAY]


def ship(session: Session, number: str = NO, *, at: datetime = NOW) -> Track:
    return follow_parcel(session, number, Carrier.SF, shipped_at=at)


def take(session: Session, scans: Sequence[ScanDraft], number: str = NO, *, now: datetime | None = None) -> int:
    return take_scans(session, number, scans, by="sf", now=now or NOW + 100 * HOUR)


def kinds(session: Session) -> list[str]:
    return [event.kind for event in session.exec(select(Event).where(Event.subject_type == "track").order_by(Event.id))]  # pyright: ignore[reportArgumentType]


def test_a_parcel_goes_its_way(database: Database):
    with transaction() as session:
        track = ship(session)
        for scan, (_, _, node) in zip(SCANS, WAY, strict=True):
            assert take(session, [scan], now=scan.at) == 1
            assert track.node is node
        assert (track.arrived_at, track.check_at) == (NOW + 40 * HOUR, None)
        assert kinds(session) == ["parcel_moved"] * 5


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(SCANS), cut=st.integers(0, len(SCANS)))
def test_scans_in_any_order_and_twice_leave_it_where_the_last_one_saw_it(
    database: Database, order: list[ScanDraft], cut: int
):
    number = f"YT{next(NUMBERS)}"
    with transaction() as session:
        track = ship(session, number)
        new = take(session, order[:cut], number) + take(session, order, number)
        assert new == len(SCANS)
        assert take(session, order, number) == 0
        assert (track.node, track.arrived_at) == (ScanNode.DELIVERED, NOW + 40 * HOUR)
        assert [scan.text for scan in reversed(scans_of(session, track.id))] == [scan.text for scan in SCANS]


def test_a_scan_from_the_future_and_a_foreign_parcel_change_nothing_and_are_seen(database: Database):
    with transaction() as session:
        track = ship(session)
        assert take(session, [ScanDraft(NOW + 2 * HOUR, "已签收")], now=NOW + HOUR) == 0
        assert take(session, [ScanDraft(NOW, "收件")] * 501, now=NOW + HOUR) == 0
        assert (track.node, track.scanned_at) == (None, None)
        assert kinds(session) == ["scans_refused"] * 2
        with pytest.raises(NotFound):
            take(session, SCANS, "SF9999999999999")
        assert session.exec(select(Scan)).all() == []


def test_a_state_code_counts_before_the_words(database: Database):
    with transaction() as session:
        track = ship(session)
        take(session, [ScanDraft(NOW, "已签收", node=ScanNode.READY_FOR_PICKUP)])
        assert track.node is ScanNode.READY_FOR_PICKUP


def test_silence_is_said_once_for_each_step_and_taken_back_by_a_scan(database: Database):
    said = []
    with transaction() as session:
        track = ship(session)
        for hour in range(24 * 9):
            said += _looked(session, NOW + hour * HOUR)
        assert said == [(24, TrackAlarm.UNSCANNED), (48, TrackAlarm.STALLED), (168, TrackAlarm.LOST)]
        assert track.check_at is None
        later = NOW + timedelta(days=9)
        take(session, [ScanDraft(later, "快件已揽收")], now=later)
        assert (track.alarm, track.check_at) == (TrackAlarm.NONE, later + 48 * HOUR)
        assert kinds(session)[-2:] == ["parcel_heard_of", "parcel_moved"]


def test_a_silent_parcel_is_somebodys_work_until_it_speaks(database: Database):
    with transaction() as session:
        track = ship(session)
        for hours, kind, role in (
            (24, AnomalyKind.NOT_SCANNED, "warehouse"),
            (48, AnomalyKind.NO_MOVEMENT, "operations"),
            (168, AnomalyKind.PARCEL_LOST, "warehouse"),
        ):
            now = NOW + (hours + 1) * HOUR
            assert _looked(session, now) != []
            assert _looked(session, now) == []
            (anomaly,) = session.exec(select(Anomaly).where(col(Anomaly.resolved_at).is_(None))).all()
            (task,) = session.exec(select(Task).where(Task.status == TaskStatus.OPEN)).all()
            assert (anomaly.kind, anomaly.owner_role, task.owner_role) == (kind, role, role)
            assert (anomaly.occurred_at, anomaly.detected_at) == (NOW + hours * HOUR, now)
        later = NOW + timedelta(days=9)
        take(session, [ScanDraft(later, "快件已揽收")], now=later)
        assert session.exec(select(Anomaly).where(col(Anomaly.resolved_at).is_(None))).all() == []
        assert session.exec(select(Task).where(Task.status != TaskStatus.CLOSED)).all() == []
        assert track.alarm is TrackAlarm.NONE


def test_trouble_is_no_movement(database: Database):
    with transaction() as session:
        track = ship(session)
        take(session, [SCANS[0], ScanDraft(NOW + 47 * HOUR, "派送不成功，收件人不在")])
        assert track.node is ScanNode.PROBLEM
        assert _looked(session, NOW + 48 * HOUR) == [(48, TrackAlarm.STALLED)]


def test_patience_is_the_narrowest_that_fits(database: Database):
    with transaction() as session:
        for carrier, province, hours in (
            (Carrier.SF, "", 36),
            (Carrier.SF, "西藏", 96),
            (None, "新疆", 120),
        ):
            set_patience(
                session, carrier, province, unscanned_hours=24, stalled_hours=hours, lost_hours=200, by="ops", now=NOW
            )
        found = [
            patience_with(session, carrier, region).stalled // HOUR
            for carrier, region in (
                (Carrier.SF, "上海 上海市"),
                (Carrier.SF, "西藏自治区 拉萨市"),
                (Carrier.ZTO, "新疆维吾尔自治区 乌鲁木齐市"),
                (Carrier.ZTO, "上海 上海市"),
            )
        ]
        assert found == [36, 96, 120, 48]
        for wrong in ((0, 48, 99), (24, 0, 99), (24, 99, 99), (24, 48, 99_999)):
            with pytest.raises(BadInput):
                set_patience(
                    session,
                    None,
                    "新疆",
                    unscanned_hours=wrong[0],
                    stalled_hours=wrong[1],
                    lost_hours=wrong[2],
                    by="ops",
                    now=NOW,
                )
        with pytest.raises(BadInput):
            set_patience(session, None, " ", unscanned_hours=24, stalled_hours=36, lost_hours=99, by="ops", now=NOW)


def test_an_unknown_sentence_is_collected_and_taught(database: Database):
    with transaction() as session:
        ship(session)
        take(session, [ScanDraft(NOW, "快件已交小鹿"), ScanDraft(NOW + HOUR, "快件已交小鹿")])
        (phrase,) = unknown_phrases(session)
        for words in ("", "别的话"):
            with pytest.raises(BadInput):
                teach(session, phrase.id, words, ScanNode.OUT_FOR_DELIVERY, by="ops", now=NOW)
        teach(session, phrase.id, "交小鹿", ScanNode.OUT_FOR_DELIVERY, by="ops", now=NOW)
        track = ship(session, "SF0000000000002")
        take(session, [ScanDraft(NOW, "快件 已交小鹿 了")], "SF0000000000002")
        assert track.node is ScanNode.OUT_FOR_DELIVERY
        assert unknown_phrases(session) == []
        assert len(session.exec(select(ScanPhrase)).all()) == 1


@pytest.mark.skipif(not JOURNEYS.exists(), reason="the collected journeys are not beside the project")
def test_every_gap_of_real_journeys_is_found_within_ten_minutes_and_nothing_else(database: Database):
    """The clock looks every ten minutes of the journeys' own time; each scan is heard of when it happened."""
    patience, step = Patience(), timedelta(minutes=10)
    with transaction() as session:
        for number, scans in _journeys().items():
            start = scans[0].at
            track = follow_parcel(session, number, None, shipped_at=start)
            found, now, waiting = [], start, list(scans)
            while waiting:
                while waiting and waiting[0].at <= now:
                    take(session, [waiting.pop(0)], number, now=now)
                before = track.check_at
                if before and before <= now and look_at(session, track, now=now):
                    found.append((track.alarm, now))
                now += step
            wanted = _gaps(scans, start, patience)
            assert [(alarm, moment) for alarm, moment in wanted] == [
                (alarm, moment) for (alarm, at), (_, moment) in zip(found, wanted, strict=True) if at - moment <= step
            ], number


def _gaps(scans: Sequence[ScanDraft], start: datetime, patience: Patience) -> list[tuple[TrackAlarm, datetime]]:
    """Recomputed naively from the scans alone."""
    moments = [scan.at for scan in scans if meaning_of(scan.text).node not in (None, ScanNode.PROBLEM)]
    ends = [scan.at for scan in scans if meaning_of(scan.text).node is ScanNode.DELIVERED]
    over = min(ends, default=scans[-1].at)
    found = []
    for earlier, later in zip([start, *moments], [*moments, scans[-1].at], strict=True):
        quiet = later - earlier
        steps = ((TrackAlarm.STALLED, patience.stalled), (TrackAlarm.LOST, patience.lost))
        found += [(alarm, earlier + wait) for alarm, wait in steps if quiet > wait and earlier < over]
    return found


def _journeys() -> dict[str, list[ScanDraft]]:
    found: dict[str, list[ScanDraft]] = defaultdict(list)
    with gzip.open(JOURNEYS, "rt") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["event_time"]).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
            found[row["waybill"]].append(ScanDraft(at, row["context"]))
    return {number: sorted(scans, key=lambda scan: scan.at) for number, scans in found.items()}


def _looked(session: Session, now: datetime) -> list[tuple[int, TrackAlarm]]:
    said = [look_at(session, track, now=now) for track in due_tracks(session, now)]
    return [((now - NOW) // HOUR, alarm) for alarm in said if alarm]
