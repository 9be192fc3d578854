"""How does Pinduoduo write an order and an after-sale? Money is yuan as JSON numbers, times are text, Beijing.

Identities that hold for every order: goods_amount = Σ goods_price × goods_count; discount_amount = platform_discount +
seller_discount; pay_amount = goods_amount − discount_amount + postage. A case asked for alone is written in fen.
"""

import re
from typing import Any

from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.clock import from_unix, shanghai_text
from orderhub.kernel.money import yuan_text
from orderhub.lab.orders import OPEN_REFUND, LabLine, LabOrder, LabRefund
from orderhub.lab.people import Person
from orderhub.lab.shelf import Shelf
from orderhub.lab.shops import LabShop

Body = dict[str, Any]

TO_SHIP, SHIPPED, RECEIVED = 1, 2, 3
ORDER_WORDS = {
    ChannelStatus.PAID_WAIT: TO_SHIP,
    ChannelStatus.PAID: TO_SHIP,
    ChannelStatus.PARTLY_SHIPPED: TO_SHIP,
    ChannelStatus.SHIPPED: SHIPPED,
    ChannelStatus.DELIVERED: RECEIVED,
    ChannelStatus.COMPLETED: RECEIVED,
}
REFUND_WORDS = {
    AftersaleStatus.REQUESTED: 2,
    AftersaleStatus.AWAITING_RETURN: 7,
    AftersaleStatus.RETURNED: 3,
    AftersaleStatus.REJECTED: 6,
    AftersaleStatus.WITHDRAWN: 11,
    AftersaleStatus.CLOSED: 10,
}
KINDS = {
    AftersaleKind.REFUND_BEFORE_SHIPPING: 2,
    AftersaleKind.REFUND_AFTER_SHIPPING: 2,
    AftersaleKind.REFUSED_PARCEL: 2,
    AftersaleKind.RETURN_AND_REFUND: 3,
    AftersaleKind.EXCHANGE: 4,
    AftersaleKind.RESEND: 5,
}
# Of these numbers only 1 is documented; the others are the lab's.
CARRIERS = {
    1: "申通快递",
    44: "顺丰快递",
    85: "圆通快递",
    115: "中通快递",
    118: "EMS",
    121: "韵达快递",
    132: "邮政快递包裹",
}
# What the other system writes, in the platform's own numbers.
CARRIER_NOS = {"ZTO": 115, "YTO": 85, "STO": 1, "YUNDA": 121, "SF": 44}
CONFIRMED_AFTER_SECONDS = 5
_DAY_DIGITS = 10**15
_SECOND_DIGITS = 10**10


def order_no(created: int, turn: int) -> int:
    """The day and 15 digits that differ for every second of it and for a million turns; those of a line stay free."""
    day = int(shanghai_text(from_unix(created), "%y%m%d"))
    return day * _DAY_DIGITS + (created + 8 * 3600) % 86400 * _SECOND_DIGITS + turn * 7919 % 1_000_000


def write_no(number: int) -> str:
    """``order_sn``: the day, a dash and 15 digits."""
    return f"{number // _DAY_DIGITS:06d}-{number % _DAY_DIGITS:015d}"


def read_no(order_sn: str) -> int:
    """Raises: ValueError: no number of an order."""
    if not re.fullmatch(r"\d{6}-\d{15}", order_sn, re.ASCII):
        raise ValueError(order_sn)
    return int(order_sn.replace("-", ""))


def moment(at: int) -> str:
    """Empty for a moment that has not come."""
    return shanghai_text(from_unix(at)) if at else ""


def confirmed_at(row: LabOrder) -> int:
    """0 for an order that is not paid: it is never confirmed."""
    return row.paid_at + CONFIRMED_AFTER_SECONDS if row.paid_at else 0


def yuan(fen: int) -> int | float:
    """A JSON number; the quotient's shortest text is exact to the fen."""
    return fen // 100 if fen % 100 == 0 else fen / 100


def goods_no(line: LabLine) -> int:
    return 600_000_000_000 + line.sku.position


def sku_no(line: LabLine) -> int:
    return 1_400_000_000_000 + line.sku.position


