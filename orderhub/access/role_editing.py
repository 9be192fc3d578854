"""How does a role set change? Copied, named, given and taken rights, reset, removed; each told to the log by name."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, func, select

from orderhub.access.giving import check_gives
from orderhub.access.permissions import Permission, Role
from orderhub.access.roles import Known, Rights, RoleSet, role_set_of, role_sets
from orderhub.access.sessions import Signed, forget_when_kept
from orderhub.access.users import User
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text

_MOST_SETS = 60


class RoleFixed(RuleBroken):
    code = "role_fixed"


class RoleHeld(RuleBroken):
    code = "role_held"


@dataclass(frozen=True)
class RoleEvent(Happening):
    """``role`` is the set's code, ``name`` what it is called; ``subject_id`` is 0."""

    subject_type: ClassVar[str] = "role_set"
    role: str
    name: str


@dataclass(frozen=True)
class RoleMade(RoleEvent):
    copied_from: str


@dataclass(frozen=True)
class RoleRenamed(RoleEvent):
    was: str


@dataclass(frozen=True)
class RoleChanged(RoleEvent):
    """Words of permissions and groups of fields."""

    added: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    is_reset: bool = False


@dataclass(frozen=True)
class RoleRemoved(RoleEvent):
    pass


def mark_of(known: Known) -> str:
    """Another one after each change: who saves says which they had before their eyes."""
    return known.row.updated_at.isoformat() if known.row else ""


def holders(session: Session, code: str) -> list[User]:
    """Who has this role set, by name."""
    wanted = select(User).where(_held(code))
    return list(session.exec(wanted.order_by(User.name)))


def copy_set(session: Session, source: str, name: str, *, by: Signed, now: datetime) -> str:
    """A set of the merchant's own with the rights of ``source``; its code.

    Raises:
        BadInput: no such source, no name, a name that is taken, or too many sets.
        BeyondOwnRights: it holds what ``by`` lacks.
    """
    known = role_set_of(session, source)
    check_gives(session, by, known.rights)
    if len(role_sets(session)) >= _MOST_SETS:
        raise BadInput(f"role: at most {_MOST_SETS} sets", field="role", problem="role_too_many")
    code = f"own-{secrets.token_hex(6)}"
    name = _free_name(session, name, but=code)
    row = RoleSet(code=code, name=name, job=known.job, updated_at=now, updated_by=by.name)
    _write(row, known.rights)
    session.add(row)
    record(session, RoleMade(0, code, name, known.spoken), actor=by.name, now=now)
    return code


def save_set(session: Session, code: str, rights: Rights, *, mark: str, by: Signed, now: datetime) -> None:
    """From now on it holds exactly ``rights`` and one's own account; every login feels it at once.

    Raises:
        RoleFixed: the administrator's.
        BadInput: somebody else has changed it since ``mark``.
        BeyondOwnRights: what is added ``by`` lacks.
    """
    known = _changeable(session, code, mark)
    rights = Rights(rights.permissions | {Permission.OWN_ACCOUNT}, rights.fields)
    added, taken = rights.without(known.rights), known.rights.without(rights)
    check_gives(session, by, added)
    if not added and not taken:
        return
    row = known.row or RoleSet(code=code, job=known.job, updated_at=now, updated_by=by.name)
    _write(row, rights)
    row.updated_at, row.updated_by = now, by.name
    session.add(row)
    told = RoleChanged(0, code, known.spoken, _words(added), _words(taken))
    record(session, told, actor=by.name, now=now)
    forget_when_kept(session)


def rename_set(session: Session, code: str, name: str, *, by: Signed, now: datetime) -> None:
    """Raises: RoleFixed: a shipped one keeps its name; BadInput: no name, or one that is taken."""
    known = role_set_of(session, code, lock=True)
    if known.is_shipped or known.row is None:
        raise RoleFixed(f"{code}: a shipped role keeps its name")
    name = _free_name(session, name, but=code)
    if name == known.name:
        return
    record(session, RoleRenamed(0, code, name, known.name), actor=by.name, now=now)
    known.row.name, known.row.updated_at, known.row.updated_by = name, now, by.name
    session.add(known.row)
    forget_when_kept(session)


def reset_set(session: Session, code: str, *, mark: str, by: Signed, now: datetime) -> None:
    """A shipped one holds again what the code says. Raises: as ``save_set``."""
    known = _changeable(session, code, mark)
    if not known.is_shipped:
        raise RoleFixed(f"{known.spoken}: only a shipped role can be reset")
    if known.row is None:
        return
    session.delete(known.row)
    session.flush()
    shipped = role_set_of(session, code).rights
    added, taken = shipped.without(known.rights), known.rights.without(shipped)
    check_gives(session, by, added)
    told = RoleChanged(0, code, known.spoken, _words(added), _words(taken), is_reset=True)
    record(session, told, actor=by.name, now=now)
    forget_when_kept(session)


def remove_set(session: Session, code: str, *, by: Signed, now: datetime) -> None:
    """Raises: RoleFixed: a shipped one; RoleHeld: somebody has it, a closed account included."""
    known = role_set_of(session, code, lock=True)
    if known.is_shipped:
        raise RoleFixed(f"{code}: a shipped role stays")
    if count := session.exec(select(func.count()).select_from(User).where(_held(code))).one():
        raise RoleHeld(f"{known.name}: {count} users have it", n=str(count))
    session.delete(known.row)
    record(session, RoleRemoved(0, code, known.name), actor=by.name, now=now)


def _changeable(session: Session, code: str, mark: str) -> Known:
    known = role_set_of(session, code, lock=True)
    if code == Role.ADMIN:
        raise RoleFixed("the administrator holds everything: copy the role to make a smaller one")
    if mark_of(known) != mark:
        raise BadInput(f"{known.spoken}: has been changed meanwhile", field="role", problem="role_moved_on")
    return known


def _held(code: str):
    if code in list(Role):
        return (col(User.role) == code) & (col(User.role_set) == "")
    return col(User.role_set) == code


def _free_name(session: Session, name: str, *, but: str) -> str:
    name = clean_text(name, most=32, field="name")
    taken = select(RoleSet.code).where(RoleSet.name == name, RoleSet.code != but)
    if not name:
        raise BadInput("name: is missing", field="name", problem="role_name")
    if name.casefold() in list(Role) or session.exec(taken).first():
        raise BadInput(f"{name}: there is a role of this name", field="name", problem="role_name_taken")
    return name


def _write(row: RoleSet, rights: Rights) -> None:
    row.permissions = sorted(map(str, rights.permissions))
    row.fields = sorted(map(str, rights.fields))


def _words(rights: Rights) -> list[str]:
    return sorted(map(str, (*rights.permissions, *rights.fields)))
