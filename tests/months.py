"""A database full of a merchant's months, for what only shows at size: plans, pages, benchmarks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import Session

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.hold import Hold, HoldReason
from orderhub.domain.order import UNSHIPPED, Order, OrderLine, OrderStatus, OrderTag, Shipment
from orderhub.domain.shop import Shop, ShopSync
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event, batched
from orderhub.lab.catalogue import CATALOGUE
from tests.builders import NOW, shop


def fill(
    database: Database, orders: int = 100_000, *, now: datetime = NOW, seed: int = 1, open_share: float = 0.04
) -> None:
    """A merchant's months, written in bulk: 9 shops of 5 channels, a day's real shape, statuses by age.

    ``open_share`` of the orders have not left yet; on a promotion night that is most of them.
    """
    rng = Random(seed)
    world = _World(rng, now, open_share)
    with database.transaction() as session:
        shops = _shops(session, now)
        first = (session.connection().execute(text("SELECT coalesce(max(id), 0) FROM orders")).scalar_one()) + 1
        rows = (_Invented(first + turn, turn / orders, shops, world) for turn in range(orders))
        for part in batched(rows, 2000):
            _insert(session, part)
        _insert_work(session, rng, now, first, orders)
        if not database.embedded:
            _advance_sequences(session)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


_SHOPS = (
    ("taobao-1", Channel.TAOBAO, 30), ("taobao-2", Channel.TAOBAO, 12), ("jd-1", Channel.JD, 15),
    ("pinduoduo-1", Channel.PINDUODUO, 14), ("pinduoduo-2", Channel.PINDUODUO, 7), ("douyin-1", Channel.DOUYIN, 10),
    ("douyin-2", Channel.DOUYIN, 6), ("miniprogram-1", Channel.MINIPROGRAM, 4),
    ("miniprogram-2", Channel.MINIPROGRAM, 2),
)  # fmt: skip
_HOURS = (30, 18, 12, 9, 8, 12, 25, 55, 95, 130, 145, 140, 120, 118, 125, 120, 112, 108, 120, 150, 185, 200, 150, 75)
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
_LEFT = (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED)
_CARRIERS = (
    ("yuantong", "圆通速递", "YT"),
    ("zhongtong", "中通快递", "ZT"),
    ("shunfeng", "顺丰速运", "SF"),
    ("jd", "京东快递", "JDVA"),
)
_TAGS = (("加急", 4), ("赠品", 5), ("大客户", 3), ("直播", 6), ("组合装", 2), ("预售", 1))


def _shops(session: Session, now: datetime) -> list[Shop]:
    found = [shop(session, code, channel) for code, channel, _ in _SHOPS]
    for kept in found:
        for kind in ("order", "refund"):
            if not session.get(ShopSync, (kept.id, kind)):
                age = timedelta(seconds=10 + 7 * kept.id)
                session.add(
                    ShopSync(shop_id=kept.id, kind=kind, watermark=now - age, tried_at=now, succeeded_at=now - age)
                )
    session.flush()
    return found


@dataclass(frozen=True)
class _World:
    rng: Random
    now: datetime
    open_share: float


def _by_shape(now: datetime, share: float) -> datetime:
    """The moment in the last 50 hours after which ``share`` of their orders were placed."""
    weights = [_HOURS[(now - timedelta(hours=back) + timedelta(hours=8)).hour] for back in range(50)]
    left = share * sum(weights)
    for back, weight in enumerate(weights):
        if left <= weight:
            return now - timedelta(hours=back + left / weight)
        left -= weight
    return now - timedelta(hours=50)


class _Invented:
    """One order with what belongs to it; ``age`` runs from 0 (oldest) to 1 (newest)."""

    def __init__(self, order_id: int, age: float, shops: list[Shop], world: "_World") -> None:
        self.id, self.rng, self.now = order_id, world.rng, world.now
        rng, open_share = world.rng, world.open_share
        self.shop = rng.choices(shops, [weight for _, _, weight in _SHOPS])[0]
        self.is_open = age >= 1 - open_share
        self.placed_at = self._placed_at(age, open_share)
        self.status = self._status(age)
        self.paid_at = None if self.status is OrderStatus.PENDING_PAYMENT else self._before_now(self.placed_at, 2, 300)
        self.ship_by = self.paid_at and self.paid_at + timedelta(hours=48)
        self.shipped_at = (
            self._before_now(self.paid_at, 3600, 47 * 3600) if self.status in _LEFT and self.paid_at else None
        )
        self.lines = self._lines()

    def _placed_at(self, age: float, open_share: float) -> datetime:
        """The open ones are of the last 50 hours, the others of the 60 days before, by the shape of a day."""
        if self.is_open:
            return _by_shape(self.now, (1 - age) / open_share) - timedelta(seconds=self.rng.random())
        days_back = 2 + 58 * (1 - age / (1 - open_share))
        day = (self.now - timedelta(days=days_back)).replace(hour=0, minute=0, second=0, microsecond=0)
        hour = self.rng.choices(range(24), _HOURS)[0] - 8
        return day + timedelta(hours=hour, seconds=self.rng.randrange(3600), microseconds=self.rng.randrange(10**6))

    def _status(self, age: float) -> OrderStatus:
        if self.is_open:
            return self.rng.choices(list(_OPEN), list(_OPEN.values()))[0]
        days = (self.now - self.placed_at).days
        ended = OrderStatus.SHIPPED if days < 4 else OrderStatus.DELIVERED if days < 12 else OrderStatus.COMPLETED
        return OrderStatus.CANCELLED if self.rng.random() < 0.02 else ended

    def _before_now(self, start: datetime, least: int, most: int) -> datetime:
        return min(start + timedelta(seconds=self.rng.randrange(least, most)), self.now)

    def _lines(self) -> list[dict[str, Any]]:
        kinds = self.rng.choices((1, 2, 3), (76, 17, 7))[0]
        return [
            {
                "order_id": self.id,
                "channel_line_no": f"{self.id}{position}",
                "sku_code": sku.code,
                "title": sku.title,
                "spec": sku.spec,
                "quantity": (quantity := self.rng.choices((1, 2, 3, 6), (75, 15, 7, 3))[0]),
                "unit_price_fen": sku.price_fen,
                "total_fen": sku.price_fen * quantity,
                "ship_by": self.ship_by,
                "channel_item_no": "",
                "channel_sku_no": "",
            }
            for position, sku in enumerate(self.rng.sample(CATALOGUE, kinds))
        ]

    def order(self) -> dict[str, Any]:
        total_fen = sum(line["total_fen"] for line in self.lines)
        tail = f"{self.rng.randrange(10_000):04d}"
        channel_status = _CHANNEL_STATUS.get(self.status, ChannelStatus.PAID)
        first = self.lines[0]
        ended_at = self.shipped_at and self._before_now(self.shipped_at, 2 * 86400, 9 * 86400)
        changed_at = ended_at or self.shipped_at or self.paid_at or self.placed_at
        return {
            "id": self.id,
            "shop_id": self.shop.id,
            "channel": self.shop.channel,
            "channel_order_no": f"{6_900_000_000_000_000_000 + self.id * 7_919}",
            "status": self.status,
            "channel_status": channel_status,
            "channel_status_word": str(channel_status),
            "channel_updated_at": changed_at,
            "content_digest": f"{self.id:064d}",
            "placed_at": self.placed_at,
            "paid_at": self.paid_at,
            "ship_by": self.ship_by,
            "shipped_at": self.shipped_at,
            "completed_at": ended_at if self.status is OrderStatus.COMPLETED else None,
            "accepted_at": self.placed_at,
            "changed_at": changed_at,
            "stage_since": changed_at,
            "total_fen": total_fen,
            "freight_fen": 0,
            "discount_fen": 0,
            "paid_fen": total_fen if self.paid_at else 0,
            "buyer_token": f"buyer-{self.rng.randrange(40_000)}",
            "buyer_masked": "测**",
            "receiver_token": f"oaid-{self.id}",
            "receiver_name_masked": "测**",
            "receiver_phone_masked": f"138****{tail}",
            "receiver_phone_tail": tail,
            "receiver_region": "测试省 测试市 测试区",
            "receiver_address_masked": "测试路****",
            "buyer_remark": "",
            "seller_remark": "",
            "seller_flag": "",
            "staff_remark": "",
            "goods_text": f"{first['title']} ×{first['quantity']}",
            "kind_count": len(self.lines),
            "piece_count": sum(line["quantity"] for line in self.lines),
            "is_presale": False,
            "is_urgent": False,
            "is_held": False,
        }

    def holds(self) -> list[dict[str, Any]]:
        if self.status not in UNSHIPPED or self.rng.random() > 0.08:
            return []
        return [
            {
                "order_id": self.id,
                "reason": self.rng.choice(list(HoldReason)),
                "by": "system",
                "held_at": self.placed_at,
            }
        ]

    def tags(self) -> list[dict[str, Any]]:
        return [
            {"order_id": self.id, "tag": tag, "by": "system"}
            for tag, percent in _TAGS
            if self.rng.random() * 100 < percent
        ]

    def parcels(self) -> list[dict[str, Any]]:
        if self.status not in (*_LEFT, OrderStatus.PARTLY_SHIPPED):
            return []
        code, name, letters = self.rng.choice(_CARRIERS)
        shipped_at = self.shipped_at or self.paid_at
        return [
            {
                "order_id": self.id,
                "tracking_no": f"{letters}{self.id * 104_729:015d}",
                "carrier_code": code,
                "carrier_name": name,
                "shipped_at": shipped_at,
            }
        ]

    def events(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        actor, about = str(self.shop.channel), {"subject_type": "order", "subject_id": self.id}
        body = {"channel": actor, "status": str(self.status), "total_fen": row["total_fen"]}
        found = [{"at": self.placed_at, "kind": "order_received", "actor": actor, "body": body, **about}]
        if self.paid_at:
            paid = {"paid_fen": row["paid_fen"], "paid_at": self.paid_at.isoformat()}
            found.append({"at": self.paid_at, "kind": "order_paid", "actor": actor, "body": paid, **about})
        return found


def _insert(session: Session, part: list[_Invented]) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {table: [] for table in (Order, OrderLine, Hold, OrderTag, Shipment, Event)}
    for invented in part:
        row, holds, tags = invented.order(), invented.holds(), invented.tags()
        row["is_held"], row["is_urgent"] = bool(holds), any(tag["tag"] == "加急" for tag in tags)
        rows[Order].append(row)
        rows[OrderLine] += invented.lines
        rows[Hold] += [{"note": "", "released_by": "", **hold} for hold in holds]
        rows[OrderTag] += tags
        rows[Shipment] += invented.parcels()
        rows[Event] += invented.events(row)
    for table, found in rows.items():
        if found:
            session.connection().execute(insert(table), found)


def _insert_work(session: Session, rng: Random, now: datetime, first: int, orders: int) -> None:
    """Anomalies, tasks and after-sale cases in the numbers of a normal week."""
    for turn in range(min(orders // 50, 400)):
        about = ("order", first + rng.randrange(orders))
        kind = rng.choice([AnomalyKind.AMOUNT_MISMATCH, AnomalyKind.SHIP_BY_PAST, AnomalyKind.UNKNOWN_STATUS_WORD])
        seen_at = now - timedelta(hours=rng.randrange(1, 90))
        session.add(
            Anomaly(
                kind=kind, severity=rng.choice(list(Severity)), subject_type=about[0], subject_id=about[1],
                first_role="operations", owner_role="operations", due_at=seen_at + timedelta(hours=24),
                at_risk_fen=rng.randrange(5_000, 90_000), occurred_at=seen_at, detected_at=seen_at, assigned_at=seen_at,
                resolved_at=None if turn % 10 == 0 else now,
            )
        )  # fmt: skip
        session.add(
            Task(
                kind=rng.choice(list(TaskKind)), title=f"测试待办 {turn + 1}",
                subject_type=about[0], subject_id=about[1],
                first_role="operations", owner_role=rng.choice(("operations", "service", "warehouse", "finance")),
                due_at=now + timedelta(minutes=rng.randrange(-60, 600)), created_at=seen_at,
                status=TaskStatus.OPEN if turn % 10 == 0 else TaskStatus.CLOSED,
            )
        )  # fmt: skip
    session.flush()
    for turn in range(orders // 60):
        of = session.get(Order, first + turn * 60)
        if of and of.status in _LEFT:
            session.add(_case(of, turn))
    session.flush()


def _case(of: Order, turn: int) -> Aftersale:
    status = AftersaleStatus.REQUESTED if turn % 9 == 0 else AftersaleStatus.CLOSED
    return Aftersale(
        shop_id=of.shop_id,
        order_id=of.id,
        channel=of.channel,
        channel_refund_no=f"TK{of.id:015d}",
        kind=AftersaleKind.RETURN_AND_REFUND,
        status=status,
        stage=status,
        channel_status_word="refund",
        amount_fen=of.paid_fen,
        reason="尺寸不合适",
        requested_at=of.changed_at,
        channel_updated_at=of.changed_at,
        content_digest=f"{of.id:064d}",
        accepted_at=of.changed_at,
    )


def _advance_sequences(session: Session) -> None:
    for table in ("orders",):
        wanted = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
        session.connection().execute(text(wanted))
