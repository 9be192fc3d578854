"""What is a rule, and how is it written down? The same plain data in the database, in YAML and on the screen.

::

    key: R-001
    name: 加急词打标
    is_on: true
    match: all
    when:
      - {kind: buyer_remark, is: contains_any, values: [急发, 加急]}
      - match: any
        when: [{kind: channel, is: any_of, values: [jd]}]
    then:
      - {kind: tag, value: 加急}
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from orderhub.domain.rules import actions, conditions
from orderhub.domain.rules.actions import Action
from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.rules.conditions import Condition
from orderhub.domain.rules.question import question
from orderhub.domain.rules.words import ActionKind, ConditionKind, Match, Operator
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import clean_text

MOST_RULES = 200
MOST_PARTS = 50
_KEY = re.compile(r"[A-Za-z0-9_-]{1,32}")

W = TypeVar("W", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Group:
    """``parts`` are conditions or, one level down, groups; a group without parts always holds."""

    match: Match
    parts: tuple["Condition | Group", ...]


@dataclass(frozen=True, slots=True)
class Rule:
    key: str
    name: str
    when: Group
    then: tuple[Action, ...]
    is_on: bool = True


def conditions_of(group: Group) -> Iterator[Condition]:
    for part in group.parts:
        if isinstance(part, Group):
            yield from conditions_of(part)
        else:
            yield part


def rules_data(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    return [_rule_data(rule) for rule in rules]


def read_rules(data: object) -> tuple[Rule, ...]:
    """
    Raises:
        BrokenRule: with the path of what cannot be read, e.g. ``rules[2].when[0].values``.
    """
    if not isinstance(data, list):
        raise BrokenRule("a list of rules is wanted", "rules", "rule_form")
    if len(data) > MOST_RULES:
        raise BrokenRule(f"{len(data)} rules, at most {MOST_RULES}", "rules", "rule_too_many")
    rules, keys = [], set()
    for place, one in enumerate(data):
        try:
            rule = _read_rule(one)
            if rule.key in keys:
                raise BrokenRule(f"the key {rule.key} is there twice", "key", "rule_key_twice")
        except BrokenRule as error:
            raise error.within(f"rules[{place}]") from error
        rules.append(rule)
        keys.add(rule.key)
    return tuple(rules)


def free_key(keys: Iterable[str]) -> str:
    """The next ``R-007`` that no rule has."""
    numbers = [int(found[1]) for key in keys if (found := re.fullmatch(r"R-(\d{1,6})", key))]
    return f"R-{max(numbers, default=0) + 1:03d}"


def _rule_data(rule: Rule) -> dict[str, Any]:
    return {
        "key": rule.key,
        "name": rule.name,
        "is_on": rule.is_on,
        **_group_data(rule.when),
        "then": [action_data(action) for action in rule.then],
    }


def _group_data(group: Group) -> dict[str, Any]:
    parts = [_group_data(part) if isinstance(part, Group) else condition_data(part) for part in group.parts]
    return {"match": str(group.match), "when": parts}


def condition_data(condition: Condition) -> dict[str, Any]:
    said = {"kind": str(condition.kind), "is": str(condition.operator)}
    return said | ({"values": list(condition.values)} if condition.values else {})


def action_data(action: Action) -> dict[str, Any]:
    said = {"kind": str(action.kind), "value": action.value, "note": action.note}
    return {name: value for name, value in said.items() if value}


def _read_rule(data: object) -> Rule:
    given = _mapping(data, {"key", "name", "is_on", "match", "when", "then"})
    key = _text(given, "key")
    if not _KEY.fullmatch(key):
        raise BrokenRule(f"{key!r} is not a key: letters, digits, - and _", "key", "rule_key")
    name = _cleaned(_text(given, "name"), 60, "name")
    if not name:
        raise BrokenRule("a rule needs a name", "name", "rule_name")
    is_on = given.get("is_on", True)
    if not isinstance(is_on, bool):
        raise BrokenRule(f"{is_on!r} is neither true nor false", "is_on", "rule_form")
    when = _read_group(given, depth=0)
    then = tuple(_read_each(given, "then", _read_action))
    if not then:
        raise BrokenRule("a rule needs an action", "then", "rule_no_action")
    return Rule(key, name, when, then, is_on)


def _read_group(given: Mapping[str, Any], *, depth: int) -> Group:
    def read(part: object) -> Condition | Group:
        if isinstance(part, Mapping) and "when" in part:
            if depth:
                raise BrokenRule("a group stands within a group within a rule", "when", "rule_too_deep")
            return _read_group(_mapping(part, {"match", "when"}), depth=depth + 1)
        return _read_condition(part)

    match = _word(given, "match", Match) if "match" in given else Match.ALL
    return Group(match, tuple(_read_each(given, "when", read)))


def _read_condition(data: object) -> Condition:
    given = _mapping(data, {"kind", "is", "values"})
    values = given.get("values", [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BrokenRule("values are a list of texts", "values", "rule_form")
    cleaned = tuple(_cleaned(value, conditions.LONGEST_VALUE, "values") for value in values)
    condition = Condition(_word(given, "kind", ConditionKind), _word(given, "is", Operator), cleaned)
    question(condition)
    return condition


def _read_action(data: object) -> Action:
    given = _mapping(data, {"kind", "value", "note"})
    value = _cleaned(_text(given, "value"), actions.LONGEST_NOTE, "value")
    note = _cleaned(_text(given, "note"), actions.LONGEST_NOTE, "note")
    action = Action(_word(given, "kind", ActionKind), value, note)
    actions.check(action)
    return action


def _read_each(given: Mapping[str, Any], name: str, read: Any) -> list[Any]:
    parts = given.get(name, [])
    if not isinstance(parts, list):
        raise BrokenRule(f"{name} is a list", name, "rule_form")
    if len(parts) > MOST_PARTS:
        raise BrokenRule(f"{name} has {len(parts)} parts, at most {MOST_PARTS}", name, "rule_too_many")
    made = []
    for place, part in enumerate(parts):
        try:
            made.append(read(part))
        except BrokenRule as error:
            raise error.within(f"{name}[{place}]") from error
    return made


def _mapping(data: object, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise BrokenRule("names and values are wanted here", "", "rule_form")
    for name in data:
        if name not in known:
            raise BrokenRule(f"{name!r} is not known here: {', '.join(sorted(known))}", str(name), "rule_unknown_name")
    return data


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise BrokenRule(f"{name} is a text", name, "rule_form")
    return value


def _word(given: Mapping[str, Any], name: str, words: type[W]) -> W:
    value = given.get(name, "")
    try:
        return words(value)
    except ValueError as error:
        raise BrokenRule(f"{value!r} is none of {', '.join(words)}", name, "rule_unknown_word") from error


def _cleaned(text: str, most: int, field: str) -> str:
    try:
        return clean_text(text, most=most, field=field)
    except BadInput as error:
        raise BrokenRule(str(error), field, error.problem) from error
