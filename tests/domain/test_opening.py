"""What may a person open a case for? What does not fit the order, its lines or its money changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, CaseOrigin, accept_refund
from orderhub.domain.aftersale_line import lines_of
from orderhub.domain.drafts import LineDraft
from orderhub.domain.hold import HoldReason, open_holds
from orderhub.domain.opening import (
    KindDoesNotFit,
    LineInOpenCase,
    MorePieces,
    NotByHand,
    OrderCancelled,
    OrderUnpaid,
    OverPaid,
    SaidYes,
    bring_back,
    kinds_for,
    open_case,
    weigh,
    withdraw,
)
from orderhub.domain.order import Order, OrderLine, OrderStatus
from orderhub.domain.refund_answer import AnsweredAlready, CaseEnded, Wording, answer
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.rollout import NotOurs
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus, RefundDecision
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import IllegalMove, NotFound, RuleBroken
from orderhub.kernel.eventlog import Event

from .drafts import NOW, a_refund, a_shop, an_order, paid, shipped

K = AftersaleKind
LATER = NOW + timedelta(minutes=10)
LINES = (LineDraft("1", "BOX-40L", "收纳箱 40L", 2, 300), LineDraft("2", "LID-40L", "盖子", 1, 400))

WRONG: list[tuple[Any, ...]] = [
    (shipped, K.REFUND_BEFORE_SHIPPING, {0: 1}, 100, KindDoesNotFit),
    (paid, K.RETURN_AND_REFUND, {0: 1}, 100, KindDoesNotFit),
    (paid, K.RESEND, {0: 1}, 0, KindDoesNotFit),
    (shipped, K.UNKNOWN, {0: 1}, 100, KindDoesNotFit),
    (an_order, K.REFUND_BEFORE_SHIPPING, {0: 1}, 100, OrderUnpaid),
    (shipped, K.RETURN_AND_REFUND, {0: 3}, 100, MorePieces),
    (shipped, K.RETURN_AND_REFUND, {0: -1}, 100, MorePieces),
    (shipped, K.RETURN_AND_REFUND, {}, 100, "case_pieces"),
    (shipped, K.RETURN_AND_REFUND, {0: 0}, 100, "case_pieces"),
    (shipped, K.RETURN_AND_REFUND, {99: 1}, 100, "case_lines"),
    (shipped, K.RETURN_AND_REFUND, {0: 2}, 1001, OverPaid),
    (shipped, K.RETURN_AND_REFUND, {0: 2}, 0, "refund_amount"),
    (shipped, K.RETURN_AND_REFUND, {0: 2}, -5, "refund_amount"),
    (shipped, K.EXCHANGE, {0: 1}, 100, "case_no_money"),
    (shipped, K.RESEND, {0: 1}, 1, "case_no_money"),
]


@pytest.fixture
def shop(database) -> Shop:
    with transaction() as session:
        shop = a_shop(session)
        shop.rollout = Rollout.LIVE
    return shop


def take_in(shop: Shop, told=shipped, **changes: Any) -> int:
    with transaction() as session:
        return accept(session, shop, told(lines=LINES, **changes), now=NOW).order.id


def opened(
    order_id: int, kind=K.RETURN_AND_REFUND, pieces=None, amount_fen: int | None = 500, **more: Any
) -> Aftersale:
    """``pieces`` by the place of the line."""
    with transaction() as session:
        ids = session.exec(select(OrderLine.id).where(OrderLine.order_id == order_id).order_by(OrderLine.id)).all()  # type: ignore[arg-type]
        wanted = {ids[place] if place < len(ids) else 10**9: count for place, count in (pieces or {0: 1}).items()}
        reason = more.pop("reason_kind", ReasonKind.QUALITY)
        words = more.pop("words", "轮子断了")
        return open_case(session, order_id, kind, wanted, amount_fen, reason, words, by="li", now=LATER, **more)


def cases() -> list[Aftersale]:
    with reading() as session:
        return list(session.exec(select(Aftersale).order_by(Aftersale.id)))  # type: ignore[arg-type]


def test_a_case_by_hand_says_who_opened_it_for_which_pieces_and_how_much(shop):
    order_id = take_in(shop)
    case = opened(order_id, pieces={0: 1, 1: 1}, amount_fen=700)
    assert (case.channel_refund_no, case.origin, case.status, case.stage, case.opened_by) == (
        "H9000000000000748675-1", CaseOrigin.HAND, "requested", "requested", "li",
    )  # fmt: skip
    assert (case.reason, case.reason_kind, case.deadline, case.is_ours) == ("轮子断了", ReasonKind.QUALITY, None, True)
    with reading() as session:
        assert [(one.quantity, one.amount_fen) for one in lines_of(session, case.id)] == [(1, 300), (1, 400)]
        event = session.exec(select(Event).where(Event.kind == "refund_requested")).one()
    assert (event.subject_id, event.actor) == (case.id, "li")
    assert event.body == {"order_id": order_id, "kind": "return_and_refund", "amount_fen": 700}


@pytest.mark.parametrize(("told", "kind", "pieces", "amount_fen", "error"), WRONG)
def test_what_does_not_fit_opens_nothing(shop, told, kind, pieces, amount_fen, error):
    order_id = take_in(shop, told)
    with pytest.raises(RuleBroken) as refusal:
        opened(order_id, kind, pieces or {0: 0}, amount_fen)
    assert error in (type(refusal.value), getattr(refusal.value, "problem", ""))
    assert cases() == []


def test_a_cancelled_order_an_unknown_one_and_a_shop_that_is_not_live_are_refused(shop):
    order_id = take_in(shop)
    with pytest.raises(NotFound):
        opened(order_id + 1)
    with transaction() as session:
        session.get_one(Order, order_id).status = OrderStatus.CANCELLED
    with pytest.raises(OrderCancelled):
        opened(order_id)
    with transaction() as session:
        session.get_one(Order, order_id).status = OrderStatus.SHIPPED
        session.get_one(Shop, shop.id).rollout = Rollout.SHADOW
    with pytest.raises(NotOurs):
        opened(order_id)
    assert cases() == []


def test_another_reason_has_to_be_said_in_words(shop):
    order_id = take_in(shop)
    with pytest.raises(RuleBroken, match="has to be said"):
        opened(order_id, reason_kind=ReasonKind.OTHER, words=" ")
    assert opened(order_id, reason_kind=ReasonKind.OTHER, words="买错了").reason == "买错了"


def test_an_order_that_has_not_left_is_held_until_the_case_is_taken_back(shop):
    order_id = take_in(shop, paid)
    case = opened(order_id, K.REFUND_BEFORE_SHIPPING, {1: 1}, 400)
    with reading() as session:
        assert [one.reason for one in open_holds(session, order_id)] == [HoldReason.REFUND_REQUESTED]
        assert session.get_one(Order, order_id).is_held
    with transaction() as session:
        withdraw(session, case.id, by="li", now=LATER)
    with reading() as session:
        assert open_holds(session, order_id) == []
    assert [(one.status, one.stage) for one in cases()] == [("withdrawn", "withdrawn")]


def test_goods_that_are_exchanged_or_sent_again_take_no_money_along(shop):
    order_id = take_in(shop)
    assert opened(order_id, K.EXCHANGE, {0: 1}, None).amount_fen == 0
    case = opened(order_id, K.RESEND, {1: 1}, 0)
    assert (case.amount_fen, case.channel_refund_no) == (0, "H9000000000000748675-2")
    with reading() as session:
        assert [(one.quantity, one.amount_fen) for one in lines_of(session, case.id)] == [(1, 0)]


def test_a_refused_parcel_may_be_at_our_door_already(shop):
    order_id = take_in(shop)
    assert opened(order_id, K.REFUSED_PARCEL, {0: 1}, 300).status is AftersaleStatus.REQUESTED
    assert opened(order_id, K.REFUSED_PARCEL, {1: 1}, 400, is_at_our_door=True).stage is AftersaleStatus.RETURNED


def test_a_line_is_in_one_open_case_and_what_went_back_is_gone(shop):
    order_id = take_in(shop)
    case = opened(order_id, pieces={0: 1}, amount_fen=300)
    with pytest.raises(LineInOpenCase, match="H9000000000000748675-1"):
        opened(order_id, pieces={0: 1}, amount_fen=100)
    with transaction() as session:
        session.get_one(Aftersale, case.id).status = AftersaleStatus.CLOSED
    with pytest.raises(MorePieces, match="1 are left"):
        opened(order_id, pieces={0: 2}, amount_fen=100)
    with pytest.raises(OverPaid, match="700 fen"):
        opened(order_id, pieces={0: 1}, amount_fen=701)
    assert opened(order_id, pieces={0: 1}, amount_fen=700).channel_refund_no == "H9000000000000748675-2"


def test_a_case_of_the_channel_keeps_its_lines_from_a_second_one(shop):
    order_id = take_in(shop)
    with transaction() as session:
        accept_refund(session, shop, a_refund(kind=K.RETURN_AND_REFUND), now=NOW)
    with pytest.raises(LineInOpenCase, match="900000000000000001"):
        opened(order_id, pieces={1: 1})


def test_without_an_amount_the_pieces_are_worth_their_part_of_what_was_paid(shop):
    order_id = take_in(shop, paid_fen=900, total_fen=900, discount_fen=100)
    with reading() as session:
        order = session.get_one(Order, order_id)
        ids = [line.id for line in session.exec(select(OrderLine).where(OrderLine.order_id == order_id))]
        weighed = weigh(session, order, K.RETURN_AND_REFUND, {ids[0]: 1, ids[1]: 1}, None)
    assert (weighed.amount_fen, weighed.left_fen) == (630, 900)
    assert [(one.quantity, one.amount_fen) for one in weighed.shares] == [(1, 270), (1, 360)]


def test_what_may_be_opened_follows_where_the_order_stands():
    assert kinds_for(Order(status=OrderStatus.TO_SHIP)) == [K.REFUND_BEFORE_SHIPPING]
    assert K.REFUND_BEFORE_SHIPPING not in kinds_for(Order(status=OrderStatus.DELIVERED))
    assert len(kinds_for(Order(status=OrderStatus.PARTLY_SHIPPED))) == 6
    assert kinds_for(Order(status=OrderStatus.CANCELLED)) == []


def test_goods_come_back_where_the_kind_has_any(shop):
    order_id = take_in(shop)
    case, resend = opened(order_id, pieces={0: 1}), opened(order_id, K.RESEND, {1: 1}, 0)
    with transaction() as session:
        bring_back(session, case.id, " YT123 456 ", by="li", now=LATER)
        with pytest.raises(IllegalMove):
            bring_back(session, resend.id, "", by="li", now=LATER)
    first, second = cases()
    assert (first.status, first.return_tracking_no) == (AftersaleStatus.RETURNED, "YT123456")
    assert second.status is AftersaleStatus.REQUESTED
    with transaction() as session, pytest.raises(RuleBroken, match="8 to 30"):
        bring_back(session, resend.id, "圆通1", by="li", now=LATER)


def test_only_a_case_by_hand_that_waits_may_be_taken_back(shop):
    order_id = take_in(shop)
    with transaction() as session:
        accept_refund(session, shop, a_refund(kind=K.RETURN_AND_REFUND, channel_line_no="2"), now=NOW)
    with transaction() as session, pytest.raises(NotByHand):
        withdraw(session, cases()[0].id, by="li", now=LATER)
    case = opened(order_id, K.REFUND_AFTER_SHIPPING, {0: 1}, 300)
    with transaction() as session:
        answer(session, case.id, RefundDecision.REFUSE, Wording(words="已签收"), by="li", now=LATER)
    with transaction() as session, pytest.raises(AnsweredAlready):
        withdraw(session, case.id, by="li", now=LATER)
    with transaction() as session:
        session.get_one(Aftersale, case.id).status = AftersaleStatus.REJECTED
    with transaction() as session, pytest.raises(CaseEnded):
        withdraw(session, case.id, by="li", now=LATER)
    other = opened(order_id, K.REFUND_AFTER_SHIPPING, {0: 1}, 300)
    with transaction() as session:
        session.get_one(Aftersale, other.id).approved_at = LATER
    with transaction() as session, pytest.raises(SaidYes):
        withdraw(session, other.id, by="li", now=LATER)
