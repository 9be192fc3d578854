"""What does a JD order, refund application or service order say in our words?

Source: official field comments of `pop.order.search`, `pop.afs.soa.refundapply` and `asc.*`, live captures; read
2026-11. Orders are written in yuan and Beijing time, applications in fen, service orders in yuan and milliseconds.
"""

import re
from datetime import datetime
from typing import Any

from orderhub.connectors import fields, masking
from orderhub.connectors.channels.contract import Body
from orderhub.domain.drafts import LineDraft, OrderDraft, ParcelDraft, ReceiverDraft, RefundDraft
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus

ORDER_WORDS = {
    "NOT_PAY": ChannelStatus.UNPAID,
    "WAIT_SELLER_STOCK_OUT": ChannelStatus.PAID,  # partly shipped instead where a parcel has left
    "WAIT_SELLER_DELIVERY": ChannelStatus.PAID,
    "WAIT_SEND_CODE": ChannelStatus.PAID,
    "LOCKED": ChannelStatus.PAID_WAIT,
    "PAUSE": ChannelStatus.PAID_WAIT,
    "POP_ORDER_PAUSE": ChannelStatus.PAID_WAIT,
    "SEND_TO_DISTRIBUTION_CENER": ChannelStatus.SHIPPED,
    "DISTRIBUTION_CENTER_RECEIVED": ChannelStatus.SHIPPED,
    "WAIT_GOODS_RECEIVE_CONFIRM": ChannelStatus.SHIPPED,
    "RECEIPTS_CONFIRM": ChannelStatus.COMPLETED,
    "FINISHED_L": ChannelStatus.COMPLETED,
    "TRADE_CANCELED": ChannelStatus.CLOSED_UNPAID,  # refunded instead where it had been paid
    "PARENT_TRADE_CANCELED": ChannelStatus.CLOSED_UNPAID,  # its goods go on under the numbers it was split into
}
APPLICATION_WORDS = {
    "0": AftersaleStatus.REQUESTED,
    "1": AftersaleStatus.APPROVED,
    "2": AftersaleStatus.REJECTED,
    "3": AftersaleStatus.CLOSED,
    "4": AftersaleStatus.REJECTED,
    "5": AftersaleStatus.APPROVED,
    "6": AftersaleStatus.APPROVED,
    "7": AftersaleStatus.APPROVED,
    "8": AftersaleStatus.REJECTED,
    "9": AftersaleStatus.CLOSED,
    "10": AftersaleStatus.REQUESTED,
    "11": AftersaleStatus.WITHDRAWN,
}
SERVICE_WORDS = {
    **dict.fromkeys(("10000", "10001", "10002", "10012", "10013"), AftersaleStatus.REQUESTED),
    "10004": AftersaleStatus.REJECTED,
    "10005": AftersaleStatus.AWAITING_RETURN,  # returned instead once a waybill is known
    "13000": AftersaleStatus.AWAITING_RETURN,
    **dict.fromkeys(("10006", "10007"), AftersaleStatus.RETURNED),
    **dict.fromkeys(("10009", "10041", "11000", "1100", "12000", "14000"), AftersaleStatus.APPROVED),
    "10010": AftersaleStatus.CLOSED,
    "10011": AftersaleStatus.WITHDRAWN,
}
SERVICE_KINDS = {"10": AftersaleKind.RETURN_AND_REFUND, "20": AftersaleKind.EXCHANGE}
SERVICE_MARK = "S"  # before a service order's number: applications are counted by themselves, from the same digits

_OVER = (ChannelStatus.COMPLETED, ChannelStatus.CLOSED_REFUNDED)
_FLAGS = {"1": "red", "2": "yellow", "3": "green", "4": "blue", "5": "purple"}
_PERSONAL = {
    **dict.fromkeys(("fullname", "pin", "realPin", "buyerId", "buyerName"), masking.mask_name),
    **dict.fromkeys(("customerName", "customerPin"), masking.mask_name),
    **dict.fromkeys(("telephone", "mobile", "customerMobile", "customerTel"), masking.mask_phone),
    **dict.fromkeys(("fullAddress", "pickwareAddress"), masking.mask_address),
}
_DROPPED = frozenset(
    """desen_telephone desen_mobile invoiceEasyInfo invoiceInfo invoiceCode vatInfo customerInfo afsContactInfo
    returnWareAddress appointment questionPic""".split()
)

