"""Is a body refused that two readers could understand differently?"""

from typing import Any

import pytest

from orderhub.kernel.errors import BadInput
from orderhub.kernel.strict_json import MOST_DEPTH, read_json


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": 1.50, "b": [true, null, "\xe6\x94\xb6"]}', {"a": "1.50", "b": [True, None, "收"]}),
        (b"6900000000000000001", 6_900_000_000_000_000_001),
        (b"1e5", "1e5"),
        (b"[" * MOST_DEPTH + b"]" * MOST_DEPTH, None),
    ],
)
def test_numbers_keep_what_was_written(raw: bytes, value: Any) -> None:
    found = read_json(raw)
    assert value is None or found == value


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "duplicate_key"),
        (b'{"a": NaN}', "not_a_number"),
        (b'{"a": -Infinity}', "not_a_number"),
        (b"\xff\xfe{}", "not_utf8"),
        (b'{"a": "\xd5\xe2"}', "not_utf8"),
        (b'{"a": 1', "not_json"),
        (b"", "not_json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not_json"),
        (b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1), "too_deep"),
        (b'{"a":' * 200_000, "not_json"),
    ],
)
def test_what_is_ambiguous_or_boundless_is_refused_by_name(raw: bytes, problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_json(raw)
    assert refused.value.problem == problem
