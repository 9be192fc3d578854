"""Which login does this cookie stand for, and when does it end?

The cookie holds 256 random bits, the database only their SHA-256. A look-up is remembered for two seconds; whatever
ends a login or changes a right in this process forgets all of them at once.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie

from sqlalchemy import ColumnElement, and_, event, or_, update
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.access.memory import Memory
from orderhub.access.permissions import Permission, Role
from orderhub.access.roles import RoleSet
from orderhub.access.standing import is_set_of_user, standing
from orderhub.access.users import User, UserEvent
from orderhub.kernel.columns import BigId, Moment, own_id
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import digest, new_token
from orderhub.kernel.settings import settings
from orderhub.kernel.sight import WHOLE, Sight

_TOUCH_EVERY = timedelta(minutes=1)
_KEPT_FOR = timedelta(days=30)  # an ended login still tells from where an account is usually used
# Who else keeps, in the same transaction, when somebody (name, role) was seen, None: has gone. ``app.py`` joins them.
Seen = Callable[[Session, str, str, datetime | None], None]
told_of_use: list[Seen] = []
# Who else remembers rights for a while, and forgets them when they change.
rights_changed: list[Callable[[], None]] = []


class UserSession(SQLModel, table=True):
    """One login; ``mark`` is the SHA-256 of its cookie.

    ``proved_at``: a second factor (without one: the password) was shown last. ``is_new_place``: its address or
    its device had not been used for this account before.
    """

    __tablename__ = "user_session"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    mark: str = Field(max_length=64, unique=True)
    user_id: int = Field(foreign_key="users.id", sa_type=BigId, index=True)
    address: str = Field(max_length=45)
    device: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    proved_at: datetime = Field(sa_type=Moment)
    is_new_place: bool = False


@dataclass(frozen=True)
class UserSignedIn(UserEvent):
    address: str
    is_new_address: bool


@dataclass(frozen=True)
class SessionEnded(UserEvent):
    sessions: int
    reason: str


@dataclass(frozen=True)
class Signed:
    """Whoever is asking, and from where. ``session_mark`` tells two logins apart and opens nothing.

    ``role`` is the kind of work; ``role_name`` is the name of the merchant's own role set, else empty. A program proves
    nothing.
    """

    user_id: int
    name: str
    display_name: str
    role: Role
    permissions: frozenset[Permission]
    session_mark: str
    sight: Sight = WHOLE
    role_name: str = ""
    proved_at: datetime | None = None
    address: str = ""

    def __post_init__(self) -> None:
        """Of what belongs to no shop, whoever sees only some is shown what was given to them by name."""
        if not self.sight.is_whole:
            object.__setattr__(self, "sight", replace(self.sight, person=self.name))


def cookie_name() -> str:
    return "__Host-oh_sid" if settings().origin.startswith("https://") else "oh_sid"


def cookie_token(header: str, name: str) -> str:
    """The value of our cookie ``name`` in a ``Cookie`` header, or empty."""
    if name not in header:
        return ""
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def session_mark(cookie_header: str) -> str:
    """Empty without our cookie; says nothing about whether the login still lives."""
    token = cookie_token(cookie_header, cookie_name())
    return digest(token) if token else ""


def open_session(session: Session, user: User, *, address: str, device: str, now: datetime) -> str:
    """A new login; the token to put into the cookie, which is stored nowhere. It has just been proved."""
    token, device = new_token(), device[:200]
    session.info["address"] = address
    tell_use(session, user, now)
    is_new_address = not knows_address(session, user.id, address, now)
    record(session, UserSignedIn(user.id, address, is_new_address), actor=user.name, now=now)
    session.add(
        UserSession(
            mark=digest(token),
            user_id=user.id,
            address=address,
            device=device,
            is_new_place=_is_new_place(session, user.id, address, device, now),
            created_at=now,
            proved_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=settings().session_hours),
        )
    )
    return token


def tell_use(session: Session, user: User, seen_at: datetime | None) -> None:
    for told in told_of_use:
        told(session, user.name, user.role, seen_at)


def knows_address(session: Session, user_id: int, address: str, now: datetime) -> bool:
    """Somebody signed in to this account from ``address`` within the last 30 days."""
    wanted = select(UserSession.id).where(
        UserSession.user_id == user_id,
        UserSession.address == address,
        UserSession.created_at > now - _KEPT_FOR,
    )
    return session.exec(wanted.limit(1)).first() is not None


def signed_in(cookie_header: str, now: datetime, *, touch: bool = True) -> Signed | None:
    """Who holds the login of this ``Cookie`` header; ``touch`` counts the look-up as use of it."""
    mark = session_mark(cookie_header)
    if not mark:
        return None
    remembered = _memory.recall(mark)
    if remembered and not remembered.is_over(now):
        return remembered.signed
    generation = _memory.generation
    found = _look_up(mark, now)
    if found is None:
        return None
    if touch and now - found.seen_at >= _TOUCH_EVERY:
        _touch(mark, found.signed.user_id, now)
        found = _Remembered(found.signed, now, found.expires_at, found.read_at)
    _memory.keep(mark, found, generation)
    return found.signed


def remembered(cookie_header: str, now: datetime) -> Signed | None:
    """As ``signed_in``, when that needs no database; else None."""
    found = _memory.recall(session_mark(cookie_header))
    return found.signed if found and not found.is_over(now) else None


def is_alive(mark: str, now: datetime) -> bool:
    with reading() as session:
        return session.exec(select(UserSession.id).where(UserSession.mark == mark, *_alive(now))).first() is not None


def prove_session(session: Session, mark: str, now: datetime) -> None:
    """Its owner has just shown a second factor."""
    session.exec(update(UserSession).where(col(UserSession.mark) == mark).values(proved_at=now))
    forget_when_kept(session)


def end_session(session: Session, mark: str, *, now: datetime, reason: str = "signed_out") -> None:
    """Safe to repeat."""
    _end(session, and_(col(UserSession.mark) == mark), now=now, reason=reason)


def end_own_session(session: Session, user_id: int, session_id: int, *, now: datetime) -> None:
    """End one login out of ``list_sessions``; another user's stays."""
    wanted = and_(col(UserSession.id) == session_id, col(UserSession.user_id) == user_id)
    _end(session, wanted, now=now, reason="ended_by_owner")


