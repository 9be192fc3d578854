"""Which column of a file is which field of an order, and how is it written there?"""

import unicodedata
from collections.abc import Iterable
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orderhub.domain.words import Channel, ChannelStatus
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import digest

MOST_CODES = 200


class Contents(StrEnum):
    """What the rows of a file are; a bill or a statement is recognised, and refused with the place it belongs to."""

    ORDERS = "orders"
    LINES = "lines"  # articles of orders that are here already
    REFUNDS = "refunds"
    BILL = "bill"


class Transform(StrEnum):
    """How a column writes its values."""

    TEXT = "text"
    NUMBER = "number"
    YUAN = "yuan"
    FEN = "fen"
    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"
    UNIX = "unix"
    UNIX_MS = "unix_ms"
    SERIAL = "serial"


DATES = (Transform.YMD, Transform.DMY, Transform.MDY, Transform.UNIX, Transform.UNIX_MS, Transform.SERIAL)
MONEY = (Transform.YUAN, Transform.FEN)


class FileField(StrEnum):
    ORDER_NO = "order_no"
    STATUS = "status"
    CREATED_AT = "created_at"
    PAID_AT = "paid_at"
    SHIPPED_AT = "shipped_at"
    COMPLETED_AT = "completed_at"
    SHIP_BY = "ship_by"
    TOTAL = "total"
    GOODS_TOTAL = "goods_total"
    FREIGHT = "freight"
    DISCOUNT = "discount"
    LINE_NO = "line_no"
    SKU = "sku"
    TITLE = "title"
    SPEC = "spec"
    QUANTITY = "quantity"
    UNIT_PRICE = "unit_price"
    LINE_TOTAL = "line_total"
    BUYER_NO = "buyer_no"
    BUYER_NAME = "buyer_name"
    RECEIVER_NAME = "receiver_name"
    PHONE = "phone"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    ADDRESS = "address"
    BUYER_REMARK = "buyer_remark"
    SELLER_REMARK = "seller_remark"
    TRACKING_NO = "tracking_no"
    CARRIER = "carrier"
    REFUND_NO = "refund_no"
    REFUND_KIND = "refund_kind"
    REFUND_STATUS = "refund_status"
    REFUND_AMOUNT = "refund_amount"
    REFUND_REASON = "refund_reason"
    REQUESTED_AT = "requested_at"
    CLOSED_AT = "closed_at"
    DEADLINE = "deadline"
    RETURN_NO = "return_no"
    IS_SHIPPED = "is_shipped"

    @property
    def transforms(self) -> tuple[Transform, ...]:
        """What may be chosen for it, the usual one first."""
        if self.value.endswith("_at") or self in (FileField.SHIP_BY, FileField.DEADLINE):
            return DATES
        if self in _AMOUNTS:
            return MONEY
        return (Transform.NUMBER,) if self is FileField.QUANTITY else (Transform.TEXT,)

    @property
    def is_personal(self) -> bool:
        """What stands there is a buyer's: never shown in a reason or a log."""
        return self in _PERSONAL


_F = FileField
_AMOUNTS = {_F.TOTAL, _F.GOODS_TOTAL, _F.FREIGHT, _F.DISCOUNT, _F.UNIT_PRICE, _F.LINE_TOTAL, _F.REFUND_AMOUNT}
_PERSONAL = {_F.BUYER_NAME, _F.RECEIVER_NAME, _F.PHONE, _F.ADDRESS, _F.BUYER_REMARK, _F.SELLER_REMARK}
# Several columns of one of these add up; of any other field the first that is not empty counts.
ADDED_UP = frozenset({_F.FREIGHT, _F.DISCOUNT, _F.REFUND_AMOUNT})
ORDER_FIELDS = tuple(list(FileField)[: list(FileField).index(_F.CARRIER) + 1])
NEEDED: dict[Contents, tuple[tuple[FileField, ...], ...]] = {
    # One of each group must be there.
    Contents.ORDERS: (
        (_F.ORDER_NO,),
        (_F.CREATED_AT, _F.PAID_AT),
        (_F.QUANTITY,),
        (_F.UNIT_PRICE, _F.LINE_TOTAL, _F.GOODS_TOTAL, _F.TOTAL),
        (_F.TITLE, _F.SKU),
    ),
    Contents.LINES: ((_F.ORDER_NO,), (_F.QUANTITY,), (_F.UNIT_PRICE,), (_F.TITLE, _F.SKU)),
    Contents.REFUNDS: ((_F.REFUND_NO,), (_F.ORDER_NO,), (_F.REFUND_AMOUNT,), (_F.REQUESTED_AT,)),
    Contents.BILL: (),
}


