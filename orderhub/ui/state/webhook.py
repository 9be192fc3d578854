"""Which programs are told what happens, and what were they told last?"""

from datetime import datetime

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation.webhook_replay import replay_message, replay_span
from orderhub.domain.webhook import switch_webhook
from orderhub.kernel.clock import SHANGHAI, utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.webhook_view import WebhooksView, webhooks_view
from orderhub.ui.words import tr

_GAP_SECONDS = 2.0
# What a form that led here has done.
_DONE = ("webhook_saved", "webhook_tested")

Form = dict[str, str]


class Webhooks(Shown, Telling, rx.State):
    view: WebhooksView = WebhooksView()

    @rx.event
    @needs(Permission.SYSTEM_READ)
    async def enter(self) -> None:
        await self._tell_refused_form()
        asked = self.router.url.query_parameters
        if (done := asked.get("done", "")) in _DONE:
            self.said, self.is_refusal = tr(await self._lang(), done, n=asked.get("n", "")[:64]), False
        await self._read()

    @rx.event
    @needs(Permission.WEBHOOK_CHANGE)
    async def switch(self, webhook_id: str, is_active: bool) -> None:
        def change(session: Session, user: Signed) -> None:
            switch_webhook(session, number_of(webhook_id), is_active=is_active, by=user.name, now=utc_now())

        if await self._try(Permission.WEBHOOK_CHANGE, change, done="webhook_turned"):
            await self._read()

    @rx.event
    @needs(Permission.WEBHOOK_CHANGE)
    async def again(self, message_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            replay_message(session, number_of(message_id), by=user.name, now=utc_now())

        if await self._try(Permission.WEBHOOK_CHANGE, change, done="webhook_again"):
            await self._read()

    @rx.event
    @needs(Permission.WEBHOOK_CHANGE)
    async def replay(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> int:
            since, until = (_moment(form.get(name, "")) for name in ("since", "until"))
            webhook_id = number_of(form.get("hook", ""))
            return replay_span(session, webhook_id, since, until, by=user.name, now=utc_now())

        if await self._try(Permission.WEBHOOK_CHANGE, change, done="webhook_span_again"):
            await self._read()

    async def _read(self) -> None:
        hook_id = number_of(self.router.url.query_parameters.get("hook", ""))
        await self._follow("webhooks", webhooks_scene(hook_id))


def webhooks_scene(hook_id: int) -> Scene:
    def load() -> Vars:
        return load_webhooks(hook_id)

    name = Webhooks.get_full_name()
    return Scene(f"webhooks {hook_id}", name, Permission.SYSTEM_READ, load, gap_seconds=_GAP_SECONDS)


def load_webhooks(hook_id: int) -> Vars:
    with reading() as session:
        return {"view": webhooks_view(session, utc_now(), hook_id)}


def _moment(text: str) -> datetime:
    """As a browser's field says it, in Asia/Shanghai. Raises: BadInput."""
    try:
        found = datetime.fromisoformat(text[:32])
    except ValueError as error:
        raise BadInput("since: a date and a time", field="since", problem="webhook_since") from error
    return found.replace(tzinfo=SHANGHAI) if found.tzinfo is None else found
