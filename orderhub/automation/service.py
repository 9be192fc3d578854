"""Who runs the workflows, works on batches and empties the outbox?

Threads of this process, woken by what was committed anywhere.
"""

import time
from collections.abc import Sequence

from sqlmodel import Session

from orderhub.automation import outbox, workflow_run
from orderhub.automation.batch_work import do_next
from orderhub.automation.catalogue import listened_for
from orderhub.automation.outbox import OutboxKind
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.automation.stock_feed import Feeder
from orderhub.intake.service import STOP_SECONDS, Bell, ConsumerWorker, take_back_held
from orderhub.kernel.db import Database, database
from orderhub.kernel.eventlog import Heard, Wire

SENDERS = 2
# Group chats are told by threads of their own: one that hangs holds up no order.
ROBOT_SENDERS = 2
_ROBOTS = (OutboxKind.ROBOT,)
# So are the merchant's programs, each by one at a time: what happened first goes first.
WEBHOOK_SENDERS = 2
_WEBHOOKS = (OutboxKind.WEBHOOK,)
# And mail: no order waits for its server.
_REPORTS = (OutboxKind.REPORT,)
_APART = (*_ROBOTS, *_WEBHOOKS, *_REPORTS)


class AutomationService:
    """``start`` and ``stop`` may be called once each; several processes share the work by leases in the database."""

    def __init__(self) -> None:
        self._events, self._messages, self._batches, self._stock = Bell(), Bell(), Bell(), Bell()
        # Nobody rings here either: a card waits for others of its kind in any case.
        self._cards = Bell()
        self._kinds = listened_for()
        self._postman = Postman([kind for kind in OutboxKind if kind not in _APART])
        self._robots = Postman(_ROBOTS, one_each=True)
        self._programs, self._webhooks = Bell(), Postman(_WEBHOOKS, one_each=True)
        self._mail, self._reports = Bell(), Postman(_REPORTS)
        self._workers: list[ConsumerWorker] = []
        self._wire: Wire | None = None
        self._database: Database | None = None

    def start(self) -> None:
        self._database = database()
        take_back_held(self._database, workflow_run.take_back, outbox.take_back)
        self._wire = Wire(self._database, self._hear)
        self._database.after_commit.append(self._ring_if_grown)
        sender, robots, webhooks = self._postman.send_next, self._robots.send_next, self._webhooks.send_next
        self._workers = [
            # It leaves out by itself what waits at a level: that staff are told of one never does.
            ConsumerWorker("automation-runner", run_next, self._events, at_every_level=True),
            ConsumerWorker("automation-batch", do_next, self._batches),
            # Nobody rings: a look a second gathers what a sale moves, and costs the sale nothing.
            ConsumerWorker("automation-stock", Feeder().feed_next, self._stock),
            ConsumerWorker("automation-reports", self._reports.send_next, self._mail),
            *[ConsumerWorker(f"automation-sender-{number}", sender, self._messages) for number in range(SENDERS)],
            *[
                ConsumerWorker(f"automation-webhook-{number}", webhooks, self._programs)
                for number in range(WEBHOOK_SENDERS)
            ],
            *[
                ConsumerWorker(f"automation-robot-{number}", robots, self._cards, at_every_level=True)
                for number in range(ROBOT_SENDERS)
            ],
        ]
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Returns when nothing is in flight any more, at most after 30 s: then the leases bring it back."""
        for worker in self._workers:
            worker.stop()
        for bell in (self._events, self._messages, self._batches, self._stock, self._cards, self._programs, self._mail):
            bell.ring()
        until = time.monotonic() + STOP_SECONDS
        for worker in self._workers:
            worker.join(max(0.0, until - time.monotonic()))
        if self._wire:
            self._wire.close()
        if self._database and self._ring_if_grown in self._database.after_commit:
            self._database.after_commit.remove(self._ring_if_grown)

    def _hear(self, heard: Sequence[Heard]) -> None:
        if any(one.kind in self._kinds for one in heard):
            self._events.ring()

    def _ring_if_grown(self, session: Session) -> None:
        if session.info.get("outbox_grew"):
            self._messages.ring()
            self._programs.ring()
            self._mail.ring()
        if session.info.get("batch_grew"):
            self._batches.ring()
