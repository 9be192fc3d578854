"""What does the drawer's form for holding an order say?"""

from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.domain.hold import BY_HAND, NEVER, HoldReason, Until, hold_by_hand
from orderhub.domain.order import Order
from orderhub.kernel.errors import BadInput

# What the field ``ends`` may say.
BY_PERSON, IN_HOURS, BEFORE_PROMISE = "person", "hours", "promise"


def hold_as_told(session: Session, order: Order, form: dict[str, str], *, by: str, now: datetime) -> None:
    """Raises: as ``hold_by_hand``; BadInput: no such reason, or hours that are no whole number."""
    word = form.get("reason", "")
    if word not in list(BY_HAND):
        raise BadInput(f"reason: {word[:32]!r} is none for people", field="reason", problem="hold_reason")
    until = _until(form, now)
    hold_by_hand(session, order, HoldReason(word), by=by, now=now, note=form.get("note", ""), until=until)


def _until(form: dict[str, str], now: datetime) -> Until:
    ends = form.get("ends", BY_PERSON)
    if ends == BY_PERSON:
        return NEVER
    text = form.get("hours", "").strip()
    if ends not in (IN_HOURS, BEFORE_PROMISE) or not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise BadInput(f"hours: {text[:16]!r} is no whole number", field="hours", problem="hold_hours")
    return (
        Until(hours_before_promise=int(text)) if ends == BEFORE_PROMISE else Until(at=now + timedelta(hours=int(text)))
    )
