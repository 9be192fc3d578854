"""Which orders go out at which level, and when does a shop step back by itself?"""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from orderhub.domain.former import (
    Decision,
    Difference,
    FormerOrder,
    Stage,
    carrier_name,
    compare,
    decide,
    rulings,
    stage_of,
)
from orderhub.domain.hold import HoldReason, hold
from orderhub.domain.rollout import (
    BACK_TO_PERCENT,
    Sample,
    goes_out,
    level_below,
    set_plan,
    set_rollout,
    share_of,
    step_back,
    trouble_in,
)
from orderhub.domain.rules.decided import RuleDecision
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.task import Task, TaskStatus, close
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.builders import NOW

NUMBERS = [str(6_900_000_000_000_000_000 + turn * 7919) for turn in range(2000)]
HOUR = timedelta(hours=1)


def shop_at(level: Rollout, percent: int = 0) -> Shop:
    return Shop(code="x", channel="douyin", name="x", shop_no="1", rollout=level, pilot_percent=percent, created_at=NOW)


def put(session: Session, shop: Shop, level: Rollout, percent: int = 0) -> None:
    set_rollout(session, shop, level, percent=percent, reason="试一试", by="wang", now=NOW)


@pytest.mark.parametrize(("level", "all_go"), [(Rollout.OFF, False), (Rollout.SHADOW, False), (Rollout.LIVE, True)])
def test_nothing_goes_out_before_the_pilot_and_everything_when_live(level, all_go):
    assert {goes_out(shop_at(level, 50), number) for number in NUMBERS} == {all_go}


def test_a_pilot_takes_its_share_the_same_each_time_and_only_grows():
    tenth = {number for number in NUMBERS if goes_out(shop_at(Rollout.PILOT, 10), number)}
    again = {number for number in NUMBERS if goes_out(shop_at(Rollout.PILOT, 10), number)}
    half = {number for number in NUMBERS if goes_out(shop_at(Rollout.PILOT, 50), number)}
    assert tenth == again
    assert tenth < half
    assert 150 < len(tenth) < 250
    assert 900 < len(half) < 1100


def test_a_numbers_share_is_fixed_for_good():
    assert [share_of(number) for number in ("6900000000000000000", "6900000000000000001", "A-1")] == [88, 27, 0]


def test_a_level_is_set_once_with_its_reason_in_the_log(database: Database):
    with database.transaction() as session:
        shop = builders.shop(session)
        put(session, shop, Rollout.PILOT, 10)
        put(session, shop, Rollout.PILOT, 10)
        put(session, shop, Rollout.PILOT, 20)
    assert (shop.rollout, shop.pilot_percent, shop.rollout_changed_at) == (Rollout.PILOT, 20, NOW)
    with database.reading() as session:
        told = session.exec(select(Event).where(Event.kind == "rollout_changed")).all()
    assert [(event.body["source"], event.body["target"], event.body["percent"], event.actor) for event in told] == [
        ("live", "pilot", 10, "wang"),
        ("pilot", "pilot", 20, "wang"),
    ]


@pytest.mark.parametrize(
    ("percent", "reason", "problem"), [(0, "x", "pilot_percent"), (100, "x", "pilot_percent"), (10, " ", "missing")]
)
def test_a_pilot_needs_a_share_and_every_change_a_reason(database: Database, percent, reason, problem):
    with database.transaction() as session:
        shop = builders.shop(session)
        with pytest.raises(BadInput) as refused:
            set_rollout(session, shop, Rollout.PILOT, percent=percent, reason=reason, by="wang", now=NOW)
    assert (refused.value.problem, shop.rollout, shop.rollout_changed_at) == (problem, Rollout.LIVE, None)


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        (Sample(), ""),
        (Sample(compared=20, diverging=1), ""),
        (Sample(compared=20, diverging=2), "2 / 20 decided otherwise (10.0%)"),
        (Sample(compared=19, diverging=19), ""),
        (Sample(taken=49, failed=1), ""),
        (Sample(taken=48, failed=2), "2 / 50 could not be taken in (4.0%)"),
        (Sample(taken=5, failed=5), ""),
    ],
)
def test_a_sample_speaks_only_when_it_is_large_enough_and_over_the_limit(sample: Sample, said: str):
    assert trouble_in(sample) == said


def test_one_step_back_at_a_time_and_never_out_of_the_shadow():
    assert [level_below(level) for level in (Rollout.LIVE, Rollout.PILOT, Rollout.SHADOW, Rollout.OFF)] == [
        Rollout.PILOT,
        Rollout.SHADOW,
        Rollout.SHADOW,
        Rollout.OFF,
    ]


def test_stepping_back_is_logged_and_operations_gets_a_task(database: Database):
    with database.transaction() as session:
        shop = builders.shop(session)
        assert step_back(session, shop, "3 / 20", NOW) is Rollout.PILOT
        assert shop.pilot_percent == BACK_TO_PERCENT
        assert step_back(session, shop, "3 / 20", NOW) is Rollout.SHADOW
        assert shop.pilot_percent == 0
    with database.reading() as session:
        tasks = session.exec(select(Task)).all()
        (first, _) = session.exec(select(Event).where(Event.kind == "rollout_changed")).all()
    assert [task.owner_role for task in tasks] == ["operations", "operations"]
    assert tasks[0].title == f"{shop.name}: 灰度回退 全量 → 试点,3 / 20"
    assert (first.actor, first.body["reason"]) == ("system", "3 / 20")


