"""How does a message leave? Counted first, told without a transaction, then its end is written down."""

import threading
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from orderhub.automation import outbox
from orderhub.automation.outbox import OutboxKind, OutboxMessage, OutboxState, PauseCause, Taken
from orderhub.automation.senders.contract import GO, Sender, Verdict
from orderhub.automation.senders.ship import ShipSender
from orderhub.automation.senders.stock import StockSender
from orderhub.domain.anomaly import AnomalyKind
from orderhub.domain.shop import Shop
from orderhub.domain.words import UploadProblem
from orderhub.intake import trouble
from orderhub.intake.keyring import connector_of
from orderhub.intake.lease import reason_of
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import OrderHubError, PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable
from orderhub.kernel.eventlog import SYSTEM

SENDERS: dict[OutboxKind, Sender] = {OutboxKind.SHIP: ShipSender(), OutboxKind.STOCK: StockSender()}
# How soon a message is looked at again that waits for something else than its channel.
LOOK_AGAIN = timedelta(minutes=5)
REST = timedelta(seconds=10)

log = structlog.get_logger()


class HubGaveUp(OrderHubError):
    code = "hub_gave_up"


class Postman:
    """Takes messages one by one, from several threads; a shop whose channel does not answer rests a little."""

    def __init__(self) -> None:
        self._resting: dict[int, datetime] = {}
        self._lock = threading.Lock()

    def send_next(self, now: datetime) -> int:
        """Send the message that has waited longest; returns how many were taken (0 or 1), whatever became of it."""
        with reading() as session:
            if not outbox.is_due(session, now):
                return 0
        with transaction() as session:
            taken = outbox.claim(session, now, without_shops=self._resting_at(now))
        if taken is None:
            return 0
        try:
            self._send(taken, now)
        except Exception as error:  # noqa: BLE001  (one message's trouble never stops the others)
            log.warning("message_not_sent", message=taken.id, kind=taken.kind, error=type(error).__name__)
            self._failed(taken, error, now)
        return 1

    def _send(self, taken: Taken, now: datetime) -> None:
        if taken.tries_left < 0:
            raise HubGaveUp(f"the process died or hung {outbox.MOST_TRIES} times while sending it")
        sender = SENDERS[taken.kind]
        with reading() as session:
            shop = session.get_one(Shop, taken.shop_id)
            verdict = sender.may_go(session, shop, taken)
        if verdict is not GO:
            _keep_back(taken, verdict, now)
            return
        sender.send(connector_of(shop), shop, taken)
        with transaction() as session:
            if message := outbox.held(session, taken):
                message.problem, message.partner_code, message.reason = UploadProblem.NONE, "", ""
                if outbox.close(session, message, taken, OutboxState.SENT, now):
                    sender.sent(session, taken, now)

    def _failed(self, taken: Taken, error: Exception, now: datetime) -> None:
        with transaction() as session:
            message = outbox.held(session, taken)
            if message is None:
                return
            message.reason, message.partner_code = reason_of(error)[:500], getattr(error, "partner_code", "")[:64]
            shop = session.get_one(Shop, taken.shop_id)
            if isinstance(error, PartnerBanned):
                _pause_banned(session, message, error, now)
            elif isinstance(error, PartnerUnauthorised):
                _pause_unauthorised(session, shop, message, now)
            elif isinstance(error, PartnerRefused):
                message.problem = SENDERS[taken.kind].problem_of(shop, error)
                _refuse(session, message, taken, now)
            else:
                is_theirs = isinstance(error, PartnerUnavailable)
                message.problem = UploadProblem.UNREACHABLE if is_theirs else UploadProblem.FAILED
                if message.tries_left <= 0:
                    _refuse(session, message, taken, now)
                else:
                    outbox.postpone(session, message, due_at=outbox.next_try(message, now), is_counted=True)
                    self._rest(taken.shop_id, now + REST)

    def _rest(self, shop_id: int, until: datetime) -> None:
        with self._lock:
            self._resting[shop_id] = until

    def _resting_at(self, now: datetime) -> set[int]:
        with self._lock:
            self._resting = {shop_id: until for shop_id, until in self._resting.items() if until > now}
            return set(self._resting)


def _keep_back(taken: Taken, verdict: Verdict, now: datetime) -> None:
    with transaction() as session:
        if message := outbox.held(session, taken):
            message.problem, message.partner_code, message.reason = verdict.problem, "", verdict.reason
            SENDERS[taken.kind].kept_back(session, taken, verdict, now)
            if verdict.is_final:
                outbox.close(session, message, taken, OutboxState.SKIPPED, now)
            else:
                outbox.postpone(session, message, due_at=now + LOOK_AGAIN, is_counted=False)


def _refuse(session: Session, message: OutboxMessage, taken: Taken, now: datetime) -> None:
    if outbox.close(session, message, taken, OutboxState.REFUSED, now):
        SENDERS[taken.kind].refused(session, taken, message.problem, message.partner_code, now)


def _pause_banned(session: Session, message: OutboxMessage, ban: PartnerBanned, now: datetime) -> None:
    message.problem, until = UploadProblem.BANNED, now + ban.retry_after
    outbox.postpone(session, message, due_at=until, is_counted=False)
    outbox.pause(
        session, message.shop_id, PauseCause.BANNED, reason=message.reason[:200], by=SYSTEM, now=now, until=until
    )


def _pause_unauthorised(session: Session, shop: Shop, message: OutboxMessage, now: datetime) -> None:
    """Until the shop is connected again, or its token renewed (workflows/resume_shop.py)."""
    message.problem = UploadProblem.UNAUTHORISED
    outbox.postpone(session, message, due_at=now, is_counted=False)
    outbox.pause(session, shop.id, PauseCause.UNAUTHORISED, reason=message.reason[:200], by=SYSTEM, now=now)
    trouble.report(
        session,
        shop,
        AnomalyKind.SHOP_UNAUTHORISED,
        note=message.reason,
        title=f"{shop.name}: 授权失效,请重新授权店铺",
        occurred_at=now,
        now=now,
    )
