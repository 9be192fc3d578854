"""What does a file of suppliers, purchases and receipts say? Columns by their names; every wrong row is named.

One row is what a supplier sells of a SKU or, with an order's number, a line of a purchase order, maybe with a receipt.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from orderhub.domain.purchase_order import LineDraft
from orderhub.domain.supplier import SupplierDraft, SupplyDraft
from orderhub.domain.supply_drafts import Arrival, Note, Noted, Ordered, OrderedLine, SupplyFile
from orderhub.intake.files.cells import moment, money, plain, whole
from orderhub.intake.files.mapping import named
from orderhub.intake.files.table import Table, opened
from orderhub.intake.supplies import scms
from orderhub.kernel.clock import business_day
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import shown_text

MOST_PROBLEMS = 50
# The best first.
_COLUMNS = {
    "supplier": "供应商编码 供应商代码 供应商编号 供应商 supplier supplier_code vendor",
    "name": "供应商名称 供应商全称 supplier_name",
    "contact": "联系方式 联系人 联系电话 contact",
    "lead": "交期(天) 交期 交货周期 lead_days lead_time",
    "currency": "币种 currency",
    "order_no": "采购单号 采购订单号 订单号 po order_no po_no",
    "ordered_on": "下单日期 采购日期 下单时间 ordered_on order_date",
    "warehouse": "仓库 收货仓库 入库仓库 warehouse",
    "code": "商品编码 商家编码 货号 sku sku_code code",
    "title": "商品名称 品名 名称 title item",
    "quantity": "采购数量 订购数量 数量 quantity ordered",
    "price": "进价 采购单价 单价 采购价 price unit_price",
    "pack": "装箱数 箱规 pack pack_size",
    "preferred": "首选 preferred",
    "promised_on": "承诺到货日 约定到货日期 预计到货日期 承诺日期 promised_on due",
    "receipt_no": "到货单号 入库单号 收货单号 receipt_no receipt",
    "received_on": "到货日期 入库日期 收货日期 received_on received_date",
    "good": "合格数 合格 实收数量 实收 good",
    "wrong": "错发 错货 wrong",
    "missing": "少发 缺少 短少 missing short",
    "defective": "次品 不良品 不良 defective defects",
}
_YES = ("1", "是", "yes", "true", "y")
_COUNTS = ("good", "wrong", "missing", "defective")


@dataclass(frozen=True)
class RowProblem:
    """``row`` is the line of the file it ends on; ``problem`` what is wrong with ``field``, the column's own name."""

    row: int
    field: str
    problem: str


@dataclass(frozen=True)
class Read:
    """``file`` holds the rows that can be read; it is taken only where there are no ``problems`` (the first 50)."""

    file: SupplyFile
    problems: tuple[RowProblem, ...] = ()


class BadSupplies(BadInput):
    """Rows of it cannot be read; nothing is taken."""

    def __init__(self, problems: tuple[RowProblem, ...]) -> None:
        first = problems[0]
        super().__init__(f"row {first.row}, {first.field}: {first.problem}", field="file", problem="supply_rows")
        self.problems = problems


def read_supplies(path: Path, name: str) -> Read:
    """What ``path``, which came under ``name``, holds.

    Raises:
        BadInput: no table, or no columns of suppliers or purchases.
    """
    with opened(path, name) as table:
        if scms.is_scms(table.header):
            return Read(scms.read(table, name))
        return _read(table, name)


def checked_supplies(path: Path, name: str) -> SupplyFile:
    """Raises: BadInput: as ``read_supplies``. BadSupplies: a row of it cannot be read."""
    read = read_supplies(path, name)
    if read.problems:
        raise BadSupplies(read.problems)
    return read.file


@dataclass
class _Found:
    """What the rows have said so far."""

    suppliers: dict[str, SupplierDraft] = field(default_factory=dict)
    supplies: dict[tuple[str, str], SupplyDraft] = field(default_factory=dict)
    orders: dict[tuple[str, str], Ordered] = field(default_factory=dict)
    lines: dict[tuple[str, str], dict[tuple[str, int, int, date | None], OrderedLine]] = field(default_factory=dict)
    noted: Counter[tuple[str, str, Noted]] = field(default_factory=Counter)
    rows: int = 0


def _read(table: Table, name: str) -> Read:
    columns, found = _Columns(table), _Found()
    problems: list[RowProblem] = []
    for number, cells in table.rows:
        found.rows += 1
        try:
            _take_row(columns, found, number, cells)
        except BadInput as error:
            if len(problems) < MOST_PROBLEMS:
                problems.append(RowProblem(number, error.field, error.problem))
    if not found.rows:
        raise BadInput("the file holds no row", field="file", problem="supply_empty")
    orders = [replace(order, lines=tuple(found.lines[key].values())) for key, order in found.orders.items()]
    notes = [Note(column, word, count, done) for (column, word, done), count in found.noted.items()]
    notes += without_orders(found.suppliers, orders)
    file = SupplyFile(name, list(found.suppliers.values()), list(found.supplies.values()), orders, notes, found.rows)
    return Read(file, tuple(problems))


def without_orders(suppliers: dict[str, SupplierDraft], orders: list[Ordered]) -> list[Note]:
    """One note of the suppliers nothing was ordered from, where the file speaks of orders at all."""
    silent = suppliers.keys() - {order.supplier_code for order in orders}
    return [Note("", ", ".join(sorted(silent))[:200], len(silent), Noted.NO_ORDERS)] if silent and orders else []


