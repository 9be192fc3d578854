"""What does the access review show, as the browser gets it, and which of it does an address ask for?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.review import Holder, KeyHolder, access_review
from orderhub.access.roles import role_sets
from orderhub.ui.account_view import RoleOption, named, shop_names, warehouse_names
from orderhub.ui.board_rows import exact

PATH = "/users/review"
QUIET_DAYS = (30, 90, 180)


@dataclass(frozen=True)
class ReviewQuery:
    """``quiet_days`` of 0 asks nothing."""

    words: str = ""
    role: str = ""
    quiet_days: int = 0


@dataclass
class UseView:
    """``used_at`` is empty for what never left a mark."""

    permission: str
    used_at: str


@dataclass
class HolderView:
    """``shops`` and ``warehouses`` are empty for all of them."""

    id: str
    name: str
    display_name: str
    role: str
    role_name: str
    shops: list[str]
    warehouses: list[str]
    is_active: bool
    has_totp: bool
    signed_in_at: str
    used_at: str
    rights: str
    idle: str
    uses: list[UseView]


@dataclass
class KeyHolderView:
    id: str
    name: str
    owner: str
    rights: str
    shops: list[str]
    used_at: str
    ends_at: str


@dataclass
class AccessReviewView:
    holders: list[HolderView] = field(default_factory=list)
    api_keys: list[KeyHolderView] = field(default_factory=list)
    roles: list[RoleOption] = field(default_factory=list)
    reviewed_at: str = ""
    reviewed_by: str = ""
    words: str = ""
    role: str = ""
    quiet_days: str = ""


def review_query(given: Mapping[str, str]) -> ReviewQuery:
    """What an address cannot mean asks nothing."""
    quiet = given.get("quiet", "")
    days = int(quiet) if quiet in map(str, QUIET_DAYS) else 0
    return ReviewQuery(given.get("q", "").strip().casefold()[:64], given.get("role", "")[:32], days)


def reviewed_holders(session: Session, query: ReviewQuery, now: datetime) -> list[Holder]:
    return [one for one in access_review(session).holders if _fits(one, query, now)]


def good_keys(session: Session, now: datetime) -> list[KeyHolder]:
    return [one for one in access_review(session).keys if one.is_good(now)]


def access_review_view(session: Session, query: ReviewQuery, now: datetime) -> AccessReviewView:
    found = access_review(session)
    shops, warehouses = shop_names(session), warehouse_names(session)
    return AccessReviewView(
        holders=[_holder(one, shops, warehouses, now) for one in found.holders if _fits(one, query, now)],
        api_keys=[_key(one, shops) for one in found.keys if one.is_good(now)],
        roles=[RoleOption(one.code, one.name) for one in role_sets(session).values()],
        reviewed_at=exact(found.reviewed_at),
        reviewed_by=found.reviewed_by,
        words=query.words,
        role=query.role,
        quiet_days=str(query.quiet_days or ""),
    )


def _fits(one: Holder, query: ReviewQuery, now: datetime) -> bool:
    user = one.standing.user
    is_named = query.words in user.name or query.words in user.display_name.casefold()
    return (
        is_named
        and query.role in ("", user.role_code)
        and (not query.quiet_days or one.is_quiet(now, query.quiet_days))
    )


def _holder(one: Holder, shops: dict[int, str], warehouses: dict[str, str], now: datetime) -> HolderView:
    user, rights = one.standing.user, one.standing.rights.permissions
    return HolderView(
        id=str(user.id),
        name=user.name,
        display_name=user.display_name,
        role=user.role_code,
        role_name=one.standing.role_name,
        shops=named(user.shops, shops),
        warehouses=named(user.warehouses, warehouses),
        is_active=user.is_active,
        has_totp=user.has_totp,
        signed_in_at=exact(one.signed_in_at),
        used_at=exact(one.used_at),
        rights=str(len(rights)),
        idle=str(len(one.idle(now)) or ""),
        uses=[UseView(str(word), exact(one.uses.get(word))) for word in _sorted(one, rights)],
    )


def _sorted(one: Holder, rights: frozenset[Permission]) -> list[Permission]:
    """What was used last comes first; what never left a mark by its word."""
    return sorted(rights, key=lambda word: (-one.uses[word].timestamp() if word in one.uses else 0, word))


def _key(one: KeyHolder, shops: dict[int, str]) -> KeyHolderView:
    return KeyHolderView(
        id=str(one.key.id),
        name=one.key.name,
        owner=one.owner.user.name,
        rights=", ".join(one.key.permissions),
        shops=named(one.key.shops, shops),
        used_at=exact(one.key.last_used_at),
        ends_at=exact(one.key.expires_at),
    )
