"""What does the page of customer service show, as the browser gets it? Masked as the channel masked it; no token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from sqlmodel import Session

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.buyer_link import BuyerLink
from orderhub.domain.ticket import Ticket, TicketPriority, ticket_no
from orderhub.insights.order_card import order_no_text
from orderhub.insights.service import BuyerPicture, OrderOfBuyer, picture_of_order
from orderhub.insights.ticket import LAST_PAGE, Queue, TicketPage, TicketQuery, TicketRow, ticket_page
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.behind_address import tickets_behind, tickets_words
from orderhub.ui.behind_view import BehindView, behind_view
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.numbers import number_of

PATH = "/service"
_MINUTE = "%m-%d %H:%M"

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class ServiceQuery:
    """What the address asks for: a queue, and a ticket or an order beside it."""

    tickets: TicketQuery
    ticket_id: int = 0
    order_id: int = 0


@dataclass
class TicketRowView:
    id: str
    no: str
    href: str
    kind: str
    priority: str
    status: str
    words: str
    order_no: str
    channel: str
    due: str
    due_exact: str
    owner: str
    is_over: bool
    is_late: bool
    is_here: bool


@dataclass
class QueueView:
    """One tab each; ``counts`` by the queue's word."""

    rows: list[TicketRowView] = field(default_factory=list)
    queue: str = Queue.ALL
    priority: str = ""
    counts: dict[str, str] = field(default_factory=dict)
    hrefs: dict[str, str] = field(default_factory=dict)
    priority_hrefs: dict[str, str] = field(default_factory=dict)
    behind: BehindView = field(default_factory=BehindView)
    total: str = "0"
    first: str = ""
    next: str = ""


@dataclass
class OrderView:
    id: str
    no: str
    own_no: str
    channel: str
    shop: str
    status: str
    goods: str
    paid: Money
    placed: str
    href: str
    pick: str
    holds: list[str]
    parcels: list[str]
    is_here: bool


@dataclass
class CaseView:
    id: str
    no: str
    kind: str
    stage: str
    amount: Money
    href: str
    requested: str
    return_no: str


@dataclass
class TicketLineView:
    id: str
    no: str
    href: str
    kind: str
    status: str
    words: str
    opened: str
    is_here: bool


@dataclass
class AnomalyLineView:
    kind: str
    note: str
    since: str
    is_open: bool


@dataclass
class LinkView:
    id: str
    one: str
    other: str
    reason: str
    by: str


@dataclass
class SubjectView:
    value: str
    name: str


@dataclass
class PictureView:
    """``order_id`` is the order asked for; ``subjects`` are what a new ticket may be about."""

    order_id: str = ""
    order_no: str = ""
    channel: str = ""
    masked: str = ""
    is_known: bool = False
    count: str = ""
    paid: Money = ""
    most: str = ""
    orders: list[OrderView] = field(default_factory=list)
    cases: list[CaseView] = field(default_factory=list)
    tickets: list[TicketLineView] = field(default_factory=list)
    anomalies: list[AnomalyLineView] = field(default_factory=list)
    links: list[LinkView] = field(default_factory=list)
    subjects: list[SubjectView] = field(default_factory=list)


def service_address(query: TicketQuery, *, ticket: int = 0, order: int = 0, page: int = 1) -> str:
    """What is left as it is by itself is left out."""
    asked = {
        "queue": query.queue if query.queue is not Queue.ALL else "",
        "priority": query.priority or "",
        "page": page if page > 1 else "",
        "ticket": ticket or "",
        "order": order or "",
        **tickets_words(query.behind),
    }
    said = urlencode({name: value for name, value in asked.items() if value})
    return f"{PATH}?{said}" if said else PATH


def read_query(given: Mapping[str, str], person: str) -> ServiceQuery:
    """What a link asks for; what it cannot mean is left out."""
    tickets = TicketQuery(
        queue=_word(Queue, given.get("queue", "")) or Queue.ALL,
        person=person,
        priority=_word(TicketPriority, given.get("priority", "")),
        page=min(max(number_of(given.get("page", "")), 1), LAST_PAGE),
        behind=tickets_behind(given),
    )
    return ServiceQuery(tickets, number_of(given.get("ticket", "")), number_of(given.get("order", "")))


def queue_view(session: Session, query: ServiceQuery, now: datetime) -> QueueView:
    asked = query.tickets
    page = ticket_page(session, asked, now)
    return QueueView(
        rows=[_row(row, query) for row in page.rows],
        queue=asked.queue,
        priority=asked.priority or "",
        counts=_counts(page),
        hrefs={str(one): service_address(TicketQuery(one, "", asked.priority)) for one in Queue},
        priority_hrefs={
            str(one): service_address(TicketQuery(asked.queue, "", None if one is asked.priority else one))
            for one in TicketPriority
        },
        behind=behind_view(asked.behind, service_address(TicketQuery(asked.queue, "", asked.priority))),
        total=f"{page.total:,}",
        first=service_address(asked) if asked.page > 1 else "",
        next=service_address(asked, page=asked.page + 1) if page.has_more else "",
    )


