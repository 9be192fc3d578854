import asyncio
import hashlib
import json
import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.words import Channel
from orderhub.intake.inbox import MessageKind
from orderhub.intake.push import take_push as take_push_async
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotAllowed, NotFound

from .builders import FIRST_NO, message, states


def test_a_signed_push_is_kept_as_a_hint(shop, now):
    raw = _push(FIRST_NO)
    assert take_push(Channel.DOUYIN, shop.code, _signed(raw), raw, now=now) == 1
    hint = message()
    assert (hint.kind, hint.number, hint.source) == (MessageKind.PUSH, str(FIRST_NO), "push")
    assert hint.content == {"kind": "order", "number": str(FIRST_NO), "topic": "101"}


def test_a_replayed_push_changes_nothing_and_succeeds(shop, now):
    raw = _push(FIRST_NO)
    counts = [take_push(Channel.DOUYIN, shop.code, _signed(raw), raw, now=now) for _ in range(3)]
    assert (counts, states()) == ([1, 0, 0], {"ready": 1})


def test_a_shop_that_is_off_keeps_no_push_and_still_knows_a_forger(shop, now):
    with transaction() as session:
        session.get_one(Shop, shop.id).rollout = Rollout.OFF
    raw = _push(FIRST_NO)
    assert take_push(Channel.DOUYIN, shop.code, _signed(raw), raw, now=now) == 0
    with pytest.raises(NotAllowed):
        take_push(Channel.DOUYIN, shop.code, {"event-sign": "0" * 32}, raw, now=now)
    assert states() == {}


def test_a_forged_push_is_refused_and_noted_once_a_minute(shop, now):
    raw = _push(FIRST_NO)
    for seconds in (0, 1, 59, 61):
        with pytest.raises(NotAllowed):
            take_push(Channel.DOUYIN, shop.code, {"event-sign": "0" * 32}, raw, now=now + timedelta(seconds=seconds))
    assert states() == {}
    assert _anomalies() == [(AnomalyKind.FORGED_PUSH, "shop", shop.id)]


def test_a_push_changed_on_its_way_is_refused(shop, now):
    raw = _push(FIRST_NO)
    with pytest.raises(NotAllowed):
        take_push(Channel.DOUYIN, shop.code, _signed(raw), raw.replace(b"101", b"102"), now=now)
    assert states() == {}


@pytest.mark.parametrize("code", ["nobody", "", "x" * 5000])
def test_a_push_for_an_unknown_shop_is_refused_with_an_anomaly(shop, now, code):
    raw = _push(FIRST_NO)
    with pytest.raises(NotFound):
        take_push(Channel.DOUYIN, code, _signed(raw), raw, now=now)
    assert [kind for kind, *_ in _anomalies()] == [AnomalyKind.UNKNOWN_SHOP]


def test_a_shop_of_another_channel_is_an_unknown_shop(shop, now):
    with pytest.raises(NotFound, match="no shop on taobao"):
        take_push(Channel.TAOBAO, shop.code, {}, b"[]", now=now)


@pytest.mark.parametrize("raw", [b"[{]", b'{"tag":"101"}', b'[{"tag":"101","msg_id":"1","data":"{"}]', b"\xff\xfe"])
def test_a_signed_push_nobody_can_read_is_refused(shop, now, raw):
    with pytest.raises(BadInput):
        take_push(Channel.DOUYIN, shop.code, _signed(raw), raw, now=now)
    assert states() == {}


def test_the_platforms_probe_is_answered_and_kept_nowhere(shop, now):
    raw = b'[{"tag":"0","msg_id":"0","data":"2026-11-24"}]'
    assert take_push(Channel.DOUYIN, shop.code, _signed(raw), raw, now=now) == 0


def test_twenty_copies_at_once_are_one_hint(shop, now):
    raw = _push(FIRST_NO)
    counts = []
    senders = [
        threading.Thread(target=lambda: counts.append(take_push(Channel.DOUYIN, shop.code, _signed(raw), raw, now=now)))
        for _ in range(20)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert (sorted(counts), states()) == ([0] * 19 + [1], {"ready": 1})


def take_push(*asked, **more):
    return asyncio.run(take_push_async(*asked, **more))


def _push(number, tag="101", message_no="m-1"):
    facts = json.dumps({"p_id": number})
    return json.dumps([{"tag": tag, "msg_id": message_no, "data": facts}]).encode()


def _signed(raw):
    sign = hashlib.md5(b"70001" + raw + b"s3cret").hexdigest()  # noqa: S324  (the platform's own choice)
    return {"app-id": "70001", "event-sign": sign}


def _anomalies():
    with reading() as session:
        return [(found.kind, found.subject_type, found.subject_id) for found in session.exec(select(Anomaly))]
