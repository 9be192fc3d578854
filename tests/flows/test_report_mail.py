"""Reports leave by themselves: once for each slot and reader, as their owner sees them, whatever dies."""

import io
import os
import signal
import time
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from python_calamine import CalamineWorkbook
from sqlmodel import select

from orderhub.access.permissions import Permission, Role
from orderhub.access.roles import RoleSet
from orderhub.access.users import User
from orderhub.automation.outbox import LEASE, OutboxState
from orderhub.domain.report_run import ask_run, forget_old
from orderhub.domain.report_schedule import (
    Owner,
    ReportFailure,
    ReportRun,
    ScheduleOff,
    remove_schedule,
    switch_schedule,
)
from orderhub.domain.words import UploadProblem
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, transaction
from orderhub.kernel.eventlog import Event
from orderhub.kernel.settings import settings
from orderhub.kernel.sight import FieldGroup
from orderhub.ui.report_post import send_reports
from tests import builders
from tests.databases import with_tables

from .hub import wait_until
from .mailbox import Mailbox, receiving
from .reporting import (
    BOSS,
    DAY,
    DESK,
    SLOT,
    TODAY,
    WELL,
    failure,
    planned,
    schedule,
    sold_yesterday,
    user,
)
from .shipping import messages, started, work


@pytest.fixture(autouse=True)
def hub(sqlite_url):
    with_tables(sqlite_url)
    yield
    settings.cache_clear()


@pytest.fixture
def box(monkeypatch):
    with receiving() as box:
        serve(monkeypatch, box)
        yield box


def serve(monkeypatch, box: Mailbox, **more: str) -> None:
    said = {"HOST": "127.0.0.1", "PORT": str(box.port), "SECURITY": "none", "FROM": "OrderHub <hub@example.com>"} | more
    for name, value in said.items():
        monkeypatch.setenv(f"ORDERHUB_SMTP_{name}", value)
    settings.cache_clear()


def sheet(letter: Any, name: str) -> list[list[Any]]:
    (book,) = [part.get_content() for part in letter.iter_attachments() if part.get_filename().endswith(".xlsx")]
    return CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name(name).to_python()


def test_a_slot_is_mailed_once_to_each_reader_with_a_workbook_and_a_picture(box):
    schedule_id = planned(user())
    sold_yesterday("1", "2")
    assert send_reports(SLOT - timedelta(minutes=1)) == "0 of 0 sent"
    assert send_reports(SLOT) == "1 of 1 sent"
    assert send_reports(SLOT + timedelta(minutes=1)) == "0 of 0 sent"
    work()
    work()
    assert box.to() == [BOSS, DESK]
    letter = box.got[0][1]
    yesterday = TODAY - DAY
    assert str(yesterday.day) in letter["subject"]
    assert letter["subject"].startswith("晨报 · ")
    assert (letter["to"], letter["from"]) == (BOSS, "OrderHub <hub@example.com>")
    body = letter.get_body().get_content()
    assert "订单: 2" in body.replace("：", ": ")
    assert f"/reports?period=custom&since={yesterday}&until={yesterday}" in body
    rows = sheet(letter, "订单转化漏斗")
    assert rows[1][:2] == ["已付款", 2]
    trend = sheet(letter, "实时订单量趋势")
    assert sum(row[1] for row in trend[1:]) == 2
    assert sum(row[2] for row in trend[1:]) == pytest.approx(2 * 139.40)
    (png,) = [part.get_content() for part in letter.iter_attachments() if part.get_filename().endswith(".png")]
    picture = Image.open(io.BytesIO(png))
    assert picture.format == "PNG"
    assert picture.width > 1000
    assert len(picture.getcolors(1 << 20) or ()) > 8
    kept = schedule(schedule_id)
    assert (kept.next_at, kept.failure) == (SLOT + DAY, ReportFailure.NONE)
    assert kept.sent_at


def test_nothing_about_a_reader_stands_in_the_outbox_or_the_log(box):
    schedule_id = planned(user())
    send_reports(SLOT)
    box.unknown.add(DESK)
    work()
    with transaction() as session:
        ask_run(session, schedule_id, DESK, Owner(1, "ceshi-m"), now=utc_now())
        bodies = str([one.body for one in session.exec(select(Event))])
    assert "@" not in bodies
    for one in messages():
        assert "@" not in f"{one.body} {one.key} {one.number} {one.reason} {one.partner_code} {one.addressee}"


