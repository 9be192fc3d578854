"""Does one condition hold for these facts? Compiled once per condition, answered once per value."""

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache

import rule_engine
from rule_engine.errors import EngineError

from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.rules.conditions import Condition, expression
from orderhub.domain.rules.facts import TYPE_RESOLVER, Facts

# Most conditions look at few facts with few values; the answers for these are kept.
_KEPT_ANSWERS = 4096
_KEPT_QUESTIONS = 2048
_FACT_NAMES = tuple(field.name for field in fields(Facts))


class Question:
    """A condition ready to be asked: compiled once, answered from ``facts`` by value.

    Raises:
        BrokenRule: the expression has a mistake or does not go with the facts.
    """

    def __init__(self, condition: Condition) -> None:
        self.text = expression(condition)
        context = rule_engine.Context(type_resolver=TYPE_RESOLVER, resolver=rule_engine.resolve_item)
        try:
            self._compiled = rule_engine.Rule(self.text, context=context)
        except EngineError as error:
            raise BrokenRule(f"{self.text}: {error}", "values", "rule_expression") from error
        result = self._compiled.statement.expression.result_type
        if result != rule_engine.DataType.BOOLEAN:
            raise BrokenRule(f"{self.text}: answers neither yes nor no", "values", "rule_expression_bool")
        self.facts = tuple(name for name in _FACT_NAMES if name in context.symbols)
        self._remembered = lru_cache(_KEPT_ANSWERS)(self._ask)

    def answer(self, facts: Mapping[str, object]) -> bool | None:
        """None: a fact it looks at is not known."""
        values = [facts[name] for name in self.facts]
        return None if None in values else self._remembered(*values)

    def unknown(self, facts: Mapping[str, object]) -> tuple[str, ...]:
        return tuple(name for name in self.facts if facts[name] is None)

    def _ask(self, *values: object) -> bool:
        try:
            return bool(self._compiled.evaluate(dict(zip(self.facts, values, strict=True))))
        except (EngineError, ArithmeticError):  # a division by zero: the condition does not hold
            return False


@lru_cache(_KEPT_QUESTIONS)
def question(condition: Condition) -> Question:
    """The same question for every rule and version that asks it. Raises: BrokenRule."""
    return Question(condition)
