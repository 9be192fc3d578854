"""Does the list of guarantees name what is there?"""

import re

import pytest

from orderhub.cli import app
from tests.benchmarks.__main__ import ON_EVERY_DATABASE, ON_ITS_OWN, SERVED

from .hubs import ROOT
from .matrix import ACTIONS
from .test_matrix import EXPECTED

PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| G\d+ ", line)]
_FILE = re.compile(r"`((?:tests|orderhub)/[\w/]+\.py)(?:::(\w+))?`")
_COMMAND = re.compile(r"`(orderhub|python -m tests\.\w+) ([^`]+)`")


def test_every_guarantee_has_its_row():
    assert [row.split("|")[1].strip() for row in ROWS] == [f"G{number}" for number in range(1, 27)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_row_names_a_test_or_a_command_or_says_why_not(row):
    shown = row.split("|")[3]
    assert _FILE.search(shown) or _COMMAND.search(shown) or "not shown yet" in shown


def test_every_file_and_test_is_there():
    named = _FILE.findall(PAGE)
    lost = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).exists() or (test and f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert len(named) > 40
    assert lost == []


def test_every_command_is_there():
    verbs = {(one.name or one.callback.__name__) for one in app.registered_commands if one.callback}
    verbs |= {one.name for one in app.registered_groups if one.name}
    for program, words in _COMMAND.findall(PAGE):
        first = words.split()[0]
        known = {"orderhub": verbs, "python -m tests.chaos": {"drill", "level", "soak"}}
        assert first in known.get(program, {*ON_EVERY_DATABASE, *SERVED, *ON_ITS_OWN}), f"{program} {words}"


def test_the_matrix_has_no_empty_cell():
    matrix = PAGE.partition("## What fails")[2].partition("## Who asks")[0]
    cells = [line.split("|")[1:-1] for line in matrix.splitlines() if line.startswith("| ")]
    assert len(cells) > 12
    assert all(len(row) == len(cells[0]) and all(cell.strip() for cell in row) for row in cells)


def test_who_asks_meanwhile_gets_what_the_drill_expects():
    table = PAGE.partition("## Who asks")[2].partition("## What the drills")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")]
    said = [dict(zip(ACTIONS, row[1:], strict=True)) for row in cells[1:]]
    assert said == list(EXPECTED.values())
