"""What of a value read for a person does whoever looks not get to see?

A field of a dataclass, or of a model of the API, says which groups it belongs to: ``total: Money``. ``veiled`` stands
where everything read for people passes (``ui/off_loop.py``, the answers of the API) and empties what is not for those
eyes. A *view*, which is a dataclass that is not frozen, is what the browser gets: amounts are taken out of its texts
too. A frozen one is a fact somebody may go on working with, so only its marked fields are emptied.
"""

import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from sqlmodel import SQLModel

from orderhub.kernel.sight import FieldGroup, sees, sight

T = TypeVar("T")

Money = Annotated[str, FieldGroup.MONEY]
Cost = Annotated[str, FieldGroup.COST]
Settled = Annotated[str, FieldGroup.SETTLEMENT]
OfBuyer = Annotated[str, FieldGroup.BUYER]
OfReceiver = Annotated[str, FieldGroup.RECEIVER]
Raw = Annotated[str, FieldGroup.MONEY, FieldGroup.BUYER, FieldGroup.RECEIVER]  # as a channel or a file wrote it

_ALL = frozenset(FieldGroup)
_AMOUNT = re.compile(r"[−-]?¥ ?[\d,]+(\.\d+)?")  # as ``money_text`` writes it
_TAKEN_OUT = "¥—"


def veiled(value: T) -> T:
    """``value`` itself for those who may see everything; else a copy without what they may not.

    Raises:
        TypeError: a row of a table, whose columns bear no mark: put into a view what of it is to be seen.
    """
    return value if sight().fields == _ALL else _veiled(value, is_view=False)


def sees_raw() -> bool:
    """Whoever looks may see whatever a channel or a file wrote of an order."""
    return all(map(sees, (FieldGroup.MONEY, FieldGroup.BUYER, FieldGroup.RECEIVER)))


def without_amounts(text: str) -> str:
    """``text`` for whoever looks: a sentence stays, the amount within it goes."""
    return text if sees(FieldGroup.MONEY) else _AMOUNT.sub(_TAKEN_OUT, text)


def _veiled(value: Any, *, is_view: bool) -> Any:
    if isinstance(value, str):
        return without_amounts(value) if is_view and type(value) is str else value
    if isinstance(value, list | set | frozenset):
        return type(value)(_veiled(one, is_view=is_view) for one in value)
    if isinstance(value, tuple):
        parts = [_veiled(one, is_view=is_view) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, dict):
        return {key: _veiled(one, is_view=is_view) for key, one in value.items()}
    if isinstance(value, SQLModel):
        raise TypeError(f"{type(value).__name__}: a row of a table is not shown to somebody who may not see all of it")
    if isinstance(value, type) or not (is_dataclass(value) or isinstance(value, BaseModel)):
        return value
    return _without(value)


def _without(value: Any) -> Any:
    marks, is_view = _plan(type(value))
    changes: dict[str, Any] = {}
    for name, mark in marks.items():
        held = getattr(value, name)
        if mark is None:
            changes[name] = _veiled(held, is_view=is_view)
        elif not all(map(sees, mark.groups)):
            changes[name] = mark.empty()
    if isinstance(value, BaseModel):
        return value.model_copy(update=changes)
    made = copy(value)
    for name, held in changes.items():
        object.__setattr__(made, name, held)
    return made


class _Mark:
    """``empty`` makes what stands in the stead of a hidden value."""

    def __init__(self, groups: Sequence[FieldGroup], empty: Callable[[], Any]) -> None:
        self.groups, self.empty = groups, empty


@cache
def _plan(kind: type) -> tuple[dict[str, _Mark | None], bool]:
    """The marks of each field, and whether it is a view."""
    hints = get_type_hints(kind, include_extras=True)
    is_model = issubclass(kind, BaseModel)
    names = kind.model_fields if is_model else [field.name for field in fields(kind)]
    is_frozen = is_model or kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return {name: _mark(hints[name]) for name in names}, not is_frozen


def _mark(hint: Any) -> _Mark | None:
    if get_origin(hint) is not Annotated:
        return None
    plain, *said = get_args(hint)
    groups = [one for one in said if isinstance(one, FieldGroup)]
    return _Mark(groups, _emptied(plain)) if groups else None


def _emptied(plain: Any) -> Callable[[], Any]:
    """``None`` where the type allows it, else nothing of the type."""
    choices = get_args(plain)
    if type(None) in choices:
        return lambda: None
    return get_origin(plain) or plain
