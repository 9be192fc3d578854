"""Which rule is being written in this tab, what do its versions come to, and how far is the back-test?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import reflex as rx
import structlog
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.rules import versions
from orderhub.domain.rules.rule import MOST_RULES, free_key
from orderhub.domain.rules.words import ActionKind, ConditionKind, Match, Operator
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.settings import settings
from orderhub.ui import backtests, rule_draft
from orderhub.ui.backtest_view import BackTestView, backtest_view
from orderhub.ui.gate import needs, signed
from orderhub.ui.off_loop import off_loop
from orderhub.ui.rule_draft import Data
from orderhub.ui.rule_view import (
    DiffView,
    ItemView,
    RuleView,
    StandView,
    diff_view,
    edited_rules,
    items_view,
    live_data,
    read_all,
    rule_view,
    stand_view,
    version_data,
)
from orderhub.ui.state.telling import Change, Telling
from orderhub.ui.state.watching import Watching
from orderhub.ui.words import tr

_WATCH_SECONDS = 0.5
_DAYS = (7, 30, 90)
_LONGEST_NAME = 60


class Rules(Telling, Watching, rx.State):
    """``_rules`` is what is being written, as data; the browser gets the list and the one rule that is chosen."""

    items: list[ItemView] = []
    chosen: RuleView = RuleView()
    stand: StandView = StandView()
    diff: list[DiffView] = []
    compared: str = ""
    test: BackTestView = BackTestView()
    days: str = "30"
    needs_approval: bool = False
    is_dirty: bool = False
    is_whole: bool = True
    is_loaded: bool = False
    has_failed: bool = False
    _rules: list[Data] = []
    _live: list[Data] = []
    _revision: int = 0
    _turn: int = 0

    @rx.event
    @needs(Permission.RULE_READ)
    async def enter(self) -> None:
        """What somebody has written and not saved survives a lost connection."""
        await self._tell_refused_form()
        await self._tell_mistake()
        await self._read(keep=self.is_dirty)
        await self._show_test("")

    @rx.event
    @needs(Permission.RULE_READ)
    async def reload(self) -> None:
        """Take the draft as it is saved; what was written here is dropped."""
        await self._read(keep=False)

    @rx.event
    @needs(Permission.RULE_READ)
    def choose(self, key: str) -> None:
        self._show(key)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def add_rule(self) -> None:
        if len(self._rules) >= MOST_RULES:
            return
        key = free_key([rule["key"] for rule in self._rules])
        self._rules = [*self._rules, rule_draft.new_rule(key, tr(await self._lang(), "rule_name_new"))]
        self._changed(key)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def remove_rule(self, key: str) -> None:
        self._rules = [rule for rule in self._rules if rule["key"] != key]
        self._changed("")

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def move(self, key: str, step: int) -> None:
        if any(rule["key"] == key for rule in self._rules):
            self._rules = rule_draft.moved(self._rules, key, step)
            self._changed(self.chosen.key)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def switch(self, key: str) -> None:
        self._edit(lambda rule: rule.update(is_on=not rule["is_on"]), key=key, is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def rename(self, name: str) -> None:
        self._edit(lambda rule: rule.update(name=name.strip()[:_LONGEST_NAME]), is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def set_match(self, path: str, match: Match) -> None:
        self._edit(lambda rule: rule_draft.set_match(rule, path, match), is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def add_condition(self, path: str) -> None:
        self._edit(lambda rule: rule_draft.add_condition(rule, path))

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def add_group(self) -> None:
        self._edit(rule_draft.add_group)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def remove_part(self, path: str) -> None:
        self._edit(lambda rule: rule_draft.remove_part(rule, path))

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def set_kind(self, path: str, kind: ConditionKind) -> None:
        self._edit(lambda rule: rule_draft.set_kind(rule, path, kind), is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def set_operator(self, path: str, operator: Operator) -> None:
        self._edit(lambda rule: rule_draft.set_operator(rule, path, operator), is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def set_words(self, path: str, text: str) -> None:
        self._edit(lambda rule: rule_draft.set_words(rule, path, text), is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def set_bound(self, path: str, place: int, text: str) -> None:
        self._edit(lambda rule: rule_draft.set_bound(rule, path, min(max(place, 0), 1), text), is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def toggle(self, path: str, choice: str) -> None:
        self._edit(lambda rule: rule_draft.toggle(rule, path, choice), is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def add_action(self) -> None:
        self._edit(rule_draft.add_action)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def remove_action(self, place: int) -> None:
        self._edit(lambda rule: rule_draft.remove_action(rule, place))

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def set_action_kind(self, place: int, kind: ActionKind) -> None:
        self._edit(lambda rule: rule_draft.set_action_kind(rule, place, kind), is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def set_action_value(self, place: int, text: str) -> None:
        self._edit(lambda rule: rule_draft.set_action_value(rule, place, text), is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def set_action_note(self, place: int, text: str) -> None:
        self._edit(lambda rule: rule_draft.set_action_note(rule, place, text), is_turn=False)

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def save(self) -> None:
        def change(session: Session, user: Signed) -> None:
            versions.save_draft(session, read_all(self._rules), revision=self._revision, by=user.name, now=utc_now())

        await self._make(Permission.RULE_CHANGE, change, "rule_saved")

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def submit(self) -> None:
        def change(session: Session, user: Signed) -> None:
            versions.submit(session, self.stand.draft, by=user.name, now=utc_now())

        await self._make(Permission.RULE_CHANGE, change, "rule_submitted")

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def discard(self) -> None:
        def change(session: Session, user: Signed) -> None:
            versions.discard(session, self.stand.draft, by=user.name, now=utc_now())

        await self._make(Permission.RULE_CHANGE, change, "rule_discarded")

    @rx.event
    @needs(Permission.RULE_APPROVE)
    async def approve(self) -> None:
        def change(session: Session, user: Signed) -> None:
            versions.approve(session, self.stand.draft, by=user.name, now=utc_now())

        await self._make(Permission.RULE_APPROVE, change, "rule_approved")

    @rx.event
    @needs(Permission.RULE_APPROVE)
    async def go_live(self) -> None:
        def change(session: Session, user: Signed) -> None:
            needs_approval = settings().rules_need_approval
            versions.go_live(session, self.stand.draft, by=user.name, now=utc_now(), needs_approval=needs_approval)

        await self._make(Permission.RULE_APPROVE, change, "rule_went_live")

    @rx.event
    @needs(Permission.RULE_APPROVE)
    async def roll_back(self, number: int) -> None:
        def change(session: Session, user: Signed) -> None:
            versions.roll_back(session, number, by=user.name, now=utc_now())

        await self._make(Permission.RULE_APPROVE, change, "rule_rolled_back")

    @rx.event
    @needs(Permission.RULE_READ)
    async def compare(self, number: int) -> None:
        """Version ``number`` against what is written here."""
        if self.compared == str(number):
            self.compared, self.diff = "", []
            return
        try:
            before = await off_loop(_version_data, number)
        except NotFound:
            return
        self.compared, self.diff = str(number), diff_view(before, self._rules)

    @rx.event
    @needs(Permission.RULE_READ)
    def set_days(self, days: str) -> None:
        self.days = days if days in {str(known) for known in _DAYS} else "30"

    @rx.event
    @needs(Permission.RULE_READ)
    async def start_test(self) -> Any:
        user = await signed(self)
        try:
            rules = read_all(self._rules)
        except BadInput as error:
            await self._tell(error)
            return None
        backtests.start(user.name, rules, int(self.days))
        await self._show_test("")
        return Rules.watch_test

    @rx.event(background=True)
    @needs(Permission.RULE_READ)
    async def watch_test(self) -> None:
        """Shows how far the test is until it has ended, or its person has gone."""
        await self._watch(Permission.RULE_READ, self._looked_again, seconds=_WATCH_SECONDS)

    async def _looked_again(self) -> bool:
        running = backtests.of((await signed(self)).name)
        await self._show_test(self.test.aspect)
        return running is not None and running.state not in backtests.ENDED

    @rx.event
    @needs(Permission.RULE_READ)
    async def cancel_test(self) -> None:
        backtests.cancel((await signed(self)).name)

    @rx.event
    @needs(Permission.RULE_READ)
    async def show_aspect(self, aspect: str) -> None:
        await self._show_test(aspect)

    async def _make(self, permission: Permission, change: Change, done: str) -> None:
        if await self._try(permission, change, done=done):
            self.compared, self.diff = "", []
            await self._read(keep=False)
            await self._show_test(self.test.aspect)

    async def _read(self, *, keep: bool) -> None:
        try:
            self.stand, rules, revision, self._live = await off_loop(_load)
        except Exception:  # noqa: BLE001  (the page says so and offers to try again)
            structlog.get_logger().exception("rules_not_read")
            self.has_failed = True
            return
        is_turn = not keep and rules != self._rules  # else whoever is typing keeps the field
        if not keep:
            self._rules, self._revision, self.is_dirty = rules, revision, False
        self.needs_approval = settings().rules_need_approval
        self.is_loaded, self.has_failed = True, False
        self._show(self.chosen.key, is_turn=is_turn)

    def _edit(self, change: Callable[[Data], object], *, key: str = "", is_turn: bool = True) -> None:
        """``change`` on a copy of a rule; what the page never asks for leaves it as it was.

        ``is_turn``: parts come, go or change places.
        """
        key = key or self.chosen.key
        place = next((place for place, rule in enumerate(self._rules) if rule["key"] == key), None)
        if place is None:
            return
        rule = _copied(self._rules[place])
        try:
            change(rule)
        except (LookupError, ValueError):
            return
        if rule == self._rules[place]:
            return
        self._rules = [*self._rules[:place], rule, *self._rules[place + 1 :]]
        self._changed(self.chosen.key, is_turn=is_turn)

    def _changed(self, key: str, *, is_turn: bool = True) -> None:
        self.is_dirty, self.said = True, ""
        self.compared, self.diff = "", []
        self.test = replace(self.test, is_old=bool(self.test.state))
        self._show(key, is_turn=is_turn)

    def _show(self, key: str, *, is_turn: bool = True) -> None:
        self._turn += is_turn
        self.items = items_view(self._rules, self._live, self.stand.hits)
        self.is_whole = not any(item.is_wrong for item in self.items)
        found = next((rule for rule in self._rules if rule["key"] == key), None)
        found = found or (self._rules[0] if self._rules else None)
        self.chosen = rule_view(found, self.stand.hits, self._turn) if found else RuleView()

    async def _show_test(self, aspect: str) -> None:
        running = backtests.of((await signed(self)).name)
        try:
            rules = read_all(self._rules)
        except BadInput:
            rules = None
        self.test = backtest_view(running, rules, aspect)

    async def _tell(self, error: BadInput) -> None:
        lang = await self._lang()
        what = tr(lang, f"problem_{error.problem}") if error.problem.startswith("rule_") else str(error)
        self.said, self.is_refusal = tr(lang, "mistake_at", where=error.field, what=what), True

    async def _tell_mistake(self) -> None:
        """A file that was refused leads back here with the place of its mistake in the address."""
        given, lang = self.router.url.query_parameters, await self._lang()
        if given.get("said") == "imported":
            self.said, self.is_refusal = tr(lang, "rule_imported"), False
        elif self.said and (line := given.get("line", "")).isdigit() and len(line) < 8:
            where = tr(lang, "mistake_line", n=line, field=given.get("field", "")[:120])
            self.said = tr(lang, "mistake_at", where=where, what=self.said)


def _load() -> tuple[StandView, list[Data], int, list[Data]]:
    with reading() as session:
        rules, revision = edited_rules(session)
        return stand_view(session, utc_now()), rules, revision, live_data(session)


def _version_data(number: int) -> list[Data]:
    with reading() as session:
        return version_data(session, number)


def _copied(rule: Data) -> Data:
    return {
        **rule,
        "when": [_copied(part) if "when" in part else dict(part) for part in rule["when"]],
        **({"then": [dict(action) for action in rule["then"]]} if "then" in rule else {}),
    }
