"""Which program is calling? A key acts for the user who made it, with a few of the rights meant for programs."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.access.memory import Memory
from orderhub.access.permissions import Permission
from orderhub.access.roles import RoleSet, known_permissions
from orderhub.access.sessions import Signed, forget_when_kept, rights_changed
from orderhub.access.standing import Standing, is_set_of_user, standing
from orderhub.access.users import User
from orderhub.kernel.columns import BigId, Json, JsonOrNull, Moment, own_id
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotAllowed, NotFound, NotSignedIn
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text, digest, new_token

LONGEST = timedelta(days=366)
_USED_EVERY = timedelta(minutes=1)
_PREFIX = "ohk_"


class ApiKey(SQLModel, table=True):
    """Of ``shops`` (ids; None: all of the owner's) it sees those that its owner sees."""

    __tablename__ = "api_key"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    name: str = Field(max_length=64)
    key_digest: str = Field(max_length=64, unique=True)
    owner_id: int = Field(foreign_key="users.id", sa_type=BigId, index=True)
    permissions: list[str] = Field(default_factory=list, sa_type=Json)
    shops: list[int] | None = Field(default=None, sa_type=JsonOrNull)
    last_used_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True)
class ApiKeyMade(Happening):
    subject_type: ClassVar[str] = "api_key"
    name: str
    permissions: list[str]
    shops: list[int] | None = None


@dataclass(frozen=True)
class ApiKeyRevoked(Happening):
    subject_type: ClassVar[str] = "api_key"
    name: str


def make_key(
    session: Session,
    owner: Signed,
    name: str,
    permissions: Iterable[Permission],
    *,
    shops: Iterable[int] | None = None,
    good_for: timedelta,
    now: datetime,
    known: str = "",
) -> str:
    """The key itself, shown once; only its digest is stored. ``shops`` narrows what it sees, None: all of the owner's.

    ``known`` is a key that somebody has derived; without it, one is made.

    Raises:
        BadInput: no name, no right, or good for more than a year.
        NotAllowed: a right that is not for programs, or that the owner lacks; a shop the owner does not see.
    """
    wanted = sorted(set(permissions))
    name = clean_text(name, most=64, field="name")
    if not name or not wanted or not timedelta() < good_for <= LONGEST:
        raise BadInput("a key needs a name, a right and an end within a year", field="key", problem="bad_key")
    if lacking := [p for p in wanted if not p.is_for_programs or p not in owner.permissions]:
        raise NotAllowed(f"a key of {owner.name} cannot hold {', '.join(lacking)}")
    chosen = None if shops is None else sorted(set(shops))
    if chosen and owner.sight.shops is not None and not owner.sight.shops.issuperset(chosen):
        raise NotAllowed(f"a key of {owner.name} cannot see shops that its owner does not")
    key = known or f"{_PREFIX}{new_token()}"
    row = ApiKey(
        name=name,
        key_digest=digest(key),
        owner_id=owner.user_id,
        permissions=[str(p) for p in wanted],
        shops=chosen,
        created_at=now,
        expires_at=now + good_for,
    )
    session.add(row)
    session.flush()
    record(session, ApiKeyMade(row.id, name, row.permissions, chosen), actor=owner.name, now=now)
    return key


def revoke_key(session: Session, key_id: int, *, by: str, now: datetime) -> None:
    """Safe to repeat."""
    row = session.get(ApiKey, key_id)
    if row is None:
        raise NotFound(f"no API key has the id {key_id}")
    if row.revoked_at is None:
        row.revoked_at = now
        session.add(row)
        forget_when_kept(session)
        record(session, ApiKeyRevoked(row.id, row.name), actor=by, now=now)


def list_keys(session: Session) -> list[ApiKey]:
    """Newest first."""
    return list(session.exec(select(ApiKey).order_by(col(ApiKey.id).desc())))


def key_owner(key: str, now: datetime) -> Signed:
    """For whom ``key`` acts, with what it holds of the rights and the sight its owner has now. Counts as use.

    Raises:
        NotSignedIn: no such key, revoked or past its end, or its owner's account is closed.
    """
    if known := known_owner(key, now):
        return known
    generation, read_at = _memory.generation, time.monotonic()
    wanted = select(ApiKey, User, RoleSet).join(User).outerjoin(RoleSet, is_set_of_user())
    wanted = wanted.where(ApiKey.key_digest == digest(key), col(User.is_active))
    with reading() as session:
        found = session.exec(wanted.where(col(ApiKey.revoked_at).is_(None), ApiKey.expires_at > now)).one_or_none()
    if not key or found is None:
        raise NotSignedIn("this API key is unknown, revoked or past its end")
    row, owner, role_set = found
    if row.last_used_at is None or now - row.last_used_at >= _USED_EVERY:
        _note_use(row.id, now)
    signed = _signed(row, owner, standing(owner, role_set))
    _memory.keep(digest(key), _Remembered(signed, row.expires_at, read_at), generation)
    return signed


def known_owner(key: str, now: datetime) -> Signed | None:
    """As ``key_owner`` found it within the last two seconds; None: it has to be asked. Revoked keys are forgotten."""
    found = _memory.recall(digest(key))
    return found.signed if found and found.expires_at > now else None


def _signed(row: ApiKey, owner: User, present: Standing) -> Signed:
    held = known_permissions(row.permissions) & present.rights.permissions
    eyes = present.sight
    if row.shops is not None:
        mine = frozenset(row.shops)
        eyes = replace(eyes, shops=mine if eyes.shops is None else mine & eyes.shops)
    mark = digest(f"key:{row.id}")
    return Signed(owner.id, f"key:{row.name}", row.name, owner.role, held, mark, eyes, present.role_name)


@dataclass(frozen=True)
class _Remembered:
    signed: Signed
    expires_at: datetime
    read_at: float


_memory: Memory[_Remembered] = Memory()
rights_changed.append(_memory.forget)


def _note_use(key_id: int, now: datetime) -> None:
    with transaction() as session:
        session.exec(update(ApiKey).where(col(ApiKey.id) == key_id).values(last_used_at=now))
