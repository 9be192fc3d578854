"""Which after-sale case is open, and what does customer service answer to it here?"""

from collections.abc import Callable

import reflex as rx
import structlog
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.opening import bring_back, withdraw
from orderhub.domain.refund_answer import Wording, answer
from orderhub.domain.words import RefundDecision
from orderhub.insights.aftersale import case_card
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.ui import live
from orderhub.ui.case_view import CaseView, case_view
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling

Change = Callable[[Session, Signed], object]


class Case(Telling, rx.State):
    """``case_id`` is empty while no case is open; ``is_missing`` when the address names none that is here."""

    case_id: str = ""
    case: CaseView = CaseView()
    is_loaded: bool = False
    is_missing: bool = False
    has_failed: bool = False

    @rx.event
    @needs(Permission.AFTERSALE_READ)
    async def enter(self) -> None:
        """The address says which case is open."""
        case_id = number_of(self.router.url.query_parameters.get("case", ""))
        if str(case_id or "") != self.case_id:
            self.said, self.is_loaded = "", False
        if not case_id:
            self.case_id, self.case = "", CaseView()
            await live.leave(self, "case")
            return
        await self._read(case_id)

    @rx.event
    @needs(Permission.AFTERSALE_ANSWER)
    async def answer(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            decision, wording = _decision(form), _wording(form)
            insists = form.get("despite", "") in ("on", "1", "true")
            case_id, now = number_of(form.get("id", "")), utc_now()
            answer(session, case_id, decision, wording, despite_deadline=insists, by=user.name, now=now)

        await self._change(Permission.AFTERSALE_ANSWER, form.get("id", ""), change, done="case_answered")

    @rx.event
    @needs(Permission.AFTERSALE_OPEN)
    async def withdraw(self, case_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            withdraw(session, number_of(case_id), by=user.name, now=utc_now())

        await self._change(Permission.AFTERSALE_OPEN, case_id, change, done="case_withdrawn")

    @rx.event
    @needs(Permission.AFTERSALE_OPEN)
    async def bring_back(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            case_id, waybill = number_of(form.get("id", "")), form.get("waybill", "")
            bring_back(session, case_id, waybill, by=user.name, now=utc_now())

        await self._change(Permission.AFTERSALE_OPEN, form.get("id", ""), change, done="case_came_back")

    async def _change(self, permission: Permission, case_id: str, change: Change, *, done: str) -> None:
        if await self._try(permission, change, done=done):
            await self._read(number_of(case_id))

    async def _read(self, case_id: int) -> None:
        seen = live.revision()
        self.case_id = str(case_id)
        try:
            self.case = (await off_loop(load_case, case_id))["case"]
        except NotFound:
            self.case, self.is_missing, self.has_failed = CaseView(), True, False
            await live.leave(self, "case")
            return
        except Exception:  # noqa: BLE001  (the page says so and offers to try again)
            structlog.get_logger().exception("case_not_read")
            self.has_failed = True
            return
        self.is_loaded, self.is_missing, self.has_failed = True, False, False
        await live.show(self, "case", case_scene(case_id, number_of(self.case.order_id)), seen=seen)


def case_scene(case_id: int, order_id: int) -> Scene:
    def load() -> Vars:
        return load_case(case_id)

    about = ("order", order_id)
    return Scene(f"case {case_id}", Case.get_full_name(), Permission.AFTERSALE_READ, load, about=about)


def load_case(case_id: int) -> Vars:
    with reading() as session:
        return {"case": case_view(case_card(session, case_id, utc_now()))}


def _decision(form: dict[str, str]) -> RefundDecision:
    """Those that pay are not given here, whatever a browser sends."""
    word = form.get("decision", "")
    if word not in list(RefundDecision):
        raise BadInput("decision: choose one", field="decision", problem="case_form")
    if RefundDecision(word).pays:
        raise BadInput("decision: paying is for finance", field="decision", problem="paying_is_finance")
    return RefundDecision(word)


def _wording(form: dict[str, str]) -> Wording:
    return Wording(
        reason_code=form.get("reason_code", ""),
        words=form.get("words", ""),
        picture=form.get("picture", "").strip(),
        address_no=form.get("address_no", ""),
    )
