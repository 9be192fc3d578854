"""Whom does a buyer ask about a parcel? The merchant's own words on the page its link opens."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel

from orderhub.kernel.columns import Moment
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text

_ONLY = 1
_PHONE = re.compile(r"\+?\d[\d \-]{4,29}\d")


class ServiceContact(SQLModel, table=True):
    """The merchant's one row; ``words`` say when somebody answers, or where else to ask."""

    __tablename__ = "service_contact"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=_ONLY, primary_key=True)
    name: str = Field(default="", max_length=64)
    phone: str = Field(default="", max_length=32)
    words: str = Field(default="", max_length=120)
    changed_at: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True)
class ServiceContactChanged(Happening):
    subject_type: ClassVar[str] = "service_contact"


def service_contact(session: Session) -> ServiceContact:
    """As it is set, else empty: the page then sends buyers back to where they bought."""
    return session.get(ServiceContact, _ONLY) or ServiceContact()


def set_service_contact(session: Session, name: str, phone: str, words: str, *, by: str, now: datetime) -> None:
    """Raises: BadInput: no telephone number, or too long."""
    contact = ServiceContact(
        id=_ONLY,
        name=clean_text(name, most=64, field="name"),
        phone=clean_text(phone, most=32, field="phone"),
        words=clean_text(words, most=120, field="words"),
        changed_at=now,
    )
    if contact.phone and not _PHONE.fullmatch(contact.phone):
        raise BadInput("phone: digits, with spaces or hyphens between", field="phone", problem="not_phone")
    session.merge(contact)
    record(session, ServiceContactChanged(_ONLY), actor=by, now=now)
