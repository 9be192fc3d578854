"""Can a resend be looked at, chosen, promised and taken back, by those who may, and by nobody else?"""

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.domain.replacement import Replacement
from orderhub.domain.sku import Sku
from orderhub.kernel.db import Database, reading
from orderhub.ui.state.card import Card
from orderhub.ui.state.replacement_case import ReplacementCase
from orderhub.ui.state.warehouse import Floor
from tests.domain.replacing import asked, gone, parcels_of, sent
from tests.domain.stocked import level, stocked
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


@pytest.fixture
def case_id(database: Database) -> int:
    with database.transaction() as session:
        stocked(session, A=9, B=4, LEER=0)
    gone("1", ("A", 1))
    return asked("1")


def _sku(code: str) -> int:
    with reading() as session:
        return session.exec(select(Sku.id).where(Sku.code == code)).one()


async def test_other_goods_are_found_promised_and_taken_back(sign_in: SignIn, case_id: int):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(f"/aftersale?case={case_id}", ReplacementCase.look)
        state = await tab.state(ReplacementCase)
        assert [(one.code, one.quantity, one.available) for one in state.picked] == [("A", "1", "8")]
        await tab.fire(ReplacementCase.find({"text": "b"}))
        state = await tab.state(ReplacementCase)
        assert [(one.code, one.available) for one in state.found] == [("B", "4")]
        await tab.fire(ReplacementCase.pick(str(_sku("B"))))
        await tab.fire(ReplacementCase.drop(str(_sku("A"))))
        state = await tab.state(ReplacementCase)
        assert [one.code for one in state.picked] == ["B"]
        form = {"case_id": str(case_id), "keeps_stock": "1", f"piece-{_sku('B')}": "2"}
        await tab.fire(ReplacementCase.promise(form))
        state = await tab.state(ReplacementCase)
        shown = (state.view.state, [one.quantity for one in state.view.goods], len(state.view.parcels))
        assert (state.is_refusal, shown) == (False, ("planned", ["2"], 1))
        await tab.fire(ReplacementCase.promise(form))
        assert (await tab.state(ReplacementCase)).said == "已经安排过了，要改请先撤回"
        await tab.fire(ReplacementCase.take_back(str(case_id)))
        state = await tab.state(ReplacementCase)
        assert (state.view.state, state.view.may_promise) == ("taken_back", True)
    with reading() as session:
        assert level(session, "B") == (4, 0)


async def test_what_is_short_is_seen_to_wait(sign_in: SignIn, case_id: int):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.fire(ReplacementCase.open_case(str(case_id)))
        form = {"case_id": str(case_id), "keeps_stock": "1", f"piece-{_sku('LEER')}": "1"}
        await tab.fire(ReplacementCase.promise(form))
        view = (await tab.state(ReplacementCase)).view
    assert (view.state, view.waits_for, view.parcels) == ("waiting", "LEER", [])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "请选要发的商品"),
        ({"piece-x": "1"}, "选的商品已不在，请重新选"),
        ({"piece-1": "many"}, "件数要 1–999"),
        ({"piece-1": "1000"}, "件数要 1–999"),
    ],
)
async def test_a_form_that_cannot_be_is_answered_with_a_sentence(
    sign_in: SignIn, case_id: int, more: dict[str, str], said: str
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.fire(ReplacementCase.promise({"case_id": str(case_id), "keeps_stock": "1"} | more))
        state = await tab.state(ReplacementCase)
    assert (state.said, state.is_refusal) == (said, True)


async def test_who_may_not_answer_a_case_sends_nothing_for_it(sign_in: SignIn, case_id: int):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(ReplacementCase.promise({"case_id": str(case_id), "keeps_stock": "1", "piece-1": "1"}))
    with reading() as session:
        assert session.get(Replacement, case_id) is None


async def test_its_parcel_is_marked_in_the_drawer_and_on_the_floor(sign_in: SignIn, case_id: int):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.MANAGER))
        form = {"case_id": str(case_id), "keeps_stock": "1", f"piece-{_sku('A')}": "1"}
        await tab.fire(ReplacementCase.promise(form))
        await tab.visit("/warehouse", Floor.enter)
        (row,) = (await tab.state(Floor)).view.rows
        assert row.mark == "resend"
        (delivery,) = parcels_of(case_id)
        sent(delivery.id)
        await tab.visit("/orders?order=1", Card.enter)
        card = (await tab.state(Card)).card
    assert [one.mark for one in card.parcels] == ["", "resend"]
    assert [(one.mark, one.share != "¥0.00") for one in card.packing.deliveries] == [("", True), ("resend", False)]
    assert [one.sends for one in card.aftersales] == [True]
