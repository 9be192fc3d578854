"""Does the open drawer follow its parcels, and is whom buyers ask the merchant's to say?"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from orderhub.access.permissions import Role
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.order import Shipment
from orderhub.domain.service_contact import service_contact
from orderhub.domain.track import follow_parcel, take_scans
from orderhub.domain.tracking_link import read_token
from orderhub.domain.words import Carrier, ScanNode
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, reading, transaction
from orderhub.ui.state.card import Card
from orderhub.ui.state.service_contact import Contact
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime
from tests.ui.test_live import CARD, live_runtime, told_of, until

NO = "ZT1041"


def ship(order_id: str) -> int:
    left_at = utc_now() - timedelta(hours=30)
    with transaction() as session:
        session.add(Shipment(order_id=int(order_id), tracking_no=NO, carrier_name="中通快递", shipped_at=left_at))
        session.flush()
        return follow_parcel(session, NO, Carrier.ZTO, shipped_at=left_at).id


def scan(text: str, *, hours_ago: float = 1, node: ScanNode | None = None) -> None:
    now = utc_now()
    with transaction() as session:
        take_scans(session, NO, [ScanDraft(now - timedelta(hours=hours_ago), text, node=node)], by="zto", now=now)


async def test_the_drawer_shows_where_its_parcels_are_and_a_link_for_the_buyer(sign_in: SignIn, make_order: MakeOrder):
    order_id = make_order("A1")
    track_id = ship(order_id)
    scan("【四川广安公司】的派件员【张大山(13800000488)】正在为您派件", hours_ago=0)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit(f"/orders?tab=all&order={order_id}", Card.enter)
        (found,) = (await tab.state(Card)).card.tracks
    assert (found.no, found.node, found.outlook) == (NO, "out_for_delivery", "today")
    assert [one.text for one in found.scans] == ["【四川广安公司】的派件员【***(***)】正在为您派件"]
    link = read_token(urlsplit(found.link).path.rsplit("/", 1)[1], now=utc_now())
    assert link
    assert link.track_id == track_id


async def test_a_parcel_the_hub_does_not_follow_has_no_link(sign_in: SignIn, make_order: MakeOrder):
    order_id = make_order("A1")
    with transaction() as session:
        session.add(Shipment(order_id=int(order_id), tracking_no="X1", carrier_name="德邦"))
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit(f"/orders?tab=all&order={order_id}", Card.enter)
        (found,) = (await tab.state(Card)).card.tracks
    assert (found.link, found.node, found.outlook) == ("", "", "")


async def test_every_scan_reaches_the_open_drawer_and_no_other(
    sign_in: SignIn, make_order: MakeOrder, database: Database
):
    order_id, other_id = make_order("A1"), make_order("A2")
    ship(order_id)
    async with live_runtime(database) as open_tab:
        tab, elsewhere = open_tab(sign_in("ceshi-a")), open_tab(sign_in("ceshi-b"))
        await tab.visit(f"/orders?tab=all&order={order_id}", Card.enter)
        await elsewhere.visit(f"/orders?tab=all&order={other_id}", Card.enter)

        def seen() -> list[str]:
            shown = [delta["card_rx_state_"] for delta in told_of(tab, CARD)]
            return [one.text for one in shown[-1].tracks[0].scans] if shown else []

        told: list[str] = []
        # The second one moves it nowhere: it is told of all the same.
        for hours_ago, text in ((3, "到达【南充转运中心】"), (2, "到达【成都转运中心】"), (1, "已签收，签收人：本人")):
            scan(text, hours_ago=hours_ago)
            told.insert(0, text)
            await until(lambda: seen() == told)
        assert [delta for delta in told_of(elsewhere, CARD) if delta["card_rx_state_"].tracks] == []


@pytest.fixture
def standing(database: Database) -> Any:
    def standing() -> tuple[str, str, str]:
        with reading() as session:
            found = service_contact(session)
            return found.name, found.phone, found.words

    return standing


async def test_whom_buyers_ask_is_said_on_the_system_page(sign_in: SignIn, standing: Any):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        await tab.fire(Contact.save({"name": "小店", "phone": "400-000-0000", "words": "9:00–21:00"}))
        contact = await tab.state(Contact)
        assert (contact.said, contact.is_refusal, contact.saved) == ("已保存", False, 1)
        await tab.fire(Contact.save({"name": "小店", "phone": "call me<script>", "words": ""}))
        assert (await tab.state(Contact)).is_refusal
        await tab.fire(Contact.save({"words": "x" * 121}))
        assert (await tab.state(Contact)).said == "内容太长"
    assert standing() == ("小店", "400-000-0000", "9:00–21:00")


@pytest.mark.parametrize("role", list(Role))
async def test_only_who_looks_after_the_system_says_whom_to_ask(sign_in: SignIn, standing: Any, role: Role):
    may = role in (Role.ADMIN, Role.MANAGER, Role.OPERATIONS)
    async with gated_runtime() as open_tab:
        await open_tab(sign_in(role=role)).fire(Contact.save({"phone": "400-000-0000"}))
    assert standing()[1] == ("400-000-0000" if may else "")
