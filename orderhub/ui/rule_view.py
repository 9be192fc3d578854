"""What does the page of rules show, as the browser gets it? The list, one rule to edit, the versions, a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from orderhub.domain.rules.actions import CHOICES as ACTION_CHOICES
from orderhub.domain.rules.actions import WITH_NOTE, WITHOUT_VALUE
from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.rules.conditions import KINDS, Value, takes_values
from orderhub.domain.rules.conditions import Condition as DomainCondition
from orderhub.domain.rules.decided import RuleHit
from orderhub.domain.rules.rule import Rule, read_rules, rules_data
from orderhub.domain.rules.versions import (
    SHIPPED,
    RuleVersion,
    VersionState,
    live_version,
    open_version,
    rules_of,
    versions,
)
from orderhub.domain.rules.words import ActionKind, ConditionKind, Operator
from orderhub.ui.board_rows import exact
from orderhub.ui.rule_draft import Data, shown_values
from orderhub.ui.rule_text import rule_text

_HIT_DAYS = timedelta(days=30)
_VERSIONS_SHOWN = 8


@dataclass
class ChoiceView:
    value: str
    is_on: bool


@dataclass
class PartView:
    """A condition, or the head of a group (its conditions follow with ``is_inner``); ``shape`` says how values look.

    ``id`` stays while only its own words change: a list that is worked by keyboard keeps what was chosen in it.
    """

    path: str
    id: str = ""
    is_group: bool = False
    is_inner: bool = False
    match: str = "all"
    kind: str = ""
    operator: str = ""
    operators: list[str] = field(default_factory=list)
    shape: str = ""
    text: str = ""
    first: str = ""
    second: str = ""
    choices: list[ChoiceView] = field(default_factory=list)
    is_wrong: bool = False


@dataclass
class ActionView:
    place: int
    id: str
    kind: str
    value: str
    note: str
    has_value: bool
    has_note: bool
    choices: list[str]
    is_wrong: bool


@dataclass
class RuleView:
    """``problem`` is the stable code of what is wrong in it, empty: nothing; ``says`` in Chinese and English."""

    key: str = ""
    name: str = ""
    is_on: bool = True
    match: str = "all"
    parts: list[PartView] = field(default_factory=list)
    actions: list[ActionView] = field(default_factory=list)
    says_zh: str = ""
    says_en: str = ""
    problem: str = ""
    hits: str = "0"


@dataclass
class ItemView:
    key: str
    name: str
    is_on: bool
    hits: str
    is_changed: bool
    is_wrong: bool


@dataclass
class VersionView:
    """``no`` is the number as it is said: a browser takes 0 for nothing."""

    number: int
    no: str
    state: str
    by: str
    at: str


@dataclass
class StandView:
    """``draft`` is the number of the open version, 0: none; ``state`` and ``by`` are its."""

    live: int = 0
    live_at: str = ""
    draft: int = 0
    state: str = ""
    by: str = ""
    at: str = ""
    versions: list[VersionView] = field(default_factory=list)
    hits: dict[str, int] = field(default_factory=dict)


@dataclass
class DiffView:
    key: str
    name: str
    how: str
    was_zh: str = ""
    was_en: str = ""
    is_zh: str = ""
    is_en: str = ""


def stand_view(session: Session, now: datetime) -> StandView:
    live, draft = live_version(session), open_version(session)
    known = versions(session, limit=_VERSIONS_SHOWN)
    return StandView(
        live=live.number if live else SHIPPED,
        live_at=exact(live.live_at) if live else "",
        draft=draft.number if draft else 0,
        state=str(draft.state) if draft else "",
        by=draft.changed_by if draft else "",
        at=exact(draft.changed_at) if draft else "",
        versions=[
            VersionView(SHIPPED, str(SHIPPED), _state_of_shipped(live), "", ""),
            *(_version(one) for one in reversed(known)),
        ],
        hits=_hits(session, now),
    )


def edited_rules(session: Session) -> tuple[list[Data], int]:
    """The open version's rules and its revision; without one, the live rules and 0."""
    draft = open_version(session)
    if draft:
        return rules_data(draft.read()), draft.revision
    live = live_version(session)
    return rules_data(rules_of(session, live.number if live else SHIPPED)), 0


def items_view(rules: Sequence[Data], live: Sequence[Data], hits: Mapping[str, int]) -> list[ItemView]:
    known = {rule["key"]: rule for rule in live}
    return [
        ItemView(
            key=rule["key"],
            name=rule["name"],
            is_on=rule["is_on"],
            hits=f"{hits.get(rule['key'], 0):,}",
            is_changed=known.get(rule["key"]) != rule,
            is_wrong=bool(mistake(rule)),
        )
        for rule in rules
    ]


def rule_view(rule: Data, hits: Mapping[str, int], turn: int = 0) -> RuleView:
    """``turn`` counts how often parts have been added, taken away or exchanged."""
    wrong = mistake(rule)
    where = wrong.field.removeprefix("rules[0].") if wrong else ""
    return RuleView(
        key=rule["key"],
        name=rule["name"],
        is_on=rule["is_on"],
        match=rule["match"],
        parts=[replace(part, id=f"{turn}-{part.path}") for part in _parts(rule, where)],
        actions=[_action(action, place, where, turn) for place, action in enumerate(rule["then"])],
        says_zh=rule_text("zh", rule),
        says_en=rule_text("en", rule),
        problem=wrong.problem if wrong else "",
        hits=f"{hits.get(rule['key'], 0):,}",
    )


