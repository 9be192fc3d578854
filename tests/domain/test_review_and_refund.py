import pytest
from sqlmodel import select

from orderhub.domain.acceptance import Outcome, accept
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.hold import HoldReason, hold, open_holds, release
from orderhub.domain.order import Order, OrderStatus, OrderTag
from orderhub.domain.review import approve, order_of, remark, tag, untag
from orderhub.domain.task import TaskKind, TaskStatus, claim, close, open_task
from orderhub.domain.words import AftersaleStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, IllegalMove, NotFound, RuleBroken
from orderhub.kernel.eventlog import Event

from .drafts import NOW, a_refund, a_shop, paid, shipped


@pytest.fixture
def order_id(database) -> int:
    with transaction() as session:
        return accept(session, a_shop(session), paid(), now=NOW).order.id


def test_a_clean_order_passes_the_review(order_id):
    with transaction() as session:
        approve(session, order_of(session, order_id), by="li", now=NOW)
    with reading() as session:
        assert session.get_one(Order, order_id).status is OrderStatus.TO_ALLOCATE
        moved = session.exec(select(Event).where(Event.kind == "order_moved")).one()
        assert (moved.actor, moved.body) == ("li", {"source": "to_review", "target": "to_allocate"})


def test_approving_twice_is_refused(order_id):
    with transaction() as session:
        approve(session, order_of(session, order_id), by="li", now=NOW)
    with pytest.raises(IllegalMove), transaction() as session:
        approve(session, order_of(session, order_id), by="li", now=NOW)


def test_a_held_order_cannot_pass_and_says_why(order_id):
    with transaction() as session:
        hold(session, order_of(session, order_id), HoldReason.MANUAL, by="li", now=NOW, note="等电话")
    with pytest.raises(RuleBroken, match="manual"), transaction() as session:
        approve(session, order_of(session, order_id), by="li", now=NOW)


def test_several_holds_stand_at_once_and_each_is_released_alone(order_id):
    with transaction() as session:
        order = order_of(session, order_id)
        hold(session, order, HoldReason.MANUAL, by="li", now=NOW)
        hold(session, order, HoldReason.RISK, by="li", now=NOW)
        hold(session, order, HoldReason.RISK, by="wang", now=NOW)
        release(session, order, HoldReason.MANUAL, by="li", now=NOW)
        assert order.is_held
        assert [held.reason for held in open_holds(session, order_id)] == [HoldReason.RISK]
        release(session, order, HoldReason.RISK, by="li", now=NOW)
        assert not order.is_held


def test_an_order_that_does_not_exist_is_named(database):
    with pytest.raises(NotFound, match="order 404"), transaction() as session:
        order_of(session, 404)


def test_a_tag_is_put_once_and_taken_off(order_id):
    with transaction() as session:
        order = order_of(session, order_id)
        tag(session, order, "大客户", by="li", now=NOW)
        tag(session, order, "大客户", by="li", now=NOW)
        assert [row.tag for row in session.exec(select(OrderTag))] == ["大客户"]
        untag(session, order, "大客户", by="li", now=NOW)
    with reading() as session:
        assert session.exec(select(OrderTag)).all() == []
        assert session.exec(select(Event.kind).where(Event.actor == "li")).all() == ["order_tagged", "order_untagged"]


def test_our_remark_is_kept_apart_from_the_channels_and_out_of_the_log(order_id):
    with transaction() as session:
        remark(session, order_of(session, order_id), "已电话 13800000000", by="li", now=NOW)
    with reading() as session:
        assert session.get_one(Order, order_id).staff_remark == "已电话 138****0000"
        assert session.exec(select(Event).where(Event.kind == "order_remarked")).one().body == {}


def test_a_remark_too_long_is_refused(order_id):
    with pytest.raises(BadInput, match="501 characters"), transaction() as session:
        remark(session, order_of(session, order_id), "x" * 501, by="li", now=NOW)


def shop_of(session, order_id):
    from orderhub.domain.shop import Shop

    return session.get_one(Shop, session.get_one(Order, order_id).shop_id)


def refund(order_id, draft) -> Outcome:
    with transaction() as session:
        return accept_refund(session, shop_of(session, order_id), draft, now=NOW)


def test_a_refund_asked_before_shipping_holds_the_order_until_it_ends(order_id):
    assert refund(order_id, a_refund()) is Outcome.CREATED
    with reading() as session:
        assert [held.reason for held in open_holds(session, order_id)] == [HoldReason.REFUND_REQUESTED]
    assert refund(order_id, a_refund(6, status=AftersaleStatus.WITHDRAWN)) is Outcome.UPDATED
    with reading() as session:
        assert open_holds(session, order_id) == []


def test_an_older_refund_version_changes_nothing(order_id):
    refund(order_id, a_refund(6, status=AftersaleStatus.CLOSED))
    assert refund(order_id, a_refund(5)) is Outcome.STALE
    assert refund(order_id, a_refund(6, status=AftersaleStatus.CLOSED)) is Outcome.UNCHANGED
    with reading() as session:
        assert session.exec(select(Aftersale)).one().status is AftersaleStatus.CLOSED


def test_a_refund_of_an_order_not_here_yet_is_to_be_tried_again(order_id):
    with pytest.raises(NotFound, match="not here yet"):
        refund(order_id, a_refund(channel_order_no="1"))


def test_a_refund_after_shipping_holds_nothing(database):
    with transaction() as session:
        order_id = accept(session, a_shop(session), shipped(), now=NOW).order.id
    refund(order_id, a_refund())
    with reading() as session:
        assert open_holds(session, order_id) == []


def test_a_task_is_claimed_and_closed_once(database):
    with transaction() as session:
        task = open_task(
            session,
            TaskKind.SYNC_TROUBLE,
            title="抖音同步中断",
            about=("shop", 1),
            role="operations",
            due_at=NOW,
            now=NOW,
        )
        claim(session, task, by="li", now=NOW)
        close(session, task, by="li", now=NOW, result="已重新授权")
        assert (task.status, task.owner, task.result) == (TaskStatus.CLOSED, "li", "已重新授权")
        with pytest.raises(IllegalMove):
            claim(session, task, by="wang", now=NOW)
