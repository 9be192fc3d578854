"""Whose account is it that an identity provider vouches for? One that exists and is active; nobody registers here.

The first time an account is found by its name, as the provider's user name or as the local part of a verified address
of the merchant's own domain; from then on by the provider's subject alone, which is never given to anybody else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from orderhub.access.sessions import open_session
from orderhub.access.sign_in import Step, Turn, Visitor, next_turn, note_failure
from orderhub.access.users import User, UserEvent, find_user
from orderhub.kernel.columns import BigId, Moment
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import NotSignedIn
from orderhub.kernel.eventlog import record
from orderhub.kernel.settings import settings


class Vouched(Protocol):
    """What a provider says; ``email`` is empty unless it has verified it."""

    @property
    def issuer(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def is_mfa(self) -> bool: ...


class OidcIdentity(SQLModel, table=True):
    """One account is one subject of a provider, for good."""

    __tablename__ = "oidc_identity"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    user_id: int = Field(primary_key=True, foreign_key="users.id", sa_type=BigId)
    issuer: str = Field(primary_key=True, max_length=255)
    subject: str = Field(max_length=255)
    linked_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class OidcLinked(UserEvent):
    issuer: str


def sign_in_vouched(vouched: Vouched, visitor: Visitor, now: datetime) -> Turn:
    """Our own second factor comes next, unless the provider asked for one and the settings trust it.

    Raises:
        NotSignedIn: no active account is theirs.
    """
    with transaction() as session:
        user = _account(session, vouched, now)
        if user is not None and user.is_active:
            if vouched.is_mfa and settings().oidc_trusts_mfa:
                token = open_session(session, user, address=visitor.address, device=visitor.device, now=now)
                return Turn(Step.DONE, token)
            return next_turn(session, user, visitor, now)
    note_failure(user.id if user else 0, user.name if user else "", "oidc", visitor.address, now)
    raise NotSignedIn("nobody of that name works here")


def _account(session: Session, vouched: Vouched, now: datetime) -> User | None:
    """The account, linked; None where there is none, or it is somebody else's there."""
    theirs = select(User).join(OidcIdentity)
    theirs = theirs.where(OidcIdentity.issuer == vouched.issuer, OidcIdentity.subject == vouched.subject)
    if known := session.exec(theirs).one_or_none():
        return known
    user = find_user(session, _account_name(vouched))
    if user is None or not user.is_active or session.get(OidcIdentity, (user.id, vouched.issuer)):
        return None
    session.add(OidcIdentity(user_id=user.id, issuer=vouched.issuer, subject=vouched.subject, linked_at=now))
    record(session, OidcLinked(user.id, vouched.issuer), actor=user.name, now=now)
    return user


def _account_name(vouched: Vouched) -> str:
    """With a domain set, only its verified addresses count: a user name may be anybody's choice there."""
    domain = settings().oidc_email_domain.casefold()
    if not domain:
        return vouched.name.casefold()
    local, _, host = vouched.email.casefold().rpartition("@")
    return local if host == domain else ""
