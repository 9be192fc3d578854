"""Can parcels be sent from elsewhere, split and merged in the drawer, and carriers kept, by those who may?"""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.domain.allocating import allocate
from orderhub.domain.allocation_decision import Stuck
from orderhub.domain.carrier_service import CarrierService
from orderhub.domain.delivery import Delivery, DeliveryStatus
from orderhub.domain.merge_setting import MergeMode, merge_setting
from orderhub.domain.order import OrderStatus
from orderhub.domain.review import approve, order_of
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.errors import RuleBroken
from orderhub.ui.gate import Who
from orderhub.ui.state.allocation import Allocation
from orderhub.ui.state.card import Card
from orderhub.ui.state.packing import Packing
from tests.builders import NOW, line_draft, receiver_draft
from tests.domain.stocked import stocked
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime

SERVICE = {
    "carrier": "zto",
    "warehouse": "0",
    "first_grams": "1000",
    "step_grams": "1000",
    "first_fen": "4.00",
    "step_fen": "1",
    "zones": "西藏 新疆 = 18 + 12",
    "most_grams": "0",
    "daily_limit": "0",
    "is_active": "on",
}


@pytest.fixture
def goods(database: Database) -> None:
    with database.transaction() as session:
        stocked(session, A=(10, 10), B=(4, 4))


@pytest.fixture
def allocated(database: Database, make_order: MakeOrder, goods: None):
    """A reviewed order of three A and a B, allocated or stuck; returns its id."""

    def allocated(no: str = "1", region: str = "上海市 浦东新区") -> str:
        lines = (
            line_draft(channel_line_no=f"{no}-1", sku_code="A", quantity=3, unit_price_fen=1000),
            line_draft(channel_line_no=f"{no}-2", sku_code="B", quantity=1, unit_price_fen=2000),
        )
        order_id = make_order(no, lines=lines, receiver=receiver_draft(region=region), paid_at=NOW)
        with database.transaction() as session:
            order, now = order_of(session, int(order_id)), utc_now() - timedelta(minutes=5)
            approve(session, order, by="system", now=now)
            with suppress(RuleBroken):
                allocate(session, order, by="system", now=now)
        return order_id

    return allocated


def planned(database: Database) -> list[tuple[str, int]]:
    with database.reading() as session:
        wanted = select(Delivery).where(Delivery.status == DeliveryStatus.PLANNED).order_by(Delivery.id)
        return [(one.carrier or "", one.warehouse_id) for one in session.exec(wanted)]


async def test_a_carrier_is_added_changed_and_refused_in_words(sign_in: SignIn, database: Database, goods):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/allocation", Allocation.enter)
        await tab.fire(Allocation.put_service(SERVICE))
        await tab.fire(Allocation.put_service(SERVICE | {"daily_limit": "200", "latest_hour": "18"}))
        (service,) = (await tab.state(Allocation)).view.services
        assert (service.fen, service.more, service.zones, service.today) == ("¥4.00", "¥1.00", "1", "0 / 200")
        await tab.visit(f"/studio/allocation?service={service.id}", Allocation.enter)
        assert (await tab.state(Allocation)).view.form.zones == "西藏 新疆 = 18.00 + 12.00"
        for wrong, said in (
            ({"first_fen": "x"}, "金额要写成元，最多两位小数"),
            ({"not_to": "火星"}, "不认识这个省份"),
            ({"latest_hour": "x"}, "几点要在 0 到 23 之间"),
            ({"carrier": ""}, "没有这家快递"),
        ):
            await tab.fire(Allocation.put_service(SERVICE | wrong))
            state = await tab.state(Allocation)
            assert (state.is_refusal, state.said) == (True, said)
        await tab.fire(Allocation.set_merging({"mode": "auto", "buffer_minutes": "30"}))
        await tab.fire(Allocation.set_merging({"mode": "auto", "buffer_minutes": "0"}))
        assert (await tab.state(Allocation)).is_refusal
    with database.reading() as session:
        assert len(session.exec(select(CarrierService)).all()) == 1
        assert (merge_setting(session).mode, merge_setting(session).buffer_minutes) == (MergeMode.AUTO, 30)


