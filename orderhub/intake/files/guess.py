"""What may these columns be? A guess for people to check: by the name of a column, then by what stands in it."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice

from orderhub.domain.words import ChannelStatus
from orderhub.intake.files.cells import Dates, moment, plain
from orderhub.intake.files.mapping import DATES, Column, Contents, FileField, FileMapping, Transform, named
from orderhub.kernel.errors import BadInput

F = FileField
SAMPLE_ROWS = 2000
_HISTORY = timedelta(days=60)
# Where a name fits several fields the first line wins; each field takes one column.
_NAMES: tuple[tuple[FileField, str], ...] = (
    (F.LINE_NO, r"子订单|行号|line_?(no|id|number)"),
    (F.TRACKING_NO, r"运单|快递单|物流单|tracking|waybill"),
    (F.CARRIER, r"快递公司|物流公司|承运|carrier"),
    (F.ORDER_NO, r"订单(编)?号|订单id|单号|order_?(no|id|number)|invoice_?(no|id|number)?$|^order$"),
    (F.PAID_AT, r"(付款|支付).*(时间|日期)|paid"),
    (F.SHIPPED_AT, r"发货.*(时间|日期)|ship(ped|ping)?_?(at|date|time)"),
    (F.COMPLETED_AT, r"(完成|收货|签收).*(时间|日期)|complet"),
    (F.CREATED_AT, r"(下单|创建|成交|订单|提交).*(时间|日期)|^日期$|^时间$|created|order_?date|invoice_?date|^date$"),
    (F.STATUS, r"状态|status"),
    (F.UNIT_PRICE, r"单价|售价|^价格|unit_?price|^price"),
    (F.LINE_TOTAL, r"(商品|行)(金额|小计)|line_?(total|amount)|subtotal"),
    (F.FREIGHT, r"运费|邮费|freight|shipping_?(fee|cost)|postage"),
    (F.DISCOUNT, r"优惠|折扣|discount"),
    (F.TOTAL, r"实付|应付|订单(总)?金额|总(金)?额|合计|order_?total|^total|amount"),
    (F.QUANTITY, r"数量|件数|quantity|qty"),
    (F.SKU, r"(商家|货品|商品|sku).*(编码|编号|代码)|货号|^sku|stock_?code|item_?code|product_?code"),
    (F.SPEC, r"规格|属性|spec|variant"),
    (F.TITLE, r"标题|(商品|宝贝|货品|产品)(名称)?$|品名|title|description|product_?name|item_?name"),
    (F.BUYER_NO, r"(客户|买家|会员)(编)?(号|id)|customer_?(id|no)|buyer_?(id|no)"),
    (F.BUYER_NAME, r"买家|会员|昵称|buyer|customer"),
    (F.RECEIVER_NAME, r"收(货|件)人(姓名)?$|receiver|consignee"),
    (F.PHONE, r"手机|电话|phone|mobile|tel"),
    (F.PROVINCE, r"^省|province|state$"),
    (F.CITY, r"^市|^城市|city"),
    (F.DISTRICT, r"^区|^县|district"),
    (F.ADDRESS, r"地址|address"),
    (F.BUYER_REMARK, r"(买家|客户).*(留言|备注)|留言|buyer_?(note|remark|message)"),
    (F.SELLER_REMARK, r"备注|remark|memo|note"),
)
_FREIGHT_CODES = frozenset({"POST", "POSTAGE", "DOT", "C2", "FREIGHT", "SHIPPING", "运费", "邮费"})
_NO_GOODS = re.compile(
    r"M|D|S|B|MANUAL|DISCOUNT|SAMPLES?|PADS|CRUK|ADJUST\w*|.*\bFEE|.*\bCHARGES|AMAZONFEE|GIFT_\w+|差价|补差价|赠品卡"
)


def guessed(header: Sequence[str], rows: Iterable[Sequence[str]], now: datetime) -> FileMapping:
    """A mapping that may be incomplete. Reads all ``rows``: a code that is no article may come late.

    Orders without a status that were all placed long ago are taken to be completed; younger ones go by their payment.
    """
    rest = iter(rows)
    first = list(islice(rest, SAMPLE_ROWS))
    columns = tuple(_columns(header, first))
    places = {name: _place(header, columns, name) for name in (F.SKU, F.QUANTITY)}
    codes: set[str] = set()
    has_returns = False
    for row in chain(first, rest):
        code = plain(row[place]).upper() if (place := places[F.SKU]) is not None and place < len(row) else ""
        if code in _FREIGHT_CODES or _NO_GOODS.fullmatch(code):
            codes.add(code)
        has_returns |= (place := places[F.QUANTITY]) is not None and place < len(row) and row[place][:1] == "-"
    has_status = any(column.field is F.STATUS for column in columns)
    return FileMapping(
        Contents.ORDERS,
        columns,
        has_returns=has_returns,
        freight_codes=frozenset(codes & _FREIGHT_CODES),
        other_codes=frozenset(codes - _FREIGHT_CODES),
        usual=None if has_status or not _is_history(header, columns, first, now) else ChannelStatus.COMPLETED,
    )


def _is_history(header: Sequence[str], columns: Sequence[Column], rows: Sequence[Sequence[str]], now: datetime) -> bool:
    place = _place(header, columns, F.CREATED_AT)
    if place is None:
        return False
    dates = next(Dates(column.transform) for column in columns if column.field is F.CREATED_AT)
    try:
        found = [moment(plain(row[place]), F.CREATED_AT, dates) for row in rows if place < len(row)]
    except BadInput:
        return False
    known = [at for at in found if at]
    return bool(known) and now - max(known) > _HISTORY


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Column]:
    found: dict[FileField, Column] = {}
    for place, name in enumerate(map(named, header)):
        cells = [plain(row[place]) for row in rows if place < len(row)]
        field = next((one for one, pattern in _NAMES if one not in found and re.search(pattern, name)), None)
        if name and field:
            found[field] = Column(name, field, _transform(field, [cell for cell in cells if cell]))
    return list(found.values())


def _transform(field: FileField, cells: list[str]) -> Transform:
    if field.transforms != DATES or not cells:
        return field.transforms[0]
    if all(cell.isdigit() for cell in cells):
        return Transform.UNIX_MS if len(cells[0]) == 13 else Transform.UNIX if len(cells[0]) == 10 else Transform.SERIAL
    return next((one for one in (Transform.YMD, Transform.DMY, Transform.MDY) if _fits(cells, Dates(one))), DATES[0])


def _fits(cells: list[str], dates: Dates) -> bool:
    try:
        return all(moment(cell, "moment", dates) is not None for cell in cells)
    except BadInput:
        return False


def _place(header: Sequence[str], columns: Sequence[Column], field: FileField) -> int | None:
    names = {column.name for column in columns if column.field is field}
    return next((place for place, name in enumerate(header) if named(name) in names), None)
