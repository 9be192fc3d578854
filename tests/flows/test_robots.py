"""Staff are told in their group chats: one card for an incident, gathered, followed up, and never in anybody's way."""

import os
import signal
import time
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation import outbox
from orderhub.automation.addressee import robot_addressee
from orderhub.automation.outbox import LEASE, OutboxKind, OutboxPause, OutboxState
from orderhub.automation.robot_keyring import RobotDraft, connect_robot, forget_robot_lines, try_robot
from orderhub.automation.sending import Postman
from orderhub.domain.anomaly import Anomaly, hand_over
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.escalation import AnomalyEscalated
from orderhub.domain.notice_route import TASKS
from orderhub.domain.robot import Robot, switch_robot
from orderhub.domain.staff_notice import StaffNotice
from orderhub.domain.task import TaskKind, open_task
from orderhub.domain.words import RobotKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import open_database, reading, transaction
from orderhub.kernel.errors import PartnerUnauthorised, TooMany
from orderhub.kernel.eventlog import SYSTEM, Event, record
from orderhub.lab.faults import Fault
from tests.databases import with_tables

from .hub import wait_until
from .robots import GATHERED, comes_right, connect, goes_wrong, heard, route, settle
from .shipping import messages, started, work

WECOM, DINGTALK, FEISHU = RobotKind.WECOM, RobotKind.DINGTALK, RobotKind.FEISHU
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def hub(sqlite_url):
    with_tables(sqlite_url)
    yield
    forget_robot_lines()


def fault(lab, name, kind, **facts):
    lab[0].state.world.faults.set(Fault(name=name, shop=kind, **({"count": 1} | facts)))


def states():
    return [one.state for one in messages() if one.kind is OutboxKind.ROBOT]


def silent_robots():
    with reading() as session:
        wanted = select(Anomaly).where(Anomaly.kind == AnomalyKind.ROBOT_REFUSED)
        return [(one.subject_id, one.resolved_at is None) for one in session.exec(wanted)]


@pytest.mark.parametrize("kind", list(RobotKind))
def test_one_incident_is_one_card_however_often_it_is_seen(lab, kind):
    connect(lab[1], kind)
    for _ in range(3):
        goes_wrong()
        settle()
    (card,) = heard(lab, kind)
    assert "【高】超卖缺货" in card
    assert "¥139.40" in card
    assert "仓库" in card
    assert "卡片 K1" in card
    assert states() == [OutboxState.SENT]


@pytest.mark.parametrize("kind", list(RobotKind))
def test_what_becomes_of_it_is_a_card_that_names_the_first(lab, kind):
    connect(lab[1], kind)
    anomaly_id = goes_wrong()
    settle()
    with transaction() as session:
        hand_over(session, anomaly_id, role="operations", person="ceshi-o", reason="补货", by="ceshi-w", now=utc_now())
    settle()
    comes_right()
    settle()
    opened, handed, resolved = heard(lab, kind)
    assert "已转交：超卖缺货" in handed
    assert "运营专员 ceshi-o" in handed
    assert "接 K1" in handed
    assert "已解决：超卖缺货" in resolved
    assert "接 K1" in resolved
    assert "接" not in opened


def test_escalation_is_told_at_once_and_to_whoever_leads(lab):
    connect(lab[1], WECOM)
    anomaly_id = goes_wrong()
    settle()

    told = AnomalyEscalated(anomaly_id, AnomalyKind.OVERSOLD, 0, level=3, role="manager")
    with transaction() as session:
        record(session, told, actor=SYSTEM, now=utc_now())
    settle()
    assert "已升级：超卖缺货" in heard(lab, WECOM)[1]
    with reading() as session:
        roles = set(session.exec(select(StaffNotice.role).where(StaffNotice.subject_id == anomaly_id)))
    assert roles == {"warehouse", "manager"}


