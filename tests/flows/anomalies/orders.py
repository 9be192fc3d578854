"""Anomalies of orders, their goods and their after-sales, on a database alone."""

from collections.abc import Iterator
from datetime import timedelta

from sqlmodel import select

from orderhub.automation.anomaly_watch import find_anomalies
from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import OrderStatus
from orderhub.domain.refund_answer import Wording, answer, refused, told
from orderhub.domain.review import approve, order_of
from orderhub.domain.rules import versions
from orderhub.domain.sku import put_sku
from orderhub.domain.stock import count, set_threshold, warehouse_coded
from orderhub.domain.stock_upkeep import bind, match_again, serve_waiting, warn_low
from orderhub.domain.unmatched_code import UnmatchedCode
from orderhub.domain.words import ChannelStatus, RefundDecision, UploadProblem
from orderhub.intake.watch import find_late_orders
from orderhub.kernel.db import transaction
from tests import builders
from tests.builders import NOW
from tests.domain import drafts
from tests.domain.rules.made import data, do, remark_has, rules
from tests.domain.stocked import EAST, stocked

from .telling import story

FIRST, SECOND = "6900000000000000001", "6900000000000000002"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def come(no: str = FIRST, *, minutes: int = 0, **changes) -> int:
    """A version of an order, so many minutes newer; its id."""
    moment = NOW + minutes * MINUTE
    with transaction() as session:
        updated_at = moment - HOUR
        return builders.order(session, no, now=moment, **{"updated_at": updated_at} | changes).id


@story(AnomalyKind.UNKNOWN_STATUS_WORD)
def a_word_nobody_knows(_ground) -> Iterator[None]:
    come(unknown=("status: FROZEN",))
    yield
    come(minutes=1, unknown=("status: FROZEN",))
    yield
    come(minutes=2)


@story(AnomalyKind.UNKNOWN_FIELD, by_hand=True)
def a_field_nobody_knows(_ground) -> Iterator[None]:
    come(unknown=("field:new_by_lab",))
    yield
    come(SECOND, unknown=("field:new_by_lab",))
    yield


@story(AnomalyKind.AMOUNT_MISMATCH)
def sums_that_do_not_add_up(_ground) -> Iterator[None]:
    come(total_fen=1)
    yield
    come(minutes=1, total_fen=1)
    yield
    come(minutes=2)


@story(AnomalyKind.UNKNOWN_SKU)
def a_code_that_stands_for_nothing(_ground) -> Iterator[None]:
    with transaction() as session:
        stocked(session, A_18=10)
    come()
    yield
    come(SECOND)
    with transaction() as session:
        match_again(session, now=NOW)
    yield
    with transaction() as session:
        (queued,) = session.exec(select(UnmatchedCode)).all()
        assert bind(session, queued.id, "A-18", by="ceshi-o", now=NOW + MINUTE) == 2


@story(AnomalyKind.OVERSOLD)
def more_sold_than_there_is(_ground) -> Iterator[None]:
    with transaction() as session:
        stocked(session, BOX_40L=1)
    come()
    come(SECOND)
    yield
    come(SECOND, minutes=1, buyer_remark="尽快")
    yield
    with transaction() as session:
        sku = put_sku(session, "BOX-40L", title="收纳箱", by="tester", now=NOW)
        count(session, sku.id, warehouse_coded(session, EAST), 9, reason="到货", by="tester", now=NOW)
        serve_waiting(session, now=NOW + HOUR)


@story(AnomalyKind.LOW_STOCK)
def fewer_than_wanted(_ground) -> Iterator[None]:
    with transaction() as session:
        sku = stocked(session, BOX_40L=2)["BOX-40L"]
        set_threshold(session, sku.id, warehouse_coded(session, EAST), 3, now=NOW)
        assert warn_low(session, now=NOW) == 1
    yield
    with transaction() as session:
        warn_low(session, now=NOW + MINUTE)
    yield
    with transaction() as session:
        count(session, sku.id, warehouse_coded(session, EAST), 9, reason="到货", by="tester", now=NOW)
        assert warn_low(session, now=NOW + HOUR) == 0


@story(AnomalyKind.DUPLICATE_ORDER)
def the_same_bought_twice(_ground) -> Iterator[None]:
    come()
    come(SECOND, paid_at=NOW - 40 * MINUTE, placed_at=NOW - 45 * MINUTE)
    assert find_anomalies(NOW) == 1
    yield
    assert find_anomalies(NOW + MINUTE) == 0
    yield
    come(SECOND, minutes=2, status=ChannelStatus.CLOSED_REFUNDED)
    find_anomalies(NOW + 3 * MINUTE)


