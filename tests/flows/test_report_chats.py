"""Reports in group chats: figures and a link, and the printed pages where the platform's robot takes a picture."""

import base64
import io
import json

import pytest
from PIL import Image
from sqlmodel import select

from orderhub.automation.robot_keyring import forget_robot_lines
from orderhub.domain.report_schedule import ReportFailure, ReportRun, SchedulePeriod
from orderhub.domain.words import RobotKind
from orderhub.kernel.db import reading
from orderhub.ui.report_post import send_reports
from tests.databases import with_tables

from .reporting import SLOT, WELL, failure, planned, user
from .robots import connect, heard
from .shipping import work


@pytest.fixture(autouse=True)
def hub(sqlite_url):
    with_tables(sqlite_url)
    yield
    forget_robot_lines()


@pytest.mark.parametrize("kind", list(RobotKind))
def test_a_chat_is_told_the_figures_and_where_they_stand(lab, kind):
    planned(user(), mails=(), robot_id=connect(lab[1], kind), period=SchedulePeriod.WEEK)
    send_reports(SLOT)
    work()
    card, *pictures = heard(lab, kind)
    assert len(pictures) == (kind is RobotKind.WECOM)
    assert "晨报 · " in card
    assert "/reports?period=custom" in card
    assert "报表 R1" in card
    assert "补发" not in card


def test_a_chat_that_takes_pictures_is_shown_the_printed_pages(lab):
    schedule_id = planned(user(), mails=(), robot_id=connect(lab[1], RobotKind.WECOM))
    send_reports(SLOT)
    work()
    picture = base64.b64decode(json.loads(heard(lab, RobotKind.WECOM)[1])["image"]["base64"])
    with reading() as session:
        assert picture == session.exec(select(ReportRun.picture)).one()
    assert Image.open(io.BytesIO(picture)).format == "PNG"
    assert failure(schedule_id) == WELL


def test_a_picture_that_is_too_large_is_left_out(lab, monkeypatch):
    planned(user(), mails=(), robot_id=connect(lab[1], RobotKind.WECOM))
    monkeypatch.setattr("orderhub.ui.report_files.picture_of", lambda _: b"\x89PNG" + bytes(2_000_000))
    send_reports(SLOT)
    work()
    assert len(heard(lab, RobotKind.WECOM)) == 1


def test_a_robot_whose_keys_are_wrong_is_said_at_once(lab):
    robot_id = connect(lab[1], RobotKind.WECOM, key="00000000-0000-4000-8000-00000000000b", name="仓库群")
    schedule_id = planned(user(), mails=(), robot_id=robot_id)
    send_reports(SLOT)
    work()
    assert failure(schedule_id) == (ReportFailure.CHAT_SETTINGS, "仓库群", "93000 key_unknown")
    connect(lab[1], RobotKind.WECOM, id=robot_id, name="仓库群")
    work()
    assert len(heard(lab, RobotKind.WECOM)) == 2
    assert failure(schedule_id) == WELL
