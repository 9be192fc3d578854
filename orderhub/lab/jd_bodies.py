"""How does JD write an order, a refund application and a service order?

Ids of orders are text, of refunds numbers; orders carry yuan as text and Beijing times, applications fen, service
orders yuan and milliseconds. Identities that hold for every paid order: orderSellerPrice = orderTotalPrice −
sellerDiscount; orderPayment = orderSellerPrice − Σ couponPrice + freightPrice. Never paid: both prices are 0.00,
orderPayment stays.
"""

from typing import Any

from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.clock import from_unix, shanghai_text
from orderhub.kernel.money import yuan_text
from orderhub.lab.orders import LabLine, LabOrder, LabParcel, LabRefund
from orderhub.lab.people import Person
from orderhub.lab.shelf import Shelf
from orderhub.lab.shops import LabShop

Body = dict[str, Any]

# orderState and orderStateRemark.
ORDER_WORDS = {
    ChannelStatus.UNPAID: ("NOT_PAY", "未付款"),
    ChannelStatus.PAID_WAIT: ("LOCKED", "已锁定"),
    ChannelStatus.PAID: ("WAIT_SELLER_STOCK_OUT", "等待出库"),
    ChannelStatus.PARTLY_SHIPPED: ("WAIT_SELLER_STOCK_OUT", "等待出库"),
    ChannelStatus.SHIPPED: ("WAIT_GOODS_RECEIVE_CONFIRM", "等待确认收货"),
    ChannelStatus.DELIVERED: ("WAIT_GOODS_RECEIVE_CONFIRM", "等待确认收货"),
    ChannelStatus.COMPLETED: ("FINISHED_L", "完成"),
    ChannelStatus.CLOSED_UNPAID: ("TRADE_CANCELED", "取消"),
    ChannelStatus.CLOSED_REFUNDED: ("TRADE_CANCELED", "取消"),
}
APPLICATION_WORDS = {
    AftersaleStatus.REQUESTED: 0,
    AftersaleStatus.REJECTED: 2,
    AftersaleStatus.CLOSED: 3,
    AftersaleStatus.WITHDRAWN: 11,
}
SERVICE_WORDS = {
    AftersaleStatus.REQUESTED: (10001, "待审核"),
    AftersaleStatus.AWAITING_RETURN: (10005, "待收货"),
    AftersaleStatus.RETURNED: (10005, "待收货"),
    AftersaleStatus.REJECTED: (10004, "审核关闭"),
    AftersaleStatus.CLOSED: (10010, "完成"),
    AftersaleStatus.WITHDRAWN: (10011, "取消"),
}
_EXPECTS = {AftersaleKind.RETURN_AND_REFUND: (10, "退货"), AftersaleKind.EXCHANGE: (20, "换货")}
# By JD's number of the carrier.
CARRIERS = {
    "1499": "中通速递",
    "463": "圆通快递",
    "470": "申通快递",
    "1327": "韵达快递",
    "467": "顺丰快递",
    "465": "邮政EMS",
    "2087": "京东快递",
    "2170": "邮政快递包裹",
}
# What the other system writes, in JD's own numbers.
CARRIER_CODES = {"ZTO": "1499", "YTO": "463", "STO": "470", "YUNDA": "1327", "SF": "467"}
RETURN_SECONDS = 7 * 86400
_NEVER = "0001-01-01 00:00:00"


def moment(at: int) -> str:
    return shanghai_text(from_unix(at)) if at else _NEVER


def is_service(case: LabRefund) -> bool:
    """Goods that come back are a service order; money for goods that have not arrived is an application."""
    return case.kind in _EXPECTS


def ware_no(line: LabLine) -> str:
    return str(10_020_000_000_000 + line.sku.position)


def sku_no(line: LabLine) -> int:
    return 10_050_000_000_000 + line.sku.position


def order(row: LabOrder, shop: LabShop, _shelf: Shelf) -> Body:
    person = Person(row.buyer)
    word, text = ORDER_WORDS[row.status]
    return {
        "orderId": str(row.number),
        "venderId": shop.shop_no,
        "orderType": "22",
        "payType": "4-在线支付",
        "orderState": row.status_word or word,
        "orderStateRemark": text,
        "deliveryType": "任意时间",
        "orderRemark": row.remark,
        "venderRemark": row.memo,
        "flag": str(row.flag) if row.flag else "",
        "orderStartTime": moment(row.created),
        "orderEndTime": moment(row.ended_at),
        "paymentConfirmTime": moment(row.paid_at),
        "modified": moment(row.modified),
        "pin": f"jd_{person.token('pin', length=12)}",
        "open_id_buyer": person.token("jd-open-id", length=32),
        "itemInfoList": [_item(line) for line in row.lines],
        "consigneeInfo": _consignee(person),
        "parentOrderId": "0",
        "directParentOrderId": "0",
        "orderSource": "移动端订单",
        "storeOrder": "",
        "returnOrder": "0",
        "idSopShipmenttype": 67,
        **_money(row),
        **_shipping(row),
    }


def application(case: LabRefund) -> Body:
    """A row of ``refundapply.queryPageList``."""
    person = Person(case.order.buyer)
    body = {
        "id": case.number,
        "orderId": str(case.order.number),
        "status": APPLICATION_WORDS[case.status],
        "applyRefundSum": case.amount_fen,
        "applyTime": moment(case.created),
        "modified": moment(case.modified),
        "buyerId": f"jd_{person.token('pin', length=12)}",
        "buyerName": person.name_masked,
        "reason": case.reason,
        "systemId": 11,
    }
    if case.status is not AftersaleStatus.REQUESTED:
        body |= {"checkTime": moment(case.modified), "checkUserName": "lab", "checkRemark": ""}
    return body


