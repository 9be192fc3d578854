"""Who works here?"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.access import passwords
from orderhub.access.permissions import Role
from orderhub.access.roles import job_of
from orderhub.kernel.columns import BigId, JsonOrNull, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.sealing import sealed_fields
from orderhub.kernel.sight import WHOLE, Sight

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}", re.ASCII)


class User(SQLModel, table=True):
    """``totp_seed_sealed`` is empty until a second factor is enrolled; a code's step is used once, in order.

    ``role`` is the kind of work; ``role_set`` is empty for the shipped set of that name. ``shops`` holds ids,
    ``warehouses`` codes; None is all of them.
    """

    __tablename__ = "users"  # pyright: ignore[reportAssignmentType]  # "user" is a reserved word

    id: int = own_id()
    name: str = Field(max_length=32, unique=True)
    display_name: str = Field(max_length=64)
    role: Role = Field(sa_type=word(Role))
    role_set: str = Field(default="", max_length=32)
    shops: list[int] | None = Field(default=None, sa_type=JsonOrNull)
    warehouses: list[str] | None = Field(default=None, sa_type=JsonOrNull)
    password_hash: str
    totp_seed_sealed: str = ""
    totp_last_step: int = Field(default=0, sa_type=BigId)
    is_active: bool = True
    created_at: datetime = Field(sa_type=Moment)
    password_changed_at: datetime = Field(sa_type=Moment)

    @property
    def has_totp(self) -> bool:
        return bool(self.totp_seed_sealed)

    @property
    def role_code(self) -> str:
        return self.role_set or str(self.role)


sealed_fields(User, "totp_seed", within=lambda _, user: f"users:{user.id}")


@dataclass(frozen=True)
class UserEvent(Happening):
    subject_type: ClassVar[str] = "user"


@dataclass(frozen=True)
class UserCreated(UserEvent):
    name: str
    role: str


@dataclass(frozen=True)
class UserRoleChanged(UserEvent):
    """The names of the role sets; of a shipped one its code."""

    was: str
    role: str


@dataclass(frozen=True)
class UserSightChanged(UserEvent):
    """Ids of shops and codes of warehouses; None is all of them."""

    shops_were: list[int] | None
    shops: list[int] | None
    warehouses_were: list[str] | None
    warehouses: list[str] | None


@dataclass(frozen=True)
class UserDeactivated(UserEvent):
    pass


@dataclass(frozen=True)
class UserReactivated(UserEvent):
    pass


@dataclass(frozen=True)
class PasswordChanged(UserEvent):
    pass


def clean_name(name: str) -> str:
    """Lower case: ``Ceshi-Yunying`` and ``ceshi-yunying`` are one account."""
    folded = name.strip().casefold()
    if not _NAME.fullmatch(folded):
        raise BadInput("an account name has 2 to 32 of a–z, 0–9, . _ -", field="name", problem="not_account_name")
    return folded


def create_user(
    session: Session,
    name: str,
    password: str,
    role: str,
    *,
    display_name: str = "",
    sight: Sight = WHOLE,
    by: str = "system",
    now: datetime,
) -> User:
    """``role`` is the code of a set; of ``sight`` the shops and warehouses count.

    Raises:
        BadInput: the name is taken or malformed, the password is too weak, or there is no such role.
    """
    name = clean_name(name)
    passwords.check_choice(password, name)
    if find_user(session, name):
        raise BadInput(f"{name}: this account name is taken", field="name", problem="name_taken")
    user = User(
        name=name,
        display_name=clean_text(display_name, most=64, field="display_name") or name,
        role=job_of(session, role),
        role_set="" if role in list(Role) else role,
        shops=None if sight.shops is None else sorted(sight.shops),
        warehouses=None if sight.warehouses is None else sorted(sight.warehouses),
        password_hash=passwords.hash_password(password),
        created_at=now,
        password_changed_at=now,
    )
    session.add(user)
    session.flush()
    record(session, UserCreated(user.id, name, role), actor=by, now=now)
    return user


def find_user(session: Session, name: str) -> User | None:
    return session.exec(select(User).where(User.name == name)).one_or_none()


def list_users(session: Session) -> list[User]:
    """Active ones first, then by name."""
    return list(session.exec(select(User).order_by(col(User.is_active).desc(), User.name)))


def user_of(session: Session, user_id: int) -> User:
    found = session.get(User, user_id)
    if not found:
        raise NotFound(f"no user has the id {user_id}")
    return found


def is_empty(session: Session) -> bool:
    """Nobody has ever been made: the set-up page is open."""
    return session.exec(select(User.id).limit(1)).first() is None
