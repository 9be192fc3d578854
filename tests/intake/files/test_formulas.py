"""Does a spreadsheet program run anything we write? Random text through every writer, read back."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.intake.files.workbook import Fen, Format, Paper, write_table
from orderhub.kernel.safe_cells import bare_cell, safe_cell

ROOT = Path(__file__).resolve().parents[3]
STARTS = "=+-@\t\r\n\0＝＋－＠|"
PAPER = Paper(
    "表", ["名称", "金额"], "关于", ["=cmd|'/c calc'!A0 于 2026-11-24"], "=by", datetime(2026, 11, 24, tzinfo=UTC)
)

evil = st.builds(
    lambda space, start, tail: f"{space}{start}{tail}",
    st.sampled_from(["", " ", "　", "\ufeff"]),
    st.sampled_from([*STARTS, "=cmd|' /c calc'!A0", '=HYPERLINK("http://evil")', "@SUM(1)", "\t=1+1"]),
    st.text(max_size=20),
)


@given(evil)
def test_no_cell_begins_like_a_formula(text: str):
    written = safe_cell(text)
    digits = text.replace(",", "").replace(".", "", 1).lstrip("+-")
    assert written.startswith("'") or digits.isdigit()


@given(evil.filter(lambda text: not text.startswith("'")))
def test_a_cell_comes_back_as_it_was(text: str):
    assert bare_cell(safe_cell(text)) == text


def test_a_plain_number_stays_a_number():
    assert [safe_cell(text) for text in ("-1", "+3.50", "-1,234.00", "-")] == ["-1", "+3.50", "-1,234.00", "'-"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(evil, st.text(max_size=30)), min_size=1, max_size=10))
def test_a_table_holds_text_and_numbers_and_nothing_that_runs(tmp_path_factory, texts: list[str]):
    path = tmp_path_factory.mktemp("made") / "table"
    rows = [[text, Fen(-100)] for text in texts]
    write_table(path, Format.CSV, PAPER, rows)
    with path.open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(io.StringIO(file.read(), newline="")))
    assert [row[1] for row in read[2:]] == ["-1.00"] * len(texts)
    assert [row[0] for row in read if row and _runs(row[0])] == []
    write_table(path, Format.XLSX, PAPER, rows)
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
        parts = archive.namelist()
    assert [sheet for sheet in sheets if "<f>" in sheet or "<hyperlink" in sheet] == []
    assert [part for part in parts if "vba" in part or "external" in part] == []
    assert sheets[0].count("<v>-1</v>") == len(texts)


def test_nothing_else_writes_a_table():
    """Whoever writes one goes through ``safe_cell``."""
    writers = {
        str(path.relative_to(ROOT)): text
        for path in (ROOT / "orderhub").rglob("*.py")
        if "csv.writer(" in (text := path.read_text("utf-8")) and "/lab/" not in str(path)
    }
    assert [name for name, text in writers.items() if "safe_cell" not in text] == []


def _runs(text: str) -> bool:
    is_number = text.replace(",", "").replace(".", "", 1).lstrip("+-").isdigit()
    return text.lstrip(" \u3000\ufeff").startswith(tuple(STARTS)) and not is_number