@dataclass(frozen=True)
class Column:
    """``name`` as ``named`` writes it."""

    name: str
    field: FileField
    transform: Transform


@dataclass(frozen=True)
class FileMapping:
    """``layout`` names a platform's own layout, or is empty for one that people made.

    ``is_per_row``: total, freight and discount stand on each row for that row alone and add up; else they are the
    order's, repeated. ``has_returns``: a negative quantity is something given back. ``freight_codes`` and
    ``other_codes`` stand in the SKU column and are no articles. ``statuses`` holds the platform's words; ``usual`` is
    the status of orders in a file without such a column.
    """

    contents: Contents
    columns: tuple[Column, ...]
    layout: str = ""
    channel: Channel | None = None
    is_per_row: bool = False
    has_returns: bool = False
    freight_codes: frozenset[str] = frozenset()
    other_codes: frozenset[str] = frozenset()
    usual: ChannelStatus | None = None
    statuses: Pairs[str, str] = field(default_factory=dict)

    def columns_of(self, wanted: FileField) -> list[Column]:
        return [column for column in self.columns if column.field is wanted]

    def missing(self) -> list[tuple[FileField, ...]]:
        """Groups of fields of which at least one has to be mapped, and none is."""
        there = {column.field for column in self.columns}
        return [group for group in NEEDED[self.contents] if there.isdisjoint(group)]

    def written(self) -> dict[str, Any]:
        """As JSON or YAML; ``read_mapping`` reads it back."""
        return {
            "contents": str(self.contents),
            "columns": [
                {"name": column.name, "field": str(column.field), "transform": str(column.transform)}
                for column in self.columns
            ],
            "is_per_row": self.is_per_row,
            "has_returns": self.has_returns,
            "freight_codes": sorted(self.freight_codes),
            "other_codes": sorted(self.other_codes),
            "usual": str(self.usual or ""),
        }


def named(name: str) -> str:
    """A header's name as names are compared: NFKC, small, without spaces. ``收货地址 `` is ``收货地址``."""
    return "".join(unicodedata.normalize("NFKC", name).replace("\ufeff", "").split()).casefold().strip("\"'`=")


def fingerprint(header: Iterable[str]) -> str:
    """The same for the same columns in any order."""
    return digest("\n".join(sorted({named(name) for name in header} - {""})))


def read_mapping(written: Any) -> FileMapping:
    """
    Raises:
        BadInput: an unknown field, transform or shape; the place is named.
    """
    if not isinstance(written, dict) or not isinstance(written.get("columns"), list):
        raise BadInput("mapping: needs contents and a list of columns", field="mapping", problem="not_mapping")
    try:
        made = FileMapping(
            contents=Contents(written.get("contents", "orders")),
            columns=tuple(_column(column) for column in written["columns"]),
            is_per_row=written.get("is_per_row") is True,
            has_returns=written.get("has_returns") is True,
            freight_codes=_codes(written.get("freight_codes", [])),
            other_codes=_codes(written.get("other_codes", [])),
            usual=ChannelStatus(written["usual"]) if written.get("usual") else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"mapping: cannot be read ({error})", field="mapping", problem="not_mapping") from error
    return made


def checked(mapping: FileMapping) -> FileMapping:
    """Raises: BadInput: a field that an order needs has no column."""
    if missing := mapping.missing():
        said = "; ".join(" or ".join(group) for group in missing)
        raise BadInput(f"mapping: no column for {said}", field=str(missing[0][0]), problem="file_incomplete")
    return mapping


def _column(written: Any) -> Column:
    found = Column(named(str(written["name"])), FileField(written["field"]), Transform(written["transform"]))
    if found.transform not in found.field.transforms:
        raise ValueError(f"{found.field} is not written as {found.transform}")
    return found


def _codes(written: Any) -> frozenset[str]:
    codes = {str(code).strip().upper() for code in written} - {""}
    if len(codes) > MOST_CODES:
        raise ValueError(f"more than {MOST_CODES} codes")
    return frozenset(codes)
