"""What does a TOP trade or refund say in our words? Source: official API metadata (2026-04) and field tables."""

from orderhub.connectors import fields, masking
from orderhub.connectors.channels.contract import Body
from orderhub.domain.drafts import LineDraft, OrderDraft, ParcelDraft, ReceiverDraft, RefundDraft
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus

ORDER_WORDS = {
    "TRADE_NO_CREATE_PAY": ChannelStatus.UNPAID,
    "WAIT_BUYER_PAY": ChannelStatus.UNPAID,
    "PAY_PENDING": ChannelStatus.UNPAID,
    "WAIT_PRE_AUTH_CONFIRM": ChannelStatus.UNPAID,
    "PAID_FORBID_CONSIGN": ChannelStatus.PAID_WAIT,
    "WAIT_SELLER_SEND_GOODS": ChannelStatus.PAID,
    "SELLER_CONSIGNED_PART": ChannelStatus.PARTLY_SHIPPED,
    "WAIT_BUYER_CONFIRM_GOODS": ChannelStatus.SHIPPED,
    "TRADE_BUYER_SIGNED": ChannelStatus.DELIVERED,
    "TRADE_FINISHED": ChannelStatus.COMPLETED,
    "TRADE_CLOSED": ChannelStatus.CLOSED_REFUNDED,
    "TRADE_CLOSED_BY_TAOBAO": ChannelStatus.CLOSED_UNPAID,
}
REFUND_WORDS = {
    "WAIT_SELLER_AGREE": AftersaleStatus.REQUESTED,
    "WAIT_BUYER_RETURN_GOODS": AftersaleStatus.AWAITING_RETURN,
    "WAIT_SELLER_CONFIRM_GOODS": AftersaleStatus.RETURNED,
    "SELLER_REFUSE_BUYER": AftersaleStatus.REJECTED,
    "CLOSED": AftersaleStatus.WITHDRAWN,
    "SUCCESS": AftersaleStatus.CLOSED,
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": AftersaleStatus.APPROVED,
    "WAIT_SELLER_CONSIGN_GOODS": AftersaleStatus.APPROVED,
    "EXCHANGE_TRANSFORM_TO_REFUND": AftersaleStatus.REQUESTED,
}
DISPUTE_KINDS = {
    "REFUND_AND_RETURN": AftersaleKind.RETURN_AND_REFUND,
    "TMALL_EXCHANGE": AftersaleKind.EXCHANGE,
    "TAOBAO_EXCHANGE": AftersaleKind.EXCHANGE,
    "RESHIPPING": AftersaleKind.RESEND,
}
_FLAGS = {"1": "red", "2": "yellow", "3": "green", "4": "blue", "5": "purple"}

TRADE_FIELDS = frozenset(
    """tid sid type status payment post_fee total_fee discount_fee adjust_fee received_payment created pay_time
    consign_time end_time modified timeout_action_time buyer_nick buyer_open_uid buyer_message buyer_memo
    seller_nick seller_memo seller_flag receiver_name receiver_mobile receiver_phone receiver_state receiver_city
    receiver_district receiver_town receiver_address receiver_zip oaid shipping_type step_trade_status step_paid_fee
    is_part_consign num has_buyer_message trade_from cod_fee cod_status point_fee real_point_fee
    buyer_obtain_point_fee commission_fee""".split()
)
ORDER_FIELDS = frozenset(
    """oid oid_str status title num num_iid sku_id outer_iid outer_sku_id sku_properties_name price total_fee payment
    discount_fee adjust_fee divide_order_fee part_mjz_discount refund_status refund_id end_time consign_time
    invoice_no logistics_company shipping_type pic_path cid estimate_con_time""".split()
)
REFUND_FIELDS = frozenset(
    """refund_id tid oid title buyer_nick buyer_open_uid seller_nick total_fee payment refund_fee status order_status
    good_status has_good_return reason desc company_name sid refund_phase refund_version dispute_type sku outer_id
    num created modified refund_remind_timeout cs_status advance_status""".split()
)
# Sent by some APIs, of no use to us, and no surprise.
_KNOWN_TRADE = TRADE_FIELDS | set(
    """orders title price num_iid pic_path buyer_rate seller_rate tid_str seller_can_rate can_rate""".split()
)
_KNOWN_ORDER = ORDER_FIELDS | set("""buyer_rate seller_rate seller_type snapshot_url is_oversold order_from""".split())


