"""Which plan and which notices does this tab look at, and what is changed, tried and told again here?"""

import asyncio

import reflex as rx
from sqlmodel import Session

from orderhub.access.acting import acting, check_permission
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation.noticing import change_plan, send_sample, tell_again
from orderhub.domain.notice_plan import NoticeMoment
from orderhub.domain.shop import shop_named
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import PartnerError, RuleBroken
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.notice_form import typed_moment, typed_quiet, typed_ways
from orderhub.ui.notice_view import Asked, NoticesView, asked_in, notices_view
from orderhub.ui.numbers import number_of
from orderhub.ui.refusals import refusal_text
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.words import tr

_GAP_SECONDS = 1.0


class Notices(Shown, Telling, rx.State):
    """``is_trying`` while a test message is on its way."""

    view: NoticesView = NoticesView()
    is_trying: bool = False

    @rx.event
    @needs(Permission.NOTICE_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.NOTICE_CHANGE)
    async def save(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            shop = shop_named(session, form.get("shop", "")[:64])
            change_plan(
                session,
                shop,
                typed_moment(form),
                is_on=form.get("is_on") == "yes",
                ways=typed_ways(form),
                quiet=typed_quiet(form),
                by=user.name,
                now=utc_now(),
            )

        if await self._try(Permission.NOTICE_CHANGE, change):
            await self._read()

    @rx.event
    @needs(Permission.NOTICE_RETRY)
    async def retry(self, notice_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            tell_again(session, number_of(notice_id), by=user.name, now=utc_now())

        if await self._try(Permission.NOTICE_RETRY, change, done="notice_retried"):
            await self._read()

    @rx.event(background=True)
    @needs(Permission.NOTICE_CHANGE)
    async def send_test(self, form: dict[str, str]) -> None:
        """A sample to whoever is typed; the page goes on working meanwhile. What is typed is kept nowhere."""
        async with self:
            user, lang = await signed(self), await self._lang()
            check_permission(user, Permission.NOTICE_CHANGE)
            if self.is_trying:
                return
            self.is_trying = True
        try:
            await asyncio.to_thread(_send_test, user, form)
            said, is_refusal = tr(lang, "notice_tested"), False
        except RuleBroken as error:
            said, is_refusal = refusal_text(lang, error), True
        except PartnerError as error:
            said, is_refusal = tr(lang, "notice_test_failed", error=str(error)[:200]), True
        finally:
            async with self:
                self.is_trying = False
        async with self:
            self.said, self.is_refusal = said, is_refusal

    async def _read(self) -> None:
        given = self.router.url.query_parameters
        asked = asked_in(given, number_of(given.get("before", "")))
        await self._follow("notices", notices_scene(asked))


def notices_scene(asked: Asked) -> Scene:
    def load() -> Vars:
        return load_notices(asked)

    state = Notices.get_full_name()
    return Scene(f"notices {asked}", state, Permission.NOTICE_READ, load, gap_seconds=_GAP_SECONDS)


def load_notices(asked: Asked) -> Vars:
    with reading() as session:
        return {"view": notices_view(session, asked)}


def _send_test(user: Signed, form: dict[str, str]) -> None:
    moment: NoticeMoment = typed_moment(form)
    place, to = number_of(form.get("place", "")), form.get("to", "").strip()
    with acting(user, Permission.NOTICE_CHANGE) as session:
        sample = send_sample(session, form.get("shop", "")[:64], moment, place, to, by=user.name, now=utc_now())
    sample()
