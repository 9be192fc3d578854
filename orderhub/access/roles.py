"""Which rights does a role hold? Six ship; an administrator edits them and makes others.

A shipped set that nobody has edited is no row but what the code says, so that a permission of a later version reaches
it. One that was edited is kept whole. The administrator's is never kept: it holds everything, so there is always
somebody who can give what others have lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.access.permissions import ROLE_FIELDS, ROLE_PERMISSIONS, Permission, Role
from orderhub.kernel.columns import Json, Moment, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.sight import FieldGroup

_PERMISSIONS = {str(permission): permission for permission in Permission}
_SHIPPED = frozenset(map(str, Role))
_FIELDS = {str(group): group for group in FieldGroup}


class RoleSet(SQLModel, table=True):
    """``name`` is empty for a shipped set; ``job`` is the kind of work, which never changes."""

    __tablename__ = "role_set"  # pyright: ignore[reportAssignmentType]

    code: str = Field(primary_key=True, max_length=32)
    name: str = Field(default="", max_length=32)
    job: Role = Field(sa_type=word(Role))
    permissions: list[str] = Field(default_factory=list, sa_type=Json)
    fields: list[str] = Field(default_factory=list, sa_type=Json)
    updated_at: datetime = Field(sa_type=Moment)
    updated_by: str = Field(max_length=64)


@dataclass(frozen=True)
class Rights:
    """What may be done, and which groups of fields are shown."""

    permissions: frozenset[Permission]
    fields: frozenset[FieldGroup]

    def without(self, others: "Rights") -> "Rights":
        return Rights(self.permissions - others.permissions, self.fields - others.fields)

    def __bool__(self) -> bool:
        return bool(self.permissions or self.fields)


@dataclass(frozen=True)
class Known:
    """A role set as it stands; ``row`` is None for a shipped one that nobody has edited."""

    code: str
    job: Role
    rights: Rights
    row: RoleSet | None = None

    @property
    def is_shipped(self) -> bool:
        return self.code in list(Role)

    @property
    def name(self) -> str:
        """Empty for a shipped one: the screens have a word for it."""
        return self.row.name if self.row else ""

    @property
    def spoken(self) -> str:
        """As the log names it."""
        return self.name or self.code


def rights_of(code: str, row: RoleSet | None) -> Rights:
    permissions = permissions_of(code, row.permissions if row else None)
    if code == Role.ADMIN or (row is None and code in _SHIPPED):
        return Rights(permissions, ROLE_FIELDS[Role(code)])
    return Rights(permissions, known_fields(row.fields) if row else frozenset())


def permissions_of(code: str, kept: list[str] | None) -> frozenset[Permission]:
    """``kept`` are those of its row, where it has one. Of a set that is no more: only one's own account."""
    if code == Role.ADMIN or (kept is None and code in _SHIPPED):
        return ROLE_PERMISSIONS[Role(code)]
    return known_permissions(kept or ()) | {Permission.OWN_ACCOUNT}


def known_permissions(words: Iterable[str]) -> frozenset[Permission]:
    """What a later version has written and this one does not know is left out."""
    return frozenset(_PERMISSIONS[word] for word in words if word in _PERMISSIONS)


def known_fields(words: Iterable[str]) -> frozenset[FieldGroup]:
    return frozenset(_FIELDS[word] for word in words if word in _FIELDS)


def role_sets(session: Session) -> dict[str, Known]:
    """By code: the shipped ones first, then the merchant's own by name."""
    rows = {row.code: row for row in session.exec(select(RoleSet).order_by(col(RoleSet.name)))}
    shipped = {str(role): _known(str(role), role, rows.pop(str(role), None)) for role in Role}
    return shipped | {code: _known(code, row.job, row) for code, row in rows.items()}


def role_set_of(session: Session, code: str, *, lock: bool = False) -> Known:
    """Raises: BadInput: there is none of that code."""
    row = session.get(RoleSet, code, with_for_update=lock)
    if row is None and code not in list(Role):
        raise BadInput(f"role: there is no {code[:32]!r}", field="role", problem="no_such_role")
    return _known(code, row.job if row else Role(code), row)


def job_of(session: Session, code: str) -> Role:
    """Raises: BadInput: there is no such set."""
    return Role(code) if code in list(Role) else role_set_of(session, code).job


def _known(code: str, job: Role, row: RoleSet | None) -> Known:
    return Known(code, job, rights_of(code, row), None if code == Role.ADMIN else row)
