"""Can what goes out be watched, sent again, laid aside and paused on its page, and an order shipped in the drawer?"""

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.automation import outbox, workflow_run
from orderhub.automation.addressee import shop_addressee
from orderhub.automation.outbox import OutboxKind, OutboxMessage, OutboxPause, OutboxState
from orderhub.automation.runner import run_next
from orderhub.automation.workflow_run import WorkflowRun, WorkflowState
from orderhub.domain.hold import HoldReason
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.words import UploadProblem
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.state.card import Card
from orderhub.ui.state.outbox import Outbox
from tests.ui.conftest import Logged, MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime

WAYBILL = "75312345678901"


@pytest.fixture
def order_id(database: Database, make_order: MakeOrder) -> str:
    """An order that is packed."""
    made = make_order("A1")
    with database.transaction() as session:
        session.get_one(Order, int(made)).status = OrderStatus.TO_SHIP
    return made


@pytest.fixture
def refused_id(database: Database, order_id: str) -> str:
    """What its platform did not take."""
    now = utc_now()
    with database.transaction() as session:
        shop = shop_addressee(session.get_one(Order, int(order_id)).shop_id)
        body = {"tracking_no": WAYBILL}
        outbox.owe(session, OutboxKind.SHIP, shop, key="1:1", number="A1", about=int(order_id), body=body, now=now)
        message = session.exec(select(OutboxMessage)).one()
        message.state, message.problem = OutboxState.REFUSED, UploadProblem.WAYBILL_INVALID
        message.partner_code, message.reason = "B60", "Taobao refused: 15 B60"
        return str(message.id)


def message_of(database: Database) -> OutboxMessage:
    with database.reading() as session:
        return session.exec(select(OutboxMessage)).one()


async def test_the_page_shows_what_was_refused_in_words_and_which_order_it_is(
    sign_in: SignIn, refused_id: str, order_id: str
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/outbox", Outbox.enter)
        view = (await tab.state(Outbox)).view
    (one,) = view.open
    assert (view.waiting, view.refused, view.closed) == ("0", "1", [])
    assert (one.id, one.number, one.what, one.state) == (refused_id, "A1", WAYBILL, "refused")
    assert (one.problem, one.said, one.href) == (
        "waybill_invalid",
        "Taobao refused: 15 B60",
        f"/orders?tab=all&order={order_id}",
    )
    assert [(one.code, one.cause) for one in view.addressees] == [("douyin-1", "")]


async def test_what_was_refused_is_sent_again_or_laid_aside_with_a_reason(
    database: Database, sign_in: SignIn, refused_id: str
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Outbox.skip({"id": refused_id, "reason": " "}))
        assert (await tab.state(Outbox)).said == "请写明原因"
        assert message_of(database).state is OutboxState.REFUSED
        await tab.fire(Outbox.skip({"id": refused_id, "reason": "买家自提"}))
        assert (await tab.state(Outbox)).said == "已跳过 1 条"
        assert message_of(database).state is OutboxState.SKIPPED
        await tab.fire(Outbox.retry(refused_id))
        assert (await tab.state(Outbox)).said == "已重新排队 1 条"
    assert message_of(database).state is OutboxState.WAITING


async def test_a_shop_is_paused_with_a_reason_and_resumed(database: Database, sign_in: SignIn, refused_id: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/outbox", Outbox.enter)
        addressee = (await tab.state(Outbox)).view.addressees[0].id
        await tab.fire(Outbox.pause({"id": addressee, "reason": ""}))
        assert (await tab.state(Outbox)).said == "请写明原因"
        for stranger in ("douyin-1", "shop:404", "order:1", "shop:x", ""):
            await tab.fire(Outbox.pause({"id": stranger, "reason": "仓库盘点"}))
            assert (await tab.state(Outbox)).is_refusal
        await tab.fire(Outbox.pause({"id": addressee, "reason": "仓库盘点"}))
        (shop,) = (await tab.state(Outbox)).view.addressees
        assert (shop.cause, shop.reason, shop.by) == ("person", "仓库盘点", "ceshi-a")
        await tab.fire(Outbox.resume(addressee))
        assert (await tab.state(Outbox)).view.addressees[0].cause == ""
    with database.reading() as session:
        assert session.exec(select(OutboxPause)).all() == []


async def test_a_failed_workflow_shows_its_error_and_is_tried_again(database: Database, sign_in: SignIn):
    with database.transaction() as session:
        session.add(
            WorkflowRun(
                workflow="upload_shipment",
                event_id=1,
                event_kind="order_shipped",
                subject_type="order",
                subject_id=1,
                state=WorkflowState.FAILED,
                due_at=utc_now(),
                attempts=workflow_run.MOST_TRIES,
                tries_left=0,
                found_at=utc_now(),
                error="NotFound: order 1",
            )
        )
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/outbox", Outbox.enter)
        (run,) = (await tab.state(Outbox)).view.runs
        assert (run.state, run.note, run.may_retry) == ("failed", "NotFound: order 1", True)
        await tab.fire(Outbox.retry_run(run.id))
        (run,) = (await tab.state(Outbox)).view.runs
        assert (run.state, run.may_retry) == ("ready", False)


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.SERVICE, Role.FINANCE])
async def test_who_may_not_change_what_goes_out_changes_nothing(
    database: Database, sign_in: SignIn, refused_id: str, role: Role
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.visit("/outbox", Outbox.enter)
        assert len((await tab.state(Outbox)).view.open) == (role is Role.WAREHOUSE)
        for asked in (
            Outbox.retry(refused_id),
            Outbox.skip({"id": refused_id, "reason": "x"}),
            Outbox.pause({"id": "shop:1", "reason": "x"}),
            Outbox.resume("shop:1"),
            Outbox.retry_run("1"),
            Outbox.ask_skip(refused_id),
            Outbox.ask_pause("shop:1"),
        ):
            await tab.fire(asked)
            assert (await tab.state(Who)).refused == "outbox:item:change"
        assert ((await tab.state(Outbox)).skipping, (await tab.state(Outbox)).pausing) == ("", "")
    assert message_of(database).state is OutboxState.REFUSED


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.OPERATIONS])
async def test_the_warehouse_ships_in_the_drawer_and_the_platform_is_owed_the_waybill(
    database: Database, sign_in: SignIn, order_id: str, by_people: Logged, role: Role
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.visit(f"/orders?tab=all&order={order_id}", Card.enter)
        assert (await tab.state(Card)).card.may_be_shipped
        await tab.fire(Card.ship({"order_id": order_id, "carrier": "zto", "waybill": WAYBILL}))
        card = await tab.state(Card)
    assert (card.said, card.is_refusal) == ("已发货，将自动回传平台", False)
    assert (card.card.status, card.card.may_be_shipped) == ("shipped", False)
    assert [(one.carrier, one.no) for one in card.card.parcels] == [("中通快递", WAYBILL)]
    assert by_people() == [(kind, order_id, "ceshi-a") for kind in ("order_moved", "order_shipped")]
    while run_next(utc_now()):
        pass
    wanted = {"order_no": "A1", "tracking_no": WAYBILL, "carrier": "zto", "line_nos": []}
    assert message_of(database).body == wanted


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"carrier": "zto", "waybill": "12"}, "运单号要 8–30 位字母或数字"),
        ({"carrier": "zto", "waybill": ""}, "运单号要 8–30 位字母或数字"),
        ({"carrier": "ufo", "waybill": WAYBILL}, "没有这家快递"),
        ({"waybill": WAYBILL}, "没有这家快递"),
    ],
)
async def test_a_form_that_names_no_parcel_ships_nothing(
    database: Database, sign_in: SignIn, order_id: str, by_people: Logged, form: dict[str, str], said: str
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Card.ship({"order_id": order_id} | form))
        card = await tab.state(Card)
    assert (card.said, card.is_refusal, by_people()) == (said, True, [])
    with database.reading() as session:
        assert session.exec(select(Shipment)).all() == []


