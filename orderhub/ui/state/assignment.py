"""Which rule of assignment does this tab look at, how are they changed and tried, and who is on leave?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.access.users import find_user, user_of
from orderhub.domain.anomaly_kind import Severity
from orderhub.domain.assignment import PersonBy, Rule
from orderhub.domain.assignment_rule import (
    active_rules,
    assignment_rules,
    move_rule,
    put_rule,
    remove_rule,
    switch_rule,
)
from orderhub.domain.presence import set_leave
from orderhub.domain.words import Channel
from orderhub.insights.assignment import dry_run
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.assignment_view import AssignmentView, DryView, assignment_view, dry_view
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Change, Telling

_GAP_SECONDS = 2.0


class Assignment(Shown, Telling, rx.State):
    """``saved`` counts what was saved here: the form begins anew after each. ``dry`` is empty until asked for."""

    view: AssignmentView = AssignmentView()
    dry: DryView = DryView()
    saved: int = 0

    @rx.event
    @needs(Permission.RULE_READ)
    async def enter(self) -> None:
        self.dry = DryView()
        await self._read()

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def put(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            rule = _typed(form)
            if rule.person_by is PersonBy.FIXED:
                _check_person(session, rule)
            put_rule(session, rule, is_active=form.get("is_active") == "on", by=user.name, now=utc_now())

        if await self._change(change):
            self.saved += 1

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def move(self, rule_id: str, up: bool) -> None:
        await self._change(
            lambda session, user: move_rule(session, number_of(rule_id), up=up, by=user.name, now=utc_now())
        )

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def switch(self, rule_id: str, on: bool) -> None:
        await self._change(
            lambda session, user: switch_rule(session, number_of(rule_id), on=on, by=user.name, now=utc_now())
        )

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def remove(self, rule_id: str) -> None:
        await self._change(lambda session, user: remove_rule(session, number_of(rule_id), by=user.name, now=utc_now()))

    @rx.event
    @needs(Permission.RULE_READ)
    async def try_rules(self, with_off: bool) -> None:
        """``with_off``: as if those that are off were on."""
        self.dry = await off_loop(_tried, with_off)

    @rx.event
    @needs(Permission.LEAVE_CHANGE)
    async def leave(self, user_id: str, on: bool) -> None:
        def change(session: Session, user: Signed) -> None:
            whose = user_of(session, number_of(user_id))
            set_leave(session, whose.id, whose.name, whose.role, on_leave=on, by=user.name, now=utc_now())

        if await self._try(Permission.LEAVE_CHANGE, change):
            await self._read()

    async def _change(self, change: Change) -> bool:
        is_done = await self._try(Permission.RULE_CHANGE, change)
        if is_done:
            self.dry = DryView()
            await self._read()
        return is_done

    async def _read(self) -> None:
        rule_id = number_of(self.router.url.query_parameters.get("rule", ""))
        await self._follow("assignment", assignment_scene(rule_id))


def assignment_scene(rule_id: int) -> Scene:
    def load() -> Vars:
        return load_assignment(rule_id)

    name = Assignment.get_full_name()
    return Scene(f"assignment {rule_id}", name, Permission.RULE_READ, load, gap_seconds=_GAP_SECONDS)


def load_assignment(rule_id: int) -> Vars:
    with reading() as session:
        return {"view": assignment_view(session, utc_now(), rule_id)}


def _tried(with_off: bool) -> DryView:
    with reading() as session:
        own = [row.rule for row in assignment_rules(session)] if with_off else active_rules(session)
        return dry_view(dry_run(session, own, utc_now()))


def _typed(form: dict[str, str]) -> Rule:
    """What the form says; what is no word of ours is refused here, the rest by ``put_rule``."""
    channel, severity, person_by = (form.get(name, "") for name in ("channel", "severity", "person_by"))
    for given, words in ((channel, Channel), (severity, Severity)):
        if given and given not in list(words):
            raise BadInput(f"{given!r}: there is none of that name", field="kind", problem="assign_kind")
    if person_by not in list(PersonBy):
        raise BadInput("person_by: there is none of that name", field="person_by", problem="assign_person")
    return Rule(
        id=number_of(form.get("id", "")),
        name=form.get("name", ""),
        kinds=(kind,) if (kind := form.get("kind", "")[:32]) else (),
        words=tuple(form.get("words", "")[:2000].split()),
        channel=Channel(channel) if channel else None,
        shop_id=number_of(form.get("shop", "")),
        sku_prefix=form.get("sku_prefix", ""),
        severity=Severity(severity) if severity else None,
        role=form.get("role", ""),
        person_by=PersonBy(person_by),
        person=form.get("person", ""),
    )


def _check_person(session: Session, rule: Rule) -> None:
    found = find_user(session, rule.person[:64])
    if found is None or not found.is_active or found.role != rule.role:
        raise BadInput("person: nobody of that role has this name", field="person", problem="assign_person")
