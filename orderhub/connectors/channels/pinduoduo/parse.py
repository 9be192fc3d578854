"""What does a Pinduoduo order or after-sale say in our words? Source: API pages as kept by public SDKs, read 2026-11.

Money is yuan, as JSON numbers in orders and as text in the list of refunds; times are text, Beijing. A case asked for
alone is written otherwise than in the list: money in whole fen, kinds counted from 1, some times in unix seconds.
"""

import re
from datetime import datetime
from typing import Any

from orderhub.connectors import fields, masking
from orderhub.connectors.channels.contract import Body
from orderhub.domain.drafts import LineDraft, OrderDraft, ParcelDraft, ReceiverDraft, RefundDraft
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus

# What `order_status` says of an order that is confirmed, not refunded and not under review.
ORDER_WORDS = {
    "1": ChannelStatus.PAID,
    "2": ChannelStatus.SHIPPED,
    "3": ChannelStatus.DELIVERED,
}
_SIDE_WORDS = {
    "refund_status": {"1", "2", "3", "4"},
    "confirm_status": {"0", "1", "2"},
    "group_status": {"0", "1", "2"},
    "risk_control_status": {"0", "1"},
}
REFUND_WORDS = {
    "2": AftersaleStatus.REQUESTED,
    "3": AftersaleStatus.REQUESTED,  # the goods are on their way once there is a tracking number
    "4": AftersaleStatus.REFUNDING,
    "5": AftersaleStatus.REFUNDING,
    "6": AftersaleStatus.REJECTED,
    "7": AftersaleStatus.AWAITING_RETURN,
    "8": AftersaleStatus.REQUESTED,
    "9": AftersaleStatus.WITHDRAWN,
    "10": AftersaleStatus.CLOSED,
    "11": AftersaleStatus.WITHDRAWN,
    "12": AftersaleStatus.WITHDRAWN,
    "13": AftersaleStatus.WITHDRAWN,
    "14": AftersaleStatus.REQUESTED,
    "15": AftersaleStatus.APPROVED,
    "16": AftersaleStatus.CLOSED,
    "17": AftersaleStatus.WITHDRAWN,
    "18": AftersaleStatus.APPROVED,
    "21": AftersaleStatus.REQUESTED,
    "22": AftersaleStatus.APPROVED,
    "24": AftersaleStatus.WITHDRAWN,
    "25": AftersaleStatus.CLOSED,
    "27": AftersaleStatus.APPROVED,
    "31": AftersaleStatus.APPROVED,
    "32": AftersaleStatus.APPROVED,
    "33": AftersaleStatus.APPROVED,
}
REFUND_KINDS = {
    "2": AftersaleKind.REFUND_AFTER_SHIPPING,  # before shipping where the buyer was not asked about the parcel
    "3": AftersaleKind.RETURN_AND_REFUND,
    "4": AftersaleKind.EXCHANGE,
    "5": AftersaleKind.RESEND,
    "9": AftersaleKind.REFUSED_PARCEL,  # stopped on its way and sent back
}
_REFUSING_PARCEL = "31"
# A number that leads to the buyer for a while, not the buyer's own.
_VIRTUAL_PHONE = re.compile(r"\$(1\d{10})\$#\d+#", re.ASCII)
_FLAGS = {"1": "red", "2": "yellow", "3": "green", "4": "blue", "5": "purple"}
_PARCEL_LISTS = ("extra_delivery_list", "gift_delivery_list", "resend_delivery_list")
_PERSONAL = {
    "receiver_name": masking.mask_name,
    "receiver_name_mask": masking.mask_name,
    "receiver_phone": masking.mask_phone,
    "receiver_phone_mask": masking.mask_phone,
    "contact_mobile": masking.mask_phone,
    "contact_mobile_mask": masking.mask_phone,
    "address": masking.mask_address,
    "address_mask": masking.mask_address,
    "receiver_address": masking.mask_address,
    "receiver_address_mask": masking.mask_address,
    "merchant_exchange_detail_receiver": masking.mask_name,
    "merchant_exchange_detail_receiver_mask": masking.mask_name,
    "merchant_exchange_detail_phone": masking.mask_phone,
    "merchant_exchange_detail_phone_mask": masking.mask_phone,
    "merchant_exchange_detail_address": masking.mask_address,
    "merchant_exchange_detail_address_mask": masking.mask_address,
}
_DROPPED = {"id_card_num", "id_card_name", "card_info_list", "images"}

