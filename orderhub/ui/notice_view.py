"""What does the page of notices show, as the browser gets it? Each shop's plan, how it will look, and what was told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from orderhub.automation.noticing import preview
from orderhub.domain.notice import NoticeState
from orderhub.domain.notice_plan import (
    MOST_WAYS,
    QUIET_FROM,
    QUIET_UNTIL,
    NoticeMoment,
    NoticePlan,
    NoticeWay,
    may_tell,
    plans_of,
    ways_of,
)
from orderhub.domain.notifier_account import NotifierAccount, notifier_accounts
from orderhub.domain.shop import Shop
from orderhub.domain.words import UploadProblem
from orderhub.insights.notice import NoticeQuery, NoticeRow, notice_counts, notice_page
from orderhub.kernel.errors import BadInput
from orderhub.ui.board_rows import exact, unix

PATH = "/notices"
_OVER = (NoticeState.FAILED, NoticeState.SKIPPED)


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a shop and moment to change, and the list's filter."""

    shop: str = ""
    moment: NoticeMoment = NoticeMoment.SHIPPED
    query: NoticeQuery = field(default_factory=NoticeQuery)


@dataclass
class MomentView:
    """``ways`` are the kinds in their order; ``href`` opens it."""

    moment: str
    is_on: bool
    ways: list[str]
    quiet: str
    href: str
    is_chosen: bool


@dataclass
class ShopNoticesView:
    """``may_tell`` is False where the platform tells its buyers by itself: then there are no moments."""

    code: str
    name: str
    channel: str
    may_tell: bool
    moments: list[MomentView] = field(default_factory=list)


@dataclass
class ValueView:
    name: str
    text: str
    is_cut: bool


@dataclass
class WayView:
    """``typed`` as they are kept: ``thing1=goods``, a line each; ``place`` counts from 1."""

    place: str
    account_id: str = ""
    kind: str = ""
    account: str = ""
    template: str = ""
    typed: str = ""
    page: str = ""
    is_wrong: bool = False
    shown: list[ValueView] = field(default_factory=list)


@dataclass
class PlanView:
    """``ways`` has a place for each there may be; ``mark`` changes with what is kept, so that the form is made anew."""

    shop: str = ""
    name: str = ""
    moment: str = ""
    is_on: bool = False
    quiet_from: str = ""
    quiet_until: str = ""
    changed: str = ""
    mark: str = ""
    ways: list[WayView] = field(default_factory=list)


@dataclass
class NoticeView:
    id: str
    number: str
    href: str
    shop: str
    tracking_no: str
    moment: str
    state: str
    way: str
    account: str
    problem: str
    code: str
    at: str
    at_exact: str
    due: str
    may_retry: bool


@dataclass
class NoticesView:
    sent: str = "0"
    waiting: str = "0"
    failed: str = "0"
    shops: list[ShopNoticesView] = field(default_factory=list)
    accounts: list[tuple[str, str, str]] = field(default_factory=list)
    plan: PlanView = field(default_factory=PlanView)
    rows: list[NoticeView] = field(default_factory=list)
    state: str = ""
    moment: str = ""
    first: str = ""
    following: str = ""


def notices_view(session: Session, asked: Asked) -> NoticesView:
    counts, page = notice_counts(session), notice_page(session, asked.query)
    accounts = notifier_accounts(session)
    shops = list(session.exec(select(Shop).order_by(col(Shop.channel), col(Shop.id))))
    telling = [shop for shop in shops if may_tell(shop.channel)]
    chosen = next((shop for shop in telling if shop.code == asked.shop), telling[0] if telling else None)
    by_id = {account.id: account for account in accounts}
    return NoticesView(
        sent=f"{counts.get(NoticeState.SENT, 0):,}",
        waiting=f"{counts.get(NoticeState.WAITING, 0):,}",
        failed=f"{counts.get(NoticeState.FAILED, 0):,}",
        shops=[_shop(session, shop, by_id, chosen, asked) for shop in [*telling, *_platforms(shops)]],
        accounts=[(str(one.id), one.kind, one.name) for one in accounts],
        plan=_plan(session, chosen, asked.moment, by_id) if chosen else PlanView(),
        rows=[_row(row) for row in page.rows],
        state=asked.query.state or "",
        moment=asked.query.moment or "",
        first=_address(asked, 0) if asked.query.before else "",
        following=_address(asked, page.next_before) if page.next_before else "",
    )


