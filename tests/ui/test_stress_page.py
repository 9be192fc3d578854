"""Does the page of load tests show what is kept, to whom it may, and give no other file away?"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from orderhub.access.permissions import Permission, Role
from orderhub.kernel.db import Database
from orderhub.stress.callers import Outcome
from orderhub.stress.drawing import page
from orderhub.stress.figures import facts_of
from orderhub.stress.plan import Kind, Plan, Profile
from orderhub.stress.report import folder, load, make_report, runs, save
from orderhub.stress.verify import Verdict
from orderhub.stress.watch import Reading, Setup
from orderhub.ui.gate import Who
from orderhub.ui.state.stress import Stress
from orderhub.ui.stress_files import routes
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def kept(run: str, verdict: Verdict | None, *, seconds: float = 1.0, profile: Profile = Profile.BURST) -> Path:
    plan = Plan(profile, 10, 5, 60.0, 1, run, "mp-flagship", NOW)
    outcomes = [
        Outcome(place, Kind.ORDER, is_repeat=False, is_slow=False, sent_at=0.0, seconds=seconds, late=0.0, status=202)
        for place in range(10)
    ]
    readings = [
        Reading(float(at), waiting, 0, 1.0, 1, at * 0.5, at * 2.0, at * 0.02, at * 6.0, 3.0, {}, 40.0)
        for at, waiting in enumerate((0, 8, 3, 0))
    ]
    facts = facts_of(outcomes, readings, Setup(is_demo=True, database="sqlite", workers=2, cores=2), drain_seconds=2.0)
    made = {"url": "http://127.0.0.1:3000", "processes": 1, "is_drained": True, "now": NOW}
    report = make_report(plan, outcomes, readings, facts, verdict, **made)
    return save(report, page(report))[0]


SOUND, UNSOUND = Verdict(10, 10), Verdict(10, 9, lost=["ST-lost-<1>"])


async def test_the_page_lists_runs_and_opens_one(database: Database, sign_in: SignIn):
    kept("20261126100000", SOUND)
    kept("20261126110000", UNSOUND, seconds=2.0)
    kept("20261126120000", None, profile=Profile.DAY)
    async with gated_runtime() as new_tab:
        tab = new_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit("/studio/stress", Stress.enter)
        view = (await tab.state(Stress)).view
        assert [(row.run, row.verdict) for row in view.rows] == [
            ("20261126120000", "unverified"),
            ("20261126110000", "unsound"),
            ("20261126100000", "sound"),
        ]
        assert view.detail.run == ""
        await tab.visit("/studio/stress?run=20261126110000", Stress.enter)
        detail = (await tab.state(Stress)).view.detail
        assert (detail.numbers, detail.findings[0].is_bad) == ("ST-lost-<1>", True)
        figures = {one.name: (one.now, one.before, one.change) for one in detail.figures}
        assert figures["一半在内 ms"] == ("2,000", "1,000", "+100 %")
        await tab.visit("/studio/stress?run=../../secret", Stress.enter)
        assert (await tab.state(Stress)).view.is_gone


async def test_only_administrators_and_managers_see_it(database: Database, sign_in: SignIn):
    kept("20261126100000", SOUND)
    async with gated_runtime() as new_tab:
        tab = new_tab(sign_in("ceshi-a", Role.OPERATIONS))
        await tab.visit("/studio/stress", Stress.enter)
        assert (await tab.state(Who)).refused == Permission.STRESS_READ
        assert (await tab.state(Stress)).view.rows == []


def test_a_report_is_taken_away_and_nothing_else_is(database: Database, sign_in: SignIn):
    kept("20261126100000", UNSOUND)
    client = TestClient(Starlette(routes=routes), headers={"cookie": sign_in("ceshi-m", Role.MANAGER)})
    asked = "/studio/stress/file?run=20261126100000&as="
    assert json.loads(client.get(f"{asked}json").content)["run"] == "20261126100000"
    html = client.get(f"{asked}html")
    assert html.headers["content-disposition"] == 'attachment; filename="stress-20261126100000.html"'
    assert "ST-lost-&lt;1&gt;" in html.text
    assert "ST-lost-<1>" not in html.text
    drawn = client.get(f"{asked}svg")
    assert (drawn.headers["content-type"], drawn.text.count("<polyline")) == ("image/svg+xml", 9)
    for wrong in ("?run=../orderhub&as=json", "?run=20261126100000&as=db", "?as=svg", "?run=x%22&as=html"):
        answer = client.get(f"/studio/stress/file{wrong}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/studio/stress?said=stress_gone")
    other = TestClient(Starlette(routes=routes), headers={"cookie": sign_in("ceshi-a", Role.OPERATIONS)})
    assert other.get(f"{asked}json", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("written", ["", "{}", "[1]", '{"version": 99}', '{"version": 1}'])
def test_a_file_that_is_no_report_is_passed_over(written):
    kept("20261126100000", SOUND)
    (folder() / "stress-20261126110000.json").write_text(written)
    assert load("20261126110000") is None
    assert runs() == ["20261126110000", "20261126100000"]
    kept("20261126120000", SOUND)
    report = load("20261126120000")
    assert report is not None
    assert report.before_run == "20261126100000"