async def test_the_drawer_says_why_and_shares_the_money(sign_in: SignIn, database: Database, allocated):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Allocation.put_service(SERVICE))
        await tab.fire(Allocation.put_service(SERVICE | {"carrier": "sf", "first_fen": "8.20"}))
        order_id = allocated()
        await tab.visit(f"/orders?order={order_id}", Card.enter)
        card = (await tab.state(Card)).card
        why = card.why.allocated
        assert why.chosen == [["华东仓 · 中通快递  ¥4.00  A ×3, B ×1", "华东仓 · ZTO  ¥4.00  A ×3, B ×1"]]
        dearer = why.lost[0]
        assert (dearer.who_zh, dearer.why_zh, dearer.why_en) == ("华东仓 · 顺丰速运", "贵 ¥4.20", "dearer by ¥4.20")
        (delivery,) = card.packing.deliveries
        assert (delivery.share, delivery.carrier, delivery.may_split) == ("¥50.00", "zto", True)

        first = delivery.pieces[0].name
        form = {"delivery_id": delivery.id, "order_id": order_id}
        await tab.fire(Packing.split(form | {first: "1"}))
        parts = (await tab.state(Card)).card.packing.deliveries
        assert [part.share for part in parts] == ["¥40.00", "¥10.00"]
        await tab.fire(Packing.split(form | {first: "9"}))
        assert (await tab.state(Packing)).is_refusal
        await tab.fire(Packing.merge(order_id, parts[1].id, parts[0].id))
        (again,) = (await tab.state(Card)).card.packing.deliveries
        assert (again.share, again.may_unmerge) == ("¥50.00", True)


async def test_an_order_is_sent_from_elsewhere_or_refused_in_words(sign_in: SignIn, database: Database, allocated):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Allocation.put_service(SERVICE | {"not_to": "西藏"}))
        order_id = allocated()
        await tab.visit(f"/orders?order={order_id}", Card.enter)
        ways = (await tab.state(Card)).card.packing
        south = next(one.id for one in ways.warehouses if one.name == "华南仓")
        await tab.fire(Packing.send_from({"order_id": order_id, "warehouse": south, "service": ""}))
        assert planned(database) == [("zto", int(south))]
        await tab.fire(Packing.send_from({"order_id": order_id, "warehouse": "", "service": ""}))
        assert (await tab.state(Packing)).said == "请选择仓库或快递"

        stuck = allocated("2", "西藏自治区 拉萨市")
        await tab.visit(f"/orders?order={stuck}", Card.enter)
        card = (await tab.state(Card)).card
        assert (card.status, card.why.allocated.stuck) == (OrderStatus.TO_ALLOCATE, Stuck.NO_CARRIER)
        assert {one.why_zh for one in card.why.allocated.lost} == {"不到 西藏"}


async def test_parcels_of_one_receiver_are_merged_and_taken_apart(sign_in: SignIn, database: Database, allocated):
    orders = [allocated("1"), allocated("2")]
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit(f"/orders?order={orders[1]}", Card.enter)
        (mine,) = (await tab.state(Card)).card.packing.deliveries
        (other,) = mine.suggested
        assert (other.no, other.apart) == ("1", "")
        await tab.fire(Packing.merge(orders[1], mine.id, other.delivery))
        (merged,) = (await tab.state(Card)).card.packing.deliveries
        assert (merged.id, [one.no for one in merged.companions], merged.share) == (other.delivery, ["1"], "¥50.00")
        await tab.fire(Packing.unmerge(orders[1], merged.id))
        (again,) = (await tab.state(Card)).card.packing.deliveries
        assert (again.id, again.companions) == (mine.id, [])


@pytest.mark.parametrize("role", [Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_may_not_approve_orders_moves_no_parcel(sign_in: SignIn, database: Database, allocated, role: Role):
    order_id = allocated()
    before = planned(database)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        for event in (
            Packing.send_from({"order_id": order_id, "warehouse": "1"}),
            Packing.split({"order_id": order_id, "delivery_id": "1", "piece-1": "1"}),
            Packing.merge(order_id, "1", "2"),
            Packing.unmerge(order_id, "1"),
        ):
            await tab.fire(event)
            assert (await tab.state(Who)).refused == "order:review:approve"
        await tab.fire(Allocation.put_service(SERVICE))
        assert (await tab.state(Who)).refused == "stock:sku:change"
    assert planned(database) == before
