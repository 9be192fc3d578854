"""How does a fault look on the wire? It spoils an answer's rows, its bytes, or the lab's orders between two pages."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from orderhub.lab import changes
from orderhub.lab.answers import Body
from orderhub.lab.faults import Fault
from orderhub.lab.orders import LabOrder
from orderhub.lab.platforms import Rows
from orderhub.lab.shops import LabShop
from orderhub.lab.world import World


def spoil_rows(world: World, shop: LabShop, api: str, body: Body) -> None:
    """Strike the first row that has the field a fault is about; a list without it is left alone.

    A field that a platform begins to send stands in every row.
    """
    where = world.platform_of(shop.code).rows
    for rows in _lists(where, body):
        if rows and world.faults.take("duplicates", shop.code, api):
            rows.insert(0, rows[len(rows) // 2])
    known = list(_rows(where, body))
    if known and (fault := world.faults.take("new_field", shop.code, api)):
        for row in known:
            row[fault.field or "new_by_lab"] = fault.word
    for row in known:
        for name, strike in _ROW_FAULTS.items():
            field = _first(where.statuses if name == "unknown_status" else where.amounts, row)
            if field and (fault := world.faults.take(name, shop.code, api)):
                strike(row, field, fault)
        break


def stir(world: World, shop: LabShop, api: str, window: list[LabOrder]) -> None:
    """Change orders after a page of ``window`` was read, so that the next page is cut elsewhere."""
    now = world.now()
    if window and world.faults.take("moving_rows", shop.code, api):
        newest = max(window, key=lambda order: (order.modified, order.number))
        changes.remark(world, newest, now, memo=f"翻页时改动 {now}")
    if fault := world.faults.take("late_update", shop.code, api):
        late = now - (fault.seconds or 120)
        if earlier := world.shelves[shop.code].changed_between(now - 30 * 86400, late - 1):
            changes.remark(world, earlier[-1], late, memo=f"迟到的改动 {late}")


def encode(world: World, shop: LabShop | None, api: str, body: Body) -> bytes:
    """The answer's bytes, cut off or swollen where a fault strikes."""
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    if shop is None:
        return raw
    if world.faults.take("truncated_json", shop.code, api):
        return raw[: len(raw) // 2]
    if fault := world.faults.take("oversize_body", shop.code, api):
        return raw[:-1] + b',"padding":"' + b"x" * (fault.megabytes or 12) * 1_000_000 + b'"}'
    return raw


def _lists(where: Rows, body: Body) -> Iterator[list[Any]]:
    for value in body.values():
        if isinstance(value, dict):
            for name in where.lists:
                if isinstance(value.get(name), list):
                    yield value[name]
            yield from _lists(where, value)


def _rows(where: Rows, body: Body) -> Iterator[Body]:
    """Orders and refunds of an answer, each the object that has the status."""
    for name, value in body.items():
        if isinstance(value, dict):
            is_row = name in where.singles
            yield from [value] if is_row and not isinstance(value.get(name), list) else _rows(where, value)
        elif isinstance(value, list) and name in where.lists:
            yield from (row.get(where.inner, row) for row in value if isinstance(row, dict))


def _first(names: Sequence[str], row: Body) -> str:
    return next((name for name in names if name in row), "")


def _strange_word(row: Body, field: str, fault: Fault) -> None:
    row[field] = fault.word or (777 if isinstance(row[field], int) else "FROZEN_BY_LAB")


def _lose_field(row: Body, field: str, fault: Fault) -> None:
    row.pop(fault.field or field, None)


def _wrong_type(row: Body, field: str, fault: Fault) -> None:
    row[fault.field or field] = [{"lab": "wrong_type"}]


def _absurd_amount(row: Body, field: str, _fault: Fault) -> None:
    row[field] = 10**15 if isinstance(row[field], int) else "10000000000000.00"


_ROW_FAULTS: dict[str, Callable[[Body, str, Fault], None]] = {
    "unknown_status": _strange_word,
    "missing_field": _lose_field,
    "absurd_amount": _absurd_amount,
    "wrong_type": _wrong_type,
}
