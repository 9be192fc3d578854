"""The only door through which people change anything."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from orderhub.access.permission_use import note_use
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.access.standing import standing_of
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import NotAllowed, NotSignedIn


@contextmanager
def acting(user: Signed, permission: Permission) -> Iterator[Session]:
    """A transaction in which ``user`` acts; ``session.info["actor"]`` names them for the log.

    The right is asked for twice, of ``user`` and of the database, so that one taken away a moment ago is gone.

    Raises:
        NotAllowed: the permission is named.
        NotSignedIn: the account has been closed meanwhile.
    """
    check_permission(user, permission)
    with transaction() as session:
        present = standing_of(session, user.user_id)
        if present is None or not present.user.is_active:
            raise NotSignedIn(f"{user.name}: this account is closed")
        if permission not in present.rights.permissions:
            raise NotAllowed(f"{user.name} needs {permission}")
        note_use(session, user.user_id, permission, utc_now())
        session.info["actor"] = user.name
        yield session


def check_permission(user: Signed, permission: Permission) -> None:
    """For reads, which need no transaction. Raises: NotAllowed."""
    if permission not in user.permissions:
        raise NotAllowed(f"{user.name} needs {permission}")
