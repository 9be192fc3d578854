"""Killed at every commit there is: a case goes its way once, whatever workflows the catalogue holds."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation.catalogue import WORKFLOWS
from orderhub.automation.outbox import OutboxState
from orderhub.automation.workflow_run import WorkflowRun, WorkflowState
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.refund_answer import AnswerState
from orderhub.domain.task import Task
from orderhub.domain.words import AftersaleStatus, RefundDecision
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, reading
from orderhub.kernel.eventlog import Event
from orderhub.kernel.settings import settings
from tests.automation.dying_process import Life, Undertaker, undertaker
from tests.databases import with_tables

from .answering import asked_back, give, given, told
from .hub import Hub
from .shipping import message

_AHEAD = timedelta(seconds=200)  # by which each life is later than the one before: what the dead one held has run out
_MOST_LIVES = 120


@pytest.fixture
def hub(lab, db_url):
    with_tables(db_url)
    yield Hub(*lab, "tb-flagship")
    forget_connectors()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_at_every_commit_a_case_goes_its_way_once(hub, db_url, where):
    case = asked_back(hub)
    with undertaker() as buried:
        lives = _Lives(buried, db_url, where)
        lives.live()
        give(case, RefundDecision.APPROVE)
        lives.live()
        assert (message().state, given(case).state) == (OutboxState.SENT, AnswerState.TOLD)
        assert len(told(hub)) == 1
        hub.sync(later=timedelta(minutes=10))
        lives.live()
    assert lives.died > 3
    with reading() as session:
        assert session.exec(select(Aftersale.status)).one() is AftersaleStatus.CLOSED
        events = session.exec(select(Event)).all()
        runs = session.exec(select(WorkflowRun)).all()
        tasks = Counter((task.kind, task.subject_type, task.subject_id) for task in session.exec(select(Task)))
        kinds = {workflow.name: workflow.kinds_now(session) for workflow in WORKFLOWS}
    wanted = {(name, event.id) for name, wants in kinds.items() for event in events if event.kind in wants}
    assert Counter((run.workflow, run.event_id) for run in runs) == Counter(wanted)
    assert {run.state for run in runs} == {WorkflowState.DONE}
    assert set(tasks.values()) <= {1}
    once = Counter(event.kind for event in events if event.kind.startswith("refund_"))
    reviewed = ["refund_review_opened", "refund_review_ended"]
    assert once == Counter(["refund_requested", "refund_heard", *reviewed, "refund_answered", "refund_answer_told"])


class _Lives:
    """``live`` goes on until nothing is left to do, dying at each commit; ``died`` counts.

    Before a commit nothing of it is kept, so the next life has to get past it: each dies one commit later. After one
    they die at the first, second and third in turn: who always dies once a run is taken never runs it.
    """

    def __init__(self, undertaker: Undertaker, url: str, where: str) -> None:
        self._undertaker, self._url, self._where = undertaker, url, where
        self.died = 0

    def live(self) -> None:
        forget_connectors()
        close_database()
        for number in range(1, _MOST_LIVES):
            last = number if self._where == "before" else number % 3 + 1
            now = utc_now() + (self.died + 1) * _AHEAD
            life = Life(self._url, str(settings().data_dir), now.isoformat(), last, self._where)
            if self._undertaker.live(life) is not None:
                break
            self.died += 1
        else:
            raise AssertionError(f"not done after {_MOST_LIVES} lives")
        open_database(self._url)
