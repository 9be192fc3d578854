"""The only door through which people change anything."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from orderhub.access.permissions import ROLE_PERMISSIONS, Permission
from orderhub.access.sessions import Signed
from orderhub.access.users import User
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import NotAllowed, NotSignedIn


@contextmanager
def acting(user: Signed, permission: Permission) -> Iterator[Session]:
    """A transaction in which ``user`` acts; ``session.info`` tells the log who, and from where.

    The right is asked for twice, of ``user`` and of the database, so that one taken away a moment ago is gone.

    Raises:
        NotAllowed: the permission is named.
        NotSignedIn: the account has been closed meanwhile.
    """
    check_permission(user, permission)
    with transaction() as session:
        row = session.get(User, user.user_id)
        if row is None or not row.is_active:
            raise NotSignedIn(f"{user.name}: this account is closed")
        if permission not in ROLE_PERMISSIONS[row.role]:
            raise NotAllowed(f"{user.name} needs {permission}")
        session.info["actor"], session.info["address"] = user.name, user.address
        yield session


def check_permission(user: Signed, permission: Permission) -> None:
    """For reads, which need no transaction. Raises: NotAllowed."""
    if permission not in user.permissions:
        raise NotAllowed(f"{user.name} needs {permission}")
