"""What does the clock find that no message says, and what does it leave alone?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from orderhub.automation import anomaly_watch
from orderhub.automation.anomaly_watch import find_anomalies
from orderhub.domain.anomaly import Anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.flow import draft_flow, flow_now, publish, save_flow
from orderhub.domain.flow_stage import Automation, Setting, StageClock
from orderhub.domain.hold import HoldReason, hold, release
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.rules import versions
from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.waybill_twice import follow_waybills
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.db import Database
from tests import builders
from tests.builders import NOW
from tests.domain.rules.made import data, do, remark_has, rules

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FIRST, SECOND, THIRD = (f"690000000000000000{turn}" for turn in (1, 2, 3))
LEFT = {"status": ChannelStatus.SHIPPED, "shipped_at": NOW}
ELSEWHERE = {"buyer_token": "buyer-0002", "receiver": builders.receiver_draft(token="oaid-2", region="别处")}


def found(database: Database, *, kind: AnomalyKind | None = None) -> list[tuple[str, str]]:
    """(kind, note) of the open ones."""
    wanted = select(Anomaly).where(col(Anomaly.resolved_at).is_(None)).order_by(col(Anomaly.id))
    with database.reading() as session:
        return [(one.kind, one.note) for one in session.exec(wanted) if kind in (None, one.kind)]


def order(database: Database, no: str = FIRST, **changes) -> int:
    with database.transaction() as session:
        return builders.order(session, no, **changes).id


def on_the_map(database: Database, change, now) -> None:
    with database.transaction() as session:
        flow = change(flow_now(session))
        standing = draft_flow(session)
        draft = save_flow(session, flow, revision=standing.revision if standing else 0, by="li", now=now)
        publish(session, revision=draft.revision, reason="试一试", by="li", now=now)


def test_a_held_order_is_not_stuck_and_its_time_counts_anew_when_it_is_free(database: Database):
    order_id = order(database)
    with database.transaction() as session:
        hold(session, session.get_one(Order, order_id), HoldReason.MANUAL, by="li", now=NOW)
    assert find_anomalies(NOW + 2 * HOUR) == 0
    with database.transaction() as session:
        release(session, session.get_one(Order, order_id), HoldReason.MANUAL, by="li", now=NOW + 2 * HOUR)
    assert find_anomalies(NOW + 2 * HOUR + 29 * MINUTE) == 0
    assert find_anomalies(NOW + 2 * HOUR + 31 * MINUTE) == 1
    with database.reading() as session:
        one = session.exec(select(Anomaly)).one()
    assert (one.kind, one.occurred_at) == (AnomalyKind.ORDER_STUCK, NOW + 2 * HOUR + 30 * MINUTE)


def test_an_order_that_is_held_later_is_stuck_no_more(database: Database):
    order_id = order(database)
    assert find_anomalies(NOW + HOUR) == 1
    with database.transaction() as session:
        hold(session, session.get_one(Order, order_id), HoldReason.MANUAL, by="li", now=NOW + HOUR)
    find_anomalies(NOW + HOUR + MINUTE)
    assert found(database) == []


def test_the_next_stage_is_another_story_of_the_same_anomaly(database: Database):
    order_id = order(database)
    assert find_anomalies(NOW + HOUR) == 1
    with database.transaction() as session:
        locked = session.get_one(Order, order_id)
        locked.status, locked.stage_since = OrderStatus.TO_ALLOCATE, NOW + HOUR + MINUTE
    assert find_anomalies(NOW + HOUR + 2 * MINUTE) == 0
    assert found(database) == []
    assert find_anomalies(NOW + HOUR + 12 * MINUTE) == 1
    for later in (13, 14):
        assert find_anomalies(NOW + HOUR + later * MINUTE) == 0
    with database.reading() as session:
        one = session.exec(select(Anomaly)).one()
    assert (one.reopened, one.resolved_at) == (1, None)
    assert "to_allocate" in one.note


def test_the_flow_map_says_how_long_and_whose(database: Database):
    order(database)
    stage = OrderStatus.TO_REVIEW

    def longer(flow):
        return flow.with_stage(stage, replace(flow.stages[stage], minutes=120, owner_role="service"))

    assert find_anomalies(NOW + HOUR) == 1
    on_the_map(database, longer, NOW + HOUR)
    find_anomalies(NOW + HOUR + MINUTE)
    assert found(database) == []
    assert find_anomalies(NOW + 2 * HOUR + MINUTE) == 1

    def off(flow):
        return flow.with_stage(stage, replace(flow.stages[stage], minutes=0, clock=StageClock.NONE))

    on_the_map(database, off, NOW + 3 * HOUR)
    assert find_anomalies(NOW + 4 * HOUR) == 0
    assert found(database) == []


def test_nobody_is_told_of_unpaid_orders_and_of_those_the_present_system_moves(database: Database):
    order(database, status=ChannelStatus.UNPAID)
    order(database, SECOND)
    with database.transaction() as session:
        shop = session.exec(select(Shop)).one()
        shop.rollout = Rollout.SHADOW
    assert find_anomalies(NOW + 30 * HOUR) == 0
    with database.transaction() as session:
        session.get_one(Shop, shop.id).rollout = Rollout.PILOT  # of 0 %: none is ours
    assert find_anomalies(NOW + 30 * HOUR) == 0


def test_an_order_that_comes_in_late_was_near_from_its_payment_on(database: Database):
    order(database, ship_by=NOW + 10 * MINUTE, our_status=OrderStatus.TO_SHIP)
    assert find_anomalies(NOW) == 1
    with database.reading() as session:
        assert session.exec(select(Anomaly.occurred_at)).one() == NOW - HOUR
    on_the_map(database, lambda flow: flow.with_automation(Automation.REPORT_LATE, Setting(is_on=False)), NOW)
    order(database, SECOND, ship_by=NOW + 10 * MINUTE, our_status=OrderStatus.TO_SHIP, receiver=ELSEWHERE["receiver"])
    assert find_anomalies(NOW + MINUTE) == 0


def test_what_fails_for_one_kind_holds_up_no_other(database: Database, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> int:
        raise RuntimeError("twins")

    order(database)
    monkeypatch.setattr(anomaly_watch, "_look_for_twins", fail)
    with pytest.raises(RuntimeError, match="twins"):
        find_anomalies(NOW + HOUR)
    assert [kind for kind, _ in found(database)] == [AnomalyKind.ORDER_STUCK]


def test_many_are_found_at_once(database: Database):
    for turn in range(230):
        order(database, f"79{turn:017}", buyer_token=f"b{turn}")
    assert find_anomalies(NOW + 31 * MINUTE) == 230
    assert find_anomalies(NOW + 32 * MINUTE) == 0


def test_twins_are_known_by_tokens_only(database: Database):
    order(database, buyer_token="")
    order(database, SECOND, buyer_token="")
    assert find_anomalies(NOW) == 0
    order(database, THIRD, receiver=builders.receiver_draft(token=""))
    assert find_anomalies(NOW) == 0


def test_orders_in_one_delivery_or_of_one_buyer_share_a_number_rightly(database: Database):
    order(database, parcels=(builders.parcel(),), **LEFT)
    order(database, SECOND, parcels=(builders.parcel(),), **LEFT)
    assert found(database) == []
    order(database, THIRD, parcels=(builders.parcel(),), **LEFT | ELSEWHERE)
    assert [kind for kind, _ in found(database)] == [AnomalyKind.WAYBILL_TWICE]
    with database.transaction() as session:
        assert follow_waybills(session, ["YT0000000000001", "YT0000000000009", ""], now=NOW) == 1
    assert len(found(database)) == 1


def test_masks_do_not_make_two_places(database: Database):
    nobody = builders.receiver_draft(token="", region="")
    order(database, parcels=(builders.parcel(),), buyer_token="", receiver=nobody, **LEFT)
    other = builders.receiver_draft(token="", region="", name_masked="别**")
    order(database, SECOND, parcels=(builders.parcel(),), buyer_token="", receiver=other, **LEFT)
    assert found(database) == []


@pytest.mark.parametrize("value", ["", "名", "名|high", "名|huge|service|4", "名|high|buyer|4", "名|high|service|0"])
def test_a_rule_that_does_not_say_all_of_an_anomaly_is_refused(value: str):
    with pytest.raises(BrokenRule):
        rules(data("R-901", [], do("raise", value)))


def test_a_rule_raises_each_name_once_and_not_again_what_a_person_resolved(database: Database):
    given = rules(
        data("R-901", [remark_has("催")], do("raise", "催单|high|service|4"), do("raise", "大额|low|finance|24")),
        data("R-902", [remark_has("催")], do("raise", "催单|low|operations|48")),
    )
    with database.transaction() as session:
        draft = versions.save_draft(session, given, revision=0, by="li", now=NOW)
        versions.go_live(session, draft.number, by="li", now=NOW, needs_approval=False)
    order(database, buyer_remark="催")
    with database.reading() as session:
        every = session.exec(select(Anomaly).order_by(col(Anomaly.id))).all()
    assert [(one.name, one.severity, one.owner_role, one.due_at) for one in every] == [
        ("催单", "high", "service", NOW + 4 * HOUR),
        ("大额", "low", "finance", NOW + 24 * HOUR),
    ]
    with database.transaction() as session:
        resolve_by_hand(session, every[0].id, reason="打过电话", by="ceshi-s", now=NOW)
    order(database, buyer_remark="催催", updated_at=NOW)
    assert found(database) == [(AnomalyKind.CUSTOM, "大额")]
    order(database, buyer_remark="", updated_at=NOW + MINUTE)
    assert found(database) == []
    order(database, buyer_remark="又催", updated_at=NOW + 2 * MINUTE)
    assert len(found(database)) == 2
    with database.reading() as session:
        assert [one.reopened for one in session.exec(select(Anomaly).order_by(col(Anomaly.id)))] == [1, 1]
