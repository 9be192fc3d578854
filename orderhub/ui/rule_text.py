"""How is a rule said in a sentence, in either language? For the page, the order's drawer and diffs."""

from collections.abc import Mapping
from typing import Any

from orderhub.domain.anomaly_kind import Severity
from orderhub.domain.rules.actions import ROLES
from orderhub.domain.rules.conditions import KINDS, Value
from orderhub.domain.rules.words import ActionKind, ConditionKind, Match, Operator
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import money_text, parse_yuan
from orderhub.ui.words import choice_text, label_text

_AND = {"zh": "，且", "en": " and "}
_OR = {"zh": "，或", "en": " or "}
_LIST = {"zh": "、", "en": ", "}
_STEP = {"zh": "；", "en": "; "}
_ALWAYS = {"zh": "每一单", "en": "Every order"}
_COLON = {"zh": "：", "en": ": "}
_BRACKET = {"zh": "（", "en": "("}
_OPEN, _CLOSE = {"zh": "（", "en": " ("}, {"zh": "）", "en": ")"}


def rule_text(lang: str, rule: Mapping[str, Any]) -> str:
    """``rule`` as data, whatever is still missing in it: it is read while it is written."""
    when = group_text(lang, rule) or _ALWAYS[lang]
    then = _STEP[lang].join(action_text(lang, action) for action in rule.get("then", []))
    return f"{when}{_COLON[lang]}{then or '…'}"


def group_text(lang: str, group: Mapping[str, Any]) -> str:
    joint = (_OR if group.get("match") == Match.ANY else _AND)[lang]
    return joint.join(_part_text(lang, part) for part in group.get("when", []))


def _part_text(lang: str, part: Mapping[str, Any]) -> str:
    if "when" in part:
        return f"{_BRACKET[lang]}{group_text(lang, part) or '…'}{_CLOSE[lang]}"
    return condition_text(lang, part)


def condition_text(lang: str, condition: Mapping[str, Any]) -> str:
    kind, operator = ConditionKind(condition["kind"]), Operator(condition["is"])
    values = [_value_text(lang, kind, value) for value in condition.get("values", [])]
    said = values[0] if kind is ConditionKind.EXPRESSION and values else _LIST[lang].join(values)
    if operator is Operator.BETWEEN and len(values) == 2:
        said = " – ".join(values)
    if kind is ConditionKind.EXPRESSION:
        return said or "…"
    space = " " if lang == "en" or said else ""
    return f"{label_text(lang, kind)}{' ' if lang == 'en' else ''}{label_text(lang, operator)}{space}{said}".strip()


def _value_text(lang: str, kind: ConditionKind, value: str) -> str:
    about = KINDS[kind]
    if about.value is Value.MONEY:
        try:
            return money_text(parse_yuan(value))
        except BadInput:
            return value
    return choice_text(lang, value) if about.choices else value


def action_text(lang: str, action: Mapping[str, Any]) -> str:
    kind, value, note = ActionKind(action["kind"]), action.get("value", ""), action.get("note", "")
    chosen = kind in (ActionKind.HOLD, ActionKind.PRIORITY, ActionKind.NOTIFY)
    if kind is ActionKind.RAISE:
        value = _raised_text(lang, value)
    said = f"{label_text(lang, kind)} {choice_text(lang, value) if chosen else value}".strip()
    return f"{said}{_OPEN[lang]}{note}{_CLOSE[lang]}" if note else said


def _raised_text(lang: str, value: str) -> str:
    """``等待过久|high|service|4`` in words; as it stands while it is still being written."""
    parts = value.split("|")
    if len(parts) != 4 or parts[1] not in set(Severity) or parts[2] not in ROLES:
        return value
    name, severity, role, hours = parts
    within = f"{hours} 小时内" if lang == "zh" else f"within {hours} h"
    words = (label_text(lang, Severity(severity)), choice_text(lang, role), within)
    return f"{name}{_OPEN[lang]}{_LIST[lang].join(words)}{_CLOSE[lang]}"