def test_a_shadow_in_trouble_is_told_of_once_until_its_task_is_closed(database: Database):
    with database.transaction() as session:
        shop = builders.shop(session, rollout=Rollout.SHADOW)
        for _ in range(3):
            assert step_back(session, shop, "9 / 20", NOW) is Rollout.SHADOW
            session.flush()
        (task,) = session.exec(select(Task)).all()
        close(session, task, by="wang", now=NOW, result="看过了")
        step_back(session, shop, "9 / 20", NOW)
        session.flush()
        states = [task.status for task in session.exec(select(Task).order_by(Task.id))]  # type: ignore[arg-type]
    assert states == [TaskStatus.CLOSED, TaskStatus.OPEN]


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("待发货", Stage.WAITING),
        ("已发货", Stage.SHIPPED),
        ("部分发货", Stage.SHIPPED),
        ("交易关闭", Stage.CANCELLED),
        ("异常挂起", Stage.TROUBLED),
        ("待付款", Stage.UNPAID),
        ("to_ship", Stage.WAITING),
        ("Completed", Stage.SHIPPED),
        ("退款成功", None),
        ("", None),
    ],
)
def test_a_word_of_the_present_system_means_a_stage(word: str, stage: Stage | None):
    assert stage_of(word) is stage


def test_a_carrier_has_one_name_however_it_is_written():
    assert {carrier_name(name) for name in ("中通", "中通快递", "ZTO", "zto express")} == {"zto"}
    assert carrier_name("某某快运") == "某某"


def former(**changes) -> FormerOrder:
    facts = {"shop_id": 1, "channel_order_no": "1", "uploaded_at": NOW}
    return FormerOrder(**(facts | changes))


def ours(**changes) -> Decision:
    return Decision(**({"stage": Stage.WAITING, "warehouse": "华东仓", "carrier": "zto", "shipped_at": None} | changes))


def test_the_same_decision_differs_in_nothing():
    theirs = former(stage=Stage.WAITING, warehouse="华东仓 ", carrier="中通快递")
    assert compare(theirs, ours(), must_be_here=True) == ()


def test_each_field_that_differs_is_named():
    theirs = former(
        stage=Stage.SHIPPED, warehouse="华南仓", carrier="顺丰", shipped_at=NOW - 5 * HOUR, status_word="已发货"
    )
    differing = compare(theirs, ours(shipped_at=NOW - HOUR), must_be_here=True)
    assert differing == (Difference.STATUS, Difference.WAREHOUSE, Difference.CARRIER, Difference.SHIPPED_AT)


def test_what_one_side_leaves_open_is_not_compared():
    assert compare(former(stage=Stage.WAITING, warehouse="华南仓"), ours(warehouse=""), must_be_here=True) == ()
    assert compare(former(), ours(), must_be_here=True) is None


def test_an_order_we_lack_counts_only_when_it_must_be_here():
    assert compare(former(stage=Stage.SHIPPED), None, must_be_here=True) == (Difference.MISSING,)
    assert compare(former(stage=Stage.SHIPPED), None, must_be_here=False) is None


def test_what_we_shipped_after_the_upload_was_still_waiting_then():
    late = ours(stage=Stage.SHIPPED, shipped_at=NOW + HOUR)
    assert compare(former(stage=Stage.WAITING), late, must_be_here=True) == ()


def test_the_hub_decides_by_status_holds_and_the_shops_plan(database: Database):
    with database.transaction() as session:
        shop = builders.shop(session)
        set_plan(session, shop, warehouse=" 华东仓 ", carrier="ZTO", by="wang", now=NOW)
        order = builders.order(session)
        assert decide(shop, order) == Decision(Stage.WAITING, "华东仓", "ZTO", None)
        hold(session, order, HoldReason.MANUAL, by="wang", now=NOW)
        assert decide(shop, order).stage is Stage.TROUBLED
        unpaid = builders.order(session, "6900000000000000002", ChannelStatus.UNPAID)
        assert decide(shop, unpaid).stage is Stage.UNPAID
        gone = builders.order(session, "6900000000000000003", ChannelStatus.CLOSED_UNPAID)
        assert decide(shop, gone).stage is Stage.CANCELLED


def test_what_a_rule_chose_goes_before_the_shops_plan(database: Database):
    with database.transaction() as session:
        shop = builders.shop(session)
        set_plan(session, shop, warehouse="华东仓", carrier="ZTO", by="wang", now=NOW)
        order = builders.order(session)
        session.merge(RuleDecision(order_id=order.id, version=1, warehouse="华南仓", carrier="", decided_at=NOW))
        session.flush()
        decided = decide(shop, order, rulings(session, [order])[order.id])
    assert (decided.warehouse, decided.carrier) == ("华南仓", "ZTO")
