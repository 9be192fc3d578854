"""What comes back is said once, only good pieces go to the shelf, and the ledger knows each of them."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, StageMoved, accept_refund, case_of
from orderhub.domain.coming_back import goods_of
from orderhub.domain.drafts import LineDraft
from orderhub.domain.inspection import (
    AlreadyInspected,
    InspectedPiece,
    Inspection,
    NoReturnedGoods,
    NothingComesBack,
    NotToCorrect,
    ReturnGivenUp,
    SumsDiffer,
    UnknownReturn,
    Verdict,
    find,
    inspect,
    newest_of,
    pieces_of,
)
from orderhub.domain.shop import Shop
from orderhub.domain.sku import put_sku, set_parts
from orderhub.domain.stock import Cause, NotEnough, StockEntry, adjust, warehouse_coded
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.db import Database, reading, transaction
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Event, kind_of
from tests.databases import another_with_tables

from .drafts import NOW, a_refund, a_shop, shipped
from .stocked import EAST, assert_sound, level, stocked

LATER = NOW + timedelta(hours=1)
BACK = "YT0000000000777"
RETURN = {
    "kind": AftersaleKind.RETURN_AND_REFUND,
    "status": AftersaleStatus.RETURNED,
    "return_tracking_no": BACK,
}
BOXES = (LineDraft("1", "BOX-40L", "收纳箱 40L", 2, 500),)


def returned(*lines: LineDraft, **changes) -> int:
    """The id of a case whose goods are on their way back."""
    with transaction() as session:
        shop = session.exec(select(Shop)).first() or a_shop(session)
        order = shipped(lines=lines or BOXES, total_fen=sum(one.total_fen for one in lines or BOXES))
        accept(session, shop, order, now=NOW)
        accept_refund(session, shop, a_refund(**RETURN | changes), now=NOW)
        return session.exec(select(Aftersale.id)).one()


def verdicts_of(session: Session, case_id: int, *states: tuple[int, int]) -> list[Verdict]:
    """(good, defect) of each of the case's goods; the rest is missing. None given: all are good."""
    goods = goods_of(session, *case_of(session, case_id))
    said = states or [(one.pieces, 0) for one in goods]
    return [
        Verdict(*one.key, good, defect, one.pieces - good - defect)
        for one, (good, defect) in zip(goods, said, strict=True)
    ]


def inspected(case_id: int, *states: tuple[int, int], warehouse: str = EAST, by: str = "ceshi-w", **changes):
    facts = {"now": LATER, "note": "外箱破损"} | changes
    with transaction() as session:
        place = warehouse_coded(session, warehouse).id if warehouse else 0
        said = verdicts_of(session, case_id, *states)
        done = inspect(session, case_id, said, warehouse_id=place, by=by, **facts)
        return done.shelved, done.unmatched


def case_at(case_id: int) -> Aftersale:
    with reading() as session:
        return session.get_one(Aftersale, case_id)


@pytest.fixture
def goods(database: Database) -> None:
    with transaction() as session:
        stocked(session, BOX_40L=5)


def test_good_pieces_are_on_the_shelf_again_with_a_row_of_the_ledger(goods):
    case_id = returned()
    with reading() as session:
        before = level(session, "BOX-40L")
    assert inspected(case_id, (1, 1)) == (1, ())
    with reading() as session:
        assert level(session, "BOX-40L") == (before[0] + 1, before[1])
        entry = session.exec(select(StockEntry).where(StockEntry.cause == Cause.RETURNED)).one()
        assert (entry.on_hand_change, entry.order_id, entry.by) == (1, case_at(case_id).order_id, "ceshi-w")
        assert_sound(session)
        (piece,) = session.exec(select(InspectedPiece))
        assert (piece.code, piece.expected, piece.good, piece.defect, piece.missing) == ("BOX-40L", 2, 1, 1, 0)


def test_an_inspected_case_stands_there_and_the_log_says_so(goods):
    case_id = returned()
    inspected(case_id, (0, 1))
    case = case_at(case_id)
    assert (case.stage, case.status, case.inspected_at) == (AftersaleStatus.INSPECTED, AftersaleStatus.RETURNED, LATER)
    with reading() as session:
        said = session.exec(select(Event).where(Event.kind == "goods_inspected")).one()
        assert said.body == {"order_id": case.order_id, "turn": 1, "good": 0, "defect": 1, "missing": 1}
        moved = session.exec(select(Event.body).where(Event.kind == kind_of(StageMoved))).all()
        assert moved[-1]["target"] == "inspected"


def test_inspecting_twice_is_refused_and_names_who_did(goods):
    case_id = returned()
    inspected(case_id)
    with pytest.raises(AlreadyInspected) as refused:
        inspected(case_id, by="ceshi-b")
    assert refused.value.names == {"scanned": BACK, "by": "ceshi-w"}
    with reading() as session:
        assert len(session.exec(select(Inspection)).all()) == 1
        assert_sound(session)


