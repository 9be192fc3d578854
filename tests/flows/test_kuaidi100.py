"""Kuaidi100 tells where parcels are: it is subscribed to, pushes, and is asked where it is silent."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from orderhub.api.app import create_api
from orderhub.automation.outbox import OutboxKind, OutboxMessage, OutboxState
from orderhub.automation.runner import run_next
from orderhub.automation.track_asking import ask_tracks
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.domain.track import Track, follow_parcel
from orderhub.domain.words import Carrier, ScanNode, WatchState
from orderhub.intake import push
from orderhub.intake.tracker_keyring import forget_tracker_lines
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, reading, transaction
from orderhub.kernel.failpoint import KILLED
from orderhub.kernel.settings import settings
from orderhub.lab.faults import Fault

from .hub import Hub, served, wait_until
from .shipping import ROOT, ship, work
from .tracking import CODE, SF_PARCEL, YTO_PARCEL, connect_kuaidi100, open_kinds, scans, signed_push, track_of

HOUR = timedelta(hours=1)
FAST = 400_000  # a journey of four days in a second
PUSH = f"/api/push/kuaidi100/{CODE}"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def door(taobao_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The hub's own address, to which is pushed."""
    with served(create_api()) as url:
        monkeypatch.setenv("ORDERHUB_PUBLIC_URL", url)
        settings.cache_clear()
        yield url
    forget_tracker_lines()
    push._noted.clear()


@pytest.fixture
def kuaidi(lab, door):
    """The lab's Kuaidi100, to which the hub has an account."""
    app, url = lab
    connect_kuaidi100(url)
    return app.state.kuaidi100


@pytest.fixture
def silent(kuaidi, monkeypatch: pytest.MonkeyPatch):
    """Its pushes reach nobody."""
    monkeypatch.setenv("ORDERHUB_PUBLIC_URL", NOWHERE)
    settings.cache_clear()
    return kuaidi


def shipped(hub: Hub, number: str = YTO_PARCEL, carrier: Carrier = Carrier.YTO) -> None:
    (order,) = hub.orders_come(1)
    hub.sync()
    ship(order, number, carrier)
    work()


def subscription() -> OutboxMessage:
    with reading() as session:
        return session.exec(select(OutboxMessage).where(OutboxMessage.kind == OutboxKind.SUBSCRIPTION)).one()


def pushed(door: str, form: str) -> tuple[int, str]:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = httpx.post(door + PUSH, content=form.encode(), headers=headers)
    return answer.status_code, answer.json()["returnCode"]


def test_a_parcel_that_leaves_is_subscribed_to_and_followed_to_its_door(taobao_hub, kuaidi):
    kuaidi.parcels.pace = FAST
    shipped(taobao_hub)
    assert (subscription().state, subscription().number) == (OutboxState.SENT, YTO_PARCEL)
    assert track_of().watch is not WatchState.UNKNOWN
    wait_until(lambda: track_of().arrived_at and track_of().watch is WatchState.OVER)
    track = track_of()
    assert (track.node, track.ask_at, track.check_at) == (ScanNode.DELIVERED, None, None)
    assert len(scans()) > 3
    assert ask_tracks(utc_now() + 100 * HOUR)[0].parcels == 0
    assert kuaidi.asked == {}
    assert "tracking_refused" not in open_kinds()


def test_a_parcel_that_nobody_tells_of_is_asked_after_once_in_six_hours(taobao_hub, silent):
    silent.parcels.pace = FAST
    silent.parcels.heard_of(YTO_PARCEL, Carrier.YTO, silent.world.now()).steps_shown = 3
    shipped(taobao_hub)
    now = utc_now()
    assert ask_tracks(now + 5 * HOUR)[0].parcels == 0
    wait_until(lambda: len(silent._seen(YTO_PARCEL, Carrier.YTO, silent.world.now())) == 3)
    (asked,) = ask_tracks(now + 7 * HOUR)
    assert (asked.parcels, asked.scans, len(scans())) == (1, 3, 3)
    for later in (7.1, 7.4, 12.9):
        assert ask_tracks(now + later * HOUR)[0].parcels == 0
    assert ask_tracks(now + 14 * HOUR)[0].parcels == 1
    assert len(scans()) == 3