# What is asked for by name; `optional_fields` answers nothing else.
ORDER_FIELDS = frozenset(
    """orderId venderId orderType payType orderTotalPrice orderSellerPrice orderPayment freightPrice sellerDiscount
    orderState orderStateRemark deliveryType orderRemark orderStartTime orderEndTime consigneeInfo itemInfoList
    couponDetailList venderRemark flag balanceUsed pin open_id_buyer returnOrder paymentConfirmTime waybill logisticsId
    modified directParentOrderId parentOrderId orderSource storeOrder idSopShipmenttype outBoundDate
    partialLogisticsInfoModel""".split()
)
_KNOWN = ORDER_FIELDS | set(
    """sendpayMap commission storeId mdbStoreId dataVersion idShipmenttype scDT serviceFee pauseBizInfo taxFee
    tuiHuoWuYou orderMarkDesc xid_buyer open_id shouldPay actualPay customs customsModel realPin""".split()
)
_KNOWN_LINE = frozenset(
    """id skuId outerSkuId skuName jdPrice itemTotal wareId productNo newStoreId giftPoint invoiceContentId itemExt
    serviceName""".split()
)
_WHOLE_AS_DECIMAL = re.compile(r"\.0+$")


def parse_order(body: Body) -> OrderDraft:
    """Raises: BadInput: a field is missing or of the wrong kind; it is named.

    Prices of orders never paid are 0 and not read. ``discount_fen`` balances the sum. JD promises no moment of
    shipping, so ``ship_by`` stays None.
    """
    lines = _lines(fields.rows(body, "itemInfoList"))
    word = fields.word(body, "orderState")
    paid_at = fields.beijing(body, "paymentConfirmTime")
    batches = fields.rows(body, "partialLogisticsInfoModel")
    status = _status(word, is_paid=bool(paid_at), has_left=bool(batches))
    freight_fen = fields.yuan(body, "freightPrice", "0")
    total_fen = payable_fen(body)
    placed_at = fields.needed("orderStartTime", fields.beijing(body, "orderStartTime"))
    return OrderDraft(
        channel=Channel.JD,
        channel_order_no=fields.number(body, "orderId"),
        status=status,
        status_word=word,
        updated_at=fields.beijing(body, "modified") or placed_at,
        placed_at=placed_at,
        lines=lines,
        total_fen=total_fen,
        freight_fen=freight_fen,
        discount_fen=sum(line.total_fen for line in lines) + freight_fen - total_fen,
        paid_fen=total_fen if paid_at else 0,
        paid_at=paid_at,
        shipped_at=_moment(body, "outBoundDate") or _first_shipment(batches),
        completed_at=fields.beijing(body, "orderEndTime") if status in _OVER else None,
        buyer_token=fields.text(body, "open_id_buyer"),
        buyer_masked=masking.mask_name(fields.text(body, "pin")),
        receiver=_receiver(fields.child(body, "consigneeInfo")),
        buyer_remark=fields.text(body, "orderRemark"),
        seller_remark=fields.text(body, "venderRemark"),
        seller_flag=_FLAGS.get(fields.text(body, "flag"), ""),
        parcels=_parcels(body, batches),
        unknown=_unknown(body, word),
    )


def parse_refund(body: Body) -> RefundDraft:
    """A refund application, or ``{"service": …, "detail": …}``: a service order's row and its own view.

    Raises: BadInput: a field is missing or of the wrong kind; it is named.
    """
    return _service(body) if "service" in body else _application(body)


