"""The table for returns: what a scan, a thumb and the last button do, for the warehouse and for nobody else."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.drafts import LineDraft
from orderhub.domain.inspection import InspectedPiece, Inspection
from orderhub.domain.order import Shipment
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.errors import RuleBroken
from orderhub.ui.gate import Who
from orderhub.ui.state.inspection import Bench, InspectionCase
from tests.builders import parcel
from tests.domain.drafts import a_refund, a_shop, shipped
from tests.domain.stocked import level, stocked
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

BACK = "YT0000000000777"
OURS = "YT0000000000001"
LINES = (LineDraft("1", "BOX-40L", "收纳箱 40L", 2, 500), LineDraft("2", "HOOK-20", "挂钩", 1, 0))
Made = Callable[..., str]


@pytest.fixture
def made(database: Database) -> Made:
    """The id of a case on its way back."""

    def made(no: str = "900000000000000001", **changes) -> str:
        with database.transaction() as session:
            if not (shop := session.exec(select(Shop)).first()):
                shop = a_shop(session)
                stocked(session, BOX_40L=5, HOOK_20=5)
                accept(session, shop, shipped(lines=LINES, parcels=(parcel(OURS),)), now=utc_now())
            facts = {
                "channel_refund_no": no,
                "kind": AftersaleKind.RETURN_AND_REFUND,
                "status": AftersaleStatus.RETURNED,
                "return_tracking_no": BACK,
            }
            accept_refund(session, shop, a_refund(**facts | changes), now=utc_now())
            return str(session.exec(select(Aftersale.id).where(Aftersale.channel_refund_no == no)).one())

    return made


def every(database: Database, table: type) -> list:
    with database.reading() as session:
        return list(session.exec(select(table)))


async def test_a_return_is_scanned_counted_and_done(database: Database, sign_in: SignIn, made: Made):
    case_id = made()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-w", Role.WAREHOUSE))
        await tab.visit("/returns", Bench.enter)
        await tab.fire(Bench.scan({"code": BACK.lower()}))
        bench = await tab.state(Bench)
        assert (bench.table.id, bench.answer, bench.table.left) == (case_id, "good", 3)
        box, hook = bench.table.goods
        await tab.fire(Bench.scan({"code": "2*box-40l"}))
        await tab.fire(Bench.scan({"code": "BOX-40L"}))
        bench = await tab.state(Bench)
        assert bench.answer == "bad"
        assert "已经数够了" in bench.spoken
        await tab.fire(Bench.step(box.key, "good", -1))
        await tab.fire(Bench.step(box.key, "defect", 1))
        await tab.fire(Bench.finish({"note": "角裂"}))
        bench = await tab.state(Bench)
        assert bench.answer == "bad"
        assert "HOOK-20 应退 1 件" in bench.spoken
        await tab.fire(Bench.rest("missing"))
        assert (await tab.state(Bench)).table.left == 0
        await tab.fire(Bench.finish({"note": "角裂"}))
        bench = await tab.state(Bench)
        assert (bench.answer, bench.table.id) == ("done", "")
        assert "1 件入库" in bench.spoken
    (done,) = every(database, Inspection)
    assert (done.by, done.note) == ("ceshi-w", "角裂")
    states = [(one.code, one.good, one.defect, one.missing) for one in every(database, InspectedPiece)]
    assert states == [("BOX-40L", 1, 1, 0), ("HOOK-20", 0, 0, 1)]
    assert every(database, Aftersale)[0].stage is AftersaleStatus.INSPECTED
    assert hook.key.startswith("2-")


async def test_what_was_counted_stays_when_the_page_is_loaded_anew(sign_in: SignIn, made: Made):
    case_id = made()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit(f"/returns?case={case_id}", Bench.enter)
        await tab.fire(Bench.rest("good"))
        await tab.visit(f"/returns?case={case_id}", Bench.enter)
        assert (await tab.state(Bench)).table.left == 0
        await tab.visit("/returns", Bench.enter)
        assert (await tab.state(Bench)).table.left == 0


async def test_looking_at_a_case_that_is_done_leaves_what_is_on_the_table(sign_in: SignIn, made: Made):
    first, second = made(), made("900000000000000002", return_tracking_no="YT0000000000888")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Bench.take(first))
        await tab.fire(Bench.rest("good"))
        await tab.fire(Bench.finish({}))
        assert (await tab.state(InspectionCase)).view.id == first
        await tab.fire(Bench.take(second))
        await tab.fire(Bench.rest("missing"))
        await tab.visit(f"/returns?list=inspected&case={first}", Bench.enter, InspectionCase.look)
        assert len((await tab.state(InspectionCase)).view.results) == 1
        table = (await tab.state(Bench)).table
        assert (table.id, table.left) == (second, 0)


@pytest.mark.parametrize(
    ("scanned", "said"),
    [("SF404404404404", "找不到“SF404404404404”"), ("' OR 1=1 --", "找不到"), ("x" * 3000, "找不到"), ("＊", "找不到")],
)
async def test_a_scan_that_leads_nowhere_says_what_to_do(sign_in: SignIn, made: Made, scanned: str, said: str):
    made()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Bench.scan({"code": scanned}))
        bench = await tab.state(Bench)
        assert (bench.answer, bench.table.id) == ("bad", "")
        assert said in bench.spoken


async def test_another_item_or_another_return_is_not_counted(sign_in: SignIn, made: Made):
    first = made()
    made("900000000000000002", return_tracking_no="YT0000000000888")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Bench.take(first))
        for code, said in (("APPLE", "不是这一单的商品"), ("YT0000000000888", "还没验完")):
            await tab.fire(Bench.scan({"code": code}))
            bench = await tab.state(Bench)
            assert bench.answer == "bad"
            assert said in bench.spoken
        assert bench.table.left == 3
        await tab.fire(Bench.lay_aside)
        await tab.fire(Bench.scan({"code": "YT0000000000888"}))
        assert (await tab.state(Bench)).table.number == "YT0000000000888"


@pytest.mark.parametrize(
    ("key", "state", "text"),
    [("1-1", "good", "-5"), ("1-1", "good", "1e9"), ("9-9", "good", "1"), ("1-1", "stolen", "1"), ("", "", "")],
)
async def test_a_count_that_cannot_be_changes_nothing(sign_in: SignIn, made: Made, key: str, state: str, text: str):
    case_id = made()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Bench.take(case_id))
        await tab.fire(Bench.count(key, state, text))
        await tab.fire(Bench.step(key, state, 1000))
        await tab.fire(Bench.rest("stolen"))
        assert (await tab.state(Bench)).table.left == 3


async def test_too_many_pieces_are_refused_in_words(database: Database, sign_in: SignIn, made: Made):
    case_id = made()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Bench.take(case_id))
        key = (await tab.state(Bench)).table.goods[0].key
        await tab.fire(Bench.rest("good"))
        await tab.fire(Bench.count(key, "good", "7"))
        await tab.fire(Bench.finish({}))
        assert "BOX-40L 应退 2 件" in (await tab.state(Bench)).spoken
    assert every(database, Inspection) == []


async def test_a_refused_parcel_of_ours_is_asked_about_before_its_case_opens(
    database: Database, sign_in: SignIn, made: Made
):
    made(status=AftersaleStatus.WITHDRAWN)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Bench.scan({"code": OURS}))
        bench = await tab.state(Bench)
        assert (bench.answer, len(bench.parcels), len(every(database, Aftersale))) == ("bad", 1, 1)
        assert "确认是拒收退回" in bench.spoken
        await tab.fire(Bench.take_refused)
        bench = await tab.state(Bench)
        assert (bench.table.kind, bench.table.left, bench.parcels) == (AftersaleKind.REFUSED_PARCEL, 3, [])
        await tab.fire(Bench.rest("good"))
        await tab.fire(Bench.finish({}))
        assert "3 件入库" in (await tab.state(Bench)).spoken
    assert [one.kind for one in every(database, Aftersale)][1:] == [AftersaleKind.REFUSED_PARCEL]
    assert len(every(database, Shipment)) == 1


async def test_the_lists_say_what_comes_and_what_was_done_today(sign_in: SignIn, made: Made):
    case_id = made()
    made("900000000000000002", status=AftersaleStatus.AWAITING_RETURN, return_tracking_no="")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-w", Role.WAREHOUSE))
        await tab.visit("/returns", Bench.enter)
        view = (await tab.state(Bench)).view
        assert [(row.id, row.number) for row in view.rows] == [(case_id, BACK)]
        assert view.counts == {"returned": "1", "awaiting_return": "1", "inspected": ""}
        await tab.visit("/returns?list=awaiting_return", Bench.enter)
        (row,) = (await tab.state(Bench)).view.rows
        assert (row.number, row.goods) == ("900000000000000002", "BOX-40L ×2, HOOK-20 ×1")
        await tab.fire(Bench.take(case_id))
        await tab.fire(Bench.rest("good"))
        await tab.fire(Bench.finish({}))
        await tab.visit("/returns?list=inspected", Bench.enter)
        (row,) = (await tab.state(Bench)).view.rows
        assert (row.by, row.good, row.missing, row.may_correct) == ("ceshi-w", "3", "0", True)
        await tab.visit("/returns?list=nonsense&case=99999999999999999999", Bench.enter)
        assert (await tab.state(Bench)).view.which == "returned"


async def test_whoever_inspected_it_corrects_it_and_nobody_else(database: Database, sign_in: SignIn, made: Made):
    case_id = made()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-w", Role.WAREHOUSE))
        await tab.fire(Bench.take(case_id))
        await tab.fire(Bench.rest("good"))
        await tab.fire(Bench.finish({}))
        other = open_tab(sign_in("ceshi-b", Role.WAREHOUSE))
        await other.fire(Bench.correct(case_id))
        assert "只有验货的本人当班可以更正" in (await other.state(Bench)).spoken
        await other.fire(Bench.take(case_id))
        assert "已验过（ceshi-w）" in (await other.state(Bench)).spoken
        await tab.fire(Bench.correct(case_id))
        table = (await tab.state(Bench)).table
        assert (table.corrects, table.left, [one.good for one in table.goods]) == (True, 0, [2, 1])
        await tab.fire(Bench.count(table.goods[0].key, "good", "1"))
        await tab.fire(Bench.rest("missing"))
        await tab.fire(Bench.finish({}))
        assert "库存变动 -1 件" in (await tab.state(Bench)).spoken
    with database.reading() as session:
        assert [one.turn for one in every(database, Inspection)] == [1, 2]
        assert level(session, "HOOK-20")[1] == 0


async def test_the_result_is_shown_to_who_reads_cases(sign_in: SignIn, made: Made):
    case_id = made()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-w", Role.WAREHOUSE))
        finance = open_tab(sign_in("ceshi-f", Role.FINANCE))
        await finance.visit(f"/aftersale?case={case_id}", InspectionCase.look)
        view = (await finance.state(InspectionCase)).view
        assert (view.id, view.results) == (case_id, [])
        await tab.fire(Bench.take(case_id))
        await tab.fire(Bench.rest("missing"))
        await tab.fire(Bench.finish({"note": "空箱"}))
        await finance.visit(f"/aftersale?case={case_id}", InspectionCase.look)
        (result,) = (await finance.state(InspectionCase)).view.results
        assert (result.by, result.note, [one.missing for one in result.pieces]) == ("ceshi-w", "空箱", ["2", "1"])
        for address in ("/aftersale", "/aftersale?case=x", "/aftersale?case=404"):
            await finance.visit(address, InspectionCase.look)
            assert (await finance.state(InspectionCase)).view.id == ""


@pytest.mark.parametrize("role", [Role.SERVICE, Role.FINANCE, Role.OPERATIONS])
async def test_nobody_else_inspects(database: Database, sign_in: SignIn, made: Made, role: Role):
    case_id = made()
    asked = [
        Bench.enter,
        Bench.scan({"code": BACK}),
        Bench.take(case_id),
        Bench.correct(case_id),
        Bench.take_refused,
        Bench.count("1-1", "good", "1"),
        Bench.step("1-1", "good", 1),
        Bench.rest("good"),
        Bench.choose_place("1"),
        Bench.lay_aside,
        Bench.finish({}),
    ]
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        for spec in asked:
            with suppress(RuleBroken):
                await tab.fire(spec)
            assert (await tab.state(Who)).refused == "aftersale:return:inspect"
        assert (await tab.state(Bench)).table.id == ""
    assert every(database, Inspection) == []


async def test_nothing_the_warehouse_sees_is_money_or_the_buyers(sign_in: SignIn, made: Made):
    case_id = made(amount_fen=98765)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit(f"/returns?case={case_id}", Bench.enter, InspectionCase.look)
        bench = await tab.state(Bench)
        shown = repr((bench.view, bench.table, (await tab.state(InspectionCase)).view))
        assert "987" not in shown
        assert "测**" not in shown