def test_a_push_puts_the_question_off(taobao_hub, kuaidi, door):
    shipped(taobao_hub)
    before = track_of().ask_at
    with transaction() as session:
        track = session.get_one(Track, track_of().id)
        track.ask_at = utc_now() - HOUR
    assert pushed(door, signed_push(YTO_PARCEL, [(utc_now(), "快件已揽收", "1")])) == (200, "200")
    track = track_of()
    assert track.told_at
    assert before
    assert (track.ask_at or before) > before
    assert ask_tracks(utc_now() + HOUR)[0].parcels == 0


def test_what_broke_off_is_subscribed_to_again_after_half_an_hour(taobao_hub, kuaidi):
    shipped(taobao_hub)
    kuaidi.steer({"number": YTO_PARCEL, "abort": True})
    wait_until(lambda: track_of().watch is WatchState.BROKEN_OFF)
    assert subscription().state is OutboxState.WAITING
    work(later=timedelta(minutes=29))
    assert track_of().watch is WatchState.BROKEN_OFF
    wait_until(lambda: kuaidi.subscriptions[YTO_PARCEL].status == "abort")
    work(later=timedelta(minutes=31))
    assert (track_of().watch, subscription().state) == (WatchState.WATCHING, OutboxState.SENT)
    assert kuaidi.subscriptions[YTO_PARCEL].status == "polling"


def test_an_abort_told_twice_subscribes_once(taobao_hub, kuaidi, door):
    shipped(taobao_hub)
    form = signed_push(YTO_PARCEL, [], status="abort")
    assert [pushed(door, form) for _ in range(2)] == [(200, "200")] * 2
    first = subscription()
    assert first.state is OutboxState.WAITING
    assert pushed(door, form) == (200, "200")
    assert subscription().version == first.version


def test_a_forged_push_changes_nothing_and_is_seen(taobao_hub, kuaidi, door):
    shipped(taobao_hub)
    good = signed_push(YTO_PARCEL, [(utc_now(), "已签收，签收人：本人", "3")], status="shutdown")
    for form in (good[:-4] + "0000", good.split("&")[0], "", "sign=%00&param={}"):
        assert pushed(door, form) == (403, "500")
    assert scans() == []
    assert track_of().told_at is None
    assert open_kinds() == ["forged_push"]


def test_a_forger_beside_the_service_harms_nothing(taobao_hub, kuaidi):
    kuaidi.parcels.pace = FAST
    kuaidi.world.faults.set(Fault("push_bad_signature", count=1))
    kuaidi.world.faults.set(Fault("push_duplicate", count=2))
    shipped(taobao_hub)
    wait_until(lambda: track_of().arrived_at)
    assert "forged_push" in open_kinds()
    wait_until(lambda: track_of().watch is WatchState.OVER)
    assert len({(scan.at, scan.text) for scan in scans()}) == len(scans())


def test_a_push_for_a_foreign_parcel_is_answered_and_changes_nothing(taobao_hub, kuaidi, door):
    shipped(taobao_hub)
    assert pushed(door, signed_push("YT9999999999999", [(utc_now(), "快件已揽收", "1")])) == (200, "200")
    assert scans() == []
    assert open_kinds() == ["foreign_parcel"]


def test_scans_from_the_future_are_refused_and_seen_until_what_is_told_is_true(taobao_hub, kuaidi, door):
    shipped(taobao_hub)
    now = utc_now()
    lie = [(now + 5 * HOUR, "已签收，签收人：本人", "3"), (now, "快件已揽收", "1")]
    assert pushed(door, signed_push(YTO_PARCEL, lie)) == (200, "200")
    assert [scan.node for scan in scans()] == [ScanNode.COLLECTED]
    assert open_kinds() == ["scans_refused"]
    assert pushed(door, signed_push(YTO_PARCEL, lie[1:])) == (200, "200")
    assert open_kinds() == []


