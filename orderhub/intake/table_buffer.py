"""How are many arrivals kept with one durable write? Whatever waits shares a transaction of a few statements.

One thread writes. While it commits, and until its next turn to write has come, arrivals gather; none of them holds a
thread while it waits. A message that the database refuses falls alone: the rest is written without it.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from operator import itemgetter

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from orderhub.domain.buyer_contact import keep_contacts
from orderhub.intake.buffer import Arrival, BufferAway, Kept, KeyReused, VersionConflict
from orderhub.intake.meters import ACCEPTED, COMMIT_SECONDS, COMMIT_WISHES
from orderhub.intake.room import room
from orderhub.intake.rush import rush
from orderhub.kernel.db import AWAY, transaction
from orderhub.kernel.errors import OrderHubError
from orderhub.kernel.json_rows import run_with_rows

GATHER_SECONDS = 0.002
MOST = 500  # arrivals in one transaction: on SQLite it holds the one writer

Answer = Kept | Exception
_NEW = Kept(is_new=True)
_Key = tuple[int, str, str, str]

log = structlog.get_logger()


class TableBuffer:
    """The inbox table of the process's database."""

    def __init__(self) -> None:
        self._waiting: list[_Wish] = []
        self._grown = threading.Condition()
        self._writer: threading.Thread | None = None

    async def accept(self, arrival: Arrival) -> Kept:
        room.take(arrival.shop_id)
        loop = asyncio.get_running_loop()
        wish = _Wish(arrival, loop, loop.create_future())
        self._add(wish)
        return await wish.answered

    def depth(self) -> int:
        return room.waiting()

    def _add(self, wish: "_Wish") -> None:
        with self._grown:
            self._waiting.append(wish)
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write, name="intake-buffer", daemon=True)
                self._writer.start()
            if len(self._waiting) == 1:
                self._grown.notify()

    def _write(self) -> None:
        while True:
            with self._grown:
                self._grown.wait_for(lambda: self._waiting)
            time.sleep(GATHER_SECONDS)
            self._keep_waiting()

    def _keep_waiting(self) -> None:
        wishes: list[_Wish] = []
        try:
            with rush.writing(len(self._waiting)):
                answers = _keep(partial(self._gather, wishes))
        except Exception:  # whoever waits hears of it, and the next ones are written
            log.exception("buffer_writer_failed")
            answers = [BufferAway("it is not known to be kept: send it again")] * len(wishes)
        _tell(wishes, answers)

    def _gather(self, wishes: "list[_Wish]") -> list[Arrival]:
        """What waits now, added to ``wishes``."""
        with self._grown:
            wishes += self._waiting[:MOST]
            del self._waiting[:MOST]
        return [wish.arrival for wish in wishes]


@dataclass(slots=True, eq=False)
class _Wish:
    arrival: Arrival
    loop: asyncio.AbstractEventLoop
    answered: asyncio.Future[Kept]


def keep_together(arrivals: Sequence[Arrival]) -> list[Answer]:
    """Keep what can be kept, durably, in one transaction unless the database refuses one; an answer for each, in order.

    Never raises: what goes wrong is the answer of those whom it concerns.
    """
    return _keep(lambda: arrivals)


def _keep(gather: Callable[[], Sequence[Arrival]]) -> list[Answer]:
    """As ``keep_together``; ``gather`` is asked once, when it is our turn to write, or when none could be had."""
    gathered = cache(gather)
    try:
        with COMMIT_SECONDS.time(), transaction(first=True) as session:
            answers = keep_arrivals(session, gathered())
    except AWAY as error:
        log.warning("arrivals_not_kept", arrivals=len(gathered()), error=type(error).__name__)
        return [BufferAway("the database does not take it now: send it again later")] * len(gathered())
    except Exception as error:  # noqa: BLE001  (one bad arrival never harms its neighbours)
        return _apart(gathered(), error)
    arrivals = gathered()
    COMMIT_WISHES.observe(len(arrivals))
    fresh = [one.source for one, answer in zip(arrivals, answers, strict=True) if answer == _NEW]
    for source, count in Counter(fresh).items():
        ACCEPTED.labels(source).inc(count)
    return answers


def _apart(arrivals: Sequence[Arrival], error: Exception) -> list[Answer]:
    """Halves, until the one that is refused stands alone."""
    if len(arrivals) == 1:
        log.warning("arrival_not_kept", kind=arrivals[0].kind, shop=arrivals[0].shop_id, error=type(error).__name__)
        is_ours = isinstance(error, OrderHubError) or not isinstance(error, SQLAlchemyError)
        return [error if is_ours else BufferAway("the database refuses it")]
    middle = len(arrivals) // 2
    return keep_together(arrivals[:middle]) + keep_together(arrivals[middle:])


def keep_arrivals(session: Session, arrivals: Sequence[Arrival]) -> list[Answer]:
    """Keep them in the caller's transaction with a few statements; an answer for each, in their order. Safe to repeat.

    For a consumer of a broker too: what is refused is among the answers, and nothing of it is kept.
    """
    standing = _standing(session, arrivals)
    answers = [standing.answer(arrival) for arrival in arrivals]
    taken = [arrival for arrival, answer in zip(arrivals, answers, strict=True) if answer is None]
    fresh = _keep_messages(session, taken)
    _keep_keys(session, taken)
    _keep_contacts(session, taken)
    if fresh:
        session.info["inbox_grew"] = True
    return [
        answer or Kept(_is_first(fresh, (*arrival.place, arrival.version)))
        for arrival, answer in zip(arrivals, answers, strict=True)
    ]


