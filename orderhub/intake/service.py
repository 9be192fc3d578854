"""Who empties the inbox? Threads of this process, woken when something comes in, replaced when one dies."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from orderhub.intake.asking import Asker
from orderhub.intake.broker_service import BrokerService
from orderhub.intake.consumer import consume
from orderhub.intake.keyring import forget_connectors
from orderhub.intake.lease import bring_back, is_beyond, take_back
from orderhub.intake.payment_account import forget_payers
from orderhub.intake.room import look_at_room
from orderhub.intake.rush import rush
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, database, reading, transaction
from orderhub.kernel.errors import DatabaseBusy
from orderhub.kernel.level import is_read_only
from orderhub.kernel.settings import settings

ASKERS = 2
POLL_SECONDS = 1.0
PROBE_SECONDS = 5.0
STOP_SECONDS = 30.0

log = structlog.get_logger()


class ConsumerWorker(threading.Thread):
    """Takes messages until told to stop; what it holds then is finished first. Gives way to a rush at the doors.

    While the hub is read-only it takes none, unless it works ``at_every_level``.
    """

    def __init__(
        self, name: str, take: Callable[[datetime], int], bell: "Bell", *, at_every_level: bool = False
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.take = take
        self._at_every_level = at_every_level
        self._bell = bell
        self._closing = threading.Event()

    def run(self) -> None:
        rings = -1
        while not self._closing.is_set():
            if is_read_only() and not self._at_every_level:
                self._closing.wait(POLL_SECONDS)
                continue
            rush.give_way(self._closing)
            try:
                taken = self.take(utc_now())
            except Exception as error:
                log.error("consumer_failed", worker=self.name, error=type(error).__name__, exc_info=True)
                taken = 0
                self._closing.wait(POLL_SECONDS)
            if not taken:
                rings = self._bell.wait_for_more_than(rings)

    def stop(self) -> None:
        self._closing.set()


class Bell:
    """Rung when the inbox has grown; no ring is missed between looking and waiting."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    def ring(self) -> None:
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait_for_more_than(self, rings: int) -> int:
        """Returns after a ring beyond ``rings``, or after a second; answers the count to give next time."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings > rings, timeout=POLL_SECONDS)
            return self._rings


def take_back_held(kept: Database, *holders: Callable[[Session, datetime], int]) -> None:
    """At a start: where one process alone works, nobody waits for the leases of the one before to run out."""
    if not kept.embedded:
        return
    try:
        with transaction() as session:
            held = sum(take(session, utc_now()) for take in holders)
    except (SQLAlchemyError, DatabaseBusy) as error:
        log.warning("leases_not_taken_back", error=type(error).__name__)
        return
    if held:
        log.info("leases_taken_back", held=held)


class IntakeService:
    """The consumers of one process; ``start`` and ``stop`` may be called once each."""

    def __init__(self) -> None:
        self._bell = Bell()
        self._asker = Asker()
        self._workers: list[ConsumerWorker] = []
        self._broker = BrokerService()
        self._closing = threading.Event()
        self._database: Database | None = None
        self._warden = threading.Thread(target=self._watch, name="intake-warden", daemon=True)

    def start(self) -> None:
        self._database = database()
        self._database.after_commit.append(self._ring_if_grown)
        take_back_held(self._database, take_back)
        self._workers = [self._worker(number) for number in range(settings().workers + ASKERS)]
        for worker in self._workers:
            worker.start()
        self._warden.start()
        self._broker.start()

    def stop(self) -> None:
        """Returns when nothing is in flight any more, at most after 30 s: then the leases bring it back."""
        self._closing.set()
        self._broker.stop()
        self._asker.stop()
        for worker in self._workers:
            worker.stop()
        self._bell.ring()
        until = time.monotonic() + STOP_SECONDS
        for thread in (self._warden, *self._workers):
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        if self._database and self._ring_if_grown in self._database.after_commit:
            self._database.after_commit.remove(self._ring_if_grown)
        forget_connectors()
        forget_payers()

    def _worker(self, number: int) -> ConsumerWorker:
        if number < settings().workers:
            return ConsumerWorker(f"intake-{number}", consume, self._bell)
        return ConsumerWorker(f"intake-asker-{number}", self._asker.ask_next, self._bell)

    def _watch(self) -> None:
        while not self._closing.wait(PROBE_SECONDS):
            look_at_room(utc_now())
            _bring_back(utc_now())
            for number, worker in enumerate(self._workers):
                if not worker.is_alive() and not self._closing.is_set():
                    log.error("consumer_died", worker=worker.name)
                    self._workers[number] = self._worker(number)
                    self._workers[number].start()

    def _ring_if_grown(self, session: Session) -> None:
        if session.info.get("inbox_grew"):
            self._bell.ring()


def _bring_back(now: datetime) -> None:
    try:
        with reading() as session:
            if not is_beyond(session, now):
                return
        with transaction() as session:
            log.warning("clock_stepped_back", messages=bring_back(session, now))
    except (SQLAlchemyError, DatabaseBusy) as error:
        log.warning("inbox_not_looked_at", error=type(error).__name__)