async def test_a_held_order_is_not_shipped(sign_in: SignIn, make_order: MakeOrder, database: Database):
    held = make_order("B1", held=HoldReason.MANUAL)
    with database.transaction() as session:
        session.get_one(Order, int(held)).status = OrderStatus.TO_SHIP
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit(f"/orders?tab=all&order={held}", Card.enter)
        assert not (await tab.state(Card)).card.may_be_shipped
        await tab.fire(Card.ship({"order_id": held, "carrier": "zto", "waybill": WAYBILL}))
        assert (await tab.state(Card)).said == "有挂起未放行"


@pytest.mark.parametrize("event", ["hold", "release", "approve", "add_tag", "remove_tag", "save_remark"])
async def test_the_warehouse_changes_nothing_of_an_order_but_its_shipping(
    sign_in: SignIn, order_id: str, by_people: Logged, event: str
):
    payloads = {
        "hold": {"form": {"order_id": order_id, "reason": "manual"}},
        "add_tag": {"form": {"word": "加急", "order_id": order_id}},
        "remove_tag": {"order_id": order_id, "word": "加急"},
        "save_remark": {"form": {"remark": "x", "order_id": order_id}},
    }
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire_raw(f"{Card.get_full_name()}.{event}", payloads.get(event, {"order_id": order_id}))
        assert (await tab.state(Who)).refused.startswith("order:")
    assert by_people() == []


@pytest.mark.parametrize("role", [Role.SERVICE, Role.FINANCE])
async def test_who_may_not_ship_ships_nothing(sign_in: SignIn, order_id: str, by_people: Logged, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.fire(Card.ship({"order_id": order_id, "carrier": "zto", "waybill": WAYBILL}))
        assert (await tab.state(Who)).refused == "order:shipping:change"
    assert by_people() == []
