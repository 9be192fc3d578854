"""How does TOP write a trade and a refund? Types as recorded: ids are JSON numbers, money yuan text, times Beijing.

Identities that hold for every trade: divide_order_fee = total_fee − part_mjz_discount on a line; payment = Σ of them +
post_fee; total_fee = Σ price × num; discount_fee = Σ part_mjz_discount.
"""

from typing import Any

from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.clock import from_unix, shanghai_text
from orderhub.kernel.money import yuan_text
from orderhub.lab.orders import OPEN_REFUND, SHIPPED, LabLine, LabOrder, LabRefund
from orderhub.lab.people import Person
from orderhub.lab.shelf import Shelf
from orderhub.lab.shops import LabShop

Body = dict[str, Any]

ORDER_WORDS = {
    ChannelStatus.UNPAID: "WAIT_BUYER_PAY",
    ChannelStatus.PAID_WAIT: "PAID_FORBID_CONSIGN",
    ChannelStatus.PAID: "WAIT_SELLER_SEND_GOODS",
    ChannelStatus.PARTLY_SHIPPED: "SELLER_CONSIGNED_PART",
    ChannelStatus.SHIPPED: "WAIT_BUYER_CONFIRM_GOODS",
    ChannelStatus.DELIVERED: "WAIT_BUYER_CONFIRM_GOODS",
    ChannelStatus.COMPLETED: "TRADE_FINISHED",
    ChannelStatus.CLOSED_UNPAID: "TRADE_CLOSED_BY_TAOBAO",
    ChannelStatus.CLOSED_REFUNDED: "TRADE_CLOSED",
}
REFUND_WORDS = {
    AftersaleStatus.REQUESTED: "WAIT_SELLER_AGREE",
    AftersaleStatus.AWAITING_RETURN: "WAIT_BUYER_RETURN_GOODS",
    AftersaleStatus.RETURNED: "WAIT_SELLER_CONFIRM_GOODS",
    AftersaleStatus.REJECTED: "SELLER_REFUSE_BUYER",
    AftersaleStatus.WITHDRAWN: "CLOSED",
    AftersaleStatus.CLOSED: "SUCCESS",
}
CARRIERS = {
    "ZTO": "中通快递",
    "YTO": "圆通速递",
    "STO": "申通快递",
    "YUNDA": "韵达快递",
    "SF": "顺丰速运",
    "EMS": "EMS",
    "JD": "京东快递",
    "POSTB": "邮政快递包裹",
}


def moment(at: int) -> str:
    return shanghai_text(from_unix(at))


def item_no(line: LabLine) -> int:
    return 700_000_000_000 + line.sku.position


def sku_no(line: LabLine) -> int:
    return 5_400_000_000_000 + line.sku.position


def trade(order: LabOrder, shop: LabShop, shelf: Shelf) -> Body:
    person = Person(order.buyer)
    return {
        "tid": order.number,
        "sid": str(order.number),
        "type": "step" if order.is_presale else "fixed",
        "status": order.status_word or ORDER_WORDS[order.status],
        "title": shop.name,
        "seller_nick": shop.name,
        "buyer_nick": person.name_masked,
        "buyer_open_uid": f"AAE{person.token('taobao-open-uid', length=24)}",
        "num": sum(line.quantity for line in order.lines),
        "created": moment(order.created),
        "modified": moment(order.modified),
        "shipping_type": "express" if order.freight_fen else "free",
        "cod_fee": "0.00",
        "cod_status": "NEW_CREATED",
        "seller_flag": order.flag,
        "has_buyer_message": bool(order.remark),
        "is_part_consign": order.status is ChannelStatus.PARTLY_SHIPPED,
        "trade_from": "WAP,WAP",
        "orders": {"order": [_line(line, order, shelf) for line in order.lines]},
        **_money(order),
        **_receiver(person),
        **_when_there(order),
    }


def refund(case: LabRefund, shop: LabShop) -> Body:
    person = Person(case.order.buyer)
    returns = case.kind is AftersaleKind.RETURN_AND_REFUND
    body = {
        "refund_id": case.number,
        "tid": case.order.number,
        "oid": case.line.number,
        "title": case.line.sku.title,
        "buyer_nick": person.name_masked,
        "buyer_open_uid": f"AAE{person.token('taobao-open-uid', length=24)}",
        "seller_nick": shop.name,
        "total_fee": yuan_text(case.line.share_fen),
        "payment": yuan_text(max(0, case.line.share_fen - case.amount_fen)),
        "refund_fee": yuan_text(case.amount_fen),
        "status": REFUND_WORDS[case.status],
        "order_status": ORDER_WORDS[case.order.status],
        "good_status": _good_status(case),
        "has_good_return": returns,
        "dispute_type": "REFUND_AND_RETURN" if returns else "REFUND",
        "reason": case.reason,
        "refund_phase": "aftersale" if case.order.status is ChannelStatus.COMPLETED else "onsale",
        "refund_version": case.modified * 1000,
        "outer_id": case.line.code,
        "num": case.line.quantity,
        "sku": f"{sku_no(case.line)}|规格:{case.line.sku.spec}",
        "created": moment(case.created),
        "modified": moment(case.modified),
    }
    if case.status in OPEN_REFUND:
        body["refund_remind_timeout"] = {"exist_timeout": True, "timeout": moment(case.deadline)}
    if case.return_tracking_no:
        body |= {"sid": case.return_tracking_no, "company_name": CARRIERS["YTO"]}
    return body


