"""What is an order, a line and a refund inside the lab, before a platform's words are put on it?

Moments are unix seconds: the platforms keep whole seconds, and hundreds of thousands of orders stay small.
"""

from dataclasses import dataclass, field

from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.lab.catalogue import Sku

FINISHED = frozenset({ChannelStatus.COMPLETED, ChannelStatus.CLOSED_UNPAID, ChannelStatus.CLOSED_REFUNDED})
UNSHIPPED = frozenset({ChannelStatus.PAID_WAIT, ChannelStatus.PAID, ChannelStatus.PARTLY_SHIPPED})
SHIPPED = frozenset({ChannelStatus.SHIPPED, ChannelStatus.DELIVERED, ChannelStatus.COMPLETED})
OPEN_REFUND = frozenset({AftersaleStatus.REQUESTED, AftersaleStatus.AWAITING_RETURN, AftersaleStatus.RETURNED})

_STEP = 1_000_000  # a line's number is the order's plus a multiple, as on Taobao


@dataclass(slots=True)
class LabLine:
    number: int
    sku: Sku
    code: str
    quantity: int
    price_fen: int
    discount_fen: int = 0
    refund_no: int = 0
    tracking_no: str = ""

    @property
    def total_fen(self) -> int:
        return self.price_fen * self.quantity

    @property
    def share_fen(self) -> int:
        """What the buyer pays for this line, freight apart."""
        return self.total_fen - self.discount_fen


@dataclass(slots=True)
class LabParcel:
    tracking_no: str
    carrier: str
    shipped_at: int
    line_nos: tuple[int, ...]


@dataclass(slots=True)
class LabOrder:
    """``mismatch_fen`` and ``status_word`` let a test put a wrong total or a word nobody knows on the wire.

    ``posted_ms`` is the moment of the version that was posted last, in milliseconds (a mini-program's orders only).
    """

    number: int
    shop: str
    buyer: int
    created: int
    modified: int
    lines: tuple[LabLine, ...]
    freight_fen: int = 0
    channel_discount_fen: int = 0
    status: ChannelStatus = ChannelStatus.UNPAID
    paid_at: int = 0
    shipped_at: int = 0
    delivered_at: int = 0
    ended_at: int = 0
    ship_by: int = 0
    remark: str = ""
    memo: str = ""
    flag: int = 0
    is_presale: bool = False
    mismatch_fen: int = 0
    status_word: str = ""
    posted_ms: int = 0
    parcels: list[LabParcel] = field(default_factory=list)
    refund_nos: list[int] = field(default_factory=list)

    @property
    def goods_fen(self) -> int:
        return sum(line.total_fen for line in self.lines)

    @property
    def discount_fen(self) -> int:
        return sum(line.discount_fen for line in self.lines)

    @property
    def pay_fen(self) -> int:
        return self.goods_fen + self.freight_fen - self.discount_fen + self.mismatch_fen


@dataclass(slots=True)
class LabRefund:
    number: int
    order: LabOrder
    line: LabLine
    kind: AftersaleKind
    amount_fen: int
    reason: str
    created: int
    modified: int
    deadline: int
    status: AftersaleStatus = AftersaleStatus.REQUESTED
    return_tracking_no: str = ""
    ended_at: int = 0


def step_from_zero(order_no: int, position: int) -> int:
    """A line's number where the first line carries the order's own, as on Douyin."""
    return order_no + position * _STEP


def step_from_one(order_no: int, position: int) -> int:
    """A line's number where no line carries the order's own, as on Taobao."""
    return order_no + (position + 1) * _STEP


def short_order_no(created: int, turn: int) -> int:
    """13 digits that differ for every second and for 20,000 turns."""
    return 300_000_000_000 + (created - 1_700_000_000) * 20_000 + turn * 7919 % 20_000


def short_line_no(order_no: int, position: int) -> int:
    return order_no * 1000 + position + 1


def order_no(base: int, created: int, turn: int) -> int:
    """19 digits that differ for every second and for a million turns; the digits a line number adds stay free."""
    return base + (created - 1_500_000_000) * 1_000_000_000 + turn * 7919 % _STEP
