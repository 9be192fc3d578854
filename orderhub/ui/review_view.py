"""What does the review's page show, as the browser gets it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from sqlmodel import Session

from orderhub.domain.hold import TWO_PERSON, Hold, HoldReason
from orderhub.domain.order import OrderStatus
from orderhub.insights.review import PAGE_SIZE, Place, ReviewCounts, ReviewQuery, ReviewRow, review
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import FieldGroup, seen
from orderhub.kernel.veil import Money, OfBuyer, OfReceiver
from orderhub.ui.board_rows import exact, unix

PATH = "/review"
_CLEAN = "none"
_MINUTE = "%m-%d %H:%M"
_MOST_FEN, _MOST_ID = 10**15, 2**63


@dataclass
class ReviewHoldView:
    """``ends`` is a moment, ``hours_before`` are hours before the promise; empty where a person ends it."""

    order_id: str
    reason: str
    note: str
    by: str
    at: str
    ends: str
    hours_before: str
    is_for_two: bool
    vouched_by: str
    vouched_at: str
    vouch_note: str
    sent_back_by: str
    sent_back_note: str
    sent_back_by_facts: bool


@dataclass
class ReviewRowView:
    """Moments are unix seconds as text."""

    id: str
    no: str
    channel: str
    shop: str
    status: str
    href: str
    due: str
    due_exact: str
    risk: Money
    goods: str
    kinds: str
    buyer: str
    region: OfReceiver
    remark: OfBuyer
    memo: str
    total: Money
    freight: Money
    discount: Money
    placed: str
    changed: str
    holds: list[ReviewHoldView]
    may_pass: bool


@dataclass
class ReviewChip:
    """``reason`` is empty for all, ``none`` for orders that nothing holds."""

    reason: str
    count: str
    href: str
    is_on: bool


@dataclass
class ReviewView:
    """``total`` counts the list on all its pages; ``next`` and ``first`` are addresses, empty where there is none."""

    waiting: str = "0"
    second: str = "0"
    clean: str = "0"
    risk: Money = ""
    is_second: bool = False
    chips: list[ReviewChip] = field(default_factory=list)
    rows: list[ReviewRowView] = field(default_factory=list)
    total: str = "0"
    next: str = ""
    first: str = ""


def read_query(given: Mapping[str, str]) -> ReviewQuery:
    """What it cannot read narrows nothing."""
    held = given.get("hold", "")
    return ReviewQuery(
        is_second=given.get("tab") == "second",
        is_clean=held == _CLEAN,
        reason=HoldReason(held) if held in list(HoldReason) else None,
        after=_read_place(given.get("at", "")),
    )


def review_view(session: Session, query: ReviewQuery) -> ReviewView:
    found = review(session, query, PAGE_SIZE)
    counts = found.counts
    return ReviewView(
        waiting=f"{counts.waiting:,}",
        second=f"{counts.second:,}",
        clean=f"{counts.clean:,}",
        risk=money_text(counts.at_risk_fen),
        is_second=query.is_second,
        chips=[] if query.is_second else _chips(counts, query),
        rows=[_row(row) for row in found.rows],
        total=f"{counts.of(query):,}",
        next=_address(query, found.last) if found.last else "",
        first="" if found.is_first else _address(query, None),
    )


def _address(query: ReviewQuery, place: Place | None) -> str:
    parts = {
        "tab": "second" if query.is_second else "",
        "hold": _CLEAN if query.is_clean else str(query.reason or ""),
        "at": f"{place.paid_fen}~{place.ship_by.isoformat() if place.ship_by else ''}~{place.order_id}"
        if place
        else "",
    }
    kept = urlencode({name: value for name, value in parts.items() if value}, safe=":~")
    return f"{PATH}?{kept}" if kept else PATH


def _read_place(text: str) -> Place | None:
    """None where it is none, because links are typed and cut by people: the list begins at its beginning."""
    try:
        paid_fen, ship_by, order_id = text[:100].split("~")
        moment = datetime.fromisoformat(ship_by).astimezone(UTC) if ship_by else None
        place = Place(int(paid_fen), moment, int(order_id))
    except (ValueError, OverflowError):
        return None
    return place if 0 <= place.paid_fen < _MOST_FEN and 0 <= place.order_id < _MOST_ID else None


def _chips(counts: ReviewCounts, query: ReviewQuery) -> list[ReviewChip]:
    """All, nothing holds it, and each reason that anything waits for, most first."""
    by_count = sorted(counts.reasons.items(), key=lambda one: (-one[1], one[0]))
    reasons = [(str(reason), count) for reason, count in by_count]
    here = _CLEAN if query.is_clean else str(query.reason or "")
    named = [("", counts.waiting), (_CLEAN, counts.clean), *reasons]
    if here and here not in dict(named):
        named.append((here, 0))
    return [
        ReviewChip(word, f"{count:,}", f"{PATH}?hold={word}" if word else PATH, is_on=word == here)
        for word, count in named
    ]


def _row(row: ReviewRow) -> ReviewRowView:
    order = row.order
    nick, receiver = seen(FieldGroup.BUYER, order.buyer_masked), seen(FieldGroup.RECEIVER, order.receiver_name_masked)
    return ReviewRowView(
        id=str(order.id),
        no=order.channel_order_no,
        channel=order.channel,
        shop=row.shop_name,
        status=order.status,
        href=f"/orders?tab=all&order={order.id}",
        due=unix(order.ship_by),
        due_exact=exact(order.ship_by),
        risk=money_text(order.paid_fen),
        goods=order.goods_text,
        kinds=str(order.kind_count) if order.kind_count > 1 else "",
        buyer=nick or receiver,
        region=order.receiver_region,
        remark=order.buyer_remark,
        memo=order.seller_remark,
        total=money_text(order.total_fen),
        freight=money_text(order.freight_fen),
        discount=money_text(order.discount_fen),
        placed=shanghai_text(order.placed_at, _MINUTE),
        changed=unix(order.changed_at),
        holds=[_hold(order.channel, held) for held in row.holds],
        may_pass=order.status is OrderStatus.TO_REVIEW and not row.holds,
    )


def _hold(channel: str, held: Hold) -> ReviewHoldView:
    hours = held.hours_before_promise
    return ReviewHoldView(
        order_id=str(held.order_id),
        reason=held.reason,
        note=held.note,
        by=held.by,
        at=shanghai_text(held.held_at, _MINUTE),
        ends=shanghai_text(held.expires_at, _MINUTE) if held.expires_at and hours is None else "",
        hours_before="" if hours is None else str(hours),
        is_for_two=held.reason in TWO_PERSON,
        vouched_by=held.vouched_by,
        vouched_at=shanghai_text(held.vouched_at, _MINUTE) if held.vouched_at else "",
        vouch_note=held.vouch_note,
        sent_back_by=held.sent_back_by,
        sent_back_note=held.sent_back_note,
        sent_back_by_facts=held.sent_back_by == channel,
    )
