"""What does an invented order look like, and everything that belongs to it? Rows for a database that shows its size."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from sqlmodel import SQLModel

from orderhub.domain.hold import Hold, HoldReason
from orderhub.domain.order import UNSHIPPED, Order, OrderLine, OrderStatus, OrderTag, Shipment
from orderhub.domain.reservation import Reservation
from orderhub.domain.shop import Shop
from orderhub.domain.track import Track
from orderhub.domain.words import Carrier, Channel, ChannelStatus, ScanNode, WatchState
from orderhub.kernel.clock import day_start
from orderhub.kernel.eventlog import Event
from orderhub.lab.catalogue import CATALOGUE

SHOPS = (
    ("taobao-1", Channel.TAOBAO, 30), ("taobao-2", Channel.TAOBAO, 12), ("jd-1", Channel.JD, 15),
    ("pinduoduo-1", Channel.PINDUODUO, 14), ("pinduoduo-2", Channel.PINDUODUO, 7), ("douyin-1", Channel.DOUYIN, 10),
    ("douyin-2", Channel.DOUYIN, 6), ("miniprogram-1", Channel.MINIPROGRAM, 4),
    ("miniprogram-2", Channel.MINIPROGRAM, 2),
)  # fmt: skip
LEFT = (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED)
OPEN_WITHIN = timedelta(hours=50)

Row = dict[str, Any]
Rows = dict[type[SQLModel], list[Row]]

_HOURS = (30, 18, 12, 9, 8, 12, 25, 55, 95, 130, 145, 140, 120, 118, 125, 120, 112, 108, 120, 150, 185, 200, 150, 75)
_HOURS_TO = tuple(accumulate(_HOURS))
_OPEN = {
    OrderStatus.PENDING_PAYMENT: 8,
    OrderStatus.TO_REVIEW: 12,
    OrderStatus.TO_ALLOCATE: 10,
    OrderStatus.TO_SHIP: 66,
    OrderStatus.PARTLY_SHIPPED: 4,
}
_CHANNEL_STATUS = {
    OrderStatus.PENDING_PAYMENT: ChannelStatus.UNPAID,
    OrderStatus.PARTLY_SHIPPED: ChannelStatus.PARTLY_SHIPPED,
    OrderStatus.SHIPPED: ChannelStatus.SHIPPED,
    OrderStatus.DELIVERED: ChannelStatus.DELIVERED,
    OrderStatus.COMPLETED: ChannelStatus.COMPLETED,
    OrderStatus.CANCELLED: ChannelStatus.CLOSED_UNPAID,
}
_CARRIERS = (
    ("yuantong", "圆通速递", "YT", Carrier.YTO),
    ("zhongtong", "中通快递", "ZT", Carrier.ZTO),
    ("shunfeng", "顺丰速运", "SF", Carrier.SF),
    ("jd", "京东快递", "JDVA", Carrier.JD),
)
_TAGS = (("加急", 4), ("赠品", 5), ("大客户", 3), ("直播", 6), ("组合装", 2), ("预售", 1))
_CANCELLED_IN, _REFUNDED_IN, _LATE_IN = 0.02, 0.012, 0.03
_QUANTITIES = ((1, 2, 3, 6), (75, 15, 7, 3))


@dataclass
class World:
    """``open_share`` of the orders have not left yet: those of the last 50 hours. ``days`` are those before them,
    each with how busy it is. ``warehouse_ids`` and ``sku_ids`` may be empty.
    """

    rng: Random
    now: datetime
    shops: list[Shop]
    open_share: float
    days: list[date]
    weights: list[float]
    line_ids: Iterator[int]
    warehouse_ids: list[int] = field(default_factory=list)
    sku_ids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.day_sums = list(accumulate(self.weights))
        self.shop_sums = list(accumulate(weight for _, _, weight in SHOPS))


class Invented:
    """One order with what belongs to it; ``age`` runs from 0 (oldest) to 1 (newest)."""

    def __init__(self, order_id: int, age: float, world: World) -> None:
        self.id, self.world, self.rng, self.now = order_id, world, world.rng, world.now
        self.shop = self.rng.choices(world.shops, cum_weights=world.shop_sums)[0]
        self.is_open = age >= 1 - world.open_share
        self.placed_at = self._recent(age) if self.is_open else self._on_a_day(age)
        self.is_refunded = False
        self.arrived_at: datetime | None = None
        if self.is_open:
            self._stand_open()
        else:
            self._live()
        self.lines = self._lines()

    def _recent(self, age: float) -> datetime:
        back = _by_shape(self.now, (1 - age) / self.world.open_share)
        return back - timedelta(seconds=self.rng.random())

    def _on_a_day(self, age: float) -> datetime:
        """Older orders have lower ids: indexes by time grow at their end."""
        place = age / (1 - self.world.open_share) * self.world.day_sums[-1]
        day = self.world.days[min(bisect_right(self.world.day_sums, place), len(self.world.days) - 1)]
        hour = self.rng.choices(range(24), cum_weights=_HOURS_TO)[0]
        seconds = self.rng.randrange(3600)
        at = day_start(day) + timedelta(hours=hour, seconds=seconds, microseconds=self.rng.randrange(10**6))
        return min(at, self.now - OPEN_WITHIN)

    def _stand_open(self) -> None:
        self.status = self.rng.choices(list(_OPEN), list(_OPEN.values()))[0]
        is_paid = self.status is not OrderStatus.PENDING_PAYMENT
        self.paid_at = self._before_now(self.placed_at, 2, 300) if is_paid else None
        self.ship_by = self.paid_at and self.paid_at + timedelta(hours=48)
        self.shipped_at = None

    def _live(self) -> None:
        """Its moments first, its status from them."""
        rng = self.rng
        self.paid_at = self._before_now(self.placed_at, 2, 300)
        self.ship_by = self.paid_at + timedelta(hours=48)
        late = rng.random() < _LATE_IN
        self.shipped_at = self._before_now(self.paid_at, *((172_900, 290_000) if late else (3600, 47 * 3600)))
        arrived_at = self.shipped_at + timedelta(seconds=rng.randrange(86_400, 5 * 86_400))
        ended_at = arrived_at + timedelta(seconds=rng.randrange(2 * 86_400, 9 * 86_400))
        if rng.random() < _CANCELLED_IN:
            self.status, self.shipped_at, self.ended_at = OrderStatus.CANCELLED, None, self.paid_at
            self.is_refunded = rng.random() < 0.7
            return
        self.arrived_at = arrived_at if arrived_at <= self.now else None
        over = ended_at <= self.now
        self.ended_at = ended_at if over else None
        self.status = (
            OrderStatus.COMPLETED if over else OrderStatus.DELIVERED if self.arrived_at else OrderStatus.SHIPPED
        )
        self.is_refunded = over and rng.random() < _REFUNDED_IN

    def _before_now(self, start: datetime, least: int, most: int) -> datetime:
        return min(start + timedelta(seconds=self.rng.randrange(least, most)), self.now)

    def _lines(self) -> list[Row]:
        kinds = self.rng.choices((1, 2, 3), (76, 17, 7))[0]
        return [
            {
                "id": next(self.world.line_ids),
                "order_id": self.id,
                "channel_line_no": f"{self.id}{position}",
                "sku_code": sku.code,
                "title": sku.title,
                "spec": sku.spec,
                "quantity": (quantity := self.rng.choices(*_QUANTITIES)[0]),
                "unit_price_fen": sku.price_fen,
                "total_fen": sku.price_fen * quantity,
                "ship_by": self.ship_by,
            }
            for position, sku in enumerate(self.rng.sample(CATALOGUE, kinds))
        ]

    @property
    def changed_at(self) -> datetime:
        last = None if self.is_open else self.ended_at or self.arrived_at
        return last or self.shipped_at or self.paid_at or self.placed_at

    def order(self, *, is_held: bool, is_urgent: bool) -> Row:
        total_fen = sum(line["total_fen"] for line in self.lines)
        tail = f"{self.rng.randrange(10_000):04d}"
        word = _CHANNEL_STATUS.get(self.status, ChannelStatus.PAID)
        if self.is_refunded:
            word = ChannelStatus.CLOSED_REFUNDED
        first, changed_at = self.lines[0], self.changed_at
        return {
            "id": self.id,
            "shop_id": self.shop.id,
            "channel": self.shop.channel,
            "channel_order_no": f"{6_900_000_000_000_000_000 + self.id * 7_919}",
            "status": self.status,
            "channel_status": word,
            "channel_status_word": str(word),
            "channel_updated_at": changed_at,
            "content_digest": f"{self.id:064d}",
            "placed_at": self.placed_at,
            "paid_at": self.paid_at,
            "ship_by": self.ship_by,
            "shipped_at": self.shipped_at,
            "completed_at": changed_at if self.status is OrderStatus.COMPLETED else None,
            "accepted_at": self.placed_at,
            "changed_at": changed_at,
            "stage_since": changed_at,
            "total_fen": total_fen,
            "paid_fen": total_fen if self.paid_at else 0,
            "buyer_token": f"buyer-{self.rng.randrange(40_000)}",
            "buyer_masked": "测**",
            "receiver_token": f"oaid-{self.id}",
            "receiver_name_masked": "测**",
            "receiver_phone_masked": f"138****{tail}",
            "receiver_phone_tail": tail,
            "receiver_region": "测试省 测试市 测试区",
            "receiver_address_masked": "测试路****",
            "goods_text": f"{first['title']} ×{first['quantity']}",
            "kind_count": len(self.lines),
            "piece_count": sum(line["quantity"] for line in self.lines),
            "is_urgent": is_urgent,
            "is_held": is_held,
        }

    def holds(self) -> list[Row]:
        if self.status not in UNSHIPPED or self.rng.random() > 0.08:
            return []
        reason = self.rng.choice(list(HoldReason))
        return [{"order_id": self.id, "reason": reason, "by": "system", "held_at": self.placed_at}]

    def tags(self) -> list[Row]:
        return [
            {"order_id": self.id, "tag": tag, "by": "system"}
            for tag, percent in _TAGS
            if self.rng.random() * 100 < percent
        ]

    def parcels(self) -> tuple[list[Row], list[Row]]:
        """And their tracks."""
        if self.status not in (*LEFT, OrderStatus.PARTLY_SHIPPED):
            return [], []
        code, name, letters, carrier = self.rng.choice(_CARRIERS)
        tracking_no, shipped_at = f"{letters}{self.id * 104_729:015d}", self.shipped_at or self.paid_at
        moved_at = self.arrived_at or self.now
        parcel = {
            "order_id": self.id,
            "tracking_no": tracking_no,
            "carrier_code": code,
            "carrier_name": name,
            "shipped_at": shipped_at,
        }
        track = {
            "tracking_no": tracking_no,
            "carrier": carrier,
            "to_region": "测试省 测试市",
            "node": ScanNode.DELIVERED if self.arrived_at else ScanNode.IN_TRANSIT,
            "shipped_at": shipped_at,
            "scanned_at": moved_at,
            "moved_at": moved_at,
            "arrived_at": self.arrived_at,
            "watch": WatchState.OVER if self.arrived_at else WatchState.UNKNOWN,
        }
        return [parcel], [track]

    def taken(self) -> list[Row]:
        """From which warehouse its goods have left; now and then from two."""
        if not self.world.warehouse_ids or not self.shipped_at:
            return []
        home = self.rng.choice(self.world.warehouse_ids)
        found = {}
        for line in self.lines:
            if sku_id := self.world.sku_ids.get(line["sku_code"]):
                place = home if self.rng.random() < 0.97 else self.rng.choice(self.world.warehouse_ids)
                found[sku_id] = {
                    "order_id": self.id,
                    "sku_id": sku_id,
                    "warehouse_id": place,
                    "quantity": 0,
                    "shipped": line["quantity"],
                    "aftersale_id": 0,
                    "reserved_at": self.paid_at,
                }
        return list(found.values())

    def events(self, row: Row) -> list[Row]:
        actor, about = str(self.shop.channel), {"subject_type": "order", "subject_id": self.id, "address": ""}
        body = {"channel": actor, "status": str(self.status), "total_fen": row["total_fen"]}
        found = [{"at": self.placed_at, "kind": "order_received", "actor": actor, "body": body, **about}]
        if self.paid_at:
            paid = {"paid_fen": row["paid_fen"], "paid_at": self.paid_at.isoformat()}
            found.append({"at": self.paid_at, "kind": "order_paid", "actor": actor, "body": paid, **about})
        if self.status is OrderStatus.CANCELLED:
            source = self.rng.choice((OrderStatus.TO_REVIEW, OrderStatus.TO_ALLOCATE, OrderStatus.TO_SHIP))
            moved = {"source": str(source), "target": str(OrderStatus.CANCELLED)}
            found.append({"at": self.changed_at, "kind": "order_moved", "actor": actor, "body": moved, **about})
        return found


def rows_of(part: list[Invented]) -> Rows:
    """Those that others point at first."""
    rows: Rows = {table: [] for table in (Order, OrderLine, Hold, OrderTag, Shipment, Track, Reservation, Event)}
    for invented in part:
        holds, tags = invented.holds(), invented.tags()
        is_urgent = any(tag["tag"] == "加急" for tag in tags)
        row = invented.order(is_held=bool(holds), is_urgent=is_urgent)
        parcels, tracks = invented.parcels()
        rows[Order].append(row)
        rows[OrderLine] += invented.lines
        rows[Hold] += holds
        rows[OrderTag] += tags
        rows[Shipment] += parcels
        rows[Track] += tracks
        rows[Reservation] += invented.taken()
        rows[Event] += invented.events(row)
    return rows


def _by_shape(now: datetime, share: float) -> datetime:
    """The moment in the last 50 hours after which ``share`` of their orders were placed."""
    weights = [_HOURS[(now - timedelta(hours=back) + timedelta(hours=8)).hour] for back in range(50)]
    left = share * sum(weights)
    for back, weight in enumerate(weights):
        if left <= weight:
            return now - timedelta(hours=back + left / weight)
        left -= weight
    return now - OPEN_WITHIN