_KNOWN = frozenset(
    """after_sales_status bonded_warehouse buyer_memo capital_free_discount card_info_list cat_id_1 cat_id_2 cat_id_3
    cat_id_4 city city_id confirm_status confirm_time consolidate_info country country_id created_time
    delivery_home_value delivery_install_value delivery_one_day discount_amount duoduo_wholesale free_sf
    gift_list goods_amount group_order_id group_role group_status home_delivery_type home_install_value
    id_card_name id_card_num inner_transaction_id invoice_status is_lucky_flag is_pre_sale is_stock_out item_list
    last_ship_time logistics_id mkt_biz_type only_support_replace open_address_id open_address_id_2
    order_change_amount order_depot_info order_sn order_status order_tag_list pay_amount pay_no pay_time pay_type
    platform_discount postage pre_sale_time promise_delivery_time province province_id receive_time refund_status
    remark remark_tag remark_tag_name return_freight_payer risk_control_status self_contained seller_discount
    service_fee_detail ship_additional_link_order ship_additional_origin_order shipping_time shipping_type
    step_order_info stock_out_handle_status store_info support_nationwide_warranty town town_id tracking_number
    trade_type updated_at urge_shipping_time yyps_date yyps_time""".split()
).union(_PERSONAL, _PARCEL_LISTS)
_KNOWN_ITEM = frozenset(
    "goods_count goods_id goods_img goods_name goods_price goods_spec outer_goods_id outer_id sku_id".split()
)


def parse_order(body: Body) -> OrderDraft:
    """Raises: BadInput: a field is missing or of the wrong kind; it is named.

    ``discount_fen`` balances the sum: goods + freight − discount = pay_amount; fees for delivery into the home and the
    like count as freight. Lines have no number of their own here: a line is known by its SKU.
    """
    lines = _lines(body)
    word = fields.word(body, "order_status")
    paid_at = fields.beijing(body, "pay_time") or fields.beijing(body, "confirm_time")
    status = _status(body, word, is_paid=paid_at is not None)
    total_fen = fields.yuan(body, "pay_amount")
    freight_fen = fields.yuan(body, "postage", "0") + _service_fen(body)
    placed_at = fields.needed("created_time", fields.beijing(body, "created_time"))
    return OrderDraft(
        channel=Channel.PINDUODUO,
        channel_order_no=fields.number(body, "order_sn"),
        status=status,
        status_word=word,
        updated_at=fields.beijing(body, "updated_at") or placed_at,
        placed_at=placed_at,
        lines=lines,
        total_fen=total_fen,
        freight_fen=freight_fen,
        discount_fen=sum(line.total_fen for line in lines) + freight_fen - total_fen,
        paid_fen=_paid_fen(body, total_fen if paid_at else 0),
        paid_at=paid_at,
        ship_by=fields.beijing(body, "last_ship_time"),
        shipped_at=fields.beijing(body, "shipping_time"),
        completed_at=fields.beijing(body, "receive_time"),
        buyer_masked=_shown(body, "receiver_name", masking.mask_name),
        receiver=_receiver(body),
        buyer_remark=fields.text(body, "buyer_memo"),
        seller_remark=fields.text(body, "remark"),
        seller_flag=_FLAGS.get(fields.text(body, "remark_tag"), ""),
        is_presale=fields.text(body, "is_pre_sale") == "1" or fields.text(body, "trade_type") == "1",
        parcels=_parcels(body),
        unknown=_unknown(body, word),
    )


