"""Do rules decide in their order, once, and say why?"""

from dataclasses import replace
from typing import Any

import pytest

from orderhub.access.permissions import Role
from orderhub.domain.hold import HoldReason
from orderhub.domain.rules.actions import ROLES, gift
from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.rules.conditions import Condition
from orderhub.domain.rules.deciding import Decision, RuleSet, decide
from orderhub.domain.rules.rule import free_key, read_rules, rules_data
from orderhub.domain.rules.words import ConditionKind, Operator
from tests.builders import NOW

from .made import FACTS, data, do, pays_at_least, remark_has, rules, weighs_at_least


def decided(*given: dict[str, Any], **facts: Any) -> Decision:
    return decide(replace(FACTS, **facts), RuleSet(3, rules(*given)), NOW)


def test_a_rule_that_holds_does_all_its_actions():
    found = decided(
        data(
            "R-001",
            [remark_has("急发")],
            do("tag", "加急"),
            do("hold", "buyer_remark", "先看备注"),
            do("priority", "top"),
            do("warehouse", "EAST"),
            do("carrier", "sf"),
            do("gift", "GIFT-1*2"),
            do("note", "优先打包"),
            do("notify", "warehouse", "加急单"),
        ),
        remark="请急发",
    )
    assert (found.version, found.decided_at, found.tags) == (3, NOW, ("加急",))
    assert found.holds == ((HoldReason.BUYER_REMARK, "先看备注"),)
    assert (found.priority, found.warehouse, found.carrier) == ("top", "EAST", "sf")
    assert (found.gifts, found.notes, found.notices) == (("GIFT-1*2",), ("优先打包",), (("warehouse", "加急单"),))
    assert found.hits[0].because == (Condition(ConditionKind.BUYER_REMARK, Operator.CONTAINS_ANY, ("急发",)),)
    assert not found.is_approved


def test_a_rule_that_fails_or_is_off_does_nothing():
    rule = data("R-001", [remark_has("急发")], do("tag", "加急"))
    assert decided(rule, remark="不急").hits == ()
    assert decided(rule | {"is_on": False}, remark="急发").hits == ()


def test_the_first_rule_settles_and_the_later_one_says_that_it_lost():
    found = decided(
        data("R-001", [], do("carrier", "sf")),
        data("R-002", [], do("carrier", "yto"), do("tag", "普通")),
    )
    assert (found.carrier, found.tags) == ("sf", ("普通",))
    assert [(len(hit.done), len(hit.lost)) for hit in found.hits] == [(1, 0), (1, 1)]
    assert found.hits[1].lost[0].value == "yto"


def test_all_and_any_and_a_group_within():
    either = {"match": "any", "when": [remark_has("谢谢"), {"kind": "buyer_remark", "is": "is_empty"}]}
    rule = data("R-001", [pays_at_least("100"), either], do("tag", "免审"))
    assert decided(rule).tags == ("免审",)
    assert decided(rule, remark="谢谢").tags == ("免审",)
    assert decided(rule, remark="发票").tags == ()
    assert decided(rule, paid_fen=9999).tags == ()
    loose = rule | {"match": "any"}
    assert decided(loose, remark="发票").tags == ("免审",)
    assert decided(loose, remark="谢谢").hits[0].because[-1].values == ("谢谢",)


def test_an_unknown_fact_lets_a_rule_wait_and_the_decision_says_so():
    rule = data("R-001", [weighs_at_least("3000")], do("carrier", "deppon"))
    found = decided(rule)
    assert (found.hits, found.carrier) == ((), "")
    assert [(one.rule.key, one.facts) for one in found.unknown] == [("R-001", ("weight_grams",))]
    assert decided(rule, weight_grams=3000).carrier == "deppon"
    assert decided(rule, weight_grams=10).unknown == ()


def test_an_unknown_fact_does_not_matter_where_the_others_settle_it():
    both = data("R-001", [weighs_at_least("1"), remark_has("急发")], do("tag", "重"))
    assert decided(both).unknown == ()
    either = both | {"match": "any"}
    assert decided(either, remark="急发").tags == ("重",)
    assert decided(either).unknown[0].facts == ("weight_grams",)