@story(AnomalyKind.ORDER_STUCK)
def an_order_nobody_reviews(_ground) -> Iterator[None]:
    order_id = come()
    assert find_anomalies(NOW + 29 * MINUTE) == 0
    assert find_anomalies(NOW + 31 * MINUTE) == 1
    yield
    assert find_anomalies(NOW + 32 * MINUTE) == 0
    yield
    with transaction() as session:
        approve(session, order_of(session, order_id), by="ceshi-o", now=NOW + 33 * MINUTE)
    find_anomalies(NOW + 34 * MINUTE)


@story(AnomalyKind.SHIP_BY_NEAR)
def an_order_to_leave_soon(_ground) -> Iterator[None]:
    with transaction() as session:
        builders.order(session, FIRST, ship_by=NOW + 3 * HOUR, our_status=OrderStatus.TO_SHIP)
    assert find_anomalies(NOW + 59 * MINUTE) == 0
    assert find_anomalies(NOW + 61 * MINUTE) == 1
    yield
    assert find_anomalies(NOW + 62 * MINUTE) == 0
    yield
    come(minutes=63, ship_by=NOW + 30 * HOUR)
    find_anomalies(NOW + 64 * MINUTE)


@story(AnomalyKind.SHIP_BY_PAST)
def an_order_that_should_have_left(_ground) -> Iterator[None]:
    come(ship_by=NOW + HOUR)
    find_anomalies(NOW)
    assert find_late_orders(NOW + HOUR + MINUTE) == 1
    yield
    assert find_late_orders(NOW + HOUR + 2 * MINUTE) == 0
    assert find_anomalies(NOW + HOUR + 2 * MINUTE) == 1  # it is stuck besides
    yield
    come(minutes=65, status=ChannelStatus.SHIPPED, shipped_at=NOW + HOUR, ship_by=NOW + HOUR)
    find_late_orders(NOW + 2 * HOUR)


@story(AnomalyKind.REFUND_ANSWER_LATE)
def a_case_nobody_answers(_ground) -> Iterator[None]:
    case_id = asked_back(deadline=NOW + 24 * HOUR)
    assert find_anomalies(NOW + 19 * HOUR) == 0
    assert find_anomalies(NOW + 20 * HOUR + MINUTE) == 1
    yield
    assert find_anomalies(NOW + 20 * HOUR + 2 * MINUTE) == 0
    yield
    with transaction() as session:
        answer(session, case_id, RefundDecision.APPROVE, by="ceshi-s", now=NOW + 21 * HOUR)
    find_anomalies(NOW + 21 * HOUR + MINUTE)


@story(AnomalyKind.REFUND_NOT_ANSWERED)
def an_answer_the_channel_does_not_take(_ground) -> Iterator[None]:
    case_id = asked_back()
    _refuse(case_id)
    yield
    _refuse(case_id)
    yield
    with transaction() as session:
        given = answer(session, case_id, RefundDecision.APPROVE, by="ceshi-s", now=NOW + 2 * HOUR)
        told(session, given, now=NOW + 2 * HOUR)


def asked_back(**changes) -> int:
    """A paid order at Taobao whose buyer wants the money back; held by the case, so that it is not stuck."""
    with transaction() as session:
        shop = drafts.a_shop(session)
        accept(session, shop, drafts.paid(), now=NOW)
        accept_refund(session, shop, drafts.a_refund(**changes), now=NOW)
        return session.exec(select(Aftersale.id)).one()


def _refuse(case_id: int) -> None:
    with transaction() as session:
        words = Wording(words="商品已签收")
        given = answer(session, case_id, RefundDecision.REFUSE, words, by="ceshi-s", now=NOW + HOUR)
        refused(session, given, UploadProblem.BY_HAND, "", now=NOW + HOUR)


@story(AnomalyKind.CUSTOM, role="service")
def a_rule_of_the_merchants_own(_ground) -> Iterator[None]:
    raised = do("raise", "催单多次|high|service|4", "先打电话")
    with transaction() as session:
        given = rules(data("R-901", [remark_has("催")], raised))
        draft = versions.save_draft(session, given, revision=0, by="li", now=NOW)
        versions.go_live(session, draft.number, by="li", now=NOW, needs_approval=False)
    come(buyer_remark="再催一次")
    yield
    come(minutes=1, buyer_remark="再催两次")
    yield
    come(minutes=2, buyer_remark="不急了")
