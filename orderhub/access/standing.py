"""What may somebody do and see at this moment? Asked of the database in one statement."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from orderhub.access.roles import Rights, RoleSet, rights_of
from orderhub.access.users import User
from orderhub.kernel.sight import Sight


@dataclass(frozen=True)
class Standing:
    """A user with the rights of their role set."""

    user: User
    rights: Rights
    role_name: str

    @property
    def sight(self) -> Sight:
        user = self.user
        shops = None if user.shops is None else frozenset(user.shops)
        warehouses = None if user.warehouses is None else frozenset(user.warehouses)
        return Sight(shops, warehouses, self.rights.fields)

    def covers(self, other: "Standing") -> bool:
        """Whatever the other holds or sees, this one does too."""
        return self.holds(other.rights) and self.sees(other.sight)

    def holds(self, rights: Rights) -> bool:
        return not rights.without(self.rights)

    def sees(self, sight: Sight) -> bool:
        """The shops and warehouses; fields belong to the role."""
        mine = self.sight
        return _within(sight.shops, mine.shops) and _within(sight.warehouses, mine.warehouses)


def is_set_of_user() -> ColumnElement[bool]:
    """Joins a user with the row of their role set; a shipped set that nobody has edited has none."""
    role_set: Any = func.nullif(col(User.role_set), "")
    return col(RoleSet.code) == func.coalesce(role_set, col(User.role))


def standing(user: User, row: RoleSet | None) -> Standing:
    return Standing(user, rights_of(user.role_code, row), row.name if row else "")


def standing_of(session: Session, user_id: int) -> Standing | None:
    wanted = select(User, RoleSet).outerjoin(RoleSet, is_set_of_user()).where(User.id == user_id)
    found = session.exec(wanted).one_or_none()
    return standing(*found) if found else None


def standings(session: Session) -> list[Standing]:
    """Of everybody: active ones first, then by name."""
    wanted = select(User, RoleSet).outerjoin(RoleSet, is_set_of_user())
    return [standing(*found) for found in session.exec(wanted.order_by(col(User.is_active).desc(), User.name))]


def _within(inner: frozenset[Any] | None, outer: frozenset[Any] | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)
