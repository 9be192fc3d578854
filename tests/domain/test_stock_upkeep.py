"""Do waiting orders go on by themselves once a code is bound or goods have come?"""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from orderhub.domain import stock_upkeep
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.hold import open_holds
from orderhub.domain.order_stock import StockWait
from orderhub.domain.sku import put_sku
from orderhub.domain.stock import adjust, count, set_threshold, warehouse_coded
from orderhub.domain.stock_upkeep import bind, match_again, missed, ripe, serve_waiting, warn_low
from orderhub.domain.task import Task
from orderhub.domain.unmatched_code import UnmatchedCode
from orderhub.domain.words import ChannelStatus
from orderhub.intake.stock import look_after
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from tests import builders
from tests.builders import NOW, line_draft

from .stocked import EAST, assert_sound, level, stocked, warehouses

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def goods(database):
    with transaction() as session:
        made = stocked(session, A=3)
    yield made
    with reading() as session:
        assert_sound(session)


def ordered(number, code, quantity=1, minutes=0, **changes):
    with transaction() as session:
        line = line_draft(sku_code=code, quantity=quantity)
        paid_at = NOW - timedelta(minutes=60 - minutes)
        return builders.order(session, str(number), lines=(line,), paid_at=paid_at, **changes).id


def held(order_id):
    with reading() as session:
        return [one.reason for one in open_holds(session, order_id)]


def queue():
    with reading() as session:
        return {code.code: code.id for code in session.exec(select(UnmatchedCode))}


def test_binding_a_code_lets_every_waiting_order_go_on(goods):
    waiting = [ordered(number, "旧款") for number in (1, 2)]
    other = ordered(3, "别的")
    with transaction() as session:
        assert bind(session, queue()["旧款"], "A", by="ceshi", now=LATER) == 2
    assert [held(order_id) for order_id in (*waiting, other)] == [[], [], ["sku_not_matched"]]
    assert list(queue()) == ["别的"]
    with reading() as session:
        assert level(session, "A") == (3, 2)
        closed = session.exec(select(Task).where(Task.status == "closed")).one()
    assert (closed.closed_by, closed.result) == ("ceshi", "A")
    assert held(ordered(4, "旧款")) == []


@pytest.mark.parametrize(("target", "error"), [("NOPE", NotFound), ("", BadInput), ("A&A", BadInput)])
def test_a_binding_that_cannot_be_changes_nothing(goods, target, error):
    waiting = ordered(1, "旧款")
    with pytest.raises(error), transaction() as session:
        bind(session, queue()["旧款"], target, by="ceshi", now=LATER)
    assert (held(waiting), list(queue())) == (["sku_not_matched"], ["旧款"])


def test_a_sku_that_is_added_matches_the_codes_that_waited_for_it(goods):
    waiting = ordered(1, "A&NEW*2")
    with transaction() as session:
        made = put_sku(session, "NEW", by="tester", now=NOW)
        count(session, made.id, warehouse_coded(session, EAST), 2, reason="到货", by="ceshi", now=LATER)
        assert (match_again(session, now=LATER), serve_waiting(session, now=LATER)) == (1, 1)
    assert (held(waiting), queue()) == ([], {})


def test_a_code_that_nobody_waits_for_any_longer_leaves_the_queue(goods):
    ordered(1, "旧款")
    ordered(1, "旧款", status=ChannelStatus.CLOSED_REFUNDED, updated_at=NOW)
    with transaction() as session:
        assert match_again(session, now=LATER) == 1
    assert queue() == {}


def test_goods_that_come_go_to_whoever_paid_first(goods):
    ordered(1, "A", 3)
    last, first = ordered(2, "A", 2, minutes=9), ordered(3, "A", 2, minutes=3)
    with transaction() as session:
        assert serve_waiting(session, now=LATER) == 0
        adjust(session, goods["A"].id, warehouse_coded(session, EAST), 3, reason="到货", by="ceshi", now=LATER)
        assert serve_waiting(session, now=LATER) == 2
    assert (held(first), held(last)) == ([], ["out_of_stock"])
    with reading() as session:
        open_now = select(Anomaly.subject_id).where(
            Anomaly.kind == AnomalyKind.OVERSOLD, col(Anomaly.resolved_at).is_(None)
        )
        assert session.exec(open_now).all() == [last]


def test_the_end_of_a_presale_reserves_what_was_held(goods):
    with transaction() as session:
        put_sku(session, "A", is_presale=True, by="tester", now=NOW)
    waiting = ordered(1, "A", 2)
    with transaction() as session:
        assert (held(waiting), serve_waiting(session, now=LATER)) == (["presale"], 0)
        put_sku(session, "A", is_presale=False, by="tester", now=LATER)
        assert serve_waiting(session, now=LATER) == 1
    with reading() as session:
        assert (level(session, "A"), session.exec(select(StockWait)).all()) == ((3, 2), [])
    assert held(waiting) == []


def test_orders_from_before_there_were_skus_are_adopted_once(database):
    paid, unpaid = ordered(1, "A", 2), ordered(2, "A", status=ChannelStatus.UNPAID)
    with transaction() as session:
        stocked(session, A=3)
    assert [look_after(LATER) for _ in range(2)] == [
        "0 codes matched, 1 orders looked at, 0 cases served, 0 SKUs low, 0 short",
        "0 codes matched, 0 orders looked at, 0 cases served, 0 SKUs low, 0 short",
    ]
    with reading() as session:
        assert (level(session, "A"), missed(session)) == ((3, 2), [])
    assert (held(paid), held(unpaid)) == ([], [])


def test_who_cannot_be_served_keeps_nobody_waiting_behind(goods, monkeypatch):
    monkeypatch.setattr(stock_upkeep, "AT_ONCE", 2)
    greedy = [ordered(number, "A", 9) for number in (1, 2, 3)]
    small = ordered(9, "A", 4, minutes=5)
    with transaction() as session:
        adjust(session, goods["A"].id, warehouse_coded(session, EAST), 1, reason="到货", by="ceshi", now=LATER)
    assert look_after(LATER).startswith("0 codes matched, 4 orders")
    assert (held(small), [held(one) for one in greedy]) == ([], [["out_of_stock"]] * 3)
    with reading() as session:
        assert ripe(session) == []


def test_a_hub_without_skus_has_nothing_to_look_after(database):
    ordered(1, "A")
    assert look_after(LATER) == "no SKU is known"


def test_low_stock_is_an_anomaly_while_it_is_low(goods):
    def low():
        with transaction() as session:
            warn_low(session, now=LATER)
            wanted = select(Anomaly.note).where(Anomaly.kind == "low_stock", col(Anomaly.resolved_at).is_(None))
            return list(session.exec(wanted))

    with transaction() as session:
        set_threshold(session, goods["A"].id, warehouses(session)[EAST], 3, now=NOW)
    assert low() == []
    bought = ordered(1, "A")
    assert (low(), low()) == (["east: 2 < 3"], ["east: 2 < 3"])
    ordered(1, "A", status=ChannelStatus.CLOSED_REFUNDED, updated_at=NOW)
    assert (low(), held(bought)) == ([], [])
