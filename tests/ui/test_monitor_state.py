"""Can what runs be watched, tried again, laid aside, paused and asked for on its page?"""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.automation import workflow_run
from orderhub.automation.workflow_run import WorkflowRun, WorkflowState
from orderhub.intake.inbox import InboxMessage, MessageKind, MessageState, Source
from orderhub.kernel import job_plan
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.kernel.job_plan import PlannedJob
from orderhub.kernel.standstill import Standstill
from orderhub.ui.gate import Who
from orderhub.ui.state.monitor import Monitor
from tests import builders
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


@pytest.fixture
def failed_id(database: Database) -> str:
    with database.transaction() as session:
        run = WorkflowRun(
            workflow="upload_shipment",
            event_id=1,
            event_kind="order_shipped",
            subject_type="order",
            subject_id=7,
            state=WorkflowState.FAILED,
            due_at=utc_now(),
            attempts=workflow_run.MOST_TRIES,
            tries_left=0,
            found_at=utc_now(),
            ended_at=utc_now(),
            error="NotFound: order 7",
        )
        session.add(run)
        session.flush()
        return str(run.id)


@pytest.fixture
def dead_ids(database: Database) -> list[str]:
    now = utc_now()
    with database.transaction() as session:
        shop = builders.shop(session)
        letters = [
            InboxMessage(
                shop_id=shop.id,
                kind=MessageKind.ORDER,
                number=f"A{number}",
                version="1",
                body="{}",
                source=Source.PULL,
                received_at=now,
                state=MessageState.DEAD,
                due_at=now,
                reason="cannot be read",
            )
            for number in range(3)
        ]
        session.add_all(letters)
        session.flush()
        return [str(letter.id) for letter in letters]


def rows(database: Database, table: type, *where: object) -> list:
    with database.reading() as session:
        return list(session.exec(select(table).where(*where)))  # type: ignore[arg-type]


def kinds(database: Database) -> list[str]:
    found = [event.kind for event in rows(database, Event) if event.actor == "ceshi-a"]
    return [kind for kind in found if kind != "user_signed_in"]