def test_an_order_is_approved_only_where_nothing_holds_it():
    approve = data("R-001", [], do("approve"))
    assert decided(approve).is_approved
    assert not decided(approve, holds="|risk|").is_approved
    assert not decided(approve, data("R-002", [], do("hold", "manual"))).is_approved


def test_one_in_n_is_left_to_a_person():
    rule = data("R-001", [], do("approve"), do("sample", "100"))
    assert decided(rule, sample=101).is_approved
    assert not decided(rule, sample=200).is_approved


def test_stop_ends_the_list():
    found = decided(data("R-001", [], do("stop")), data("R-002", [], do("tag", "后")))
    assert (found.tags, len(found.hits)) == ((), 1)


def test_rules_are_written_and_read_back_the_same():
    given = rules(
        data("R-001", [remark_has("急发"), {"match": "any", "when": [pays_at_least("1.50")]}], do("tag", "加急")),
        data("R-007", [], do("hold", "manual", "看一下"), is_on=False, match="any"),
    )
    assert read_rules(rules_data(given)) == given
    assert free_key(rule.key for rule in given) == "R-008"


@pytest.mark.parametrize(
    ("wrong", "field", "problem"),
    [
        ([data("R-1", [{"kind": "hue", "is": "any_of"}], do("stop"))], "rules[0].when[0].kind", "rule_unknown_word"),
        ([data("R-1", [remark_has()], do("approve"))], "rules[0].when[0].values", "rule_value_missing"),
        ([data("R-1", [], do("approve")), data("R-1", [], do("stop"))], "rules[1].key", "rule_key_twice"),
        ([data("R-1", [])], "rules[0].then", "rule_no_action"),
        ([data("R-1", [], do("hold", "refund_requested"))], "rules[0].then[0].value", "rule_value_unknown"),
        ([data("R-1", [], do("tag", "a|b"))], "rules[0].then[0].value", "rule_value_form"),
        ([data("R-1", [], do("gift", "X*0"))], "rules[0].then[0].value", "rule_value_form"),
        ([data("R-1", [], do("priority"))], "rules[0].then[0].value", "rule_value_missing"),
        ([data("R 1", [], do("stop"))], "rules[0].key", "rule_key"),
        ([data("R-1", [], do("stop"), colour="red")], "rules[0].colour", "rule_unknown_name"),
        ([data("R-1", [], do("stop"), is_on="yes")], "rules[0].is_on", "rule_form"),
        ([data("R-1", [{"when": [{"when": []}]}], do("stop"))], "rules[0].when[0].when[0].when", "rule_too_deep"),
        ({}, "rules", "rule_form"),
        (["R-1"], "rules[0]", "rule_form"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_where_it_stands(wrong: Any, field: str, problem: str):
    with pytest.raises(BrokenRule) as refused:
        read_rules(wrong)
    assert (refused.value.field, refused.value.problem) == (field, problem)


def test_a_mistake_in_an_expression_names_its_condition():
    wrong = {"kind": "expression", "is": "holds_true", "values": ["paid_fen >"]}
    with pytest.raises(BrokenRule) as refused:
        rules(data("R-1", [], do("stop")), data("R-2", [wrong], do("stop")))
    assert (refused.value.field, refused.value.problem) == ("rules[1].when[0].values", "rule_expression")


def test_a_rule_set_knows_which_facts_it_looks_at():
    given = rules(
        data("R-1", [weighs_at_least("1")], do("stop")), data("R-2", [remark_has("x")], do("stop"), is_on=False)
    )
    assert RuleSet(1, given).needs == {"weight_grams"}


def test_a_gift_has_pieces_and_the_roles_are_those_of_the_hub():
    assert (gift("GIFT-1*2"), gift("GIFT-1")) == (("GIFT-1", 2), ("GIFT-1", 1))
    assert set(ROLES) == set(Role)
