"""How does the Douyin shop platform write an order and an after-sale? Ids are text, money fen, times unix seconds.

Identities that hold for every order: sum_amount = origin_amount × item_num on a line; order_amount = Σ sum_amount +
post_amount; pay_amount = order_amount − promotion_amount; promotion_amount = Σ of its lines = shop's + platform's part.
"""

from typing import Any

from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.money import share_fen
from orderhub.lab.orders import OPEN_REFUND, LabLine, LabOrder, LabParcel, LabRefund
from orderhub.lab.people import Person
from orderhub.lab.shelf import Shelf
from orderhub.lab.shops import LabShop

Body = dict[str, Any]

# order_status and main_status with their texts.
ORDER_WORDS = {
    ChannelStatus.UNPAID: (1, 1, "待支付"),
    ChannelStatus.PAID_WAIT: (105, 105, "已支付"),
    ChannelStatus.PAID: (2, 2, "备货中"),
    ChannelStatus.PARTLY_SHIPPED: (101, 101, "部分发货"),
    ChannelStatus.SHIPPED: (3, 3, "已发货"),
    ChannelStatus.DELIVERED: (3, 3, "已发货"),
    ChannelStatus.COMPLETED: (5, 5, "已完成"),
    ChannelStatus.CLOSED_UNPAID: (4, 4, "已取消"),
    ChannelStatus.CLOSED_REFUNDED: (4, 21, "发货前退款完结"),
}
REFUND_WORDS = {
    AftersaleStatus.REQUESTED: (6, "待商家同意"),
    AftersaleStatus.AWAITING_RETURN: (7, "待买家退货"),
    AftersaleStatus.RETURNED: (11, "待商家二次同意"),
    AftersaleStatus.REJECTED: (27, "商家一次拒绝"),
    AftersaleStatus.WITHDRAWN: (28, "售后关闭"),
    AftersaleStatus.CLOSED: (12, "售后成功"),
}
KINDS = {
    AftersaleKind.RETURN_AND_REFUND: (0, "退货退款"),
    AftersaleKind.REFUND_AFTER_SHIPPING: (1, "已发货仅退款"),
    AftersaleKind.REFUND_BEFORE_SHIPPING: (2, "未发货仅退款"),
    AftersaleKind.EXCHANGE: (3, "换货"),
    AftersaleKind.RESEND: (7, "补寄"),
}
CARRIERS = {
    "zhongtong": "中通快递",
    "yuantong": "圆通快递",
    "shentong": "申通快递",
    "yunda": "韵达快递",
    "shunfeng": "顺丰速运",
    "ems": "EMS",
    "jd": "京东快递",
    "youzhengguonei": "邮政快递包裹",
}
# What the other system writes, in the platform's own codes.
CARRIER_CODES = {"ZTO": "zhongtong", "YTO": "yuantong", "STO": "shentong", "YUNDA": "yunda", "SF": "shunfeng"}
_CANCELLED_UNPAID = "用户超时未支付自动取消"


def product_no(line: LabLine) -> int:
    return 3_700_000_000_000_000_000 + line.sku.position


def sku_no(line: LabLine) -> int:
    return 1_780_000_000_000_000 + line.sku.position


def order(row: LabOrder, shop: LabShop, shelf: Shelf) -> Body:
    person = Person(row.buyer)
    return {
        "order_id": str(row.number),
        "shop_id": int(shop.shop_no),
        "shop_name": shop.name,
        "order_level": 2,
        "open_id": "",
        "doudian_open_id": f"#{person.token('doudian-open-id')}#",
        "open_address_id": f"#{person.token('open-address-id')}#",
        "order_expire_time": 1800,
        "channel_payment_no": f"LAB{row.number}" if row.paid_at else "",
        "buyer_words": row.remark,
        "seller_words": row.memo,
        "seller_remark_stars": row.flag,
        "logistics_info": [_parcel(parcel, row) for parcel in row.parcels],
        "sku_order_list": [_line(position, row, shelf) for position in range(len(row.lines))],
        "serial_number_list": [],
        "promotion_talent_amount": 0,
        "promotion_redpack_amount": 0,
        **_shared(row),
        **_receiver(person),
        **_status(row),
        **_money(row),
    }


