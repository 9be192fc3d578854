"""Who works on which message, and what happens when they fail?

A lease is a moment: a worker that dies lets it pass, and the message falls back. Taking counts as an attempt, before
the work, so that a message that kills its worker runs out of attempts like any other.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select, update

from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.intake.inbox import WAITING, InboxMessage, MessageKind, MessageState, Source, body_place, opened
from orderhub.kernel.ids import shown_text
from orderhub.kernel.logs import redacted
from orderhub.kernel.many_rows import among

MOST_ATTEMPTS = 8
LEASE = timedelta(seconds=30)
LONGEST_WAIT = timedelta(seconds=300)
LOST_AT_ONCE = 25


@dataclass(frozen=True)
class Leased:
    """A message as its worker holds it; ``attempts`` is the fence: whoever took it later has a higher one."""

    id: int
    shop_id: int
    kind: MessageKind
    number: str
    body: str
    attempts: int
    received_at: datetime
    source: Source


def claim(
    session: Session,
    kinds: Collection[MessageKind],
    *,
    now: datetime,
    limit: int,
    lease: timedelta = LEASE,
    without_shops: Collection[int] = (),
) -> list[Leased]:
    """Messages that are the caller's until ``now + lease``, by shop and number (so that two workers lock in one order).

    Of those whose lease has passed only a few come together, and alone whoever lost it again: one that kills its
    worker takes its neighbours with it twice at most.
    """
    lost, attempts = col(InboxMessage.state) == MessageState.LEASED, col(InboxMessage.attempts)
    for which, most in (
        (lost & (attempts > 1), 1),
        (lost & (attempts <= 1), min(LOST_AT_ONCE, limit)),
        (col(InboxMessage.state) == MessageState.READY, limit),
    ):
        wanted = (
            select(InboxMessage.id)
            .where(
                WAITING,
                which,
                InboxMessage.due_at <= now,
                col(InboxMessage.kind).in_(kinds),
                col(InboxMessage.shop_id).not_in(without_shops),
            )
            .order_by(col(InboxMessage.due_at), col(InboxMessage.id))
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        if taken := _take(session, session.exec(wanted).all(), until=now + lease):
            return _bury_worn_out(session, taken, now)
    return []


def still_held(session: Session, leased: Sequence[Leased]) -> list[Leased]:
    """Those of ``leased`` that nobody took over meanwhile, locked for the rest of the transaction."""
    wanted = select(InboxMessage.id, InboxMessage.attempts).where(
        among(session, col(InboxMessage.id), [message.id for message in leased]),
        InboxMessage.state == MessageState.LEASED,
    )
    held = {(id_, attempts) for id_, attempts in session.exec(wanted.with_for_update()).all()}
    return [message for message in leased if (message.id, message.attempts) in held]


def finish(session: Session, leased: Sequence[Leased], now: datetime) -> None:
    done = update(InboxMessage).where(among(session, col(InboxMessage.id), [message.id for message in leased]))
    written = done.values(state=MessageState.DONE, done_at=now, reason="")
    session.exec(written.execution_options(synchronize_session=False))


def give_back(session: Session, leased: Sequence[Leased], *, due_at: datetime, reason: str = "") -> None:
    """Not the message's fault (a stop, a ban): the attempt is not counted."""
    ids = [message.id for message in still_held(session, leased)]
    back = update(InboxMessage).where(col(InboxMessage.id).in_(ids))
    values = {"state": MessageState.READY, "due_at": due_at, "reason": reason[:500]}
    session.exec(back.values(attempts=InboxMessage.attempts - 1, **values))


def fail(session: Session, message: Leased, error: Exception, *, now: datetime, is_final: bool) -> None:
    """Back with a growing wait, or to the dead letters when the error is final or the attempts are used up."""
    reason = reason_of(error)
    if is_final or message.attempts >= MOST_ATTEMPTS:
        bury(session, message, reason, now)
        return
    due_at = now + wait_after(message.attempts, random.random())  # noqa: S311  (spread, not secrecy)
    retry = update(InboxMessage).where(col(InboxMessage.id) == message.id)
    session.exec(retry.values(state=MessageState.READY, due_at=due_at, reason=reason))