def order(row: LabOrder, shop: LabShop, shelf: Shelf) -> Body:  # noqa: ARG001
    parcel = row.parcels[-1] if row.parcels else None
    return {
        "order_sn": write_no(row.number),
        "trade_type": 0,
        "created_time": moment(row.created),
        "pay_time": moment(row.paid_at),
        "confirm_time": moment(confirmed_at(row)),
        "updated_at": moment(row.modified),
        "last_ship_time": moment(row.ship_by),
        "shipping_time": moment(row.shipped_at),
        "receive_time": moment(row.ended_at if row.status is ChannelStatus.COMPLETED else 0),
        "buyer_memo": row.remark,
        "remark": row.memo,
        "remark_tag": row.flag,
        "remark_tag_name": "",
        "logistics_id": carrier_no(parcel.carrier) if parcel else 0,
        "tracking_number": parcel.tracking_no if parcel else "",
        "extra_delivery_list": [
            {"logistics_id": carrier_no(earlier.carrier), "tracking_number": earlier.tracking_no}
            for earlier in row.parcels[:-1]
        ],
        "is_lucky_flag": 1,
        "is_pre_sale": int(row.is_presale),
        "pre_sale_time": moment(row.ship_by) if row.is_presale else "",
        "step_order_info": None,
        "invoice_status": 0,
        "stock_out_handle_status": -1,
        "is_stock_out": 0,
        "pay_type": "WEIXIN" if row.paid_at else "",
        "pay_no": f"LAB{row.number}" if row.paid_at else "",
        "order_tag_list": [{"name": "no_trace_delivery", "value": 0}],
        "card_info_list": [],
        "item_list": [_item(line) for line in row.lines],
        **_status(row, shelf),
        **_money(row),
        **_receiver(row),
    }


def refund(case: LabRefund) -> Body:
    """A row of the list of refunds."""
    return {
        **_case(case),
        "after_sales_type": KINDS[case.kind],
        "after_sale_reason": case.reason,
        "order_amount": yuan_text(case.order.pay_fen),
        "refund_amount": yuan_text(case.amount_fen),
        "discount_amount": yuan_text(case.line.discount_fen),
        "goods_price": yuan_text(case.line.price_fen),
        "goods_number": str(case.line.quantity),
        "goods_id": goods_no(case.line),
        "goods_name": case.line.sku.title,
        "good_image": "http://img.example.invalid/lab.jpg",
        "outer_id": case.line.code,
        "outer_goods_id": "",
        "confirm_time": moment(confirmed_at(case.order)),
        "created_time": moment(case.created),
        "tracking_number": case.return_tracking_no,
        "shipping_name": CARRIERS[85] if case.return_tracking_no else "",
        "user_shipping_status": _said_of_the_parcel(case),
        "speed_refund_flag": 0,
        "dispute_refund_status": 0,
    }


def refund_alone(case: LabRefund) -> Body:
    """The case as it is answered when it is asked for alone: fen, unix seconds, kinds from 1."""
    is_open = case.status in OPEN_REFUND
    return {
        **_case(case),
        "after_sales_type": KINDS[case.kind] - 1,
        "after_sales_reason": case.reason,
        "order_amount": case.order.pay_fen,
        "refund_amount": case.amount_fen,
        "discount_amount": case.line.discount_fen,
        "goods_price": case.line.price_fen,
        "goods_number": case.line.quantity,
        "confirm_time": confirmed_at(case.order),
        "recreated_at": case.created,
        "expire_time": case.deadline if is_open else None,
        "express_no": case.return_tracking_no,
        "shipping_name": CARRIERS[85] if case.return_tracking_no else "",
        "shipping_status": int(case.kind is not AftersaleKind.REFUND_BEFORE_SHIPPING),
        "user_shipping_status": _said_of_the_parcel(case),
        "exchange_shipping_detail": None,
        "images": [],
        "join_or_not": "0",
        "remark": "",
        "speed_refund_flag": 0,
        "dispute_refund_status": 0,
    }


def carrier_no(carrier: str) -> int:
    """The other system names a carrier by letters, the hub by the platform's own number."""
    return CARRIER_NOS.get(carrier) or (int(carrier) if carrier.isdecimal() else 0)


