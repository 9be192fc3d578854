"""When did somebody last use a permission to change something? Kept to the hour: what nobody uses may be taken away.

A read leaves no mark here; that somebody was there at all, their login knows.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, select

from orderhub.access.permissions import Permission
from orderhub.access.roles import known_permissions
from orderhub.kernel.columns import BigId, Moment

_KEPT_TO = timedelta(hours=1)


class PermissionUse(SQLModel, table=True):
    __tablename__ = "permission_use"  # pyright: ignore[reportAssignmentType]

    user_id: int = Field(foreign_key="users.id", primary_key=True, sa_type=BigId)
    permission: str = Field(primary_key=True, max_length=64)
    used_at: datetime = Field(sa_type=Moment)


def note_use(
    session: Session, user_id: int, permission: Permission, *, used_at: datetime | None, now: datetime
) -> None:
    """``used_at`` is what is kept; once an hour it is written anew."""
    if used_at and now - used_at < _KEPT_TO:
        return
    kind: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = kind.insert(PermissionUse).values(user_id=user_id, permission=str(permission), used_at=now)
    session.exec(fresh.on_conflict_do_update(index_elements=["user_id", "permission"], set_={"used_at": now}))


def uses(session: Session) -> dict[int, dict[Permission, datetime]]:
    """By user."""
    found: dict[int, dict[Permission, datetime]] = {}
    for row in session.exec(select(PermissionUse)):
        for permission in known_permissions([row.permission]):
            found.setdefault(row.user_id, {})[permission] = row.used_at
    return found
