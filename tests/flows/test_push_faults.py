"""The lab pushes badly, over the real wire to the real API: the hub ends with exactly the lab's orders."""

import pytest

from orderhub.api.app import create_api
from orderhub.domain.anomaly_kind import AnomalyKind

from .hub import Hub, served, wait_until


@pytest.fixture
def pushed(douyin_hub: Hub, lab):
    with served(create_api()) as url:
        douyin_hub.tell_lab(f"shops/{douyin_hub.code}/push-target", url=f"{url}/api/push/douyin/{douyin_hub.code}")
        _delivered(lab)
        yield douyin_hub


def test_a_push_brings_its_order_without_a_pull(pushed, lab):
    pushed.orders_come(5)
    _settled(pushed, lab)
    assert pushed.ours() == pushed.theirs()
    assert pushed.anomalies() == []


@pytest.mark.parametrize("fault", ["push_duplicate", "push_replay", "push_out_of_order"])
def test_pushes_repeated_or_in_disorder_are_one_order_in_its_newest_version(pushed, lab, fault):
    pushed.fault(fault, count=4)
    numbers = pushed.orders_come(4)
    for number in numbers:
        pushed.tell_lab(f"orders/{pushed.code}/{number}", do="ship")
    _settled(pushed, lab)
    assert set(pushed.ours()) == set(numbers)
    assert pushed.ours() == pushed.theirs()
    assert {status for _, status in _answers(lab)} == {200}


def test_a_forged_push_is_refused_and_seen(pushed, lab):
    pushed.fault("push_bad_signature")
    pushed.orders_come(1)
    _settled(pushed, lab)
    assert [status for _, status in _answers(lab)].count(403) == 1
    assert pushed.anomalies() == [AnomalyKind.FORGED_PUSH]
    assert pushed.ours() == pushed.theirs()


def test_an_oversize_push_is_refused_and_the_next_one_unharmed(pushed, lab):
    pushed.fault("push_oversize")
    pushed.orders_come(1)
    _settled(pushed, lab)
    assert [status for _, status in _answers(lab)].count(413) == 1
    assert pushed.ours() == pushed.theirs()


def test_a_push_for_an_unknown_shop_is_refused_with_an_anomaly(pushed, lab):
    app, _ = lab
    target = app.state.pushes.targets[pushed.code]
    pushed.tell_lab(f"shops/{pushed.code}/push-target", url=target.replace(pushed.code, "nobody"))
    pushed.orders_come(1)
    _settled(pushed, lab)
    assert {status for tag, status in _answers(lab)[1:]} == {404}
    assert pushed.anomalies() == [AnomalyKind.UNKNOWN_SHOP]
    assert pushed.ours() == {}


def _settled(hub, lab):
    _delivered(lab)
    hub.settle()


def _delivered(lab):
    app, _ = lab
    wait_until(lambda: app.state.pushes.waiting == 0)


def _answers(lab):
    app, _ = lab
    return [(push.tag, push.status) for push in list(app.state.pushes.sent)]
