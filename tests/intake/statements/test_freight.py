"""Are the statements of carriers read by the names of their columns, and every wrong row named?"""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from orderhub.domain.freight import Charge
from orderhub.domain.freight_bill import FreightLine
from orderhub.domain.words import Carrier
from orderhub.intake.files.workbook import Fen, Format, Paper, write_table
from orderhub.intake.statements.freight import BadBill, checked_bill, read_bill
from orderhub.intake.statements.freight_by_hand import freighted
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput
from tests.builders import NOW


def a_file(path: Path, *lines: str, encoding: str = "gbk") -> Path:
    path.write_text("\n".join(lines), encoding=encoding)
    return path


def test_a_statement_with_a_title_and_a_total_gives_its_charges(tmp_path: Path):
    path = a_file(
        tmp_path / "sf.csv",
        "顺丰速运 2026年11月对账单,,,,,",
        "日期,运单号码,目的省份,计费重量(kg),费用类型,应付金额",
        "2026-11-23,SF1000000001,浙江省,1.25,运费,12.00",
        "2026/11/24,SF1000000002,新疆,,保价费,￥1,",
        "合计,,,,,13.00",
    )
    assert checked_bill(path, path.name, carrier="sf").charges == (
        Charge("SF1000000001", date(2026, 11, 23), 1200, 1250, "浙江省", "运费"),
        Charge("SF1000000002", date(2026, 11, 24), 100, 0, "新疆", "保价费"),
    )


@pytest.mark.parametrize(
    ("name", "said", "grams"),
    [("结算重量", "0.8", 800), ("计费重量(g)", "800", 800), ("重量", "800g", 800), ("重量(kg)", "1.0005公斤", 1000)],
)
def test_a_weight_is_in_kilograms_unless_the_name_or_the_cell_says_grams(
    tmp_path: Path, name: str, said: str, grams: int
):
    path = a_file(tmp_path / "x.csv", f"快递单号,揽收时间,运费,{name}", f"YT1000000001,2026-11-23 18:00:00,5.5,{said}")
    (one,) = checked_bill(path, path.name, carrier="圆通").charges
    assert (one.grams, one.charged_fen, one.day) == (grams, 550, date(2026, 11, 23))


def test_a_column_says_whose_bill_it_is(tmp_path: Path):
    head = "快递公司,运单号,日期,金额"
    path = a_file(tmp_path / "x.csv", head, "中通快递,ZT1000000001,2026-11-23,5")
    assert checked_bill(path, path.name).carrier is Carrier.ZTO
    for given, problem in (("sf", "freight_other_carrier"),):
        with pytest.raises(BadInput) as refused:
            read_bill(path, path.name, carrier=given)
        assert refused.value.problem == problem
    nameless = a_file(tmp_path / "y.csv", "运单号,日期,金额", "ZT1000000001,2026-11-23,5")
    with pytest.raises(BadInput) as refused:
        read_bill(nameless, nameless.name)
    assert refused.value.problem == "freight_no_carrier"


def test_every_wrong_row_is_named_and_nothing_is_taken(tmp_path: Path):
    path = a_file(
        tmp_path / "x.csv",
        "运单号,日期,运费,重量",
        "SF1000000001,2026-11-23,5,1",
        ",2026-11-23,5,1",
        "1.23E+15,2026-11-23,5,1",
        "SF1000000002,gestern,5,1",
        "SF1000000003,2026-11-23,fünf,1",
        "SF1000000004,2026-11-23,5,schwer",
        "SF1000000005,2026-11-23,,1",
        "SF!,2026-11-23,5,1",
        encoding="utf-8",
    )
    found = read_bill(path, path.name, carrier="sf").problems
    assert [(one.row, one.field, one.problem) for one in found] == [
        (3, "运单号", "no_number"),
        (4, "运单号", "rounded_no"),
        (5, "日期", "not_moment"),
        (6, "运费", "not_money"),
        (7, "重量", "freight_weight"),
        (8, "运费", "freight_no_amount"),
        (9, "运单号", "not_waybill"),
    ]
    with pytest.raises(BadBill):
        checked_bill(path, path.name, carrier="sf")


def test_a_table_that_is_no_freight_bill_says_what_is_missing(tmp_path: Path):
    path = a_file(tmp_path / "x.csv", "运单号,重量,备注", "SF1000000001,1,x")
    with pytest.raises(BadInput, match="揽收日期、应付金额") as refused:
        read_bill(path, path.name, carrier="sf")
    assert refused.value.problem == "freight_unknown"


def test_a_workbook_reads_as_a_text_file_does(tmp_path: Path):
    names = ["运单号", "揽收日期", "结算重量", "到件省份", "结算金额"]
    paper = Paper("运费", names, "说明", ["x"], "tester", NOW)
    path = tmp_path / "x.xlsx"
    assert write_table(path, Format.XLSX, paper, [["SF1000000001", "2026-11-23", "1.2", "浙江", Fen(1234)]]) == 1
    assert checked_bill(path, path.name, carrier="sf").charges == (
        Charge("SF1000000001", date(2026, 11, 23), 1234, 1200, "浙江"),
    )


def test_the_command_shows_what_it_would_take_and_takes_it_when_allowed(database: Database, tmp_path: Path):
    path = a_file(tmp_path / "x.csv", "运单号,日期,运费", "SF1000000001,2026-11-23,5")
    assert list(freighted(path, "sf", may_take=lambda: False)) == [
        "sf: 1 charges, 1 new, 5.00 in all\n  1 unknown_waybill\n  5.00 above what we expect"
    ]
    assert list(freighted(path, "sf", may_take=lambda: True))[1:] == ["1 charges are new"]
    with database.reading() as session:
        assert session.exec(select(FreightLine.charged_fen)).all() == [500]
