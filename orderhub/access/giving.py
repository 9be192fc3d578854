"""Who gives whom which role, shops and warehouses? Nobody gives, or takes charge of, more than they have themselves."""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from orderhub.access import accounts
from orderhub.access.roles import Rights, role_set_of
from orderhub.access.sessions import Signed, forget_when_kept
from orderhub.access.standing import Standing, standing_of
from orderhub.access.users import User, UserSightChanged, user_of
from orderhub.kernel.errors import BadInput, NotAllowed, NotSignedIn
from orderhub.kernel.eventlog import record
from orderhub.kernel.sight import Sight

T = TypeVar("T", int, str)

_MOST = 1000


class BeyondOwnRights(NotAllowed):
    code = "beyond_own_rights"


def giver_of(session: Session, by: Signed) -> Standing:
    """As the database knows them now."""
    found = standing_of(session, by.user_id)
    if found is None:
        raise NotSignedIn(f"{by.name}: this account is closed")
    return found


def within_reach(session: Session, by: Signed, user_id: int) -> User:
    """The user an administrator names: with a new password, say, they could act as that user.

    Raises:
        NotFound: nobody has this id.
        BeyondOwnRights: the user may do or see more than ``by``.
    """
    user = user_of(session, user_id)
    found = standing_of(session, user_id)
    if found is None or not giver_of(session, by).covers(found):
        raise BeyondOwnRights(f"{user.name} may do or see more than {by.name}")
    return user


def check_gives(session: Session, by: Signed, rights: Rights) -> None:
    """Raises: BeyondOwnRights: some of it ``by`` lacks."""
    lacking = rights.without(giver_of(session, by).rights)
    if lacking:
        words = sorted(map(str, (*lacking.permissions, *lacking.fields)))
        raise BeyondOwnRights(f"{by.name} cannot give {', '.join(words)}")


def check_gives_role(session: Session, by: Signed, code: str) -> None:
    """Raises: BeyondOwnRights; BadInput: no such role."""
    check_gives(session, by, role_set_of(session, code, lock=True).rights)


def give_role(session: Session, by: Signed, user: User, code: str, *, now: datetime) -> None:
    """Felt at once. Raises: BeyondOwnRights; BadInput: no such role; LastAdministrator."""
    check_gives_role(session, by, code)
    accounts.change_role(session, user, code, by=by.name, now=now)


def give_sight(
    session: Session,
    by: Signed,
    user: User,
    *,
    shops: Collection[int] | None,
    warehouses: Collection[str] | None,
    now: datetime,
) -> None:
    """Which shops and warehouses the user sees, None: all. Felt at once; nothing happens when nothing changes.

    Raises:
        BadInput: none of either, or too many.
        BeyondOwnRights: ``by`` does not see them all.
        LastAdministrator: the last one sees everything.
    """
    for field, chosen in (("shops", shops), ("warehouses", warehouses)):
        if chosen is not None and not 1 <= len(chosen) <= _MOST:
            raise BadInput(f"{field}: choose one at least, or all", field=field, problem="sight_none")
    wanted = Sight(None if shops is None else frozenset(shops), None if warehouses is None else frozenset(warehouses))
    if not giver_of(session, by).sees(wanted):
        raise BeyondOwnRights(f"{by.name} does not see all of these shops and warehouses")
    if not wanted.is_whole:
        accounts.check_other_admin(session, user)
    new = (_listed(wanted.shops), _listed(wanted.warehouses))
    if new == (user.shops, user.warehouses):
        return
    told = UserSightChanged(user.id, user.shops, new[0], user.warehouses, new[1])
    record(session, told, actor=by.name, now=now)
    user.shops, user.warehouses = new
    session.add(user)
    forget_when_kept(session)


def _listed(chosen: frozenset[T] | None) -> list[T] | None:
    return None if chosen is None else sorted(chosen)
