"""Who lets an order pass whose money looks wrong? Two people: one vouches for it, another one releases it.

Called with the order locked (``review.order_of``), so of two people who press at once the second is told of the first.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.hold import (
    LONGEST_NOTE,
    TWO_PERSON,
    Hold,
    HoldReason,
    release,
    standing_hold,
    take_vouch_back,
)
from orderhub.domain.order import Order, OrderEvent
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import clean_text


class AlreadyVouched(RuleBroken):
    code = "already_vouched"


class NobodyVouched(RuleBroken):
    code = "nobody_vouched"


class SamePerson(RuleBroken):
    code = "same_person"


@dataclass(frozen=True)
class HoldVouched(OrderEvent):
    reason: str


def vouch(session: Session, order: Order, reason: HoldReason, *, by: str, note: str, now: datetime) -> None:
    """初审: the first person says why the order may pass.

    Raises:
        AlreadyVouched: somebody has; they are named.
        AlreadyReleased: it is released; by whom is said.
        BadInput: there is no note, or one person alone releases this hold.
    """
    standing = _standing(session, order, reason)
    if standing.vouched_by:
        who = standing.vouched_by
        raise AlreadyVouched(f"{who} has vouched for {order.channel_order_no}: a second person releases it", who=who)
    standing.vouch_note = _said(note)
    standing.vouched_by, standing.vouched_at = by, now
    standing.sent_back_by = standing.sent_back_note = ""
    _touch(session, order, standing, now)
    record(session, HoldVouched(order.id, reason), actor=by, now=now)


def confirm(session: Session, order: Order, reason: HoldReason, *, by: str, now: datetime, note: str = "") -> None:
    """复核: the second person releases what the first has vouched for.

    Raises:
        NobodyVouched: a first person has to vouch for it.
        SamePerson: whoever vouched for it, or placed it, cannot release it.
        AlreadyReleased: it is released; by whom is said.
        StageForbids: the flow map lets nobody release it where it stands.
    """
    check_stage_allows(session, order, StageAction.RELEASE)
    _check_second(_standing(session, order, reason), by)
    release(session, order, reason, by=by, now=now, note=clean_text(note, most=LONGEST_NOTE, field="note"))


def send_back(session: Session, order: Order, reason: HoldReason, *, by: str, note: str, now: datetime) -> None:
    """退回: the second person does not agree; whoever is next has to vouch for it again. Raises: as ``confirm``."""
    standing = _standing(session, order, reason)
    _check_second(standing, by)
    take_vouch_back(session, standing, by=by, now=now, note=_said(note))
    _touch(session, order, standing, now)


def _standing(session: Session, order: Order, reason: HoldReason) -> Hold:
    standing = standing_hold(session, order, reason)
    if reason not in TWO_PERSON:
        raise BadInput(f"reason: {reason} is released by one person", field="reason", problem="hold_reason")
    return standing


def _check_second(standing: Hold, by: str) -> None:
    if not standing.vouched_by:
        raise NobodyVouched(f"nobody has vouched for {standing.reason} yet: a first person does that")
    if standing.vouched_by == by:
        raise SamePerson(f"{by} was the first to look: somebody else must release it")


def _said(note: str) -> str:
    said = clean_text(note, most=LONGEST_NOTE, field="note").strip()
    if not said:
        raise BadInput("note: say why", field="note", problem="missing")
    return said


def _touch(session: Session, order: Order, standing: Hold, now: datetime) -> None:
    order.changed_at = now
    session.add_all([order, standing])
