"""What did a process hold that is no more? Where nobody else works, the next one does not wait for its leases."""

from datetime import timedelta

from sqlmodel import select

from orderhub.automation import outbox, workflow_run
from orderhub.automation.outbox import OutboxMessage
from orderhub.automation.workflow_run import WorkflowRun, WorkflowState
from orderhub.intake import lease
from orderhub.intake.inbox import InboxMessage, MessageKind
from orderhub.intake.service import take_back_held
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from tests.intake.builders import FIRST_NO, keep_orders, order_native

from .test_outbox import owe

_IN_A_YEAR = timedelta(days=365)


def test_what_a_dead_process_held_is_due_at_the_next_start_where_nobody_else_works(shop, database):
    began = utc_now()
    keep_orders(shop, [order_native(FIRST_NO), order_native(FIRST_NO + 1)], began)
    owe(shop, began)
    owe(shop, began + _IN_A_YEAR, key="1:B")  # to be sent later: nobody holds it
    with transaction() as session:
        lease.claim(session, [MessageKind.ORDER], now=began, limit=2)
        outbox.claim(session, began)
        running = {"state": WorkflowState.RUNNING, "due_at": began + workflow_run.LEASE, "attempts": 1}
        about = {"event_id": 1, "event_kind": "order_received", "subject_type": "order", "subject_id": 1}
        session.add(WorkflowRun(workflow="allocate", found_at=began, **about, **running))
    take_back_held(database, lease.take_back, workflow_run.take_back, outbox.take_back)
    now = utc_now()
    with reading() as session:
        due = [
            *session.exec(select(InboxMessage.due_at)).all(),
            *session.exec(select(OutboxMessage.due_at).where(OutboxMessage.key == "1:A")).all(),
            *session.exec(select(WorkflowRun.due_at)).all(),
        ]
        later = session.exec(select(OutboxMessage.due_at).where(OutboxMessage.key == "1:B")).one()
    assert len(due) == 4
    if database.embedded:
        assert max(due) <= now
    else:  # another process may hold them
        assert min(due) > now
    assert later > now
    with transaction() as session:
        taken = lease.claim(session, [MessageKind.ORDER], now=now + lease.LEASE, limit=2)
    assert [one.attempts for one in taken] == [2, 2]
