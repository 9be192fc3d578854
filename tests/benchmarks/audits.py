"""A log of a million events: how fast is it sealed and proved, and what do seal and guards cost whoever writes?"""

import time
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import insert

from orderhub.domain.order import OrderPaid
from orderhub.insights.audit import AuditAsked, audit_page
from orderhub.kernel.audit_chain import HEAD_FILE, seal_all
from orderhub.kernel.audit_proof import prove_audit
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, reading
from orderhub.kernel.eventlog import Event, batched, record
from orderhub.kernel.settings import settings

from .measuring import Figure, p95_ms

EVENTS = 1_000_000
PEOPLE = 40
KINDS = ("order_received", "order_paid", "order_moved", "stock_reserved", "order_decided", "waybill_made")
_WRITTEN = 2_000


def run(database: Database) -> Iterator[Figure]:
    (settings().data_dir / HEAD_FILE).unlink(missing_ok=True)  # of the database before, in the same scratch folder
    yield Figure("an event written in a transaction of five, µs", _write_us(database), "µs")
    fill(database, EVENTS)
    start = time.perf_counter()
    sealed = seal_all(utc_now())
    yield Figure(f"{sealed:,} events sealed, rows/s", sealed / (time.perf_counter() - start), "rows/s")
    start, begun = time.perf_counter(), time.process_time()
    proof = prove_audit(utc_now())
    seconds, busy = time.perf_counter() - start, time.process_time() - begun
    assert proof.is_sound, proof.findings
    yield Figure(f"{proof.rows:,} rows proved, s", seconds, "s", 60 * EVENTS / 1_000_000)
    yield Figure("the same, processor time of the proof alone", busy, "s")
    yield from _pages()


def _pages() -> Iterator[Figure]:
    middle = utc_now() - timedelta(seconds=10 * EVENTS)
    asked = {
        "the newest": AuditAsked(),
        "half a year back": AuditAsked(until=middle),
        "of one person": AuditAsked(actor="person-7"),
        "of a rare kind": AuditAsked(kinds=("user_signed_in",)),
        "of a common kind, half a year back": AuditAsked(kinds=("order_paid",), until=middle),
        "of three kinds": AuditAsked(kinds=KINDS[:3]),
        "of one order": AuditAsked(subject_type="order", subject_id=4_711),
        "of one address": AuditAsked(address="203.0.113.7"),
    }
    for name, one in asked.items():
        yield Figure(f"page: {name}, p95", p95_ms(lambda one=one: _page(one)), "ms", 50)


def _page(asked: AuditAsked) -> None:
    with reading() as session:
        assert audit_page(session, asked).rows


def fill(database: Database, events: int) -> None:
    """A log as a year makes it: most of it by channels and the hub itself, a tenth by people."""
    begun = utc_now() - timedelta(seconds=20 * events)
    for part in batched(range(events), 20_000):
        rows = [_event(number, begun + timedelta(seconds=20 * number)) for number in part]
        with database.transaction() as session:
            session.connection().execute(insert(Event), rows)


def _event(number: int, at: object) -> dict[str, object]:
    person = number % 10 == 0
    return {
        "at": at,
        "kind": "user_signed_in" if number % 1_000 == 0 else KINDS[number % len(KINDS)],
        "subject_type": "order",
        "subject_id": number // 6 + 1,
        "actor": f"person-{number // 10 % PEOPLE}" if person else "taobao",
        "address": f"203.0.113.{number // 10 % PEOPLE}" if person else "",
        "body": {"source": "to_review", "target": "to_ship", "pieces": {"BOX-40L": number % 7}},
    }


def _write_us(database: Database) -> float:
    now = utc_now()
    start = time.perf_counter()
    for turn in range(_WRITTEN // 5):
        with database.transaction() as session:
            for number in range(5):
                record(session, OrderPaid(turn * 5 + number + 1, 100, ""), actor="taobao", now=now)
    return (time.perf_counter() - start) / _WRITTEN * 1_000_000
