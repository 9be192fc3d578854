"""What does a bill or a ledger say? Read whole or refused; its own sums must agree with its lines."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from orderhub.connectors.payments.wechat_pay.bill import Bill, bill_of
from orderhub.domain.settlement import LineKind, StatementSource
from orderhub.domain.settlement_book import Delivery
from orderhub.domain.settlement_match import Line
from orderhub.intake.files.bounds import inflated
from orderhub.intake.files.cells import is_rounded, moment, money, plain
from orderhub.intake.files.layouts import recognise
from orderhub.intake.files.mapping import named
from orderhub.intake.files.plain_text import Row, find_encoding
from orderhub.intake.files.table import Table, opened
from orderhub.intake.statements.layouts import BILL, LAYOUTS, StatementLayout, is_out, kind_of
from orderhub.kernel.clock import business_day
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import clean_no, shown_text
from orderhub.kernel.money import parse_yuan

# Taobao's orders in an Alipay ledger: T200P and the number of the order.
_TAOBAO_NO = re.compile(r"T\d{3}P(\d{10,})")
_OWN_SUM = re.compile(r"#\s*(收入|支出)合计[:：].*?共\s*(-?[\d,]+(?:\.\d+)?)\s*元")
_BINARY = (b"PK", b"\xd0\xcf")
_FLOW_SUMS = "资金流水总笔数"


class BadStatementRow(BadInput):
    """``row`` is the line it ends on."""

    def __init__(self, row: int, error: BadInput) -> None:
        super().__init__(f"row {row}: {error}", field=error.field, problem="statement_row")
        self.row = row


def read_statement(path: Path, name: str, *, shop: str = "") -> Delivery:
    """What ``path``, which came under ``name``, holds. ``shop`` is the code of the shop whose account it is; a WeChat
    Pay trade bill names its merchant number itself.

    Raises:
        BadInput: no bill we know, not whole, or with other sums than its lines make; the row is named.
    """
    with opened(path, name) as table:
        found = recognise(table.header)
        layout = found.layout if found else ""
        if layout == BILL:
            return delivery_of(bill_of([table.header, *(cells for _, cells in table.rows)]), name=name)
        if layout not in LAYOUTS:
            raise BadInput(f"{name}: is no bill or ledger we know", field="file", problem="statement_unknown")
        if not shop:
            raise BadInput("shop: say whose account it is", field="shop", problem="statement_no_shop")
        rows = _Rows(LAYOUTS[layout], table)
        lines = tuple(rows)
    sums = rows.own_sums | _written_sums(path)
    _check_sums(sums, lines)
    return Delivery(LAYOUTS[layout].source, shop, lines, name=name, sums=sums)


def delivery_of(bill: Bill, *, name: str) -> Delivery:
    """A trade bill as lines of its merchant number, of one or several whole days.

    Raises:
        BadInput: it holds nothing, or several merchant numbers.
    """
    accounts = {row.merchant_no for row in bill.rows}
    if len(accounts) != 1 or "" in accounts:
        raise BadInput("bill: needs rows of one merchant number", field="商户号", problem="statement_account")
    lines = tuple(bill_lines(bill))
    days = frozenset(business_day(line.moved_at) for line in lines)
    return Delivery(StatementSource.WECHAT_PAY, accounts.pop(), lines, days, name, bill.sums)


def bill_lines(bill: Bill) -> Iterator[Line]:
    for row in bill.rows:
        is_back = bool(row.refund_fen or row.repayment_no)
        has_coupon = not is_back and row.settled_fen != row.amount_fen
        yield Line(
            kind=LineKind.REFUND if is_back else LineKind.RECEIPT if row.amount_fen else LineKind.OTHER,
            order_no=row.merchant_order_no,
            amount_fen=-row.refund_fen if is_back else row.amount_fen,
            moved_at=row.at,
            entry_no=row.refund_service_no if is_back else row.transaction_no,
            refund_no=row.repayment_no,
            fee_fen=row.fee_fen,
            fee_base_fen=row.settled_fen if has_coupon else None,
            rate_ppm=row.rate_ppm,
            word=row.state[:64],
        )


class _Rows:
    """The lines of a ledger; ``own_sums`` are known once all are read."""

    def __init__(self, layout: StatementLayout, table: Table) -> None:
        self.layout = layout
        self.own_sums: dict[str, int] = {}
        self._rows = table.rows
        self._places = {named(name): place for place, name in reversed(list(enumerate(table.header))) if name}

    def __iter__(self) -> Iterator[Line]:
        rows = iter(self._rows)
        for number, cells in rows:
            if plain(cells[0]) == _FLOW_SUMS:
                self.own_sums = _flow_sums(cells, next(rows, (number, [])))
                return
            try:
                yield from self._lines(cells)
            except BadInput as error:
                raise BadStatementRow(number, error) from error

    def _lines(self, cells: list[str]) -> Iterator[Line]:
        layout = self.layout
        moved_at = moment(self._first(cells, layout.moved_at), layout.moved_at)
        if moved_at is None:
            raise BadInput(f"{layout.moved_at}: is empty", field=layout.moved_at, problem="not_moment")
        word = shown_text(" ".join(filter(None, self._all(cells, layout.words))), 64)
        fen, gross = self._moved(cells), self._money(cells, layout.gross)
        known = {
            "order_no": _order_no(self._first(cells, layout.order_no)),
            "moved_at": moved_at,
            "entry_no": "/".join(filter(None, self._all(cells, layout.entry_no)))[:64],
            "word": word,
        }
        if not gross or fen <= 0:
            yield Line(kind=kind_of(word, fen), amount_fen=fen, **known)
            return
        fee = sum(abs(self._money(cells, name)) for name in layout.fees.split())
        yield Line(kind=LineKind.RECEIPT, amount_fen=gross, fee_fen=fee, **known)
        if rest := fen - (gross - fee):  # what the platform adds of its own
            yield Line(kind=LineKind.OTHER, amount_fen=rest, **known)

    def _moved(self, cells: list[str]) -> int:
        layout = self.layout
        if layout.amount:
            fen = self._money(cells, layout.amount)
            return -abs(fen) if is_out(self._first(cells, layout.direction)) else fen
        return abs(self._money(cells, layout.income)) - abs(self._money(cells, layout.outgo))

    def _money(self, cells: list[str], name: str) -> int:
        return money(self._first(cells, name), name) if name else 0

    def _first(self, cells: list[str], names: str) -> str:
        return next(filter(None, self._all(cells, names)), "")

    def _all(self, cells: list[str], names: str) -> Iterator[str]:
        for name in names.split():
            place = self._places.get(named(name))
            if place is not None:
                yield plain(cells[place])


def _order_no(text: str) -> str:
    if not text:
        return ""
    if is_rounded(text):
        raise BadInput(f"{text} was shortened by a spreadsheet", field="order_no", problem="rounded_no")
    found = _TAOBAO_NO.fullmatch(text)
    return clean_no(found[1] if found else text)


def _flow_sums(header: list[str], row: Row) -> dict[str, int]:
    names = [plain(cell) for cell in header]
    given = {name: plain(cell) for name, cell in zip(names, row[1], strict=False) if name}
    return {
        said: parse_yuan(given[name], field=name)
        for said, name in (("收入", "收入金额"), ("支出", "支出金额"))
        if given.get(name)
    }


def _written_sums(path: Path) -> dict[str, int]:
    """What a text file says of its own sums in its comments."""
    source = inflated(path)
    try:
        with source.open("rb") as file:
            if file.read(2) in _BINARY:
                return {}
        with source.open(encoding=find_encoding(source), newline="") as file:
            return dict(_own_sums(file))
    finally:
        if source != path:
            source.unlink(missing_ok=True)


def _own_sums(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    for line in lines:
        if line.lstrip("\ufeff").startswith("#") and (found := _OWN_SUM.search(line)):
            yield found[1], abs(parse_yuan(found[2].replace(",", ""), field=f"{found[1]}合计"))


def _check_sums(sums: Mapping[str, int], lines: Iterable[Line]) -> None:
    moved = [line.amount_fen - line.fee_fen for line in lines]
    ours = {"收入": sum(fen for fen in moved if fen > 0), "支出": -sum(fen for fen in moved if fen < 0)}
    for name, said in sums.items():
        if said != ours[name]:
            text = f"file: its own sum of {name} is {said} fen, its lines make {ours[name]}"
            raise BadInput(text, field=f"{name}合计", problem="statement_sums")
