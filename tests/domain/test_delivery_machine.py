"""Whatever is done to deliveries in whatever order: the ledger is the counters, and no piece is lost or doubled."""

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import Session, col, select

from orderhub.domain.acceptance import accept
from orderhub.domain.allocating import allocate, allocate_anew
from orderhub.domain.carrier_service import CarrierService, put_service
from orderhub.domain.delivery import OPEN, Delivery, DeliveryPiece, DeliveryStatus, deliveries_of, pieces_in
from orderhub.domain.delivery_plan import remaining, unplanned
from orderhub.domain.merge_partners import merge_by_hand, unmerge_by_hand
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.reservation import reservations
from orderhub.domain.review import approve, order_of
from orderhub.domain.shipping import leave
from orderhub.domain.splitting import split
from orderhub.domain.stock import adjust, warehouse_coded
from orderhub.domain.words import Carrier, ChannelStatus
from orderhub.kernel.errors import RuleBroken
from tests.builders import NOW, draft, line_draft, shop
from tests.databases import another_with_tables

from .stocked import EAST, SOUTH, assert_sound, stocked

ORDERS = st.integers(1, 4)
GOODS = st.dictionaries(st.sampled_from("ABC"), st.integers(1, 4), min_size=1)
ANY = st.integers(0, 100)


class DeliveryMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.database = another_with_tables(f"sqlite:///{Path(self.folder.name) / 'deliveries.db'}")
        self.now, self.numbers = NOW, {}
        with self.database.transaction() as session:
            for sku in stocked(session, A=(9, 4), B=(5, 5), C=(0, 9)).values():
                sku.weight_grams = 300
            for carrier, most in ((Carrier.ZTO, 1000), (Carrier.SF, 0)):
                made = CarrierService(carrier=carrier, first_fen=most, most_grams=most, changed_at=NOW)
                put_service(session, made, by="ceshi", now=NOW)

    def teardown(self):
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()

    def _try(self, change):
        """A refusal changes nothing, which the invariant looks at."""
        self.now += timedelta(minutes=1)
        try:
            with self.database.transaction() as session:
                change(session)
        except RuleBroken:
            pass

    def _told(self, number, goods, status):
        lines = tuple(
            line_draft(channel_line_no=f"{number}-{code}", sku_code=code, quantity=count)
            for code, count in sorted(goods.items())
        )
        told = draft(str(number), lines=lines, status=status, updated_at=self.now)
        self._try(lambda session: accept(session, shop(session), told, now=self.now))

    @rule(number=ORDERS, goods=GOODS)
    def pay_or_change(self, number, goods):
        self.numbers[number] = goods
        self._told(number, goods, ChannelStatus.PAID)

    @precondition(lambda self: self.numbers)
    @rule(number=ORDERS)
    def cancel(self, number):
        self._told(number, self.numbers.get(number, {"A": 1}), ChannelStatus.CLOSED_REFUNDED)

    @rule(number=ANY)
    def allocate(self, number):
        def change(session):
            order = self._order(session, number, OrderStatus.TO_REVIEW, OrderStatus.TO_ALLOCATE)
            if order and order.status is OrderStatus.TO_REVIEW:
                approve(session, order, by="ceshi", now=self.now)
            if order:
                allocate(session, order, by="ceshi", now=self.now)

        self._try(change)

    @rule(number=ANY, place=st.sampled_from([EAST, SOUTH]), service_id=st.sampled_from([0, 1, 2]))
    def send_from_elsewhere(self, number, place, service_id):
        def change(session):
            if order := self._order(session, number, OrderStatus.TO_SHIP):
                there = warehouse_coded(session, place).id
                allocate_anew(session, order, warehouse_id=there, service_id=service_id, by="ceshi", now=self.now)

        self._try(change)

    @rule(one=ANY, other=ANY)
    def merge(self, one, other):
        def change(session):
            if found := self._planned(session):
                merge_by_hand(session, [found[one % len(found)], found[other % len(found)]], by="ceshi", now=self.now)

        self._try(change)

    @rule(one=ANY)
    def unmerge(self, one):
        def change(session):
            if found := self._planned(session):
                unmerge_by_hand(session, found[one % len(found)], by="ceshi", now=self.now)

        self._try(change)

    @rule(one=ANY, count=st.integers(1, 3))
    def split(self, one, count):
        def change(session):
            if found := self._planned(session):
                delivery_id = found[one % len(found)]
                split(session, delivery_id, {pieces_in(session, delivery_id)[0].id: count}, by="ceshi", now=self.now)

        self._try(change)

    @rule(one=ANY)
    def label_and_leave(self, one):
        def change(session):
            if found := self._planned(session):
                delivery = session.get_one(Delivery, found[one % len(found)])
                delivery.tracking_no, delivery.carrier = f"SF{delivery.id:012}", delivery.carrier or Carrier.SF
                session.flush()
                leave(session, delivery.id, by="ceshi", now=self.now)

        self._try(change)

    @rule(code=st.sampled_from("ABC"), place=st.sampled_from([EAST, SOUTH]), change=st.integers(-6, 6).filter(bool))
    def correct(self, code, place, change):
        def do(session):
            adjust(session, "ABC".index(code) + 1, warehouse_coded(session, place), change, reason="测试", by="ceshi",
                   now=self.now)  # fmt: skip

        self._try(do)

    @invariant()
    def nothing_is_lost_or_doubled(self):
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            assert_sound(session)
            for order in session.exec(select(Order)):
                _check(session, order)
            wanted = select(DeliveryPiece).join(Delivery, col(Delivery.id) == DeliveryPiece.delivery_id)
            assert session.exec(wanted.where(Delivery.status == DeliveryStatus.MERGED)).all() == []

    def _order(self, session, number, *statuses):
        found = session.exec(select(Order.id).where(col(Order.status).in_(statuses)).order_by(Order.id)).all()
        return order_of(session, found[number % len(found)]) if found else None

    def _planned(self, session):
        wanted = select(Delivery.id).where(Delivery.status == DeliveryStatus.PLANNED).order_by(Delivery.id)
        return session.exec(wanted).all()


def _check(session: Session, order: Order) -> None:
    """What an order holds is exactly what its open deliveries have; what has left is what it shipped."""
    opened = deliveries_of(session, order.id, *OPEN)
    held, shipped = Counter(), Counter()
    for one in reservations(session, [order.id]):
        held[one.sku_id] += one.quantity
        shipped[one.sku_id] += one.shipped
    gone: Counter[int] = Counter()
    for delivery in deliveries_of(session, order.id, DeliveryStatus.LEFT):
        for piece in _of(session, delivery, order):
            gone[piece.sku_id] += piece.quantity
    if order.status in (OrderStatus.TO_SHIP, OrderStatus.PARTLY_SHIPPED) and opened:
        assert unplanned(session, order.id) == {}
        assert held
    if order.status is OrderStatus.CANCELLED:
        assert (opened, +held) == ([], Counter())
    if order.status is OrderStatus.SHIPPED:
        assert (opened, +held, +remaining(session, order)) == ([], Counter(), Counter())
    assert +gone == +shipped


def _of(session: Session, delivery: Delivery, order: Order) -> list[DeliveryPiece]:
    return [piece for piece in pieces_in(session, delivery.id) if piece.order_id == order.id]


DeliveryMachine.TestCase.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestDeliveries = DeliveryMachine.TestCase
