"""Does every kind of condition ask what it says?"""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.rules.conditions import KINDS, Condition, expression
from orderhub.domain.rules.facts import TYPES, Facts
from orderhub.domain.rules.question import Question
from orderhub.domain.rules.words import ConditionKind, Operator

from .made import FACTS

K, Is = ConditionKind, Operator


def holds(kind: ConditionKind, operator: Operator, *values: str, **facts: Any) -> bool:
    question = Question(Condition(kind, operator, values))
    known = replace(FACTS, **facts)
    return question.answer({name: getattr(known, name) for name in TYPES}) is True


# kind, operator, values, facts under which it holds, facts under which it does not
CASES: list[tuple[ConditionKind, Operator, tuple[str, ...], dict[str, Any], dict[str, Any]]] = [
    (K.CHANNEL, Is.ANY_OF, ("taobao", "jd"), {"channel": "jd"}, {"channel": "douyin"}),
    (K.CHANNEL, Is.NONE_OF, ("taobao", "jd"), {"channel": "douyin"}, {"channel": "jd"}),
    (K.SHOP, Is.ANY_OF, ("dy-1",), {"shop": "dy-1"}, {"shop": "dy-11"}),
    (K.SKU, Is.ANY_OF, ("BOX-40L",), {"skus": "|A|BOX-40L|"}, {"skus": "|BOX-40L-2|"}),
    (K.SKU, Is.NONE_OF, ("BOX-40L",), {"skus": "|A|"}, {"skus": "|BOX-40L|"}),
    (K.SKU, Is.STARTS_WITH, ("BOX",), {"skus": "|A|BOX-40L|"}, {"skus": "|XBOX|"}),
    (K.SKU_MATCHED, Is.IS_TRUE, (), {"has_unmatched_sku": False}, {"has_unmatched_sku": True}),
    (K.SKU_MATCHED, Is.IS_FALSE, (), {"has_unmatched_sku": True}, {"has_unmatched_sku": False}),
    (K.TITLE, Is.CONTAINS_ANY, ("收纳", "Rack"), {"titles": "rack 3"}, {"titles": "杯子"}),
    (K.QUANTITY, Is.AT_LEAST, ("10",), {"pieces": 10}, {"pieces": 9}),
    (K.LINE_COUNT, Is.EQUALS, ("2",), {"lines": 2}, {"lines": 3}),
    (K.AMOUNT, Is.AT_MOST, ("500.00",), {"total_fen": 50000}, {"total_fen": 50001}),
    (K.AMOUNT, Is.BETWEEN, ("1", "2.5"), {"total_fen": 250}, {"total_fen": 251}),
    (K.PAID_AMOUNT, Is.EQUALS, ("0",), {"paid_fen": 0}, {"paid_fen": 1}),
    (K.DISCOUNT, Is.AT_LEAST, ("100",), {"discount_fen": 10000}, {"discount_fen": 9999}),
    (K.BUYER_REMARK, Is.CONTAINS_ANY, ("急发", "加急"), {"remark": "请急发"}, {"remark": "不急"}),
    (K.BUYER_REMARK, Is.CONTAINS_ALL, ("急", "发"), {"remark": "发货急"}, {"remark": "不急"}),
    (K.BUYER_REMARK, Is.CONTAINS_NONE, ("发票",), {"remark": ""}, {"remark": "要发票"}),
    (K.BUYER_REMARK, Is.ONLY_WORDS, ("谢谢", "好评"), {"remark": "谢谢，好评！"}, {"remark": "谢谢老板"}),
    (K.BUYER_REMARK, Is.ONLY_WORDS, ("谢谢",), {"remark": "谢谢"}, {"remark": ""}),
    (K.BUYER_REMARK, Is.IS_EMPTY, (), {"remark": ""}, {"remark": "a"}),
    (K.MEMO, Is.IS_SET, (), {"memo": "a"}, {"memo": ""}),
    (K.FLAG, Is.CONTAINS_ANY, ("red",), {"flag": "red"}, {"flag": "blue"}),
    (K.REGION, Is.CONTAINS_ANY, ("新疆", "西藏"), {"region": "新疆 某市"}, {"region": "广东 某市"}),
    (K.WEIGHT, Is.AT_LEAST, ("3000",), {"weight_grams": 3000}, {"weight_grams": 2999}),
    (K.TIME_OF_DAY, Is.BETWEEN, ("09:00", "18:00"), {"placed_minute": 540}, {"placed_minute": 1080}),
    (K.TIME_OF_DAY, Is.BETWEEN, ("22:00", "06:30"), {"placed_minute": 389}, {"placed_minute": 390}),
    (K.WEEKDAY, Is.ANY_OF, ("6", "7"), {"weekday": 7}, {"weekday": 5}),
    (K.WEEKDAY, Is.NONE_OF, ("6", "7"), {"weekday": 5}, {"weekday": 6}),
    (K.BUYER_ORDERS, Is.AT_LEAST, ("3",), {"buyer_orders": 3}, {"buyer_orders": 2}),
    (K.BUYER_SPENT, Is.AT_LEAST, ("1000",), {"buyer_spent_fen": 100000}, {"buyer_spent_fen": 99999}),
    (K.TAGS, Is.ANY_OF, ("大客户",), {"tags": "|大客户|直播|"}, {"tags": "|大客户群|"}),
    (K.TAGS, Is.IS_EMPTY, (), {"tags": "|"}, {"tags": "|直播|"}),
    (K.HOLDS, Is.IS_EMPTY, (), {"holds": "|"}, {"holds": "|risk|"}),
    (K.HOLDS, Is.NONE_OF, ("risk",), {"holds": "|manual|"}, {"holds": "|risk|"}),
    (K.STOCK, Is.ANY_OF, ("short",), {"stock": "short"}, {"stock": "enough"}),
    (K.PRESALE, Is.IS_TRUE, (), {"is_presale": True}, {"is_presale": False}),
    (K.PROMISE, Is.AT_MOST, ("24",), {"hours_left": 23.5}, {"hours_left": 24.5}),
    (
        K.EXPRESSION,
        Is.HOLDS_TRUE,
        ("paid_fen / pieces > 10000 and region =~ '^广东'",),
        {"paid_fen": 20002, "pieces": 2, "region": "广东 某市"},
        {"paid_fen": 20000, "pieces": 2, "region": "广东 某市"},
    ),
]


