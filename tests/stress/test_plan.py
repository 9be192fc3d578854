"""Is what a run sends counted exactly, spread as its profile says, and the same again from its seed?"""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from orderhub.connectors.channels import own
from orderhub.connectors.channels.contract import Credentials
from orderhub.connectors.channels.douyin.push import read_push
from orderhub.lab.living import HOURS
from orderhub.stress.messages import order_message, own_order, push_message
from orderhub.stress.plan import Kind, LabKeys, Plan, Profile, Pushed, moments_of, pushed_places, shots

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def plan(profile: Profile = Profile.BURST, orders: int = 1000, *, seed: int = 1, pushes: int = 0) -> Plan:
    pushed = tuple(Pushed("dy-live", str(69_000 + number), 100 + number, 1_790_000_000) for number in range(pushes))
    keys = {"dy-live": LabKeys("7000000000000000005", "lab-secret-dy-live", "900005")}
    return Plan(profile, orders, 100, 60.0, seed, "R1", "mp-flagship", NOW, pushed, keys, pay_share=0.1)


@pytest.mark.parametrize("profile", Profile)
def test_every_profile_sends_each_order_and_its_share_of_repeats(profile):
    made = shots(plan(profile, 1000, pushes=100))
    counts = Counter((shot.kind, shot.is_repeat) for shot in made)
    assert sum(not shot.is_repeat for shot in made) == 1000
    assert {shot.place for shot in made} == set(range(1000))
    assert counts[Kind.PUSH, False] == 100
    assert sum(shot.is_repeat for shot in made) == 50
    assert sum(shot.is_slow for shot in made) == 10
    assert sum(shot.is_paid_later for shot in made) == 90
    assert made == sorted(made)


def test_the_same_seed_sends_the_same_bytes_and_another_does_not():
    one, same, other = plan(), plan(), plan(seed=2)
    assert shots(one) == shots(same) != shots(other)
    assert [own_order(one, place) for place in range(50)] == [own_order(same, place) for place in range(50)]
    assert own_order(one, 3).body != own_order(other, 3).body


def test_a_burst_comes_at_once_and_a_ramp_peaks_in_the_middle():
    assert set(moments_of(Profile.BURST, 10, 60)) == {0.0}
    ramp = moments_of(Profile.RAMP, 1000, 60)
    tenths = Counter(int(moment // 6) for moment in ramp)
    assert [tenths[tenth] for tenth in range(10)] == [20, 60, 100, 140, 180, 180, 140, 100, 60, 20]


def test_a_day_has_the_hours_of_a_real_one():
    hours = Counter(int(moment // 10) for moment in moments_of(Profile.DAY, sum(HOURS), 240))
    assert [hours[hour] for hour in range(24)] == list(HOURS)


def test_an_order_obeys_the_rules_of_intake():
    for place in range(200):
        order = own_order(plan(), place)
        body = json.loads(order.body)
        assert body.pop("shop") == "mp-flagship"
        draft = own.parse_order(body)
        assert (draft.channel_order_no, draft.total_fen, len(draft.lines)) == (
            order.number,
            order.total_fen,
            order.lines,
        )
    unpaid = json.loads(own_order(plan(), 1, is_paid=False).body)
    assert unpaid["paid_at"] is None


def test_a_push_bears_a_signature_that_the_connector_accepts():
    made = plan(pushes=3)
    _, pushed = min(pushed_places(made).items())
    message = push_message(made, pushed)
    (hint,) = read_push(
        dict(message.headers), message.body, Credentials("7000000000000000005", "lab-secret-dy-live", "900005")
    )
    assert (hint.kind, hint.number) == ("order", pushed.number)


def test_a_repeat_has_the_key_of_its_first():
    order = own_order(plan(), 7)
    headers = dict(order_message(order, "ohk_x").headers)
    assert (headers["idempotency-key"], headers["authorization"]) == ("STR1-000007", "Bearer ohk_x")
