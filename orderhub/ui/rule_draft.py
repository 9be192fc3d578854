"""How is a rule changed step by step while somebody writes it? On plain data, as in domain/rules/rule.py.

``path`` names a part of the conditions: ``2`` the third, ``2.0`` the first of the group there, empty the rule itself.
A path or place that leads nowhere raises ``LookupError`` or ``ValueError``: the page asks for none of these.
"""

import re
from collections.abc import Sequence
from typing import Any

from orderhub.domain.rules.actions import CHOICES as ACTION_CHOICES
from orderhub.domain.rules.actions import LONGEST_NOTE, WITHOUT_VALUE
from orderhub.domain.rules.conditions import KINDS, LONGEST_VALUE, Value
from orderhub.domain.rules.rule import MOST_PARTS
from orderhub.domain.rules.words import ActionKind, ConditionKind, Match, Operator

Data = dict[str, Any]

_BETWEEN_WORDS = re.compile(r"[、，,;；\n]+")
JOINT = "、"


def new_rule(key: str, name: str) -> Data:
    return {"key": key, "name": name, "is_on": True, "match": "all", "when": [new_condition()], "then": [new_action()]}


def new_condition() -> Data:
    return {"kind": str(ConditionKind.BUYER_REMARK), "is": str(Operator.CONTAINS_ANY), "values": []}


def new_action() -> Data:
    return {"kind": str(ActionKind.TAG), "value": ""}


def part_at(rule: Data, path: str) -> Data:
    part = rule
    for step in path.split(".") if path else ():
        part = part["when"][_place(step)]
    return part


def add_condition(rule: Data, path: str) -> None:
    _append(part_at(rule, path)["when"], new_condition())


def add_group(rule: Data) -> None:
    _append(rule["when"], {"match": str(Match.ANY), "when": [new_condition()]})


def remove_part(rule: Data, path: str) -> None:
    around, _, last = path.rpartition(".")
    del part_at(rule, around)["when"][_place(last)]


def set_match(rule: Data, path: str, match: Match) -> None:
    part_at(rule, path)["match"] = str(match)


def set_kind(rule: Data, path: str, kind: ConditionKind) -> None:
    """Another kind asks for other values; the comparison stays where the new kind knows it."""
    part, about = _condition(rule, path), KINDS[kind]
    known = [str(operator) for operator in about.operators]
    is_alike = KINDS[ConditionKind(part["kind"])].value is about.value and not about.choices
    part.update(kind=str(kind), values=part.get("values", []) if is_alike else [])
    part["is"] = part["is"] if part["is"] in known else known[0]


def set_operator(rule: Data, path: str, operator: Operator) -> None:
    part = _condition(rule, path)
    if operator not in KINDS[ConditionKind(part["kind"])].operators:
        raise ValueError(operator)
    part["is"] = str(operator)


def set_words(rule: Data, path: str, text: str) -> None:
    """Words, a number, an amount or an expression, as typed."""
    part = _condition(rule, path)
    if text == shown_values(part):
        return
    is_list = KINDS[ConditionKind(part["kind"])].value is Value.WORDS
    words = _BETWEEN_WORDS.split(text) if is_list else [text]
    part["values"] = [word.strip()[:LONGEST_VALUE] for word in words if word.strip()][:MOST_PARTS]


def set_bound(rule: Data, path: str, place: int, text: str) -> None:
    """One of the two values of ``between``."""
    part = _condition(rule, path)
    values = [*part.get("values", []), "", ""][:2]
    values[place] = text.strip()[:LONGEST_VALUE]
    part["values"] = values


def toggle(rule: Data, path: str, choice: str) -> None:
    part = _condition(rule, path)
    choices = KINDS[ConditionKind(part["kind"])].choices
    chosen = set(part.get("values", [])) ^ {choice}
    part["values"] = [str(one) for one in choices if one in chosen]


def add_action(rule: Data) -> None:
    _append(rule["then"], new_action())


def remove_action(rule: Data, place: int) -> None:
    del rule["then"][_place(str(place))]


def set_action_kind(rule: Data, place: int, kind: ActionKind) -> None:
    first = next(iter(ACTION_CHOICES.get(kind, ())), "")
    rule["then"][_place(str(place))] = {"kind": str(kind)} | ({} if kind in WITHOUT_VALUE else {"value": str(first)})


def set_action_value(rule: Data, place: int, text: str) -> None:
    rule["then"][_place(str(place))]["value"] = text.strip()[:LONGEST_NOTE]


def set_action_note(rule: Data, place: int, text: str) -> None:
    rule["then"][_place(str(place))]["note"] = text.strip()[:LONGEST_NOTE]


def moved(rules: Sequence[Data], key: str, step: int) -> list[Data]:
    """The rule with ``key`` one place up (−1) or down (1); at an end it stays."""
    order = list(rules)
    place = next(place for place, rule in enumerate(order) if rule["key"] == key)
    target = place + (1 if step > 0 else -1)
    if 0 <= target < len(order):
        order[place], order[target] = order[target], order[place]
    return order


def shown_values(part: Data) -> str:
    return JOINT.join(part.get("values", []))


def _condition(rule: Data, path: str) -> Data:
    part = part_at(rule, path)
    if "when" in part:
        raise ValueError(path)
    return part


def _append(parts: list[Data], part: Data) -> None:
    if len(parts) >= MOST_PARTS:
        raise ValueError("full")
    parts.append(part)


def _place(step: str) -> int:
    """Never from behind: ``-1`` leads nowhere."""
    if not step.isdigit():
        raise ValueError(step)
    return int(step)
