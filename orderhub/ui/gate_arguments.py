"""Are an event's arguments what the handler's annotations say?

Reflex converts where it can and passes the raw value where it cannot, so the types are enforced here.
"""

import inspect
import json
import typing
from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError
from reflex.state import State
from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY

_LONGEST = 10_000
_LONGEST_STORED = 4096
_STRICT = ConfigDict(strict=True, allow_inf_nan=False, str_max_length=_LONGEST)
_MOST_PARTS = 1000
_LARGEST = 2**53  # what a browser counts exactly, and every database holds


def bind_arguments(handler: Callable[..., Any], payload: dict[str, Any]) -> str | None:
    """What is wrong with ``payload``, or None; values that pass are put back in their annotated types."""
    parameters = _parameters(handler)
    if set(payload) - set(parameters):
        return "unknown argument"
    if any(p.default is p.empty and name not in payload for name, p in parameters.items()):
        return "missing argument"
    if not _is_small(payload):
        return "too big"
    adapters = _adapters(handler)
    payload.update({name: _as_form(value) for name, value in payload.items()})
    try:
        # As JSON, which is what came over the wire: strict, yet a word may become an enum and text a date.
        payload.update({name: adapters[name].validate_json(json.dumps(value)) for name, value in payload.items()})
    except (ValidationError, KeyError, TypeError, ValueError):
        return "wrong type"
    return None


def keep_storage_vars(payload: dict[str, Any]) -> None:
    """Leave of ``vars`` only short text for variables that a browser may keep (language, colour mode)."""
    given = payload.get("vars")
    if given is not None:
        kept = given.items() if isinstance(given, dict) else ()
        payload["vars"] = {
            name: value
            for name, value in kept
            if isinstance(value, str) and len(value) <= _LONGEST_STORED and _is_storage_var(name)
        }


def unreadable_annotations(handler: Callable[..., Any]) -> list[str]:
    """Parameters without an annotation that can be enforced: events that carry them are refused."""
    return sorted(set(_parameters(handler)) - set(_adapters(handler)))


def _as_form(value: Any) -> Any:
    """A form as a handler gets it: the browser wraps its fields as pairs, which Reflex takes apart after the gate."""
    pairs = value.get(FORM_DATA_ENTRIES_KEY) if isinstance(value, dict) and len(value) == 1 else None
    return dict(pairs) if isinstance(pairs, list) and all(_is_pair(pair) for pair in pairs) else value


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)


@cache
def _parameters(handler: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(list(inspect.signature(handler).parameters.items())[1:])


@cache
def _adapters(handler: Callable[..., Any]) -> dict[str, TypeAdapter[Any]]:
    hints = typing.get_type_hints(handler)
    found = {name: _adapter(hints[name]) for name in _parameters(handler) if hints.get(name, Any) is not Any}
    return {name: adapter for name, adapter in found.items() if adapter}


def _adapter(hint: Any) -> TypeAdapter[Any] | None:
    try:
        return TypeAdapter(hint, config=_STRICT)
    except PydanticSchemaGenerationError:
        return None
    except PydanticUserError:
        # A dataclass, model or TypedDict brings a configuration of its own.
        return TypeAdapter(hint)


def _is_small(payload: dict[str, Any]) -> bool:
    waiting: list[Any] = [payload]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return True
        part = waiting.pop()
        if isinstance(part, str) and len(part) > _LONGEST:
            return False
        if isinstance(part, int) and abs(part) > _LARGEST:
            return False
        waiting.extend(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
    return False


def _is_storage_var(name: str) -> bool:
    state_name, _, var_name = name.rpartition(".")
    try:
        owner = State.get_class_substate(state_name)
    except ValueError:
        return False
    return owner._is_client_storage(var_name.removesuffix("_rx_state_"))  # noqa: SLF001
