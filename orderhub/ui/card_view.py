"""What does the drawer show of an order, as the browser gets it?"""

from dataclasses import dataclass, field

from orderhub.kernel.veil import Money, OfBuyer, OfReceiver
from orderhub.ui.card_packing import PackingView
from orderhub.ui.card_why import WhyView
from orderhub.ui.shortage_view import ShortLineView
from orderhub.ui.track_view import TrackView


@dataclass
class LineView:
    title: str
    sku: str
    spec: str
    quantity: str
    total: Money


@dataclass
class ParcelView:
    """``mark`` is the kind of case whose goods are in it, empty for the order's own."""

    carrier: str
    no: str
    shipped: str
    mark: str


@dataclass
class HoldView:
    """``ends`` is a moment and empty where a person ends it; ``vouched_by`` the first of two people."""

    reason: str
    note: str
    by: str
    at: str
    ends: str
    vouched_by: str


@dataclass
class AftersaleView:
    """``href`` leads to the page of the case; ``sends``: goods leave for it (ui/panels/replacement_case.py)."""

    id: str
    sends: bool
    no: str
    href: str
    kind: str
    status: str
    amount: Money
    reason: str
    deadline: str
    deadline_exact: str


@dataclass
class TaskView:
    title: str
    href: str
    kind: str
    due: str
    due_exact: str
    owner: str
    owner_role: str


@dataclass
class EntryView:
    """``source`` and ``target`` are order statuses, ``reason`` a hold reason, ``node`` a scan's; ``word`` is text."""

    at: str
    exact: str
    kind: str
    source: str
    target: str
    reason: str
    node: str
    word: str
    actor: str


@dataclass
class CustomView:
    """``href`` leads to the orders with the same value."""

    name: str
    text: str
    href: str


@dataclass
class CardView:
    id: str = ""
    no: str = ""
    order_no: str = ""
    channel: str = ""
    shop: str = ""
    status: str = ""
    due: str = ""
    due_exact: str = ""
    risk: Money = ""
    buyer: str = ""
    phone: OfReceiver = ""
    receiver: OfReceiver = ""
    paid: Money = ""
    freight: Money = ""
    discount: Money = ""
    placed_at: str = ""
    paid_at: str = ""
    kinds: str = ""
    pieces: str = ""
    buyer_remark: OfBuyer = ""
    seller_remark: str = ""
    staff_remark: str = ""
    mapped_remark: OfBuyer = ""
    copy_text: str = ""
    may_be_approved: bool = False
    may_be_shipped: bool = False
    why: WhyView = field(default_factory=WhyView)
    packing: PackingView = field(default_factory=PackingView)
    tags: list[str] = field(default_factory=list)
    customs: list[CustomView] = field(default_factory=list)
    holds: list[HoldView] = field(default_factory=list)
    lines: list[LineView] = field(default_factory=list)
    parcels: list[ParcelView] = field(default_factory=list)
    tracks: list[TrackView] = field(default_factory=list)
    shortages: list[ShortLineView] = field(default_factory=list)
    aftersales: list[AftersaleView] = field(default_factory=list)
    tasks: list[TaskView] = field(default_factory=list)
    timeline: list[EntryView] = field(default_factory=list)
