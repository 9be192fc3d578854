"""By which way does a notice go now, and what comes after it? The first of the plan's ways that can lead to the buyer.

A way that is refused, hangs or has no address for the buyer gives over to the next one; after the last one the notice
has failed. The buyer's openid or telephone is looked for here and read only when the message leaves.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.addressee import Addressee, notifier_addressee
from orderhub.automation.notifier_keyring import notifier_line
from orderhub.automation.outbox import OutboxKind, OutboxPause, PauseCause, owe
from orderhub.connectors.notifiers.contract import BuyerMessage
from orderhub.connectors.notifiers.registry import MODULES
from orderhub.domain.buyer_contact import has_phone, mobile_in, phone_of
from orderhub.domain.notice import Notice, begin_anew, fail_notice
from orderhub.domain.notice_plan import (
    NoticeField,
    NoticeMoment,
    NoticePlan,
    NoticeTried,
    NoticeWay,
    may_tell,
    plan_of,
    quiet_ends,
    set_notice_plan,
    ways_of,
)
from orderhub.domain.notice_values import Values, sample_values
from orderhub.domain.notifier_account import NotifierAccount
from orderhub.domain.order import Order
from orderhub.domain.payment import SETTLED, Payment
from orderhub.domain.shop import Shop, shop_named
from orderhub.domain.words import UploadProblem
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import record

_OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}")


@dataclass(frozen=True)
class Shown:
    """What a value of a template will be; ``is_cut`` where it is not all of what we have to say."""

    name: str
    text: str
    is_cut: bool


def send_by_next(
    session: Session, notice: Notice, *, after: int, problem: UploadProblem, code: str = "", now: datetime
) -> bool:
    """Owe the notice by the first way behind ``after`` (-1: by any) that can lead to the buyer.

    Where there is none it has failed, for ``problem`` or for want of an address; False then.
    """
    plan = plan_of(session, notice.shop_id, notice.moment)
    order = session.get_one(Order, notice.order_id)
    ways = ways_of(plan) if plan else ()
    place = _next(session, ways, order, after=after)
    if place is None:
        is_unreached = problem is UploadProblem.NONE
        fail_notice(session, notice, UploadProblem.NO_ADDRESS if is_unreached else problem, code, now=now)
        return False
    notice.way, notice.account_id, notice.problem, notice.partner_code = place, ways[place].account_id, problem, code
    session.add(notice)
    due_at = quiet_ends(max(now, notice.due_at), plan.quiet_from, plan.quiet_until) if plan else now
    owe(
        session,
        OutboxKind.NOTICE,
        notifier_addressee(notice.account_id),
        key=f"{notice.id}:{place}",
        number=order.channel_order_no,
        about=order.id,
        body={"notice_id": notice.id, "order_id": order.id, "tracking_no": notice.tracking_no, "way": place},
        version=notice.round + 1,
        now=now,
        due_at=due_at,
    )
    return True


def has_next(session: Session, notice: Notice) -> bool:
    plan = plan_of(session, notice.shop_id, notice.moment)
    order = session.get_one(Order, notice.order_id)
    return plan is not None and _next(session, ways_of(plan), order, after=notice.way) is not None


def tell_again(session: Session, notice_id: int, *, by: str, now: datetime) -> bool:
    """A person's wish, whatever became of it before. Raises: NotFound, NoticeNotOver."""
    notice = begin_anew(session, notice_id, by=by, now=now)
    return send_by_next(session, notice, after=-1, problem=UploadProblem.NONE, now=now)


def address_of(session: Session, account: NotifierAccount, order: Order) -> str:
    """The buyer's openid of the account's own app, or telephone; empty where there is none that may be used."""
    if account.kind.is_sms:
        return phone_of(session, order.shop_id, order.channel_order_no)
    return _openids(session, order).get(account.app_no, "")


def filled(way: NoticeWay, values: Values) -> tuple[tuple[str, str], ...]:
    return tuple((name, values[field]) for name, field in way.values)


def message_of(way: NoticeWay, values: Values, *, to: str, request_no: str) -> BuyerMessage:
    link = values[NoticeField.LINK]
    page = f"{way.page}?code={values[NoticeField.LINK_CODE]}" if way.page else ""
    return BuyerMessage(request_no, to, way.template_no, filled(way, values), url=link, page=page)


