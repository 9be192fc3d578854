"""Which refunds before shipping are refused by rule as shipped already, and what stops a parcel that has left?"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain import interception
from orderhub.domain.aftersale import Aftersale, case_of
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.interception import GoodsStopped, Interception, InterceptionOutcome
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.refund_answer import CaseEnded, RefundAnswer, Wording, answer
from orderhub.domain.rules.ruling import RULES
from orderhub.domain.words import Channel, RefundDecision
from orderhub.kernel.columns import Moment, word
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import Happening, Was, before, record

WORDS = "商品已发出，请拒收或收货后申请退货"
# Source: JD_REASONS (domain/refund_answer.py); the only channel whose list is public.
_JD_ON_ITS_WAY, _JD_DELIVERED = "1", "2"
_DELIVERED = (OrderStatus.DELIVERED, OrderStatus.COMPLETED)
# Its refusal wants a number out of a list that it shows in its own back office.
NEEDS_CODE = (Channel.DOUYIN,)


class ShippedRefusal(SQLModel, table=True):
    """The merchant's choice for one channel; without a row it is off. ``reason_code`` is the channel's own."""

    __tablename__ = "shipped_refusal"  # pyright: ignore[reportAssignmentType]

    channel: Channel = Field(primary_key=True, sa_type=word(Channel))
    is_on: bool = False
    reason_code: str = Field(default="", max_length=32)
    changed_by: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=Moment)


class NothingToStop(RuleBroken):
    code = "nothing_to_stop"


@dataclass(frozen=True)
class ShippedRefusalChanged(Happening):
    """``subject_id`` is 0: the channel is its key."""

    subject_type: ClassVar[str] = "shipped_refusal"
    channel: str
    is_on: bool
    reason_code: str
    was: Was | None = None


def refusal_of(session: Session, channel: Channel) -> ShippedRefusal | None:
    return session.get(ShippedRefusal, channel)


def refusals(session: Session) -> dict[Channel, ShippedRefusal]:
    return {one.channel: one for one in session.exec(select(ShippedRefusal).order_by(col(ShippedRefusal.channel)))}


def set_refusal(
    session: Session, channel: str, *, is_on: bool, reason_code: str = "", by: str, now: datetime
) -> ShippedRefusal:
    """Whether cases of ``channel`` whose goods have left are refused by rule. Safe to repeat.

    Raises:
        BadInput: no such channel; or it wants a reason of its own, and none or no number is given.
    """
    if channel not in list(Channel):
        raise BadInput(f"channel: there is no {channel[:32]!r}", field="channel", problem="no_such_channel")
    code = reason_code.strip()
    if code and not (code.isascii() and code.isdigit() and len(code) <= 19):
        raise BadInput("reason: the channel's own number of it", field="reason_code", problem="unknown_reason")
    if is_on and channel in NEEDS_CODE and not code:
        raise BadInput(f"reason: {channel} wants one of its own", field="reason_code", problem="refusal_reason")
    standing = session.get(ShippedRefusal, Channel(channel), with_for_update=True)
    if standing and (standing.is_on, standing.reason_code) == (is_on, code):
        return standing
    was = before(standing, "is_on", "reason_code")
    kept = standing or ShippedRefusal(channel=Channel(channel), changed_by=by, changed_at=now)
    kept.is_on, kept.reason_code, kept.changed_by, kept.changed_at = is_on, code, by, now
    session.add(kept)
    record(session, ShippedRefusalChanged(0, channel, is_on, code, was), actor=by, now=now)
    return kept


def refuse_as_shipped(session: Session, case_id: int, *, now: datetime) -> RefundAnswer | None:
    """Refuse the case by rule, where its channel's choice says so and its goods are still on their way; else None.

    Raises:
        RuleBroken: as ``answer``: a person has to look.
    """
    order, case = case_of(session, case_id)
    chosen = refusal_of(session, case.channel)
    if not chosen or not chosen.is_on or not is_on_its_way(session, order, case):
        return None
    wording = Wording(reason_code=_reason(chosen, order), words=WORDS)
    return answer(session, case_id, RefundDecision.REFUSE, wording, by=RULES, now=now)


def is_on_its_way(session: Session, order: Order, case: Aftersale) -> bool:
    """The case is open, and its goods left before we heard of it and were not stopped since."""
    row = interception.of_case(session, case.id)
    if row is None or case.status in ENDED or row.let_go_at or row.stopped_at:
        return False
    return row.outcome is InterceptionOutcome.TOO_LATE and interception.has_left(session, order, row.line_no)


def stop_at_carrier(session: Session, case_id: int, *, by: str, now: datetime) -> Interception:
    """A person says that the carrier has stopped the parcel: from now on the case may be paid. Safe to repeat.

    Raises:
        NotFound: there is no such case.
        CaseEnded: it has ended.
        NothingToStop: its goods have not left, or it is no refund before shipping.
    """
    order, case = case_of(session, case_id)
    row = interception.of_case(session, case_id)
    if row and row.stopped_by:
        return row
    if case.status in ENDED:
        raise CaseEnded(f"{case.channel_refund_no} is {case.status}: nothing is left to stop")
    if row is None or not interception.has_left(session, order, row.line_no):
        raise NothingToStop(f"{case.channel_refund_no}: none of its goods are on their way")
    row.stopped_at, row.stopped_by = now, by
    session.add(row)
    record(session, GoodsStopped(case.id, order.id), actor=by, now=now)
    return row


def _reason(chosen: ShippedRefusal, order: Order) -> str:
    if chosen.channel is Channel.JD and not chosen.reason_code:
        return _JD_DELIVERED if order.status in _DELIVERED else _JD_ON_ITS_WAY
    return chosen.reason_code
