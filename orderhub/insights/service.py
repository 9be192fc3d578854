"""Who is this buyer to us? Their orders, parcels, cases, tickets, anomalies and holds on one screen.

One person is a channel's token, across that channel's shops, and what staff have joined with it by hand. Masked names
and phones make nobody one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, or_
from sqlmodel import Session, col, func, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.buyer_link import Buyer, BuyerLink, links_of, people_of
from orderhub.domain.hold import Hold
from orderhub.domain.order import Order, Shipment
from orderhub.domain.shop import Shop
from orderhub.domain.ticket import Ticket
from orderhub.kernel.errors import NotFound
from orderhub.kernel.sight import FieldGroup, seen

MOST_ORDERS = 50
MOST_OF_EACH = 50


@dataclass(frozen=True)
class OrderOfBuyer:
    order: Order
    shop_name: str
    holds: tuple[Hold, ...]
    parcels: tuple[Shipment, ...]


@dataclass(frozen=True)
class BuyerPicture:
    """All newest first. ``order_count`` is of all orders, ``orders`` of at most 50, the one asked for among them.

    ``buyers`` are the accounts, ``links`` what joins them; ``is_known`` is false where the channel names no buyer: then
    the order stands alone.
    """

    channel: str
    masked: str
    is_known: bool
    order_count: int
    paid_fen: int
    orders: tuple[OrderOfBuyer, ...]
    cases: tuple[Aftersale, ...]
    tickets: tuple[Ticket, ...]
    anomalies: tuple[Anomaly, ...]
    buyers: tuple[Buyer, ...]
    links: tuple[BuyerLink, ...]


def picture_of_order(session: Session, order_id: int) -> BuyerPicture:
    """Raises: NotFound: no order has this id."""
    order = session.get(Order, order_id)
    if order is None:
        raise NotFound(f"no order has the id {order_id}")
    if not order.buyer_token:
        return _picture(session, [], col(Order.id) == order.id, order)
    return _of_person(session, Buyer(order.channel, order.buyer_token), order)


def picture_of_buyer(session: Session, buyer: Buyer) -> BuyerPicture:
    """Of a buyer without a certain order in mind: what a ticket about them alone asks for.

    Raises:
        NotFound: nobody of that token ever ordered.
    """
    wanted = select(Order).where(Order.channel == buyer.channel, Order.buyer_token == buyer.token)
    order = session.exec(wanted.order_by(col(Order.id).desc()).limit(1)).first()
    if order is None:
        raise NotFound("this buyer has no order here")
    return _of_person(session, buyer, order)


def _of_person(session: Session, buyer: Buyer, order: Order) -> BuyerPicture:
    people = sorted(people_of(session, buyer))
    theirs = or_(*[and_(col(Order.channel) == one.channel, col(Order.buyer_token) == one.token) for one in people])
    return _picture(session, people, theirs, order)


def _picture(session: Session, people: Sequence[Buyer], theirs: ColumnElement[bool], asked: Order) -> BuyerPicture:
    first = case((col(Order.id) == asked.id, 0), else_=1)
    wanted = select(Order, Shop.name).join(Shop, col(Shop.id) == Order.shop_id).where(theirs)
    wanted = wanted.order_by(first, col(Order.placed_at).desc(), col(Order.id).desc())
    found = session.exec(wanted.limit(MOST_ORDERS)).all()
    count, paid = session.exec(
        select(func.count(), func.coalesce(func.sum(col(Order.paid_fen)), 0)).select_from(Order).where(theirs)
    ).one()
    ids = [order.id for order, _ in found]
    cases = _cases(session, ids)
    nick = seen(FieldGroup.BUYER, asked.buyer_masked)
    receiver = seen(FieldGroup.RECEIVER, asked.receiver_name_masked)
    return BuyerPicture(
        channel=asked.channel,
        masked=receiver or nick,
        is_known=bool(people),
        order_count=count,
        paid_fen=int(paid),
        orders=_orders(session, found),
        cases=cases,
        tickets=_tickets(session, ids, people),
        anomalies=_anomalies(session, ids, [one.id for one in cases]),
        buyers=tuple(people),
        links=tuple(links_of(session, people)),
    )


def _orders(session: Session, found: Sequence[tuple[Order, str]]) -> tuple[OrderOfBuyer, ...]:
    ids = [order.id for order, _ in found]
    holds: dict[int, list[Hold]] = {}
    for hold in session.exec(select(Hold).where(col(Hold.order_id).in_(ids), col(Hold.released_at).is_(None))):
        holds.setdefault(hold.order_id, []).append(hold)
    parcels: dict[int, list[Shipment]] = {}
    wanted = select(Shipment).where(col(Shipment.order_id).in_(ids)).order_by(col(Shipment.id).desc())
    for parcel in session.exec(wanted.limit(MOST_ORDERS * 4)):
        parcels.setdefault(parcel.order_id, []).append(parcel)
    return tuple(
        OrderOfBuyer(order, shop, tuple(holds.get(order.id, ())), tuple(parcels.get(order.id, ())))
        for order, shop in found
    )


def _cases(session: Session, order_ids: Sequence[int]) -> tuple[Aftersale, ...]:
    wanted = select(Aftersale).where(col(Aftersale.order_id).in_(order_ids))
    return tuple(session.exec(wanted.order_by(col(Aftersale.id).desc()).limit(MOST_OF_EACH)))


def _tickets(session: Session, order_ids: Sequence[int], people: Sequence[Buyer]) -> tuple[Ticket, ...]:
    theirs = [and_(col(Ticket.channel) == one.channel, col(Ticket.buyer_token) == one.token) for one in people]
    wanted = select(Ticket).where(or_(col(Ticket.order_id).in_(order_ids), *theirs))
    return tuple(session.exec(wanted.order_by(col(Ticket.id).desc()).limit(MOST_OF_EACH)))


def _anomalies(session: Session, order_ids: Sequence[int], case_ids: Sequence[int]) -> tuple[Anomaly, ...]:
    """Open ones first."""
    about = or_(
        and_(col(Anomaly.subject_type) == "order", col(Anomaly.subject_id).in_(order_ids)),
        and_(col(Anomaly.subject_type) == "aftersale", col(Anomaly.subject_id).in_(case_ids)),
    )
    is_over = case((col(Anomaly.resolved_at).is_(None), 0), else_=1)
    wanted = select(Anomaly).where(about).order_by(is_over, col(Anomaly.id).desc())
    return tuple(session.exec(wanted.limit(MOST_OF_EACH)))