def parse_refund(body: Body) -> RefundDraft:
    """Raises: BadInput: a field is missing or of the wrong kind; it is named."""
    is_alone = "recreated_at" in body
    word = fields.word(body, "after_sales_status")
    kind = fields.text(body, "after_sales_type")
    if is_alone and kind.isdecimal():
        kind = str(int(kind) + 1)
    return_tracking_no = fields.text(body, "express_no" if is_alone else "tracking_number")
    requested_at = _unix(body, "recreated_at") if is_alone else fields.beijing(body, "created_time")
    requested_at = fields.needed("recreated_at" if is_alone else "created_time", requested_at)
    status = REFUND_WORDS.get(word, AftersaleStatus.UNKNOWN)
    unknown = [] if word in REFUND_WORDS else [f"after_sales_status: {word[:60]!r}"]
    unknown += [] if kind in REFUND_KINDS else [f"after_sales_type: {kind[:60]!r}"]
    return RefundDraft(
        channel=Channel.PINDUODUO,
        channel_refund_no=fields.number(body, "id"),
        channel_order_no=fields.number(body, "order_sn"),
        channel_line_no=fields.text(body, "sku_id"),
        kind=_refund_kind(body, word, kind),
        status=AftersaleStatus.RETURNED if word == "3" and return_tracking_no else status,
        status_word=word,
        amount_fen=fields.fen(body, "refund_amount") if is_alone else fields.yuan(body, "refund_amount"),
        requested_at=requested_at,
        updated_at=fields.beijing(body, "updated_time") or requested_at,
        reason=fields.text(body, "after_sales_reason" if is_alone else "after_sale_reason"),
        description=fields.text(body, "remark"),
        deadline=_unix(body, "expire_time"),
        return_tracking_no=return_tracking_no,
        unknown=tuple(unknown),
    )


def without_personal(value: Any) -> Any:
    """The body, at every depth, with whatever came in the clear masked; ciphers stay, papers and pictures go."""
    if isinstance(value, list):
        return [without_personal(part) for part in value]
    if not isinstance(value, dict):
        return value
    kept: Body = {}
    for name, part in value.items():
        if name in _PERSONAL and isinstance(part, str | int):
            bare = _bare(str(part))
            kept[name] = part if masking.is_cipher(bare) else _PERSONAL[name](bare)
        elif name not in _DROPPED:
            kept[name] = without_personal(part)
    return kept


def _bare(value: str) -> str:
    """A virtual number without its frame, in which it would pass for a cipher."""
    virtual = _VIRTUAL_PHONE.fullmatch(value.strip())
    return virtual[1] if virtual else value


def _status(body: Body, word: str, *, is_paid: bool) -> ChannelStatus:
    """Pinduoduo says it in several fields: shipping, money back, the group, the review of risks.

    An order is refunded as a whole only before it has left; afterwards a part of the money may go back, which the case
    says. Confirmed receipt (`receive_time`) ends it.
    """
    status = ORDER_WORDS.get(word, ChannelStatus.UNKNOWN)
    if status is ChannelStatus.DELIVERED and fields.beijing(body, "receive_time"):
        return ChannelStatus.COMPLETED
    if status is not ChannelStatus.PAID:
        return status
    confirmed = fields.text(body, "confirm_status")
    if confirmed == "2" or fields.text(body, "refund_status") == "4":
        return ChannelStatus.CLOSED_REFUNDED if is_paid else ChannelStatus.CLOSED_UNPAID
    if not is_paid or _is_deposit_only(body):
        return ChannelStatus.UNPAID
    must_wait = confirmed == "0" or fields.text(body, "risk_control_status") == "1"
    return ChannelStatus.PAID_WAIT if must_wait else ChannelStatus.PAID


def _is_deposit_only(body: Body) -> bool:
    return fields.text(fields.child(body, "step_order_info"), "step_trade_status") in ("0", "1")


def _paid_fen(body: Body, whole_fen: int) -> int:
    """Of a deposit order whose rest is still open only the deposit is paid."""
    if _is_deposit_only(body):
        return fields.yuan(fields.child(body, "step_order_info"), "step_paid_fee", "0")
    return whole_fen


def _service_fen(body: Body) -> int:
    return sum(fields.yuan(fee, "service_fee", "0") for fee in fields.rows(body, "service_fee_detail"))