def test_a_burst_is_one_card_with_the_most_money_first(lab):
    connect(lab[1], FEISHU)
    for number in range(37):
        goes_wrong(number + 1, fen=100 * (number + 1))
    settle()
    (card,) = heard(lab, FEISHU)
    assert "超卖缺货 37 起" in card
    assert "¥703.00" in card
    assert [f"商品 {number} ¥{number}.00" in card for number in (37, 36, 35, 34, 33, 32)] == [True] * 5 + [False]
    assert "另有 32 起" in card


def test_a_kind_is_told_at_most_once_a_minute(lab):
    connect(lab[1], FEISHU)
    goes_wrong(1)
    settle()
    goes_wrong(2)
    goes_wrong(3)
    settle(later=timedelta(seconds=50))
    assert len(heard(lab, FEISHU)) == 1
    settle(later=timedelta(seconds=65))
    first, second = heard(lab, FEISHU)
    assert "2 起" in second
    assert "起" not in first


def test_kinds_do_not_share_a_card(lab):
    connect(lab[1], FEISHU)
    goes_wrong(1)
    goes_wrong(1, kind=AnomalyKind.PARCEL_LOST)
    settle()
    assert len(heard(lab, FEISHU)) == 2


def test_what_is_over_before_it_was_told_is_not_told(lab):
    connect(lab[1], WECOM)
    goes_wrong()
    work()
    comes_right()
    settle()
    assert heard(lab, WECOM) == []
    assert states() == [OutboxState.SKIPPED]
    goes_wrong()  # it comes back
    settle(later=2 * MINUTE)
    assert len(heard(lab, WECOM)) == 1


def test_what_comes_back_is_told_with_its_first_card(lab):
    connect(lab[1], WECOM)
    for _ in range(2):
        goes_wrong()
        settle()
        comes_right()
        settle(later=2 * MINUTE)
    titles = ["【高】", "已解决：", "再次出现：", "已解决："]
    said = heard(lab, WECOM)
    assert [title in card for title, card in zip(titles, said, strict=True)] == [True] * 4
    assert "接 K1" in said[2]


def test_routes_say_who_gets_what(lab):
    wecom, ding = connect(lab[1], WECOM), connect(lab[1], DINGTALK)
    route(robot_id=ding, kind=AnomalyKind.LOW_STOCK)
    goes_wrong(1, kind=AnomalyKind.LOW_STOCK)  # medium: the first route of a robot takes what is high
    goes_wrong(2)
    settle()
    assert len(heard(lab, WECOM)) == 1
    assert len(heard(lab, DINGTALK)) == 2
    with transaction() as session:
        switch_robot(session, wecom, is_active=False, by="ceshi-a", now=utc_now())
    goes_wrong(3)
    settle(later=2 * MINUTE)
    assert len(heard(lab, WECOM)) == 1


def test_quiet_hours_hold_back_all_but_what_is_bad(lab):
    robot_id = connect(lab[1], WECOM)
    local = utc_now() + timedelta(hours=8)
    quiet = {"quiet_from": (local.hour * 60 + local.minute - 30) % 1440}
    quiet |= {"quiet_until": (local.hour * 60 + local.minute + 30) % 1440}
    route(robot_id=robot_id, **quiet)
    goes_wrong(1, kind=AnomalyKind.LOW_STOCK)
    goes_wrong(2)
    settle()
    (card,) = heard(lab, WECOM)
    assert "超卖缺货" in card
    settle(later=timedelta(minutes=31))
    assert "缺货预警" in heard(lab, WECOM)[1]


def test_a_task_is_told_by_its_own_routes_and_one_of_an_anomaly_by_that(lab):
    robot_id = connect(lab[1], WECOM)
    route(robot_id=robot_id, kind=TASKS)
    now = utc_now()
    with transaction() as session:
        open_task(session, TaskKind.PRICE_CHECK, title="核价", about=("sku", 9), role="finance", due_at=now, now=now)
    goes_wrong(5, kind=AnomalyKind.PARCEL_LOST)  # with a task of its own
    settle()
    said = heard(lab, WECOM)
    assert len(said) == 2
    assert sum("新待办：价格" in card for card in said) == 1


