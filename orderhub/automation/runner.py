"""How does an event lead to what follows from it? Each workflow once per event, each in a transaction of its own."""

import time
from collections.abc import Collection
from datetime import datetime

import structlog

from orderhub.automation import workflow_run
from orderhub.automation.catalogue import WORKFLOWS, Workflow, workflow_named
from orderhub.automation.workflow_run import Taken
from orderhub.domain.flow import OFF_ON_THE_MAP, is_on
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Event
from orderhub.kernel.failpoint import point
from orderhub.kernel.level import Pausable, is_paused
from orderhub.kernel.standstill import Runs, all_standing

log = structlog.get_logger()


def run_next(now: datetime) -> int:
    """Run what is due, a few runs; where nothing is, find new events. Returns how much was done, whatever became of it.

    What is due has waited longer than what is not found yet.
    """
    waiting = {one.name for one in WORKFLOWS if is_paused(Pausable.WORKFLOW, one.name)}
    if taken := _claim(now, without=waiting):
        for one in taken:
            _run(one, now)
        return len(taken)
    with reading() as session:
        still = waiting | all_standing(session, Runs.WORKFLOW).keys()
        news = workflow_run.with_news(session, (one for one in WORKFLOWS if one.name not in still))
    found = sum(_find(workflow, now) for workflow in WORKFLOWS if workflow.name in news)
    if not found:
        _bring_back(now)
    return found


def _find(workflow: Workflow, now: datetime) -> int:
    with transaction() as session:
        return workflow_run.find(session, workflow, now)


def _claim(now: datetime, *, without: Collection[str]) -> list[Taken]:
    with reading() as session:
        if not workflow_run.is_due(session, now, without=without):
            return []
    with transaction() as session:
        return workflow_run.claim(session, now, without=without)


def _bring_back(now: datetime) -> None:
    with reading() as session:
        if not workflow_run.is_beyond(session, now):
            return
    with transaction() as session:
        log.warning("clock_stepped_back", workflow_runs=workflow_run.bring_back(session, now))


def _run(taken: Taken, now: datetime) -> None:
    began = time.monotonic()
    try:
        with transaction() as session:
            if not workflow_run.still_held(session, taken):
                return
            workflow = workflow_named(taken.workflow)
            if workflow is None:
                raise NotFound(f"this version has no workflow {taken.workflow}")
            is_off = workflow.automation and not is_on(session, workflow.automation)
            note = OFF_ON_THE_MAP if is_off else workflow.run(session, session.get_one(Event, taken.event_id))
            workflow_run.finish(session, taken, note=note, took_ms=_since(began), now=now)
            point("run_before_commit")
        point("run_after_commit")
    except Exception as error:  # noqa: BLE001  (one event's trouble never stops the others)
        log.warning("workflow_failed", workflow=taken.workflow, event_id=taken.event_id, error=type(error).__name__)
        with transaction() as session:
            workflow_run.fail(session, taken, error, took_ms=_since(began), now=now)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