def service(case: LabRefund) -> Body:
    """A row of ``asc.sync.list``. A waybill moves a time of its own, not the service order's."""
    person = Person(case.order.buyer)
    expects, expects_text = _EXPECTS[case.kind]
    status, status_text = SERVICE_WORDS[case.status]
    returned = case.status is AftersaleStatus.RETURNED
    body = {
        "serviceId": case.number,
        "orderId": case.order.number,
        "customerExpect": expects,
        "customerExpectName": expects_text,
        "serviceStatus": status,
        "serviceStatusName": status_text,
        "applyTime": case.created * 1000,
        "updateTime": (case.deadline - RETURN_SECONDS if returned else case.modified) * 1000,
        "orderType": 22,
        "customerPin": f"jd_{person.token('pin', length=12)}",
        "customerName": person.name_masked,
        "customerTel": _phone(person),
        "pickwareAddress": "测*街道测**路***号****",
        "skuId": sku_no(case.line),
        "wareName": case.line.sku.title,
        "serviceCount": case.line.quantity,
        "pickwareType": 40,
        "questionTypeCid1": 19,
        "questionTypeCid1Name": case.reason,
        "sysVersion": 9,
    }
    if case.return_tracking_no:
        body |= {"expressCode": case.return_tracking_no, "freightUpdateDate": case.modified * 1000}
    return body


def service_view(case: LabRefund) -> Body:
    """``asc.query.view``: with the goods and what was paid for them, in yuan."""
    row = service(case)
    kept = ("serviceId", "orderId", "customerExpect", "customerExpectName", "serviceStatus", "serviceStatusName")
    return {name: row[name] for name in (*kept, "applyTime", "serviceCount", "sysVersion")} | {
        "updateDate": row["updateTime"],
        "questionDesc": case.reason,
        "questionPic": "",
        "serviceBillDetailList": [
            {
                "serviceDetailId": case.number,
                "skuId": sku_no(case.line),
                "wareName": case.line.sku.title,
                "wareNum": case.line.quantity,
                "payPrice": yuan_text(case.line.total_fen),
                "actualPayPrice": yuan_text(case.amount_fen),
                "wareType": 10,
            }
        ],
        "customerInfo": {"jdPin": row["customerPin"], "name": row["customerName"], "grade": 50},
    }


def _item(line: LabLine) -> Body:
    return {
        "skuId": str(sku_no(line)),
        "outerSkuId": line.code,
        "skuName": f"{line.sku.title} {line.sku.spec}",
        "jdPrice": yuan_text(line.price_fen),
        "itemTotal": str(line.quantity),
        "wareId": ware_no(line),
        "id": line.number,
        "productNo": "",
        "newStoreId": "0",
        "giftPoint": "0",
        "invoiceContentId": "",
    }


def _money(row: LabOrder) -> Body:
    """The merchant's part of a discount is ``sellerDiscount``, JD's is a coupon."""
    coupon_fen = min(row.channel_discount_fen, row.discount_fen)
    seller_fen = row.discount_fen - coupon_fen
    goods_fen = row.goods_fen if row.paid_at else 0
    coupon = {"orderId": str(row.number), "couponType": "34-京券优惠", "couponPrice": yuan_text(coupon_fen)}
    return {
        "orderTotalPrice": yuan_text(goods_fen),
        "sellerDiscount": yuan_text(seller_fen),
        "orderSellerPrice": yuan_text(goods_fen - seller_fen if row.paid_at else 0),
        "orderPayment": yuan_text(row.pay_fen),
        "freightPrice": yuan_text(row.freight_fen),
        "balanceUsed": "0.00",
        "couponDetailList": [coupon] if coupon_fen else [],
    }


def _shipping(row: LabOrder) -> Body:
    """An order that left whole has ``waybill``; one that leaves in parts has its batches until all are gone."""
    whole = row.status is not ChannelStatus.PARTLY_SHIPPED and bool(row.parcels)
    body: Body = {"outBoundDate": moment(row.shipped_at if whole else 0), "waybill": "", "logisticsId": ""}
    if whole:
        body["waybill"] = "|".join(parcel.tracking_no for parcel in row.parcels)
        body["logisticsId"] = "|".join(carrier_no(parcel) for parcel in row.parcels)
    if len(row.parcels) > 1 or (row.parcels and not whole):
        body["partialLogisticsInfoModel"] = [
            {
                "shipmentId": str(row.number * 10 + position),
                "waybillId": parcel.tracking_no,
                "logicId": carrier_no(parcel),
                "shipmentTime": parcel.shipped_at * 1000,
            }
            for position, parcel in enumerate(row.parcels)
        ]
    return body


def carrier_no(parcel: LabParcel) -> str:
    return CARRIER_CODES.get(parcel.carrier, parcel.carrier)


def _consignee(person: Person) -> Body:
    place = person.place
    return {
        "fullname": f"AAS/{person.token('jd-name', length=60)}=",
        "fullAddress": f"AAS/{person.token('jd-address', length=80)}==",
        "mobile": _phone(person),
        "telephone": _phone(person),
        "province": place.province.removesuffix("省").removesuffix("市"),
        "city": place.city,
        "county": place.district,
        "town": "测试街道",
        "provinceId": place.province_no,
        "cityId": place.city_no,
        "countyId": place.district_no,
        "townId": "0",
        "desen_mobile": person.token("jd-mobile-index", length=70),
        "desen_telephone": person.token("jd-mobile-index", length=70),
    }


def _phone(person: Person) -> str:
    return f"138*******{person.phone_tail[-1]}"