def test_what_was_missed_is_sent_once_when_the_hub_is_back(box):
    schedule_id = planned(user(), now=SLOT - 5 * DAY)
    send_reports(utc_now())
    work()
    assert box.to() == [BOSS, DESK]
    assert str((TODAY - DAY).day) in box.got[0][1]["subject"]
    assert schedule(schedule_id).next_at == SLOT + DAY


def test_who_dies_while_files_are_made_makes_them_again_and_sends_once(box, monkeypatch):
    schedule_id = planned(user())
    with monkeypatch.context() as broken:
        broken.setattr("orderhub.ui.report_post.report_files", lambda *_: 1 / 0)
        assert send_reports(SLOT) == "0 of 1 sent"
    assert failure(schedule_id) == (ReportFailure.NOT_MADE, "", "ZeroDivisionError")
    assert messages() == []
    assert send_reports(utc_now()) == "1 of 1 sent"
    work()
    assert box.to() == [BOSS, DESK]
    assert failure(schedule_id) == WELL


def test_what_breaks_off_again_and_again_is_given_up_until_its_next_slot(box, monkeypatch):
    schedule_id = planned(user())
    with monkeypatch.context() as broken:
        broken.setattr("orderhub.ui.report_post.report_files", lambda *_: 1 / 0)
        for minute in range(8):
            send_reports(SLOT + timedelta(minutes=minute))
    assert send_reports(SLOT + timedelta(minutes=9)) == "0 of 0 sent"
    assert failure(schedule_id) == (ReportFailure.CUT_OFF, "", "")
    assert send_reports(SLOT + DAY) == "1 of 1 sent"


@pytest.mark.parametrize(("loss", "off"), [("closed", ScheduleOff.OWNER_GONE), ("role", ScheduleOff.OWNER_LACKS)])
def test_an_owner_who_may_no_more_ends_it_and_the_page_says_so(box, loss, off):
    owner = user()
    schedule_id = planned(owner)
    with transaction() as session:
        kept = session.get_one(User, owner.id)
        kept.is_active, kept.role = loss != "closed", Role.SERVICE if loss == "role" else kept.role
        session.add(kept)
    assert send_reports(SLOT) == "0 of 1 sent"
    work()
    assert box.got == []
    assert (schedule(schedule_id).is_on, schedule(schedule_id).off) == (False, off)
    assert send_reports(SLOT + DAY) == "0 of 0 sent"


def test_it_shows_what_its_owner_sees_at_that_moment(box):
    sold_yesterday("1", "2", shop="theirs")
    sold_yesterday("3", shop="mine")
    with transaction() as session:
        mine = builders.shop(session, "mine").id
        rights = {
            "permissions": [Permission.REPORT_READ, Permission.REPORT_EXPORT, Permission.REPORT_SCHEDULE],
            "fields": sorted(set(FieldGroup) - {FieldGroup.MONEY}),
        }
        session.add(RoleSet(code="manager", job=Role.MANAGER, updated_at=utc_now(), updated_by="ceshi", **rights))
    planned(user(shops=[mine]), mails=(BOSS,))
    send_reports(SLOT)
    work()
    ((_, letter),) = box.got
    trend = sheet(letter, "实时订单量趋势")
    assert sum(row[1] for row in trend[1:]) == 1
    assert "实付金额" not in str(trend[0])
    assert "¥" not in letter.get_body().get_content()


def test_what_may_pass_is_tried_again_and_a_clear_no_is_said_in_words(box):
    schedule_id = planned(user())
    box.unknown.add(DESK)
    box.answers[:] = ["451 4.3.0 try later"]
    send_reports(SLOT)
    work()
    first, second = messages()
    assert (first.state, first.partner_code) == (OutboxState.WAITING, "451 4.3.0")
    assert (second.state, second.problem) == (OutboxState.REFUSED, UploadProblem.MAIL_REFUSED)
    assert second.reason.startswith("邮件服务器 550 5.1.1：没有这个邮箱，或不接收")
    work(later=timedelta(minutes=2))
    assert box.to() == [BOSS]
    assert failure(schedule_id) == (ReportFailure.MAIL_REFUSED, DESK, "550 5.1.1")
    send_reports(SLOT + DAY)
    assert failure(schedule_id) == WELL


