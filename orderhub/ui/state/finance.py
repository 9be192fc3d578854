"""Which refunds does this tab look at, which are agreed to together, and what needs no person?"""

from dataclasses import dataclass
from typing import Annotated, Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.auto_refund import AutoPolicy, set_policy
from orderhub.domain.finance_review import FinanceReview, ReviewState, approve
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind
from orderhub.insights.finance import FinanceQuery
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import batched
from orderhub.kernel.money import money_text, parse_yuan
from orderhub.kernel.sight import FieldGroup
from orderhub.kernel.veil import Money
from orderhub.ui.finance_view import FinanceView, finance_view, query_of
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import outcome_text
from orderhub.ui.state.review_case import check_offered
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.words import tr

_GAP_SECONDS = 1.0
_MOST_SELECTED = 200
_AT_ONCE = 20


@dataclass
class Bulk:
    """What is about to be agreed to: ``seen`` is the fen of each review as it stood when it was asked."""

    seen: Annotated[dict[str, int], FieldGroup.MONEY]
    money: Money


class Finance(Shown, Telling, rx.State):
    """``ids`` are selected reviews; while ``asked`` (how many) stands, a dialog asks whether to agree to them all."""

    view: FinanceView = FinanceView()
    ids: list[str] = []
    asked: str = ""
    asked_money: str = ""
    progress: str = ""
    _seen: dict[str, int] = {}

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    async def enter(self) -> None:
        self.asked = self.progress = ""
        await self._read()
        shown = {row.id for row in self.view.rows}
        self.ids = [review_id for review_id in self.ids if review_id in shown]

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    def toggle(self, review_id: str) -> None:
        others = [one for one in self.ids if one != review_id]
        self.ids = others if review_id in self.ids else [*others, review_id][-_MOST_SELECTED:]

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    def toggle_page(self, review_ids: list[str]) -> None:
        page = review_ids[:_MOST_SELECTED]
        self.ids = [] if set(page) <= set(self.ids) else page

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    def clear(self) -> None:
        self.ids, self.asked = [], ""

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    async def ask(self) -> None:
        """Say how many and how much before anything is agreed to; what is decided already falls out."""
        if not self.ids:
            self.said, self.is_refusal = tr(await self._lang(), "nothing_selected"), True
            return
        bulk = await off_loop(load_bulk, self.ids)
        self._seen, self.asked_money, self.asked = bulk.seen, bulk.money, str(len(bulk.seen))

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    def not_now(self) -> None:
        self.asked = ""

    @rx.event
    @needs(Permission.REFUND_REVIEW)
    async def approve_selected(self) -> Any:
        """Those that were asked about, some at a time, so that the page says how far it is."""
        lang, user, seen = await self._lang(), await signed(self), dict(self._seen)
        self.asked, self._seen = "", {}
        if not seen:
            self.said, self.is_refusal = tr(lang, "nothing_selected"), True
            return
        refused: dict[str, RuleBroken] = {}
        for done, part in enumerate(batched(seen, _AT_ONCE)):
            self.progress = f"{done * _AT_ONCE} / {len(seen)}"
            yield
            refused |= await off_loop(approve_each, user, {review_id: seen[review_id] for review_id in part})
        self.progress, self.ids = "", list(refused)
        self.said = outcome_text(lang, len(seen) - len(refused), list(refused.values()))
        self.is_refusal = bool(refused)
        await self._read()

    @rx.event
    @needs(Permission.REFUND_RULE)
    async def set_rule(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            kind, policy = _policy(form)
            set_policy(session, kind, policy, by=user.name, now=utc_now())

        await self._try(Permission.REFUND_RULE, change, done="auto_saved")
        await self._read()

    async def _read(self) -> None:
        user = await signed(self)
        query = query_of(self.router.url.query_parameters, user.name)
        await self._follow("finance", finance_scene(query, user.name))


def finance_scene(query: FinanceQuery, user: str) -> Scene:
    """Its own room for every person: what is theirs is one of its filters."""

    def load() -> Vars:
        return load_finance(query, user)

    room = f"finance {user} {query}"
    return Scene(room, Finance.get_full_name(), Permission.REFUND_REVIEW, load, gap_seconds=_GAP_SECONDS)


def load_finance(query: FinanceQuery, user: str) -> Vars:
    with reading() as session:
        return {"view": finance_view(session, query, user, utc_now())}


def load_bulk(review_ids: list[str]) -> Bulk:
    """Of those that are still open."""
    with reading() as session:
        found = [session.get(FinanceReview, number_of(review_id)) for review_id in review_ids]
        is_open = [one for one in found if one is not None and one.state is ReviewState.OPEN]
        seen = {str(one.id): session.get_one(Aftersale, one.aftersale_id).amount_fen for one in is_open}
    return Bulk(seen, money_text(sum(seen.values())))


def approve_each(user: Signed, seen: dict[str, int]) -> dict[str, RuleBroken]:
    """Agree to each review in a transaction of its own, for what was seen; returns what was refused, by id."""
    refused: dict[str, RuleBroken] = {}
    for review_id, amount_fen in sorted(seen.items(), key=lambda one: number_of(one[0])):
        try:
            with acting(user, Permission.REFUND_REVIEW) as session:
                check_offered(session, number_of(review_id), pays=True)
                approve(session, number_of(review_id), amount_fen=amount_fen, by=user.name, now=utc_now())
        except RuleBroken as error:
            refused[review_id] = error
    return refused


def _policy(form: dict[str, str]) -> tuple[AftersaleKind, AutoPolicy]:
    """Checkboxes come as ``reason-<word>`` where they are ticked."""
    kind, cap, most = (str(form.get(name) or "").strip() for name in ("kind", "cap", "most"))
    if kind not in list(AftersaleKind):
        raise BadInput("kind: there is no such", field="kind", problem="auto_kind")
    words = [name.removeprefix("reason-") for name, value in form.items() if name.startswith("reason-") and value]
    if any(word not in list(ReasonKind) for word in words):
        raise BadInput("reason: there is no such", field="reasons", problem="auto_reason")
    return AftersaleKind(kind), AutoPolicy(
        is_on=bool(form.get("is_on")),
        cap_fen=parse_yuan(cap.removeprefix("¥").replace(",", ""), field="cap") if cap else 0,
        reasons=tuple(reason for reason in ReasonKind if str(reason) in words),
        most_per_buyer=number_of(most),
    )
