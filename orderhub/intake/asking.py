"""What does a push mean? Only that something happened to a number: the order or refund itself is asked for.

Asking waits for a network, so no transaction is open meanwhile, and it has threads of its own.
"""

import json
import threading
from datetime import datetime, timedelta

import structlog

from orderhub.connectors.channels.contract import Native
from orderhub.domain.shop import Shop
from orderhub.intake.inbox import MessageKind, Source, keep
from orderhub.intake.keyring import connector_of
from orderhub.intake.lease import Leased, claim, fail, finish, give_back, reason_of, still_held
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound, PartnerBanned, PartnerRefused, PartnerUnauthorised

BATCH = 8
# Longer than three tries of a channel that does not answer.
LEASE = timedelta(seconds=120)
REST = timedelta(seconds=10)

log = structlog.get_logger()


class Asker:
    """Takes hints; a shop whose channel does not answer rests, so that it cannot hold up the others."""

    def __init__(self) -> None:
        self._resting: dict[int, datetime] = {}
        self._lock = threading.Lock()
        self._closing = False

    def stop(self) -> None:
        """What has not been asked for yet goes back at once."""
        self._closing = True

    def ask_next(self, now: datetime) -> int:
        """Ask for what pushes hinted at; returns how many hints were taken."""
        with transaction() as session:
            leased = claim(
                session, [MessageKind.PUSH], now=now, limit=BATCH, lease=LEASE, without_shops=self._resting_at(now)
            )
        for message in leased:
            if self._closing:
                self._back(message, now, "the hub was stopped")
            elif message.shop_id in self._resting_at(now):
                self._back(message, now + REST, "the channel does not answer")
            else:
                self._take(message, now)
        return len(leased)

    def _take(self, message: Leased, now: datetime) -> None:
        try:
            native, kind = _asked(message)
        except PartnerBanned as ban:
            self._rest(message, now + ban.retry_after)
            self._back(message, now + ban.retry_after, reason_of(ban))
        except Exception as error:  # noqa: BLE001  (one bad hint never harms its neighbours)
            log.warning("hint_failed", message=message.id, error=type(error).__name__)
            is_final = isinstance(error, BadInput | PartnerRefused) and not isinstance(error, PartnerUnauthorised)
            if not is_final:
                self._rest(message, now + REST)
            with transaction() as session:
                for held in still_held(session, [message]):
                    fail(session, held, error, now=now, is_final=is_final)
        else:
            with transaction() as session:
                if held := still_held(session, [message]):
                    keep(session, message.shop_id, kind, [native], now, source=Source.PUSH)
                    finish(session, held, now)

    def _back(self, message: Leased, due_at: datetime, reason: str) -> None:
        with transaction() as session:
            give_back(session, [message], due_at=due_at, reason=reason)

    def _rest(self, message: Leased, until: datetime) -> None:
        with self._lock:
            self._resting[message.shop_id] = until

    def _resting_at(self, now: datetime) -> set[int]:
        with self._lock:
            self._resting = {shop_id: until for shop_id, until in self._resting.items() if until > now}
            return set(self._resting)


def _asked(message: Leased) -> tuple[Native, MessageKind]:
    hint = json.loads(message.body)
    with reading() as session:
        shop = session.get(Shop, message.shop_id)
    if shop is None:
        raise NotFound(f"shop {message.shop_id} is gone")
    connector = connector_of(shop)
    if hint["kind"] == MessageKind.REFUND:
        return connector.refund(hint["number"]), MessageKind.REFUND
    return connector.order(hint["number"]), MessageKind.ORDER