def test_a_server_that_does_not_answer_is_asked_for_a_day(box, monkeypatch):
    planned(user(), mails=(BOSS,))
    send_reports(SLOT)
    monkeypatch.setenv("ORDERHUB_SMTP_PORT", "9")
    settings.cache_clear()
    work()
    (message,) = messages()
    assert (message.state, message.problem) == (OutboxState.WAITING, UploadProblem.UNREACHABLE)
    serve(monkeypatch, box)
    work(later=timedelta(minutes=2))
    assert box.to() == [BOSS]


def test_a_server_that_locks_us_out_is_tried_once_and_again_when_somebody_says_so(box):
    owner = user()
    schedule_id = planned(owner)
    send_reports(SLOT)
    box.is_locked = True
    for minutes in (0, 10, 60 * 24):
        work(later=timedelta(minutes=minutes))
    assert box.asked == 1
    assert failure(schedule_id) == (ReportFailure.MAIL_SETTINGS, BOSS, "530 5.7.0")
    assert {one.state for one in messages()} == {OutboxState.WAITING}
    box.is_locked = False
    work(later=timedelta(minutes=60 * 24))
    assert box.got == []
    with transaction() as session:
        ask_run(session, schedule_id, DESK, owner, now=utc_now())
    work()
    assert sorted(box.to()) == [BOSS, DESK]
    assert failure(schedule_id) == WELL


def test_one_who_asks_gets_it_at_once_as_they_see_it_and_alone(box):
    planned(user(), mails=(BOSS,))
    sold_yesterday("1", shop="theirs")
    with transaction() as session:
        mine = builders.shop(session, "mine").id
    asking = user("ceshi-o", Role.OPERATIONS, shops=[mine])
    with transaction() as session:
        ask_run(session, 1, DESK, asking, now=SLOT - timedelta(hours=2))
    assert send_reports(SLOT - timedelta(hours=2)) == "1 of 1 sent"
    work()
    ((to, letter),) = box.got
    assert to == DESK
    assert sum(row[1] for row in sheet(letter, "实时订单量趋势")[1:]) == 0
    assert send_reports(SLOT) == "1 of 1 sent"  # the slot itself comes all the same


def test_whoever_changes_it_owns_it(box):
    owner, other = user(), user("ceshi-o", Role.OPERATIONS)
    schedule_id = planned(owner)
    planned(other, id=schedule_id, mails=(DESK,))
    assert (schedule(schedule_id).owner, schedule(schedule_id).mails) == ("ceshi-o", [DESK])


@pytest.mark.parametrize("change", ["off", "removed"])
def test_what_was_ended_meanwhile_does_not_leave(box, change):
    schedule_id = planned(user())
    send_reports(SLOT)
    with transaction() as session:
        if change == "off":
            switch_schedule(session, schedule_id, is_on=False, by="ceshi-m", now=utc_now())
        else:
            remove_schedule(session, schedule_id, by="ceshi-m", now=utc_now())
    work()
    assert box.got == []
    assert [one.state for one in messages()] == [OutboxState.SKIPPED] * 2


def test_files_are_forgotten_after_a_month(box):
    planned(user())
    send_reports(SLOT)
    with transaction() as session:
        assert forget_old(session, SLOT + 29 * DAY) == 0
        assert forget_old(session, SLOT + 31 * DAY) == 1
        assert session.exec(select(ReportRun)).all() == []
    work()
    assert box.got == []


def test_a_mail_server_that_hangs_holds_up_nobody_else():
    from orderhub.automation.outbox import OutboxKind
    from orderhub.automation.service import AutomationService

    service = AutomationService()
    assert OutboxKind.REPORT not in service._postman._kinds
    assert service._reports._kinds == (OutboxKind.REPORT,)


def test_killed_while_it_mails_the_same_letter_comes_again_by_its_number(box, sqlite_url):
    planned(user(), mails=(BOSS,))
    send_reports(SLOT)
    box.waits = 5
    close_database()
    process = started(sqlite_url)
    try:
        wait_until(lambda: len(box.got) == 1, seconds=90)
        time.sleep(0.2)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    box.waits = 0
    open_database(sqlite_url)
    assert [one.state for one in messages()] == [OutboxState.SENDING]
    work(later=LEASE * 2)
    assert [(one.state, one.attempts) for one in messages()] == [(OutboxState.SENT, 2)]
    assert box.to() == [BOSS, BOSS]
    assert len({letter["message-id"] for _, letter in box.got}) == 1
