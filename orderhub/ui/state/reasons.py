"""What do buyers write that nobody has sorted yet, and what does the merchant say it means?"""

from dataclasses import dataclass, field

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.aftersale import say_reason
from orderhub.domain.refund_reason import ReasonKind, name_reason, own_reasons
from orderhub.domain.words import Channel
from orderhub.insights.aftersale import unsaid
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.gate import needs
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling

OWN = "own."  # before the id, where a choice is a reason of the merchant's own


@dataclass
class UnsaidView:
    id: str
    channel: str
    words: str
    cases: str
    met: str


@dataclass
class OwnReasonView:
    value: str
    name: str
    kind: str
    made_by: str


@dataclass
class ReasonsView:
    unsaid: list[UnsaidView] = field(default_factory=list)
    own: list[OwnReasonView] = field(default_factory=list)


class Reasons(Telling, rx.State):
    view: ReasonsView = ReasonsView()
    is_loaded: bool = False

    @rx.event
    @needs(Permission.AFTERSALE_READ)
    async def enter(self) -> None:
        if self.router.url.query_parameters.get("tab", "") != "reasons":
            self.said = ""
            return
        await self._read()

    @rx.event
    @needs(Permission.REASON_CHANGE)
    async def say(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            channel, words, means = form.get("channel", ""), form.get("words", ""), form.get("means", "")
            own_id = number_of(means.removeprefix(OWN)) if means.startswith(OWN) else 0
            if channel not in list(Channel) or not (own_id or means in list(ReasonKind)):
                raise BadInput("means: choose one", field="means", problem="case_form")
            kind = ReasonKind.OTHER if own_id else ReasonKind(means)
            say_reason(session, Channel(channel), words, kind, own_id=own_id or None, by=user.name, now=utc_now())

        if await self._try(Permission.REASON_CHANGE, change, done="reason_said"):
            await self._read()

    @rx.event
    @needs(Permission.REASON_CHANGE)
    async def name(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            kind = form.get("kind", "")
            if kind not in list(ReasonKind):
                raise BadInput("kind: choose one", field="kind", problem="case_form")
            name_reason(session, form.get("name", ""), ReasonKind(kind), by=user.name, now=utc_now())

        if await self._try(Permission.REASON_CHANGE, change, done="reason_made"):
            await self._read()

    async def _read(self) -> None:
        self.view, self.is_loaded = await off_loop(load_reasons), True


def load_reasons() -> ReasonsView:
    with reading() as session:
        return ReasonsView(
            unsaid=[
                UnsaidView(
                    str(one.word.id),
                    one.word.channel,
                    one.word.words,
                    f"{one.cases:,}",
                    shanghai_text(one.word.met_at, "%m-%d %H:%M"),
                )
                for one in unsaid(session)
            ],
            own=[OwnReasonView(f"{OWN}{one.id}", one.name, one.kind, one.made_by) for one in own_reasons(session)],
        )
