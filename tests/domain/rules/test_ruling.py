"""Is what the rules decide done to an order once, undone when it no longer holds, and left to people who changed it?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from orderhub.domain import review
from orderhub.domain.acceptance import Accepted, accept
from orderhub.domain.hold import HoldReason, hold, open_holds, release
from orderhub.domain.order import Order, OrderStatus, OrderTag
from orderhub.domain.rules import versions
from orderhub.domain.rules.decided import RuleDecision, RuleHit
from orderhub.domain.rules.ruling import history_of
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.builders import NOW
from tests.domain.stocked import stocked

from .made import data, do, remark_has, rules, weighs_at_least

URGENT = data(
    "R-001", [remark_has("急发")], do("tag", "急发单"), do("hold", "buyer_remark", "看备注"), do("priority", "top")
)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as opened:
        yield opened


def live(session: Session, *given: dict[str, Any]) -> None:
    standing = versions.open_version(session)
    saved = versions.save_draft(session, rules(*given), revision=standing.revision if standing else 0, by="li", now=NOW)
    versions.go_live(session, saved.number, by="li", now=NOW, needs_approval=False)
    session.flush()


def take(session: Session, minute: int = 0, **changes: Any) -> Order:
    """Version ``minute`` of one order."""
    seller = builders.shop(session)
    facts = {"updated_at": NOW + timedelta(minutes=minute - 60)} | changes
    taken = accept(session, seller, builders.draft(**facts), now=NOW).order
    session.flush()
    return taken


def tags(session: Session) -> list[tuple[str, str]]:
    return [(row.tag, row.by) for row in session.exec(select(OrderTag).order_by(OrderTag.tag))]


def held(session: Session, order: Order) -> list[tuple[str, str, str]]:
    return [(str(one.reason), one.note, one.by) for one in open_holds(session, order.id)]


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(Event.kind).where(Event.actor == "rules").order_by(Event.id)))  # type: ignore[arg-type]


def test_a_new_order_is_decided_and_keeps_its_version_and_the_reason(session: Session):
    live(session, URGENT)
    order = take(session, buyer_remark="请急发")
    assert tags(session) == [("急发单", "rules")]
    assert held(session, order) == [("buyer_remark", "看备注", "rules")]
    decision = session.get_one(RuleDecision, order.id)
    assert (decision.version, decision.tags, decision.holds, decision.priority) == (
        1,
        ["急发单"],
        ["buyer_remark"],
        "top",
    )
    hit = session.get_one(RuleHit, (order.id, "R-001"))
    assert (hit.version, hit.name) == (1, "规则 R-001")
    assert hit.because == [{"kind": "buyer_remark", "is": "contains_any", "values": ["急发"]}]
    assert hit.done[2] == {"kind": "priority", "value": "top"}
    assert kinds(session) == ["order_tagged", "order_held", "order_decided"]


def test_the_shipped_rule_marks_haste(session: Session):
    order = take(session, buyer_remark="急用")
    assert (order.is_urgent, tags(session)) == (True, [("加急", "rules")])
    assert session.get_one(RuleDecision, order.id).version == versions.SHIPPED


def test_an_order_that_no_rule_meets_keeps_its_version_too(session: Session):
    live(session, URGENT)
    order = take(session)
    assert session.get_one(RuleDecision, order.id).version == 1
    assert kinds(session) == []


def test_deciding_again_adds_nothing(session: Session):
    live(session, URGENT)
    take(session, buyer_remark="急发")
    order = take(session, 1, buyer_remark="急发", seller_remark="已备货")
    assert (tags(session), len(held(session, order))) == ([("急发单", "rules")], 1)
    assert kinds(session) == ["order_tagged", "order_held", "order_decided"]
    assert len(session.exec(select(RuleHit)).all()) == 1


def test_what_no_rule_wants_any_more_goes_again(session: Session):
    live(session, URGENT)
    take(session, buyer_remark="急发")
    order = take(session, 1, buyer_remark="不急了")
    assert (tags(session), held(session, order), order.is_held) == ([], [], False)
    assert session.exec(select(RuleHit)).all() == []
    assert kinds(session)[3:] == ["order_untagged", "hold_released", "order_decided"]


def test_what_a_person_has_undone_is_not_done_again(session: Session):
    live(session, URGENT)
    order = take(session, buyer_remark="急发")
    review.untag(session, order, "急发单", by="li", now=NOW)
    release(session, order, HoldReason.BUYER_REMARK, by="li", now=NOW)
    session.flush()
    order = take(session, 1, buyer_remark="急发，谢谢")
    assert (tags(session), held(session, order)) == ([], [])


def test_what_a_person_put_there_stays_when_the_rule_lets_go(session: Session):
    order = take(session)
    review.tag(session, order, "急发单", by="li", now=NOW)
    hold(session, order, HoldReason.BUYER_REMARK, by="li", now=NOW)
    session.flush()
    live(session, URGENT)
    take(session, 1, buyer_remark="急发")
    order = take(session, 2, buyer_remark="")
    assert (tags(session), [by for *_, by in held(session, order)]) == ([("急发单", "li")], ["li"])


def test_a_new_version_decides_the_next_change(session: Session):
    live(session, URGENT)
    order = take(session, buyer_remark="急发")
    live(session, data("R-009", [remark_has("急发")], do("tag", "特急")))
    order = take(session, 1, buyer_remark="急发！")
    assert (tags(session), held(session, order)) == ([("特急", "rules")], [])
    assert session.get_one(RuleDecision, order.id).version == 2
    assert [(hit.rule_key, hit.version) for hit in session.exec(select(RuleHit))] == [("R-009", 2)]


def test_a_rule_approves_once_and_never_past_a_hold(session: Session):
    live(session, data("R-001", [], do("approve")))
    order = take(session)
    assert order.status is OrderStatus.TO_ALLOCATE
    review.move(session, order, OrderStatus.TO_REVIEW, by="li", now=NOW)
    assert take(session, 1, seller_remark="再看看").status is OrderStatus.TO_REVIEW


def test_an_order_the_channel_still_checks_is_not_approved(session: Session):
    live(session, data("R-001", [], do("approve")))
    order = take(session, status=ChannelStatus.PAID_WAIT)
    assert (order.status, held(session, order)[0][0]) == (OrderStatus.TO_REVIEW, "risk")
    order = take(session, 1, status=ChannelStatus.PAID)
    assert order.status is OrderStatus.TO_ALLOCATE


def test_an_order_that_has_left_is_not_held(session: Session):
    live(session, URGENT)
    order = take(session, status=ChannelStatus.SHIPPED, shipped_at=NOW, buyer_remark="急发")
    assert (held(session, order), [word for word, _ in tags(session)]) == ([], ["急发单"])


def test_a_role_is_called_once(session: Session):
    live(session, data("R-001", [remark_has("急发")], do("notify", "warehouse", "有加急单")))
    take(session, buyer_remark="急发")
    take(session, 1, buyer_remark="急发急发")
    called = session.exec(select(Event).where(Event.kind == "rule_notified")).all()
    assert [(one.body["role"], one.body["words"]) for one in called] == [("warehouse", "有加急单")]


def test_a_fact_the_hub_does_not_know_is_named(session: Session):
    live(session, data("R-001", [weighs_at_least("3000")], do("carrier", "deppon")))
    order = take(session)
    decision = session.get_one(RuleDecision, order.id)
    assert (decision.carrier, decision.unknown) == ("", {"R-001": ["weight_grams"]})


def test_weight_and_stock_are_looked_up_for_rules_that_ask(session: Session):
    is_short = {"kind": "stock", "is": "any_of", "values": ["short"]}
    live(
        session,
        data("R-001", [weighs_at_least("3000")], do("carrier", "ems")),
        data("R-002", [is_short], do("warehouse", "south")),
    )
    goods = stocked(session, A=4)
    goods["A"].weight_grams = 800
    session.flush()

    def decided(minute: int, pieces: int) -> tuple[str, str, dict]:
        order = take(session, minute, lines=(builders.line_draft(sku_code="A", quantity=pieces),))
        decision = session.get_one(RuleDecision, order.id)
        return decision.carrier, decision.warehouse, decision.unknown

    assert decided(0, 3) == ("", "", {})
    assert decided(1, 4) == ("ems", "", {})
    assert decided(2, 5) == ("ems", "south", {})


def test_tags_of_people_are_facts_and_tags_of_rules_are_not(session: Session):
    has_tag = {"kind": "tags", "is": "any_of", "values": ["大客户", "链"]}
    live(session, data("R-001", [has_tag], do("carrier", "sf"), do("tag", "链")))
    order = take(session)
    review.tag(session, order, "大客户", by="li", now=NOW)
    session.flush()
    order = take(session, 1, seller_remark="a")
    assert session.get_one(RuleDecision, order.id).carrier == "sf"
    review.untag(session, order, "大客户", by="li", now=NOW)
    session.flush()
    order = take(session, 2, seller_remark="b")
    assert (session.get_one(RuleDecision, order.id).carrier, tags(session)) == ("", [])


def test_a_buyers_history_is_what_they_paid_before_on_the_same_channel(session: Session):
    taobao = builders.shop(session, "tb-1", Channel.TAOBAO)
    for minute, no in enumerate(("1", "2")):
        builders.order(session, no, placed_at=NOW - timedelta(days=3, minutes=minute))
    builders.order(session, "3", ChannelStatus.UNPAID, placed_at=NOW - timedelta(days=3))
    builders.order(session, "4", of=taobao, placed_at=NOW - timedelta(days=3))
    builders.order(session, "5", placed_at=NOW)
    known = history_of(session, builders.order(session, "6"))
    assert known is not None
    assert (known.orders, known.spent_fen) == (2, 2 * 13940)
    assert history_of(session, builders.order(session, "7", buyer_token="")) is None
    live(session, data("R-001", [{"kind": "buyer_orders", "is": "at_least", "values": ["2"]}], do("tag", "老客")))
    builders.order(session, "8")
    assert [word for word, _ in tags(session)] == ["老客"]


def test_a_rule_sees_the_tags_that_come_with_a_new_order(session):
    live(session, data("R-001", [{"kind": "tags", "is": "any_of", "values": ["放门口"]}], do("priority", "top")))
    seller = builders.shop(session)

    def enrich(accepted: Accepted) -> None:
        review.tag(session, accepted.order, "放门口", by="mapping", now=NOW)

    order = accept(session, seller, builders.draft(), now=NOW, enrich=enrich).order
    assert session.get_one(RuleDecision, order.id).priority == "top"
