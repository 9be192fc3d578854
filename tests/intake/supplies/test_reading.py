"""Does a merchant's own table of suppliers and purchases come in whole, once, and say which rows are wrong?"""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from orderhub.domain.purchase_order import PurchaseLine, PurchaseOrder, PurchaseStatus
from orderhub.domain.stock import StockEntry, warehouses
from orderhub.domain.supplier import Supplier, SupplierSku, contact_of
from orderhub.domain.supply_drafts import Arrival, Noted
from orderhub.intake.supplies.reading import BadSupplies, Read, read_supplies
from orderhub.intake.supplies.taking import Taken, take, weigh
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput
from tests.domain.stocked import level, stocked
from tests.domain.supplying import BY, TODAY

HEAD = (
    "供应商编码,供应商名称,联系方式,采购单号,下单日期,仓库,商品编码,采购数量,"
    "进价,承诺到货日,到货单号,到货日期,合格数,错发,少发,次品"
)
ROWS = (
    "HZ-01,杭州箱业,王经理 13812340001,PO-1,2026-11-01,east,BOX-40L,100,12.5,2026-11-10,RK-1,2026-11-09,60,1,,2",
    "HZ-01,,,PO-1,,east,BOX-40L,100,12.5,2026-11-10,RK-2,2026-11-12,37,,,",
    "HZ-01,,,PO-1,,east,BAG-1,10,3,2026-11-10,,,,,,",
    "NB-02,宁波包材,,PO-1,2026/11/2,,TAPE,5,,,RK-9,2026-11-05,,,,",
)


def read(tmp_path: Path, *rows: str, head: str = HEAD) -> Read:
    path = tmp_path / "purchases.csv"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return read_supplies(path, path.name)


def test_rows_of_an_order_become_its_lines_and_receipts(tmp_path: Path):
    found = read(tmp_path, *ROWS)
    assert found.problems == ()
    first, second = found.file.orders
    assert (first.supplier_code, first.order_no, first.warehouse, first.ordered_on) == (
        "HZ-01", "PO-1", "east", date(2026, 11, 1),
    )  # fmt: skip
    box, bag = first.lines
    assert box.arrivals == (
        Arrival("RK-1", date(2026, 11, 9), 60, 1, 0, 2),
        Arrival("RK-2", date(2026, 11, 12), 37),
    )
    assert (box.settled_on, box.is_counted, box.line.price_fen) == (date(2026, 11, 12), True, 1_250)
    assert (bag.arrivals, bag.settled_on) == ((), None)
    (tape,) = second.lines
    assert (tape.arrivals[0].good, tape.is_counted, tape.line.promised_on) == (5, False, None)
    assert {(note.done, note.rows) for note in found.file.notes} == {(Noted.NO_PROMISE, 1), (Noted.NOT_COUNTED, 1)}
    assert [draft.name for draft in found.file.suppliers] == ["杭州箱业", "宁波包材"]


def test_what_came_goes_to_the_shelf_once(tmp_path: Path, database: Database):
    file = read(tmp_path, *ROWS).file
    with database.transaction() as session:
        stocked(session, BOX_40L=0, BAG_1=0)
        weighed = weigh(session, file)
        assert (weighed.fresh, weighed.arrivals, weighed.shelved, weighed.unmatched) == (2, 3, 97, ("TAPE",))
        assert take(session, file, is_history=False, **BY) == Taken(2, 2, 3)
        assert level(session, "BOX-40L") == (97, 0)
        assert take(session, file, is_history=False, **BY) == Taken(2, 0, 0)
        assert level(session, "BOX-40L") == (97, 0)
        orders = session.exec(select(PurchaseOrder).order_by(PurchaseOrder.id)).all()  # type: ignore[arg-type]
        assert [(one.status, one.is_history) for one in orders] == [
            (PurchaseStatus.PARTLY_RECEIVED, False),
            (PurchaseStatus.RECEIVED, False),
        ]
        assert contact_of(session.exec(select(Supplier)).first()) == "王经理 13812340001"  # type: ignore[arg-type]


def test_a_later_receipt_of_a_known_order_is_added(tmp_path: Path, database: Database):
    with database.transaction() as session:
        stocked(session, BOX_40L=0, BAG_1=0)
        take(session, read(tmp_path, *ROWS).file, is_history=False, **BY)
        came = ROWS[2].replace(",,,,,", ",RK-3,2026-11-20,10,,,")
        assert take(session, read(tmp_path, *ROWS[:2], came).file, is_history=False, **BY) == Taken(1, 0, 1)
        assert level(session, "BAG-1") == (10, 0)
        assert set(session.exec(select(PurchaseOrder.status))) == {PurchaseStatus.RECEIVED}