def test_no_note_goes_into_a_chat(lab):
    connect(lab[1], WECOM)
    goes_wrong(note="买家 13800000001 测试路1号")
    settle()
    (card,) = heard(lab, WECOM)
    assert "13800000001" not in card
    assert "测试路" not in card


def test_a_dead_key_pauses_the_robot_until_it_has_a_new_one(lab):
    robot_id = connect(lab[1], WECOM, key="00000000-dead-dead-dead-000000000000")
    goes_wrong()
    settle()
    with reading() as session:
        pause = session.exec(select(OutboxPause)).one()
    assert (str(pause.addressee), pause.cause) == (f"robot:{robot_id}", "unauthorised")
    assert "机器人地址无效" in pause.reason
    assert "dead" not in pause.reason
    assert silent_robots() == [(robot_id, True)]
    with pytest.raises(PartnerUnauthorised):
        try_robot(robot_id, by="ceshi-a")
    connect(lab[1], WECOM, id=robot_id)
    settle(later=2 * MINUTE)
    assert len(heard(lab, WECOM)) == 1
    assert silent_robots() == [(robot_id, False)]


def test_a_robot_that_cannot_be_told_is_told_of_in_another_chat(lab):
    connect(lab[1], WECOM, key="00000000-dead-dead-dead-000000000000")
    connect(lab[1], DINGTALK)
    goes_wrong()
    settle()
    settle(later=2 * MINUTE)
    assert any("机器人消息未送达" in card for card in heard(lab, DINGTALK))


def test_a_wrong_secret_and_a_wrong_moment_are_said_in_words(lab):
    robot_id = connect(lab[1], DINGTALK, secret="SECwrong")
    with pytest.raises(PartnerUnauthorised, match="签名不符"):
        try_robot(robot_id, by="ceshi-a")
    assert lab[0].state.robots.chats[DINGTALK].refused == ["310000"]


@pytest.mark.parametrize(("name", "heard_of"), [("server_error", 1), ("truncated_json", 2), ("answer_lost", 2)])
def test_a_card_is_sent_again_after_trouble_and_says_so(lab, name, heard_of):
    """What broke off after the chat had it comes twice: no chat can be asked what it has."""
    connect(lab[1], DINGTALK)
    fault(lab, name, DINGTALK)
    goes_wrong()
    settle()
    settle(later=timedelta(minutes=20))
    said = heard(lab, DINGTALK)
    assert len(said) == heard_of
    assert "补发，可能重复" in said[-1]
    assert states() == [OutboxState.SENT]


def test_a_ban_of_ten_minutes_is_kept(lab):
    robot_id = connect(lab[1], DINGTALK)
    fault(lab, "rate_ban", DINGTALK)
    goes_wrong()
    settle()
    with reading() as session:
        pause = session.exec(select(OutboxPause)).one()
    assert (str(pause.addressee), pause.cause) == (f"robot:{robot_id}", "banned")
    settle(later=timedelta(minutes=9))
    assert heard(lab, DINGTALK) == []


@pytest.mark.parametrize(("kind", "most"), [(WECOM, 18), (DINGTALK, 18), (FEISHU, 90)])
def test_the_hub_keeps_below_the_platforms_limit(lab, kind, most):
    robot_id = connect(lab[1], kind)
    with transaction() as session:
        robot = session.get_one(Robot, robot_id)
        robot.calls = [utc_now().timestamp() - 5] * most
        session.add(robot)
    goes_wrong()
    settle()
    (message,) = messages()
    assert (message.state, message.problem, heard(lab, kind)) == (OutboxState.WAITING, "in_turn", [])
    assert message.due_at - utc_now() < timedelta(seconds=90)
    with pytest.raises(TooMany):
        try_robot(robot_id, by="ceshi-a")


