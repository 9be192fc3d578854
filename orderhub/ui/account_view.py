"""What do the pages of accounts show, as the browser gets it? Logins, keys, users."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from orderhub.access.api_keys import list_keys
from orderhub.access.permissions import Permission
from orderhub.access.recovery import codes_left
from orderhub.access.roles import role_sets
from orderhub.access.sessions import Signed, UserSession, list_sessions
from orderhub.access.standing import Standing, standings
from orderhub.access.users import User
from orderhub.domain.shop import Shop
from orderhub.domain.stock import Warehouse
from orderhub.ui.board_rows import exact, unix


@dataclass
class ChoiceView:
    value: str
    name: str
    is_chosen: bool = False


@dataclass
class LoginView:
    id: str
    device: str
    address: str
    since: str
    used: str
    used_exact: str
    is_this: bool


@dataclass
class KeyView:
    id: str
    name: str
    rights: str
    made: str
    ends: str
    is_over: bool
    shops: list[str] = field(default_factory=list)
    used: str = ""


@dataclass
class AccountView:
    logins: list[LoginView] = field(default_factory=list)
    codes_left: str = ""
    api_keys: list[KeyView] = field(default_factory=list)
    shops: list[ChoiceView] = field(default_factory=list)


@dataclass
class UserView:
    """``role`` is the code of the role set; ``shops`` and ``warehouses`` are empty for all of them."""

    id: str
    name: str
    display_name: str
    role: str
    role_name: str
    shops: list[str]
    warehouses: list[str]
    made: str
    is_active: bool
    has_totp: bool
    is_me: bool


@dataclass
class SightForm:
    """What one user sees, to be changed; ``id`` is empty while nobody's is."""

    id: str = ""
    name: str = ""
    all_shops: bool = True
    all_warehouses: bool = True
    shops: list[ChoiceView] = field(default_factory=list)
    warehouses: list[ChoiceView] = field(default_factory=list)


@dataclass
class RoleOption:
    """``name`` is empty for a shipped role."""

    code: str
    name: str


@dataclass
class UsersView:
    rows: list[UserView] = field(default_factory=list)
    roles: list[RoleOption] = field(default_factory=list)


def account_view(session: Session, user: Signed, now: datetime) -> AccountView:
    """``api_keys`` are everybody's, for an administrator only."""
    may_see_keys = Permission.USER_ADMIN in user.permissions
    shops = shop_names(session) if may_see_keys else {}
    return AccountView(
        logins=[_login(one, user) for one in list_sessions(session, user.user_id, now)],
        codes_left=str(codes_left(session, user.user_id)),
        api_keys=[
            KeyView(
                str(key.id),
                key.name,
                ", ".join(key.permissions),
                exact(key.created_at),
                exact(key.expires_at),
                is_over=bool(key.revoked_at) or key.expires_at <= now,
                shops=named(key.shops, shops),
                used=exact(key.last_used_at),
            )
            for key in (list_keys(session) if may_see_keys else [])
        ],
        shops=[ChoiceView(str(shop_id), name) for shop_id, name in shops.items()],
    )


def users_view(session: Session, me: Signed) -> UsersView:
    shops, warehouses = shop_names(session), warehouse_names(session)
    rows = [
        _user(one, me, named(one.user.shops, shops), named(one.user.warehouses, warehouses))
        for one in standings(session)
    ]
    return UsersView(rows, [RoleOption(one.code, one.name) for one in role_sets(session).values()])


def sight_form(session: Session, user: User) -> SightForm:
    shops, warehouses = shop_names(session), warehouse_names(session)
    return SightForm(
        id=str(user.id),
        name=user.display_name or user.name,
        all_shops=user.shops is None,
        all_warehouses=user.warehouses is None,
        shops=[ChoiceView(str(one), name, one in (user.shops or ())) for one, name in shops.items()],
        warehouses=[ChoiceView(one, name, one in (user.warehouses or ())) for one, name in warehouses.items()],
    )


def shop_names(session: Session) -> dict[int, str]:
    """By id, those in the reader's sight."""
    return {shop.id: shop.name for shop in session.exec(select(Shop).order_by(Shop.code))}


def warehouse_names(session: Session) -> dict[str, str]:
    return {one.code: one.name for one in session.exec(select(Warehouse).order_by(Warehouse.code))}


def named(chosen: Sequence[int] | Sequence[str] | None, names: Mapping[Any, str]) -> list[str]:
    """Empty for all of them; what the reader does not see has no name but its number."""
    return [names.get(one, f"#{one}") for one in chosen or ()]


def _login(one: UserSession, me: Signed) -> LoginView:
    return LoginView(
        id=str(one.id),
        device=one.device,
        address=one.address,
        since=exact(one.created_at),
        used=unix(one.seen_at),
        used_exact=exact(one.seen_at),
        is_this=one.mark == me.session_mark,
    )


def _user(standing: Standing, me: Signed, shops: list[str], warehouses: list[str]) -> UserView:
    one = standing.user
    return UserView(
        id=str(one.id),
        name=one.name,
        display_name=one.display_name,
        role=one.role_code,
        role_name=standing.role_name,
        shops=shops,
        warehouses=warehouses,
        made=exact(one.created_at),
        is_active=one.is_active,
        has_totp=one.has_totp,
        is_me=one.id == me.user_id,
    )
