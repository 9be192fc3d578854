"""What happens by itself to an order that passed its review: allocated, merged, tried again, within the limits?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from orderhub.automation.allocation import allocate_stuck
from orderhub.automation.runner import run_next
from orderhub.domain.allocating import NoCarrier, allocate
from orderhub.domain.carrier_service import CarrierService, planned_today, put_service
from orderhub.domain.delivery import Delivery, DeliveryStatus
from orderhub.domain.merge_setting import set_merging
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import approve, order_of
from orderhub.domain.words import Carrier
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event
from tests.builders import line_draft, order
from tests.domain.stocked import assert_sound, stocked


@pytest.fixture
def goods(database, now):
    with transaction() as session:
        stocked(session, now, A=(6, 6))


def carrier(now, **changes) -> None:
    with transaction() as session:
        made = CarrierService(carrier=Carrier.ZTO, first_fen=400, changed_at=now, **changes)
        put_service(session, made, by="ceshi-o", now=now)


def reviewed(now, *numbers: int) -> None:
    with transaction() as session:
        for number in numbers:
            made = order(session, str(number), lines=(line_draft(channel_line_no=f"{number}", sku_code="A"),))
            approve(session, made, by="ceshi-o", now=now)


def work(now) -> None:
    while run_next(now):
        pass


def statuses() -> list[OrderStatus]:
    with reading() as session:
        assert_sound(session)
        return list(session.exec(select(Order.status).order_by(col(Order.id))))


def test_orders_of_one_receiver_are_allocated_and_merged_by_themselves(goods, now):
    carrier(now)
    with transaction() as session:
        set_merging(session, "auto", 60, by="ceshi-o", now=now)
    reviewed(now, 1, 2)
    work(now)
    assert statuses() == [OrderStatus.TO_SHIP] * 2
    with reading() as session:
        found = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        assert sorted(one.status for one in found) == [DeliveryStatus.MERGED, DeliveryStatus.PLANNED]
        assert planned_today(session, [1], now) == {1: 1}


def test_what_is_stuck_says_so_once_and_is_tried_again(goods, now):
    carrier(now, daily_limit=1)
    reviewed(now, 1, 2)
    work(now)
    assert allocate_stuck(now) == "0 of 1 allocated"
    with reading() as session:
        told = session.exec(select(Event.subject_id).where(Event.kind == "order_not_allocated")).all()
    assert len(told) == 1
    assert allocate_stuck(now + timedelta(days=1)) == "1 of 1 allocated"
    assert statuses() == [OrderStatus.TO_SHIP] * 2
    assert allocate_stuck(now + timedelta(days=1)) == "0 of 0 allocated"


def test_many_at_once_never_go_beyond_a_days_limit_nor_the_shelf(goods, now):
    carrier(now, daily_limit=5)
    reviewed(now, *range(1, 9))

    def one(order_id: int) -> bool:
        with transaction() as session:
            try:
                allocate(session, order_of(session, order_id), by="system", now=now)
            except NoCarrier:
                return False
        return True

    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(one, range(1, 9)))
    assert sum(done) == 5
    assert sorted(statuses()) == sorted([OrderStatus.TO_SHIP] * 5 + [OrderStatus.TO_ALLOCATE] * 3)
    with reading() as session:
        assert session.exec(select(func.count()).select_from(Delivery)).one() == 5
