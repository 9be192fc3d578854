"""Is this JSON one thing only? What two readers could understand differently is refused."""

import json
from typing import Any, NoReturn

from orderhub.kernel.errors import BadInput

MOST_DEPTH = 32


def read_json(raw: bytes) -> Any:
    """The value in ``raw``; numbers with a fraction or an exponent stay the text they were, integers are exact.

    Raises:
        BadInput: not UTF-8, not JSON, a key twice in an object, NaN or infinity, nested deeper than 32.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(f"is not UTF-8: byte {error.start + 1} cannot be read", "not_utf8") from error
    try:
        value = _READER.decode(text)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError):
            said = f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
            raise _refused(said, "not_json") from error
        raise _refused("holds a number or nesting beyond what is read", "not_json") from error
    if text.count("{") + text.count("[") > MOST_DEPTH and _depth(value) > MOST_DEPTH:
        raise _refused(f"is nested deeper than {MOST_DEPTH}", "too_deep")
    return value


def _constant(name: str) -> NoReturn:
    raise _refused(f"holds {name}, which is no number", "not_a_number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _refused(f"has the key {twice[:64]!r} twice in one object", "duplicate_key", field=twice[:64])
    return found


_READER = json.JSONDecoder(parse_float=str, parse_constant=_constant, object_pairs_hook=_once)


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        part, level = waiting.pop()
        if isinstance(part, dict | list):
            deepest = max(deepest, level)
            waiting += [(inner, level + 1) for inner in (part.values() if isinstance(part, dict) else part)]
    return deepest


def _refused(said: str, problem: str, *, field: str = "") -> BadInput:
    return BadInput(f"the body {said}", field=field, problem=problem)
