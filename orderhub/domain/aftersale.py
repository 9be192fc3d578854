"""What goes back? An after-sale case of an order: as its channel tells of it, as a file or a person opened it."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain import delivery_plan, interception, order_stock
from orderhub.domain.acceptance import Outcome
from orderhub.domain.aftersale_life import ENDED, check_move, stage_of
from orderhub.domain.aftersale_line import keep_lines
from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.hold import HoldReason, hold, release
from orderhub.domain.order import UNSHIPPED, Order, OrderStatus
from orderhub.domain.refund_reason import (
    Meaning,
    ReasonKind,
    ReasonSaid,
    ReasonWord,
    folded,
    meaning_of,
    own_reason_of,
)
from orderhub.domain.review import move as move_order
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import shown_text
from orderhub.kernel.money import bounded_fen
from orderhub.kernel.sight import find

_RANK = {status: rank for rank, status in enumerate(AftersaleStatus)}


class CaseOrigin(StrEnum):
    CHANNEL = "channel"
    FILE = "file"
    HAND = "hand"  # no channel knows of it: the hub alone decides


class Aftersale(SQLModel, table=True):
    """Unique by the shop and the channel's number; ``deadline`` is when the channel decides alone.

    ``status`` is what the channel says, or what we say where it says nothing; ``stage`` is where the case stands with
    our own steps: ``inspected_at`` (the goods), ``reviewed_since`` (before finance), ``approved_at`` (we said yes).
    ``opened_by`` is empty where a buyer asked.
    """

    __table_args__ = (
        UniqueConstraint("shop_id", "channel_refund_no"),
        Index("ix_aftersale_stage_deadline", "stage", "deadline", "id"),
        Index("ix_aftersale_stage_id", "stage", "id"),
        Index("ix_aftersale_return_tracking_no", "return_tracking_no"),
        Index("ix_aftersale_channel_refund_no", "channel_refund_no"),
        Index("ix_aftersale_requested_at", "requested_at", "channel", "shop_id"),
    )

    id: int = own_id()
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId, index=True)
    channel: Channel = Field(sa_type=word(Channel))
    channel_refund_no: str = Field(max_length=64)
    channel_line_no: str = Field(default="", max_length=64)
    kind: AftersaleKind = Field(sa_type=word(AftersaleKind))
    status: AftersaleStatus = Field(sa_type=word(AftersaleStatus), index=True)
    channel_status_word: str = Field(max_length=64)
    amount_fen: int = Field(sa_type=BigId)
    reason: str = Field(default="", max_length=200)
    reason_kind: ReasonKind = Field(default=ReasonKind.OTHER, sa_type=word(ReasonKind))
    own_reason_id: int | None = Field(default=None, foreign_key="own_reason.id", sa_type=BigId)
    deadline: datetime | None = Field(default=None, sa_type=Moment)
    return_tracking_no: str = Field(default="", max_length=64)
    requested_at: datetime = Field(sa_type=Moment)
    channel_updated_at: datetime = Field(sa_type=Moment)
    content_digest: str = Field(max_length=64)
    accepted_at: datetime = Field(sa_type=Moment)
    stage: AftersaleStatus = Field(default=AftersaleStatus.REQUESTED, sa_type=word(AftersaleStatus))
    origin: CaseOrigin = Field(default=CaseOrigin.CHANNEL, sa_type=word(CaseOrigin))
    opened_by: str = Field(default="", max_length=64)
    inspected_at: datetime | None = Field(default=None, sa_type=Moment)
    reviewed_since: datetime | None = Field(default=None, sa_type=Moment)
    approved_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def is_ours(self) -> bool:
        """No channel decides it: the money goes back through the merchant's own account, or by hand."""
        return self.origin is CaseOrigin.HAND or not self.channel.is_asked


_OURS = {"id", "accepted_at", "stage", "origin", "opened_by", "inspected_at", "reviewed_since", "approved_at"}


@dataclass(frozen=True)
class AftersaleEvent(Happening):
    subject_type: ClassVar[str] = "aftersale"
    order_id: int


@dataclass(frozen=True)
class RefundRequested(AftersaleEvent):
    kind: str
    amount_fen: int


@dataclass(frozen=True)
class AftersaleMoved(AftersaleEvent):
    """What its channel says, or we where it says nothing."""

    source: str
    target: str


@dataclass(frozen=True)
class StageMoved(AftersaleEvent):
    """Where it stands, our own steps included."""

    source: str
    target: str


