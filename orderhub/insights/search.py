"""Which orders does a person mean by a few characters?

Our number, the channel's, a waybill, a SKU code, a phone or its last four digits, how a custom field begins, words of
a title; the whole number of an after-sale case or of its parcel back, a channel's token of a buyer. Nobody finds by
what they may not see. Titles are compared
one by one, each once: trigram indexes (FTS5, pg_trgm) find no word of two characters, and most Chinese words have two.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.buyer_contact import orders_of_phone
from orderhub.domain.custom_field import CustomField, CustomValue, FieldType
from orderhub.domain.order import Order, OrderLine, OrderStatus, Shipment
from orderhub.domain.words import Channel
from orderhub.kernel.ids import shown_text
from orderhub.kernel.sight import FieldGroup, sees

LONGEST = 64
MOST_TITLES = 1_000
_LEAST_WHOLE = 5  # shorter, it is nobody's whole number

_OWN_NO = re.compile(r"OH0*(\d{1,18})", re.IGNORECASE)
_ONLY_A_NO = re.compile(r"[\d-]{4,}|OH\d+", re.IGNORECASE)
_LAST_CHARACTER = "\U0010ffff"


class Matched(StrEnum):
    ORDER_NO = "order_no"
    CHANNEL_ORDER_NO = "channel_order_no"
    TRACKING_NO = "tracking_no"
    SKU_CODE = "sku_code"
    PHONE_TAIL = "phone_tail"
    PHONE = "phone"
    REFUND_NO = "refund_no"
    RETURN_TRACKING_NO = "return_tracking_no"
    BUYER = "buyer"
    CUSTOM = "custom"
    TITLE = "title"


@dataclass(frozen=True)
class SearchHit:
    """``text`` is what was found: the number, the code, or the title."""

    order_id: int
    order_no: str
    channel: Channel
    channel_order_no: str
    status: OrderStatus
    goods_text: str
    matched: Matched
    text: str


def order_no_text(order_id: int) -> str:
    """Our number of an order, as people read and type it: ``OH`` and the id."""
    return f"OH{order_id}"


def find_orders(session: Session, text: str, limit: int = 20) -> list[SearchHit]:
    """Numbers first, newest order first within a kind; an order comes once."""
    found: dict[int, tuple[Matched, str]] = {}
    for matched, order_id, shown, condition in _questions(session, text):
        wanted = select(order_id, shown).where(condition).order_by(order_id.desc()).limit(limit * 3)
        for hit_id, hit_text in session.exec(wanted):
            found.setdefault(hit_id, (matched, hit_text))
        if len(found) >= limit:
            break
    return _hits(session, dict(list(found.items())[:limit]))


def matching(session: Session, text: str) -> list[tuple[Any, Any]]:
    """What ``find_orders`` would find without a limit: (order id column, condition), one for each kind of match.

    Kinds that match nothing are left out but one: a planner foresees one set well, and a union of several badly.
    """
    asked = [(order_id, condition) for _, order_id, _, condition in _questions(session, text)]
    if len(asked) < 2:
        return asked
    hits = session.exec(select(*[exists(select(order_id).where(condition)) for order_id, condition in asked])).one()
    return [kind for kind, has_any in zip(asked, hits, strict=True) if has_any] or asked[:1]


def _questions(session: Session, text: str) -> list[tuple[Matched, Any, Any, ColumnElement[bool]]]:
    """Each kind of match as (kind, order id column, column that shows the match, condition)."""
    text = shown_text(text, LONGEST)
    if not text:
        return []
    found, line, parcel, value = aliased(Order), aliased(OrderLine), aliased(Shipment), aliased(CustomValue)
    asked: list[tuple[Matched, Any, Any, ColumnElement[bool]]] = []
    if own := _OWN_NO.fullmatch(text):
        asked.append((Matched.ORDER_NO, col(found.id), col(found.channel_order_no), col(found.id) == int(own[1])))
    if len(text) == 4 and text.isdecimal() and text.isascii() and sees(FieldGroup.RECEIVER):
        tail = col(found.receiver_phone_tail)
        asked.append((Matched.PHONE_TAIL, col(found.id), tail, tail == text))
    if sees(FieldGroup.RECEIVER) and (of_phone := orders_of_phone(text)) is not None:
        asked.append((Matched.PHONE, col(Order.id), col(Order.receiver_phone_masked), of_phone))
    for matched, order_id, column in (
        (Matched.CHANNEL_ORDER_NO, col(found.id), col(found.channel_order_no)),
        (Matched.TRACKING_NO, col(parcel.order_id), col(parcel.tracking_no)),
        (Matched.SKU_CODE, col(line.order_id), col(line.sku_code)),
        (Matched.CUSTOM, col(value.order_id), col(value.text)),
    ):
        starts = or_(*[_starts_with(session, column, start) for start in sorted({text, text.upper()})])
        if matched is Matched.CUSTOM and not sees(FieldGroup.MONEY):
            amounts = select(CustomField.id).where(CustomField.type == FieldType.MONEY)
            starts = and_(starts, col(value.field_id).not_in(amounts))
        asked.append((matched, order_id, column, starts))
    asked += _whole(text)
    if not _ONLY_A_NO.fullmatch(text) and (titles := _titles(session, text)):
        asked.append((Matched.TITLE, col(line.order_id), col(line.title), col(line.title).in_(titles)))
    return asked


def _whole(text: str) -> list[tuple[Matched, Any, Any, ColumnElement[bool]]]:
    """What is only ever pasted whole. A buyer's token finds, and is not shown: their masked name is."""
    if len(text) < _LEAST_WHOLE:
        return []
    case, parcel, order = aliased(Aftersale), aliased(Aftersale), aliased(Order)
    spelled = sorted({text, text.upper()})
    by_token = (Matched.BUYER, col(order.id), col(order.buyer_masked), col(order.buyer_token) == text)
    refund_no, return_no = col(case.channel_refund_no), col(parcel.return_tracking_no)
    return [
        (Matched.REFUND_NO, col(case.order_id), refund_no, refund_no.in_(spelled)),
        (Matched.RETURN_TRACKING_NO, col(parcel.order_id), return_no, return_no.in_(spelled)),
        *([by_token] if sees(FieldGroup.BUYER) else []),
    ]