def test_pushes_that_overtake_each_other_end_where_the_parcel_is(taobao_hub, kuaidi, door):
    shipped(taobao_hub)
    now = utc_now()
    way = [(now, "已签收，签收人：本人", "3"), (now - HOUR / 60, "正在派件", "5"), (now - HOUR / 30, "快件已揽收", "1")]
    assert pushed(door, signed_push(YTO_PARCEL, way, status="shutdown")) == (200, "200")
    assert pushed(door, signed_push(YTO_PARCEL, way[2:])) == (200, "200")
    assert (track_of().node, track_of().watch, len(scans())) == (ScanNode.DELIVERED, WatchState.OVER, 3)


def test_a_push_that_cannot_be_read_is_refused_and_seen(taobao_hub, kuaidi, door):
    shipped(taobao_hub)
    form = signed_push("", [(utc_now(), "快件已揽收", "1")])
    assert pushed(door, form) == (422, "500")
    assert scans() == []
    assert open_kinds() == ["scans_refused"]


def test_a_carrier_nobody_knows_is_neither_subscribed_to_nor_asked_for(taobao_hub, kuaidi):
    with transaction() as session:
        follow_parcel(session, "XX1", None, shipped_at=utc_now())
    assert ask_tracks(utc_now() + 8 * HOUR)[0].parcels == 0
    with reading() as session:
        assert session.exec(select(OutboxMessage)).all() == []


def test_a_number_that_is_refused_is_seen_and_holds_up_no_other(taobao_hub, lab, silent):
    connect_kuaidi100(lab[1], phone_tail="")
    silent.parcels.pace = FAST
    shipped(taobao_hub, SF_PARCEL, Carrier.SF)
    shipped(taobao_hub)
    wait_until(lambda: silent._seen(YTO_PARCEL, Carrier.YTO, silent.world.now()))
    (asked,) = ask_tracks(utc_now() + 7 * HOUR)
    assert (asked.parcels, asked.refused) == (2, 1)
    assert asked.scans > 0
    assert open_kinds() == ["tracking_refused"]
    connect_kuaidi100(lab[1], phone_tail="0001")
    ask_tracks(utc_now() + 15 * HOUR)
    assert open_kinds() == []


def test_questions_stay_within_the_days_quota(taobao_hub, lab, silent):
    connect_kuaidi100(lab[1], daily_quota=1)
    shipped(taobao_hub)
    shipped(taobao_hub, "YT7100000000002")
    now = utc_now() + 7 * HOUR
    assert [ask_tracks(now + minutes * HOUR / 60)[0].parcels for minutes in range(3)] == [1, 0, 0]
    assert open_kinds() == ["tracker_quota"]
    assert ask_tracks(now + 24 * HOUR)[0].parcels == 1
    assert sorted(len(times) for times in silent.asked.values()) in ([2], [1, 1])


def test_keys_that_are_refused_are_told_to_an_administrator_until_there_are_others(taobao_hub, lab, kuaidi):
    connect_kuaidi100(lab[1], key="wrong")
    shipped(taobao_hub)
    assert (subscription().state, open_kinds()) == (OutboxState.WAITING, ["tracker_unauthorised"])
    with reading() as session:
        (task,) = session.exec(select(Task).where(Task.kind == TaskKind.TRACKER_TROUBLE)).all()
    assert (task.owner_role, task.status) == ("admin", TaskStatus.OPEN)
    (asked,) = ask_tracks(utc_now() + 7 * HOUR)
    assert "503" in asked.error
    connect_kuaidi100(lab[1])
    work()
    assert (subscription().state, open_kinds()) == (OutboxState.SENT, [])
    with reading() as session:
        assert session.get_one(Task, task.id).status is TaskStatus.CLOSED


@pytest.mark.parametrize("fault", ["server_error", "service_error", "truncated_json"])
def test_a_service_in_trouble_is_asked_again_half_an_hour_later(taobao_hub, silent, fault):
    shipped(taobao_hub)
    silent.world.faults.set(Fault(fault))
    now = utc_now() + 7 * HOUR
    (asked,) = ask_tracks(now)
    assert (asked.missed, asked.scans, open_kinds()) == (1, 0, [])
    silent.world.faults.clear()
    assert ask_tracks(now + HOUR / 3)[0].parcels == 0
    assert ask_tracks(now + HOUR)[0].parcels == 1


