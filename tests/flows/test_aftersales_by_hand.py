"""A case that a person opened is answered by the hub alone: no platform hears of what it never asked."""

from sqlmodel import select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.opening import open_case
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.refund_answer import AnswerState, Wording
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus, RefundDecision
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction

from .answering import case_here, do, give, given, told
from .shipping import work


def by_hand(hub, kind: AftersaleKind, amount_fen: int | None) -> Aftersale:
    """Opened for one piece of a new order that has arrived."""
    (number,) = hub.orders_come(1)
    for deed in ("ship", "deliver"):
        do(hub, number, deed)
    assert hub.sync().error == ""
    hub.settle()
    with reading() as session:
        order_id = session.exec(select(Order.id)).one()
        line_id = session.exec(select(OrderLine.id).where(OrderLine.order_id == order_id)).first()
    assert line_id
    with transaction() as session:
        facts = (session, order_id, kind, {line_id: 1}, amount_fen, ReasonKind.QUALITY, "鞋底开胶")
        return open_case(*facts, by="ceshi-s", now=utc_now())


def test_a_case_by_hand_is_refused_here_and_its_platform_hears_nothing(taobao_hub):
    case = by_hand(taobao_hub, AftersaleKind.RETURN_AND_REFUND, None)
    give(case, RefundDecision.REFUSE, Wording(words="已经签收"))
    work()
    assert (case_here().status, case_here().stage) == (AftersaleStatus.REJECTED, AftersaleStatus.REJECTED)
    assert given(case).state is AnswerState.TOLD
    assert told(taobao_hub) == []


def test_a_return_by_hand_is_agreed_to_without_an_address_of_the_platform(douyin_hub):
    case = by_hand(douyin_hub, AftersaleKind.EXCHANGE, 0)
    give(case, RefundDecision.AGREE_RETURN)
    work()
    assert case_here().stage is AftersaleStatus.AWAITING_RETURN
    assert told(douyin_hub) == []
