"""Who has which rights, and who has looked through them?"""

from collections.abc import Mapping

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.review import mark_reviewed
from orderhub.access.sessions import Signed
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.access_review_view import AccessReviewView, access_review_view, review_query
from orderhub.ui.gate import needs
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling


class AccessReview(Telling, rx.State):
    view: AccessReviewView = AccessReviewView()
    is_loaded: bool = False

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def enter(self) -> None:
        self.said = ""
        await self._tell_refused_form()
        await self._read()

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def mark(self) -> None:
        def change(session: Session, user: Signed) -> None:
            mark_reviewed(session, by=user.name, now=utc_now())

        if await self._try(Permission.USER_ADMIN, change, done="review_marked"):
            await self._read()

    async def _read(self) -> None:
        self.view, self.is_loaded = await off_loop(_view, dict(self.router.url.query_parameters)), True


def _view(asked: Mapping[str, str]) -> AccessReviewView:
    with reading() as session:
        return access_review_view(session, review_query(asked), utc_now())
