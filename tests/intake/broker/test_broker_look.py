"""Does whoever deploys the hub learn how the broker stands, and declare its queues safely?"""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from alembic import command
from orderhub import migration
from orderhub.cli import app
from orderhub.intake.broker_look import declare_now, look
from orderhub.intake.broker_topology import Layout, Trust
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import SetupError
from orderhub.kernel.settings import settings
from orderhub.upkeep.doctor import Grade, _broker

from .broking import AMQP_URL, drop, lying, trusted

pytestmark = pytest.mark.services


@pytest.fixture
def undeclared(database):
    import asyncio

    fresh = Layout(AMQP_URL, f"t-{uuid.uuid4().hex[:12]}", 100_000)
    yield fresh
    asyncio.run(drop(fresh))


def test_queues_settle_for_a_minute_from_their_declaration(undeclared):
    now = utc_now()
    assert look(undeclared, now).trust is Trust.UNDECLARED
    assert declare_now(undeclared, now)
    assert look(undeclared, now + timedelta(seconds=59)).trust is Trust.SETTLING
    assert not declare_now(undeclared, now + timedelta(seconds=30))
    assert look(undeclared, now + timedelta(seconds=60)).trust is Trust.READY


def test_a_queue_that_was_lost_makes_all_young_again(wanted):
    import asyncio

    asyncio.run(drop(wanted))
    now = utc_now()
    assert declare_now(wanted, now)
    assert look(wanted, now).trust is Trust.SETTLING


def test_other_arguments_are_refused_in_words(wanted):
    with pytest.raises(SetupError, match="other arguments"):
        declare_now(replace(wanted, most=8), utc_now())


def test_the_doctor_says_what_is_wrong_with_the_broker(wanted, monkeypatch):
    monkeypatch.setenv("ORDERHUB_AMQP_NAME", wanted.name)
    found = {}
    for name, url in (("away", AMQP_URL.replace(":5672", ":1")), ("ready", AMQP_URL)):
        monkeypatch.setenv("ORDERHUB_AMQP_URL", url)
        settings.cache_clear()
        (found[name],) = _broker(utc_now())
    assert (found["away"].grade, found["ready"].grade) == (Grade.BAD, Grade.OK)
    trusted(wanted, age=timedelta(seconds=20))
    (young,) = _broker(utc_now())
    assert young.grade is Grade.WARNING
    assert young.remedy.startswith("used in ")


def test_the_command_declares_and_shows(undeclared, db_url, monkeypatch):
    for name, value in (("AMQP_NAME", undeclared.name), ("AMQP_URL", AMQP_URL), ("DATABASE_URL", db_url)):
        monkeypatch.setenv(f"ORDERHUB_{name}", value)
    settings.cache_clear()
    command.stamp(migration.config(), "head")
    assert "used in a minute" in CliRunner().invoke(app, ["broker", "declare"]).output
    shown = CliRunner().invoke(app, ["broker", "show"])
    assert shown.exit_code == 1
    assert f"{undeclared.name}: settling" in shown.output
    assert lying(undeclared) == {}
