"""Which fields of their own do merchants give their orders, and what stands in them?

A field is defined once for the whole hub; its values are typed, so that the board compares money with money.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.kernel.clock import SHANGHAI, shanghai_text
from orderhub.kernel.columns import BigId, Json, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.money import money_text, parse_yuan, yuan_text

LONGEST_VALUE, LONGEST_CHOICE = 200, 64
MOST_FIELDS = 60
MOST_CHOICES = 100

_NAME = re.compile(r"[^\W_][\w-]{0,31}")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)
_MICRO = 1_000_000
_DAY, _MINUTE = "%Y-%m-%d", "%Y-%m-%d %H:%M"


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"


class CustomField(SQLModel, table=True):
    """``name`` is how people call it and how it stands in addresses (``cf.<name>``); ``choices`` only where it has any.

    A field that is not used any more is archived: its values stay, nothing new is written.
    """

    __tablename__ = "custom_field"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    name: str = Field(max_length=32, unique=True)
    type: FieldType = Field(sa_type=word(FieldType))
    choices: list[str] = Field(default_factory=list, sa_type=Json)
    created_at: datetime = Field(sa_type=Moment)
    archived_at: datetime | None = Field(default=None, sa_type=Moment)


class CustomValue(SQLModel, table=True):
    """``text`` is the value as it is written; ``amount`` compares: fen, unix seconds, millionths; None for words."""

    __tablename__ = "custom_value"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("ix_custom_value_text", "text", "order_id", postgresql_ops={"text": "text_pattern_ops"}),
        Index("ix_custom_value_field_text", "field_id", "text", "order_id"),
        Index("ix_custom_value_field_amount", "field_id", "amount", "order_id"),
    )

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    field_id: int = Field(foreign_key="custom_field.id", primary_key=True, sa_type=BigId)
    text: str = Field(max_length=LONGEST_VALUE)
    amount: int | None = Field(default=None, sa_type=BigId)


@dataclass(frozen=True)
class CustomFieldDefined(Happening):
    subject_type: ClassVar[str] = "custom_field"
    name: str
    type: str


@dataclass(frozen=True)
class CustomFieldArchived(Happening):
    subject_type: ClassVar[str] = "custom_field"
    name: str


class FieldTypeFixed(RuleBroken):
    code = "field_type_fixed"


@dataclass(frozen=True)
class FieldSpec:
    """What a value is checked against."""

    name: str
    type: FieldType
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A value that fits its field: see ``CustomValue``."""

    text: str
    amount: int | None = None


def read_cell(spec: FieldSpec, text: str) -> Cell:
    """``text`` as a value of the field: an amount in yuan, a moment in Asia/Shanghai, a plain decimal, a word.

    Raises:
        BadInput: it is none of that type; ``problem`` is ``not_number``, ``not_money``, ``not_date``, ``not_choice``
            or ``too_long``.
    """
    if spec.type is FieldType.MONEY:
        fen = parse_yuan(text, field=spec.name)
        return Cell(yuan_text(fen), fen)
    if spec.type is FieldType.NUMBER:
        return _number(spec, text)
    if spec.type is FieldType.DATE:
        return _date(spec, text)
    if spec.type is FieldType.CHOICE and text not in spec.choices:
        raise BadInput(f"{spec.name}: is none of its choices", field=spec.name, problem="not_choice")
    return Cell(clean_text(text, most=LONGEST_VALUE, field=spec.name))


def cell_text(type_: FieldType, text: str) -> str:
    """A value as people read it."""
    return money_text(parse_yuan(text)) if type_ is FieldType.MONEY else text


def define(
    session: Session, name: str, type_: FieldType, choices: Sequence[str] = (), *, by: str, now: datetime
) -> CustomField:
    """The field called ``name``, made or brought back; choices may be added to it. Safe to repeat.

    Raises:
        BadInput: no fit name, a choice field without choices, or too many of either.
        FieldTypeFixed: it exists with another type.
    """
    name, words = check_name(name), check_choices(type_, choices)
    standing = session.exec(select(CustomField).where(CustomField.name == name)).one_or_none()
    if standing is None:
        if len(session.exec(select(CustomField.id)).all()) >= MOST_FIELDS:
            raise BadInput(f"fields: there are {MOST_FIELDS} already", field="name", problem="too_many_fields")
        standing = CustomField(name=name, type=type_, choices=words, created_at=now)
        session.add(standing)
        session.flush()
        record(session, CustomFieldDefined(standing.id, name, type_), actor=by, now=now)
        return standing
    if standing.type is not type_:
        raise FieldTypeFixed(f"{name} is a {standing.type}: give the other one another name")
    if standing.archived_at or standing.choices != words:
        standing.archived_at, standing.choices = None, words
        session.add(standing)
        record(session, CustomFieldDefined(standing.id, name, type_), actor=by, now=now)
    return standing


def archive(session: Session, name: str, *, by: str, now: datetime) -> None:
    """Raises: NotFound: there is no such field. Safe to repeat."""
    standing = session.exec(select(CustomField).where(CustomField.name == name)).one_or_none()
    if standing is None:
        raise NotFound(f"no field is called {name[:32]!r}")
    if not standing.archived_at:
        standing.archived_at = now
        session.add(standing)
        record(session, CustomFieldArchived(standing.id, name), actor=by, now=now)


def fields_in_use(session: Session) -> list[CustomField]:
    """By name."""
    wanted = select(CustomField).where(col(CustomField.archived_at).is_(None))
    return list(session.exec(wanted.order_by(col(CustomField.name))))


def spec_of(field: CustomField) -> FieldSpec:
    return FieldSpec(field.name, field.type, tuple(field.choices))


def check_name(name: str) -> str:
    """Raises: BadInput: not 1 to 32 letters, digits, ``_`` or ``-``, beginning with a letter or a digit."""
    name = clean_text(name, most=64, field="name")
    if not _NAME.fullmatch(name):
        raise BadInput(f"name: {name[:32]!r} is no name of a field", field="name", problem="not_field_name")
    return name


def check_choices(type_: FieldType, choices: Sequence[str]) -> list[str]:
    words = [clean_text(choice, most=LONGEST_CHOICE, field="choices") for choice in choices]
    words = list(dict.fromkeys(word for word in words if word))
    if (type_ is FieldType.CHOICE) != bool(words) or len(words) > MOST_CHOICES:
        raise BadInput(
            f"choices: a choice has 1 to {MOST_CHOICES}, another field none", field="choices", problem="bad_choices"
        )
    return words


def _number(spec: FieldSpec, text: str) -> Cell:
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        raise BadInput(f"{spec.name}: is no number", field=spec.name, problem="not_number")
    try:
        amount = Decimal(plain)
    except InvalidOperation as error:  # pragma: no cover  (the pattern has seen to it)
        raise BadInput(f"{spec.name}: is no number", field=spec.name, problem="not_number") from error
    return Cell(f"{amount.normalize():f}", int(amount * _MICRO))


def _date(spec: FieldSpec, text: str) -> Cell:
    """A day stays a day; a moment is kept to the minute."""
    plain = text.strip()
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError as error:
        raise BadInput(f"{spec.name}: is no date", field=spec.name, problem="not_date") from error
    if not 1970 <= moment.year < 2200:
        raise BadInput(f"{spec.name}: is no date of ours", field=spec.name, problem="not_date")
    aware = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return Cell(shanghai_text(aware, _DAY if len(plain) <= len("2026-11-24") else _MINUTE), int(aware.timestamp()))