def _is_first(fresh: set[_Key], key: _Key) -> bool:
    """Of equal ones that came together one is new."""
    is_new = key in fresh
    fresh.discard(key)
    return is_new


@dataclass
class Standing:
    """What is known of idempotency keys (what each was used for) and of the versions beside the arrivals' own."""

    used: dict[str, str] = field(default_factory=dict)
    versions: dict[tuple[int, str, str, str], set[str]] = field(default_factory=dict)

    def answer(self, arrival: Arrival) -> Answer | None:
        """None: it is to be written, and stands from now on."""
        if arrival.mark and (used_for := self.used.get(arrival.mark)):
            return Kept(is_new=False) if used_for == arrival.content else _key_reused()
        if arrival.is_strict:
            versions = self.versions.setdefault((*arrival.place, arrival.moment), set())
            if versions - {arrival.version}:
                return _version_conflict(arrival)
            versions.add(arrival.version)
        if arrival.mark:
            self.used[arrival.mark] = arrival.content
        return None


def _key_reused() -> KeyReused:
    return KeyReused("Idempotency-Key: it came with another body before; use a new key for another order")


def _version_conflict(arrival: Arrival) -> VersionConflict:
    return VersionConflict(
        f"{arrival.number}: another content is here with this updated_at; send what is newer with a later one"
    )


def _standing(session: Session, arrivals: Sequence[Arrival]) -> Standing:
    is_compared = any(arrival.is_strict or arrival.mark for arrival in arrivals)
    if is_compared and session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_ONE_DOOR)
    return standing_in(session, arrivals)


def standing_in(session: Session, arrivals: Sequence[Arrival]) -> Standing:
    """What the database knows beside ``arrivals`` at this moment; changes nothing, keeps nobody out."""
    standing = Standing()
    strict = {(*arrival.place, arrival.moment) for arrival in arrivals if arrival.is_strict}
    marks = {arrival.mark for arrival in arrivals if arrival.mark}
    if strict:
        for shop_id, kind, number, moment, version in run_with_rows(session, _VERSIONS, sorted(strict)):
            standing.versions.setdefault((shop_id, kind, number, moment), set()).add(version)
    if marks:
        for mark, content in run_with_rows(session, _USED, [(mark,) for mark in sorted(marks)]):
            standing.used[mark] = content
    return standing


def _keep_messages(session: Session, arrivals: Sequence[Arrival]) -> set[_Key]:
    """In the order of the unique key, so that two keepers of the same rows never wait for each other in a circle."""
    if not arrivals:
        return set()
    rows = [(*one.place, one.version, one.body, one.source, one.received_at) for one in arrivals]
    kept = run_with_rows(session, _MESSAGES, sorted(rows, key=itemgetter(0, 1, 2, 3)))
    return {tuple(row) for row in kept}


def _keep_keys(session: Session, arrivals: Sequence[Arrival]) -> None:
    rows = sorted((one.mark, one.content, one.received_at) for one in arrivals if one.mark)
    if rows:
        run_with_rows(session, _KEYS, rows)


def _keep_contacts(session: Session, arrivals: Sequence[Arrival]) -> None:
    contacts = {(one.shop_id, one.number): one.contact for one in arrivals if one.contact}
    if contacts:
        keep_contacts(session, contacts, now=max(one.received_at for one in arrivals))


# On PostgreSQL several processes write: whoever compares versions and keys does it alone until it has committed.
_ONE_DOOR = text("SELECT pg_advisory_xact_lock(hashtext('orderhub.door'))")
_VERSIONS = """
    SELECT m.shop_id, m.kind, m.number, w.value->>3, m.version FROM {rows} CROSS JOIN inbox_message AS m
    WHERE m.shop_id = CAST(w.value->>0 AS BIGINT) AND m.kind = w.value->>1 AND m.number = w.value->>2
    AND substr(m.version, 1, length(w.value->>3)) = w.value->>3
"""
_USED = "SELECT k.mark, k.content FROM {rows} CROSS JOIN idempotency_key AS k WHERE k.mark = w.value->>0"
_KEYS = """
    INSERT INTO idempotency_key (mark, content, used_at) SELECT w.value->>0, w.value->>1, {2:moment}
    FROM {rows} WHERE true ON CONFLICT DO NOTHING
"""
_MESSAGES = """
    INSERT INTO inbox_message
    (shop_id, kind, number, version, body, source, received_at, state, due_at, attempts, reason)
    SELECT CAST(w.value->>0 AS BIGINT), w.value->>1, w.value->>2, w.value->>3, w.value->>4, w.value->>5,
    {6:moment}, 'ready', {6:moment}, 0, ''
    FROM {rows} WHERE true ON CONFLICT DO NOTHING RETURNING shop_id, kind, number, version
"""


def _tell(wishes: Sequence[_Wish], answers: Sequence[Answer]) -> None:
    """Each caller on its own loop, those of one loop with one call."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Kept], Answer]]] = {}
    for wish, answer in zip(wishes, answers, strict=True):
        by_loop.setdefault(wish.loop, []).append((wish.answered, answer))
    for loop, told in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, told)


def _settle(told: Iterable[tuple[asyncio.Future[Kept], Answer]]) -> None:
    for answered, answer in told:
        if answered.done():  # whoever asked has gone
            continue
        if isinstance(answer, Exception):
            answered.set_exception(answer)
        else:
            answered.set_result(answer)