def clock_of(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _platforms(shops: list[Shop]) -> list[Shop]:
    return [shop for shop in shops if not may_tell(shop.channel)]


def _shop(
    session: Session, shop: Shop, accounts: Mapping[int, NotifierAccount], chosen: Shop | None, asked: Asked
) -> ShopNoticesView:
    if not may_tell(shop.channel):
        return ShopNoticesView(shop.code, shop.name, shop.channel, may_tell=False)
    plans = plans_of(session, shop.id)
    is_here = chosen is not None and chosen.id == shop.id
    moments = [
        _moment(shop, moment, plans.get(moment), accounts, is_chosen=is_here and moment is asked.moment)
        for moment in NoticeMoment
    ]
    return ShopNoticesView(shop.code, shop.name, shop.channel, may_tell=True, moments=moments)


def _moment(
    shop: Shop,
    moment: NoticeMoment,
    plan: NoticePlan | None,
    accounts: Mapping[int, NotifierAccount],
    *,
    is_chosen: bool,
) -> MomentView:
    ways = ways_of(plan) if plan else ()
    quiet = f"{clock_of(plan.quiet_from)}–{clock_of(plan.quiet_until)}" if plan and _is_quiet(plan) else ""
    return MomentView(
        moment=moment,
        is_on=bool(plan and plan.is_on),
        ways=[str(accounts[way.account_id].kind) for way in ways if way.account_id in accounts],
        quiet=quiet,
        href=f"{PATH}?{urlencode({'shop': shop.code, 'moment': moment})}",
        is_chosen=is_chosen,
    )


def _is_quiet(plan: NoticePlan) -> bool:
    return plan.quiet_from != plan.quiet_until


def _plan(session: Session, shop: Shop, moment: NoticeMoment, accounts: Mapping[int, NotifierAccount]) -> PlanView:
    plan = plans_of(session, shop.id).get(moment)
    ways = ways_of(plan) if plan else ()
    shown = [_way(place, way, accounts, moment, shop.name) for place, way in enumerate(ways, 1)]
    empty = [WayView(str(place)) for place in range(len(ways) + 1, MOST_WAYS + 1)]
    return PlanView(
        shop=shop.code,
        name=shop.name,
        moment=moment,
        is_on=bool(plan and plan.is_on),
        quiet_from=clock_of(plan.quiet_from if plan else QUIET_FROM),
        quiet_until=clock_of(plan.quiet_until if plan else QUIET_UNTIL),
        changed=f"{exact(plan.changed_at)} {plan.changed_by}" if plan else "",
        mark=f"{shop.code}-{moment}-{unix(plan.changed_at) if plan else ''}",
        ways=[*shown, *empty],
    )


def _way(
    place: int, way: NoticeWay, accounts: Mapping[int, NotifierAccount], moment: NoticeMoment, shop_name: str
) -> WayView:
    account = accounts.get(way.account_id)
    typed = "\n".join(f"{name}={one}" for name, one in way.values)
    view = WayView(str(place), template=way.template_no, typed=typed, page=way.page)
    if account is None:
        return view
    view.account_id, view.kind, view.account = str(account.id), account.kind, account.name
    try:
        view.shown = [ValueView(one.name, one.text, one.is_cut) for one in preview(account, way, moment, shop_name)]
    except BadInput:
        view.is_wrong = True
    return view


def _row(row: NoticeRow) -> NoticeView:
    notice = row.notice
    at = notice.ended_at or notice.noted_at
    has_problem = notice.problem is not UploadProblem.NONE
    return NoticeView(
        id=str(notice.id),
        number=row.order_no,
        href=f"/orders?tab=all&order={notice.order_id}",
        shop=row.shop,
        tracking_no=notice.tracking_no,
        moment=notice.moment,
        state=notice.state,
        way=row.account.kind if row.account else "",
        account=row.account.name if row.account else "",
        problem=notice.problem if has_problem else "",
        code=notice.partner_code,
        at=unix(at),
        at_exact=exact(at),
        due=exact(notice.due_at) if notice.state is NoticeState.WAITING else "",
        may_retry=notice.state in _OVER,
    )


def _address(asked: Asked, before: int) -> str:
    query = asked.query
    said = {"state": query.state or "", "told_of": query.moment or "", "before": str(before) if before else ""}
    return f"{PATH}?{urlencode({name: value for name, value in said.items() if value})}"


def asked_in(given: Mapping[str, str], before: int) -> Asked:
    """What a link asks for; what it cannot mean is left out."""
    moment, state, told_of = (given.get(name, "") for name in ("moment", "state", "told_of"))
    return Asked(
        shop=given.get("shop", "")[:64],
        moment=NoticeMoment(moment) if moment in list(NoticeMoment) else NoticeMoment.SHIPPED,
        query=NoticeQuery(
            state=NoticeState(state) if state in list(NoticeState) else None,
            moment=NoticeMoment(told_of) if told_of in list(NoticeMoment) else None,
            before=before,
        ),
    )
