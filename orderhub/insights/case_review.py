"""What does finance have to know about one case before money goes back?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import lines_of
from orderhub.domain.finance_review import FinanceReview, reviews_of
from orderhub.domain.hand_payment import HandPayment
from orderhub.domain.hold import Hold, open_holds
from orderhub.domain.order import Order, OrderLine, Shipment
from orderhub.domain.refund_answer import RefundAnswer, answers_of, left_fen
from orderhub.domain.shop import Shop
from orderhub.domain.task import Task
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Event

MOST_EVENTS = 50
MOST_OTHERS = 20


@dataclass(frozen=True)
class CaseLineRow:
    title: str
    sku_code: str
    quantity: int
    of_quantity: int
    amount_fen: int


@dataclass(frozen=True)
class OtherCase:
    case: Aftersale
    order_no: str


@dataclass(frozen=True)
class CaseReview:
    """``reviews``, ``answers`` and ``events`` are newest first; ``left_fen`` is what of the order may still go back.

    ``owner`` has taken the newest review on. ``others`` are this buyer's other cases and this order's, newest first.
    """

    case: Aftersale
    order: Order
    shop: Shop
    reviews: Sequence[FinanceReview]
    owner: str
    answers: Sequence[RefundAnswer]
    payment: HandPayment | None
    left_fen: int
    lines: Sequence[CaseLineRow]
    parcels: Sequence[Shipment]
    holds: Sequence[Hold]
    events: Sequence[Event]
    others: Sequence[OtherCase]


def case_review(session: Session, case_id: int) -> CaseReview:
    """Raises: NotFound: there is no such case."""
    case = session.get(Aftersale, case_id)
    if case is None:
        raise NotFound(f"no after-sale case has the id {case_id}")
    order = session.get_one(Order, case.order_id)
    about = (Event.subject_type == "aftersale", Event.subject_id == case_id)
    reviews = reviews_of(session, case_id)
    events = select(Event).where(*about).order_by(col(Event.id).desc()).limit(MOST_EVENTS)
    return CaseReview(
        case=case,
        order=order,
        shop=session.get_one(Shop, case.shop_id),
        reviews=reviews,
        owner=session.get_one(Task, reviews[0].task_id).owner if reviews else "",
        answers=answers_of(session, case_id),
        payment=session.exec(select(HandPayment).where(HandPayment.aftersale_id == case_id)).one_or_none(),
        left_fen=left_fen(session, order, without=case),
        lines=_lines(session, case),
        parcels=session.exec(select(Shipment).where(Shipment.order_id == order.id).order_by(col(Shipment.id))).all(),
        holds=open_holds(session, order.id),
        events=session.exec(events).all(),
        others=_others(session, order, case),
    )


def _lines(session: Session, case: Aftersale) -> list[CaseLineRow]:
    pieces = lines_of(session, case.id)
    wanted = select(OrderLine).where(col(OrderLine.id).in_([piece.line_id for piece in pieces]))
    lines = {line.id: line for line in session.exec(wanted)}
    return [
        CaseLineRow(
            lines[piece.line_id].title,
            lines[piece.line_id].sku_code,
            piece.quantity,
            lines[piece.line_id].quantity,
            piece.amount_fen,
        )
        for piece in pieces
        if piece.line_id in lines
    ]


def _others(session: Session, order: Order, case: Aftersale) -> list[OtherCase]:
    is_same = col(Order.id) == order.id
    if order.buyer_token:
        is_same |= (col(Order.buyer_token) == order.buyer_token) & (col(Order.channel) == order.channel)
    wanted = (
        select(Aftersale, Order.channel_order_no)
        .join(Order, col(Order.id) == Aftersale.order_id)
        .where(is_same, col(Aftersale.id) != case.id)
        .order_by(col(Aftersale.id).desc())
        .limit(MOST_OTHERS)
    )
    return [OtherCase(other, number) for other, number in session.exec(wanted)]
