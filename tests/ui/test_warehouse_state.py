"""What the warehouse's page does for people, and for nobody else."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.automation.batch import Batch, BatchItem, ItemState
from orderhub.domain.allocating import allocate
from orderhub.domain.delivery import Delivery, DeliveryStatus, delivery_of
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import approve, order_of
from orderhub.domain.shipping import leave
from orderhub.domain.stock import Warehouse
from orderhub.domain.wave import Wave
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.ui.gate import Who
from orderhub.ui.state.batches import Batches
from orderhub.ui.state.board import Selection
from orderhub.ui.state.packing_table import PackingTable
from orderhub.ui.state.warehouse import Floor
from tests.domain.stocked import stocked
from tests.ui.conftest import Logged, MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime

NUMBER = "SF1234567890123"
Made = Callable[..., str]


@pytest.fixture
def goods(database: Database) -> None:
    with database.transaction() as session:
        stocked(session, BOX_40L=50)


@pytest.fixture
def made(database: Database, make_order: MakeOrder, goods: None) -> Made:
    """The id of a delivery of an order of its own, with ``waybill`` where it has one."""

    def made(no: str = "A1", waybill: str = "") -> str:
        order_id, now = int(make_order(no)), utc_now()
        with database.transaction() as session:
            order = order_of(session, order_id)
            approve(session, order, by="li", now=now)
            (delivery,) = allocate(session, order, by="li", now=now)
            if waybill:
                delivery.carrier, delivery.tracking_no = Carrier.SF, waybill
            return str(delivery.id)

    return made


def delivery(database: Database, delivery_id: str) -> Delivery:
    with database.reading() as session:
        return session.get_one(Delivery, int(delivery_id))


def every(database: Database, table: type) -> list:
    with database.reading() as session:
        return list(session.exec(select(table)))


async def test_the_tabs_count_what_is_to_be_done_next(sign_in: SignIn, made: Made):
    plain, labelled = made("A1"), made("A2", NUMBER)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit("/warehouse", Floor.enter)
        view = (await tab.state(Floor)).view
        assert (view.counts["to_label"], view.counts["to_pick"], view.counts["to_pack"]) == ("1", "1", "")
        (row,) = view.rows
        assert (row.id, row.goods, row.orders[0].no, row.waybill) == (plain, "BOX-40L ×1", "A1", "")
        await tab.visit("/warehouse?stage=to_pick&carrier=sf", Floor.enter)
        (row,) = (await tab.state(Floor)).view.rows
        assert (row.id, row.waybill) == (labelled, NUMBER)


@pytest.mark.parametrize("address", ["?stage=nonsense", "?warehouse=x&wave=-1&carrier=ufo&before=9999999999999999999"])
async def test_an_address_that_makes_no_sense_shows_the_first_tab(sign_in: SignIn, made: Made, address: str):
    made("A1")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit(f"/warehouse{address}", Floor.enter)
        assert len((await tab.state(Floor)).view.rows) == 1


async def test_a_waybill_is_typed_and_a_wrong_one_is_refused_in_words(database: Database, sign_in: SignIn, made: Made):
    first, second = made("A1", NUMBER), made("A2")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit("/warehouse", Floor.enter)
        for number, said in (
            ("12", "运单号要 8–30 位字母或数字"),
            (NUMBER, "这个运单号是订单 A1 的：核对面单"),
            ("75312345678901", "已保存"),
        ):
            await tab.fire(Floor.type_waybill({"id": second, "carrier": "zto", "waybill": number}))
            assert (await tab.state(Floor)).said == said
        await tab.fire(Floor.type_waybill({"id": second, "carrier": "ufo", "waybill": NUMBER}))
        assert (await tab.state(Floor)).said == "没有这家快递"
    assert delivery(database, first).tracking_no == NUMBER
    assert (delivery(database, second).carrier, delivery(database, second).tracking_no) == ("zto", "75312345678901")


async def test_all_of_a_list_is_shipped_by_a_batch(database: Database, sign_in: SignIn, made: Made):
    ids = [made(f"A{n}", f"SF000000000000{n}") for n in (1, 2, 3)]
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit("/warehouse?stage=to_pick", Floor.enter)
        await tab.fire(Floor.leave)
        assert (await tab.state(Floor)).said == "先选择"
        await tab.fire(Floor.take_all)
        assert (await tab.state(Floor)).ids == ids
        await tab.fire(Floor.leave)
        assert ((await tab.state(Floor)).said, (await tab.state(Floor)).ids) == ("已开始处理 3 个", [])
        (shown,) = (await tab.state(Batches)).shown
        assert (shown.kind, shown.total, shown.ended, shown.by) == ("leave", "3", "0", "ceshi-a")
        await tab.fire(Batches.stop(shown.id))
        (shown,) = (await tab.state(Batches)).shown
        assert (shown.stopped, shown.is_over, shown.may_retry) == ("3", True, True)
        await tab.fire(Batches.retry(shown.id))
    assert {item.state for item in every(database, BatchItem)} == {ItemState.WAITING}


async def test_a_wave_is_made_begun_and_finished(database: Database, sign_in: SignIn, made: Made):
    made("A1", NUMBER)
    with database.reading() as session:
        east = str(session.exec(select(Warehouse.id).where(Warehouse.code == "east")).one())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit("/warehouse?stage=to_pick", Floor.enter)
        await tab.fire(Floor.make_wave({"warehouse": east, "carrier": "zto", "most": "10"}))
        assert (await tab.state(Floor)).said == "没有符合条件的待拣包裹：放宽条件，或先取号"
        await tab.fire(Floor.make_wave({"warehouse": east, "carrier": "", "most": "10", "labelled": "on"}))
        floor = await tab.state(Floor)
        assert (floor.said, floor.view.counts["to_pack"]) == ("已建波次 1", "1")
        (wave,) = floor.view.waves
        assert (wave.deliveries, wave.status, wave.moves) == ("1", "open", ["picking", "done", "cancelled"])
        await tab.fire(Floor.move_wave(wave.id, "picking"))
        await tab.fire(Floor.move_wave(wave.id, "nonsense"))
        assert (await tab.state(Floor)).is_refusal
    assert [one.status for one in every(database, Wave)] == ["picking"]


async def test_a_parcel_is_packed_by_scanning_and_a_wrong_scan_is_answered_in_red(
    database: Database, sign_in: SignIn, made: Made
):
    delivery_id = made("A1", NUMBER)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit("/warehouse?stage=to_pack", PackingTable.enter)
        for text, answer, said in (
            ("SF9", "bad", "找不到“SF9”：扫面单上的运单号，或发货单号 D…"),
            (NUMBER.lower(), "good", "请扫商品"),
            ("APPLE", "bad", "“APPLE”不在这个包裹里，还要装：BOX-40L ×1"),
            ("BOX-40L*2", "bad", "BOX-40L 还差 1 件，扫了 2 件：拿出多的"),
            ("box-40l", "done", f"{NUMBER} 装好了，扫下一个面单"),
        ):
            await tab.fire(PackingTable.scan({"code": text}))
            packing = await tab.state(PackingTable)
            assert (packing.answer, packing.said) == (answer, said)
        assert (packing.table.id, packing.turn) == ("", 5)
    assert (delivery(database, delivery_id).status, delivery(database, delivery_id).packed_by) == ("packed", "ceshi-a")


async def test_a_page_loaded_anew_goes_on_and_a_second_person_is_told_who_has_it(
    database: Database, sign_in: SignIn, made: Made
):
    made("A1", NUMBER)
    async with gated_runtime() as open_tab:
        first, second = open_tab(sign_in(role=Role.WAREHOUSE)), open_tab(sign_in("ceshi-b", Role.WAREHOUSE))
        await first.fire(PackingTable.scan({"code": NUMBER}))
        again = open_tab(first.cookie)
        await again.visit("/warehouse?stage=to_pack", PackingTable.enter)
        assert (await again.state(PackingTable)).table.number == NUMBER
        await second.fire(PackingTable.scan({"code": NUMBER}))
        packing = await second.state(PackingTable)
        assert (packing.said, packing.taken) == ("ceshi-a 正在装这个包裹：换一个，或接手", NUMBER)
        await second.fire(PackingTable.take_over)
        assert (await second.state(PackingTable)).table.number == NUMBER
        await first.fire(PackingTable.scan({"code": "BOX-40L"}))
        lost = await first.state(PackingTable)
        assert (lost.answer, lost.table.id, lost.taken) == ("bad", "", "")
        for event, said in (
            (PackingTable.undo, "箱子里还没有东西：先扫商品"),
            (PackingTable.lay_aside, f"{NUMBER} 放一边了"),
        ):
            await second.fire(event)
            assert (await second.state(PackingTable)).said == said


async def test_a_parcel_is_recalled_and_unpacked(database: Database, sign_in: SignIn, made: Made):
    delivery_id = made("A1", NUMBER)
    with database.transaction() as session:
        leave(session, int(delivery_id), by="li", now=utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit("/warehouse?stage=left", Floor.enter)
        await tab.fire(Floor.unpack(delivery_id))
        assert (await tab.state(Floor)).is_refusal
        await tab.fire(Floor.recall(delivery_id))
        assert (await tab.state(Floor)).said == "已撤回：包裹回到待发出，库存已还"
        assert delivery(database, delivery_id).status is DeliveryStatus.PACKED
        await tab.fire(Floor.unpack(delivery_id))
    assert delivery(database, delivery_id).status is DeliveryStatus.PLANNED
    with database.reading() as session:
        assert session.exec(select(Order.status)).one() is OrderStatus.TO_SHIP


async def test_selected_orders_are_reviewed_and_shipped_by_a_batch(
    database: Database, sign_in: SignIn, make_order: MakeOrder
):
    ids = [make_order(f"A{n}") for n in range(3)]
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/orders?tab=to_review", Selection.take_all)
        assert sorted((await tab.state(Selection)).ids) == sorted(ids)
        await tab.fire(Selection.ship_out)
        assert (await tab.state(Selection)).said == "已开始处理 3 个"
        assert [one.kind for one in (await tab.state(Batches)).shown] == ["ship_out"]
    assert sorted(str(item.subject_id) for item in every(database, BatchItem)) == sorted(ids)


async def test_the_warehouse_passes_no_review_not_even_by_a_batch(
    database: Database, sign_in: SignIn, make_order: MakeOrder, by_people: Logged
):
    order_id = make_order("A1")
    async with gated_runtime() as open_tab:
        boss, tab = open_tab(sign_in("ceshi-o")), open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Selection.toggle(order_id))
        await tab.fire(Selection.ship_out)
        assert (await tab.state(Who)).refused == "order:review:approve"
        assert every(database, Batch) == []
        await boss.fire(Selection.toggle(order_id))
        await boss.fire(Selection.ship_out)
        (batch,) = every(database, Batch)
        await boss.fire(Batches.stop(str(batch.id)))
        await tab.fire(Batches.retry(str(batch.id)))
        assert (await tab.state(Batches)).said == "没有权限"
        await tab.fire(Floor.switch_leaving("1", True))  # noqa: FBT003
        assert (await tab.state(Who)).refused == "stock:sku:change"
    assert [item.state for item in every(database, BatchItem)] == [ItemState.STOPPED]
    assert by_people() == []


@pytest.mark.parametrize("role", [Role.SERVICE, Role.FINANCE])
async def test_who_may_not_ship_does_nothing_here(database: Database, sign_in: SignIn, made: Made, role: Role):
    delivery_id = made("A1", NUMBER)
    typed = {"id": delivery_id, "carrier": "zto", "waybill": "75312345678901"}
    asked = [
        Floor.enter, Floor.toggle(delivery_id), Floor.take_all, Floor.label, Floor.leave, Floor.recall(delivery_id),
        Floor.unpack(delivery_id), Floor.type_waybill(typed), Floor.make_wave({"warehouse": "1"}),
        Floor.move_wave("1", "done"), PackingTable.enter, PackingTable.take_over, PackingTable.scan({"code": NUMBER}),
        PackingTable.undo, PackingTable.lay_aside, PackingTable.close_with_rest, Batches.retry("1"), Batches.stop("1"),
    ]  # fmt: skip
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        for event in asked:
            await tab.fire(Who.dismiss)
            await tab.fire(event)
            assert (await tab.state(Who)).refused == "order:shipping:change"
    found = delivery(database, delivery_id)
    assert (found.tracking_no, found.packer, found.status) == (NUMBER, "", DeliveryStatus.PLANNED)


async def test_a_warehouse_lets_go_of_what_is_packed_where_somebody_says_so(
    database: Database, sign_in: SignIn, made: Made
):
    delivery_id = made("A1", NUMBER)
    with database.reading() as session:
        place = str(session.get_one(Delivery, int(delivery_id)).warehouse_id)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Floor.switch_leaving(place, True))  # noqa: FBT003
        await tab.fire(PackingTable.scan({"code": f"D{delivery_id}"}))
        await tab.fire(PackingTable.scan({"code": "BOX-40L"}))
    assert delivery(database, delivery_id).status is DeliveryStatus.LEFT
    with database.transaction() as session:
        assert delivery_of(session, int(delivery_id)).left_by == "ceshi-a"
        changed = session.exec(select(Event).where(Event.kind == "warehouse_changed")).one()
    assert (str(changed.subject_id), changed.actor) == (place, "ceshi-a")
