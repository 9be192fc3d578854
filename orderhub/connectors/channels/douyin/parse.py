"""What does a Douyin order or after-sale say in our words? Source: API pages and SDK, read 2026-11.

Numbers come as numbers from the list and as text from the detail; amounts are fen, times unix seconds, 0 = none.
"""

from typing import Any

from orderhub.connectors import fields, masking
from orderhub.connectors.channels.contract import Body
from orderhub.domain.drafts import LineDraft, OrderDraft, ParcelDraft, ReceiverDraft, RefundDraft
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus

ORDER_WORDS = {
    "1": ChannelStatus.UNPAID,
    "105": ChannelStatus.PAID_WAIT,
    "2": ChannelStatus.PAID,
    "101": ChannelStatus.PARTLY_SHIPPED,
    "3": ChannelStatus.SHIPPED,
    "4": ChannelStatus.CLOSED_UNPAID,  # refunded instead where it had been paid
    "5": ChannelStatus.COMPLETED,
}
REFUND_WORDS = {
    "6": AftersaleStatus.REQUESTED,
    "7": AftersaleStatus.AWAITING_RETURN,
    "8": AftersaleStatus.APPROVED,
    "11": AftersaleStatus.RETURNED,
    "12": AftersaleStatus.CLOSED,
    "13": AftersaleStatus.APPROVED,
    "14": AftersaleStatus.CLOSED,
    "27": AftersaleStatus.REJECTED,
    "28": AftersaleStatus.WITHDRAWN,
    "29": AftersaleStatus.REJECTED,
    "51": AftersaleStatus.WITHDRAWN,
    "53": AftersaleStatus.CLOSED,
}
REFUND_KINDS = {
    "0": AftersaleKind.RETURN_AND_REFUND,
    "1": AftersaleKind.REFUND_AFTER_SHIPPING,
    "2": AftersaleKind.REFUND_BEFORE_SHIPPING,
    "3": AftersaleKind.EXCHANGE,
    "4": AftersaleKind.REFUND_BEFORE_SHIPPING,
    "5": AftersaleKind.REFUND_BEFORE_SHIPPING,
    "6": AftersaleKind.REFUND_AFTER_SHIPPING,
    "7": AftersaleKind.RESEND,
}
_OVER = (ChannelStatus.COMPLETED, ChannelStatus.CLOSED_REFUNDED)
_STARS = {"1": "purple", "2": "cyan", "3": "green", "4": "orange", "5": "red"}
_PERSONAL = {
    "encrypt_post_receiver": masking.mask_name,
    "mask_post_receiver": masking.mask_name,
    "encrypt_post_tel": masking.mask_phone,
    "mask_post_tel": masking.mask_phone,
    "encrypt_detail": masking.mask_address,
    "encrypt_account_id": masking.mask_phone,
    "post_receiver": masking.mask_name,
    "post_tel": masking.mask_phone,
    "detail": masking.mask_address,
    "mask_detail": masking.mask_address,
}
_DROPPED = {"user_id_info", "account_list"}

_KNOWN = frozenset(
    """shop_id shop_name open_id order_id order_level biz biz_desc order_type order_type_desc trade_type
    trade_type_desc order_status order_status_desc main_status main_status_desc pay_time order_expire_time
    finish_time create_time update_time cancel_reason buyer_words seller_words b_type b_type_desc sub_b_type
    sub_b_type_desc app_id pay_type channel_payment_no order_amount pay_amount post_amount post_insurance_amount
    modify_amount modify_post_amount promotion_amount promotion_shop_amount promotion_platform_amount
    shop_cost_amount platform_cost_amount promotion_talent_amount promotion_pay_amount encrypt_post_tel
    encrypt_post_receiver mask_post_tel mask_post_receiver mask_post_addr post_addr exp_ship_time ship_time
    logistics_info sku_order_list seller_remark_stars order_phase_list doudian_open_id open_address_id
    serial_number_list promotion_redpack_amount promotion_redpack_platform_amount promotion_redpack_talent_amount
    appointment_ship_time post_origin_amount post_promotion_amount promotion_detail shop_order_tag_ui
    total_promotion_amount tax_amount latest_receipt_time early_arrival order_tag address_tag_ui accept_order_status
    user_id_info""".split()
)
# What a line has beside the order's own fields.
_KNOWN_LINE = _KNOWN | frozenset(
    """parent_order_id send_pay send_pay_desc author_id author_name theme_type theme_type_desc room_id room_id_str
    content_id video_id origin_id cid c_biz c_biz_desc page_id code logistics_receipt_time confirm_receipt_time
    goods_type product_id product_id_str sku_id spec first_cid second_cid third_cid fourth_cid out_sku_id supplier_id
    out_product_id origin_amount has_tax item_num sum_amount source_platform product_pic is_comment product_name
    inventory_list pre_sale_type after_sale_info receive_type account_list ad_env_type bundle_sku_info campaign_info
    card_voucher given_product_type inventory_type inventory_type_desc master_sku_order_id master_sku_order_id_list
    need_serial_number out_warehouse_ids warehouse_ids reduce_stock_type reduce_stock_type_desc relation_order
    sku_order_tag_ui writeoff_info goods_price""".split()
)


