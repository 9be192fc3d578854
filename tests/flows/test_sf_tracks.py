"""A parcel with SF: labelled by its account, told of by its pushes, asked after where none comes."""

import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from orderhub.api.app import create_api
from orderhub.automation.carrier_keyring import forget_carrier_lines
from orderhub.automation.route_push import push_path
from orderhub.automation.track_asking import ask_tracks
from orderhub.automation.track_sources import source_of
from orderhub.automation.track_watch import find_silent_parcels
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Shipment
from orderhub.domain.shipping import leave
from orderhub.domain.track import Scan, Track
from orderhub.domain.words import Carrier, ScanNode
from orderhub.intake import push
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, reading, transaction
from orderhub.kernel.eventlog import Event
from orderhub.kernel.ids import without_phones
from orderhub.lab.journeys import journey_of
from tests.databases import with_tables

from .hub import Hub, served, wait_until
from .shipping import work
from .waybills import allocated, connect_sf, want, waybills

ROOT = Path(__file__).parents[2]
# A week passes in some seconds: what has happened to a parcel lies in the past, however soon it is asked.
PACE = 200_000


@pytest.fixture
def hub(lab, sqlite_url) -> Iterator[Hub]:
    yield from _opened(lab, sqlite_url)


@pytest.fixture
def any_hub(lab, db_url) -> Iterator[Hub]:
    yield from _opened(lab, db_url)


def _opened(lab, url: str) -> Iterator[Hub]:
    with_tables(url)
    connect_sf(lab[1])
    lab[0].state.sf.ways.parcels.pace = PACE
    app, url_of_lab = lab
    yield Hub(app, url_of_lab, "tb-flagship")
    forget_connectors()
    forget_carrier_lines()
    push._noted.clear()


def ship(hub: Hub) -> str:
    """The waybill of a parcel that has left with SF, and whose platform knows."""
    numbers = hub.orders_come(1)
    hub.sync()
    (delivery_id,) = allocated(numbers)
    want([delivery_id])
    work(later=timedelta(minutes=1))
    with transaction() as session:
        leave(session, delivery_id, by="ceshi-w", now=utc_now())
    work(later=timedelta(minutes=2))
    return waybills()[-1].tracking_no


def track() -> Track:
    with reading() as session:
        return session.exec(select(Track)).one()


def scans() -> list[str]:
    with reading() as session:
        return [one.text for one in session.exec(select(Scan).order_by(Scan.at, Scan.id))]  # type: ignore[arg-type]


def whole_way(number: str) -> list[str]:
    return [without_phones(" ".join(step.text.split())) for step in journey_of(number, Carrier.SF)]


def test_sf_pushes_a_parcel_home(hub, lab):
    ways = lab[0].state.sf.ways
    with served(create_api()) as url:
        ways.set_target(url + push_path("sf"))
        number = ship(hub)
        _wait(lambda: ways.push_due() == 0 and track().node is ScanNode.DELIVERED)
    assert Counter(scans()) == Counter(whole_way(number))
    assert track().arrived_at is not None
    assert track().ask_at is None
    assert find_silent_parcels(utc_now() + timedelta(days=30)) == 0


def test_where_no_push_comes_the_account_of_the_waybill_asks(hub, lab):
    number = ship(hub)
    assert [one.parcels for one in ask_tracks(utc_now())] == [0]
    _wait(lambda: lab[0].state.sf.ways.parcels.seen(_way(lab, number), lab[0].state.world.now())[-1:] != [])
    later = utc_now() + timedelta(hours=8)
    (asked,) = ask_tracks(later)
    assert (asked.parcels, asked.refused, asked.error) == (1, 0, "")
    assert asked.scans == len(scans()) > 0
    with reading() as session:
        source = source_of(session, Carrier.SF)
    assert source
    assert (source.about[0], source.phone_tail, source.is_subscribed) == ("carrier_account", "0001", False)
    assert [one.parcels for one in ask_tracks(later)] == [0]


def test_keys_that_open_no_more_are_seen_and_new_ones_mend_it(hub, lab):
    ship(hub)
    connect_sf(lab[1], check_word="wrong")
    (asked,) = ask_tracks(utc_now() + timedelta(hours=8))
    assert "A1006" in asked.error
    assert AnomalyKind.TRACKER_UNAUTHORISED in hub.anomalies()
    connect_sf(lab[1])
    assert AnomalyKind.TRACKER_UNAUTHORISED not in hub.anomalies()


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_before_its_answer_a_push_comes_again_and_doubles_nothing(any_hub, lab, db_url, where):
    """``after``: the scans are kept and SF has not heard so."""
    ways, number = lab[0].state.sf.ways, ship(any_hub)
    _wait(lambda: len(ways.parcels.seen(_way(lab, number), lab[0].state.world.now())) == len(whole_way(number)))
    close_database()
    port = _free_port()
    with _door(db_url, port, where) as process:
        ways.set_target(f"http://127.0.0.1:{port}{push_path('sf')}")
        assert ways.push_due() == 0
        assert process.wait(timeout=30) == -9
    assert ways.sent[-1].status == 0
    open_database(db_url)
    assert len(scans()) == (min(10, len(whole_way(number))) if where == "after" else 0)
    close_database()
    with _door(db_url, port, ""):
        any_hub.tell_lab("advance", seconds=700)
        while ways.push_due():
            pass
        assert ways.sent[-1].is_taken
    open_database(db_url)
    assert Counter(scans()) == Counter(whole_way(number))
    with reading() as session:
        moved = [event.body["target"] for event in session.exec(select(Event).where(Event.kind == "parcel_moved"))]
        assert session.exec(select(Shipment.tracking_no)).all() == [number]
    assert moved[-1] == track().node == ScanNode.DELIVERED
    assert moved.count(ScanNode.DELIVERED) == 1


@contextmanager
def _door(url: str, port: int, where: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.api.dying_door", url, str(port), where]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _way(lab, number: str):
    return lab[0].state.sf.ways.parcels.heard_of(number, Carrier.SF, lab[0].state.world.now())


def _wait(is_so) -> None:
    wait_until(is_so, seconds=60)
