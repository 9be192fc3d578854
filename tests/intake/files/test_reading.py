"""Is every file read or refused for the right reason, before it can do harm?"""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from orderhub.intake.files import bounds, sheets
from orderhub.intake.files.bounds import MOST_BYTES
from orderhub.intake.files.table import opened
from orderhub.kernel.errors import BadInput

from .old_workbook import write_old_workbook
from .workbook import write_workbook

HEADER = ["订单号", "商品", "数量"]
ROWS = [HEADER, ["A1", "收纳箱", "2"], ["A2", "衣架", "1"]]


def read(path: Path, name: str = "") -> tuple[tuple[str, ...], list[list[str]]]:
    with opened(path, name or path.name) as table:
        return table.header, [cells for _, cells in table.rows]


def problem(path: Path, name: str = "") -> str:
    with pytest.raises(BadInput) as refused:
        read(path, name)
    return refused.value.problem


def csv_file(folder: Path, text: str, encoding: str = "utf-8", name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_table_is_the_same_in_every_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    text = "\r\n".join(separator.join(row) for row in ROWS)
    assert read(csv_file(tmp_path, text, encoding)) == (tuple(HEADER), ROWS[1:])


def test_titles_comments_second_headers_and_totals_are_no_rows(tmp_path: Path) -> None:
    text = (
        "某店订单导出,,\n导出时间：2026-11-24,,\n#注释\n订单号,商品,数量\nA1,收纳箱,2\n\n订单号,商品,数量\nA2,衣架,1\n"
        "合计,,3\n----,,\n共2笔记录,,\n"
    )
    assert read(csv_file(tmp_path, text)) == (tuple(HEADER), ROWS[1:])


def test_a_trailing_comma_and_a_short_row_fit_the_header(tmp_path: Path) -> None:
    assert read(csv_file(tmp_path, "订单号,商品,数量,\nA1,收纳箱,2,\nA2,衣架\n"))[1] == [
        ["A1", "收纳箱", "2"],
        ["A2", "衣架", ""],
    ]


def test_a_line_break_within_quotes_stays_in_its_cell(tmp_path: Path) -> None:
    assert read(csv_file(tmp_path, '订单号,商品,数量\nA1,"收纳\n箱",2\n'))[1] == [["A1", "收纳\n箱", "2"]]


def test_a_quote_followed_by_a_tab_is_read(tmp_path: Path) -> None:
    assert read(csv_file(tmp_path, '订单号,商品,数量\n"A1"\t,"收纳箱",2\n'))[1] == [["A1", "收纳箱", "2"]]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('订单号,商品,数量\nA1,"收纳箱,2\nA2,衣架,1\n'.encode(), "file_quotes"),
        ('订单号,商品,数量\nA1,"收纳箱"x,2\n'.encode(), "file_quotes"),
        (f"订单号,商品,数量\nA1,{'x' * 10_001},2\n".encode(), "file_quotes"),
        ("订单号,商品,数量\n".encode("gbk") + "A1,收纳箱子,2\n".encode(), "file_encoding"),
        ("订单号,商品,数量\n".encode() + "A1,收纳箱,2\n".encode("gbk"), "file_encoding"),
        (b"\xff\xfe\x00\xd8", "file_encoding"),
        ("订单号,商品\0,数量\n".encode(), "file_no_table"),
        (b"", "file_empty"),
        (b"1,2,3\n4,5,6\n", "file_no_header"),
        (b"%PDF-1.7 ...", "file_no_table"),
    ],
)
def test_text_that_is_no_table_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert problem(path) == why


def test_a_workbook_is_read_by_its_values(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [["", "订单导出"], HEADER, ["A1", "收纳箱", 2], ["A2", "衣架", 1.5]])
    assert read(path) == (tuple(HEADER), [["A1", "收纳箱", "2"], ["A2", "衣架", "1.5"]])


def test_an_old_workbook_is_read_by_its_values(tmp_path: Path) -> None:
    path = write_old_workbook(tmp_path / "a.xls", [["", "订单导出"], HEADER, ["A1", "收纳箱", 2], ["A2", "衣架", 1.5]])
    assert read(path) == (tuple(HEADER), [["A1", "收纳箱", "2"], ["A2", "衣架", "1.5"]])


@pytest.mark.parametrize(("stream", "why"), [("_VBA_PROJECT_CUR", "file_macros"), ("EncryptedPackage", "file_locked")])
def test_an_old_workbook_with_macros_or_a_password_is_refused(tmp_path: Path, stream: str, why: str) -> None:
    assert problem(write_old_workbook(tmp_path / "a.xls", ROWS, beside=stream)) == why


