"""Which program is calling? A key acts for the user who made it, with a few of the rights meant for programs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.access.permissions import ROLE_FIELDS, ROLE_PERMISSIONS, Permission
from orderhub.access.sessions import Signed
from orderhub.access.users import User
from orderhub.kernel.columns import BigId, Json, Moment, own_id
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotAllowed, NotFound, NotSignedIn
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text, digest, new_token
from orderhub.kernel.sight import Sight

LONGEST = timedelta(days=366)
_PREFIX = "ohk_"


class ApiKey(SQLModel, table=True):
    __tablename__ = "api_key"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    name: str = Field(max_length=64)
    key_digest: str = Field(max_length=64, unique=True)
    owner_id: int = Field(foreign_key="users.id", sa_type=BigId, index=True)
    permissions: list[str] = Field(default_factory=list, sa_type=Json)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True)
class ApiKeyMade(Happening):
    subject_type: ClassVar[str] = "api_key"
    name: str
    permissions: list[str]


@dataclass(frozen=True)
class ApiKeyRevoked(Happening):
    subject_type: ClassVar[str] = "api_key"
    name: str


def make_key(
    session: Session, owner: Signed, name: str, permissions: Iterable[Permission], *, good_for: timedelta, now: datetime
) -> str:
    """The key itself, shown once; only its digest is stored.

    Raises:
        BadInput: no name, no right, or good for more than a year.
        NotAllowed: a right that is not for programs, or that the owner lacks.
    """
    wanted = sorted(set(permissions))
    name = clean_text(name, most=64, field="name")
    if not name or not wanted or not timedelta() < good_for <= LONGEST:
        raise BadInput("a key needs a name, a right and an end within a year", field="key", problem="bad_key")
    if lacking := [p for p in wanted if not p.is_for_programs or p not in owner.permissions]:
        raise NotAllowed(f"a key of {owner.name} cannot hold {', '.join(lacking)}")
    key = f"{_PREFIX}{new_token()}"
    row = ApiKey(
        name=name,
        key_digest=digest(key),
        owner_id=owner.user_id,
        permissions=[str(p) for p in wanted],
        created_at=now,
        expires_at=now + good_for,
    )
    session.add(row)
    session.flush()
    record(session, ApiKeyMade(row.id, name, row.permissions), actor=owner.name, now=now)
    return key


def revoke_key(session: Session, key_id: int, *, by: str, now: datetime) -> None:
    """Safe to repeat."""
    row = session.get(ApiKey, key_id)
    if row is None:
        raise NotFound(f"no API key has the id {key_id}")
    if row.revoked_at is None:
        row.revoked_at = now
        session.add(row)
        record(session, ApiKeyRevoked(row.id, row.name), actor=by, now=now)


def list_keys(session: Session) -> list[ApiKey]:
    """Newest first."""
    return list(session.exec(select(ApiKey).order_by(col(ApiKey.id).desc())))


def key_owner(key: str, now: datetime) -> Signed:
    """For whom ``key`` acts, with what it holds of the rights its owner has now.

    Raises:
        NotSignedIn: no such key, revoked or past its end, or its owner's account is closed.
    """
    wanted = select(ApiKey, User).join(User).where(ApiKey.key_digest == digest(key), col(User.is_active))
    with reading() as session:
        found = session.exec(wanted.where(col(ApiKey.revoked_at).is_(None), ApiKey.expires_at > now)).one_or_none()
    if not key or found is None:
        raise NotSignedIn("this API key is unknown, revoked or past its end")
    row, owner = found
    held = frozenset(Permission(p) for p in row.permissions) & ROLE_PERMISSIONS[owner.role]
    sight = Sight(fields=ROLE_FIELDS[owner.role])
    return Signed(owner.id, f"key:{row.name}", row.name, owner.role, held, digest(f"key:{row.id}"), sight)
