"""What can a rule ask of an order, and which expression is each question?

A condition is data (kind, operator, values as text). ``expression`` makes it one rule-engine expression over ``Facts``,
so every kind, those a person writes included, is typed and checked by one engine before a rule is kept.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orderhub.domain.hold import HoldReason
from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.rules.words import ConditionKind, Operator, Stock
from orderhub.domain.words import Channel
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import parse_yuan

MOST_VALUES = 200
LONGEST_VALUE = 500

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,2})?", re.ASCII)
_BETWEEN_WORDS = r"\s，。！？、；：,.!?;:~～…()（）\-"

_ENGINES_OWN = re.compile(r"\$[A-Za-z_]")
_MATCHING = re.compile(r"[=!]~")
_PATTERN = re.compile(r"""[=!]~~?\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_REPEAT = re.compile(r"[*+{]")
_MOST_REPEATS = 2

Asked = Callable[[str, Sequence[str]], str]


class Value(StrEnum):
    """What the values of a kind are: how a screen asks for them."""

    WORDS = "words"
    CHOICE = "choice"
    NUMBER = "number"
    MONEY = "money"
    CLOCK = "clock"
    EXPRESSION = "expression"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Condition:
    kind: ConditionKind
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """``fact`` is the name it looks at, ``choices`` the only values there are (empty: any)."""

    fact: str
    value: Value
    operators: Mapping[Operator, Asked]
    choices: tuple[str, ...] = ()


def literal(text: str) -> str:
    """``text`` as the engine writes a string; nothing in it can end the string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'


def _any(parts: Sequence[str]) -> str:
    return " or ".join(parts)


def _equal(fact: str, values: Sequence[str]) -> str:
    return _any([f"{fact} == {literal(value)}" for value in values])


def _among(fact: str, values: Sequence[str]) -> str:
    return _any([f"{literal(f'|{value}|')} in {fact}" for value in values])


def _within(fact: str, values: Sequence[str]) -> str:
    return _any([f"{literal(value.casefold())} in {fact}" for value in values])


def _not(asked: Asked) -> Asked:
    return lambda fact, values: f"not ({asked(fact, values)})"


def _only_words(fact: str, values: Sequence[str]) -> str:
    """Longest first, and never taken back: a buyer's remark of a thousand 谢 must not keep the engine trying."""
    words = "|".join(re.escape(value.casefold()) for value in sorted(values, key=len, reverse=True))
    return f"{fact} != {literal('')} and {fact} =~ {literal(f'^(?:{words}|[{_BETWEEN_WORDS}])*+$')}"


def _number(operator: str) -> Asked:
    return lambda fact, values: f"{fact} {operator} {values[0]}"


def _between(fact: str, values: Sequence[str]) -> str:
    return f"{fact} >= {values[0]} and {fact} <= {values[1]}"


def _clock_between(fact: str, values: Sequence[str]) -> str:
    """From the first moment up to, but not including, the second; over midnight where that is the earlier one."""
    start, end = (_minute(value) for value in values)
    joined = "and" if start < end else "or"
    return f"{fact} >= {start} {joined} {fact} < {end}"


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


_ONE_WORD: dict[Operator, Asked] = {Operator.ANY_OF: _equal, Operator.NONE_OF: _not(_equal)}
_LISTED: dict[Operator, Asked] = {
    Operator.ANY_OF: _among,
    Operator.NONE_OF: _not(_among),
    Operator.IS_EMPTY: lambda fact, _: f'{fact} == "|"',
    Operator.IS_SET: lambda fact, _: f'{fact} != "|"',
}
_TEXT: dict[Operator, Asked] = {
    Operator.CONTAINS_ANY: _within,
    Operator.CONTAINS_ALL: lambda fact, values: " and ".join(_within(fact, [value]) for value in values),
    Operator.CONTAINS_NONE: _not(_within),
    Operator.ONLY_WORDS: _only_words,
    Operator.IS_EMPTY: lambda fact, _: f'{fact} == ""',
    Operator.IS_SET: lambda fact, _: f'{fact} != ""',
}
_SIZE: dict[Operator, Asked] = {
    Operator.AT_LEAST: _number(">="),
    Operator.AT_MOST: _number("<="),
    Operator.EQUALS: _number("=="),
    Operator.BETWEEN: _between,
}
_YES_OR_NO: dict[Operator, Asked] = {
    Operator.IS_TRUE: lambda fact, _: fact,
    Operator.IS_FALSE: lambda fact, _: f"not {fact}",
}
_SKU: dict[Operator, Asked] = {
    Operator.ANY_OF: _among,
    Operator.NONE_OF: _not(_among),
    Operator.STARTS_WITH: lambda fact, values: _any([f"{literal(f'|{value}')} in {fact}" for value in values]),
}

