"""Is there room for one more message, and how long until there is? Estimated between two looks at the inbox.

A look counts what waits and how fast it is worked off; since then each arrival counts one more, and the time that has
passed what was worked off meanwhile. So no request asks the database how full it is.
"""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from orderhub.intake.buffer import BufferFull
from orderhub.intake.inbox import DONE, WAITING, InboxMessage
from orderhub.kernel.db import reading
from orderhub.kernel.settings import settings

RATE_OVER = timedelta(seconds=10)
_GOOD_FOR_SECONDS = 60.0
_LONGEST_WAIT = timedelta(minutes=5)
_UNKNOWN_WAIT = timedelta(seconds=30)
_EASED = 0.9  # who has to wait, waits until so much of the room is taken


@dataclass(frozen=True)
class Look:
    """What was found ``at`` seconds of a clock that never steps; ``of_shop`` is empty while little waits."""

    at: float
    waiting: int = 0
    per_second: float = 0.0
    of_shop: Mapping[int, int] = field(default_factory=dict)


class Room:
    """Of one process. What other processes take in meanwhile is known with the next look."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._look = Look(float("-inf"))
        self._since: Counter[int] = Counter()

    def look(self, session: Session, now: datetime) -> None:
        """Called by one thread every few seconds."""
        at = time.monotonic()
        with self._guard:
            before, self._since = self._since, Counter()  # what comes during the look counts for the next one too
        try:
            found = _found(session, now, at)
        except BaseException:
            with self._guard:
                self._since.update(before)
            raise
        with self._guard:
            self._look = found

    def forget(self) -> None:
        """Until the next look nothing is known to wait."""
        with self._guard:
            self._look, self._since = Look(float("-inf")), Counter()

    def take(self, shop_id: int) -> None:
        """Count one more of ``shop_id``.

        Raises:
            BufferFull: so much waits, of all shops or of this one.
        """
        with self._guard:
            self._check(shop_id)
            self._since[shop_id] += 1

    def check(self, shop_id: int) -> None:
        """As ``take``, and counts none."""
        with self._guard:
            self._check(shop_id)

    def waiting(self) -> int:
        """About how many."""
        with self._guard:
            return self._waiting()

    def expected_seconds(self) -> int:
        """How long what waits will take, once it is more than ``ORDERHUB_BUFFER_BUSY``; else 0."""
        with self._guard:
            waiting, per_second = self._waiting(), self._look.per_second
        if waiting <= settings().buffer_busy:
            return 0
        return max(1, round(waiting / per_second)) if per_second else int(_UNKNOWN_WAIT.total_seconds())

    def wait_of_full(self, most: int) -> timedelta:
        """How long until there is room again in a buffer that holds ``most`` and is full."""
        with self._guard:
            return self._wait(most * (1 - _EASED))

    def _check(self, shop_id: int) -> None:
        most, waiting = settings().buffer_most, self._waiting()
        if waiting >= most:
            raise self._full(waiting, most, f"{waiting:,} messages wait")
        if (of_shop := self._waiting_of(shop_id, waiting)) >= (share := most * settings().buffer_shop_percent // 100):
            raise self._full(of_shop, share, f"{of_shop:,} messages of this shop wait")

    def _full(self, waiting: int, most: int, said: str) -> BufferFull:
        wait = self._wait(waiting - most * _EASED)
        return BufferFull(f"{said}: nothing was stored, send it again later", retry_after=wait)

    def _wait(self, messages: float) -> timedelta:
        per_second = self._look.per_second
        return min(timedelta(seconds=messages / per_second), _LONGEST_WAIT) if per_second else _UNKNOWN_WAIT

    def _waiting(self) -> int:
        """A look that is old knows nothing: the database itself refuses what it cannot take."""
        age = time.monotonic() - self._look.at
        if age > _GOOD_FOR_SECONDS:
            return 0
        return max(0, self._look.waiting + self._since.total() - int(age * self._look.per_second))

    def _waiting_of(self, shop_id: int, waiting: int) -> int:
        counted = self._look.waiting + self._since.total()
        own = self._look.of_shop.get(shop_id, 0) + self._since[shop_id]
        return own * waiting // counted if counted else 0


room = Room()


def look_at_room(now: datetime) -> None:
    """A database that does not answer now is looked at the next time."""
    with suppress(SQLAlchemyError), reading() as session:
        room.look(session, now)


def _found(session: Session, now: datetime, at: float) -> Look:
    waiting = session.exec(select(func.count()).select_from(InboxMessage).where(WAITING)).one()
    lately = select(func.count()).select_from(InboxMessage).where(DONE, col(InboxMessage.done_at) > now - RATE_OVER)
    done = session.exec(lately).one()
    of_shop = {}
    # Whose they are, no index knows: that is asked only when one shop could take the room of the others.
    if waiting * 2 > settings().buffer_most * settings().buffer_shop_percent // 100:
        counted = select(InboxMessage.shop_id, func.count()).where(WAITING).group_by(col(InboxMessage.shop_id))
        of_shop = dict(session.exec(counted).all())
    return Look(at, waiting, done / RATE_OVER.total_seconds(), of_shop)
