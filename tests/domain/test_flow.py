"""Versions of the flow map, what differs between them, and what they let people do."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from orderhub.access.permissions import Role
from orderhub.domain import flow as flows
from orderhub.domain.flow import (
    FlowDraftChanged,
    FlowState,
    FlowVersion,
    NothingChanged,
    StageForbids,
    check_stage_allows,
    draft_flow,
    flow_now,
    is_on,
    publish,
    roll_back,
    save_flow,
    stages_now,
)
from orderhub.domain.flow_diff import FlowAspect, FlowChange, differences
from orderhub.domain.flow_stage import (
    AFTERSALE,
    CLOCKS,
    KINDS,
    NOBODY,
    OWNERS,
    POSSIBLE,
    SHIPPED_MAP,
    Automation,
    FlowMap,
    Setting,
    Stage,
    StageAction,
    StageClock,
    check,
    flow_data,
    read_flow,
)
from orderhub.domain.hold import HoldReason, hold_by_hand, release_by_hand
from orderhub.domain.order import OrderStatus
from orderhub.domain.review import approve
from orderhub.kernel.db import Database, transaction
from orderhub.kernel.errors import BadInput, IllegalMove, NotFound
from orderhub.kernel.eventlog import Event
from tests import builders

NOW = builders.NOW
WAIT = OrderStatus.TO_REVIEW


def with_hours(hours: int) -> FlowMap:
    """The shipped map, but for the silence a parcel is allowed."""
    return SHIPPED_MAP.with_stage(
        OrderStatus.SHIPPED,
        Stage("operations", StageClock.SILENCE, hours * 60, actions=POSSIBLE[OrderStatus.SHIPPED]),
    )


def without(*actions: StageAction, status: OrderStatus = WAIT) -> FlowMap:
    stage = SHIPPED_MAP.stages[status]
    left = stage.actions - set(actions)
    changed = Stage(stage.owner_role, stage.clock, stage.minutes, stage.lead_minutes, left)
    return SHIPPED_MAP.with_stage(status, changed)


def put_in_force(session: Session, flow: FlowMap, *, reason: str = "旺季") -> FlowVersion:
    draft = draft_flow(session)
    saved = save_flow(session, flow, revision=draft.revision if draft else 0, by="yun", now=NOW)
    return publish(session, revision=saved.revision, reason=reason, by="yun", now=NOW)


def test_without_a_version_the_shipped_map_is_in_force(database: Database):
    with transaction() as session:
        assert flow_now(session) is SHIPPED_MAP
        assert stages_now(session)[WAIT].allowed == timedelta(minutes=30)
        assert stages_now(session)[OrderStatus.SHIPPED].allowed is None
        assert all(is_on(session, automation) for automation in Automation)


def test_the_shipped_map_can_be_what_it_says():
    check(SHIPPED_MAP)
    assert set(OWNERS) == {NOBODY, *Role}
    assert set(KINDS) == set(Automation)
    assert {kind.place for kind in KINDS.values()} <= {*OrderStatus, AFTERSALE}


def test_a_draft_changes_nothing_until_it_is_published(database: Database):
    with transaction() as session:
        saved = save_flow(session, with_hours(36), revision=0, by="yun", now=NOW)
        assert flow_now(session) == SHIPPED_MAP
        publish(session, revision=saved.revision, reason=" 双十一 ", by="li", now=NOW)
        assert flow_now(session).stages[OrderStatus.SHIPPED].minutes == 36 * 60
        assert (saved.state, saved.live_by, saved.reason) == (FlowState.LIVE, "li", "双十一")
    with transaction() as session:
        kinds = [kind for kind in session.exec(select(Event.kind).order_by(Event.id)) if kind.startswith("flow")]  # pyright: ignore[reportArgumentType]
        assert kinds == ["flow_saved", "flow_moved", "flow_published"]


def test_what_was_live_comes_back_and_the_shipped_map_too(database: Database):
    with transaction() as session:
        put_in_force(session, with_hours(36))
        put_in_force(session, with_hours(24))
        roll_back(session, 1, reason="太吵", by="yun", now=NOW)
        assert (flow_now(session).number, flow_now(session).stages[OrderStatus.SHIPPED].minutes) == (1, 36 * 60)
        with pytest.raises(IllegalMove, match="live"):
            roll_back(session, 1, reason="again", by="yun", now=NOW)
        with pytest.raises(NotFound):
            roll_back(session, 9, reason="nothing", by="yun", now=NOW)
        with pytest.raises(BadInput):
            roll_back(session, 2, reason=" ", by="yun", now=NOW)
        roll_back(session, 0, reason="出厂", by="yun", now=NOW)
        assert flow_now(session) == SHIPPED_MAP
        with pytest.raises(NotFound):
            roll_back(session, 0, reason="again", by="yun", now=NOW)


def test_nobody_overwrites_or_publishes_what_they_have_not_seen(database: Database):
    with transaction() as session:
        save_flow(session, with_hours(36), revision=0, by="yun", now=NOW)
        with pytest.raises(FlowDraftChanged):
            save_flow(session, with_hours(24), revision=0, by="li", now=NOW)
        save_flow(session, with_hours(30), revision=1, by="li", now=NOW)
        with pytest.raises(FlowDraftChanged):
            publish(session, revision=1, reason="x", by="yun", now=NOW)
        with pytest.raises(FlowDraftChanged):
            flows.discard(session, revision=1, by="yun", now=NOW)
        assert flow_now(session) == SHIPPED_MAP


def test_publishing_wants_a_change_and_a_reason(database: Database):
    with transaction() as session:
        save_flow(session, SHIPPED_MAP, revision=0, by="yun", now=NOW)
        with pytest.raises(NothingChanged):
            publish(session, revision=1, reason="x", by="yun", now=NOW)
        save_flow(session, with_hours(36), revision=1, by="yun", now=NOW)
        with pytest.raises(BadInput):
            publish(session, revision=2, reason="  ", by="yun", now=NOW)


def test_a_discarded_draft_leaves_its_number_unused(database: Database):
    with transaction() as session:
        save_flow(session, with_hours(36), revision=0, by="yun", now=NOW)
        flows.discard(session, revision=1, by="yun", now=NOW)
        assert save_flow(session, with_hours(24), revision=0, by="yun", now=NOW).number == 2
        with pytest.raises(IllegalMove):
            roll_back(session, 1, reason="x", by="yun", now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        with_hours(0),
        with_hours(7 * 24),  # lost as soon as it stands still
        with_hours(24 * 61),
        SHIPPED_MAP.with_stage(WAIT, Stage("buyer", StageClock.STAY, 30)),
        SHIPPED_MAP.with_stage(WAIT, Stage("operations", StageClock.SHIP_BY)),
        SHIPPED_MAP.with_stage(WAIT, Stage("operations", StageClock.NONE, 30)),
        SHIPPED_MAP.with_stage(WAIT, Stage("operations", StageClock.STAY, 30, 5)),
        SHIPPED_MAP.with_stage(WAIT, Stage("operations", StageClock.STAY, 30, actions=frozenset({StageAction.SHIP}))),
        SHIPPED_MAP.with_stage(OrderStatus.TO_SHIP, Stage("warehouse", StageClock.SHIP_BY, 0, 9_999)),
        SHIPPED_MAP.with_automation(Automation.ALLOCATE, Setting(hours=3)),
        SHIPPED_MAP.with_automation(Automation.REMIND_UNSCANNED, Setting(hours=0)),
        SHIPPED_MAP.with_automation(Automation.REMIND_UNSCANNED, Setting()),
    ],
)
def test_a_map_that_cannot_be_is_refused_and_kept_nowhere(database: Database, wrong: FlowMap):
    with transaction() as session:
        with pytest.raises(BadInput):
            save_flow(session, wrong, revision=0, by="yun", now=NOW)
        assert draft_flow(session) is None


@st.composite
def maps(draw: st.DrawFn) -> FlowMap:
    flow = SHIPPED_MAP
    for status in OrderStatus:
        clock = draw(st.sampled_from(CLOCKS[status]))
        hours = draw(st.integers(1, 99)) if clock in (StageClock.STAY, StageClock.SILENCE) else 0
        lead = draw(st.integers(0, 600)) if clock is StageClock.SHIP_BY else 0
        actions = draw(st.frozensets(st.sampled_from(sorted(POSSIBLE[status])))) if POSSIBLE[status] else frozenset()
        flow = flow.with_stage(status, Stage(draw(st.sampled_from(OWNERS)), clock, hours * 60, lead, actions))
    for key, kind in KINDS.items():
        hours = None if kind.hours is None else draw(st.integers(100, 1440))
        flow = flow.with_automation(key, Setting(draw(st.booleans()), hours))
    return flow


@given(maps(), maps())
@settings(max_examples=60, deadline=None)
def test_a_map_is_read_back_as_it_was_and_differs_only_where_it_says(one: FlowMap, other: FlowMap):
    check(one)
    assert read_flow(flow_data(one)) == one
    assert differences(one, one) == []
    assert (differences(one, other) == []) is (one == other)
    there, back = differences(one, other), differences(other, one)
    assert [(c.place, c.aspect, c.name, c.after, c.before) for c in there] == [
        (c.place, c.aspect, c.name, c.before, c.after) for c in back
    ]


@given(maps())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_action_is_refused_exactly_where_the_map_takes_it_away(database: Database, flow: FlowMap):
    with transaction() as session:
        session.info["flow_now"] = flow
        order = builders.order(session)
        for status in OrderStatus:
            order.status = status
            for action in StageAction:
                is_taken = action in POSSIBLE[status] and action not in flow.stages[status].actions
                try:
                    check_stage_allows(session, order, action)
                except StageForbids as refusal:
                    assert is_taken
                    assert (refusal.stage, refusal.action) == (status, action)
                else:
                    assert not is_taken
        session.rollback()


def test_what_a_version_does_not_know_yet_stands_as_shipped():
    kept = {"stages": {"to_review": flow_data(SHIPPED_MAP)["stages"]["to_review"] | {"minutes": 60}}, "automations": {}}
    kept["automations"]["from_tomorrow"] = {"is_on": False, "hours": None}
    kept["stages"]["to_review"]["actions"] = ["approve", "dance"]
    flow = read_flow(kept)
    assert flow.stages[WAIT].allowed == timedelta(hours=1)
    assert flow.stages[WAIT].actions == {StageAction.APPROVE}
    assert flow.automations == SHIPPED_MAP.automations


def test_a_change_is_told_by_place_and_name():
    flow = without(StageAction.HOLD).with_automation(Automation.ALLOCATE, Setting(is_on=False))
    assert differences(SHIPPED_MAP, flow) == [
        FlowChange(WAIT, FlowAspect.ACTION, "on", "off", "hold"),
        FlowChange(OrderStatus.TO_ALLOCATE, FlowAspect.AUTOMATION, "on", "off", "allocate"),
    ]


def test_the_stage_says_no_and_the_order_stays_as_it_was(database: Database):
    with transaction() as session:
        put_in_force(session, without(StageAction.APPROVE, StageAction.HOLD))
        order = builders.order(session)
        with pytest.raises(StageForbids, match="approve"):
            approve(session, order, by="yun", now=NOW)
        with pytest.raises(StageForbids, match="hold"):
            hold_by_hand(session, order, HoldReason.MANUAL, by="yun", now=NOW)
        assert (order.status, order.is_held) == (WAIT, False)
        put_in_force(session, SHIPPED_MAP)
        approve(session, order, by="yun", now=NOW)
        assert order.status is OrderStatus.TO_ALLOCATE


def test_an_order_knows_since_when_it_stands_in_its_stage(database: Database):
    with transaction() as session:
        order = builders.order(session)
        assert order.stage_since == NOW
        later = NOW + timedelta(minutes=9)
        hold_by_hand(session, order, HoldReason.BUYER_REMARK, by="yun", now=later)
        assert order.stage_since == NOW
        release_by_hand(session, order, HoldReason.BUYER_REMARK, by="yun", now=later)
        approve(session, order, by="yun", now=later)
        assert order.stage_since == later
