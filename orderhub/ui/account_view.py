"""What do the pages of accounts show, as the browser gets it? Logins, keys, users."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.access.api_keys import list_keys
from orderhub.access.permissions import Permission
from orderhub.access.recovery import codes_left
from orderhub.access.sessions import Signed, UserSession, list_sessions
from orderhub.access.users import User, list_users
from orderhub.ui.board_rows import exact, unix


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


@dataclass
class AccountView:
    logins: list[LoginView] = field(default_factory=list)
    codes_left: str = ""
    api_keys: list[KeyView] = field(default_factory=list)


@dataclass
class UserView:
    id: str
    name: str
    display_name: str
    role: str
    made: str
    is_active: bool
    has_totp: bool
    is_me: bool


def account_view(session: Session, user: Signed, now: datetime) -> AccountView:
    """``api_keys`` are everybody's, for an administrator only."""
    may_see_keys = Permission.USER_ADMIN in user.permissions
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
            )
            for key in (list_keys(session) if may_see_keys else [])
        ],
    )


def user_views(session: Session, me: Signed) -> list[UserView]:
    return [_user(one, me) for one in list_users(session)]


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


def _user(one: User, me: Signed) -> UserView:
    return UserView(
        id=str(one.id),
        name=one.name,
        display_name=one.display_name,
        role=one.role,
        made=exact(one.created_at),
        is_active=one.is_active,
        has_totp=one.has_totp,
        is_me=one.id == me.user_id,
    )