def test_history_moves_no_stock_and_stays_history(tmp_path: Path, database: Database):
    with database.transaction() as session:
        stocked(session, BOX_40L=0)
        entries = len(session.exec(select(StockEntry)).all())
        assert take(session, read(tmp_path, *ROWS).file, is_history=True, **BY) == Taken(2, 2, 3)
        assert take(session, read(tmp_path, *ROWS).file, is_history=False, **BY) == Taken(2, 0, 0)
        assert len(session.exec(select(StockEntry)).all()) == entries
        assert set(session.exec(select(PurchaseOrder.is_history))) == {True}
        (east, _) = warehouses(session)
        assert set(session.exec(select(PurchaseOrder.warehouse_id))) == {east.id, 0}


def test_a_number_that_stands_for_other_lines_is_refused_and_nothing_is_kept(tmp_path: Path, database: Database):
    with database.transaction() as session:
        stocked(session, BOX_40L=0, BAG_1=0)
        take(session, read(tmp_path, *ROWS[:3]).file, is_history=False, **BY)
    with pytest.raises(BadSupplies) as caught, database.transaction() as session:
        take(session, read(tmp_path, ROWS[3], ROWS[0].replace(",100,", ",120,")).file, is_history=False, **BY)
    assert [(one.row, one.field, one.problem) for one in caught.value.problems] == [(3, "PO-1", "purchase_differs")]
    with database.reading() as session:
        assert [one.code for one in session.exec(select(Supplier))] == ["HZ-01"]


def test_goods_without_orders_say_what_a_supplier_sells(tmp_path: Path, database: Database):
    head = "供应商编码,供应商名称,交期(天),商品编码,装箱数,进价,首选"
    found = read(tmp_path, "HZ-01,杭州箱业,12,BOX-40L,24,11.80,是", "NB-02,宁波包材,,BOX-40L,,12,", head=head)
    with database.transaction() as session:
        stocked(session, BOX_40L=0)
        take(session, found.file, is_history=False, **BY)
        first, second = session.exec(select(SupplierSku).order_by(SupplierSku.supplier_id)).all()  # type: ignore[arg-type]
        assert (first.pack_size, first.price_fen, first.is_preferred) == (24, 1_180, True)
        assert (second.pack_size, second.price_fen, second.is_preferred) == (1, 1_200, False)
        assert session.exec(select(Supplier.lead_days)).first() == 12
    unknown = read(tmp_path, "HZ-01,,,NO-SUCH,1,1,", head=head).file
    with database.transaction() as session, pytest.raises(BadSupplies) as caught:
        take(session, unknown, is_history=False, **BY)
    assert [(one.row, one.problem) for one in caught.value.problems] == [(2, "not_found")]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",,,PO-1,,,BOX,1,,,,,,,,", "no_number"),
        ("HZ-01,,,PO-1,,,BOX,-3,,,,,,,,", "absurd_quantity"),
        ("HZ-01,,,PO-1,,,BOX,x,,,,,,,,", "not_whole"),
        ("HZ-01,,,PO-1,,,BOX,1,a,,,,,,,", "not_money"),
        ("HZ-01,,,PO-1,,,BOX,1,,gestern,,,,,,", "not_moment"),
        ("HZ-01,,,PO-1,,,BOX,5,,,RK,2026-11-01,4,1,1,", "supply_too_many"),
        ("HZ-01,,,PO-1,,,BOX,5,,,,,4,,,", "not_moment"),
        ("HZ-01,,,PO-1,,,BOX,5,,,RK,2026-11-01,6,-1,,", "absurd_quantity"),
        ("HZ-01,,,,,,BOX,5,,,,2026-11-01,,,,", "no_number"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_why(tmp_path: Path, row: str, problem: str):
    found = read(tmp_path, ROWS[3], row)
    assert [(one.row, one.problem) for one in found.problems] == [(3, problem)]


def test_the_same_line_again_is_a_problem(tmp_path: Path):
    assert [one.problem for one in read(tmp_path, ROWS[2], ROWS[2]).problems] == ["supply_twice"]
    assert [one.problem for one in read(tmp_path, ROWS[0], ROWS[0]).problems] == ["supply_twice"]
    too_many = ROWS[1].replace(",37,", ",38,")
    assert [one.problem for one in read(tmp_path, ROWS[0], too_many).problems] == ["supply_too_many"]


@pytest.mark.parametrize(
    ("head", "problem"),
    [("商品编码,数量", "supply_unknown"), ("供应商编码,采购单号,下单日期", "supply_no_lines")],
)
def test_a_table_of_something_else_is_refused(tmp_path: Path, head: str, problem: str):
    with pytest.raises(BadInput) as caught:
        read(tmp_path, "A,B", head=head)
    assert caught.value.problem == problem


def test_an_order_placed_elsewhere_without_a_day_was_placed_today(tmp_path: Path, database: Database):
    with database.transaction() as session:
        row = ROWS[2]
        stocked(session, BAG_1=0)
        take(session, read(tmp_path, row).file, is_history=False, **BY)
        _one(session, TODAY)


def _one(session: Session, day: date) -> None:
    assert session.exec(select(PurchaseOrder.ordered_on)).one() == day
    assert session.exec(select(PurchaseLine.promised_on)).one() == day - timedelta(days=14)
