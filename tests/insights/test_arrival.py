"""How long do parcels take, from what is known of parcels like them, and does the range hold on real journeys?"""

import csv
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from jobs.schedule import reckon_arrivals
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.expected_arrival import FEWEST_PARCELS, Basis, Outlook, expected_arrival, span_of
from orderhub.domain.scan_node import meaning_of
from orderhub.domain.track import Track, follow_parcel, take_scans
from orderhub.domain.words import Carrier, ScanNode
from orderhub.insights.arrival import ArrivalSpan, closest, ladder, reckon_spans, spans_for
from orderhub.kernel.clock import business_day
from orderhub.kernel.db import reading, transaction

from ..builders import NOW

HOUR = timedelta(hours=1)
SAMPLE = Path(__file__).parent / "samples" / "journeys.csv"
DELIVERED = ScanNode.DELIVERED


def arrived(session: Session, no: str, hours: float, *, carrier=Carrier.ZTO, warehouse=1, region="浙江省 杭州市"):
    """A parcel that took so long, and lay in a locker for a day after."""
    shipped_at = NOW - timedelta(days=20)
    track = follow_parcel(session, no, carrier, shipped_at=shipped_at)
    track.warehouse_id, track.to_region = warehouse, region
    way = ((hours, ScanNode.READY_FOR_PICKUP), (hours + 24, DELIVERED))
    take_scans(session, no, [ScanDraft(shipped_at + at * HOUR, "x", node=node) for at, node in way], by="zto", now=NOW)


def test_the_closest_group_of_enough_parcels_counts(database):
    with transaction() as session:
        for turn in range(FEWEST_PARCELS):
            arrived(session, f"ZT{turn}", 20 + turn)
            arrived(session, f"SF{turn}", 10, carrier=Carrier.SF, warehouse=2, region="广东省 深圳市")
        arrived(session, "SFX", 400, carrier=Carrier.SF, warehouse=1, region="西藏自治区 拉萨市")
    assert reckon_arrivals(NOW) > 0
    with reading() as session:
        wanted = {
            Basis.ROUTE: (Carrier.ZTO, 1, "浙江省 宁波市"),
            Basis.CARRIER_TO: (Carrier.ZTO, 9, "浙江省 宁波市"),
            Basis.FROM_TO: (Carrier.JD, 1, "浙江省 宁波市"),
            Basis.CARRIER: (Carrier.SF, 1, "西藏自治区 拉萨市"),
            Basis.ALL: (None, 0, ""),
        }
        for basis, (carrier, warehouse, region) in wanted.items():
            track = Track(
                id=7, tracking_no="", carrier=carrier, warehouse_id=warehouse, to_region=region, shipped_at=NOW
            )
            assert spans_for(session, [track])[7].basis is basis
        route = spans_for(
            session,
            [Track(id=8, tracking_no="", carrier=Carrier.ZTO, warehouse_id=1, to_region="浙江", shipped_at=NOW)],
        )
    # The day in the locker is not the carrier's.
    assert (route[8].early, route[8].late, route[8].parcels) == (21 * HOUR, 37 * HOUR, FEWEST_PARCELS)


def test_nothing_is_invented_where_nothing_has_arrived(database):
    assert reckon_arrivals(NOW) == 0
    with reading() as session:
        assert (
            spans_for(session, [Track(id=8, tracking_no="", carrier=Carrier.ZTO, to_region="浙江", shipped_at=NOW)])
            == {}
        )


def test_reckoning_again_takes_the_place_of_what_stood(database):
    with transaction() as session:
        for turn in range(FEWEST_PARCELS):
            arrived(session, f"ZT{turn}", 20)
    assert reckon_arrivals(NOW) == reckon_arrivals(NOW) == 5
    assert reckon_arrivals(NOW + timedelta(days=120)) == 0
    with reading() as session:
        assert session.exec(select(ArrivalSpan)).all() == []
        assert reckon_spans(session, NOW)


def test_the_range_holds_on_collected_journeys(database):
    """Each delivered parcel is foretold from all the others."""
    journeys = _journeys()
    inside, said = 0, 0
    for no, (carrier, shipped_at, at) in journeys.items():
        groups: dict = defaultdict(list)
        for other, (its, left, came) in journeys.items():
            if other != no:
                for key, basis in ladder(its, 0, ""):
                    groups[key, basis].append(int((came - left).total_seconds() // 60))
        spans = {key: span for (key, basis), minutes in groups.items() if (span := span_of(minutes, basis))}
        found = expected_arrival(None, shipped_at, None, closest(spans, carrier, 0, ""), now=shipped_at)
        if found.outlook is Outlook.DAYS and found.first and found.last:
            said += 1
            inside += found.first <= business_day(at) <= found.last
    sys.stdout.write(f"{inside} of {said} arrivals inside their range: {inside / said:.0%}\n")
    assert said == len(journeys) > 40
    assert inside / said >= 0.8


def _journeys() -> dict[str, tuple[str, datetime, datetime]]:
    """Carrier, first scan and arrival of each parcel that arrived."""
    scans: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    carriers = {}
    for row in csv.DictReader(SAMPLE.read_text("utf-8").splitlines()):
        at = datetime.fromisoformat(row["event_time"]).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
        scans[row["waybill"]].append((at, row["context"]))
        carriers[row["waybill"]] = row["carrier"].lower()
    found = {}
    for no, way in scans.items():
        nodes = [(at, meaning_of(text).node) for at, text in sorted(way)]
        start = [at for at, node in nodes if node]
        ends = [at for at, node in nodes if node in (ScanNode.READY_FOR_PICKUP, DELIVERED)]
        if ends and any(node is DELIVERED for _, node in nodes):
            found[no] = (carriers[no], start[0], ends[0])
    return found
