"""How does a message leave? Counted first, told without a transaction, then its end is written down."""

import threading
from collections import Counter
from collections.abc import Collection
from contextlib import nullcontext
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from orderhub.automation import outbox
from orderhub.automation.addressee import Addressee
from orderhub.automation.outbox import OutboxKind, OutboxMessage, OutboxState, PauseCause, Taken
from orderhub.automation.senders.contract import GO, ElsewhereInTrouble, Sender, Verdict
from orderhub.automation.senders.notice import NoticeSender
from orderhub.automation.senders.refund_answer import RefundAnswerSender
from orderhub.automation.senders.report import ReportSender
from orderhub.automation.senders.robot import RobotSender
from orderhub.automation.senders.ship import ShipSender
from orderhub.automation.senders.stock import StockSender
from orderhub.automation.senders.subscription import SubscriptionSender
from orderhub.automation.senders.waybill import WaybillSender
from orderhub.automation.senders.webhook import WebhookSender
from orderhub.domain.words import UploadProblem
from orderhub.intake.lease import reason_of
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import OrderHubError, PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.failpoint import point

SENDERS: dict[OutboxKind, Sender] = {
    OutboxKind.SHIP: ShipSender(),
    OutboxKind.STOCK: StockSender(),
    OutboxKind.WAYBILL: WaybillSender(),
    OutboxKind.REFUND_ANSWER: RefundAnswerSender(),
    OutboxKind.ROBOT: RobotSender(),
    OutboxKind.SUBSCRIPTION: SubscriptionSender(),
    OutboxKind.NOTICE: NoticeSender(),
    OutboxKind.WEBHOOK: WebhookSender(),
    OutboxKind.REPORT: ReportSender(),
}
# How soon a message is looked at again that waits for something else than its channel.
LOOK_AGAIN = timedelta(minutes=5)
REST = timedelta(seconds=10)
PATIENCE = 3  # misses in a row: one lost answer among hundreds holds up nobody

log = structlog.get_logger()


class HubGaveUp(OrderHubError):
    code = "hub_gave_up"