def aftersale(case: LabRefund) -> Body:
    """A row of ``afterSale.List``."""
    status, status_text = REFUND_WORDS[case.status]
    kind, kind_text = KINDS[case.kind]
    return {
        "aftersale_info": {
            "aftersale_id": str(case.number),
            "aftersale_num": case.line.quantity,
            "aftersale_order_type": 1,
            "aftersale_status": status,
            "aftersale_type": kind,
            "apply_time": case.created,
            "create_time": case.created,
            "update_time": case.modified,
            "status_deadline": case.deadline if case.status in OPEN_REFUND else 0,
            "refund_amount": case.amount_fen,
            "refund_post_amount": max(0, case.amount_fen - case.line.share_fen),
            "refund_status": 3 if case.status is AftersaleStatus.CLOSED else 1,
            "refund_type": 0,
            "related_id": str(case.line.number),
            "arbitrate_status": 0,
            "got_pkg": int(bool(case.order.delivered_at)),
            "part_type": 0,
            "reason_second_labels": [{"code": 1, "name": case.reason}],
            "remark": "",
            "return_logistics_code": case.return_tracking_no,
            "return_logistics_company_name": CARRIERS["yuantong"] if case.return_tracking_no else "",
        },
        "order_info": {
            "shop_order_id": str(case.order.number),
            "order_flag": 0,
            "related_order_info": [_related(case)],
        },
        "text_part": {
            "aftersale_status_text": status_text,
            "aftersale_type_text": kind_text,
            "reason_text": case.reason,
        },
        "seller_logs": [],
    }


def aftersale_detail(case: LabRefund) -> Body:
    row = aftersale(case)
    info = dict(row["aftersale_info"])
    number = info.pop("aftersale_id")
    real = {"real_refund_amount": case.amount_fen if case.status is AftersaleStatus.CLOSED else 0}
    named = {"after_sale_id": number, "after_sale_status": info.pop("aftersale_status")}
    kind = {"after_sale_type": info.pop("aftersale_type"), "reason": case.reason, "refund_time": case.ended_at}
    return {"order_info": row["order_info"], "process_info": {"after_sale_info": info | named | kind | real}}


def _shared(row: LabOrder) -> Body:
    """What the order and each of its lines carry alike."""
    return {
        "biz": 2,
        "biz_desc": "小店自卖",
        "order_type": 0,
        "order_type_desc": "普通订单",
        "trade_type": 0,
        "trade_type_desc": "普通",
        "b_type": 2,
        "b_type_desc": "抖音",
        "sub_b_type": 3,
        "sub_b_type_desc": "APP",
        "pay_type": 7 if row.paid_at else 0,
        "create_time": row.created,
        "update_time": row.modified,
        "pay_time": row.paid_at,
        "ship_time": row.shipped_at,
        "finish_time": row.ended_at if row.status is ChannelStatus.COMPLETED else 0,
        "exp_ship_time": row.ship_by,
        "cancel_reason": _CANCELLED_UNPAID if row.status is ChannelStatus.CLOSED_UNPAID else "",
    }


def _status(row: LabOrder) -> Body:
    status, main, text = ORDER_WORDS[row.status]
    if row.status is ChannelStatus.CLOSED_REFUNDED and row.shipped_at:
        main, text = (39, "收货后退款完结") if row.delivered_at else (22, "发货后退款完结")
    word = int(row.status_word) if row.status_word.isdigit() else row.status_word or status
    return {"order_status": word, "order_status_desc": text, "main_status": main, "main_status_desc": text}


def _money(row: LabOrder) -> Body:
    channel_fen = min(row.channel_discount_fen, row.discount_fen)
    shop_fen = row.discount_fen - channel_fen
    return {
        "order_amount": row.goods_fen + row.freight_fen,
        "pay_amount": row.pay_fen,
        "post_amount": row.freight_fen,
        "post_insurance_amount": 0,
        "modify_amount": 0,
        "modify_post_amount": 0,
        "promotion_amount": row.discount_fen,
        "promotion_shop_amount": shop_fen,
        "promotion_platform_amount": channel_fen,
        "shop_cost_amount": shop_fen,
        "platform_cost_amount": channel_fen,
        "promotion_pay_amount": 0,
    }


def _receiver(person: Person) -> Body:
    place = person.place
    return {
        "encrypt_post_receiver": f"##{person.token('receiver', length=40)}*{person.token('index', length=20)}=#1##",
        "encrypt_post_tel": f"$${person.token('tel', length=40)}*{person.token('tel-index', length=20)}=$1$$",
        "mask_post_receiver": person.name_masked,
        "mask_post_tel": f"1********{person.phone_tail[-2:]}",
        "post_addr": {
            "province": {"name": place.province, "id": place.province_no},
            "city": {"name": place.city, "id": place.city_no},
            "town": {"name": place.district, "id": place.district_no},
            "street": {"name": "测试街道", "id": f"{place.district_no}001"},
            "encrypt_detail": f"##{person.token('address')}*{person.token('address-index', length=20)}=#1##",
        },
    }


def opened(person: Person) -> dict[str, str]:
    """Each cipher with what is in it."""
    sealed = _receiver(person)
    return {
        sealed["encrypt_post_receiver"]: person.name,
        sealed["encrypt_post_tel"]: person.mobile,
        sealed["post_addr"]["encrypt_detail"]: person.address,
    }