def bury(session: Session, message: Leased, reason: str, now: datetime) -> None:
    dead = update(InboxMessage).where(col(InboxMessage.id) == message.id)
    session.exec(dead.values(state=MessageState.DEAD, reason=reason, done_at=now))
    open_anomaly(
        session,
        AnomalyKind.DEAD_LETTER,
        about=("message", message.id),
        occurred_at=message.received_at,
        now=now,
        note=f"{message.kind} {message.number}: {reason}",
    )


def is_beyond(session: Session, now: datetime) -> bool:
    """Whether ``bring_back`` may find something; a read."""
    return session.exec(select(InboxMessage.id).where(*_beyond(now)).limit(1)).first() is not None


def bring_back(session: Session, now: datetime) -> int:
    """What is due later than any wait lasts was put off by a clock that has stepped back since: it is due now."""
    return session.exec(update(InboxMessage).where(*_beyond(now)).values(due_at=now)).rowcount


def take_back(session: Session, now: datetime) -> int:
    """What is leased is due now: for a start where nobody else works, so that whoever leased it is no more."""
    held = (WAITING, col(InboxMessage.state) == MessageState.LEASED, col(InboxMessage.due_at) > now)
    return session.exec(update(InboxMessage).where(*held).values(due_at=now)).rowcount


def wait_after(attempts: int, chance: float) -> timedelta:
    """2ⁿ seconds ± 50 %, at most five minutes; ``chance`` is 0 to 1."""
    return min(timedelta(seconds=2**attempts) * (0.5 + chance), LONGEST_WAIT)


def reason_of(error: Exception) -> str:
    """For people: the error's own words when it is ours, its kind besides when it is not."""
    said = shown_text(redacted(str(error)), 400)
    code = getattr(error, "code", "")
    return f"{said} ({code})" if code and isinstance(code, str) else f"{type(error).__name__}: {said}"


def _beyond(now: datetime) -> tuple[Any, ...]:
    """A hint that a channel's ban keeps waiting is not meant: its channel said until when."""
    return WAITING, InboxMessage.kind != MessageKind.PUSH, col(InboxMessage.due_at) > now + LONGEST_WAIT


def _take(session: Session, ids: Sequence[int], *, until: datetime) -> list[Leased]:
    if not ids:
        return []
    take = (
        update(InboxMessage)
        .where(among(session, col(InboxMessage.id), ids))
        .values(state=MessageState.LEASED, due_at=until, attempts=InboxMessage.attempts + 1)
        .returning(
            col(InboxMessage.id),
            col(InboxMessage.shop_id),
            col(InboxMessage.kind),
            col(InboxMessage.number),
            col(InboxMessage.version),
            col(InboxMessage.body),
            col(InboxMessage.attempts),
            col(InboxMessage.received_at),
            col(InboxMessage.source),
        )
        .execution_options(synchronize_session=False)
    )
    taken = [_leased(*row) for row in session.exec(take).all()]
    return sorted(taken, key=lambda message: (message.shop_id, message.number, message.id))


def _leased(  # noqa: PLR0917  (a row's columns, in their order)
    id_: int, shop_id: int, kind: MessageKind, number: str, version: str, body: str, *rest: Any
) -> Leased:
    return Leased(id_, shop_id, kind, number, opened(body, body_place(shop_id, kind, number, version)), *rest)


def _bury_worn_out(session: Session, taken: list[Leased], now: datetime) -> list[Leased]:
    """Only a lease lost again and again goes past the last attempt: its worker dies of it, or never finishes."""
    for message in taken:
        if message.attempts > MOST_ATTEMPTS:
            bury(session, message, f"its worker died or hung {MOST_ATTEMPTS} times while taking it (poison)", now)
    return [message for message in taken if message.attempts <= MOST_ATTEMPTS]
