"""Does the queue stay as quick with a past of hundreds of thousands of messages? The plans say so."""

from sqlalchemy import event, text

from orderhub.intake.inbox import MessageKind, depth
from orderhub.intake.lease import claim
from orderhub.kernel.db import transaction

from .builders import FIRST_NO, keep_orders, order_native

_FILL = """
INSERT INTO inbox_message
  (shop_id, kind, number, version, body, source, received_at, state, due_at, attempts, reason, done_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
SELECT :shop, 'order', CAST(i AS TEXT), 'v', '', 'pull', :at, 'done', :at, 1, '', :at FROM n
"""


def test_claiming_reads_no_done_message(shop, database, now):
    at = "2026-11-20 00:00:00.000000" if database.embedded else now
    with transaction() as session:
        session.connection().execute(text(_FILL), {"rows": 100_000, "shop": shop.id, "at": at})
        session.connection().execute(text("ANALYZE"))
    keep_orders(shop, [order_native(FIRST_NO + n) for n in range(50)], now)
    plans = []
    explain = "EXPLAIN QUERY PLAN " if database.embedded else "EXPLAIN "

    def note_plan(connection, cursor, statement, parameters, *_):
        if statement.startswith(("SELECT", "UPDATE")) and "inbox_message" in statement:
            other = connection.connection.cursor()
            other.execute(explain + statement, parameters)
            plans.append("\n".join(str(row) for row in other.fetchall()))

    event.listen(database.engine, "before_cursor_execute", note_plan)
    with transaction() as session:
        assert len(claim(session, [MessageKind.ORDER, MessageKind.REFUND], now=now, limit=25)) == 25
        assert depth(session).waiting == 50
    assert len(plans) >= 4
    scans = [plan for plan in plans if "SCAN inbox_message'" in plan or "Seq Scan on inbox_message" in plan]
    assert scans == []
