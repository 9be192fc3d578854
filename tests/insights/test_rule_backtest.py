"""Does a back-test find exactly the orders that other rules would change?"""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.hold import HoldReason, hold
from orderhub.domain.order import Order
from orderhub.domain.review import tag
from orderhub.domain.rules import versions
from orderhub.domain.rules.decided import RuleDecision
from orderhub.domain.rules.deciding import RuleSet
from orderhub.domain.rules.versions import shipped
from orderhub.insights.rule_backtest import BackTest, Cancelled, back_test, since_days
from orderhub.kernel.db import Database
from tests import builders
from tests.builders import NOW
from tests.domain.rules.made import data, do, pays_at_least, remark_has, rules, weighs_at_least

SINCE = since_days(NOW, 30)


def decided_again(after: Any, before: RuleSet | None = None, **more: Any) -> BackTest:
    facts = {"since": SINCE, "shops": {1: "douyin-1"}, "watch": lambda _done, _total: True} | more
    return back_test(before or shipped(), RuleSet(1, after), **facts)


def make(database: Database, no: str, **changes: Any) -> int:
    with database.transaction() as session:
        return builders.order(session, no, **changes).id


def test_the_orders_that_change_are_found_with_what_changes(database: Database):
    make(database, "1", buyer_remark="急发")
    make(database, "2")
    third = make(database, "3", buyer_remark="生日用")
    make(database, "4", placed_at=NOW - timedelta(days=31), buyer_remark="生日用")
    after = (
        *shipped().rules,
        *rules(data("R-002", [remark_has("生日")], do("tag", "礼物"), do("hold", "manual", "包装"))),
    )
    found = decided_again(after)
    assert (found.orders, found.changed, dict(found.by_aspect)) == (3, 1, {"tags": 1, "holds": 1})
    changed = found.shown[""][0]
    assert (changed.order_id, changed.channel_order_no, changed.paid_fen) == (third, "3", 13940)
    assert [(one.aspect, one.before, one.after) for one in changed.differences] == [
        ("tags", "", "礼物"),
        ("holds", "", "manual"),
    ]
    assert (found.before.hits, found.after.hits) == ({"R-001": 1}, {"R-001": 1, "R-002": 1})
    assert (found.before.tagged, found.after.tagged, found.after.held) == (1, 2, 1)


def test_the_same_rules_change_nothing_and_nothing_is_written(database: Database):
    make(database, "1", buyer_remark="急发")
    with database.reading() as session:
        stood = session.exec(select(RuleDecision)).one().model_dump()
    found = decided_again(shipped().rules)
    assert (found.orders, found.changed, found.shown) == (1, 0, {})
    with database.reading() as session:
        assert session.exec(select(RuleDecision)).one().model_dump() == stood


def test_a_back_test_decides_as_intake_did(database: Database):
    """Every stored order, decided again from what is stored, comes to what was decided when it came in."""
    given = rules(
        data("R-001", [remark_has("急发")], do("tag", "急"), do("priority", "top")),
        data("R-002", [{"kind": "sku", "is": "starts_with", "values": ["BOX"]}], do("warehouse", "EAST")),
        data("R-003", [{"kind": "title", "is": "contains_any", "values": ["40l"]}], do("carrier", "sf")),
        data("R-004", [{"kind": "buyer_orders", "is": "at_least", "values": ["1"]}], do("hold", "manual")),
        data("R-005", [{"kind": "promise", "is": "at_most", "values": ["46.5"]}], do("tag", "赶")),
        data("R-006", [pays_at_least("100")], do("approve"), do("sample", "3")),
    )
    with database.transaction() as session:
        draft = versions.save_draft(session, given, revision=0, by="li", now=NOW)
        versions.go_live(session, draft.number, by="li", now=NOW, needs_approval=False)
    for turn in range(8):
        lines = (builders.line_draft(quantity=1 + turn % 3, sku_code="BOX-40L" if turn % 2 else "CUP"),)
        remark, buyer = "急发" if turn % 3 == 0 else "", f"buyer-{turn % 5}"
        placed, ship_by = NOW - timedelta(hours=20 - turn), NOW + timedelta(hours=43 + turn)
        facts = {"lines": lines, "buyer_remark": remark, "buyer_token": buyer}
        make(database, f"no-{turn}", placed_at=placed, ship_by=ship_by, **facts)
    found = decided_again(given, RuleSet(9, ()))
    with database.reading() as session:
        stored = {row.order_id: row for row in session.exec(select(RuleDecision))}
    again = {one.order_id: {diff.aspect: diff.after for diff in one.differences} for one in found.shown[""]}
    assert len(stored) == 8
    for order_id, row in stored.items():
        would = again.get(order_id, {})
        assert would.get("tags", "") == "|".join(row.tags)
        assert would.get("holds", "") == "|".join(row.holds)
        assert would.get("is_approved", "") == ("yes" if row.is_approved else "")
        settled = (would.get("warehouse", ""), would.get("carrier", ""), would.get("priority", ""))
        assert settled == (row.warehouse, row.carrier, row.priority)
    assert found.by_aspect.keys() == {"tags", "holds", "is_approved", "warehouse", "carrier", "priority"}


def test_tags_of_people_count_and_later_holds_do_not(database: Database):
    first, second = make(database, "1"), make(database, "2")
    with database.transaction() as session:
        tag(session, session.get_one(Order, first), "大客户", by="li", now=NOW)
        hold(session, session.get_one(Order, second), HoldReason.MANUAL, by="li", now=NOW + timedelta(hours=1))
    after = rules(
        data("R-1", [{"kind": "tags", "is": "any_of", "values": ["大客户"]}], do("carrier", "sf")),
        data("R-2", [{"kind": "holds", "is": "is_set"}], do("carrier", "yto")),
    )
    found = decided_again(after)
    assert [(one.order_id, one.differences[0].after) for one in found.shown["carrier"]] == [(first, "sf")]


def test_newly_approved_orders_that_had_an_anomaly_are_counted(database: Database):
    troubled, _ = make(database, "1"), make(database, "2")
    with database.transaction() as session:
        about = ("order", troubled)
        open_anomaly(session, AnomalyKind.SHIP_BY_PAST, about=about, occurred_at=NOW, now=NOW)
    found = decided_again(rules(data("R-1", [], do("approve"))))
    assert (found.after.approved, found.risky, found.risky_fen) == (2, 1, 13940)


def test_rules_that_could_not_answer_are_counted(database: Database):
    make(database, "1")
    found = decided_again(rules(data("R-1", [weighs_at_least("3000")], do("carrier", "sf"))))
    assert (found.changed, found.after.unknown) == (0, {"R-1": 1})


def test_who_watches_sees_how_far_it_is_and_may_end_it(database: Database):
    for turn in range(3):
        make(database, str(turn))
    seen: list[tuple[int, int]] = []

    def watch(done: int, total: int) -> bool:
        seen.append((done, total))
        return False

    with pytest.raises(Cancelled):
        decided_again(shipped().rules, watch=watch)
    assert seen == [(3, 3)]