def preview(account: NotifierAccount, way: NoticeWay, moment: NoticeMoment, shop_name: str) -> list[Shown]:
    """How a message will look, filled with samples. Raises: BadInput: a value cannot be what the template wants."""
    module, found = MODULES[account.kind], []
    for name, text in filled(way, sample_values(moment, shop_name)):
        shown = module.shown(name, text)
        found.append(Shown(name, shown, is_cut=shown != text))
    return found


def change_plan(
    session: Session,
    shop: Shop,
    moment: NoticeMoment,
    *,
    is_on: bool,
    ways: Sequence[NoticeWay],
    quiet: tuple[int, int],
    by: str,
    now: datetime,
) -> NoticePlan:
    """As ``set_notice_plan``, once every way has been tried on a sample. Raises: BadInput."""
    plan = set_notice_plan(session, shop, moment, is_on=is_on, ways=tuple(ways), quiet=quiet, by=by, now=now)
    for way in ways:
        for shown in preview(session.get_one(NotifierAccount, way.account_id), way, moment, shop.name):
            if shown.text == "-":
                raise BadInput(f"{shown.name}: nothing is left of it", field="values", problem="notice_empty_value")
    return plan


def send_sample(
    session: Session, shop_code: str, moment: NoticeMoment, place: int, to: str, *, by: str, now: datetime
) -> Callable[[], str]:
    """What sends one message of samples to ``to``, once the transaction is over; that it was asked for is kept.

    Raises:
        BadInput: there is no such way, or ``to`` is no telephone or openid.
    """
    shop = shop_named(session, shop_code)
    plan = plan_of(session, shop.id, moment)
    ways = ways_of(plan) if plan else ()
    if not 1 <= place <= len(ways):
        raise BadInput("place: save the way first", field="place", problem="notice_no_way")
    way = ways[place - 1]
    account = session.get_one(NotifierAccount, way.account_id)
    address = mobile_in(to) if account.kind.is_sms else to if _OPENID.fullmatch(to) else ""
    if not address:
        raise BadInput("to: a mobile of eleven digits, or an openid", field="to", problem="notice_to")
    record(session, NoticeTried(shop.id, moment, account.kind), actor=by, now=now)
    message = message_of(way, sample_values(moment, shop.name), to=address, request_no=f"oh-test-{now.timestamp():.0f}")
    line = notifier_line(account)
    return lambda: line.send(message)


def _next(session: Session, ways: Sequence[NoticeWay], order: Order, *, after: int) -> int | None:
    """An account whose keys are refused is passed over as long as another way is there."""
    if not may_tell(order.channel):
        return None
    fitting = [place for place, way in enumerate(ways) if place > after and _leads(session, way, order)]
    locked_out = _locked_out(session)
    open_ones = [place for place in fitting if notifier_addressee(ways[place].account_id) not in locked_out]
    return next(iter(open_ones or fitting), None)


def _leads(session: Session, way: NoticeWay, order: Order) -> bool:
    account = session.get(NotifierAccount, way.account_id)
    if account is None or not account.is_active:
        return False
    if account.kind.is_sms:
        return has_phone(session, order.shop_id, order.channel_order_no)
    return bool(_openids(session, order).get(account.app_no))


def _locked_out(session: Session) -> set[Addressee]:
    wanted = select(OutboxPause).where(OutboxPause.cause == PauseCause.UNAUTHORISED)
    return {pause.addressee for pause in session.exec(wanted)}


def _openids(session: Session, order: Order) -> dict[str, str]:
    """By the app they belong to: an openid means nothing to another app. The payer's is the surest."""
    if not may_tell(order.channel):
        return {}
    app_no = session.get_one(Shop, order.shop_id).app_key
    paid = select(Payment.payer_token).where(Payment.order_id == order.id, col(Payment.status).in_(SETTLED))
    openid = next((token for token in session.exec(paid) if token), "") or order.buyer_token
    return {app_no: openid} if app_no and app_no != "-" and openid else {}
