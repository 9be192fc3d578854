"""Who must have a second factor? Everybody, but for roles an administrator has let off; never administrators."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.access.permissions import Role
from orderhub.access.sessions import end_all_sessions
from orderhub.access.users import User
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.settings import settings


class TotpRule(SQLModel, table=True):
    """A role without a row must have a second factor."""

    __tablename__ = "totp_rule"  # pyright: ignore[reportAssignmentType]

    role: str = Field(primary_key=True, max_length=32)
    is_required: bool = True


class AdministratorsProve(RuleBroken):
    code = "administrators_prove"


@dataclass(frozen=True)
class TotpRuleChanged(Happening):
    subject_type: ClassVar[str] = "role"
    role: str
    is_required: bool


def needs_totp(session: Session, user: User) -> bool:
    """Whoever has enrolled is asked for a code in any case."""
    return settings().totp_required and is_required(session, user.role)


def is_required(session: Session, role: str) -> bool:
    rule = session.get(TotpRule, role)
    return rule is None or rule.is_required


def change_rule(session: Session, role: str, *, required: bool, by: str, now: datetime) -> None:
    """From now on; logins of those who have none end, so that they enrol. Safe to repeat.

    Raises:
        AdministratorsProve: administrators are not let off.
    """
    if role == Role.ADMIN and not required:
        raise AdministratorsProve("administrators always need a second factor")
    if is_required(session, role) is required:
        return
    session.merge(TotpRule(role=role, is_required=required))
    record(session, TotpRuleChanged(0, role, required), actor=by, now=now)
    if required:
        bare = select(User).where(User.role == role, col(User.totp_seed_sealed) == "")
        for user in session.exec(bare).all():
            end_all_sessions(session, user.id, now=now, reason="second_factor_required")
