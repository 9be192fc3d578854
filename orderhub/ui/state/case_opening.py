"""Which case is somebody about to open for which order, and what would it come to?"""

from dataclasses import dataclass, field
from typing import Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.acting import check_permission
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.opening import kinds_for, open_case, weigh
from orderhub.domain.order import Order
from orderhub.domain.order_stock import every_line
from orderhub.domain.refund_answer import left_fen
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.money import money_text, parse_yuan
from orderhub.kernel.veil import Money
from orderhub.ui.case_queue_view import case_href
from orderhub.ui.gate import needs, signed
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import refusal_text
from orderhub.ui.state.telling import Telling

PIECES = "pieces."
Form = dict[str, Any]


@dataclass
class OpeningLine:
    """``field`` is what its number of pieces is called in the form."""

    field: str
    title: str
    sku: str
    spec: str
    quantity: str
    total: Money


@dataclass
class OpeningView:
    """``kinds`` are empty where no case can be opened."""

    order_id: str = ""
    order_no: str = ""
    channel: str = "taobao"
    status: str = "to_review"
    paid: Money = ""
    left: Money = ""
    kinds: list[str] = field(default_factory=list)
    lines: list[OpeningLine] = field(default_factory=list)


@dataclass
class ShareView:
    title: str
    quantity: str
    amount: Money


@dataclass
class OpeningPreview:
    amount: Money = ""
    left: Money = ""
    shares: list[ShareView] = field(default_factory=list)


class CaseOpening(Telling, rx.State):
    """``preview`` is of what was sent last; confirming opens that and nothing else."""

    view: OpeningView = OpeningView()
    preview: OpeningPreview = OpeningPreview()
    is_missing: bool = False
    _asked: Form = {}

    @rx.event
    @needs(Permission.AFTERSALE_READ)
    async def enter(self) -> None:
        wanted = number_of(self.router.url.query_parameters.get("open", ""))
        if str(wanted or "") != self.view.order_id:
            self.said, self.preview, self._asked = "", OpeningPreview(), {}
        if not wanted:
            self.view = OpeningView()
            return
        try:
            self.view, self.is_missing = await off_loop(load_opening, wanted), False
        except NotFound:
            self.view, self.is_missing = OpeningView(order_id=str(wanted)), True

    @rx.event
    @needs(Permission.AFTERSALE_OPEN)
    async def look(self, form: Form) -> None:
        """What the case would be; nothing is opened."""
        self.said, self.preview, self._asked = "", OpeningPreview(), {}
        try:
            self.preview = await off_loop(load_preview, await signed(self), form)
        except RuleBroken as error:
            self.said, self.is_refusal = refusal_text(await self._lang(), error), True
            return
        self._asked = dict(form)

    @rx.event
    @needs(Permission.AFTERSALE_OPEN)
    async def open(self) -> Any:
        form, opened = self._asked, []

        def change(session: Session, user: Signed) -> None:
            kind, reason = _kind(form), _reason(form)
            case = open_case(
                session,
                number_of(_text(form, "order_id")),
                kind,
                _pieces(form),
                _amount(form),
                reason,
                _text(form, "words"),
                is_at_our_door=bool(form.get("at_door")),
                by=user.name,
                now=utc_now(),
            )
            opened.append(case.id)

        if not await self._try(Permission.AFTERSALE_OPEN, change, done="case_opened"):
            return None
        self.said, self.preview, self._asked = "", OpeningPreview(), {}
        return rx.redirect(case_href(opened[-1]))


def load_opening(order_id: int) -> OpeningView:
    """Raises: NotFound."""
    with reading() as session:
        order = _order(session, order_id)
        return OpeningView(
            order_id=str(order.id),
            order_no=order.channel_order_no,
            channel=order.channel,
            status=order.status,
            paid=money_text(order.paid_fen),
            left=money_text(left_fen(session, order)),
            kinds=[str(kind) for kind in kinds_for(order)] if order.paid_fen > 0 else [],
            lines=[
                OpeningLine(
                    f"{PIECES}{line.id}",
                    line.title,
                    line.sku_code or "—",
                    line.spec,
                    str(line.quantity),
                    money_text(line.total_fen),
                )
                for line in every_line(session, order)
            ],
        )


def load_preview(user: Signed, form: Form) -> OpeningPreview:
    check_permission(user, Permission.AFTERSALE_OPEN)
    with reading() as session:
        order = _order(session, number_of(_text(form, "order_id")))
        _reason(form)
        weighed = weigh(session, order, _kind(form), _pieces(form), _amount(form))
    shares = [ShareView(one.line.title, str(one.quantity), money_text(one.amount_fen)) for one in weighed.shares]
    return OpeningPreview(money_text(weighed.amount_fen), money_text(weighed.left_fen), shares)


def _order(session: Session, order_id: int) -> Order:
    if found := session.get(Order, order_id):
        return found
    raise NotFound(f"order {order_id} does not exist")


def _text(form: Form, name: str) -> str:
    return str(form.get(name) or "")


def _kind(form: Form) -> AftersaleKind:
    word = _text(form, "kind")
    if word not in list(AftersaleKind):
        raise BadInput("kind: choose one", field="kind", problem="case_form")
    return AftersaleKind(word)


def _reason(form: Form) -> ReasonKind:
    word = _text(form, "reason")
    if word not in list(ReasonKind):
        raise BadInput("reason: choose one", field="reason", problem="case_form")
    return ReasonKind(word)


def _pieces(form: Form) -> dict[int, int]:
    """Of each line that says a number; one that is none counts as more than there are."""
    found: dict[int, int] = {}
    for name in form:
        said = _text(form, name).strip()
        if name.startswith(PIECES) and said not in ("", "0"):
            found[number_of(name.removeprefix(PIECES))] = number_of(said) or -1
    return found


def _amount(form: Form) -> int | None:
    said = _text(form, "amount").strip().removeprefix("¥")
    return parse_yuan(said, field="amount_fen") if said else None
