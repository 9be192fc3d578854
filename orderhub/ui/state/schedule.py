"""Which reports are sent by themselves, and how is that changed?"""

from datetime import time

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.report_run import ask_run
from orderhub.domain.report_schedule import (
    Owner,
    ScheduleDraft,
    SchedulePeriod,
    read_mails,
    remove_schedule,
    set_schedule,
    switch_schedule,
)
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.settings import settings
from orderhub.ui.gate import needs
from orderhub.ui.numbers import number_of
from orderhub.ui.report_address import Report
from orderhub.ui.schedule_view import SchedulesView, schedules_view
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Change, Telling

Form = dict[str, str]

_CHANGE = Permission.REPORT_SCHEDULE


class Schedules(Shown, Telling, rx.State):
    """``saved`` counts: the form begins anew after each."""

    view: SchedulesView = SchedulesView()
    saved: int = 0

    @rx.event
    @needs(Permission.REPORT_SCHEDULE)
    async def enter(self) -> None:
        await self._read(number_of(self.router.url.query_parameters.get("schedule", "")))

    @rx.event
    @needs(Permission.REPORT_SCHEDULE)
    async def keep(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> str:
            kept = set_schedule(session, _draft(form), Owner(user.user_id, user.name), now=utc_now())
            return shanghai_text(kept.next_at, "%Y-%m-%d %H:%M")

        await self._change(change, "schedule_saved")

    @rx.event
    @needs(Permission.REPORT_SCHEDULE)
    async def switch(self, schedule_id: str, is_on: bool) -> None:
        def change(session: Session, user: Signed) -> None:
            switch_schedule(session, number_of(schedule_id), is_on=is_on, by=user.name, now=utc_now())

        await self._change(change, "schedule_turned")

    @rx.event
    @needs(Permission.REPORT_SCHEDULE)
    async def remove(self, schedule_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            remove_schedule(session, number_of(schedule_id), by=user.name, now=utc_now())

        await self._change(change, "schedule_removed")

    @rx.event
    @needs(Permission.REPORT_SCHEDULE)
    async def send(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            to = form.get("to", "")
            _check_mail_server(to)
            owner = Owner(user.user_id, user.name)
            ask_run(session, number_of(form.get("schedule", "")), to, owner, now=utc_now())

        await self._change(change, "schedule_asked")

    async def _change(self, change: Change, done: str) -> None:
        if await self._try(_CHANGE, change, done=done):
            self.saved += 1
            await self._read(0)

    async def _read(self, schedule_id: int) -> None:
        await self._fill(lambda: {"view": load_schedules(schedule_id)})


def load_schedules(schedule_id: int) -> SchedulesView:
    with reading() as session:
        return schedules_view(session, schedule_id)


def _draft(form: Form) -> ScheduleDraft:
    """Raises: BadInput: the field is named."""
    period, mails = form.get("period", ""), form.get("mails", "")
    _check_mail_server(mails)
    return ScheduleDraft(
        name=form.get("name", ""),
        reports=[str(report) for report in Report if form.get(f"report-{report}")],
        period=SchedulePeriod(period) if period in list(SchedulePeriod) else SchedulePeriod.YESTERDAY,
        weekday=number_of(form.get("weekday", "")),
        at_minute=_minute(form.get("at", "")),
        mails=read_mails(mails),
        robot_id=number_of(form.get("robot", "")),
        lang="en" if form.get("lang") == "en" else "zh",
        id=number_of(form.get("id", "")),
    )


def _minute(text: str) -> int:
    try:
        at = time.fromisoformat(text)
    except ValueError as error:
        raise BadInput("at: a time of the day", field="at", problem="schedule_time") from error
    return at.hour * 60 + at.minute


def _check_mail_server(mails: str) -> None:
    """Rather said now than a day later."""
    chosen = settings()
    if mails.strip() and not (chosen.smtp_host and chosen.smtp_from):
        raise BadInput("mails: no mail server is set", field="mails", problem="schedule_smtp")