def parse_order(body: Body) -> OrderDraft:
    """Raises: BadInput: a field is missing or of the wrong kind; it is named.

    ``discount_fen`` balances the sum: goods + freight − discount = pay_amount.
    """
    lines = tuple(_line(row) for row in fields.rows(body, "sku_order_list"))
    word = fields.word(body, "order_status")
    paid_at = fields.unix(body, "pay_time")
    status = ORDER_WORDS.get(word, ChannelStatus.UNKNOWN)
    if status is ChannelStatus.CLOSED_UNPAID and paid_at:
        status = ChannelStatus.CLOSED_REFUNDED
    total_fen = fields.fen(body, "pay_amount")
    freight_fen = fields.fen(body, "post_amount", 0)
    placed_at = fields.needed("create_time", fields.unix(body, "create_time"))
    unknown = [] if word in ORDER_WORDS else [f"order_status: {word[:60]!r}"]
    return OrderDraft(
        channel=Channel.DOUYIN,
        channel_order_no=fields.number(body, "order_id"),
        status=status,
        status_word=word,
        updated_at=fields.unix(body, "update_time") or placed_at,
        placed_at=placed_at,
        lines=lines,
        total_fen=total_fen,
        freight_fen=freight_fen,
        discount_fen=sum(line.total_fen for line in lines) + freight_fen - total_fen,
        paid_fen=total_fen if paid_at else 0,
        paid_at=paid_at,
        ship_by=fields.unix(body, "exp_ship_time"),
        shipped_at=fields.unix(body, "ship_time"),
        completed_at=fields.unix(body, "finish_time") if status in _OVER else None,
        buyer_token=fields.text(body, "doudian_open_id"),
        buyer_masked=_shown(body, "post_receiver", masking.mask_name),
        receiver=_receiver(body),
        buyer_remark=fields.text(body, "buyer_words"),
        seller_remark=fields.text(body, "seller_words"),
        seller_flag=_STARS.get(fields.text(body, "seller_remark_stars"), ""),
        is_presale=_is_presale(body),
        parcels=tuple(_parcel(row) for row in fields.rows(body, "logistics_info") if fields.text(row, "tracking_no")),
        unknown=tuple(unknown + _strangers(body)),
    )