@pytest.mark.parametrize(("kind", "operator", "values", "yes", "no"), CASES, ids=lambda value: str(value)[:20])
def test_a_condition_holds_where_it_should_and_only_there(
    kind: ConditionKind, operator: Operator, values: tuple[str, ...], yes: dict[str, Any], no: dict[str, Any]
):
    assert holds(kind, operator, *values, **yes)
    assert not holds(kind, operator, *values, **no)


def test_every_kind_and_every_operator_of_it_compiles():
    assert {case[0] for case in CASES} == set(ConditionKind)
    for kind, about in KINDS.items():
        for operator in about.operators:
            value = (about.choices or ("12:00",) if about.value == "clock" else about.choices or ("12",))[0]
            asked = ("paid_fen > 1",) if kind is K.EXPRESSION else (value, "23:00" if about.value == "clock" else "13")
            assert Question(Condition(kind, operator, asked if not about.choices else asked[:1]))


def test_every_fact_has_a_type():
    assert {field.name for field in fields(Facts)} == set(TYPES)


@given(st.text(min_size=1, max_size=30).filter(str.strip), st.text(max_size=40))
def test_a_word_is_only_ever_a_word(word: str, remark: str):
    question = Question(Condition(K.BUYER_REMARK, Is.CONTAINS_ANY, (word,)))
    assert question.answer({"remark": remark.casefold()}) == (word.casefold() in remark.casefold())


@given(st.text(alphabet="\"\\'$.*+?()[]{}|^\n", min_size=1, max_size=12).filter(str.strip))
def test_only_these_words_takes_signs_of_expressions_as_signs(word: str):
    question = Question(Condition(K.BUYER_REMARK, Is.ONLY_WORDS, (word,)))
    assert question.answer({"remark": word})
    assert not question.answer({"remark": "甲" + word})


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        (Condition(K.CHANNEL, Is.AT_LEAST, ("1",)), "rule_operator"),
        (Condition(K.CHANNEL, Is.ANY_OF, ()), "rule_value_missing"),
        (Condition(K.CHANNEL, Is.ANY_OF, ("amazon",)), "rule_value_unknown"),
        (Condition(K.AMOUNT, Is.AT_LEAST, ("1e3",)), "rule_value_money"),
        (Condition(K.QUANTITY, Is.AT_LEAST, ("ten",)), "rule_value_number"),
        (Condition(K.QUANTITY, Is.BETWEEN, ("1",)), "rule_value_missing"),
        (Condition(K.TIME_OF_DAY, Is.BETWEEN, ("9:00", "24:00")), "rule_value_clock"),
        (Condition(K.TITLE, Is.CONTAINS_ANY, ("x" * 501,)), "rule_value_long"),
        (Condition(K.EXPRESSION, Is.HOLDS_TRUE, ("paid_fen >",)), "rule_expression"),
        (Condition(K.EXPRESSION, Is.HOLDS_TRUE, ("buyer_name == 'x'",)), "rule_expression"),
        (Condition(K.EXPRESSION, Is.HOLDS_TRUE, ("channel > 3",)), "rule_expression"),
        (Condition(K.EXPRESSION, Is.HOLDS_TRUE, ("paid_fen",)), "rule_expression_bool"),
        (Condition(K.EXPRESSION, Is.HOLDS_TRUE, ("remark =~ '(a+)+$'",)), "rule_expression_slow"),
        (Condition(K.EXPRESSION, Is.HOLDS_TRUE, ("remark =~~ 'a*b*c*d'",)), "rule_expression_slow"),
        (Condition(K.EXPRESSION, Is.HOLDS_TRUE, ("remark =~ memo",)), "rule_expression_slow"),
        (Condition(K.EXPRESSION, Is.HOLDS_TRUE, ("$now > d'2026-01-01'",)), "rule_expression"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_problem(condition: Condition, problem: str):
    with pytest.raises(BrokenRule) as refused:
        Question(condition)
    assert refused.value.problem == problem
    assert refused.value.field in ("is", "values")


def test_a_division_by_nothing_does_not_hold():
    assert not holds(K.EXPRESSION, Is.HOLDS_TRUE, "paid_fen / discount_fen > 1", paid_fen=5, discount_fen=0)
    assert expression(Condition(K.PRESALE, Is.IS_FALSE)) == "not is_presale"


@pytest.mark.timeout(10)
def test_no_remark_keeps_a_condition_busy():
    question = Question(Condition(K.BUYER_REMARK, Is.ONLY_WORDS, ("谢", "谢谢", "谢谢谢")))
    assert question.answer({"remark": "谢" * 1000}) is True
    assert question.answer({"remark": "谢" * 999 + "否"}) is False
