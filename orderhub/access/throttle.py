"""How often may somebody try? Five free tries for an account, then a wait that doubles; 20 a minute for an address.

A try is counted before it is judged, so parallel guesses count too; one refused by a wait is not counted, so a stranger
cannot lengthen it. An address from which the account signed in lately has a count of its own: strangers never shut
the owner out.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, delete, select

from orderhub.kernel.columns import Moment
from orderhub.kernel.errors import TooMany
from orderhub.kernel.ids import digest

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
PER_ADDRESS = 20

_MINUTE = timedelta(minutes=1)
_FORGOTTEN_AFTER = timedelta(days=1)


class SignInTries(SQLModel, table=True):
    """``key`` is the digest of what is counted, so no account name or address stands here."""

    __tablename__ = "sign_in_tries"  # pyright: ignore[reportAssignmentType]

    key: str = Field(primary_key=True, max_length=64)
    tries: int = 0
    since_at: datetime = Field(sa_type=Moment)
    free_at: datetime = Field(sa_type=Moment, index=True)


def account_key(what: str, known_address: str = "") -> str:
    return digest(f"{what}@{known_address}")


def take_address_try(session: Session, address: str, now: datetime) -> None:
    """Raises: TooMany: 20 within the minute from this address."""
    row = _row(session, digest(f"address:{address}"), now)
    if now - row.since_at >= _MINUTE:
        row.tries, row.since_at = 0, now
    if row.tries >= PER_ADDRESS:
        raise TooMany("too many tries from this address", retry_after=row.since_at + _MINUTE - now)
    row.tries += 1
    row.free_at = row.since_at + _MINUTE
    session.add(row)


def take_account_try(session: Session, key: str, now: datetime) -> None:
    """Raises: TooMany: the wait after earlier tries is not over; nothing is counted."""
    row = _row(session, key, now)
    if now < row.free_at:
        raise TooMany("too many tries for this account", retry_after=row.free_at - now)
    if now - row.since_at >= _FORGOTTEN_AFTER:
        row.tries = 0
    row.tries, row.since_at = row.tries + 1, now
    row.free_at = now + wait_after(row.tries)
    session.add(row)


def forgive(session: Session, key: str) -> None:
    """The try was right: the count begins anew."""
    session.exec(delete(SignInTries).where(col(SignInTries.key) == key))


def forget_tries(session: Session, now: datetime) -> int:
    """Delete counts nobody waits for any more; how many. Safe to repeat."""
    old = now - _FORGOTTEN_AFTER
    return session.exec(
        delete(SignInTries).where(col(SignInTries.free_at) < old, col(SignInTries.since_at) < old)
    ).rowcount


def wait_after(tries: int) -> timedelta:
    if tries < FREE_TRIES:
        return timedelta()
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries - FREE_TRIES, 16))


def _row(session: Session, key: str, now: datetime) -> SignInTries:
    """The row of ``key``, locked until the transaction ends."""
    kind: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = kind.insert(SignInTries).values(key=key, tries=0, since_at=now, free_at=now)
    session.exec(fresh.on_conflict_do_nothing())
    return session.exec(select(SignInTries).where(SignInTries.key == key).with_for_update()).one()
