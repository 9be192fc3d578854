"""Part of an order is not there: what leaves, what waits, what goes instead, and what is given back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import accept_refund
from orderhub.domain.allocating import allocate
from orderhub.domain.anomaly import open_kinds
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.delivery import OPEN, Delivery, deliveries_of, delivery_of, pieces_in
from orderhub.domain.hold import open_holds
from orderhub.domain.order import Order, OrderLine, OrderStatus
from orderhub.domain.order_stock import StockWait, Why
from orderhub.domain.restock import arrive, call_off, expected, plan_restock, served_by
from orderhub.domain.review import approve, order_of
from orderhub.domain.shipping import ShipsInParts, leave, ship_order
from orderhub.domain.shortage import Decision, LineHasLeft, NotShort, choose, short_lines
from orderhub.domain.shortage_choice import Choice, Need, choices_of, leaving_now
from orderhub.domain.shortage_tasks import keep_tasks
from orderhub.domain.sku import Wanted, put_sku, sku_coded
from orderhub.domain.stock import adjust, warehouse_coded
from orderhub.domain.stock_upkeep import Turn, serve_waiting
from orderhub.domain.task import Task, TaskStatus
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Carrier, ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, IllegalMove, NotFound
from orderhub.kernel.eventlog import Event
from tests.builders import NOW, draft, line_draft, shop

from .drafts import a_refund
from .stocked import EAST, SOUTH, assert_sound, level, stocked

LATER = NOW + timedelta(hours=1)
NO = "6900000000000000001"


@pytest.fixture
def goods(database):
    """A is there, B is not, C is there and SPARE too."""
    with transaction() as session:
        made = stocked(session, A=10, B=0, C=5, SPARE=3)
    yield made
    with reading() as session:
        assert_sound(session)


def paid(*wanted, minute=0, no=NO, **changes):
    lines = tuple(line_draft(channel_line_no=f"{n}", sku_code=c, quantity=q) for n, (c, q) in enumerate(wanted, 1))
    with transaction() as session:
        told = draft(no, lines=lines, updated_at=NOW + timedelta(minutes=minute), **changes)
        order = accept(session, shop(session), told, now=LATER).order
        if order.status is OrderStatus.TO_REVIEW and minute == 0 and not order.is_held:
            approve(session, order, by="ceshi-o", now=LATER)
        return order.id


def chosen(order_id, choice, *codes, **changes):
    with transaction() as session:
        order = order_of(session, order_id)
        lines = session.exec(select(OrderLine).where(OrderLine.order_id == order_id))
        ids = [line.id for line in lines if line.sku_code in codes]
        choose(session, order, ids, Decision(choice, **changes), by="ceshi-o", now=LATER)


def planned(order_id):
    """As the workflow does it once nothing holds the order; returns its open deliveries with what is in them."""
    with transaction() as session:
        order = order_of(session, order_id)
        if order.status is OrderStatus.TO_REVIEW and not order.is_held:
            approve(session, order, by="ceshi-o", now=LATER)
        if order.status is OrderStatus.TO_ALLOCATE and not order.is_held:
            allocate(session, order, by="system", now=LATER)
        return {one.id: sum(p.quantity for p in pieces_in(session, one.id)) for one in deliveries_of(session, order_id, *OPEN)}  # fmt: skip  # noqa: E501


def gone(delivery_id, number="SF1234567890123"):
    with transaction() as session:
        delivery = delivery_of(session, delivery_id)
        delivery.carrier, delivery.tracking_no = Carrier.SF, number
        session.add(delivery)
        session.flush()
        leave(session, delivery_id, by="ceshi-w", now=LATER)


def come(goods, code, pieces, place=EAST):
    with transaction() as session:
        adjust(session, goods[code].id, warehouse_coded(session, place), pieces, reason="到货", by="ceshi", now=LATER)
        return serve_waiting(session, now=LATER)


def stands(order_id):
    """Where the order is, what holds it, and what it waits for: (SKU's id, whether only for later)."""
    with reading() as session:
        assert_sound(session)
        order = session.get_one(Order, order_id)
        waits = session.exec(select(StockWait).where(StockWait.order_id == order_id)).all()
        holds = sorted(held.reason for held in open_holds(session, order_id))
        return order.status, holds, sorted((one.why, one.subject_id, one.is_later) for one in waits)


def levels(*codes):
    with reading() as session:
        return [level(session, code) for code in codes]


def told(order_id):
    with reading() as session:
        wanted = select(Event).where(Event.kind == "order_shipped", Event.subject_id == order_id).order_by(Event.id)
        return [(one.body["is_last"], tuple(one.body["line_nos"])) for one in session.exec(wanted)]


def test_the_rest_leaves_now_and_the_short_line_when_it_has_come(goods):
    order_id = paid(("A", 2), ("B", 1))
    assert stands(order_id) == (OrderStatus.TO_REVIEW, ["out_of_stock"], [(Why.SHORT, goods["B"].id, False)])
    chosen(order_id, Choice.LATER, "B")
    assert stands(order_id) == (OrderStatus.TO_REVIEW, [], [(Why.SHORT, goods["B"].id, True)])
    ((first, pieces),) = planned(order_id).items()
    gone(first)
    assert (pieces, stands(order_id)[0], levels("A", "B")) == (2, OrderStatus.PARTLY_SHIPPED, [(8, 0), (0, 0)])
    assert come(goods, "B", 1) == 1
    assert (stands(order_id)[1:], levels("B")) == (([], []), [(1, 1)])
    ((second, pieces),) = planned(order_id).items()
    with reading() as session:
        carriers = [session.get_one(Delivery, one).carrier for one in (first, second)]
    assert (pieces, carriers) == (1, [Carrier.SF, Carrier.SF])
    gone(second, "SF1234567890124")
    assert (stands(order_id)[0], levels("A", "B")) == (OrderStatus.SHIPPED, [(8, 0), (0, 0)])
    assert told(order_id) == [(False, ("1",)), (True, ("2",))]
    with reading() as session:
        assert open_kinds(session, ("order", order_id)) == set()


def test_what_comes_before_the_first_parcel_left_does_not_disturb_it(goods):
    order_id = paid(("A", 2), ("B", 1))
    chosen(order_id, Choice.LATER, "B")
    ((first, _),) = planned(order_id).items()
    come(goods, "B", 5)
    assert (planned(order_id), levels("B")) == ({first: 2, first + 1: 1}, [(5, 1)])
    gone(first)
    gone(first + 1, "SF1234567890124")
    assert stands(order_id)[0] is OrderStatus.SHIPPED


def test_shipping_by_hand_sends_what_is_there(goods):
    order_id = paid(("A", 2), ("B", 1))
    chosen(order_id, Choice.LATER, "B")
    planned(order_id)
    with transaction() as session:
        ship_order(session, order_of(session, order_id), Carrier.ZTO, "75312345678901", by="ceshi-w", now=LATER)
    assert (stands(order_id)[0], told(order_id)) == (OrderStatus.PARTLY_SHIPPED, [(False, ("1",))])
    with transaction() as session, pytest.raises(ShipsInParts, match="0 deliveries"):
        ship_order(session, order_of(session, order_id), Carrier.ZTO, "75312345678902", by="ceshi-w", now=LATER)


def test_a_presale_line_leaves_later_too(goods):
    with transaction() as session:
        put_sku(session, "B", is_presale=True, by="tester", now=NOW)
    order_id = paid(("A", 1), ("B", 1))
    assert stands(order_id)[1] == ["presale"]
    chosen(order_id, Choice.LATER, "B")
    assert stands(order_id)[1:] == ([], [(Why.PRESALE, goods["B"].id, True)])
    ((first, _),) = planned(order_id).items()
    gone(first)
    with transaction() as session:
        put_sku(session, "B", is_presale=False, by="tester", now=NOW)
    come(goods, "B", 1)
    assert list(planned(order_id).values()) == [1]


def test_where_nothing_can_leave_now_the_order_waits_whole(goods):
    order_id = paid(("B", 2))
    chosen(order_id, Choice.LATER, "B")
    assert stands(order_id)[1:] == (["out_of_stock"], [(Why.SHORT, goods["B"].id, False)])
    come(goods, "B", 2)
    assert (stands(order_id)[1:], list(planned(order_id).values())) == (([], []), [2])


def test_another_article_goes_instead(goods):
    order_id = paid(("A", 1), ("B", 1))
    chosen(order_id, Choice.SWAPPED, "B", instead="SPARE", pieces=2, note="买家同意")
    assert (stands(order_id)[1:], levels("A", "SPARE")) == (([], []), [(10, 1), (3, 2)])
    ((only, _),) = planned(order_id).items()
    gone(only)
    assert (stands(order_id)[0], told(order_id), levels("SPARE")) == (OrderStatus.SHIPPED, [(True, ("1", "2"))], [(1, 0)])  # fmt: skip  # noqa: E501


def test_a_swap_that_is_taken_back_waits_again(goods):
    order_id = paid(("A", 1), ("B", 1))
    chosen(order_id, Choice.SWAPPED, "B", instead="SPARE")
    planned(order_id)
    chosen(order_id, Choice.WAIT, "B")
    status, holds, _ = stands(order_id)
    assert (status, holds, levels("A", "SPARE")) == (OrderStatus.TO_ALLOCATE, ["out_of_stock"], [(10, 0), (3, 0)])
    with reading() as session:
        assert {one.status for one in session.exec(select(Delivery))} == {"cancelled"}


def tasks(status=TaskStatus.OPEN):
    with reading() as session:
        wanted = select(Task).where(Task.kind == "stock_out", Task.status == status).order_by(Task.id)
        return [(task.subject_type, task.owner_role) for task in session.exec(wanted)]


def test_a_line_to_be_refunded_is_let_go_and_customer_service_is_asked(goods):
    order_id = paid(("A", 1), ("B", 1))
    chosen(order_id, Choice.REFUND, "B")
    chosen(order_id, Choice.REFUND, "B")
    assert (stands(order_id)[1:], levels("A"), tasks()) == (([], []), [(10, 1)], [("order", "service")])
    ((only, _),) = planned(order_id).items()
    with transaction() as session:
        facts = {"channel_order_no": NO, "channel_line_no": "2", "amount_fen": 13940, "status": AftersaleStatus.CLOSED}
        refund = replace(a_refund(5), kind=AftersaleKind.REFUND_BEFORE_SHIPPING, **facts)
        accept_refund(session, shop(session), refund, now=LATER)
        keep_tasks(session, now=LATER)
    assert (tasks(), tasks(TaskStatus.CLOSED)) == ([], [("order", "service")])
    gone(only)
    assert stands(order_id)[0] is OrderStatus.SHIPPED


def test_choices_made_one_after_the_other_all_count(goods):
    with transaction() as session:
        put_sku(session, "D", by="tester", now=NOW)
    order_id = paid(("A", 1), ("B", 1), ("D", 1))
    chosen(order_id, Choice.REFUND, "B")
    chosen(order_id, Choice.REFUND, "D")
    with reading() as session:
        made = choices_of(session, order_id)
        (task,) = session.exec(select(Task).where(Task.subject_type == "order", Task.subject_id == order_id))
    assert [one.choice for one in made.values()] == [Choice.REFUND, Choice.REFUND]
    assert task.title.endswith("B, D"), "whoever pays back reads of both"
    chosen(order_id, Choice.LATER, "B")
    with reading() as session:
        made = choices_of(session, order_id)
        assert session.get_one(Task, task.id).title.endswith(" D")
    assert sorted(one.choice for one in made.values()) == [Choice.LATER, Choice.REFUND]


def test_thinking_better_of_a_refund_closes_its_task(goods):
    order_id = paid(("A", 1), ("B", 1))
    chosen(order_id, Choice.REFUND, "B")
    chosen(order_id, Choice.WAIT, "B")
    assert (stands(order_id)[1], tasks()) == (["out_of_stock"], [])


def test_the_rest_that_is_refunded_leaves_the_order_shipped(goods):
    order_id = paid(("A", 2), ("B", 1))
    chosen(order_id, Choice.LATER, "B")
    ((first, _),) = planned(order_id).items()
    gone(first)
    chosen(order_id, Choice.REFUND, "B")
    assert stands(order_id) == (OrderStatus.SHIPPED, [], [])
    assert told(order_id) == [(False, ("1",)), (True, ())]


def test_a_closed_order_lets_go_of_what_came_for_it_later(goods):
    order_id = paid(("A", 2), ("B", 1))
    chosen(order_id, Choice.LATER, "B")
    ((first, _),) = planned(order_id).items()
    gone(first)
    come(goods, "B", 1)
    paid(("A", 2), ("B", 1), minute=9, status=ChannelStatus.CLOSED_UNPAID)
    assert (stands(order_id)[0], levels("A", "B")) == (OrderStatus.CANCELLED, [(8, 0), (1, 0)])
    assert planned(order_id) == {}


def test_choices_that_cannot_be_change_nothing(goods):
    order_id = paid(("A", 2), ("B", 1))
    before = stands(order_id)
    for choice, code, error, changes in (
        (Choice.LATER, "A", NotShort, {}),
        (Choice.LATER, "", BadInput, {}),
        (Choice.SWAPPED, "B", BadInput, {}),
        (Choice.SWAPPED, "B", NotFound, {"instead": "NOPE"}),
        (Choice.SWAPPED, "B", BadInput, {"instead": "SPARE", "pieces": -1}),
    ):
        with pytest.raises(error):
            chosen(order_id, choice, code, **changes)
    assert stands(order_id) == before
    chosen(order_id, Choice.LATER, "B")
    ((first, _),) = planned(order_id).items()
    gone(first)
    come(goods, "B", 1)
    ((second, _),) = planned(order_id).items()
    gone(second, "SF1234567890124")
    with pytest.raises(NotShort, match="does not wait"):
        chosen(order_id, Choice.WAIT, "B")


def test_what_has_left_in_part_is_neither_swapped_nor_refunded(goods):
    order_id = paid(("A", 1), ("C", 7))
    chosen(order_id, Choice.LATER, "C")
    come(goods, "C", 2, place=SOUTH)
    gone(next(iter(planned(order_id))))
    with reading() as session:
        assert [line.sku_code for line in short_lines(session, session.get_one(Order, order_id))] == ["C"]
    with pytest.raises(LineHasLeft):
        chosen(order_id, Choice.REFUND, "C")
    assert (levels("C"), list(planned(order_id).values())) == ([(0, 0)], [2])


def test_a_restock_is_planned_arrives_and_is_spoken_for(goods):
    first, second = paid(("B", 2), no="1"), paid(("B", 2), no="2", ship_by=NOW + timedelta(hours=3))
    with transaction() as session:
        east = warehouse_coded(session, EAST)
        for pieces, days in ((9, 5), (2, 2)):
            when = NOW + timedelta(days=days)
            last = plan_restock(session, sku_coded(session, "B"), east, pieces, when, by="ceshi-o", now=NOW).id
        soonest = expected(session, [goods["B"].id])[goods["B"].id]
        assert (soonest.restock_id, soonest.pieces, soonest.warehouse) == (last, 2, "华东仓")
        assert keep_tasks(session, now=NOW) == 1
    with reading() as session:
        (task,) = session.exec(select(Task).where(Task.kind == "stock_out")).all()
        assert (task.subject_type, task.subject_id, task.due_at) == ("sku", goods["B"].id, NOW + timedelta(hours=3))
    with transaction() as session:
        arrive(session, last, 2, by="ceshi-w", now=LATER)
        serve_waiting(session, now=LATER)
    assert [stands(order_id)[1] for order_id in (first, second)] == [["out_of_stock"], []]
    with transaction() as session, pytest.raises(IllegalMove):
        arrive(session, last, 2, by="ceshi-w", now=LATER)
    with transaction() as session:
        call_off(session, last - 1, by="ceshi-w", now=LATER)
        assert expected(session, [goods["B"].id]) == {}
        keep_tasks(session, now=LATER)
        assert session.exec(select(Task.status).where(Task.kind == "stock_out")).all() == [TaskStatus.OPEN]
    come(goods, "B", 2)
    with transaction() as session:
        assert keep_tasks(session, now=LATER) == 0
    assert tasks(TaskStatus.CLOSED) == [("sku", "operations")]


def test_who_must_leave_first_is_served_first():
    soon, late = NOW + timedelta(hours=1), NOW + timedelta(hours=9)
    in_turn = [
        Turn(5, soon, 100, NOW),
        Turn(4, late, 900, NOW),
        Turn(3, late, 500, NOW - timedelta(hours=1)),
        Turn(1, late, 500, NOW),
        Turn(2, None, 9000, NOW),
    ]
    assert sorted([*in_turn[2:], *in_turn[:2]], key=Turn.rank) == in_turn


NEEDS = st.lists(
    st.tuples(st.dictionaries(st.integers(1, 3), st.integers(1, 4), min_size=1), st.booleans()), min_size=1, max_size=5
)


@given(needs=NEEDS, there=st.dictionaries(st.integers(1, 3), st.integers(0, 9)))
def test_later_lines_leave_only_where_goods_suffice_for_all(needs, there):
    lines = [Need(OrderLine(id=n), Wanted(pieces), later) for n, (pieces, later) in enumerate(needs)]  # type: ignore[call-arg]
    leaving = leaving_now(lines, there)
    assert [one for one in lines if not one.is_later] == [one for one in leaving if not one.is_later]
    taken = {sku: sum(one.wanted.pieces.get(sku, 0) for one in leaving) for sku in (1, 2, 3)}
    for line in lines:
        fits = all(taken[sku] + count <= there.get(sku, 0) for sku, count in line.wanted.pieces.items())
        assert line in leaving or not fits
        if line.is_later and line in leaving:
            assert all(taken[sku] <= there.get(sku, 0) for sku in line.wanted.pieces)


@given(st.integers(0, 30), st.lists(st.integers(1, 9)))
def test_a_restock_serves_no_more_than_it_has(pieces, wanted):
    served = served_by(pieces, wanted)
    assert sum(sorted(wanted)[:served]) <= pieces
    assert served == len(wanted) or min(wanted) <= pieces or served == 0


def test_anomalies_of_what_is_for_later_stay_until_it_is_there(goods):
    order_id = paid(("A", 2), ("B", 1))
    chosen(order_id, Choice.LATER, "B")
    with reading() as session:
        assert open_kinds(session, ("order", order_id)) == {AnomalyKind.OVERSOLD}
    come(goods, "B", 1)
    with reading() as session:
        assert open_kinds(session, ("order", order_id)) == set()