KINDS: dict[ConditionKind, Kind] = {
    ConditionKind.CHANNEL: Kind("channel", Value.CHOICE, _ONE_WORD, tuple(Channel)),
    ConditionKind.SHOP: Kind("shop", Value.WORDS, _ONE_WORD),
    ConditionKind.SKU: Kind("skus", Value.WORDS, _SKU),
    ConditionKind.SKU_MATCHED: Kind(
        "has_unmatched_sku",
        Value.NONE,
        {Operator.IS_TRUE: _YES_OR_NO[Operator.IS_FALSE], Operator.IS_FALSE: _YES_OR_NO[Operator.IS_TRUE]},
    ),
    ConditionKind.TITLE: Kind("titles", Value.WORDS, _TEXT),
    ConditionKind.QUANTITY: Kind("pieces", Value.NUMBER, _SIZE),
    ConditionKind.LINE_COUNT: Kind("lines", Value.NUMBER, _SIZE),
    ConditionKind.AMOUNT: Kind("total_fen", Value.MONEY, _SIZE),
    ConditionKind.PAID_AMOUNT: Kind("paid_fen", Value.MONEY, _SIZE),
    ConditionKind.DISCOUNT: Kind("discount_fen", Value.MONEY, _SIZE),
    ConditionKind.BUYER_REMARK: Kind("remark", Value.WORDS, _TEXT),
    ConditionKind.MEMO: Kind("memo", Value.WORDS, _TEXT),
    ConditionKind.FLAG: Kind("flag", Value.WORDS, _TEXT),
    ConditionKind.REGION: Kind("region", Value.WORDS, _TEXT),
    ConditionKind.WEIGHT: Kind("weight_grams", Value.NUMBER, _SIZE),
    ConditionKind.TIME_OF_DAY: Kind("placed_minute", Value.CLOCK, {Operator.BETWEEN: _clock_between}),
    ConditionKind.WEEKDAY: Kind(
        "weekday",
        Value.CHOICE,
        {
            Operator.ANY_OF: lambda fact, values: _any([f"{fact} == {value}" for value in values]),
            Operator.NONE_OF: lambda fact, values: " and ".join(f"{fact} != {value}" for value in values),
        },
        tuple("1234567"),
    ),
    ConditionKind.BUYER_ORDERS: Kind("buyer_orders", Value.NUMBER, _SIZE),
    ConditionKind.BUYER_SPENT: Kind("buyer_spent_fen", Value.MONEY, _SIZE),
    ConditionKind.TAGS: Kind("tags", Value.WORDS, _LISTED),
    ConditionKind.HOLDS: Kind("holds", Value.CHOICE, _LISTED, tuple(HoldReason)),
    ConditionKind.STOCK: Kind("stock", Value.CHOICE, {Operator.ANY_OF: _equal}, tuple(Stock)),
    ConditionKind.PRESALE: Kind("is_presale", Value.NONE, _YES_OR_NO),
    ConditionKind.PROMISE: Kind("hours_left", Value.NUMBER, _SIZE),
    ConditionKind.EXPRESSION: Kind(
        "", Value.EXPRESSION, {Operator.HOLDS_TRUE: lambda _, values: values[0]}
    ),
}  # fmt: skip

_WITHOUT_VALUES = {Operator.IS_EMPTY, Operator.IS_SET, Operator.IS_TRUE, Operator.IS_FALSE}


def takes_values(condition: Condition) -> bool:
    return condition.operator not in _WITHOUT_VALUES


def expression(condition: Condition) -> str:
    """
    Raises:
        BrokenRule: the operator does not go with the kind, or a value cannot be read; ``field`` says which.
    """
    kind = KINDS[condition.kind]
    asked = kind.operators.get(condition.operator)
    if asked is None:
        known = ", ".join(kind.operators)
        raise BrokenRule(f"{condition.operator} does not go with {condition.kind}: {known}", "is", "rule_operator")
    return asked(kind.fact, _read_values(condition, kind))


def _read_values(condition: Condition, kind: Kind) -> list[str]:
    if not takes_values(condition):
        return []
    values = [value for value in condition.values if value]
    wanted = 2 if condition.operator is Operator.BETWEEN else 1
    if len(values) < wanted:
        raise BrokenRule(f"{condition.kind} needs {wanted} value(s)", "values", "rule_value_missing")
    if len(values) > MOST_VALUES or any(len(value) > LONGEST_VALUE for value in values):
        raise BrokenRule(f"{condition.kind} has too many or too long values", "values", "rule_value_long")
    return [_read_value(value, condition.kind, kind) for value in values]


def _read_value(value: str, name: ConditionKind, kind: Kind) -> str:
    if kind.choices and value not in kind.choices:
        raise BrokenRule(f"{name}: {value!r} is none of {', '.join(kind.choices)}", "values", "rule_value_unknown")
    if kind.value is Value.EXPRESSION:
        _check_expression(value)
    if kind.value is Value.NUMBER and not _NUMBER.fullmatch(value):
        raise BrokenRule(f"{name}: {value!r} is not a number", "values", "rule_value_number")
    if kind.value is Value.CLOCK and not _CLOCK.fullmatch(value):
        raise BrokenRule(f"{name}: {value!r} is not a time like 22:30", "values", "rule_value_clock")
    if kind.value is Value.MONEY:
        try:
            return str(parse_yuan(value))
        except BadInput as error:
            raise BrokenRule(f"{name}: {error}", "values", "rule_value_money") from error
    return value


def _check_expression(text: str) -> None:
    """What a person writes must depend on facts alone, and come to its end whatever a buyer has written."""
    if _ENGINES_OWN.search(text):
        # The engine's own names ($now, $random and others) would make a decision depend on more than its facts.
        raise BrokenRule(f"{text}: $ is not for rules", "values", "rule_expression")
    patterns = _PATTERN.findall(text)
    is_slow = any(_REPEATED_GROUP.search(one) or len(_REPEAT.findall(one)) > _MOST_REPEATS for one in patterns)
    if is_slow or len(patterns) != len(_MATCHING.findall(text)):
        raise BrokenRule(f"{text}: a pattern that may take too long", "values", "rule_expression_slow")
