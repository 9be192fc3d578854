"""Who is the first administrator? Whoever reads the one-time code on the console; there is no default account."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, delete

from orderhub.access import throttle
from orderhub.access.permissions import Role
from orderhub.access.sign_in import Turn, Visitor, next_turn
from orderhub.access.users import create_user, is_empty
from orderhub.kernel.columns import Moment, own_id
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import NotAllowed
from orderhub.kernel.ids import digest

GOOD_FOR = timedelta(minutes=30)


class SetupCode(SQLModel, table=True):
    __tablename__ = "setup_code"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    code_digest: str = Field(max_length=64)
    expires_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class FirstAdmin:
    name: str
    password: str
    display_name: str = ""


def is_first_start() -> bool:
    with reading() as session:
        return is_empty(session)


def new_setup_code(now: datetime) -> str:
    """A code for the console, replacing any earlier one; empty once there is a user."""
    with transaction() as session:
        session.exec(delete(SetupCode))
        if not is_empty(session):
            return ""
        code = base64.b32encode(secrets.token_bytes(10)).decode()
        session.add(SetupCode(code_digest=digest(code), expires_at=now + GOOD_FOR))
        return code


def set_up(code: str, admin: FirstAdmin, visitor: Visitor, now: datetime) -> Turn:
    """Make the first administrator.

    Raises:
        BadInput: name or password will not do; the code stays good.
        NotAllowed: the code is wrong, used or older than 30 minutes, or there is a user already.
        TooMany: wait first.
    """
    with transaction() as session:
        throttle.take_address_try(session, visitor.address, now)
    with transaction() as session:
        _use_code(session, code, now)
        user = create_user(
            session, admin.name, admin.password, Role.ADMIN, display_name=admin.display_name, by="setup", now=now
        )
        return next_turn(session, user, visitor, now)


def _use_code(session: Session, code: str, now: datetime) -> None:
    wanted = digest("".join(character for character in code.upper() if character.isalnum()))
    used: Any = session.exec(
        delete(SetupCode).where(col(SetupCode.code_digest) == wanted, col(SetupCode.expires_at) > now)
    )
    if used.rowcount != 1 or not is_empty(session):
        raise NotAllowed("this set-up code is wrong or too old: start the hub again for a new one")