def parse_refund(body: Body) -> RefundDraft:
    """Raises: BadInput: a field is missing or of the wrong kind; it is named."""
    case = fields.child(body, "aftersale_info")
    order = fields.child(body, "order_info")
    word = fields.text(case, "aftersale_status") or fields.text(case, "after_sale_status")
    kind = fields.text(case, "aftersale_type") or fields.text(case, "after_sale_type")
    requested_at = fields.needed("apply_time", fields.unix(case, "apply_time"))
    unknown = [] if word in REFUND_WORDS else [f"aftersale_status: {word[:60]!r}"]
    unknown += [] if kind in REFUND_KINDS else [f"aftersale_type: {kind[:60]!r}"]
    lines = fields.rows(order, "related_order_info") or fields.rows(order, "sku_order_infos")
    reasons = fields.rows(case, "reason_second_labels")
    return RefundDraft(
        channel=Channel.DOUYIN,
        channel_refund_no=fields.number(case, "aftersale_id" if "aftersale_id" in case else "after_sale_id"),
        channel_order_no=fields.number(order, "shop_order_id"),
        channel_line_no=fields.text(lines[0], "sku_order_id") if lines else "",
        kind=REFUND_KINDS.get(kind, AftersaleKind.UNKNOWN),
        status=REFUND_WORDS.get(word, AftersaleStatus.UNKNOWN),
        status_word=word,
        amount_fen=fields.fen(case, "refund_amount"),
        requested_at=requested_at,
        updated_at=fields.unix(case, "update_time") or requested_at,
        reason=fields.text(fields.child(body, "text_part"), "reason_text")
        or _first(reasons, "name")
        or fields.text(case, "reason"),
        description=fields.text(case, "remark"),
        deadline=fields.unix(case, "status_deadline"),
        return_tracking_no=fields.text(case, "return_logistics_code"),
        unknown=tuple(unknown),
    )


def without_personal(value: Any) -> Any:
    """The body, at every depth, with whatever came in the clear masked; ciphers of identity papers are dropped."""
    if isinstance(value, list):
        return [without_personal(part) for part in value]
    if not isinstance(value, dict):
        return value
    kept: Body = {}
    for name, part in value.items():
        if name in _PERSONAL and isinstance(part, str | int):
            kept[name] = part if masking.is_cipher(str(part)) else _PERSONAL[name](str(part))
        elif name not in _DROPPED:
            kept[name] = without_personal(part)
    return kept


def _strangers(body: Body) -> list[str]:
    found = fields.unknown_fields("order", body, _KNOWN)
    for row in fields.rows(body, "sku_order_list"):
        found += [name for name in fields.unknown_fields("line", row, _KNOWN_LINE) if name not in found]
    return found[:10]


def _line(row: Body) -> LineDraft:
    specs = fields.rows(row, "spec")
    return LineDraft(
        channel_line_no=fields.number(row, "order_id"),
        sku_code=fields.text(row, "code") or fields.text(row, "out_sku_id"),
        title=fields.text(row, "product_name"),
        quantity=fields.whole(row, "item_num"),
        unit_price_fen=fields.fen(row, "origin_amount"),
        spec=" ".join(fields.text(spec, "value") for spec in specs),
        channel_item_no=fields.text(row, "product_id"),
        channel_sku_no=fields.text(row, "sku_id"),
        ship_by=fields.unix(row, "exp_ship_time"),
    )


def _is_presale(body: Body) -> bool:
    return any(fields.text(row, "pre_sale_type") not in ("", "0") for row in fields.rows(body, "sku_order_list"))


def _receiver(body: Body) -> ReceiverDraft:
    place = fields.child(body, "post_addr")
    phone = _shown(body, "post_tel", masking.mask_phone)
    names = (fields.text(fields.child(place, part), "name") for part in ("province", "city", "town"))
    return ReceiverDraft(
        token=fields.text(body, "open_address_id"),
        name_masked=_shown(body, "post_receiver", masking.mask_name),
        phone_masked=phone,
        phone_tail=masking.phone_tail(phone),
        region=" ".join(filter(None, names)),
        address_masked=masking.mask_address(fields.text(place, "encrypt_detail")),
    )


def _shown(body: Body, name: str, mask: Any) -> str:
    """The channel's own mask where it sends one, else ours over what came; a cipher shows nothing."""
    return mask(fields.text(body, f"mask_{name}") or fields.text(body, f"encrypt_{name}"))


def _parcel(row: Body) -> ParcelDraft:
    lines = fields.rows(row, "product_info")
    return ParcelDraft(
        tracking_no=fields.number(row, "tracking_no"),
        carrier_code=fields.text(row, "company"),
        carrier_name=fields.text(row, "company_name"),
        shipped_at=fields.unix(row, "ship_time"),
        line_nos=tuple(filter(None, (fields.text(line, "sku_order_id") for line in lines))),
    )


def _first(rows: list[Body], name: str) -> str:
    return fields.text(rows[0], name) if rows else ""