def test_a_hanging_chat_holds_up_neither_orders_nor_other_chats(lab):
    """Their own postman, one call at a time for each chat."""
    from orderhub.automation.service import AutomationService

    connect(lab[1], WECOM)
    connect(lab[1], FEISHU)
    fault(lab, "timeout", WECOM, count=None, seconds=20)
    goes_wrong()
    work()
    with transaction() as session:
        for one in session.exec(select(outbox.OutboxMessage)):
            one.due_at = utc_now()
            session.add(one)
    service = AutomationService()
    service.start()
    try:
        wait_until(lambda: len(heard(lab, FEISHU)) == 1, seconds=5)
        assert heard(lab, WECOM) == []
        assert OutboxKind.ROBOT not in service._postman._kinds
    finally:
        service.stop()


def test_one_call_at_a_time_goes_to_a_chat(lab):
    robot_id = connect(lab[1], WECOM)
    goes_wrong(1)
    goes_wrong(2, kind=AnomalyKind.PARCEL_LOST)
    work()
    postman = Postman((OutboxKind.ROBOT,), one_each=True)
    later = utc_now() + GATHERED
    postman._busy.add(robot_addressee(robot_id))
    assert postman.send_next(later) == 0
    postman._busy.clear()
    assert postman.send_next(later) == 1


def test_killed_while_it_says_a_card_the_card_comes_again_with_a_word(lab, sqlite_url):
    from orderhub.kernel.db import close_database

    connect(lab[1], WECOM)
    fault(lab, "timeout", WECOM, seconds=6)
    goes_wrong()
    work()
    with transaction() as session:
        message = session.exec(select(outbox.OutboxMessage)).one()
        message.due_at = utc_now()
        session.add(message)
    close_database()
    process = started(sqlite_url)
    faults = lab[0].state.world.faults
    try:
        wait_until(lambda: faults.listed()[0]["hits"] == 1, seconds=90)
        time.sleep(0.2)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    open_database(sqlite_url)
    wait_until(lambda: len(heard(lab, WECOM)) == 1)  # the chat had it after all
    settle(later=LEASE * 2)
    first, second = heard(lab, WECOM)
    assert "补发" not in first
    assert "卡片 K1（补发，可能重复）" in second
    assert states() == [OutboxState.SENT]


def test_a_card_laid_aside_by_a_person_takes_no_more(lab):
    connect(lab[1], WECOM)
    goes_wrong(1)
    work()
    with transaction() as session:
        outbox.skip(session, messages()[0].id, by="ceshi-a", reason="已口头告知", now=utc_now())
    goes_wrong(2)
    settle(later=2 * MINUTE)
    (card,) = heard(lab, WECOM)
    assert "商品 2" in card
    assert "起" not in card


def test_no_event_and_no_row_holds_a_key(lab):
    robot_id = connect(lab[1], DINGTALK)
    key, secret = "lab0dingtalk0token0000000000000000", "SEClab00000000000000000000000000"
    with reading() as session:
        bodies = [str(body) for body in session.exec(select(Event.body))]
        robot = session.get_one(Robot, robot_id)
    assert not any(key in body or secret in body for body in bodies)
    assert key not in str(robot.model_dump())
    assert secret not in str(robot.model_dump())
    assert key not in repr(RobotDraft(DINGTALK, "x", key, secret))
    with transaction() as session:
        draft = RobotDraft(DINGTALK, "改名", id=robot_id)  # neither key nor secret: both are kept
        assert connect_robot(session, draft, by="ceshi-a", now=utc_now()).key_sealed == robot.key_sealed


def test_severity_of_a_route_is_a_least_one(lab):
    robot_id = connect(lab[1], WECOM)
    route(robot_id=robot_id, least_severity=Severity.MEDIUM)
    goes_wrong(1, kind=AnomalyKind.NOT_SCANNED)  # low
    goes_wrong(2, kind=AnomalyKind.LOW_STOCK)  # medium
    settle()
    assert len(heard(lab, WECOM)) == 1