def _line(position: int, row: LabOrder, shelf: Shelf) -> Body:
    line = row.lines[position]
    case = shelf.refunds.get(line.refund_no)
    return {
        "order_id": str(line.number),
        "parent_order_id": str(row.number),
        "order_level": 3,
        "product_id": product_no(line),
        "product_id_str": str(product_no(line)),
        "product_name": line.sku.title,
        "product_pic": "https://img.example.invalid/lab.jpg",
        "sku_id": sku_no(line),
        "code": line.code,
        "out_sku_id": "",
        "out_product_id": "",
        "spec": [{"name": "规格", "value": line.sku.spec}],
        "item_num": line.quantity,
        "goods_type": 0,
        "has_tax": False,
        "is_comment": 0,
        "theme_type": "1",
        "theme_type_desc": "直播间",
        "pre_sale_type": int(row.is_presale),
        "receive_type": 1,
        "logistics_receipt_time": row.delivered_at,
        "confirm_receipt_time": row.ended_at if row.status is ChannelStatus.COMPLETED else 0,
        "inventory_list": [],
        "after_sale_info": _aftersale_state(case),
        **_shared(row),
        **_line_status(line, row),
        **_line_money(position, row),
    }


def _line_money(position: int, row: LabOrder) -> Body:
    """The platform's part of the discount is handed out like the whole; freight stands on the first line."""
    line = row.lines[position]
    channel_fen = min(row.channel_discount_fen, row.discount_fen)
    weights = [each.discount_fen for each in row.lines]
    channel = share_fen(channel_fen, weights)[position] if channel_fen else 0
    freight = row.freight_fen if position == 0 else 0
    return {
        "origin_amount": line.price_fen,
        "sum_amount": line.total_fen,
        "order_amount": line.total_fen + freight,
        "pay_amount": line.share_fen + freight,
        "post_amount": freight,
        "post_insurance_amount": 0,
        "modify_amount": 0,
        "modify_post_amount": 0,
        "promotion_amount": line.discount_fen,
        "promotion_shop_amount": line.discount_fen - channel,
        "promotion_platform_amount": channel,
        "promotion_pay_amount": 0,
        "shop_cost_amount": line.discount_fen - channel,
        "platform_cost_amount": channel,
    }


def _line_status(line: LabLine, row: LabOrder) -> Body:
    if row.status is not ChannelStatus.PARTLY_SHIPPED:
        return _status(row)
    status, main, text = ORDER_WORDS[ChannelStatus.SHIPPED if line.tracking_no else ChannelStatus.PAID]
    return {"order_status": status, "order_status_desc": text, "main_status": main, "main_status_desc": text}


def _aftersale_state(case: LabRefund | None) -> Body:
    if case is None:
        return {"after_sale_status": 0, "after_sale_type": 0, "refund_status": 0}
    return {
        "after_sale_status": REFUND_WORDS[case.status][0],
        "after_sale_type": KINDS[case.kind][0],
        "refund_status": 3 if case.status is AftersaleStatus.CLOSED else 1,
    }


def _parcel(parcel: LabParcel, row: LabOrder) -> Body:
    company = CARRIER_CODES.get(parcel.carrier, parcel.carrier)
    return {
        "tracking_no": parcel.tracking_no,
        "company": company,
        "company_name": CARRIERS.get(company, company),
        "ship_time": parcel.shipped_at,
        "delivery_id": f"{company}_{parcel.tracking_no}",
        "product_info": [
            {
                "product_name": line.sku.title,
                "price": line.price_fen,
                "outer_sku_id": line.code,
                "sku_id": sku_no(line),
                "sku_specs": [{"name": "规格", "value": line.sku.spec}],
                "product_count": line.quantity,
                "product_id": product_no(line),
                "product_id_str": str(product_no(line)),
                "sku_order_id": str(line.number),
            }
            for line in row.lines
            if line.number in parcel.line_nos
        ],
    }


def _related(case: LabRefund) -> Body:
    line, row = case.line, case.order
    return {
        "sku_order_id": str(line.number),
        "order_status": ORDER_WORDS[row.status][0],
        "pay_amount": line.share_fen,
        "post_amount": row.freight_fen,
        "item_num": line.quantity,
        "create_time": row.created,
        "price": line.price_fen,
        "aftersale_pay_amount": case.amount_fen,
        "aftersale_post_amount": max(0, case.amount_fen - line.share_fen),
        "aftersale_item_num": line.quantity,
        "promotion_pay_amount": 0,
        "product_id": product_no(line),
        "product_name": line.sku.title,
        "shop_sku_code": line.code,
        "sku_spec": [{"name": "规格", "value": line.sku.spec}],
        "logistics_code": line.tracking_no,
    }