def _titles(session: Session, text: str) -> list[str]:
    """Titles that contain ``text``: read by leaps through their index, one leap a title, however many lines bear it."""
    known = select(func.min(col(OrderLine.title)).label("title")).cte("known", recursive=True)
    line = aliased(OrderLine)
    leap = select(func.min(col(line.title))).where(col(line.title) > known.c.title).scalar_subquery()
    known = known.union_all(select(leap).where(known.c.title.is_not(None)))
    wanted = select(known.c.title).where(_contains(session, known.c.title, text)).limit(MOST_TITLES)
    return list(session.exec(wanted))


def _starts_with(session: Session, column: Any, text: str) -> ColumnElement[bool]:
    """A prefix that an index answers: SQLite's LIKE ignores case and so its indexes; a range uses them."""
    if session.get_bind().dialect.name == "sqlite":
        return and_(column >= text, column < text + _LAST_CHARACTER)
    return column.startswith(text, autoescape=True)


def _contains(session: Session, column: Any, text: str) -> ColumnElement[bool]:
    """Without regard to the case of Latin letters; ``%`` and ``_`` are only characters."""
    if session.get_bind().dialect.name == "sqlite":
        return column.contains(text, autoescape=True)
    return column.icontains(text, autoescape=True)


def _hits(session: Session, found: dict[int, tuple[Matched, str]]) -> list[SearchHit]:
    columns = (Order.id, Order.channel, Order.channel_order_no, Order.status, Order.goods_text)
    wanted = select(*columns).where(col(Order.id).in_(found))  # type: ignore[call-overload]
    rows = {row.id: row for row in session.execute(wanted)}
    return [
        SearchHit(
            order_id=order_id,
            order_no=order_no_text(order_id),
            channel=rows[order_id].channel,
            channel_order_no=rows[order_id].channel_order_no,
            status=rows[order_id].status,
            goods_text=rows[order_id].goods_text,
            matched=matched,
            text=order_no_text(order_id) if matched is Matched.ORDER_NO else shown,
        )
        for order_id, (matched, shown) in found.items()
    ]