@pytest.mark.parametrize("state", [(1, 2), (-1, 0), (0, -1), (3, 0)])
def test_what_does_not_add_up_changes_nothing(goods, state):
    case_id = returned()
    with reading() as session:
        before = level(session, "BOX-40L")
    good, defect = state
    with reading() as session:
        (one,) = verdicts_of(session, case_id)
    wrong = Verdict(*one.key, good, defect, max(0, 2 - good - defect))
    with pytest.raises(SumsDiffer) as refused, transaction() as session:
        inspect(session, case_id, [wrong], warehouse_id=1, by="ceshi-w", now=LATER)
    assert refused.value.names == {"code": "BOX-40L", "expected": "2"}
    with reading() as session:
        assert (level(session, "BOX-40L"), session.exec(select(Inspection)).all()) == (before, [])
    assert case_at(case_id).inspected_at is None


def test_goods_left_out_said_twice_or_of_another_case_are_refused(goods):
    case_id = returned()
    with reading() as session:
        (one,) = verdicts_of(session, case_id)
    for said in ([], [one, one], [one, Verdict(999, 0)]):
        with pytest.raises(RuleBroken), transaction() as session:
            inspect(session, case_id, said, warehouse_id=1, by="ceshi-w", now=LATER)
    assert case_at(case_id).inspected_at is None


def test_a_bundle_comes_back_as_its_parts(database):
    with transaction() as session:
        made = stocked(session, A_18=10, B_C1=10)
        bundle = put_sku(session, "SET-1", title="套装", by="tester", now=NOW)
        set_parts(session, bundle, "A-18&B-C1*4", by="tester", now=NOW)
        assert set(made) == {"A-18", "B-C1"}
    case_id = returned(LineDraft("1", "SET-1", "套装", 2, 500))
    with reading() as session:
        before = {code: level(session, code) for code in ("A-18", "B-C1")}
    assert inspected(case_id, (2, 0), (7, 1)) == (9, ())
    with reading() as session:
        assert level(session, "A-18")[0] == before["A-18"][0] + 2
        assert level(session, "B-C1")[0] == before["B-C1"][0] + 7
        assert_sound(session)


def test_a_code_that_stands_for_no_sku_is_counted_and_moves_no_stock(goods):
    case_id = returned(LineDraft("1", "NOBODY", "无名", 2, 500))
    assert inspected(case_id) == (0, ("NOBODY",))
    with reading() as session:
        assert session.exec(select(StockEntry).where(StockEntry.cause == Cause.RETURNED)).all() == []


def test_a_hub_without_skus_inspects_all_the_same(database):
    case_id = returned()
    assert inspected(case_id, (1, 0), warehouse="") == (0, ())
    assert case_at(case_id).stage is AftersaleStatus.INSPECTED


@pytest.mark.parametrize("warehouse_id", [0, 404, -1])
def test_goods_for_the_shelf_need_a_warehouse(goods, warehouse_id):
    case_id = returned()
    with reading() as session:
        said = verdicts_of(session, case_id)
    with pytest.raises(BadInput) as refused, transaction() as session:
        inspect(session, case_id, said, warehouse_id=warehouse_id, by="ceshi-w", now=LATER)
    assert refused.value.problem == "no_return_warehouse"
    assert case_at(case_id).inspected_at is None


def test_whoever_inspected_it_corrects_it_within_the_shift(goods):
    case_id = returned()
    inspected(case_id)
    with reading() as session:
        before = level(session, "BOX-40L")
    assert inspected(case_id, (1, 1), corrects=True, now=LATER + timedelta(hours=2)) == (-1, ())
    with reading() as session:
        assert level(session, "BOX-40L")[0] == before[0] - 1
        newest = newest_of(session, case_id)
        assert newest is not None
        assert (newest.turn, [one.defect for one in pieces_of(session, newest.id)]) == (2, [1])
        assert len(session.exec(select(Inspection)).all()) == 2
        assert_sound(session)


@pytest.mark.parametrize(("by", "hours"), [("ceshi-b", 1), ("ceshi-w", 13)], ids=["another person", "another shift"])
def test_nobody_else_and_nobody_later_corrects_it(goods, by, hours):
    case_id = returned()
    inspected(case_id)
    with pytest.raises(NotToCorrect):
        inspected(case_id, (0, 0), by=by, corrects=True, now=LATER + timedelta(hours=hours))


def test_a_case_that_was_approved_is_corrected_no_more(goods):
    case_id = returned()
    inspected(case_id)
    with transaction() as session:
        session.get_one(Aftersale, case_id).approved_at = LATER
    with pytest.raises(NotToCorrect):
        inspected(case_id, (0, 0), corrects=True)


