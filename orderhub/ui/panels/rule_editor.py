"""One rule to read and to write: when, then, and what it comes to in a sentence. Native controls throughout."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.rules.facts import TYPES
from orderhub.domain.rules.words import ActionKind, ConditionKind, Match, Operator
from orderhub.ui.components.controls import icon_button, may
from orderhub.ui.components.marks import icon, void
from orderhub.ui.rule_view import ActionView, ChoiceView, PartView
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.state.rule import Rules
from orderhub.ui.text import choice_label, label, t
from orderhub.ui.words import LABELS

_PICTURES = {
    ActionKind.TAG: "tag",
    ActionKind.HOLD: "pause",
    ActionKind.PRIORITY: "zap",
    ActionKind.WAREHOUSE: "store",
    ActionKind.CARRIER: "truck",
    ActionKind.GIFT: "package",
    ActionKind.NOTE: "msg",
    ActionKind.NOTIFY: "message",
    ActionKind.RAISE: "triangle-alert",
    ActionKind.APPROVE: "check",
    ActionKind.SAMPLE: "eye",
    ActionKind.STOP: "x",
}


def rule_editor() -> rx.Component:
    rule = Rules.chosen
    return rx.cond(
        rule.key != "",
        rx.el.div(_name(), _when(), _then(), _reads(), class_name="rbody"),
        void("sliders", "rules_none", "rules_none_hint", _add_rule()),
    )


def may_write() -> rx.Var[bool]:
    return may(Permission.RULE_CHANGE)


def _add_rule() -> rx.Component:
    button = rx.el.button(
        icon("plus", "s"), t("rule_new"), type="button", class_name="btn pri", on_click=Rules.add_rule
    )
    return rx.cond(may_write(), button)


def _name() -> rx.Component:
    rule = Rules.chosen
    return rx.el.div(
        rx.el.label(t("rule_name"), html_for="rule-name", class_name="vh"),
        rx.el.input(
            id="rule-name",
            key=rule.key + rule.name,
            default_value=rule.name,
            max_length=60,
            class_name="in rname",
            disabled=~may_write(),
            on_blur=Rules.rename,
        ),
        rx.el.span(rule.key, class_name="m3"),
        rx.el.span(t("rule_hits", n=rule.hits), class_name="f12 m3 hide-phone"),
        rx.el.span(class_name="sp"),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                class_name="cb",
                checked=rule.is_on,
                disabled=~may_write(),
                on_change=lambda _on: Rules.switch(rule.key),
            ),
            t("rule_is_on"),
            class_name="row tight",
        ),
        rx.cond(
            may_write(),
            rx.fragment(
                icon_button("up", t("rule_up"), on_click=Rules.move(rule.key, -1)),
                icon_button("down", t("rule_down"), on_click=Rules.move(rule.key, 1)),
                icon_button("x", t("rule_remove"), on_click=Rules.remove_rule(rule.key)),
            ),
        ),
        class_name="row rhead",
    )


def _when() -> rx.Component:
    rule = Rules.chosen
    return rx.el.section(
        rx.el.div(
            rx.el.span(t("rule_when"), class_name="kw"),
            _match(rule.match, ""),
            class_name="row bh",
        ),
        rx.cond(
            rule.parts.length() > 0,
            rx.fragment(rx.foreach(rule.parts, _part)),
            rx.el.p(t("rule_always"), class_name="m2 f12"),
        ),
        rx.cond(
            may_write(),
            rx.el.div(
                _add("rule_condition", Rules.add_condition("")),
                _add("rule_group", Rules.add_group),
                class_name="row tight",
            ),
        ),
        class_name="blk",
        aria_label=t("rule_when"),
    )


def _then() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.span(t("rule_then"), class_name="kw"),
            rx.el.span(t("rule_in_order"), class_name="f12 m3"),
            class_name="row bh",
        ),
        rx.foreach(Rules.chosen.actions, _action),
        rx.cond(may_write(), rx.el.div(_add("rule_action", Rules.add_action), class_name="row tight")),
        class_name="blk",
        aria_label=t("rule_then"),
    )


def _reads() -> rx.Component:
    rule = Rules.chosen
    problem = rx.match(
        rule.problem,
        *[(code, t(f"problem_{code}")) for code in _PROBLEMS],
        t("problem_rule_form"),
    )
    return rx.el.div(
        rx.el.div(
            rx.el.span(t("rule_reads"), class_name="b nw"),
            rx.el.span(rx.cond(Preferences.lang == "en", rule.says_en, rule.says_zh), class_name="m2"),
            class_name="reads",
        ),
        rx.cond(
            rule.problem != "",
            rx.el.div(icon("triangle-alert", "s"), problem, class_name="note amber", role="status"),
        ),
        class_name="rsays",
    )


_PROBLEMS = (
    "rule_name",
    "rule_no_action",
    "rule_operator",
    "rule_value_missing",
    "rule_value_unknown",
    "rule_value_long",
    "rule_value_number",
    "rule_value_money",
    "rule_value_clock",
    "rule_value_form",
    "rule_expression",
    "rule_expression_bool",
    "rule_expression_slow",
    "rule_too_many",
)


def _add(name: str, event: Any) -> rx.Component:
    return rx.el.button(icon("plus", "s"), t(name), type="button", class_name="btn ghost", on_click=event)


def _match(match: rx.Var[str], path: rx.Var[str] | str) -> rx.Component:
    """Two buttons of which one is pressed."""
    return rx.el.div(
        *[
            rx.el.button(
                _named(Match, word),
                type="button",
                class_name=rx.cond(match == str(word), "on", ""),
                custom_attrs={"aria-pressed": rx.cond(match == str(word), "true", "false")},
                disabled=~may_write(),
                on_click=Rules.set_match(path, str(word)),
            )
            for word in Match
        ],
        class_name="seg",
        role="group",
    )


def _part(part: rx.Var[PartView]) -> rx.Component:
    return rx.cond(part.is_group, _group(part), _condition(part))


def _group(part: rx.Var[PartView]) -> rx.Component:
    return rx.el.div(
        _match(part.match, part.path),
        rx.el.span(class_name="sp"),
        rx.cond(
            may_write(),
            rx.fragment(
                _add("rule_condition", Rules.add_condition(part.path)),
                _remove(Rules.remove_part(part.path)),
            ),
        ),
        class_name="row grp",
        key=part.id,
    )


def _condition(part: rx.Var[PartView]) -> rx.Component:
    kinds = [rx.el.option(_named(ConditionKind, kind), value=str(kind)) for kind in ConditionKind]
    operators = rx.foreach(part.operators, lambda word: rx.el.option(label(Operator, word), value=word))
    return rx.el.div(
        rx.el.select(
            *kinds,
            default_value=part.kind,
            key=part.id,
            on_change=lambda kind: Rules.set_kind(part.path, kind),
            class_name="in kind",
            aria_label=t("rule_condition"),
            disabled=~may_write(),
        ),
        rx.el.select(
            operators,
            default_value=part.operator,
            key=part.id + part.kind,
            on_change=lambda word: Rules.set_operator(part.path, word),
            class_name="in oper",
            aria_label=t("rule_operator"),
            disabled=~may_write(),
        ),
        _values(part),
        rx.cond(may_write(), _remove(Rules.remove_part(part.path))),
        class_name=rx.cond(
            part.is_inner,
            rx.cond(part.is_wrong, "cd inner wrong", "cd inner"),
            rx.cond(part.is_wrong, "cd wrong", "cd"),
        ),
        key=part.id,
    )


def _values(part: rx.Var[PartView]) -> rx.Component:
    return rx.match(
        part.shape,
        ("none", rx.el.span(class_name="vv")),
        ("choice", _choices(part)),
        ("clocks", _two(part, "time")),
        ("between", _two(part, "text")),
        ("expression", _one(part, t("rule_expression_hint"), "in vv mono")),
        ("number", _one(part, "", "in vv")),
        ("money", _one(part, "¥", "in vv")),
        _one(part, t("rule_values_hint"), "in vv"),
    )


def _one(part: rx.Var[PartView], hint: rx.Var[str] | str, kind: str) -> rx.Component:
    return _field(
        part.text,
        lambda text: Rules.set_words(part.path, text),
        key=part.id + part.kind + part.operator + part.text,
        class_name=kind,
        placeholder=hint,
        aria_label=t("rule_value"),
    )


def _two(part: rx.Var[PartView], kind: str) -> rx.Component:
    return rx.el.span(
        _field(
            part.first,
            lambda text: Rules.set_bound(part.path, 0, text),
            key=part.id + "a" + part.first,
            type=kind,
            class_name="in",
            aria_label=t("rule_from"),
        ),
        "–",
        _field(
            part.second,
            lambda text: Rules.set_bound(part.path, 1, text),
            key=part.id + "b" + part.second,
            type=kind,
            class_name="in",
            aria_label=t("rule_to"),
        ),
        class_name="row vv",
    )


def _choices(part: rx.Var[PartView]) -> rx.Component:
    def one(choice: rx.Var[ChoiceView]) -> rx.Component:
        return rx.el.button(
            rx.cond(choice.is_on, icon("check", "xs")),
            choice_label(choice.value),
            type="button",
            class_name=rx.cond(choice.is_on, "tag acc", "tag"),
            custom_attrs={"aria-pressed": rx.cond(choice.is_on, "true", "false")},
            disabled=~may_write(),
            on_click=Rules.toggle(part.path, choice.value),
            key=choice.value,
        )

    return rx.el.span(rx.foreach(part.choices, one), class_name="vv picks", role="group", aria_label=t("rule_value"))


def _action(action: rx.Var[ActionView]) -> rx.Component:
    picture = rx.match(
        action.kind, *[(str(kind), icon(name, "s")) for kind, name in _PICTURES.items()], icon("zap", "s")
    )
    value = rx.cond(
        action.choices.length() > 0,
        rx.el.select(
            rx.foreach(action.choices, lambda word: rx.el.option(choice_label(word), value=word)),
            default_value=action.value,
            key=action.id + action.kind,
            on_change=lambda word: Rules.set_action_value(action.place, word),
            class_name="in vv",
            aria_label=t("rule_value"),
            disabled=~may_write(),
        ),
        _field(
            action.value,
            lambda text: Rules.set_action_value(action.place, text),
            key=action.id + action.kind + action.value,
            class_name="in vv",
            placeholder=rx.match(
                action.kind, ("gift", t("rule_gift_hint")), ("raise", t("rule_raise_hint")), ("sample", "100"), ""
            ),
            aria_label=t("rule_value"),
        ),
    )
    note = _field(
        action.note,
        lambda text: Rules.set_action_note(action.place, text),
        key=action.id + action.kind + "n" + action.note,
        class_name="in vv",
        placeholder=t("rule_note"),
        aria_label=t("rule_note"),
    )
    return rx.el.div(
        rx.el.span(picture, class_name="acc"),
        rx.el.select(
            *[rx.el.option(_named(ActionKind, kind), value=str(kind)) for kind in ActionKind],
            default_value=action.kind,
            key=action.id,
            on_change=lambda kind: Rules.set_action_kind(action.place, kind),
            class_name="in kind",
            aria_label=t("rule_action"),
            disabled=~may_write(),
        ),
        rx.cond(action.has_value, value, rx.el.span(class_name="vv")),
        rx.cond(action.has_note, note),
        rx.cond(may_write(), _remove(Rules.remove_action(action.place))),
        class_name=rx.cond(action.is_wrong, "cd wrong", "cd"),
        key=action.id,
    )


def _field(value: rx.Var[str], changed: Callable[[rx.Var[str]], Any], **props: Any) -> rx.Component:
    """What is typed is sent when the field is left; another value from the hub makes another field."""
    return rx.el.input(
        default_value=value, on_blur=changed, max_length=500, disabled=~may_write(), auto_complete="off", **props
    )


def _remove(event: Any) -> rx.Component:
    return icon_button("x", t("rule_part_remove"), on_click=event)


def _named(words: type, word: Any) -> rx.Var[str]:
    chinese, english = LABELS[words][word]
    return rx.cond(Preferences.lang == "en", english, chinese).to(str)


def facts_list() -> rx.Component:
    """The names an expression may use."""
    return rx.el.details(
        rx.el.summary(t("rule_facts"), class_name="f12 m2"),
        rx.el.p(" · ".join(TYPES), class_name="mono m2 facts"),
    )
