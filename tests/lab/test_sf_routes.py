"""Where SF's parcels are, over the real wire: asked ten at a time, pushed as they move until the hub has taken it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.connectors.carriers import sf as waybills
from orderhub.connectors.trackers.contract import TrackWish
from orderhub.connectors.trackers.sf import answer_to_push, connect, read_push
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.words import Carrier, ScanNode
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerBanned, PartnerRefused, PartnerUnauthorised
from orderhub.lab.app import create_lab
from orderhub.lab.faults import Fault
from orderhub.lab.sf import ACCOUNT, PATH
from orderhub.lab.sf_routes import SENDER_TAIL
from tests.flows.hub import served
from tests.lab.test_sf import WISH


class Clock:
    def __init__(self) -> None:
        self.at = utc_now()

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sf(clock):
    lab = create_lab(living=False, now=clock)
    with served(lab) as url:
        lab.state.sf.url = url + PATH
        yield lab.state.sf


@pytest.fixture
def line(sf, clock):
    made = connect(ACCOUNT, base_url=sf.url, now=clock)
    yield made
    made.close()


@pytest.fixture
def shipped(sf, clock) -> str:
    """The waybill of a parcel that a platform has heard of."""
    carrier = waybills.connect(ACCOUNT, base_url=sf.url, now=clock)
    number = carrier.create_waybill(WISH).tracking_no
    carrier.close()
    sf.world.uploaded("shipment", "tb-flagship", tracking_no=number)
    return number


class Hearing:
    """A hub's door that answers well, or as ``is_deaf`` does; keeps every scan it was told."""

    def __init__(self) -> None:
        self.is_deaf = False
        self.heard: list[ScanDraft] = []
        self.pushes: list[int] = []

    async def take(self, request: Request) -> Response:
        kind = request.headers["content-type"]
        scans = [scan for track in read_push(await request.body(), kind) for scan in track.scans]
        self.pushes.append(len(scans))
        if not self.is_deaf:
            self.heard += scans
        text, media_type = answer_to_push(kind, is_taken=not self.is_deaf)
        return Response(text, media_type=media_type)


@contextmanager
def hearing(sf: Any, *, xml: bool = False) -> Iterator[Hearing]:
    door = Hearing()
    with served(Starlette(routes=[Route("/push", door.take, methods=["POST"])])) as url:
        sf.ways.set_target(f"{url}/push", is_xml=xml)
        yield door
        sf.ways.set_target("")


def asked(line: Any, number: str, tail: str = "") -> tuple[ScanDraft, ...]:
    (track,) = line.ask([TrackWish(number, Carrier.SF, tail)])
    return track.scans


def test_a_parcel_of_the_account_is_told_of_without_a_telephone(line, clock, shipped):
    assert asked(line, shipped) == ()
    clock.pass_by(days=30)
    scans = asked(line, shipped)
    assert scans[-1].node is ScanNode.DELIVERED
    assert [scan.at for scan in scans] == sorted(scan.at for scan in scans)
    assert scans[0].at > clock.at.astimezone(UTC) - timedelta(days=30)


def test_a_parcel_that_has_not_left_has_no_way(sf, line, clock):
    carrier = waybills.connect(ACCOUNT, base_url=sf.url, now=clock)
    number = carrier.create_waybill(WISH).tracking_no
    carrier.close()
    clock.pass_by(days=3)
    assert asked(line, number) == ()


def test_a_foreign_parcel_is_told_of_to_whoever_knows_the_senders_telephone(line, clock):
    assert asked(line, "SF1500000000001", SENDER_TAIL) == ()
    clock.pass_by(days=30)
    assert asked(line, "SF1500000000001", f"9999,{SENDER_TAIL}")[-1].node is ScanNode.DELIVERED
    with pytest.raises(PartnerRefused) as caught:
        asked(line, "SF1500000000001", "9999")
    assert caught.value.partner_code == "8013"


def test_more_than_ten_numbers_are_refused(line):
    with pytest.raises(PartnerRefused) as caught:
        line.ask([TrackWish(f"SF{n}", Carrier.SF, SENDER_TAIL) for n in range(11)])
    assert caught.value.partner_code == "8003"


def test_more_than_thirty_calls_a_second_are_refused_for_a_moment(line, clock, shipped):
    for _ in range(30):
        asked(line, shipped)
    with pytest.raises(PartnerBanned):
        asked(line, shipped)
    clock.pass_by(seconds=2)
    assert asked(line, shipped) == ()


def test_a_wrong_check_word_opens_nothing(sf, clock):
    line = connect(replace(ACCOUNT, check_word="wrong"), base_url=sf.url, now=clock)
    with pytest.raises(PartnerUnauthorised):
        asked(line, "SF1", SENDER_TAIL)
    line.close()


@pytest.mark.parametrize("xml", [False, True])
def test_pushes_tell_only_what_is_new_and_at_most_ten_at_once(sf, line, clock, shipped, *, xml):
    with hearing(sf, xml=xml) as door:
        for _ in range(40):
            clock.pass_by(hours=6)
            sf.ways.push_due()
        assert [(scan.at, scan.text) for scan in door.heard] == [
            (scan.at, scan.text) for scan in asked(line, shipped)
        ]  # each once, in order
        assert 0 < max(door.pushes) <= 10
        told = len(door.pushes)
        sf.ways.push_due()
        assert len(door.pushes) == told
    assert sf.ways.state({})["sent"][-1]["is_taken"]


def test_what_is_not_answered_well_is_pushed_again(sf, clock, shipped):
    with hearing(sf) as door:
        door.is_deaf = True
        clock.pass_by(days=30)
        assert sf.ways.push_due() == 0
        assert sf.ways.push_due() == 0
        assert len(door.pushes) == 1
        door.is_deaf = False
        clock.pass_by(minutes=11)
        assert sf.ways.push_due() == 1
        assert door.pushes[0] == door.pushes[1] == len(door.heard)


def test_a_cancelled_waybill_goes_no_way(sf, line, clock, shipped):
    carrier = waybills.connect(ACCOUNT, base_url=sf.url, now=clock)
    carrier.cancel_waybill(WISH.request_no)
    carrier.close()
    clock.pass_by(days=3)
    with hearing(sf) as door:
        sf.ways.push_due()
    assert door.pushes == []
    with pytest.raises(PartnerRefused):
        asked(line, shipped)


@pytest.mark.parametrize("fault", ["rate_ban", "service_error", "truncated_json"])
def test_trouble_of_the_lab_reaches_the_asker(sf, line, shipped, fault):
    sf.world.faults.set(Fault(fault, shop="sf", api="EXP_RECE_SEARCH_ROUTES", count=1))
    if fault == "rate_ban":
        with pytest.raises(PartnerBanned):
            asked(line, shipped)
    else:
        assert asked(line, shipped) == ()  # a reading call is asked again


def test_the_codes_of_the_lab_are_those_of_the_contract(sf, clock, shipped):
    clock.pass_by(days=30)
    rows = sf.ways.search({"trackingType": "1", "methodType": "1", "trackingNumber": [shipped]})["routeResps"]
    assert rows[0]["mailNo"] == shipped
    last = rows[0]["routes"][-1]
    assert (last["opCode"], last["firstStatusCode"], last["secondaryStatusCode"]) == ("80", "4", "401")
    assert json.dumps(rows, ensure_ascii=False)