def _lines(body: Body) -> tuple[LineDraft, ...]:
    numbers: list[str] = []
    for item in fields.rows(body, "item_list"):
        number = fields.text(item, "sku_id") or fields.number(item, "goods_id")
        again = sum(known == number or known.startswith(f"{number}-") for known in numbers)
        numbers.append(f"{number}-{again + 1}" if again else number)
    return tuple(_line(item, number) for item, number in zip(fields.rows(body, "item_list"), numbers, strict=True))


def _line(item: Body, number: str) -> LineDraft:
    return LineDraft(
        channel_line_no=number,
        sku_code=fields.text(item, "outer_id") or fields.text(item, "outer_goods_id"),
        title=fields.text(item, "goods_name"),
        quantity=fields.whole(item, "goods_count"),
        unit_price_fen=fields.yuan(item, "goods_price"),
        spec=fields.text(item, "goods_spec"),
        channel_item_no=fields.text(item, "goods_id"),
        channel_sku_no=fields.text(item, "sku_id"),
    )


def _receiver(body: Body) -> ReceiverDraft:
    phone = _shown(body, "receiver_phone", masking.mask_phone) or _shown(body, "contact_mobile", masking.mask_phone)
    address = _shown(body, "receiver_address", masking.mask_address) or _shown(body, "address", masking.mask_address)
    return ReceiverDraft(
        token=fields.text(body, "open_address_id"),
        name_masked=_shown(body, "receiver_name", masking.mask_name),
        phone_masked=phone,
        phone_tail=masking.phone_tail(phone),
        region=" ".join(filter(None, (fields.text(body, place) for place in ("province", "city", "town")))),
        address_masked=address,
    )


def _shown(body: Body, name: str, mask: Any) -> str:
    """The channel's own mask where it sends one, else ours over what came; a cipher shows nothing."""
    return mask(_bare(fields.text(body, f"{name}_mask") or fields.text(body, name)))


def _parcels(body: Body) -> tuple[ParcelDraft, ...]:
    rows = [body, *(row for name in _PARCEL_LISTS for row in fields.rows(body, name))]
    return tuple(
        ParcelDraft(
            tracking_no=fields.text(row, "tracking_number"),
            carrier_code=fields.text(row, "logistics_id"),
            shipped_at=fields.beijing(body, "shipping_time"),
        )
        for row in rows
        if fields.text(row, "tracking_number")
    )


def _refund_kind(body: Body, word: str, kind: str) -> AftersaleKind:
    if word == _REFUSING_PARCEL:
        return AftersaleKind.REFUSED_PARCEL
    found = REFUND_KINDS.get(kind, AftersaleKind.UNKNOWN)
    if found is not AftersaleKind.REFUND_AFTER_SHIPPING or _has_left(body):
        return found
    return AftersaleKind.REFUND_BEFORE_SHIPPING


def _has_left(body: Body) -> bool:
    """Said by `shipping_status` of a case asked for alone; a buyer is asked what became of the parcel only when it has
    left, which the list's `user_shipping_status` tells."""
    if said := fields.text(body, "shipping_status"):
        return said != "0"
    return fields.text(body, "user_shipping_status") in ("1", "2")


def _unix(body: Body, name: str) -> datetime | None:
    """Pages call it a moment and name no unit; seconds and milliseconds are told apart by their size."""
    seconds = fields.whole(body, name, 0)
    return fields.unix({name: seconds // 1000 if seconds > 10**11 else seconds}, name)


def _unknown(body: Body, word: str) -> tuple[str, ...]:
    words = [] if word in ORDER_WORDS else [f"order_status: {word[:60]!r}"]
    for name, known in _SIDE_WORDS.items():
        if (said := fields.text(body, name)) and said not in known:
            words.append(f"{name}: {said[:60]!r}")
    strangers = fields.unknown_fields("order", body, _KNOWN)
    for item in fields.rows(body, "item_list"):
        strangers += [name for name in fields.unknown_fields("item", item, _KNOWN_ITEM) if name not in strangers]
    return tuple(words + strangers[:10])
