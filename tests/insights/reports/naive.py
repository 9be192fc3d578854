"""The six reports once more, in plain loops over all rows: slow, and so plain that it cannot be wrong."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.delivery import Delivery, DeliveryPiece
from orderhub.domain.order import Order, OrderLine, Shipment
from orderhub.domain.refund_answer import RefundAnswer
from orderhub.domain.reservation import Reservation
from orderhub.domain.shop import Shop
from orderhub.domain.stock import Warehouse
from orderhub.domain.ticket import Ticket
from orderhub.domain.track import Track
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.insights.reports.asked import ReportAsked
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.eventlog import Event
from orderhub.kernel.sight import WHOLE, seeing, sight

LEFT = ("shipped", "delivered", "completed")
COUNTED = (Order, Aftersale, Anomaly, Ticket)
RETURNING = (AftersaleKind.RETURN_AND_REFUND, AftersaleKind.EXCHANGE, AftersaleKind.REFUSED_PARCEL)


class Naive:
    def __init__(self, session: Session, asked: ReportAsked, now: datetime) -> None:
        self.asked, self.now, self.session = asked, now, session
        self.shops = {shop.id: shop for shop in self.all(Shop)}
        self.places = self._places()
        self.all_orders = {order.id: order for order in self.all(Order)}
        self.orders = [order for order in self.all_orders.values() if self.is_asked(order, order.id, order.paid_at)]

    def all(self, table: Any) -> list[Any]:
        """Of what is counted, those in sight; of what belongs to it, all."""
        with seeing(sight() if table in COUNTED else WHOLE):
            return list(self.session.exec(select(table)))

    def _places(self) -> dict[int, set[str]]:
        codes = {place.id: place.code for place in self.all(Warehouse)}
        home = {one.id: one.warehouse_id for one in self.all(Delivery)}
        found: dict[int, set[str]] = {}
        for one in self.all(Reservation):
            found.setdefault(one.order_id, set()).add(codes[one.warehouse_id])
        for piece in self.all(DeliveryPiece):
            if code := codes.get(home[piece.delivery_id]):
                found.setdefault(piece.order_id, set()).add(code)
        return found

    def is_asked(self, row: Any, order_id: int | None, moment: datetime | None) -> bool:
        asked = self.asked
        if moment is None or not asked.since <= moment < asked.until:
            return False
        if asked.channel and row.channel != asked.channel:
            return False
        order = self.all_orders.get(order_id or 0) if hasattr(self, "all_orders") else row
        shop_id = row.shop_id if hasattr(row, "shop_id") else order and order.shop_id
        if asked.shop and (shop_id is None or self.shops[shop_id].code != asked.shop):
            return False
        return not asked.warehouse or asked.warehouse in self.places.get(order_id or 0, set())

    def paid(self, until: datetime | None = None) -> tuple[int, int]:
        found = [order for order in self.orders if until is None or order.paid_at < until]
        return len(found), sum(order.paid_fen for order in found)

    def steps(self, width: timedelta) -> dict[datetime, tuple[int, int]]:
        """By the beginning of the step in Shanghai."""
        found: dict[datetime, tuple[int, int]] = {}
        for order in self.orders:
            local = order.paid_at.astimezone(SHANGHAI)
            at = local.replace(second=0, microsecond=0)
            if width >= timedelta(hours=1):
                at = at.replace(minute=0)
            if width >= timedelta(days=1):
                at = at.replace(hour=0)
            count, fen = found.get(at, (0, 0))
            found[at] = count + 1, fen + order.paid_fen
        return found

    def funnel(self) -> list[tuple[int, ...]]:
        """Reached, and of those of the step before waiting, cancelled, refunded."""
        moves = {
            event.subject_id: event.body["source"]
            for event in self.all(Event)
            if event.kind == "order_moved" and event.body["target"] == "cancelled"
        }
        reached, lost = Counter[int](), Counter[tuple[int, str]]()
        for order in self.orders:
            refunded = order.channel_status == ChannelStatus.CLOSED_REFUNDED
            if order.status in ("pending_payment", "to_review"):
                far = 0
            elif order.status in ("to_allocate", "to_ship", "partly_shipped"):
                far = 1
            elif order.status == "cancelled":
                far = 1 if moves.get(order.id) in ("to_allocate", "to_ship", "partly_shipped") else 0
            else:
                far = {"shipped": 2, "delivered": 3, "completed": 3 if refunded else 4}[order.status]
            for step in range(far + 1):
                reached[step] += 1
            why = "refunded" if refunded else "cancelled" if order.status == "cancelled" else "waiting"
            lost[far + 1, why] += 1
        return [
            (reached[step], *(lost[step, why] for why in ("waiting", "cancelled", "refunded"))) for step in range(5)
        ]

    def times(self) -> dict[str, dict[str, Any]]:
        """By channel: kept, late, and the sorted seconds to ship and to deliver."""
        tracks = {track.tracking_no: track for track in self.all(Track)}
        parcels: dict[int, list[Track | None]] = {}
        for one in self.all(Shipment):
            if one.aftersale_id == 0:
                parcels.setdefault(one.order_id, []).append(tracks.get(one.tracking_no))
        found: dict[str, dict[str, Any]] = {}
        for order in self.orders:
            one = found.setdefault(order.channel, {"kept": 0, "late": 0, "ship": [], "deliver": []})
            if order.status in LEFT and order.shipped_at:
                one["ship"].append(int(order.shipped_at.timestamp()) - int(order.paid_at.timestamp()))
                if order.ship_by:
                    one["kept" if order.shipped_at <= order.ship_by else "late"] += 1
                arrived = [track.arrived_at for track in parcels.get(order.id, []) if track and track.arrived_at]
                if arrived and len(arrived) == len(parcels[order.id]):
                    one["deliver"].append(int(max(arrived).timestamp()) - int(order.shipped_at.timestamp()))
            elif order.status in ("to_review", "to_allocate", "to_ship", "partly_shipped"):
                one["late"] += bool(order.ship_by and order.ship_by < self.now)
        return {key: one for key, one in found.items() if one["kept"] or one["late"] or one["ship"]}

    def anomalies(self) -> dict[str, tuple[int, int, int, int, datetime | None]]:
        found: dict[str, Any] = {}
        for one in self.all(Anomaly):
            if self.is_asked(one, one.order_id, one.detected_at):
                count, is_open, late, fen, oldest = found.get(one.kind, (0, 0, 0, 0, None))
                stands = one.resolved_at is None
                found[one.kind] = (
                    count + 1,
                    is_open + stands,
                    late + ((one.resolved_at or self.now) > one.due_at),
                    fen + one.at_risk_fen * stands,
                    min(filter(None, (oldest, one.detected_at))) if stands else oldest,
                )
        return found

    def load(self) -> dict[tuple[int, int], tuple[int, int, int, int, int, int]]:
        """Tickets opened, answered, waiting; cases opened, answered, waiting."""
        cells: dict[tuple[int, int], list[int]] = {}

        def note(moment: datetime, place: int) -> None:
            local = moment.astimezone(SHANGHAI)
            cells.setdefault((local.weekday(), local.hour), [0] * 6)[place] += 1

        for one in self.all(Ticket):
            answered_at = one.first_reply_at or one.decided_at
            if self.is_asked(one, one.order_id, one.opened_at):
                note(one.opened_at, 0)
                if one.first_reply_at is None and one.status in ("open", "claimed", "waiting"):
                    note(one.opened_at, 2)
            if answered_at and self.is_asked(one, one.order_id, answered_at):
                note(answered_at, 1)
        answers = {one.aftersale_id: one.answered_at for one in self.all(RefundAnswer) if one.turn == 1}
        for case in self.all(Aftersale):
            if self.is_asked(case, case.order_id, case.requested_at):
                note(case.requested_at, 3)
                if case.stage == AftersaleStatus.REQUESTED:
                    note(case.requested_at, 5)
            if case.id in answers and self.is_asked(case, case.order_id, answers[case.id]):
                note(answers[case.id], 4)
        return {key: tuple(cell) for key, cell in cells.items()}  # type: ignore[misc]

    def reasons(self) -> tuple[Counter[tuple[str, str]], Counter[str], Counter[str], Counter[str]]:
        """By reason and channel, money by reason, by SKU, by month."""
        codes = {line.id: line.sku_code for line in self.all(OrderLine)}
        lines: dict[int, set[str]] = {}
        for line in self.all(AftersaleLine):
            lines.setdefault(line.aftersale_id, set()).add(codes[line.line_id])
        reasons, money, skus, months = Counter[Any](), Counter[Any](), Counter[Any](), Counter[Any]()
        for case in self.all(Aftersale):
            if case.kind in RETURNING and self.is_asked(case, case.order_id, case.requested_at):
                reasons[case.reason_kind, case.channel] += 1
                money[case.reason_kind] += case.amount_fen
                months[f"{case.requested_at.astimezone(SHANGHAI):%Y-%m}"] += 1
                skus.update(lines.get(case.id, ()))
        return reasons, money, skus, months
