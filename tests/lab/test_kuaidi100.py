"""Kuaidi100 over the real wire: asked, subscribed to, pushing real journeys, and locking who asks too often."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from orderhub.connectors.trackers.contract import TrackWish
from orderhub.connectors.trackers.kuaidi100 import connect, read_push
from orderhub.domain.scan_node import meaning_of
from orderhub.domain.words import Carrier, ScanNode, WatchState
from orderhub.kernel.errors import NotAllowed, PartnerRefused, PartnerUnauthorised, PartnerUnavailable
from orderhub.lab.app import create_lab
from orderhub.lab.faults import Fault
from orderhub.lab.journeys import journey_of, journeys
from orderhub.lab.kuaidi100 import KEYS, PATH
from tests.flows.hub import served, wait_until

OURS = replace(KEYS, salt="salt-1")
WISH = TrackWish("YT7100000000001", Carrier.YTO, "0001")
FAST = 400_000


@pytest.fixture
def kuaidi():
    lab = create_lab(living=False, pace=FAST)
    with served(lab) as url:
        lab.state.kuaidi100.url = url + PATH
        yield lab.state.kuaidi100


@pytest.fixture
def line(kuaidi):
    made = connect(OURS, base_url=kuaidi.url)
    yield made
    made.close()


@contextmanager
def listening(*answers: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """An address that is pushed to; it gives ``answers`` in turn, then 200."""
    heard: list[dict[str, str]] = []
    left = list(answers)

    async def hear(request: Request) -> JSONResponse:
        heard.append(dict(parse_qsl((await request.body()).decode())))
        return JSONResponse({"result": True, "returnCode": left.pop(0) if left else "200", "message": ""})

    with served(Starlette(routes=[Route("/push", hear, methods=["POST"])])) as url:
        yield f"{url}/push", heard


def steered(kuaidi: Any, **asked: Any) -> dict[str, Any]:
    return kuaidi.steer(asked)


def test_journeys_are_whole_real_and_the_same_for_the_same_number():
    every = [journey for own in journeys().values() for journey in own]
    assert len(every) >= 30
    for journey in every:
        seconds = [step.seconds for step in journey]
        assert seconds == sorted(seconds)
        assert seconds[0] > 0
    assert journey_of("YT1", Carrier.YTO) == journey_of("YT1", Carrier.YTO) in journeys()["yto"]
    assert len({journey_of(f"SF{number}", Carrier.SF) for number in range(200)}) > 10
    ends = [journey[-1] for journey in every if journey[-1].label == "DELIVERED"]
    assert {meaning_of(step.text).node for step in ends} == {ScanNode.DELIVERED}


def test_a_question_is_answered_with_what_was_scanned_until_now(kuaidi, line):
    steered(kuaidi, pace=1)
    (before,) = line.ask([WISH])
    assert before.scans == ()
    kuaidi.world.ahead_seconds = 10 * 86400
    (track,) = line.ask([WISH])
    assert len(track.scans) == len(journey_of(WISH.tracking_no, Carrier.YTO))
    assert track.scans[-1].node is ScanNode.DELIVERED
    assert [scan.at for scan in track.scans] == sorted(scan.at for scan in track.scans)


def test_who_asks_twice_in_half_an_hour_is_told_nothing_for_a_day(kuaidi, line):
    kuaidi.parcels.heard_of(WISH.tracking_no, Carrier.YTO, kuaidi.world.now() - 10)
    asked = []
    for ahead in (0, 60, 3600, 90_000):
        kuaidi.world.ahead_seconds = ahead
        asked.append(bool(line.ask([WISH])[0].scans))
    assert asked == [True, False, False, True]


def test_keys_phone_carrier_and_quota_are_checked(kuaidi, line):
    wrong = connect(replace(OURS, key="other"), base_url=kuaidi.url)
    with pytest.raises(PartnerUnauthorised, match="503"):
        wrong.ask([WISH])
    with pytest.raises(PartnerUnauthorised, match="600"):
        wrong.subscribe(WISH, "http://127.0.0.1:9/push")
    wrong.close()
    with pytest.raises(PartnerRefused, match="408"):
        line.ask([TrackWish("SF1", Carrier.SF)])
    with pytest.raises(PartnerRefused, match="700"):
        line.subscribe(WISH, "no address")
    steered(kuaidi, daily_quota=0)
    with pytest.raises(PartnerUnauthorised, match="601"):
        line.ask([WISH])


def test_what_is_subscribed_to_is_pushed_to_its_end_signed_with_the_salt(kuaidi, line):
    with listening("500") as (url, heard):
        line.subscribe(WISH, url)
        line.subscribe(WISH, url)
        wait_until(lambda: kuaidi.subscriptions[WISH.tracking_no].status == "shutdown")
        drafts = [read_push(form, OURS) for form in heard]
    assert (drafts[-1].watch, drafts[-1].tracking_no) == (WatchState.OVER, WISH.tracking_no)
    assert len(drafts[-1].scans) == len(journey_of(WISH.tracking_no, Carrier.YTO))
    assert len(drafts) > 1
    with pytest.raises(NotAllowed):
        read_push(heard[0], replace(OURS, salt="other"))


def test_what_is_never_scanned_is_broken_off_and_may_be_subscribed_to_again(kuaidi, line):
    steered(kuaidi, number=WISH.tracking_no, steps_shown=0)
    with listening() as (url, heard):
        line.subscribe(WISH, url)
        wait_until(lambda: kuaidi.subscriptions[WISH.tracking_no].status == "abort")
        assert read_push(heard[-1], OURS).watch is WatchState.BROKEN_OFF
        line.subscribe(WISH, url)
        assert kuaidi.subscriptions[WISH.tracking_no].status == "polling"


@pytest.mark.parametrize("fault", ["server_error", "service_error", "truncated_json", "answer_lost"])
def test_faults_strike_by_its_name(kuaidi, line, fault):
    kuaidi.world.faults.set(Fault(fault, shop="kuaidi100", api="query"))
    with pytest.raises(PartnerUnavailable):
        line.ask([WISH])