def without_personal(value: Any) -> Any:
    """The body, at every depth, with whatever came in the clear masked; ciphers stay, contacts and invoices go."""
    if isinstance(value, list):
        return [without_personal(part) for part in value]
    if not isinstance(value, dict):
        return value
    kept: Body = {}
    for name, part in value.items():
        if name in _PERSONAL:
            # Some APIs write a person as an object: nothing of it is kept.
            plain = str(part) if isinstance(part, str | int) else ""
            kept[name] = plain if masking.is_cipher(plain) else _PERSONAL[name](plain)
        elif name not in _DROPPED:
            kept[name] = without_personal(part)
    return kept


def payable_fen(body: Body) -> int:
    """What the buyer pays: ``orderPayment`` and the JD balance used on top of it."""
    return fields.yuan(body, "orderPayment") + fields.yuan(body, "balanceUsed", "0")


def waybills(body: Body) -> list[tuple[str, str]]:
    """Carrier and number of each parcel: ``900|901`` and ``A1,A2|B1`` say that 900 carries A1 and A2, 901 B1."""
    carriers = fields.text(body, "logisticsId").split("|")
    groups = fields.text(body, "waybill").split("|")
    carriers += [""] * (len(groups) - len(carriers))
    pairs = zip(carriers, groups, strict=False)
    return [(carrier.strip(), no.strip()) for carrier, group in pairs for no in group.split(",") if no.strip()]


def _status(word: str, *, is_paid: bool, has_left: bool) -> ChannelStatus:
    status = ORDER_WORDS.get(word, ChannelStatus.UNKNOWN)
    if word == "TRADE_CANCELED" and is_paid:
        return ChannelStatus.CLOSED_REFUNDED
    return ChannelStatus.PARTLY_SHIPPED if status is ChannelStatus.PAID and has_left else status


def _lines(rows: list[Body]) -> tuple[LineDraft, ...]:
    """A line's number is its SKU's, which is how service orders name it; a SKU met again counts on (``…#2``)."""
    met: dict[str, int] = {}
    lines = []
    for row in rows:
        sku_no = fields.number(row, "skuId")
        met[sku_no] = met.get(sku_no, 0) + 1
        lines.append(_line(row, sku_no if met[sku_no] == 1 else f"{sku_no}#{met[sku_no]}"))
    return tuple(lines)


def _line(row: Body, line_no: str) -> LineDraft:
    return LineDraft(
        channel_line_no=line_no,
        sku_code=fields.text(row, "outerSkuId"),
        title=fields.text(row, "skuName"),
        quantity=fields.whole(row, "itemTotal"),
        unit_price_fen=fields.yuan(row, "jdPrice"),
        channel_item_no=fields.text(row, "wareId"),
        channel_sku_no=fields.text(row, "skuId"),
    )


def _receiver(person: Body) -> ReceiverDraft:
    """JD's own token where there is one, else the cipher of the address; a cipher is shown nowhere."""
    address = fields.text(person, "fullAddress")
    phone = masking.mask_phone(fields.text(person, "mobile") or fields.text(person, "telephone"))
    return ReceiverDraft(
        token=fields.text(person, "oaid") or (address if masking.is_cipher(address) else ""),
        name_masked=masking.mask_name(fields.text(person, "fullname")),
        phone_masked=phone,
        phone_tail=masking.phone_tail(phone),
        region=" ".join(filter(None, (fields.text(person, part) for part in ("province", "city", "county")))),
        address_masked=masking.mask_address(address),
    )


def _parcels(body: Body, batches: list[Body]) -> tuple[ParcelDraft, ...]:
    """The batches an order left in, then what is named for the whole of it and was in none of them."""
    sent = [
        ParcelDraft(
            tracking_no=fields.number(batch, "waybillId"),
            carrier_code=fields.text(batch, "logicId"),
            shipped_at=_moment(batch, "shipmentTime"),
        )
        for batch in batches
    ]
    met, shipped_at = {parcel.tracking_no for parcel in sent}, _moment(body, "outBoundDate")
    rest = [ParcelDraft(no, carrier, shipped_at=shipped_at) for carrier, no in waybills(body) if no not in met]
    return (*sent, *rest)