async def test_a_failed_run_is_shown_and_skipped_with_a_reason_or_tried_again(
    database: Database, sign_in: SignIn, failed_id: str
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/monitor", Monitor.enter)
        view = (await tab.state(Monitor)).view
        (run,) = view.runs
        assert (run.id, run.workflow, run.event, run.error, run.tries) == (
            failed_id,
            "upload_shipment",
            "order_shipped",
            "NotFound: order 7",
            "6",
        )
        assert (view.failed, run.href) == ("1", "/orders?tab=all&order=7")
        await tab.fire(Monitor.skip({"id": failed_id, "reason": " "}))
        assert (await tab.state(Monitor)).said == "请写明原因"
        assert rows(database, WorkflowRun)[0].state is WorkflowState.FAILED
        await tab.fire(Monitor.retry(failed_id))
        assert (await tab.state(Monitor)).view.runs == []
        assert rows(database, WorkflowRun)[0].state is WorkflowState.READY
        await tab.fire(Monitor.skip({"id": failed_id, "reason": "已人工处理"}))
        assert rows(database, WorkflowRun)[0].state is WorkflowState.READY
    assert kinds(database) == ["workflow_retried"]


async def test_a_skipped_run_is_laid_aside_for_good(database: Database, sign_in: SignIn, failed_id: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/monitor", Monitor.enter)
        await tab.fire(Monitor.skip({"id": failed_id, "reason": "已人工处理"}))
        assert (await tab.state(Monitor)).view.failed == "0"
        await tab.fire(Monitor.retry(failed_id))
        await tab.fire(Monitor.retry_all)
    (run,) = rows(database, WorkflowRun)
    assert (run.state, run.note) == (WorkflowState.SKIPPED, "已人工处理")
    assert kinds(database) == ["workflow_skipped"]


async def test_a_workflow_is_paused_with_a_reason_and_resumed(database: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/monitor", Monitor.enter)
        for stranger in ("workflow:nothing", "job:allocate", "order:1", "", "x" * 500):
            await tab.fire(Monitor.pause({"id": stranger, "reason": "盘点"}))
            assert (await tab.state(Monitor)).is_refusal
        await tab.fire(Monitor.pause({"id": "workflow:allocate", "reason": ""}))
        assert (await tab.state(Monitor)).said == "请写明原因"
        assert rows(database, Standstill) == []
        await tab.fire(Monitor.pause({"id": "workflow:allocate", "reason": "盘点"}))
        view = (await tab.state(Monitor)).view
        allocate = next(one for one in view.workflows if one.name == "allocate")
        assert (allocate.stands.by, allocate.stands.reason, view.still) == ("ceshi-a", "盘点", "1")
        await tab.fire(Monitor.resume("workflow:allocate"))
        assert (await tab.state(Monitor)).view.still == "0"
    assert kinds(database) == ["runs_paused", "runs_resumed"]


async def test_a_job_is_asked_for_paused_and_late_ones_are_named(database: Database, sign_in: SignIn):
    now = utc_now()
    with database.transaction() as session:
        plan = [("sync", timedelta(minutes=5)), ("reckon_arrivals", time(4, 30))]
        job_plan.write_plan(session, plan, now=now - timedelta(hours=1))
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/monitor?part=jobs", Monitor.enter)
        sync, arrivals = (await tab.state(Monitor)).view.jobs
        assert (sync.is_late, sync.state, sync.is_asked) == (True, "", False)
        assert arrivals.following[-5:] == "04:30"
        await tab.fire(Monitor.run_now("sync"))
        assert (await tab.state(Monitor)).view.jobs[0].is_asked
        await tab.fire(Monitor.run_now("nothing"))
        assert (await tab.state(Monitor)).is_refusal
        await tab.fire(Monitor.pause({"id": "job:sync", "reason": "平台维护"}))
        paused = (await tab.state(Monitor)).view.jobs[0]
        assert (paused.stands.reason, paused.is_late) == ("平台维护", False)
        await tab.fire(Monitor.resume("job:sync"))
    assert rows(database, Standstill) == []
    assert kinds(database) == ["job_asked", "runs_paused", "runs_resumed"]
    assert [one.job for one in rows(database, PlannedJob) if one.asked_at] == ["sync"]


async def test_many_dead_letters_are_tried_again_or_dropped_with_one_reason(
    database: Database, sign_in: SignIn, dead_ids: list[str]
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/monitor?part=dead", Monitor.enter)
        assert (await tab.state(Monitor)).view.dead_count == "3"
        await tab.fire(Monitor.toggle(dead_ids[0]))
        await tab.fire(Monitor.replay)
        assert (await tab.state(Monitor)).view.dead_count == "2"
        await tab.fire(Monitor.toggle_all)
        await tab.fire(Monitor.discard({"reason": ""}))
        assert (await tab.state(Monitor)).said == "请写明原因"
        await tab.fire(Monitor.discard({"reason": "测试单"}))
        state = await tab.state(Monitor)
        assert (state.view.dead_count, state.chosen) == ("0", [])
    found = {str(letter.id): letter.state for letter in rows(database, InboxMessage)}
    assert found == dict(zip(dead_ids, ["ready", "discarded", "discarded"], strict=True))


@pytest.mark.parametrize("part", ["workflows", "jobs", "outbox", "inbox", "dead", "nonsense"])
async def test_every_part_opens_on_an_empty_hub(database: Database, sign_in: SignIn, part: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit(f"/monitor?part={part}", Monitor.enter)
        state = await tab.state(Monitor)
    assert (state.is_loaded, state.has_failed) == (True, False)
    assert state.view.part == ("workflows" if part == "nonsense" else part)


@pytest.mark.parametrize("role", [Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_may_not_change_what_runs_changes_nothing(
    database: Database, sign_in: SignIn, failed_id: str, dead_ids: list[str], role: Role
):
    asked: list[Callable] = [
        Monitor.retry(failed_id),
        Monitor.retry_all,
        Monitor.skip({"id": failed_id, "reason": "x"}),
        Monitor.pause({"id": "workflow:allocate", "reason": "x"}),
        Monitor.resume("workflow:allocate"),
        Monitor.run_now("sync"),
        Monitor.toggle(dead_ids[0]),
        Monitor.replay,
        Monitor.discard({"reason": "x"}),
    ]
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.visit("/monitor", Monitor.enter)
        assert not (await tab.state(Monitor)).is_loaded
        for event in asked:
            await tab.fire(event)
            assert (await tab.state(Who)).refused.startswith("system:")
    assert rows(database, Standstill) == []
    assert rows(database, WorkflowRun)[0].state is WorkflowState.FAILED
    assert {letter.state for letter in rows(database, InboxMessage)} == {MessageState.DEAD}