def accept_refund(
    session: Session, shop: Shop, draft: RefundDraft, *, now: datetime, origin: CaseOrigin = CaseOrigin.CHANNEL
) -> Outcome:
    """Take ``draft`` in as a case of its order. Safe to repeat, in any order of versions; the newest wins.

    Raises:
        NotFound: the order is not here yet; ask for it, then try again.
        BadInput: an absurd amount; nothing is changed.
    """
    if bounded_fen(draft.amount_fen, field="refund amount") < 0:
        raise BadInput("refund amount: is negative", field="amount", problem="absurd_money")
    order = _order(session, shop, draft.channel_order_no)
    fresh = _newcomer(shop, order, draft, meaning_of(session, shop.channel, draft.reason, now=now), now)
    fresh.origin = origin
    standing = _standing(session, shop, draft.channel_refund_no)
    if standing is None:
        try:
            with session.begin_nested():
                session.add(fresh)
        except IntegrityError:  # another worker was first
            return accept_refund(session, shop, draft, now=now, origin=origin)
        happening = RefundRequested(fresh.id, fresh.order_id, fresh.kind, fresh.amount_fen)
        record(session, happening, actor=fresh.channel, now=now)
        _follow(session, order, fresh, draft, now)
        return Outcome.CREATED
    if _version(fresh) <= _version(standing):
        return Outcome.UNCHANGED if _version(fresh) == _version(standing) else Outcome.STALE
    _take_over(session, standing, fresh, now)
    _follow(session, order, standing, draft, now)
    return Outcome.UPDATED


def begin(session: Session, order: Order, case: Aftersale, pieces: dict[int, int], *, by: str, now: datetime) -> None:
    """A case that a person opened comes into being, with ``pieces`` of the order's lines by their ids."""
    session.add(case)
    session.flush()
    record(session, RefundRequested(case.id, case.order_id, case.kind, case.amount_fen), actor=by, now=now)
    restage(session, case, by=by, now=now)
    keep_lines(session, order, case, pieces=pieces)
    _tell_order(session, order, case, by=by, now=now)


def restage(session: Session, case: Aftersale, *, by: str, now: datetime) -> None:
    """Bring ``case.stage`` to where it stands; called after each change of it, in that change's transaction.

    A buyer who asks again begins anew: what was said of the refused request holds no longer.
    """
    if case.stage in ENDED and case.status not in ENDED:
        case.reviewed_since = case.approved_at = None
    target = stage_of(
        case.kind,
        case.status,
        inspected_at=case.inspected_at,
        reviewed_since=case.reviewed_since,
        approved_at=case.approved_at,
    )
    if case.stage is not target:
        record(session, StageMoved(case.id, case.order_id, case.stage, target), actor=by, now=now)
        case.stage = target
        if target in ENDED:
            said, about = f"the case is {target}", ("aftersale", case.id)
            resolve_anomaly(session, AnomalyKind.REFUND_NOT_ANSWERED, about=about, by=by, now=now, reason=said)
    session.add(case)


def case_of(session: Session, case_id: int) -> tuple[Order, Aftersale]:
    """The case and its order, both locked, the order first as everywhere.

    Raises:
        NotFound: there is no such case.
    """
    named = find(session, Aftersale, case_id)
    if named is None:
        raise NotFound(f"no after-sale case has the id {case_id}")
    order = session.get_one(Order, named.order_id, with_for_update=True)
    return order, session.get_one(Aftersale, case_id, with_for_update=True)


def move(session: Session, case: Aftersale, target: AftersaleStatus, *, by: str, now: datetime) -> None:
    """Bring on a case that no channel decides; one that has ended stays as it is. Safe to repeat.

    Raises:
        IllegalMove: a case of its kind does not go that way.
    """
    if case.status is target or case.status in ENDED:
        return
    check_move(case.kind, case.status, target)
    record(session, AftersaleMoved(case.id, case.order_id, case.status, target), actor=by, now=now)
    case.status = target
    restage(session, case, by=by, now=now)
    _tell_order(session, session.get_one(Order, case.order_id, with_for_update=True), case, by=by, now=now)


def say_reason(
    session: Session,
    channel: Channel,
    words: str,
    kind: ReasonKind,
    *,
    own_id: int | None = None,
    by: str,
    now: datetime,
) -> ReasonWord:
    """From now on ``words`` of ``channel`` mean ``kind``, and the cases that are here take it. Safe to repeat.

    ``own_id``: the merchant's own reason; the kind is the one it counts as.

    Raises:
        BadInput: there are no words. NotFound: there is no such own reason.
    """
    kind = own_reason_of(session, own_id).kind if own_id else kind
    reason = folded(words)
    if not reason:
        raise BadInput("reason: has no words", field="reason", problem="missing")
    wanted = select(ReasonWord).where(ReasonWord.channel == channel, ReasonWord.words == reason)
    said = session.exec(wanted.with_for_update()).one_or_none()
    if said and (said.kind, said.own_id) == (kind, own_id):
        return said
    said = said or ReasonWord(channel=channel, words=reason, met_at=now)
    said.kind, said.own_id, said.said_by = kind, own_id, by
    session.add(said)
    session.flush()
    spelled = session.exec(select(Aftersale.reason).where(Aftersale.channel == channel).distinct())
    same = [spelling for spelling in spelled if folded(spelling) == reason]
    taken = update(Aftersale).where(col(Aftersale.channel) == channel, col(Aftersale.reason).in_(same))
    cases = session.exec(taken.values(reason_kind=kind, own_reason_id=own_id)).rowcount
    record(session, ReasonSaid(said.id, channel, kind, cases), actor=by, now=now)
    return said