def parse_order(body: Body) -> OrderDraft:
    """Raises: BadInput: a field is missing or of the wrong kind; it is named.

    TOP promises no moment of shipping (``estimate_con_time`` is free text), so ``ship_by`` stays None.
    ``discount_fen`` balances the sum: goods + freight − discount = payment, so an upward price change counts negative.
    """
    orders = fields.rows(fields.child(body, "orders"), "order")
    lines = tuple(_line(order) for order in orders)
    word = fields.word(body, "status")
    paid_at = fields.beijing(body, "pay_time")
    total_fen = fields.yuan(body, "payment")
    freight_fen = fields.yuan(body, "post_fee", "0")
    placed_at = fields.needed("created", fields.beijing(body, "created"))
    closed_or_done = ORDER_WORDS.get(word) in (ChannelStatus.COMPLETED, ChannelStatus.CLOSED_REFUNDED)
    return OrderDraft(
        channel=Channel.TAOBAO,
        channel_order_no=fields.number(body, "tid"),
        status=ORDER_WORDS.get(word, ChannelStatus.UNKNOWN),
        status_word=word,
        updated_at=fields.beijing(body, "modified") or placed_at,
        placed_at=placed_at,
        lines=lines,
        total_fen=total_fen,
        freight_fen=freight_fen,
        discount_fen=sum(line.total_fen for line in lines) + freight_fen - total_fen,
        paid_fen=_paid_fen(body, total_fen if paid_at else 0),
        paid_at=paid_at,
        shipped_at=fields.beijing(body, "consign_time"),
        completed_at=fields.beijing(body, "end_time") if closed_or_done else None,
        buyer_token=fields.text(body, "buyer_open_uid"),
        buyer_masked=masking.mask_name(fields.text(body, "buyer_nick")),
        receiver=_receiver(body),
        buyer_remark=fields.text(body, "buyer_message"),
        seller_remark=fields.text(body, "seller_memo"),
        seller_flag=_FLAGS.get(fields.text(body, "seller_flag"), ""),
        is_presale=bool(fields.text(body, "step_trade_status")),
        parcels=_parcels(orders),
        unknown=_unknown(body, orders, word),
    )


def parse_refund(body: Body) -> RefundDraft:
    """Raises: BadInput: a field is missing or of the wrong kind; it is named."""
    word = fields.word(body, "status")
    requested_at = fields.needed("created", fields.beijing(body, "created"))
    unknown = [] if word in REFUND_WORDS else [f"refund.status: {word[:60]!r}"]
    return RefundDraft(
        channel=Channel.TAOBAO,
        channel_refund_no=fields.number(body, "refund_id"),
        channel_order_no=fields.number(body, "tid"),
        channel_line_no=fields.text(body, "oid"),
        kind=_refund_kind(body),
        status=REFUND_WORDS.get(word, AftersaleStatus.UNKNOWN),
        status_word=word,
        amount_fen=fields.yuan(body, "refund_fee"),
        requested_at=requested_at,
        updated_at=fields.beijing(body, "modified") or requested_at,
        reason=fields.text(body, "reason"),
        description=fields.text(body, "desc"),
        deadline=fields.beijing(fields.child(body, "refund_remind_timeout"), "timeout"),
        return_tracking_no=fields.text(body, "sid"),
        unknown=tuple(unknown + fields.unknown_fields("refund", body, REFUND_FIELDS)),
    )