def _case(case: LabRefund) -> Body:
    return {
        "id": case.number,
        "order_sn": write_no(case.order.number),
        "sku_id": str(sku_no(case.line)),
        "after_sales_status": REFUND_WORDS[case.status],
        "updated_time": moment(case.modified),
    }


def _said_of_the_parcel(case: LabRefund) -> str:
    """0 not asked, 1 not received, 2 received."""
    if case.kind is AftersaleKind.REFUND_BEFORE_SHIPPING:
        return "0"
    return "2" if case.order.delivered_at else "1"


def _item(line: LabLine) -> Body:
    return {
        "goods_id": goods_no(line),
        "sku_id": sku_no(line),
        "outer_id": line.code,
        "outer_goods_id": "",
        "goods_name": line.sku.title,
        "goods_price": yuan(line.price_fen),
        "goods_count": line.quantity,
        "goods_spec": line.sku.spec,
        "goods_img": "http://img.example.invalid/lab.jpg",
    }


def _status(row: LabOrder, shelf: Shelf) -> Body:
    cases = [shelf.refunds[number] for number in row.refund_nos if number in shelf.refunds]
    return {
        "order_status": _written_word(row.status_word) or ORDER_WORDS.get(row.status) or _reached(row),
        "refund_status": _refund_status(row, cases),
        "after_sales_status": REFUND_WORDS[cases[-1].status] if cases else 0,
        "confirm_status": 1,
        "group_status": 1,
        "risk_control_status": int(row.status is ChannelStatus.PAID_WAIT),
    }


def _written_word(word: str) -> int | str:
    return int(word) if word.isdecimal() else word


def _reached(row: LabOrder) -> int:
    """How far an order had gone when its money went back."""
    if row.delivered_at:
        return RECEIVED
    return SHIPPED if row.shipped_at else TO_SHIP


def _refund_status(row: LabOrder, cases: list[LabRefund]) -> int:
    """1 none or closed, 2 open, 4 money back; before shipping the last only once the whole order is refunded."""
    if row.status is ChannelStatus.CLOSED_REFUNDED:
        return 4
    if any(case.status in OPEN_REFUND for case in cases):
        return 2
    is_back = row.shipped_at and any(case.status is AftersaleStatus.CLOSED for case in cases)
    return 4 if is_back else 1


def _money(row: LabOrder) -> Body:
    return {
        "pay_amount": yuan(row.pay_fen),
        "goods_amount": yuan(row.goods_fen),
        "discount_amount": yuan(row.discount_fen),
        "platform_discount": yuan(row.channel_discount_fen),
        "seller_discount": yuan(row.discount_fen - row.channel_discount_fen),
        "capital_free_discount": 0,
        "postage": yuan(row.freight_fen),
        "service_fee_detail": [],
    }


def _receiver(row: LabOrder) -> Body:
    """Each field as cipher and, beside it, as mask. Nothing under review; no cipher once the order has left."""
    person, place = Person(row.buyer), Person(row.buyer).place
    is_shown, is_sealed = row.status is not ChannelStatus.PAID_WAIT, row.status is ChannelStatus.PAID
    masks = {
        "receiver_name": "测**",
        "receiver_phone": f"138****{person.phone_tail}",
        "receiver_address": "测试路***号***",
        "address": f"{place.province}{place.city}测试路***号***",
    }
    return {
        "country": "中国",
        "province": place.province,
        "city": place.city,
        "town": place.district,
        "open_address_id": person.token("pdd-open-address", length=32) if is_shown else "",
        **{name: _cipher(person, name) if is_sealed else "" for name in masks},
        **{f"{name}_mask": mask if is_shown else "" for name, mask in masks.items()},
    }


def opened(person: Person) -> dict[str, str]:
    """Each cipher with what is in it."""
    plain = {"receiver_name": person.name, "receiver_phone": person.mobile, "receiver_address": person.address}
    return {_cipher(person, name): text for name, text in plain.items()}


def _cipher(person: Person, name: str) -> str:
    if name == "receiver_phone":
        return f"${person.token('pdd-phone')}${person.token('pdd-phone-index', length=24)}$2$$"
    return f"~{person.token(f'pdd-{name}')}~{person.token(f'pdd-{name}-index', length=24)}~2~~"
