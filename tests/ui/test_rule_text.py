"""Is every rule said in a sentence, in both languages, whatever is in it?"""

import pytest

from orderhub.domain.rules import versions
from orderhub.domain.rules.conditions import KINDS
from orderhub.domain.rules.words import ActionKind
from orderhub.insights.order_card import order_card
from orderhub.kernel.db import Database
from orderhub.ui.card_why import why_view
from orderhub.ui.rule_text import action_text, condition_text, rule_text
from orderhub.ui.rule_view import diff_view, rule_view
from tests import builders
from tests.domain.rules.made import data, do, pays_at_least, remark_has, rules


def test_a_rule_reads_as_a_sentence():
    either = {
        "match": "any",
        "when": [remark_has("谢谢"), {"kind": "channel", "is": "any_of", "values": ["jd", "taobao"]}],
    }
    rule = data("R-1", [pays_at_least("500"), either], do("tag", "免审"), do("hold", "manual", "看"), match="all")
    assert rule_text("zh", rule) == (
        "实付金额不小于 ¥500.00，且（买家备注含任一词 谢谢，或渠道属于 京东、淘宝）：加标签 免审；挂起 人工挂起（看）"
    )
    assert rule_text("en", rule) == (
        "Amount paid is at least ¥500.00 and (Buyer's remark contains any of 谢谢 or Channel is one of JD, Taobao): "
        "Add tag 免审; Hold Held by hand (看)"
    )


def test_a_rule_that_is_still_being_written_is_read_too():
    unfinished = data("R-1", [{"kind": "amount", "is": "at_least", "values": ["much"]}, {"when": []}])
    assert rule_text("zh", unfinished) == "订单金额不小于 much，且（…）：…"
    assert rule_text("en", data("R-1", [], do("stop"))) == "Every order: Stop here"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_condition_and_action_can_be_said(lang: str):
    said = [
        condition_text(lang, {"kind": str(kind), "is": str(operator), "values": list(about.choices[:1]) or ["1", "2"]})
        for kind, about in KINDS.items()
        for operator in about.operators
    ]
    said += [action_text(lang, do(str(kind), "top" if kind == "priority" else "x")) for kind in ActionKind]
    assert all(said)


def test_what_is_wrong_is_marked_where_it_is():
    rule = data("R-1", [remark_has("a"), {"match": "any", "when": [remark_has("b"), remark_has()]}], do("gift", "x*0"))
    view = rule_view(rule | {"is_on": True, "match": "all"}, {"R-1": 3})
    assert [(part.path, part.is_wrong) for part in view.parts] == [
        ("0", False),
        ("1", False),
        ("1.0", False),
        ("1.1", True),
    ]
    assert (view.problem, view.hits) == ("rule_value_missing", "3")
    fixed = data("R-1", [remark_has("a")], do("tag", "x"), do("gift", "x*0"))
    view = rule_view(fixed | {"is_on": True, "match": "all"}, {})
    assert [action.is_wrong for action in view.actions] == [False, True]


def test_versions_are_compared_rule_by_rule():
    def rule(key: str, *words: str) -> dict:
        return data(key, [remark_has(*words)], do("tag", "x")) | {"is_on": True, "match": "all"}

    before = [rule("A", "a"), rule("B", "b"), rule("C", "c"), rule("D", "d")]
    after = [rule("B", "b"), rule("A", "a"), rule("C", "cc"), rule("E", "e")]
    found = diff_view(before, after)
    assert [(one.key, one.how) for one in found] == [
        ("B", "moved"),
        ("A", "moved"),
        ("C", "changed"),
        ("E", "added"),
        ("D", "removed"),
    ]
    assert (found[2].was_zh, found[2].is_zh) == ("买家备注含任一词 c：加标签 x", "买家备注含任一词 cc：加标签 x")
    assert diff_view(before, before) == []


def test_the_drawer_says_why(database: Database):
    missing = {"kind": "weight", "is": "at_least", "values": ["3000"]}
    given = rules(
        data("R-001", [remark_has("急发"), pays_at_least("1")], do("tag", "急发单"), do("carrier", "sf")),
        data("R-002", [], do("carrier", "yto")),
        data("R-003", [missing], do("warehouse", "EAST")),
    )
    with database.transaction() as session:
        draft = versions.save_draft(session, given, revision=0, by="li", now=builders.NOW)
        versions.go_live(session, draft.number, by="li", now=builders.NOW, needs_approval=False)
    with database.transaction() as session:
        made = builders.order(session, buyer_remark="急发")
    with database.reading() as session:
        why = why_view(order_card(session, made.id, builders.NOW))
    first, second = why.hits
    assert (why.version, first.key, first.name) == ("1", "R-001", "规则 R-001")
    assert first.because_zh == "买家备注含任一词 急发，且实付金额不小于 ¥1.00"
    assert (first.did_zh, first.did_en, first.lost_zh) == (
        "加标签 急发单；指定快递 sf",
        "Add tag 急发单; Carrier sf",
        "",
    )
    assert (second.because_zh, second.did_zh, second.lost_en) == ("", "", "Carrier yto")
    assert why.unknown == ["R-003: weight_grams"]