def mistake(rule: Data) -> BrokenRule | None:
    try:
        read_rules([rule])
    except BrokenRule as error:
        return error
    return None


def diff_view(before: Sequence[Data], after: Sequence[Data]) -> list[DiffView]:
    """Rule by rule, in the order of ``after``, the removed ones last."""
    was = {rule["key"]: rule for rule in before}
    kept_before = [rule["key"] for rule in before if any(one["key"] == rule["key"] for one in after)]
    kept_after = [rule["key"] for rule in after if rule["key"] in was]
    found = [
        _diff(was.get(rule["key"]), rule, _how(was.get(rule["key"]), rule, kept_before, kept_after)) for rule in after
    ]
    found += [_diff(rule, None, "removed") for rule in before if rule["key"] not in {one["key"] for one in after}]
    return [one for one in found if one.how]


def _how(was: Data | None, rule: Data, before: list[str], after: list[str]) -> str:
    if was is None:
        return "added"
    if was != rule:
        return "changed"
    return "moved" if before.index(rule["key"]) != after.index(rule["key"]) else ""


def _diff(was: Data | None, rule: Data | None, how: str) -> DiffView:
    some = rule or was or {}
    view = DiffView(some["key"], some["name"], how)
    if was and how != "moved":
        view.was_zh, view.was_en = _said("zh", was), _said("en", was)
    if rule and how != "moved":
        view.is_zh, view.is_en = _said("zh", rule), _said("en", rule)
    return view


def _said(lang: str, rule: Data) -> str:
    off = {"zh": "（停用）", "en": " (off)"}[lang]
    return rule_text(lang, rule) + ("" if rule["is_on"] else off)


def _state_of_shipped(live: RuleVersion | None) -> str:
    return str(VersionState.RETIRED if live else VersionState.LIVE)


def _version(one: RuleVersion) -> VersionView:
    by, at = one.live_by or one.changed_by, exact(one.live_at or one.changed_at)
    return VersionView(one.number, str(one.number), str(one.state), by, at)


def _hits(session: Session, now: datetime) -> dict[str, int]:
    wanted = select(RuleHit.rule_key, func.count()).where(col(RuleHit.hit_at) >= now - _HIT_DAYS)
    return dict(session.exec(wanted.group_by(RuleHit.rule_key)).all())


def _parts(rule: Data, wrong: str) -> list[PartView]:
    found: list[PartView] = []
    for place, part in enumerate(rule["when"]):
        at = f"when[{place}]"
        if "when" not in part:
            found.append(_condition(part, str(place), wrong.startswith(at)))
            continue
        found.append(PartView(str(place), is_group=True, match=part.get("match", "all"), is_wrong=wrong == at))
        found += [
            _condition(inner, f"{place}.{step}", wrong.startswith(f"{at}.when[{step}]"), is_inner=True)
            for step, inner in enumerate(part["when"])
        ]
    return found


def _condition(part: Data, path: str, is_wrong: bool, *, is_inner: bool = False) -> PartView:
    kind, operator = ConditionKind(part["kind"]), Operator(part["is"])
    about, values = KINDS[kind], part.get("values", [])
    first, second = [*values, "", ""][:2]
    return PartView(
        path=path,
        is_inner=is_inner,
        kind=str(kind),
        operator=str(operator),
        operators=[str(known) for known in about.operators],
        shape=_shape(kind, operator),
        text=shown_values(part),
        first=first,
        second=second,
        choices=[ChoiceView(str(choice), choice in values) for choice in about.choices],
        is_wrong=is_wrong,
    )


def _shape(kind: ConditionKind, operator: Operator) -> str:
    """``none``, ``choice``, ``clocks``, ``between``, or the kind of its one field."""
    value = KINDS[kind].value
    if not takes_values(DomainCondition(kind, operator)):
        return str(Value.NONE)
    if operator is Operator.BETWEEN:
        return "clocks" if value is Value.CLOCK else "between"
    return str(value)


def _action(action: Data, place: int, wrong: str, turn: int) -> ActionView:
    kind = ActionKind(action["kind"])
    return ActionView(
        place=place,
        id=f"{turn}-then-{place}",
        kind=str(kind),
        value=action.get("value", ""),
        note=action.get("note", ""),
        has_value=kind not in WITHOUT_VALUE,
        has_note=kind in WITH_NOTE,
        choices=[str(choice) for choice in ACTION_CHOICES.get(kind, ())],
        is_wrong=wrong.startswith(f"then[{place}]"),
    )


def read_all(rules: Sequence[Data]) -> tuple[Rule, ...]:
    """Raises: BrokenRule: one of them is not finished."""
    return read_rules(list(rules))


def live_data(session: Session) -> list[Data]:
    live = live_version(session)
    return rules_data(rules_of(session, live.number if live else SHIPPED))


def version_data(session: Session, number: int) -> list[dict[str, Any]]:
    """Raises: NotFound."""
    return rules_data(rules_of(session, number))
