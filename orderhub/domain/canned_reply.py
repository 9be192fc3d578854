"""Which answers does customer service give again and again (话术)? Texts whose gaps an order fills, never a buyer."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.order import Order, Shipment
from orderhub.domain.ticket import TicketKind
from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text

TITLE_MOST, TEXT_MOST = 40, 500
MOST_REPLIES = 200
ORDER_NO, CARRIER, TRACKING_NO, GOODS = "订单号", "快递", "运单号", "商品"
PLACEHOLDERS = (ORDER_NO, CARRIER, TRACKING_NO, GOODS)
_GAP = re.compile(r"\{([^{}]*)\}")
_MOST_PARCELS = 5


class CannedReply(SQLModel, table=True):
    """``kind`` is None where it fits every ticket; one that is retired is kept, and offered no longer."""

    __tablename__ = "canned_reply"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    kind: TicketKind | None = Field(default=None, sa_type=word(TicketKind))
    title: str = Field(max_length=TITLE_MOST, unique=True)
    text: str = Field(max_length=TEXT_MOST)
    is_retired: bool = False
    changed_by: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=Moment)


class TitleTaken(RuleBroken):
    code = "title_taken"


class NothingToFillIn(RuleBroken):
    code = "nothing_to_fill_in"


@dataclass(frozen=True)
class CannedReplyChanged(Happening):
    subject_type: ClassVar[str] = "canned_reply"
    title: str
    is_retired: bool


def put_reply(
    session: Session,
    reply_id: int = 0,
    *,
    title: str,
    text: str,
    kind: TicketKind | None = None,
    by: str,
    now: datetime,
) -> CannedReply:
    """A new one, or what ``reply_id`` says from now on; it is offered again if it was retired.

    Raises:
        NotFound: no such reply. TitleTaken: another one is called so.
        BadInput: title or text is missing, too long, or has a gap nobody fills.
    """
    name = clean_text(title, most=TITLE_MOST, field="title")
    words = clean_text(text, most=TEXT_MOST, field="text")
    if not name or not words:
        raise BadInput("title and text: both are wanted", field="title", problem="reply_words")
    check_gaps(words)
    same = session.exec(select(CannedReply.id).where(CannedReply.title == name, CannedReply.id != reply_id)).first()
    if same:
        raise TitleTaken(f"{name}: there is one of that title", title=name)
    if not reply_id and len(session.exec(select(CannedReply.id).limit(MOST_REPLIES)).all()) >= MOST_REPLIES:
        raise BadInput(f"replies: at most {MOST_REPLIES}", field="title", problem="too_many_replies")
    reply = (
        reply_of(session, reply_id) if reply_id else CannedReply(title=name, text=words, changed_by=by, changed_at=now)
    )
    reply.title, reply.text, reply.kind, reply.is_retired = name, words, kind, False
    _keep(session, reply, by=by, now=now)
    return reply


def retire_reply(session: Session, reply_id: int, *, by: str, now: datetime) -> None:
    """Offer it no longer. Safe to repeat."""
    reply = reply_of(session, reply_id)
    if not reply.is_retired:
        reply.is_retired = True
        _keep(session, reply, by=by, now=now)


def reply_of(session: Session, reply_id: int) -> CannedReply:
    """Raises: NotFound."""
    found = session.get(CannedReply, reply_id, with_for_update=True)
    if found is None:
        raise NotFound(f"no canned reply has the id {reply_id}")
    return found


def replies(session: Session, *, kind: TicketKind | None = None, with_retired: bool = False) -> list[CannedReply]:
    """By title; of ``kind``, those that fit it before those that fit all."""
    wanted = select(CannedReply).order_by(col(CannedReply.title)).limit(MOST_REPLIES)
    if not with_retired:
        wanted = wanted.where(col(CannedReply.is_retired).is_(False))
    if kind:
        wanted = wanted.where((col(CannedReply.kind) == kind) | col(CannedReply.kind).is_(None))
    return sorted(session.exec(wanted), key=lambda reply: (reply.is_retired, reply.kind is None))


def check_gaps(text: str) -> None:
    """Raises: BadInput: a gap that no order fills, or a brace that opens or closes none."""
    if unknown := [gap for gap in _GAP.findall(text) if gap not in PLACEHOLDERS]:
        raise BadInput(f"text: {{{unknown[0]}}} is filled by nothing", field="text", problem="unknown_placeholder")
    if set("{}") & set(_GAP.sub("", text)):
        raise BadInput("text: a brace without its other half", field="text", problem="unknown_placeholder")


def filled(session: Session, reply: CannedReply, order: Order | None) -> str:
    """The text for one order's buyer.

    Raises:
        NothingToFillIn: it has a gap for what the order does not have yet: a waybill before it is shipped, say.
    """
    facts = _facts(session, order) if order else {}
    for gap in _GAP.findall(reply.text):
        if not facts.get(gap):
            raise NothingToFillIn(f"{reply.title}: nothing is known for {{{gap}}}", gap=gap)
    return _GAP.sub(lambda found: facts[found[1]], reply.text)


def _facts(session: Session, order: Order) -> dict[str, str]:
    wanted = select(Shipment).where(Shipment.order_id == order.id).order_by(col(Shipment.id)).limit(_MOST_PARCELS)
    parcels = session.exec(wanted).all()
    carriers = dict.fromkeys(parcel.carrier_name or parcel.carrier_code for parcel in parcels)
    return {
        ORDER_NO: order.channel_order_no,
        CARRIER: "、".join(filter(None, carriers)),
        TRACKING_NO: "、".join(parcel.tracking_no for parcel in parcels),
        GOODS: order.goods_text,
    }


def _keep(session: Session, reply: CannedReply, *, by: str, now: datetime) -> None:
    reply.changed_by, reply.changed_at = by, now
    session.add(reply)
    session.flush()
    record(session, CannedReplyChanged(reply.id, reply.title, reply.is_retired), actor=by, now=now)
