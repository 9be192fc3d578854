"""Does the load simulator press on a real hub, and does its verification find what is planted?"""

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

import orderhub.tables  # noqa: F401  (a hub has every table)
from orderhub import demo
from orderhub.api.app import create_api
from orderhub.intake import push
from orderhub.intake.gauge import Gauge
from orderhub.intake.hub_level import keep_sample
from orderhub.intake.payment_account import forget_payers
from orderhub.intake.service import IntakeService
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import SetupError
from orderhub.kernel.level import Level
from orderhub.kernel.settings import settings
from orderhub.stress import report as reports
from orderhub.stress.aim import lent, silenced
from orderhub.stress.callers import Outcome, Patience
from orderhub.stress.plan import Kind, Plan, Profile
from orderhub.stress.running import Wanted, run, sent_of
from orderhub.stress.verify import compare, held_by_api, held_in_database
from orderhub.stress.watch import read_figures, setup_of
from tests.databases import with_tables

from .hub import served

pytestmark = pytest.mark.timeout(300)

ORDERS, PUSHED = 300, 30


@pytest.fixture
def hub_url(lab, sqlite_url, monkeypatch) -> Iterator[str]:
    """A demo hub with its consumers, and the lab."""
    with_tables(sqlite_url)
    with served(create_api()) as url:
        monkeypatch.setenv("ORDERHUB_LAB_URL", lab[1])
        monkeypatch.setenv("ORDERHUB_PORT", str(urlsplit(url).port))
        monkeypatch.setenv("ORDERHUB_DEMO", "true")
        settings.cache_clear()
        demo.seed_demo()
        demo.ask_for_posts()
        intake = IntakeService()
        intake.start()
        yield url
        intake.stop()
    forget_payers()
    push._noted.clear()


def plan_of(lab_url: str, *, profile: Profile = Profile.BURST, **more) -> Plan:
    with silenced(lab_url, "dy-live"):
        pushed, keys = lent(lab_url, "dy-live", PUSHED)
    now = utc_now()
    plan = Plan(profile, ORDERS, 60, 4.0, 1, f"{now:%H%M%S%f}", "mp-flagship", now, pushed, keys, pay_share=0.1)
    return replace(plan, **more)


def test_a_run_is_verified_reported_and_finds_what_is_planted(hub_url, lab, sqlite_url):
    said: list[str] = []
    plan = plan_of(lab[1])
    wanted = Wanted(
        hub_url, demo.stress_key(), lab_url=lab[1], processes=2, verify=True, patience=Patience(30, 120, drip=0.5)
    )
    report, kept, page = run(plan, wanted, said.append)

    facts = report.facts
    assert (facts.sent, facts.acknowledged, facts.given_up) == (315, 315, 0)
    assert (facts.repeats, facts.slow) == (15, 3)
    assert report.verdict is not None
    assert (report.verdict.acknowledged, report.verdict.held, report.is_sound) == (ORDERS, ORDERS, True)
    assert facts.database == "sqlite"
    assert None not in (facts.commit_ms, facts.group, facts.hub_cores)
    assert (sum(report.rates), sum(report.sent_rates)) == (315, 315)
    assert any("acknowledged 315" in line for line in said)
    assert "http" not in page.read_text().replace(hub_url, "").replace("http://www.w3.org/2000/svg", "")
    assert json.loads(kept.read_text())["facts"]["acknowledged"] == 315
    assert reports.load(plan.run) == report

    # What is planted behind the hub's back is found, in the database and by the API.
    prefix, numbers = f"ST{plan.run}-", [pushed.number for pushed in plan.pushed]
    own = sorted(held.number for held in held_in_database(sqlite_url, prefix, ()))
    lost, doubled, wrong, phantom, copied = own[:5]
    _plant("SET channel_order_no = 'gone'", lost)
    _plant("SET total_fen = total_fen + 1", wrong)
    _plant(f"SET channel_order_no = '{prefix}999999'", phantom)
    total_fen = next(one.total_fen for one in held_in_database(sqlite_url, doubled, ()))
    elsewhere = "shop_id = (SELECT id FROM shop WHERE code = 'tb-home')"
    _plant(f"SET channel_order_no = '{doubled}', total_fen = {total_fen}, {elsewhere}", copied)
    outcomes = [_acknowledged(place) for place in range(ORDERS)]
    sent = sent_of(plan, outcomes)
    for held in (
        held_in_database(sqlite_url, prefix, numbers),
        held_by_api(hub_url, demo.stress_key(), prefix, numbers, since=plan.started_at),
    ):
        verdict = compare(sent, held)
        assert set(verdict.lost) == {lost, phantom, copied}
        assert verdict.doubled == [doubled]
        assert verdict.wrong_amount == [wrong]
        assert verdict.phantom == [f"{prefix}999999"]
        assert not verdict.is_sound


def test_a_ramp_takes_its_time_and_is_compared_with_the_run_before(hub_url, lab):
    wanted = Wanted(hub_url, demo.stress_key(), patience=Patience(30, 120, drip=0.2))
    first, _, _ = run(plan_of(lab[1], profile=Profile.RAMP, orders=40, pushed=(), pay_share=0.0), wanted, len)
    second, _, page = run(plan_of(lab[1], profile=Profile.RAMP, orders=40, pushed=(), pay_share=0.0), wanted, len)
    assert first.facts.seconds >= 3.0
    assert (first.before_run, second.before_run) == ("", first.run)
    assert [name for name, _, _ in reports.changes(second)][:3] == ["accepted_per_second", "p50_ms", "p99_ms"]
    assert "与上次" in page.read_text()
    assert "not_verified" in [finding.code for finding in second.findings]


def test_a_key_that_may_not_post_is_told_by_its_code(hub_url, lab):
    plan = plan_of(lab[1], orders=20, pushed=(), pay_share=0.0, repeat_share=0.0)
    report, _, _ = run(plan, Wanted(hub_url, "ohk_wrong", patience=Patience(10, 10, drip=0.2)), len)
    assert (report.facts.acknowledged, report.facts.given_up) == (0, 20)
    assert set(report.facts.refused) <= {"401", "429"}


def test_a_hub_says_whether_it_is_a_demo(hub_url):
    sample = Gauge().sample(utc_now())
    with transaction() as session:
        keep_sample(session, sample, Level.NORMAL, utc_now())
    figures = read_figures(hub_url)
    assert setup_of(figures).is_demo
    assert {"orderhub_level", "orderhub_database_seconds"} <= {name for name, _, _ in figures}


def test_nobody_there_is_said_at_once():
    with pytest.raises(SetupError, match="does not answer"):
        read_figures("http://127.0.0.1:9")


def _acknowledged(place: int) -> Outcome:
    return Outcome(place, Kind.ORDER, is_repeat=False, is_slow=False, sent_at=0, seconds=0, late=0, status=202)


def _plant(change: str, number: str) -> None:
    with transaction() as session:
        planted = text(f"UPDATE orders {change} WHERE channel_order_no = :no")
        assert session.connection().execute(planted, {"no": number}).rowcount == 1
