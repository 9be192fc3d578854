"""Which case does finance look at, and what does it decide about it here?"""

from typing import Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation.answering import check_tellable
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.finance_review import FinanceReview, approve, reject, take_on
from orderhub.domain.hand_payment import confirm_paid
from orderhub.domain.refund_answer import Wording
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.money import parse_yuan
from orderhub.ui import live
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.review_case_view import ReviewCaseView, review_case_view
from orderhub.ui.state.telling import Change, Telling

Form = dict[str, str]
_GAP_SECONDS = 0.5


class ReviewCase(Telling, rx.State):
    """``case_id`` is empty while none is looked at; ``is_missing`` when the address names none there is."""

    case_id: str = ""
    view: ReviewCaseView = ReviewCaseView()
    is_missing: bool = False
    is_refusing: bool = False
    is_own: bool = False

    @rx.event
    @needs(Permission.AFTERSALE_READ)
    async def look(self) -> None:
        """The address says which case is looked at."""
        wanted = number_of(self.router.url.query_parameters.get("case", ""))
        if str(wanted or "") != self.case_id:
            self.said, self.is_refusing = "", False
        self.is_missing = False
        if not wanted:
            self.case_id, self.view = "", ReviewCaseView()
            await live.leave(self, "review_case")
            return
        await self._read(wanted)

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    def refuse(self) -> None:
        """Show or hide the form of a refusal."""
        self.is_refusing = not self.is_refusing

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    async def approve(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            review_id = number_of(form.get("id", ""))
            check_offered(session, review_id, pays=True)
            approve(
                session,
                review_id,
                amount_fen=_amount(form),
                note=form.get("note", ""),
                despite_deadline=form.get("despite", "") != "",
                by=user.name,
                now=utc_now(),
            )

        await self._change(change, done="fin_approved_done")

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    async def reject(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            review_id = number_of(form.get("id", ""))
            check_offered(session, review_id, pays=False)
            reject(
                session,
                review_id,
                Wording(form.get("reason_code", ""), form.get("words", ""), form.get("picture", "").strip()),
                despite_deadline=form.get("despite", "") != "",
                by=user.name,
                now=utc_now(),
            )

        if await self._change(change, done="fin_rejected_done"):
            self.is_refusing = False

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    async def take_on(self, review_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            take_on(session, number_of(review_id), by=user.name, now=utc_now())

        await self._change(change, done="fin_taken_done")

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    async def confirm_paid(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            confirm_paid(session, number_of(form.get("id", "")), form.get("reference", ""), by=user.name, now=utc_now())

        await self._change(change, done="fin_paid_done")

    async def _change(self, change: Change, *, done: str) -> bool:
        """Read again whatever came of it: who was quicker has changed what stands here."""
        is_done = await self._try(Permission.REFUND_REVIEW, change, done=done)
        if wanted := number_of(self.case_id):
            await self._read(wanted)
        return is_done

    async def _read(self, case_id: int) -> None:
        seen = live.revision()
        try:
            view: Any = (await off_loop(load_review_case, case_id))["view"]
        except NotFound:
            self.case_id, self.view, self.is_missing = "", ReviewCaseView(), True
            await live.leave(self, "review_case")
            return
        self.case_id, self.view = str(case_id), view
        self.is_own = (await signed(self)).name in (view.asked_by, view.opened_by)
        await live.show(self, "review_case", review_case_scene(case_id), seen=seen)


def review_case_scene(case_id: int) -> Scene:
    def load() -> Vars:
        return load_review_case(case_id)

    state = ReviewCase.get_full_name()
    return Scene(f"review_case {case_id}", state, Permission.AFTERSALE_READ, load, gap_seconds=_GAP_SECONDS)


def load_review_case(case_id: int) -> Vars:
    with reading() as session:
        return {"view": review_case_view(session, case_id, utc_now())}


def check_offered(session: Session, review_id: int, *, pays: bool) -> None:
    """An answer its channel does not take is refused before anybody waits for it; the rest is the domain's to say."""
    if review := session.get(FinanceReview, review_id):
        check_tellable(session.get_one(Aftersale, review.aftersale_id), pays=pays)


def _amount(form: Form) -> int | None:
    """What a person wrote in yuan, else what they saw, in fen."""
    if yuan := form.get("yuan", "").strip().removeprefix("¥").replace(",", ""):
        return parse_yuan(yuan)
    seen = form.get("seen", "")
    if not seen:
        raise BadInput("amount: is wanted", field="amount_fen", problem="refund_amount")
    return number_of(seen)
