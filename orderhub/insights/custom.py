"""What stands in the merchant's own fields, and which orders have a value that is asked for?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false
from sqlmodel import Session, col, select

from orderhub.domain.custom_field import CustomField, CustomValue, FieldType, cell_text, read_cell, spec_of
from orderhub.kernel.errors import BadInput
from orderhub.kernel.sight import FieldGroup, sees

SPAN = ".."

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class CustomShown:
    """``text`` as people read it, ``plain`` for programs: money in fen, everything else as it is written."""

    name: str
    type: FieldType
    text: str
    plain: str | int


def customs_of(session: Session, order_ids: Sequence[int]) -> dict[int, list[CustomShown]]:
    """By order, by name of field; archived fields keep their values. Amounts only for who may see them."""
    wanted = (
        select(CustomValue, CustomField)
        .join(CustomField, col(CustomField.id) == CustomValue.field_id)
        .where(col(CustomValue.order_id).in_(order_ids))
        .order_by(col(CustomField.name))
    )
    found: dict[int, list[CustomShown]] = {}
    for value, field in session.exec(wanted):
        if _is_in_sight(field):
            found.setdefault(value.order_id, []).append(_shown(field, value))
    return found


def fields_to_ask(session: Session) -> list[CustomField]:
    """Every field a board can be narrowed by, by name."""
    wanted = select(CustomField).where(col(CustomField.archived_at).is_(None))
    return [field for field in session.exec(wanted.order_by(col(CustomField.name))) if _is_in_sight(field)]


def asked_of(session: Session, name: str, wanted: str) -> tuple[Any, ColumnElement[bool]]:
    """The orders whose field ``name`` is as ``wanted`` says, as (order id column, condition).

    A text holds it, a choice is it; a number, an amount in yuan or a day equals it or lies within ``a..b`` (one end may
    be left out). What cannot be read, and a field that is not there, match nothing.
    """
    owner = col(CustomValue.order_id)
    field = session.exec(select(CustomField).where(CustomField.name == name)).one_or_none()
    if field is None or not _is_in_sight(field):
        return owner, false()
    return owner, and_(col(CustomValue.field_id) == field.id, _condition(field, wanted.strip()))


def _is_in_sight(field: CustomField) -> bool:
    return field.type is not FieldType.MONEY or sees(FieldGroup.MONEY)


def _condition(field: CustomField, wanted: str) -> ColumnElement[bool]:
    text, amount = col(CustomValue.text), col(CustomValue.amount)
    if field.type is FieldType.TEXT:
        return text.icontains(wanted, autoescape=True)
    if field.type is FieldType.CHOICE:
        return text == wanted
    start, is_span, end = wanted.partition(SPAN)
    try:
        least, most = _bound(field, start), _bound(field, end if is_span else start, is_end=True)
    except BadInput:
        return false()
    bounds = [amount >= least if least is not None else None, amount <= most if most is not None else None]
    given = [bound for bound in bounds if bound is not None]
    return and_(*given) if given else false()


def _bound(field: CustomField, text: str, *, is_end: bool = False) -> int | None:
    """None for an end that is left open; a day ends with its last second."""
    text = text.strip()
    if not text:
        return None
    amount = read_cell(spec_of(field), text).amount
    is_day = field.type is FieldType.DATE and _DAY.fullmatch(text)
    return amount + _DAY_SECONDS - 1 if amount is not None and is_day and is_end else amount


def _shown(field: CustomField, value: CustomValue) -> CustomShown:
    is_money = field.type is FieldType.MONEY and value.amount is not None
    plain = value.amount if is_money and value.amount is not None else value.text
    return CustomShown(field.name, field.type, cell_text(field.type, value.text), plain)