class Postman:
    """Takes messages one by one, from several threads; whoever gives no answer several times in a row rests.

    ``kinds`` are those it takes: what may hang for long has a postman of its own. ``one_each``: never two messages at
    once for one addressee.
    """

    def __init__(self, kinds: Collection[OutboxKind] = tuple(OutboxKind), *, one_each: bool = False) -> None:
        self._kinds = tuple(kinds)
        self._one_each = one_each
        self._busy: set[Addressee] = set()
        self._resting: dict[Addressee, datetime] = {}
        self._missed: Counter[Addressee] = Counter()
        self._lock = threading.Lock()
        self._claiming = threading.Lock() if one_each else nullcontext()

    def send_next(self, now: datetime) -> int:
        """Send the message that has waited longest; returns how many were taken (0 or 1), whatever became of it."""
        with reading() as session:
            if not outbox.is_due(session, now, kinds=self._kinds):
                return 0
        with self._claiming:
            with transaction() as session:
                taken = outbox.claim(session, now, without=self._left_alone(now), kinds=self._kinds)
            if taken and self._one_each:
                self._busy.add(taken.addressee)
        if taken is None:
            return 0
        try:
            self._send(taken, now)
        except Exception as error:  # noqa: BLE001  (one message's trouble never stops the others)
            log.warning("message_not_sent", message=taken.id, kind=taken.kind, error=type(error).__name__)
            self._failed(taken, error, now)
        finally:
            self._busy.discard(taken.addressee)
        return 1

    def _send(self, taken: Taken, now: datetime) -> None:
        if taken.tries_left < 0:
            raise HubGaveUp(f"the process died or hung {outbox.MOST_TRIES} times while sending it")
        sender = SENDERS[taken.kind]
        with reading() as session:
            verdict = sender.may_go(session, taken)
        if verdict is not GO:
            _keep_back(taken, verdict, now)
            return
        point("counted_before_sending")
        answer = sender.send(taken)
        point("sent_before_noting")
        self._missed.pop(taken.addressee, None)
        with transaction() as session:
            if message := outbox.held(session, taken):
                message.problem, message.partner_code, message.reason = UploadProblem.NONE, "", ""
                if outbox.close(session, message, taken, OutboxState.SENT, now):
                    sender.sent(session, taken, answer, now)

    def _failed(self, taken: Taken, error: Exception, now: datetime) -> None:
        with transaction() as session:
            message = outbox.held(session, taken)
            if message is None:
                return
            message.reason, message.partner_code = reason_of(error)[:500], getattr(error, "partner_code", "")[:64]
            if isinstance(error, PartnerBanned):
                _pause_banned(session, message, error, now)
            elif isinstance(error, PartnerUnauthorised):
                _pause_unauthorised(session, message, taken, now)
            elif isinstance(error, PartnerRefused):
                message.problem = SENDERS[taken.kind].problem_of(session, taken, error)
                _refuse(session, message, taken, now)
            else:
                self._try_later(session, message, taken, error, now)

    def _try_later(
        self, session: Session, message: OutboxMessage, taken: Taken, error: Exception, now: datetime
    ) -> None:
        is_theirs = isinstance(error, PartnerUnavailable | ElsewhereInTrouble)
        message.problem = UploadProblem.UNREACHABLE if is_theirs else UploadProblem.FAILED
        if message.tries_left <= 0:
            _refuse(session, message, taken, now)
        elif isinstance(error, ElsewhereInTrouble):
            due_at = max(now + error.retry_after, outbox.next_try(message, now))
            outbox.postpone(session, message, due_at=due_at, is_counted=True)
        else:
            outbox.postpone(session, message, due_at=outbox.next_try(message, now), is_counted=True)
            self._missed_by(taken.addressee, now)

    def _missed_by(self, addressee: Addressee, now: datetime) -> None:
        with self._lock:
            self._missed[addressee] += 1
            if self._missed[addressee] >= PATIENCE:
                self._resting[addressee] = now + REST

    def _left_alone(self, now: datetime) -> set[Addressee]:
        with self._lock:
            self._resting = {addressee: end for addressee, end in self._resting.items() if end > now}
            return set(self._resting) | self._busy


def _keep_back(taken: Taken, verdict: Verdict, now: datetime) -> None:
    with transaction() as session:
        if message := outbox.held(session, taken):
            message.problem, message.partner_code, message.reason = verdict.problem, "", verdict.reason
            SENDERS[taken.kind].kept_back(session, taken, verdict, now)
            if verdict.is_final:
                outbox.close(session, message, taken, OutboxState.SKIPPED, now)
            else:
                outbox.postpone(session, message, due_at=now + (verdict.again_in or LOOK_AGAIN), is_counted=False)


def _refuse(session: Session, message: OutboxMessage, taken: Taken, now: datetime) -> None:
    if outbox.close(session, message, taken, OutboxState.REFUSED, now):
        SENDERS[taken.kind].refused(session, taken, message.problem, message.partner_code, now)


def _pause_banned(session: Session, message: OutboxMessage, ban: PartnerBanned, now: datetime) -> None:
    message.problem, until = UploadProblem.BANNED, now + ban.retry_after
    outbox.postpone(session, message, due_at=until, is_counted=False)
    outbox.pause(
        session, message.addressee, PauseCause.BANNED, reason=message.reason[:200], by=SYSTEM, now=now, until=until
    )


def _pause_unauthorised(session: Session, message: OutboxMessage, taken: Taken, now: datetime) -> None:
    """Until the addressee's keys are renewed, or somebody says that they are (workflows/resume_*.py)."""
    message.problem = UploadProblem.UNAUTHORISED
    outbox.postpone(session, message, due_at=now, is_counted=False)
    reason = message.reason[:200]
    outbox.pause(session, taken.addressee, PauseCause.UNAUTHORISED, reason=reason, by=SYSTEM, now=now)
    SENDERS[taken.kind].locked_out(session, taken, message.reason, now)