def test_an_answer_to_a_subscription_that_is_lost_subscribes_once(taobao_hub, kuaidi):
    kuaidi.world.faults.set(Fault("answer_lost", count=1))
    shipped(taobao_hub)
    assert subscription().state is OutboxState.WAITING
    work(later=timedelta(minutes=1))
    assert (subscription().state, track_of().watch) == (OutboxState.SENT, WatchState.WATCHING)
    assert list(kuaidi.subscriptions) == [YTO_PARCEL]


def test_parcels_that_left_before_there_was_an_account_are_asked_after_then_subscribed_to(taobao_hub, lab, door):
    shipped(taobao_hub)
    assert track_of().watch is WatchState.UNKNOWN
    connect_kuaidi100(lab[1])
    assert ask_tracks(utc_now() + 7 * HOUR)[0].parcels == 1
    work(later=8 * HOUR)
    assert (subscription().state, track_of().watch) == (OutboxState.SENT, WatchState.WATCHING)


_DIES = """
import os, sys
from datetime import datetime
from orderhub import tables
from orderhub.automation.track_asking import ask_tracks
from orderhub.connectors.trackers.kuaidi100 import Kuaidi100
from orderhub.kernel.db import open_database

real = Kuaidi100.ask
def ask(self, wishes):
    real(self, wishes)
    os.kill(os.getpid(), 9)
Kuaidi100.ask = ask
open_database(sys.argv[1])
ask_tracks(datetime.fromisoformat(sys.argv[2]))
"""


def test_who_dies_while_asking_costs_a_turn_and_nothing_else(taobao_hub, silent, sqlite_url):
    silent.parcels.pace = FAST
    shipped(taobao_hub)
    wait_until(lambda: silent._seen(YTO_PARCEL, Carrier.YTO, silent.world.now()))
    now = utc_now() + 7 * HOUR
    close_database()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", _DIES, sqlite_url, now.isoformat()], cwd=ROOT, env=environment, check=False
    )
    assert ran.returncode == -9
    open_database(sqlite_url)
    assert (len(silent.asked[YTO_PARCEL]), scans()) == (1, [])
    assert ask_tracks(now + HOUR / 4)[0].parcels == 0
    silent.world.ahead_seconds = 8 * 3600
    assert ask_tracks(now + 8 * HOUR)[0].parcels == 1
    assert len({(scan.at, scan.text) for scan in scans()}) == len(scans()) > 0


_SUBSCRIBES = """
import sys
from orderhub import tables
from orderhub.automation.outbox import OutboxKind
from orderhub.automation.sending import Postman
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import open_database

open_database(sys.argv[1])
Postman(kinds=[OutboxKind.SUBSCRIPTION]).send_next(utc_now())
"""


@pytest.mark.parametrize("where", ["counted_before_sending", "sent_before_noting"])
def test_who_dies_while_subscribing_subscribes_again_and_is_told_once(taobao_hub, kuaidi, sqlite_url, where):
    (order,) = taobao_hub.orders_come(1)
    taobao_hub.sync()
    ship(order, YTO_PARCEL, Carrier.YTO)
    while run_next(utc_now()):
        pass
    close_database()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "ORDERHUB_FAILPOINT": where}
    ran = subprocess.run([sys.executable, "-c", _SUBSCRIBES, sqlite_url], cwd=ROOT, env=environment, check=False)
    assert ran.returncode == KILLED
    open_database(sqlite_url)
    assert list(kuaidi.subscriptions) == ([YTO_PARCEL] if where == "sent_before_noting" else [])
    work(later=HOUR)
    assert (subscription().state, list(kuaidi.subscriptions)) == (OutboxState.SENT, [YTO_PARCEL])
    assert track_of().watch is not WatchState.UNKNOWN
    assert "tracking_refused" not in open_kinds()
