"""How soon is it known that nothing is new for any workflow, in a log of many events that have all been seen to?"""

from collections.abc import Iterator
from itertools import cycle, islice

from sqlalchemy import insert, text
from sqlmodel import Session

from orderhub.automation.catalogue import WORKFLOWS
from orderhub.automation.runner import run_next
from orderhub.automation.workflow_run import WorkflowCursor
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import SYSTEM, Event
from tests.builders import NOW

from .measuring import Figure, p95_ms

EVENTS = 200_000
_LOOK_MS = 20
_SEEN_TO = """
    INSERT INTO workflow_run (workflow, event_id, event_kind, subject_type, subject_id, state, due_at, attempts,
    tries_left, found_at, took_ms, note, error)
    SELECT :workflow, id, kind, subject_type, subject_id, 'done', at, 1, 5, at, 0, '', '' FROM event WHERE kind = :kind
"""


def run(database: Database) -> Iterator[Figure]:
    with database.transaction() as session:
        _see_to_all(session)
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()

    def look() -> None:
        assert run_next(NOW) == 0

    name = f"a look for news, {len(WORKFLOWS)} workflows, {EVENTS:,} events seen to"
    yield Figure(name, p95_ms(look), "ms p95", _LOOK_MS)


def _see_to_all(session: Session) -> None:
    kinds = sorted({kind for workflow in WORKFLOWS for kind in workflow.kinds})
    of_event = {"at": NOW, "subject_type": "order", "actor": SYSTEM, "body": {}}
    rows = [of_event | {"kind": kind, "subject_id": turn} for turn, kind in enumerate(islice(cycle(kinds), EVENTS), 1)]
    session.execute(insert(Event), rows)
    for workflow in WORKFLOWS:
        for kind in workflow.kinds_now(session):
            session.connection().execute(text(_SEEN_TO), {"workflow": workflow.name, "kind": kind})
        session.add(WorkflowCursor(workflow=workflow.name, event_id=EVENTS))
