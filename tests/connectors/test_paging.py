"""Rows move between pages while they are read: none may be lost."""

from collections.abc import Callable
from typing import Any

import pytest

from orderhub.connectors.paging import backwards


class MovingList:
    """Ten rows, three a page, newest first; ``happen`` changes them before the page of that reading is taken."""

    def __init__(self, happen: dict[int, Callable[[list[str]], None]]) -> None:
        self.rows = [f"row {number}" for number in range(10)]
        self.pages: list[int] = []
        self._happen = happen

    def read(self, page: int) -> tuple[list[dict[str, Any]], int]:
        self._happen.get(len(self.pages), lambda _rows: None)(self.rows)
        self.pages.append(page)
        return [{"no": row} for row in self.rows[3 * (page - 1) : 3 * page]], len(self.rows)

    def seen(self) -> set[str]:
        return {row["no"] for rows in backwards(self.read, 3) for row in rows}


def test_a_quiet_list_is_read_once_from_its_end():
    moving = MovingList({})
    assert moving.seen() == {f"row {number}" for number in range(10)}
    assert moving.pages == [1, 4, 3, 2, 1]


@pytest.mark.parametrize("reading", [1, 2, 3, 4])
@pytest.mark.parametrize("leaving", range(10))
def test_a_row_that_leaves_the_span_takes_no_other_with_it(reading, leaving):
    moving = MovingList({reading: lambda rows: rows.remove(f"row {leaving}")})
    assert moving.seen() >= {f"row {number}" for number in range(10)} - {f"row {leaving}"}


@pytest.mark.parametrize("reading", [1, 2, 3, 4])
@pytest.mark.parametrize("late", [1, 2, 3, 4, 7])
def test_rows_that_come_late_push_none_out_of_sight(reading, late):
    newcomers = [f"late {number}" for number in range(late)]
    moving = MovingList({reading: lambda rows: rows.__setitem__(slice(0, 0), newcomers)})
    assert moving.seen() == {f"row {number}" for number in range(10)} | set(newcomers)


def test_a_single_page_is_asked_for_once():
    moving = MovingList({})
    del moving.rows[3:]
    assert moving.seen() == {"row 0", "row 1", "row 2"}
    assert moving.pages == [1]
