"""The only door through which people change anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, select
from sqlmodel import Session, col

from orderhub.access.permission_use import PermissionUse, note_use
from orderhub.access.permissions import Permission
from orderhub.access.roles import RoleSet, permissions_of
from orderhub.access.sessions import Signed
from orderhub.access.standing import is_set_of_user
from orderhub.access.users import User
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import NotAllowed, NotSignedIn, ProofNeeded
from orderhub.kernel.level import check_may_write
from orderhub.kernel.settings import settings

# Built once: it is asked before every change.
_PRESENT = (
    select(
        col(User.is_active), col(User.role), col(User.role_set), col(RoleSet.permissions), col(PermissionUse.used_at)
    )
    .select_from(User)
    .outerjoin(RoleSet, is_set_of_user())
    .outerjoin(
        PermissionUse,
        and_(col(PermissionUse.user_id) == col(User.id), col(PermissionUse.permission) == bindparam("permission")),
    )
    .where(col(User.id) == bindparam("user_id"))
)


@contextmanager
def acting(user: Signed, permission: Permission) -> Iterator[Session]:
    """A transaction in which ``user`` acts; ``session.info`` tells the log who, and from where.

    The right is asked for twice, of ``user`` and of the database, so that one taken away a moment ago is gone.

    Raises:
        NotAllowed: the permission is named.
        ProofNeeded: a second factor was shown too long ago for this permission.
        NotSignedIn: the account has been closed meanwhile.
        ReadOnly: nobody changes anything at present but the level itself.
    """
    check_permission(user, permission)
    if permission is not Permission.PRESSURE_CHANGE:
        check_may_write()
    with transaction() as session:
        check_present(session, user, permission, utc_now())
        session.info["actor"], session.info["address"] = user.name, user.address
        yield session


def check_present(session: Session, user: Signed, permission: Permission, now: datetime) -> None:
    """The right as the database has it at this moment, in one statement; that it is used is noted.

    Raises: NotAllowed; NotSignedIn.
    """
    asked = {"user_id": user.user_id, "permission": str(permission)}
    row = session.connection().execute(_PRESENT, asked).one_or_none()
    if row is None or not row.is_active:
        raise NotSignedIn(f"{user.name}: this account is closed")
    if permission not in permissions_of(row.role_set or str(row.role), row.permissions):
        raise NotAllowed(f"{user.name} needs {permission}")
    note_use(session, user.user_id, permission, used_at=row.used_at, now=now)


def check_permission(user: Signed, permission: Permission) -> None:
    """For reads, which need no transaction. Raises: NotAllowed, ProofNeeded."""
    if permission not in user.permissions:
        raise NotAllowed(f"{user.name} needs {permission}")
    if permission.needs_proof:
        check_proof(user)


def check_proof(user: Signed) -> None:
    """For what is taken away by whoever may read it. Raises: ProofNeeded: never proved, or too long ago."""
    if user.proved_at is None or utc_now() - user.proved_at > timedelta(minutes=settings().step_up_minutes):
        raise ProofNeeded(f"{user.name}: show a second factor first")