def _first_shipment(batches: list[Body]) -> datetime | None:
    return min(filter(None, (_moment(batch, "shipmentTime") for batch in batches)), default=None)


def _application(body: Body) -> RefundDraft:
    word = fields.word(body, "status")
    requested_at = fields.needed("applyTime", _moment(body, "applyTime"))
    checked_at = _moment(body, "checkTime")
    return RefundDraft(
        channel=Channel.JD,
        channel_refund_no=fields.number(body, "id"),
        channel_order_no=fields.number(body, "orderId"),
        kind=AftersaleKind.REFUND_BEFORE_SHIPPING,
        status=APPLICATION_WORDS.get(word, AftersaleStatus.UNKNOWN),
        status_word=word,
        amount_fen=_whole_fen(body, "applyRefundSum"),
        requested_at=requested_at,
        updated_at=_moment(body, "modified") or checked_at or requested_at,
        reason=fields.text(body, "reason"),
        description=fields.text(body, "checkRemark"),
        unknown=() if word in APPLICATION_WORDS else (f"refund.status: {word[:60]!r}",),
    )


def _service(body: Body) -> RefundDraft:
    row, detail = fields.child(body, "service"), fields.child(body, "detail")
    word, kind = fields.word(row, "serviceStatus"), fields.text(row, "customerExpect")
    requested_at = fields.needed("applyTime", _moment(row, "applyTime"))
    waybill = fields.text(row, "expressCode")
    status = SERVICE_WORDS.get(word, AftersaleStatus.UNKNOWN)
    unknown = [] if word in SERVICE_WORDS else [f"service.serviceStatus: {word[:60]!r}"]
    unknown += [] if kind in SERVICE_KINDS else [f"service.customerExpect: {kind[:60]!r}"]
    goods = fields.rows(detail, "serviceBillDetailList")
    return RefundDraft(
        channel=Channel.JD,
        channel_refund_no=SERVICE_MARK + fields.number(row, "serviceId"),
        channel_order_no=fields.number(row, "orderId"),
        channel_line_no=fields.text(row, "skuId"),
        kind=SERVICE_KINDS.get(kind, AftersaleKind.UNKNOWN),
        status=AftersaleStatus.RETURNED if waybill and status is AftersaleStatus.AWAITING_RETURN else status,
        status_word=word,
        amount_fen=0 if kind == "20" else sum(fields.yuan(part, "actualPayPrice") for part in goods),
        requested_at=requested_at,
        updated_at=service_moment(row) or requested_at,
        reason=fields.text(row, "questionTypeCid2Name") or fields.text(row, "questionTypeCid1Name"),
        description=fields.text(detail, "questionDesc"),
        return_tracking_no=waybill,
        unknown=tuple(unknown),
    )


def service_moment(row: Body) -> datetime | None:
    """The newer of its two times: a waybill the buyer adds moves only a time of its own."""
    moments = (_moment(row, "updateTime"), _moment(row, "freightUpdateDate"))
    return max(filter(None, moments), default=None)


def _moment(body: Body, name: str) -> datetime | None:
    """Beijing text, or milliseconds: JD writes the same field either way."""
    return fields.millis(body, name) if fields.text(body, name).isdecimal() else fields.beijing(body, name)


def _whole_fen(body: Body, name: str) -> int:
    """Fen, which JD declares as a decimal (``409900.0``)."""
    value = body.get(name)
    return fields.fen({name: _WHOLE_AS_DECIMAL.sub("", value) if isinstance(value, str) else value}, name)


def _unknown(body: Body, word: str) -> tuple[str, ...]:
    words = [] if word in ORDER_WORDS else [f"orderState: {word[:60]!r}"]
    strangers = fields.unknown_fields("order", body, _KNOWN | _DROPPED)
    for row in fields.rows(body, "itemInfoList"):
        strangers += [name for name in fields.unknown_fields("line", row, _KNOWN_LINE) if name not in strangers]
    return tuple(words + strangers[:10])
