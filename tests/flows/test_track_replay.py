"""The replay of journeys: every real gap is found within minutes, nothing else is, and what goes wrong is told."""

from datetime import timedelta
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from orderhub import prove
from orderhub.automation import track_watch
from orderhub.cli import app
from orderhub.domain.silence import TrackAlarm
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import from_unix, other_clock, utc_now
from orderhub.kernel.db import database, open_database
from orderhub.lab.journeys import LabParcel, journey_of
from orderhub.prove_tracks import MOST_MEDIAN, TrackProof, gaps_of, prove_tracks

SHIPPED = 1_764_000_000


def parcel(steps_shown: int | None) -> LabParcel:
    return LabParcel("PROVE3", Carrier.YTO, SHIPPED, steps_shown)


def test_a_whole_journey_has_no_gap_but_its_own():
    steps = journey_of("PROVE3", Carrier.YTO)
    assert steps[-1].label == "DELIVERED"
    assert max(later.seconds - one.seconds for one, later in pairwise(steps)) < 48 * 3600
    assert gaps_of(parcel(None)) == []


def test_a_journey_that_never_begins_is_unscanned_then_stalled_then_lost():
    at = from_unix(SHIPPED)
    found = [TrackAlarm.UNSCANNED, TrackAlarm.STALLED, TrackAlarm.LOST]
    assert gaps_of(parcel(0)) == [("PROVE3", alarm, at) for alarm in found]


def test_a_journey_that_breaks_off_is_silent_since_its_last_movement():
    steps = [step for step in journey_of("PROVE3", Carrier.YTO)[:3] if step.label != "INFO"]
    at = from_unix(SHIPPED + steps[-1].seconds)
    assert gaps_of(parcel(3)) == [("PROVE3", alarm, at) for alarm in (TrackAlarm.STALLED, TrackAlarm.LOST)]


@pytest.mark.timeout(600)
def test_every_real_gap_is_found_within_minutes_and_nothing_else(sqlite_url):
    open_database(sqlite_url)
    kept = database().url
    proof = prove_tracks(parcels=4, speed=0, now=utc_now(), seed=1)
    assert proof.is_sound, proof
    assert (proof.parcels, proof.found, proof.false_alarms) == (4, proof.gaps, 0)
    assert proof.gaps >= 1
    assert max(proof.delays) <= timedelta(minutes=6)  # one look of the clock, and the minute before it
    assert proof.scans > 10
    assert "WRONG" not in str(proof)
    assert database().url == kept


@pytest.mark.timeout(600)
def test_a_clock_that_never_looks_is_told(sqlite_url, monkeypatch):
    monkeypatch.setattr(track_watch, "due_tracks", lambda *_args, **_options: [])
    open_database(sqlite_url)
    proof = prove_tracks(parcels=2, speed=0, now=utc_now(), seed=1)
    assert not proof.is_sound
    assert proof.found == 0
    assert str(proof).endswith("WRONG")


@pytest.mark.parametrize(("delay", "code"), [(timedelta(minutes=3), 0), (MOST_MEDIAN + timedelta(minutes=1), 1)])
def test_the_command_ends_with_1_where_the_limit_is_missed(sqlite_url, monkeypatch, delay, code):
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", sqlite_url)
    proof = TrackProof(1, 5, 1, 1, 0, [delay], timedelta(days=9), 1.0)
    monkeypatch.setattr(prove, "prove_tracks", lambda **_options: proof)
    answer = CliRunner().invoke(app, ["prove", "tracks", "--parcels", "1", "--speed", "0"])
    assert answer.exit_code == code, answer.output
    assert "true -> detected, median" in answer.output


def test_another_clock_holds_until_its_end():
    then = from_unix(SHIPPED)
    with other_clock(lambda: then):
        assert utc_now() == then
    assert utc_now() > then