def without_personal(body: Body) -> Body:
    """The body with whatever came in the clear masked; masked text, tokens and regions stay."""
    hidden = {
        "buyer_nick": masking.mask_name,
        "receiver_name": masking.mask_name,
        "receiver_mobile": masking.mask_phone,
        "receiver_phone": masking.mask_phone,
        "receiver_address": masking.mask_address,
        "buyer_alipay_no": masking.mask_phone,
        "buyer_email": masking.mask_name,
    }
    return {
        name: hidden[name](str(value)) if name in hidden and value is not None else value
        for name, value in body.items()
    }


def _paid_fen(body: Body, whole_fen: int) -> int:
    """Of a deposit order whose rest is still open only the deposit is paid."""
    if fields.text(body, "step_trade_status") == "FRONT_PAID_FINAL_NOPAID":
        return fields.yuan(body, "step_paid_fee", "0")
    return whole_fen


def _line(order: Body) -> LineDraft:
    return LineDraft(
        channel_line_no=fields.number(order, "oid"),
        sku_code=fields.text(order, "outer_sku_id") or fields.text(order, "outer_iid"),
        title=fields.text(order, "title"),
        quantity=fields.whole(order, "num"),
        unit_price_fen=fields.yuan(order, "price"),
        spec=fields.text(order, "sku_properties_name"),
        channel_item_no=fields.text(order, "num_iid"),
        channel_sku_no=fields.text(order, "sku_id"),
    )


def _receiver(body: Body) -> ReceiverDraft:
    phone = masking.mask_phone(fields.text(body, "receiver_mobile") or fields.text(body, "receiver_phone"))
    places = ("receiver_state", "receiver_city", "receiver_district")
    return ReceiverDraft(
        token=fields.text(body, "oaid"),
        name_masked=masking.mask_name(fields.text(body, "receiver_name")),
        phone_masked=phone,
        phone_tail=masking.phone_tail(phone),
        region=" ".join(filter(None, (fields.text(body, place) for place in places))),
        address_masked=masking.mask_address(fields.text(body, "receiver_address")),
    )


def _parcels(orders: list[Body]) -> tuple[ParcelDraft, ...]:
    """One parcel for each waybill named on the lines."""
    found: dict[str, list[Body]] = {}
    for order in orders:
        if tracking_no := fields.text(order, "invoice_no"):
            found.setdefault(tracking_no, []).append(order)
    return tuple(
        ParcelDraft(
            tracking_no=tracking_no,
            carrier_name=fields.text(lines[0], "logistics_company"),
            shipped_at=fields.beijing(lines[0], "consign_time"),
            line_nos=tuple(fields.number(line, "oid") for line in lines),
        )
        for tracking_no, lines in found.items()
    )


def _refund_kind(body: Body) -> AftersaleKind:
    if kind := DISPUTE_KINDS.get(fields.text(body, "dispute_type")):
        return kind
    if body.get("has_good_return") in (True, "true"):
        return AftersaleKind.RETURN_AND_REFUND
    shipped = fields.text(body, "order_status") not in ("WAIT_SELLER_SEND_GOODS", "PAID_FORBID_CONSIGN", "TRADE_CLOSED")
    before = fields.text(body, "good_status") == "BUYER_NOT_RECEIVED" and not shipped
    return AftersaleKind.REFUND_BEFORE_SHIPPING if before else AftersaleKind.REFUND_AFTER_SHIPPING


def _unknown(body: Body, orders: list[Body], word: str) -> tuple[str, ...]:
    words = [] if word in ORDER_WORDS else [f"trade.status: {word[:60]!r}"]
    strangers = fields.unknown_fields("trade", body, _KNOWN_TRADE)
    for order in orders:
        strangers += [name for name in fields.unknown_fields("order", order, _KNOWN_ORDER) if name not in strangers]
    return tuple(words + strangers[:10])