def picture_view(session: Session, query: ServiceQuery, order_id: int) -> PictureView:
    """Raises: NotFound: no order has this id."""
    picture = picture_of_order(session, order_id)
    asked = picture.orders[0].order
    return PictureView(
        order_id=str(order_id),
        order_no=asked.channel_order_no,
        channel=picture.channel,
        masked=picture.masked,
        is_known=picture.is_known,
        count=f"{picture.order_count:,}",
        paid=money_text(picture.paid_fen),
        most=str(len(picture.orders)) if picture.order_count > len(picture.orders) else "",
        orders=[_order(one, query, is_here=one.order.id == order_id) for one in picture.orders],
        cases=[_case(one) for one in picture.cases],
        tickets=[_line(one, query) for one in picture.tickets],
        anomalies=[_anomaly(one) for one in picture.anomalies],
        links=[_link(one) for one in picture.links],
        subjects=_subjects(picture, order_id),
    )


def _word(words: type[Word], text: str) -> Word | None:
    return words(text) if text in list(words) else None


def _counts(page: TicketPage) -> dict[str, str]:
    return {str(queue): f"{page.counts[queue]:,}" if queue in page.counts else "" for queue in Queue}


def _row(row: TicketRow, query: ServiceQuery) -> TicketRowView:
    one = row.ticket
    return TicketRowView(
        id=str(one.id),
        no=ticket_no(one.id),
        href=service_address(query.tickets, ticket=one.id, page=query.tickets.page),
        kind=one.kind,
        priority=one.priority,
        status=one.status,
        words=one.words[:120],
        order_no=row.order_no,
        channel=one.channel,
        due="" if one.is_over else unix(one.due_at),
        due_exact=exact(one.due_at),
        owner=one.owner,
        is_over=one.is_over,
        is_late=row.is_late,
        is_here=one.id == query.ticket_id,
    )


def _order(one: OrderOfBuyer, query: ServiceQuery, *, is_here: bool) -> OrderView:
    order = one.order
    return OrderView(
        id=str(order.id),
        no=order.channel_order_no,
        own_no=order_no_text(order.id),
        channel=order.channel,
        shop=one.shop_name,
        status=order.status,
        goods=order.goods_text,
        paid=money_text(order.paid_fen),
        placed=shanghai_text(order.placed_at, _MINUTE),
        href=f"/orders?tab=all&order={order.id}",
        pick=service_address(query.tickets, order=order.id, page=query.tickets.page),
        holds=[str(hold.reason) for hold in one.holds],
        parcels=[f"{parcel.carrier_name or parcel.carrier_code} {parcel.tracking_no}" for parcel in one.parcels],
        is_here=is_here,
    )


def _case(one: Aftersale) -> CaseView:
    return CaseView(
        id=str(one.id),
        no=one.channel_refund_no,
        kind=one.kind,
        stage=one.stage,
        amount=money_text(one.amount_fen),
        href=f"/aftersale?case={one.id}",
        requested=shanghai_text(one.requested_at, _MINUTE),
        return_no=one.return_tracking_no,
    )


def _line(one: Ticket, query: ServiceQuery) -> TicketLineView:
    return TicketLineView(
        id=str(one.id),
        no=ticket_no(one.id),
        href=service_address(query.tickets, ticket=one.id, page=query.tickets.page),
        kind=one.kind,
        status=one.status,
        words=one.words[:120],
        opened=shanghai_text(one.opened_at, _MINUTE),
        is_here=one.id == query.ticket_id,
    )


def _anomaly(one: Anomaly) -> AnomalyLineView:
    return AnomalyLineView(one.kind, one.note, shanghai_text(one.detected_at, _MINUTE), one.resolved_at is None)


def _link(one: BuyerLink) -> LinkView:
    return LinkView(str(one.id), one.channel, one.other_channel, one.reason, one.joined_by)


def _subjects(picture: BuyerPicture, order_id: int) -> list[SubjectView]:
    """The order asked for, its cases, and the buyer alone where the channel names them."""
    asked = picture.orders[0].order
    found = [SubjectView(f"order:{order_id}", asked.channel_order_no)]
    found += [SubjectView(f"case:{one.id}", one.channel_refund_no) for one in picture.cases if one.order_id == order_id]
    return [*found, SubjectView(f"buyer:{order_id}", "")] if picture.is_known else found