def test_a_correction_takes_nothing_from_the_shelf_that_is_promised(goods):
    case_id = returned()
    inspected(case_id)
    with transaction() as session:
        place = warehouse_coded(session, EAST)
        sku_id = session.exec(select(StockEntry.sku_id)).first() or 0
        free = level(session, "BOX-40L")[0]
        adjust(session, sku_id, place, -free, reason="报损", by="tester", now=LATER)
    with pytest.raises(NotEnough):
        inspected(case_id, (0, 0), corrects=True)
    with reading() as session:
        assert len(session.exec(select(Inspection)).all()) == 1
        assert_sound(session)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"kind": AftersaleKind.REFUND_BEFORE_SHIPPING, "status": AftersaleStatus.REQUESTED}, NothingComesBack),
        ({"status": AftersaleStatus.WITHDRAWN}, ReturnGivenUp),
        ({"status": AftersaleStatus.REJECTED}, ReturnGivenUp),
        ({"channel_line_no": "no such line"}, NoReturnedGoods),
    ],
)
def test_a_case_without_goods_to_take_back_is_refused(goods, changes, error):
    case_id = returned(**changes)
    with pytest.raises(error), transaction() as session:
        inspect(session, case_id, [], warehouse_id=1, by="ceshi-w", now=LATER)


@pytest.mark.parametrize("status", [AftersaleStatus.AWAITING_RETURN, AftersaleStatus.CLOSED])
def test_goods_may_come_before_their_channel_says_so_or_after_the_money(goods, status):
    case_id = returned(status=status)
    assert inspected(case_id) == (2, ())
    assert case_at(case_id).stage in (AftersaleStatus.INSPECTED, AftersaleStatus.CLOSED)


@pytest.mark.parametrize("scanned", [BACK, f" {BACK.lower()} ", "ＹＴ0000000000777", "YT 0000 0000 0077 7"])
def test_a_returning_waybill_is_found_however_it_is_typed(goods, scanned):
    case_id = returned()
    with reading() as session:
        assert find(session, scanned).cases == (case_id,)


@pytest.mark.parametrize("scanned", ["", "  ", "SF404", "%", "' OR 1=1 --", "x" * 5000])
def test_a_scan_that_nothing_is_known_by_is_refused(goods, scanned):
    returned()
    with pytest.raises(UnknownReturn), reading() as session:
        find(session, scanned)


def test_of_two_cases_in_one_parcel_each_is_inspected(goods):
    first = returned(channel_line_no="1")
    with transaction() as session:
        shop = session.exec(select(Shop)).one()
        again = a_refund(**RETURN | {"channel_refund_no": "900000000000000002", "channel_line_no": "1"})
        accept_refund(session, shop, again, now=NOW)
    with reading() as session:
        assert len(find(session, BACK).cases) == 2
    inspected(first)
    with reading() as session:
        (second,) = find(session, BACK).cases
    inspected(second)
    with pytest.raises(AlreadyInspected) as refused, reading() as session:
        find(session, BACK)
    assert refused.value.names["by"] == "ceshi-w"


def test_the_waybill_of_a_case_that_was_taken_back_says_so(goods):
    returned(status=AftersaleStatus.WITHDRAWN)
    with pytest.raises(ReturnGivenUp), reading() as session:
        find(session, BACK)


def test_a_case_that_does_not_exist_is_named(goods):
    with pytest.raises(NotFound, match="404"), transaction() as session:
        inspect(session, 404, [], warehouse_id=1, by="ceshi-w", now=LATER)


def test_of_two_who_inspect_at_once_one_does(goods):
    case_id = returned()
    with ThreadPoolExecutor(2) as people:
        done = [people.submit(inspected, case_id, by=name) for name in ("ceshi-w", "ceshi-b")]
    refused = [one.exception() for one in done if one.exception()]
    assert [type(error) for error in refused] == [AlreadyInspected]
    with reading() as session:
        assert len(session.exec(select(Inspection)).all()) == 1
        assert len(session.exec(select(StockEntry).where(StockEntry.cause == Cause.RETURNED)).all()) == 1
        assert_sound(session)


@settings(max_examples=25, deadline=None)
@given(
    quantity=st.integers(1, 9),
    steps=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4),
)
def test_whatever_is_said_and_corrected_the_ledger_is_the_counters(quantity, steps):
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(another_with_tables(f"sqlite:///{folder}/one.db")) as database,
    ):
        with database.transaction() as session:
            sku = stocked(session, BOX_40L=20)["BOX-40L"]
            place, shop = warehouse_coded(session, EAST).id, a_shop(session)
            lines = (LineDraft("1", "BOX-40L", "收纳箱 40L", quantity, 500),)
            accept(session, shop, shipped(lines=lines, total_fen=quantity * 500), now=NOW)
            accept_refund(session, shop, a_refund(**RETURN), now=NOW)
            case_id = session.exec(select(Aftersale.id)).one()
            begun = level(session, sku.code)[0]
        for turn, (share, rest) in enumerate(steps):
            good = round(quantity * share)
            defect = round((quantity - good) * rest)
            with database.transaction() as session:
                said = verdicts_of(session, case_id, (good, defect))
                inspect(session, case_id, said, warehouse_id=place, by="w", now=LATER, corrects=turn > 0)
            with database.reading() as session:
                assert_sound(session)
                assert level(session, "BOX-40L")[0] == begun + good
