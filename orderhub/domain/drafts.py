"""What crosses the border? A platform's order or refund, translated: our words, fen, UTC.

Connectors make drafts, ``accept`` takes them; nothing native goes further than this. Receivers are masked or tokens:
what a channel sends in the clear is masked before a draft is made.
"""

from dataclasses import dataclass, field
from datetime import datetime

from orderhub.domain.words import (
    AftersaleKind,
    AftersaleStatus,
    Channel,
    ChannelStatus,
    PaymentStatus,
    RepaymentStatus,
    ScanNode,
)


@dataclass(frozen=True, slots=True)
class LineDraft:
    """``total_fen`` = unit price × quantity, before any discount; ``sku_code`` is the merchant's code, maybe empty."""

    channel_line_no: str
    sku_code: str
    title: str
    quantity: int
    unit_price_fen: int
    spec: str = ""
    channel_item_no: str = ""
    channel_sku_no: str = ""
    ship_by: datetime | None = None

    @property
    def total_fen(self) -> int:
        return self.unit_price_fen * self.quantity


@dataclass(frozen=True, slots=True)
class ReceiverDraft:
    """``region`` = province, city, district joined by spaces; ``phone_tail`` = the last four digits where shown."""

    token: str = ""
    name_masked: str = ""
    phone_masked: str = ""
    phone_tail: str = ""
    region: str = ""
    address_masked: str = ""


@dataclass(frozen=True, slots=True)
class ParcelDraft:
    """``carrier_code`` is the channel's own word for the carrier; ``line_nos`` empty = the whole order."""

    tracking_no: str
    carrier_code: str = ""
    carrier_name: str = ""
    shipped_at: datetime | None = None
    line_nos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as its channel's list of placed orders counts it; ``total_fen`` None: the amount cannot be read."""

    channel_order_no: str
    placed_at: datetime
    updated_at: datetime
    total_fen: int | None


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as the channel knows it at ``updated_at``.

    Σ line totals + ``freight_fen`` − ``discount_fen`` = ``total_fen``, what the buyer pays; ``paid_fen`` is 0 until
    paid. ``ship_by`` is the channel's promise, None where it gives none. ``unknown`` names words and fields not met
    before (``order.status: 'FROZEN'``); each is shown as an anomaly, none is fatal.
    """

    channel: Channel
    channel_order_no: str
    status: ChannelStatus
    status_word: str
    updated_at: datetime
    placed_at: datetime
    lines: tuple[LineDraft, ...]
    total_fen: int
    freight_fen: int = 0
    discount_fen: int = 0
    paid_fen: int = 0
    paid_at: datetime | None = None
    ship_by: datetime | None = None
    shipped_at: datetime | None = None
    completed_at: datetime | None = None
    buyer_token: str = ""
    buyer_masked: str = ""
    receiver: ReceiverDraft = field(default_factory=ReceiverDraft)
    buyer_remark: str = ""
    seller_remark: str = ""
    seller_flag: str = ""
    is_presale: bool = False
    parcels: tuple[ParcelDraft, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundDraft:
    """An after-sale case as the channel knows it at ``updated_at``; ``deadline`` is when the channel decides alone."""

    channel: Channel
    channel_refund_no: str
    channel_order_no: str
    kind: AftersaleKind
    status: AftersaleStatus
    status_word: str
    amount_fen: int
    requested_at: datetime
    updated_at: datetime
    channel_line_no: str = ""
    reason: str = ""
    description: str = ""
    deadline: datetime | None = None
    return_tracking_no: str = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanDraft:
    """One line of a parcel's track; ``node`` is what the carrier's own state code says, None where it says none.

    ``is_movement`` is False where the code says that nothing moves, whatever the sentence sounds like.
    """

    at: datetime
    text: str
    node: ScanNode | None = None
    place: str = ""
    is_movement: bool = True


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """What a payment service knows of one merchant order number.

    ``amount_fen`` is the order's amount, ``payer_fen`` what the buyer gave after the service's own coupons;
    ``transaction_no`` is the service's number and ``payer_token`` its token of the buyer, both empty until paid.
    """

    merchant_no: str
    merchant_order_no: str
    status: PaymentStatus
    status_word: str
    app_no: str = ""
    transaction_no: str = ""
    amount_fen: int = 0
    payer_fen: int = 0
    currency: str = ""
    payer_token: str = field(default="", repr=False)
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RepaymentDraft:
    """Money going back: ``repayment_no`` is ours, ``service_no`` the payment service's."""

    repayment_no: str
    service_no: str
    merchant_order_no: str
    transaction_no: str
    status: RepaymentStatus
    status_word: str
    amount_fen: int
    settled_at: datetime | None = None
    merchant_no: str = ""


@dataclass(frozen=True)
class Contact:
    """Who sends or receives a parcel, in the clear, as a waybill needs it.

    A receiver is never kept and never written to a log; a sender is kept sealed.
    """

    name: str = field(repr=False)
    mobile: str = field(repr=False)
    province: str = field(repr=False)
    city: str = field(repr=False)
    county: str = field(repr=False)
    address: str = field(repr=False)
