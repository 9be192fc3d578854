"""A buyer is told by the account whose turn it is. The openid or telephone lives here for one call.

Told at least once: a process that dies between the gateway's answer and its row tells again under the same number.
WeChat drops a template message's repeat; the SMS gateways and subscribe messages do not.
"""

from datetime import datetime

from sqlmodel import Session

from orderhub.automation.noticing import address_of, has_next, message_of, send_by_next
from orderhub.automation.notifier_keyring import notifier_line
from orderhub.automation.outbox import MOST_TRIES, Taken
from orderhub.automation.senders.contract import GO, Verdict
from orderhub.connectors.notifiers.registry import problem_of
from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.notice import Notice, NoticeState, sent_notice, skip_notice, too_late
from orderhub.domain.notice_plan import NoticePlan, plan_of, quiet_ends, ways_of
from orderhub.domain.notice_values import values_of
from orderhub.domain.notifier_account import NotifierAccount
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.rollout import goes_out
from orderhub.domain.shop import Shop
from orderhub.domain.track import Track
from orderhub.domain.words import UploadProblem
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import PartnerRefused, PartnerUnauthorised
from orderhub.kernel.eventlog import SYSTEM

# About half a minute where another way is there, about forty on the last one.
TRIES_OF_A_WAY, TRIES_OF_THE_LAST = 3, 8
_NO_ADDRESS = "no-address"


class NoticeSender:
    def may_go(self, session: Session, message: Taken) -> Verdict:
        now = utc_now()
        notice, order = _read(session, message)
        if not _is_its_turn(notice, message):
            return Verdict(UploadProblem.OVERTAKEN, "told by another way, or done with", is_final=True)
        plan = plan_of(session, order.shop_id, notice.moment)
        problem = _never(session, notice, order, plan, now) if plan else UploadProblem.TURNED_OFF
        if plan is None or problem is not None:
            problem = problem or UploadProblem.TURNED_OFF
            return Verdict(problem, problem.said, is_final=True)
        if quiet_ends(now, plan.quiet_from, plan.quiet_until) > now:
            return Verdict(UploadProblem.QUIET_HOURS, UploadProblem.QUIET_HOURS.said)
        most = TRIES_OF_A_WAY if has_next(session, notice) else TRIES_OF_THE_LAST
        account = session.get_one(NotifierAccount, message.addressee.id)
        if not account.is_active or MOST_TRIES - message.tries_left > most:
            return Verdict(UploadProblem.UNREACHABLE, f"no answer in {most} tries", is_final=True)
        return GO

    def send(self, message: Taken) -> str:
        """Raises: PartnerUnauthorised: only where no other way is left; the account rests then, and the message."""
        with reading() as session:
            notice, order = _read(session, message)
            account = session.get_one(NotifierAccount, message.addressee.id)
            plan = plan_of(session, order.shop_id, notice.moment)
            ways = ways_of(plan) if plan else ()
            to, values = address_of(session, account, order), values_of(session, notice, now=utc_now())
            is_last = not has_next(session, notice)
        if not to or not notice.way < len(ways) or ways[notice.way].account_id != account.id:
            raise PartnerRefused("there is no address of the buyer for this way", partner_code=_NO_ADDRESS)
        request_no = f"oh-{notice.id}-{notice.round}"
        try:
            return notifier_line(account).send(message_of(ways[notice.way], values, to=to, request_no=request_no))
        except PartnerUnauthorised as error:
            if is_last:
                raise
            raise _Passed(str(error), partner=error.partner, partner_code=error.partner_code) from error

    def problem_of(self, session: Session, message: Taken, error: PartnerRefused) -> UploadProblem:
        if isinstance(error, _Passed):
            return UploadProblem.UNAUTHORISED
        if error.partner_code == _NO_ADDRESS:
            return UploadProblem.NO_ADDRESS
        return problem_of(session.get_one(NotifierAccount, message.addressee.id).kind, error.partner_code)

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None:
        notice, _ = _read(session, message, lock=True)
        if not verdict.is_final or not _is_its_turn(notice, message):
            return
        if verdict.problem is UploadProblem.UNREACHABLE:
            send_by_next(session, notice, after=notice.way, problem=verdict.problem, now=now)
        else:
            skip_notice(session, notice, verdict.problem, now=now)

    def sent(self, session: Session, message: Taken, answer: str, now: datetime) -> None:
        notice, _ = _read(session, message, lock=True)
        account = session.get_one(NotifierAccount, message.addressee.id)
        sent_notice(session, notice, way=account.kind, now=now)
        about = ("notifier_account", account.id)
        resolve_anomaly(session, AnomalyKind.NOTICE_UNDELIVERABLE, about=about, by=SYSTEM, now=now)

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        notice, _ = _read(session, message, lock=True)
        if problem is UploadProblem.UNAUTHORISED:
            _account_in_trouble(session, message, partner_code, now)
        if _is_its_turn(notice, message):
            send_by_next(session, notice, after=notice.way, problem=problem, code=partner_code, now=now)

    def locked_out(self, session: Session, message: Taken, reason: str, now: datetime) -> None:
        """Until the account has new keys (workflows/resume_notifier.py); what is too old by then is not told."""
        _account_in_trouble(session, message, reason, now)


class _Passed(PartnerRefused):
    """Keys do not open, and another way is left: the message goes there, the account is not paused."""


def _never(session: Session, notice: Notice, order: Order, plan: NoticePlan, now: datetime) -> UploadProblem | None:
    """Why it is told no more, whoever asks."""
    if not plan.is_on or order.status is OrderStatus.CANCELLED:
        return UploadProblem.TURNED_OFF
    if not goes_out(session.get_one(Shop, order.shop_id), order.channel_order_no):
        return UploadProblem.NOT_ROLLED_OUT
    if notice.round:  # a person wants it told, late as it is
        return None
    return too_late(notice, session.get_one(Track, notice.track_id).node, now)


def _is_its_turn(notice: Notice, message: Taken) -> bool:
    return notice.state is NoticeState.WAITING and notice.way == message.body["way"]


def _read(session: Session, message: Taken, *, lock: bool = False) -> tuple[Notice, Order]:
    notice = session.get_one(Notice, message.body["notice_id"], with_for_update=lock or None)
    return notice, session.get_one(Order, notice.order_id)


def _account_in_trouble(session: Session, message: Taken, reason: str, now: datetime) -> None:
    account = session.get_one(NotifierAccount, message.addressee.id)
    open_anomaly(
        session,
        AnomalyKind.NOTICE_UNDELIVERABLE,
        about=("notifier_account", account.id),
        occurred_at=now,
        now=now,
        severity=Severity.HIGH,
        note=f"{account.name}: {UploadProblem.UNAUTHORISED.said} {reason}"[:500],
        role="admin",
    )
