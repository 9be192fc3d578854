"""The only door through which people change anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlmodel import Session

from orderhub.access.permissions import ROLE_PERMISSIONS, Permission
from orderhub.access.sessions import Signed
from orderhub.access.users import User
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import NotAllowed, NotSignedIn, ProofNeeded
from orderhub.kernel.settings import settings


@contextmanager
def acting(user: Signed, permission: Permission) -> Iterator[Session]:
    """A transaction in which ``user`` acts; ``session.info["actor"]`` names them for the log.

    The right is asked for twice, of ``user`` and of the database, so that one taken away a moment ago is gone.

    Raises:
        NotAllowed: the permission is named.
        ProofNeeded: a second factor was shown too long ago for this permission.
        NotSignedIn: the account has been closed meanwhile.
    """
    check_permission(user, permission)
    with transaction() as session:
        row = session.get(User, user.user_id)
        if row is None or not row.is_active:
            raise NotSignedIn(f"{user.name}: this account is closed")
        if permission not in ROLE_PERMISSIONS[row.role]:
            raise NotAllowed(f"{user.name} needs {permission}")
        session.info["actor"] = user.name
        yield session


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
