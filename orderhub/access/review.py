"""Who has what, and since when was it not used? For whoever looks through all rights now and then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Session, col, func, select

from orderhub.access.api_keys import ApiKey, list_keys
from orderhub.access.permission_use import uses
from orderhub.access.permissions import Permission
from orderhub.access.sessions import UserSession, UserSignedIn
from orderhub.access.standing import Standing, standings
from orderhub.kernel.eventlog import Event, Happening, kind_of, record

IDLE_AFTER = timedelta(days=90)


@dataclass(frozen=True)
class AccessReviewed(Happening):
    """So many accounts that are open and keys that are good were looked through."""

    subject_type: ClassVar[str] = "access_review"
    users: int
    keys: int


@dataclass(frozen=True)
class AccessExported(Happening):
    subject_type: ClassVar[str] = "access_review"
    what: str
    form: str
    rows: int


@dataclass(frozen=True)
class Holder:
    """``used_at``: when their login was last used; ``uses``: when each permission last changed something."""

    standing: Standing
    signed_in_at: datetime | None
    used_at: datetime | None
    uses: dict[Permission, datetime]

    def idle(self, now: datetime) -> list[Permission]:
        """What it holds, would leave a mark when used, and has left none for 90 days."""
        held = sorted(one for one in self.standing.rights.permissions if _leaves_mark(one))
        return [one for one in held if one not in self.uses or now - self.uses[one] >= IDLE_AFTER]

    def is_quiet(self, now: datetime, days: int) -> bool:
        return self.used_at is None or now - self.used_at >= timedelta(days=days)


@dataclass(frozen=True)
class KeyHolder:
    key: ApiKey
    owner: Standing

    def is_good(self, now: datetime) -> bool:
        return self.key.revoked_at is None and self.key.expires_at > now and self.owner.user.is_active


@dataclass(frozen=True)
class Review:
    holders: list[Holder]
    keys: list[KeyHolder]
    reviewed_at: datetime | None
    reviewed_by: str


def access_review(session: Session) -> Review:
    people, used = standings(session), uses(session)
    signed_in = dict(
        session.exec(
            select(Event.subject_id, func.max(Event.at))
            .where(Event.kind == kind_of(UserSignedIn))
            .group_by(col(Event.subject_id))
        ).all()
    )
    seen = select(UserSession.user_id, func.max(UserSession.seen_at)).group_by(col(UserSession.user_id))
    used_at = dict(session.exec(seen).all())
    last = session.exec(
        select(Event).where(Event.kind == kind_of(AccessReviewed)).order_by(col(Event.id).desc()).limit(1)
    ).first()
    by_id = {one.user.id: one for one in people}
    return Review(
        [_holder(one, signed_in.get(one.user.id), used_at.get(one.user.id), used) for one in people],
        [KeyHolder(key, by_id[key.owner_id]) for key in list_keys(session) if key.owner_id in by_id],
        last.at if last else None,
        last.actor if last else "",
    )


def mark_reviewed(session: Session, *, by: str, now: datetime) -> None:
    found = access_review(session)
    users = sum(one.standing.user.is_active for one in found.holders)
    keys = sum(one.is_good(now) for one in found.keys)
    record(session, AccessReviewed(0, users, keys), actor=by, now=now)


def _holder(
    one: Standing,
    signed_in_at: datetime | None,
    seen_at: datetime | None,
    used: dict[int, dict[Permission, datetime]],
) -> Holder:
    """A login that ended long ago is forgotten; that somebody signed in is not."""
    moments = [moment for moment in (signed_in_at, seen_at) if moment]
    return Holder(one, signed_in_at, max(moments, default=None), used.get(one.user.id, {}))


def _leaves_mark(permission: Permission) -> bool:
    return not permission.endswith(":read") and not permission.is_for_programs and permission != Permission.OWN_ACCOUNT