def _order(session: Session, shop: Shop, channel_order_no: str) -> Order:
    wanted = select(Order).where(Order.shop_id == shop.id, Order.channel_order_no == channel_order_no)
    found = session.exec(wanted.with_for_update()).one_or_none()
    if not found:
        raise NotFound(f"order {channel_order_no} of {shop.code} is not here yet")
    return found


def _standing(session: Session, shop: Shop, channel_refund_no: str) -> Aftersale | None:
    wanted = select(Aftersale).where(Aftersale.shop_id == shop.id, Aftersale.channel_refund_no == channel_refund_no)
    return session.exec(wanted).one_or_none()


def _newcomer(shop: Shop, order: Order, draft: RefundDraft, meaning: Meaning, now: datetime) -> Aftersale:
    return Aftersale(
        shop_id=shop.id,
        order_id=order.id,
        channel=draft.channel,
        channel_refund_no=draft.channel_refund_no,
        channel_line_no=draft.channel_line_no,
        kind=draft.kind,
        status=draft.status,
        channel_status_word=shown_text(draft.status_word, 64),
        amount_fen=draft.amount_fen,
        reason=shown_text(draft.reason, 200),
        reason_kind=meaning.kind,
        own_reason_id=meaning.own_id,
        deadline=draft.deadline,
        return_tracking_no=draft.return_tracking_no[:64],
        requested_at=draft.requested_at,
        channel_updated_at=draft.updated_at,
        content_digest=hashlib.sha256(repr(asdict(draft)).encode()).hexdigest(),
        accepted_at=now,
        stage=draft.status,
    )


def _version(case: Aftersale) -> tuple[datetime, int, str]:
    return case.channel_updated_at, _RANK[case.status], case.content_digest


def _take_over(session: Session, case: Aftersale, fresh: Aftersale, now: datetime) -> None:
    if case.status != fresh.status:
        moved = AftersaleMoved(case.id, case.order_id, case.status, fresh.status)
        record(session, moved, actor=case.channel, now=now)
    for name in Aftersale.model_fields.keys() - _OURS:
        setattr(case, name, getattr(fresh, name))
    session.add(case)


def _follow(session: Session, order: Order, case: Aftersale, draft: RefundDraft, now: datetime) -> None:
    """What an accepted case means to its order; a word we have not met is an anomaly."""
    restage(session, case, by=case.channel, now=now)
    keep_lines(session, order, case)
    _tell_order(session, order, case, by=case.channel, now=now)
    about = ("aftersale", case.id)
    if draft.unknown:
        note = "; ".join(draft.unknown)
        kind = AnomalyKind.UNKNOWN_STATUS_WORD
        open_anomaly(
            session, kind, about=about, occurred_at=draft.updated_at, now=now, note=note, order_id=case.order_id
        )
    else:
        resolve_anomaly(session, AnomalyKind.UNKNOWN_STATUS_WORD, about=about, by=case.channel, now=now)


def _tell_order(session: Session, order: Order, case: Aftersale, *, by: str, now: datetime) -> None:
    """An open case holds an order that has not left; money that went back gives its pieces back."""
    session.flush()
    interception.hear(session, order, case, now=now)
    if order.status in UNSHIPPED and _open_cases(session, order):
        hold(session, order, HoldReason.REFUND_REQUESTED, by=by, now=now)
    elif order.is_held and not _open_cases(session, order):
        release(session, order, HoldReason.REFUND_REQUESTED, by=by, now=now)
    if case.status is AftersaleStatus.CLOSED and case.kind is AftersaleKind.REFUND_BEFORE_SHIPPING:
        _give_back(session, order, case, by=by, now=now)
    interception.watch(session, order, now=now)
    order.changed_at = now
    session.add(order)


def _give_back(session: Session, order: Order, case: Aftersale, *, by: str, now: datetime) -> None:
    """Goods whose money went back are free, and leave in no delivery; an order of which nothing is left is over."""
    for_goods = order_stock.is_for_goods(session, order, case.channel_line_no, case.amount_fen)
    interception.paid_back(session, case, for_goods=for_goods, now=now)
    if not for_goods or interception.has_left(session, order, case.channel_line_no, is_paid=True):
        return
    order_stock.refund(session, order, case.channel_line_no, now=now)
    is_over = not order_stock.not_refunded(session, order.id, order_stock.every_line(session, order))
    if is_over and order.status in UNSHIPPED and order.status is not OrderStatus.PARTLY_SHIPPED:
        move_order(session, order, OrderStatus.CANCELLED, by=by, now=now)
    delivery_plan.follow(session, order, now=now)


def _open_cases(session: Session, order: Order) -> bool:
    wanted = select(Aftersale.id).where(Aftersale.order_id == order.id, col(Aftersale.status).not_in(ENDED)).limit(1)
    return session.exec(wanted).first() is not None
