"""A plugin of pytest that dies in every step of every workflow: what is left is what a life without deaths leaves.

``pytest -p tests.automation.sweep <stories>``: where a story first gives a workflow something to do, lives on copies
of its database do it, each dying by ``kill -9`` before or after another commit, and a last one goes on from there. The
story itself hears nothing of it. The report names what each workflow went through.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from orderhub.automation import runner
from orderhub.automation.catalogue import WORKFLOWS, Workflow
from orderhub.automation.workflow_run import WorkflowRun
from orderhub.kernel.db import Database, database
from orderhub.kernel.settings import settings
from orderhub.kernel.standstill import Runs, Standstill

from .dying_process import Life, Undertaker, undertaker

_AHEAD = timedelta(seconds=200)  # by which a life is later than the one that died: its lease has run out
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.+Z]*")
_OF_THE_RUNNER = {"workflow_run", "workflow_cursor", "standstill"}  # times, attempts: they do differ

Facts = dict[str, Counter[str]]


@dataclass
class Swept:
    """``unlike``: deaths after which another state was left, each as ``<before|after> commit <n>: <tables>``."""

    story: str
    deaths: int
    unlike: list[str]


class Sweep:
    def __init__(self, buried: Undertaker) -> None:
        self._buried = buried
        self._find: Callable[[Workflow, datetime], int] = runner._find
        self.swept: dict[str, Swept] = {}
        self.story = ""
        self.folder = Path()

    def find(self, workflow: Workflow, now: datetime) -> int:
        """As the runner's own, after which the workflow's first work is done by the dying."""
        if workflow.name in self.swept or not database().embedded:
            return self._find(workflow, now)
        start = self.folder / f"{workflow.name}.db"
        _copy(Path(database().url.database or ""), start)
        found = self._find(workflow, now)
        if found:
            self._sweep(workflow.name, start, now, runs=found)
        start.unlink()
        return found

    def _sweep(self, workflow: str, start: Path, now: datetime, *, runs: int) -> None:
        _stand_others_still(start, workflow, now)
        before = _facts(start)
        lived, commits = self._lived(start, now + _AHEAD)
        if not lived or lived == before:
            return  # nothing came of it here: another story has to show it
        twin = _lasting(lived)
        swept = Swept(self.story, 0, [])
        for where in ("before", "after"):
            for last in range(1, commits + 1):
                left = _lasting(self._lived(start, now + _AHEAD, dying=Life("", "", now.isoformat(), last, where))[0])
                swept.deaths += 1
                if left != twin:
                    differ = [name for name in twin.keys() | left.keys() if twin.get(name) != left.get(name)]
                    swept.unlike.append(f"{where} commit {last}: {', '.join(sorted(differ))}")
        # Of several runs a death changes the order, and so who gets what: a story with one run has to show it.
        if runs == 1 or not swept.unlike:
            self.swept[workflow] = swept

    def _lived(self, start: Path, now: datetime, *, dying: Life | None = None) -> tuple[Facts, int]:
        """What stands when nothing is left to do (nothing where a run failed), and the commits that took."""
        copy = self.folder / "life.db"
        _copy(start, copy)
        url, data_dir = f"sqlite:///{copy}", str(settings().data_dir)
        if dying:
            assert self._buried.live(Life(url, data_dir, dying.now, dying.last, dying.where, sends=False)) is None
        commits = self._buried.live(Life(url, data_dir, now.isoformat(), sends=False))
        assert commits is not None
        facts = _facts(copy)
        for left in self.folder.glob("life.db*"):
            left.unlink()
        return facts, commits


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def _stand_others_still(path: Path, workflow: str, now: datetime) -> None:
    copy = Database(f"sqlite:///{path}")
    with copy.transaction() as session:
        standing = set(session.exec(select(Standstill.name).where(Standstill.kind == Runs.WORKFLOW)))
        for other in WORKFLOWS:
            if other.name != workflow and other.name not in standing:
                session.add(Standstill(kind=Runs.WORKFLOW, name=other.name, reason="sweep", by="tester", since=now))
    copy.close()


def _facts(path: Path) -> Facts:
    """Every row of every table; empty where a run has failed."""
    with closing(sqlite3.connect(path)) as lived:
        if lived.execute("SELECT 1 FROM workflow_run WHERE state <> 'done' AND error <> ''").fetchone():
            return {}
        twice = "SELECT 1 FROM workflow_run GROUP BY workflow, event_id HAVING count(*) > 1"
        assert lived.execute(twice).fetchone() is None
        return {
            table: Counter(map(repr, lived.execute(f'SELECT * FROM "{table}"')))  # noqa: S608
            for table in WorkflowRun.metadata.tables
            if table not in _OF_THE_RUNNER
        }


def _lasting(facts: Facts) -> Facts:
    """But for its times: every life has its own."""
    return {table: Counter(_MOMENT.sub("·", row) for row in rows.elements()) for table, rows in facts.items()}


_sweep_key = pytest.StashKey[Sweep]()


@pytest.fixture(scope="session", autouse=True)
def _sweep(request: pytest.FixtureRequest) -> Iterator[Sweep]:
    with undertaker() as buried:
        sweep = Sweep(buried)
        request.config.stash[_sweep_key] = sweep
        yield sweep


@pytest.fixture(autouse=True)
def _swept(_sweep: Sweep, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _sweep.story, _sweep.folder = request.node.nodeid, tmp_path
    monkeypatch.setattr(runner, "_find", _sweep.find)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    sweep = config.stash.get(_sweep_key, None)
    for name, swept in sorted((sweep.swept if sweep else {}).items()):
        said = "; ".join(swept.unlike) or "nothing differs"
        terminalreporter.write_line(f"sweep {name}: {swept.deaths} deaths, {said} [{swept.story}]")