def _take_row(columns: "_Columns", found: _Found, number: int, cells: list[str]) -> None:
    supplier = columns.code(cells, "supplier")
    draft = _supplier(columns, cells, supplier)
    code = columns.text(cells, "code")
    order_no = columns.text(cells, "order_no")
    if order_no:
        _take_line(columns, found, number, cells, (supplier, columns.code(cells, "order_no")))
    elif columns.text(cells, "quantity") or columns.text(cells, "received_on"):
        raise BadInput("no order number", field=columns.name("order_no") or "采购单号", problem="no_number")
    elif code:
        pack = columns.whole(cells, "pack")
        price = columns.money(cells, "price")
        wanted = columns.text(cells, "preferred").lower()
        is_preferred = wanted in _YES if wanted else None
        told = SupplyDraft(supplier, columns.code(cells, "code"), pack, price, is_preferred, number)
        found.supplies[supplier, code] = told
    found.suppliers[supplier] = _joined(found.suppliers.get(supplier), draft)


def _supplier(columns: "_Columns", cells: list[str], code: str) -> SupplierDraft:
    return SupplierDraft(
        code,
        columns.text(cells, "name") or None,
        columns.text(cells, "contact") or None,
        columns.whole(cells, "lead"),
        columns.text(cells, "currency") or None,
    )


def _joined(one: SupplierDraft | None, more: SupplierDraft) -> SupplierDraft:
    """What a later row leaves empty stays as an earlier one said it."""
    if one is None:
        return more
    return replace(one, **{name: value for name, value in vars(more).items() if value is not None})


def _take_line(columns: "_Columns", found: _Found, number: int, cells: list[str], key: tuple[str, str]) -> None:
    code = columns.code(cells, "code")
    quantity = columns.whole(cells, "quantity")
    if not quantity or quantity < 0:
        raise BadInput("no quantity", field=columns.name("quantity"), problem="absurd_quantity")
    price, promised = columns.money(cells, "price") or 0, columns.day(cells, "promised_on")
    if promised is None:
        found.noted[columns.name("promised_on"), "", Noted.NO_PROMISE] += 1
    arrival = _arrival(columns, cells, quantity)
    is_counted = any(columns.text(cells, name) for name in _COUNTS)
    if arrival and not is_counted:
        found.noted[columns.name("received_on"), "", Noted.NOT_COUNTED] += 1
    ordered_on = columns.day(cells, "ordered_on")
    order = found.orders.setdefault(key, Ordered(*key, (), ordered_on, columns.text(cells, "warehouse")))
    if ordered_on and order.ordered_on is None:
        found.orders[key] = replace(order, ordered_on=ordered_on)
    lines = found.lines.setdefault(key, {})
    same = (code, quantity, price, promised)
    standing = lines.get(same)
    if standing is None:
        title = shown_text(columns.text(cells, "title"), 200)
        line = LineDraft(code, quantity, price, promised, title)
        lines[same] = OrderedLine(line, (arrival,) if arrival else (), is_counted or arrival is None, number)
        return
    if arrival is None or arrival.receipt_no in {one.receipt_no for one in standing.arrivals}:
        raise BadInput("the same line again", field=columns.name("order_no"), problem="supply_twice")
    if sum(one.pieces for one in standing.arrivals) + arrival.pieces > quantity:
        raise BadInput("more than was ordered", field=columns.name("quantity"), problem="supply_too_many")
    lines[same] = replace(
        standing, arrivals=(*standing.arrivals, arrival), is_counted=standing.is_counted and is_counted
    )


def _arrival(columns: "_Columns", cells: list[str], quantity: int) -> Arrival | None:
    """Without a count, everything has come."""
    day = columns.day(cells, "received_on")
    counts = [columns.whole(cells, name) or 0 for name in _COUNTS]
    if day is None:
        if any(counts):
            raise BadInput("no day", field=columns.name("received_on") or "到货日期", problem="not_moment")
        return None
    if min(counts) < 0:
        raise BadInput("negative", field=columns.name("good"), problem="absurd_quantity")
    if not any(counts):
        counts = [quantity, 0, 0, 0]
    if sum(counts) > quantity:
        raise BadInput("more than was ordered", field=columns.name("good"), problem="supply_too_many")
    return Arrival(columns.text(cells, "receipt_no")[:64] or str(day), day, *counts)


class _Columns:
    def __init__(self, table: Table) -> None:
        self._header = table.header
        places = {named(name): place for place, name in reversed(list(enumerate(table.header))) if name}
        self._places = {
            name: next((places[named(one)] for one in names.split() if named(one) in places), None)
            for name, names in _COLUMNS.items()
        }
        if self._places["supplier"] is None and self._places["name"] is not None:
            self._places["supplier"] = self._places["name"]
        if self._places["supplier"] is None:
            raise BadInput("no column 供应商编码", field="file", problem="supply_unknown")
        if self._places["order_no"] is not None and None in (self._places["code"], self._places["quantity"]):
            raise BadInput("no column 商品编码 or 采购数量", field="file", problem="supply_no_lines")

    def name(self, name: str) -> str:
        place = self._places[name]
        return self._header[place] if place is not None else ""

    def text(self, cells: list[str], name: str) -> str:
        place = self._places[name]
        return plain(cells[place]) if place is not None else ""

    def code(self, cells: list[str], name: str) -> str:
        said = self.text(cells, name)
        if not 1 <= len(said) <= 64:
            raise BadInput("no code", field=self.name(name), problem="no_number")
        return said

    def whole(self, cells: list[str], name: str) -> int | None:
        said = self.text(cells, name)
        return whole(said, self.name(name)) if said else None

    def money(self, cells: list[str], name: str) -> int | None:
        said = self.text(cells, name)
        return money(said, self.name(name)) if said else None

    def day(self, cells: list[str], name: str) -> date | None:
        found = moment(self.text(cells, name), self.name(name))
        return business_day(found) if found else None