def test_a_damaged_old_workbook_is_refused(tmp_path: Path) -> None:
    whole = write_old_workbook(tmp_path / "whole.xls", ROWS).read_bytes()
    (tmp_path / "a.xls").write_bytes(whole[:1000])
    assert problem(tmp_path / "a.xls") == "file_damaged"


def test_cells_merged_downwards_hold_for_all_their_rows(tmp_path: Path) -> None:
    rows = [HEADER, ["A1", "收纳箱", 2], ["", "衣架", 1], ["A2", "", 3]]
    path = write_workbook(tmp_path / "a.xlsx", rows, merged=["A2:A3"])
    assert [cells[0] for cells in read(path)[1]] == ["A1", "A1", "A2"]


def test_a_number_that_the_spreadsheet_rounded_is_told_from_a_whole_one(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, [35158430023980643, "收纳箱", 2]])
    assert read(path)[1][0][0] == "3.51584E+16"


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ({"xl/vbaProject.bin": b"x"}, "file_macros"),
        ({"xl/macrosheets/sheet1.xml": b"x"}, "file_macros"),
        ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, "file_links"),
        ({"xl/embeddings/oleObject1.bin": b"x"}, "file_links"),
        ({"../../etc/cron.d/x": b"x"}, "file_path"),
        ({"/etc/passwd": b"x"}, "file_path"),
        ({"xl/sharedStrings.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><sst>&a;</sst>'}, "file_entities"),
        ({"xl/media/big.bin": b"\0" * 2_000_000}, "file_bomb"),
    ],
)
def test_a_workbook_with_what_is_never_opened_is_refused(tmp_path: Path, extra: dict[str, bytes], why: str) -> None:
    assert problem(write_workbook(tmp_path / "a.xlsx", ROWS, extra=extra)) == why


def test_an_entity_in_the_sheet_itself_is_refused(tmp_path: Path) -> None:
    start = '<!DOCTYPE lolz [<!ENTITY lol "lol">]>'
    assert problem(write_workbook(tmp_path / "a.xlsx", ROWS, start=start)) == "file_entities"


def test_a_sheet_that_needs_too_much_memory_ends_its_reader_only(tmp_path: Path) -> None:
    """One cell in the last corner makes a dense table of 17 thousand million cells."""
    sheet = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = write_workbook(tmp_path / "a.xlsx", [])
    rewritten = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(rewritten, "w") as target:
        for part in source.infolist():
            content = source.read(part).replace(b"<sheetData></sheetData>", f"<sheetData>{sheet}</sheetData>".encode())
            target.writestr(part.filename, content)
    assert problem(rewritten) == "file_bomb"


def test_a_declared_size_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_INFLATED", 5_000)
    assert problem(write_workbook(tmp_path / "a.xlsx", [HEADER, *[["A1", "x" * 500, 1]] * 50])) == "file_bomb"


def test_a_packed_bomb_stops_at_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"\0" * 30_000_000)
    assert problem(path) == "file_bomb"
    assert list(tmp_path.iterdir()) == [path]


def test_packed_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\n".join(map(",".join, ROWS)).encode()))
    assert read(path) == (tuple(HEADER), ROWS[1:])
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("name", "made"), [("a.csv", "xlsx"), ("a.xlsx", "csv"), ("a.xls", "xlsx"), ("a.exe", "csv")])
def test_a_name_that_says_otherwise_is_refused(tmp_path: Path, name: str, made: str) -> None:
    path = write_workbook(tmp_path / "x", ROWS) if made == "xlsx" else csv_file(tmp_path, "订单号,商品\nA1,b", name="x")
    assert problem(path, name) == "file_wrong_kind"


def test_a_file_beyond_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    assert path.stat().st_size > MOST_BYTES
    assert problem(path) == "file_too_large"


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    whole = write_workbook(tmp_path / "whole.xlsx", ROWS).read_bytes()
    path = tmp_path / "a.xlsx"
    path.write_bytes(whole[: len(whole) // 2])
    assert problem(path) == "file_damaged"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("orders.csv", "a,b")
    path.write_bytes(buffer.getvalue())
    assert problem(path) == "file_no_table"


def test_a_reader_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_start", lambda: "import time; time.sleep(60)")
    monkeypatch.setattr(sheets, "SECONDS", 0.3)
    assert problem(write_workbook(tmp_path / "a.xlsx", ROWS)) == "file_bomb"