def _line(line: LabLine, order: LabOrder, shelf: Shelf) -> Body:
    case = shelf.refunds.get(line.refund_no)
    share_fen = line.share_fen + (order.freight_fen if len(order.lines) == 1 else 0)
    body = {
        "oid": line.number,
        "title": line.sku.title,
        "status": _line_word(line, order, case),
        "num": line.quantity,
        "num_iid": item_no(line),
        "sku_id": str(sku_no(line)),
        "outer_iid": line.code,
        "outer_sku_id": line.code,
        "sku_properties_name": f"规格:{line.sku.spec}",
        "price": yuan_text(line.price_fen),
        "total_fee": yuan_text(line.total_fen),
        "discount_fee": "0.00",
        "adjust_fee": "0.00",
        "part_mjz_discount": yuan_text(line.discount_fen),
        "divide_order_fee": yuan_text(line.share_fen),
        "payment": yuan_text(share_fen),
        "refund_status": REFUND_WORDS[case.status] if case else "NO_REFUND",
        "seller_type": "B",
        "buyer_rate": False,
        "seller_rate": False,
        "pic_path": "http://img.example.invalid/lab.jpg",
    }
    if case:
        body["refund_id"] = str(case.number)
    if parcel := next((parcel for parcel in order.parcels if line.number in parcel.line_nos), None):
        body |= {
            "invoice_no": parcel.tracking_no,
            "logistics_company": CARRIERS.get(parcel.carrier, parcel.carrier),
            "consign_time": moment(parcel.shipped_at),
            "shipping_type": "express",
        }
    return body


def _line_word(line: LabLine, order: LabOrder, case: LabRefund | None) -> str:
    if order.status is ChannelStatus.PARTLY_SHIPPED:
        shipped = ChannelStatus.SHIPPED if line.tracking_no else ChannelStatus.PAID
        return ORDER_WORDS[shipped]
    if case and case.status is AftersaleStatus.CLOSED:
        return "TRADE_CLOSED"
    return order.status_word or ORDER_WORDS[order.status]


def _money(order: LabOrder) -> Body:
    return {
        "payment": yuan_text(order.pay_fen),
        "post_fee": yuan_text(order.freight_fen),
        "total_fee": yuan_text(order.goods_fen),
        "discount_fee": yuan_text(order.discount_fen),
        "adjust_fee": "0.00",
        "received_payment": yuan_text(order.pay_fen if order.status is ChannelStatus.COMPLETED else 0),
        "point_fee": 0,
        "real_point_fee": 0,
        "buyer_obtain_point_fee": 0,
        "commission_fee": "0.00",
    }


def _receiver(person: Person) -> Body:
    place = person.place
    return {
        "receiver_name": person.name_masked,
        "receiver_mobile": f"*******{person.phone_tail}",
        "receiver_state": place.province,
        "receiver_city": place.city,
        "receiver_district": place.district,
        "receiver_address": "测*街道测**路***号****",
        "receiver_zip": "000000",
        "oaid": f"1{person.token('oaid', length=60)}",
    }


def opened(person: Person) -> Body:
    """The receiver in the clear, as `taobao.top.oaid.decrypt` tells it."""
    place = person.place
    return {
        "name": person.name,
        "mobile": person.mobile,
        "state": place.province,
        "city": place.city,
        "district": place.district,
        "town": "测试街道",
        "address_detail": person.address,
        "matched": True,
        "privacy_protection": False,
        "oaid": _receiver(person)["oaid"],
    }


def _when_there(order: LabOrder) -> Body:
    """Fields TOP leaves out where they are empty."""
    facts = {
        "pay_time": moment(order.paid_at) if order.paid_at else "",
        "consign_time": moment(order.shipped_at) if order.shipped_at else "",
        "end_time": moment(order.ended_at) if order.ended_at else "",
        "buyer_message": order.remark,
        "seller_memo": order.memo,
        "step_trade_status": "FRONT_PAID_FINAL_PAID" if order.is_presale and order.paid_at else "",
        "step_paid_fee": yuan_text(order.pay_fen) if order.is_presale and order.paid_at else "",
    }
    if order.status in (ChannelStatus.SHIPPED, ChannelStatus.DELIVERED):
        facts["timeout_action_time"] = moment(order.shipped_at + 10 * 86400)
    return {name: text for name, text in facts.items() if text}


def _good_status(case: LabRefund) -> str:
    if case.return_tracking_no:
        return "BUYER_RETURNED_GOODS"
    received = case.order.delivered_at and case.order.status in SHIPPED | {ChannelStatus.CLOSED_REFUNDED}
    return "BUYER_RECEIVED" if received else "BUYER_NOT_RECEIVED"