def end_all_sessions(session: Session, user_id: int, *, now: datetime, reason: str, except_mark: str = "") -> None:
    wanted = and_(col(UserSession.user_id) == user_id, col(UserSession.mark) != except_mark)
    _end(session, wanted, now=now, reason=reason)


def list_sessions(session: Session, user_id: int, now: datetime) -> Sequence[UserSession]:
    """Logins that still live, last used first."""
    wanted = select(UserSession).where(UserSession.user_id == user_id, *_alive(now))
    return session.exec(wanted.order_by(col(UserSession.seen_at).desc())).all()


def new_places(session: Session, user_id: int, now: datetime, *, except_mark: str) -> Sequence[UserSession]:
    """Logins from places new to this account, ended ones too, that their owner has not said to know; newest first."""
    wanted = select(UserSession).where(
        UserSession.user_id == user_id,
        col(UserSession.is_new_place),
        UserSession.mark != except_mark,
        UserSession.created_at > now - _KEPT_FOR,
    )
    return session.exec(wanted.order_by(col(UserSession.id).desc())).all()


def know_place(session: Session, user_id: int, session_id: int) -> None:
    """The owner says that it was them. Safe to repeat; another user's login stays as it is."""
    wanted = and_(col(UserSession.id) == session_id, col(UserSession.user_id) == user_id)
    session.exec(update(UserSession).where(wanted).values(is_new_place=False))


def forget_when_kept(session: Session) -> None:
    """Once this transaction is committed, ask the database about every login again: rights have changed."""
    event.listen(session, "after_commit", lambda _session: forget_remembered(), once=True)


def forget_remembered() -> None:
    """As ``forget_when_kept``, now: another process has changed rights."""
    _memory.forget()
    for forget in rights_changed:
        forget()


def forget_sessions(session: Session, now: datetime) -> int:
    """Delete logins that ended more than 30 days ago; how many. Safe to repeat."""
    old = now - _KEPT_FOR
    gone = select(UserSession).where(
        col(UserSession.expires_at) < old, or_(col(UserSession.ended_at).is_(None), col(UserSession.ended_at) < old)
    )
    rows = session.exec(gone).all()
    for row in rows:
        session.delete(row)
    return len(rows)


@dataclass(frozen=True)
class _Remembered:
    signed: Signed
    seen_at: datetime
    expires_at: datetime
    read_at: float

    def is_over(self, now: datetime) -> bool:
        return now >= self.expires_at or now - self.seen_at >= _idle()


_memory: Memory[_Remembered] = Memory()


def _idle() -> timedelta:
    return timedelta(minutes=settings().session_idle_minutes)


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(UserSession.ended_at).is_(None),
        col(UserSession.expires_at) > now,
        col(UserSession.seen_at) > now - _idle(),
    )


def _look_up(mark: str, now: datetime) -> _Remembered | None:
    read_at = time.monotonic()
    wanted = select(UserSession, User, RoleSet).join(User).outerjoin(RoleSet, is_set_of_user())
    wanted = wanted.where(UserSession.mark == mark, col(User.is_active), *_alive(now))
    with reading() as session:
        row = session.exec(wanted).one_or_none()
    if row is None:
        return None
    login, user, role_set = row
    found = standing(user, role_set)
    signed = Signed(
        user.id,
        user.name,
        user.display_name,
        user.role,
        found.rights.permissions,
        mark,
        found.sight,
        found.role_name,
        login.proved_at,
        login.address,
    )
    return _Remembered(signed, login.seen_at, login.expires_at, read_at)


def _is_new_place(session: Session, user_id: int, address: str, device: str, now: datetime) -> bool:
    """Not so for the very first login: there is nothing to compare it with."""
    lately = select(UserSession).where(UserSession.user_id == user_id, UserSession.created_at > now - _KEPT_FOR)
    known = session.exec(lately).all()
    is_usual = address in {one.address for one in known} and device in {one.device for one in known}
    return bool(known) and not is_usual


def _touch(mark: str, user_id: int, now: datetime) -> None:
    with transaction() as session:
        session.exec(update(UserSession).where(col(UserSession.mark) == mark).values(seen_at=now))
        tell_use(session, session.get_one(User, user_id), now)


def _end(session: Session, wanted: ColumnElement[bool], *, now: datetime, reason: str) -> None:
    rows = session.exec(select(UserSession).where(wanted, *_alive(now))).all()
    for row in rows:
        row.ended_at = now
        session.add(row)
    for user_id in {row.user_id for row in rows}:
        ended = sum(row.user_id == user_id for row in rows)
        user = session.get_one(User, user_id)
        actor = session.info.get("actor", user.name)
        record(session, SessionEnded(user_id, ended, reason), actor=actor, now=now)
        session.flush()
        left = list_sessions(session, user_id, now)
        tell_use(session, user, left[0].seen_at if left else None)
    forget_when_kept(session)
