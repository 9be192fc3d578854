"""Does a table of goods come in whole or not at all, and go out so that it can come in again?"""

import io
import zipfile

import pytest
from sqlmodel import select

from orderhub.domain.reservation import reserve
from orderhub.domain.sku import Sku, parts_text
from orderhub.domain.stock import StockEntry, StockLevel
from orderhub.intake.stock_sheet import BadRow, export_sheet, import_sheet, read_sheet
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from tests.builders import NOW
from tests.domain.stocked import assert_sound, level

SHEET = """商品编码,商品名称,仓库,实物库存,缺货预警,预售,组合,赠品
SET-1,套装,,,,,A-18&B-C1*4,
A-18,抽屉柜,华东仓,12,3,,,
A-18,,华南仓,"1,200",,,,
B-C1,收纳箱,华东仓,50,,,,SOCK*2
SOCK,袜子,华东仓,9,,是,,
"""


def take(text, *, may_add=True, encoding="utf-8"):
    with transaction() as session:
        return import_sheet(session, read_sheet(text.encode(encoding)), may_add=may_add, by="ceshi", now=NOW)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_makes_goods_bundles_gifts_and_counts(database, encoding):
    assert take(SHEET, encoding=encoding) == 5
    with reading() as session:
        assert_sound(session)
        ids = {sku.code: sku.id for sku in session.exec(select(Sku))}
        assert parts_text(session, [*ids.values()], is_gift=False) == {ids["SET-1"]: "A-18&B-C1*4"}
        assert parts_text(session, [*ids.values()], is_gift=True) == {ids["B-C1"]: "SOCK*2"}
        assert (level(session, "A-18", "华东仓"), level(session, "A-18", "华南仓")) == ((12, 0), (1200, 0))
        assert session.exec(select(Sku.code).where(Sku.is_presale)).all() == ["SOCK"]


def test_the_same_table_again_moves_nothing(database):
    take(SHEET)
    take(SHEET)
    with reading() as session:
        assert len(session.exec(select(StockEntry)).all()) == 4


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("A-18,,华东仓,many,,,,", "sheet_no_number"),
        ("A-18,,华东仓,-3,,,,", "sheet_no_number"),
        ("A-18,,,3,,,,", "sheet_no_warehouse"),
        ("SET-1,,华东仓,3,,,,", "bundle_has_no_stock"),
        ("SET-2,,,,,,SET-1,", "nested_bundle"),
        ("SET-2,,,,,,NOPE*2,", "not_found"),
        ("A-18,,华东仓,1,,,,", "not_enough_stock"),
        (",,华东仓,1,,,,", "not_code"),
    ],
)
def test_one_bad_row_keeps_the_whole_table_out_and_is_named(database, row, problem):
    take(SHEET)
    with transaction() as session:
        sku = session.exec(select(Sku).where(Sku.code == "A-18")).one()
        reserve(session, 1, {sku.id: 5}, by="system", now=NOW)
    header = SHEET.splitlines()[0]
    with pytest.raises(BadRow) as refused:
        take(f"{header}\nB-C1,,华东仓,77,,,,\n{row}\n")
    assert (refused.value.row, refused.value.problem) == (3, problem)
    with reading() as session:
        assert level(session, "B-C1", "华东仓") == (50, 0)


def test_who_may_only_count_adds_nothing(database):
    take(SHEET)
    header = SHEET.splitlines()[0]
    assert take(f"{header}\nA-18,新名字,华东仓,7,,是,B-C1,\n", may_add=False) == 1
    for row in ("NEW,,华东仓,1,,,,", "A-18,,新仓,1,,,,"):
        with pytest.raises(BadRow):
            take(f"{header}\n{row}\n", may_add=False)
    with reading() as session:
        sku = session.exec(select(Sku).where(Sku.code == "A-18")).one()
        assert (sku.title, sku.is_presale, level(session, "A-18", "华东仓")) == ("抽屉柜", False, (7, 0))


def test_what_goes_out_comes_in_again_as_it_was(database):
    take(SHEET.replace("抽屉柜", "=1+1"))
    with reading() as session:
        sheet = "".join(export_sheet(session))
        before = session.exec(select(StockLevel)).all()
    assert "'=1+1" in sheet
    assert take(sheet) == 5
    with reading() as session:
        assert session.exec(select(StockLevel)).all() == before
        assert session.exec(select(Sku.title).where(Sku.code == "A-18")).one() == "=1+1"
        assert len(session.exec(select(StockEntry)).all()) == 4


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "sheet_empty"),
        ("名称,库存\nA,1\n".encode(), "sheet_no_code"),
        (b"PK\x03\x04nonsense", "sheet_unreadable"),
        (b'sku,"half\n', "sheet_unreadable"),
        (b"sku\0,x\n", "sheet_unreadable"),
        (b"\xff\xfe\xff\n", "sheet_unreadable"),
        (b"sku\n" + b"A\n" * 5_001, "sheet_too_long"),
    ],
    ids=["empty", "no code", "no zip", "half quoted", "nul", "no text", "too long"],
)
def test_what_is_no_table_of_goods_is_refused(content, problem):
    with pytest.raises(BadInput) as refused:
        read_sheet(content)
    assert refused.value.problem == problem


def workbook(sheet_xml, extra=b""):
    """The smallest XLSX there is."""
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet_xml,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        if extra:
            archive.writestr("xl/media/big.bin", extra)
    return made.getvalue()


def sheet_of(*rows):
    def cell(value):
        text = f"<is><t>{value}</t></is>" if isinstance(value, str) else f"<v>{value}</v>"
        kind = ' t="inlineStr"' if isinstance(value, str) else ""
        return f"<c{kind}>{text}</c>"

    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    start = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return f"{start}{lines}</sheetData></worksheet>"


def test_a_workbook_is_read_like_the_text(database):
    content = workbook(sheet_of(("商品编码", "仓库", "实物库存"), ("A-18", "华东仓", 12), (1001, "华东仓", 3)))
    with transaction() as session:
        import_sheet(session, read_sheet(content), may_add=True, by="ceshi", now=NOW)
        assert (level(session, "A-18", "华东仓"), level(session, "1001", "华东仓")) == ((12, 0), (3, 0))


def test_a_workbook_that_swells_is_refused_before_it_is_read():
    content = workbook(sheet_of(("商品编码",), ("A",)), extra=b"0" * 40_000_000)
    assert len(content) < 100_000
    with pytest.raises(BadInput, match="unpacks to more"):
        read_sheet(content)


def test_a_floor_price_comes_in_and_goes_out_in_yuan(database):
    take('商品编码,底价\nA-18,"1,049.50"\nB-C1,\n')
    take("商品编码,商品名称\nA-18,抽屉柜\n")
    with reading() as session:
        assert dict(session.exec(select(Sku.code, Sku.floor_fen)).all()) == {"A-18": 104_950, "B-C1": 0}
        sheet = "".join(export_sheet(session))
    assert "1049.50" in sheet
    assert take(sheet) == 2
    for absurd in ("cheap", "-1", "1.005", "99999999"):
        with pytest.raises(BadRow):
            take(f"商品编码,底价\nA-18,{absurd}\n")
