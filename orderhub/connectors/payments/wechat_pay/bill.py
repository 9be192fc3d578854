"""What stands in a day's trade bill? Source: contracts/services, section 1 (six sources for the header); 2026-11.

UTF-8 with BOM, every cell behind a backtick, amounts in yuan; the last two lines are the sums.
"""

import csv
import hashlib
import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orderhub.connectors import fields
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import parse_yuan

MOST_BYTES = 200_000_000

_SUMS = ("总交易单数", "应结订单总金额", "退款总金额", "手续费总金额", "订单总金额", "申请退款总金额")
_PERCENT = re.compile(r"(\d{1,2}(?:\.\d{1,4})?)%", re.ASCII)


@dataclass(frozen=True)
class BillRow:
    """``amount_fen`` is the order's amount (0 in a row of a refund), ``refund_fen`` what was asked back.

    ``settled_fen`` and ``settled_refund_fen`` leave the service's own coupons out. A refund's ``state`` is that of the
    day it was asked for and never changes afterwards. ``rate_ppm`` is the fee's rate in millionths.
    """

    at: datetime
    merchant_order_no: str
    transaction_no: str
    state: str
    amount_fen: int
    settled_fen: int
    fee_fen: int
    repayment_no: str = ""
    refund_service_no: str = ""
    refund_fen: int = 0
    settled_refund_fen: int = 0
    merchant_no: str = ""
    rate_ppm: int | None = None


@dataclass(frozen=True)
class Bill:
    """``sums`` are the bill's own, by their Chinese names: fen, and the number of rows under 总交易单数."""

    rows: tuple[BillRow, ...]
    sums: dict[str, int]


def unpacked(raw: bytes, sha1: str) -> bytes:
    """The bill's text out of gzip, known to be whole.

    Source: the official DownloadBill sample computes SHA1 over the text after gunzip; one source.

    Raises:
        BadInput: cut off, too large, or another content than was promised.
    """
    machine = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = machine.decompress(raw, MOST_BYTES)
    except zlib.error as error:
        raise BadInput("bill: is no gzip", field="bill") from error
    if not machine.eof or machine.unconsumed_tail:
        raise BadInput("bill: breaks off, or is larger than 200 MB", field="bill")
    if hashlib.sha1(plain, usedforsecurity=False).hexdigest() != sha1.lower():
        raise BadInput("bill: its SHA1 is not the promised one", field="bill", problem="bad_hash")
    return plain


def read_bill(raw: bytes) -> Bill:
    """A bill of ``bill_type=ALL``, checked against its own sums.

    Raises:
        BadInput: not a bill, or the rows do not add up to the sums.
    """
    try:
        table = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput("bill: is no CSV in UTF-8", field="bill") from error
    return bill_of(table)


def bill_of(table: Sequence[Sequence[str]]) -> Bill:
    """A bill from its cells, the header first and its own sums last. Raises: BadInput, as ``read_bill``."""
    table = [[cell.removeprefix("`") for cell in line] for line in table if line]
    if len(table) < 3 or "微信订单号" not in table[0] or table[-2][:1] != ["总交易单数"]:
        raise BadInput("bill: lacks its header or its sums", field="bill")
    rows = tuple(_row(_named(table[0], line)) for line in table[1:-2])
    bill = Bill(rows, _sums(_named(table[-2], table[-1])))
    _check(bill)
    return bill


def _named(names: list[str], cells: list[str]) -> dict[str, str]:
    if len(names) != len(cells):
        raise BadInput("bill: a line has another number of cells than the header", field="bill")
    return dict(zip(names, cells, strict=True))


def _row(cells: dict[str, str]) -> BillRow:
    return BillRow(
        at=fields.needed("交易时间", fields.beijing(cells, "交易时间")),
        merchant_order_no=fields.number(cells, "商户订单号"),
        transaction_no=fields.number(cells, "微信订单号"),
        state=fields.word(cells, "交易状态"),
        amount_fen=fields.yuan(cells, "订单金额"),
        settled_fen=fields.yuan(cells, "应结订单金额"),
        fee_fen=fields.yuan(cells, "手续费"),
        # Where nothing went back the cell is 0.
        repayment_no=fields.text(cells, "商户退款单号").strip("0") and fields.text(cells, "商户退款单号"),
        refund_service_no=fields.text(cells, "微信退款单号").strip("0") and fields.text(cells, "微信退款单号"),
        refund_fen=fields.yuan(cells, "申请退款金额"),
        settled_refund_fen=fields.yuan(cells, "退款金额"),
        merchant_no=fields.text(cells, "商户号"),
        rate_ppm=_rate_ppm(fields.text(cells, "费率")),
    )


def _rate_ppm(text: str) -> int | None:
    """``0.60%`` is 6000; None where none is written."""
    if not text:
        return None
    if not (found := _PERCENT.fullmatch(text)):
        raise BadInput("费率: is no percentage", field="费率", problem="bad_field")
    return int(Decimal(found[1]) * 10_000)


def _sums(cells: dict[str, str]) -> dict[str, int]:
    sums = {name: parse_yuan(cells.get(name, ""), field=name) for name in _SUMS}
    return sums | {"总交易单数": sums["总交易单数"] // 100}


def _check(bill: Bill) -> None:
    counted = {
        "总交易单数": len(bill.rows),
        "应结订单总金额": sum(row.settled_fen for row in bill.rows),
        "退款总金额": sum(row.settled_refund_fen for row in bill.rows),
        "手续费总金额": sum(row.fee_fen for row in bill.rows),
        "订单总金额": sum(row.amount_fen for row in bill.rows),
        "申请退款总金额": sum(row.refund_fen for row in bill.rows),
    }
    for name, value in counted.items():
        if bill.sums[name] != value:
            raise BadInput(f"bill: {name} is {bill.sums[name]}, its rows make {value}", field=name, problem="bad_sum")
