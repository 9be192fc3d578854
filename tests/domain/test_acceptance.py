"""An order comes in once, whatever the order and number of its messages."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlmodel import Session, select

from orderhub.domain.acceptance import Outcome, accept
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import LineDraft, OrderDraft, ParcelDraft, ReceiverDraft
from orderhub.domain.hold import HoldReason, open_holds
from orderhub.domain.order import Order, OrderLine, OrderStatus, OrderTag, Shipment
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event
from tests.databases import with_tables

from .drafts import NOW, a_shop, an_order, paid, shipped


def take(*drafts: OrderDraft) -> list[Outcome]:
    """Accept into one shop, each in a transaction of its own."""
    with transaction() as session:
        shop = a_shop(session)
    outcomes = []
    for draft in drafts:
        with transaction() as session:
            outcomes.append(accept(session, shop, draft, now=NOW).outcome)
    return outcomes


def the_order(session: Session) -> Order:
    return session.exec(select(Order)).one()


def kinds() -> list[str]:
    with reading() as session:
        return list(session.exec(select(Event.kind).order_by(Event.id)))


def test_a_new_order_enters_where_its_channel_has_it(database):
    assert take(paid()) == [Outcome.CREATED]
    with reading() as session:
        order = the_order(session)
        assert (order.status, order.paid_fen) == (OrderStatus.TO_REVIEW, 1000)
        assert (order.goods_text, order.kind_count, order.piece_count) == ("收纳箱 40L ×2", 1, 2)
        assert order.ship_by == NOW + timedelta(minutes=1, hours=48)
    assert kinds() == ["order_received", "order_paid"]


def test_the_same_version_again_changes_nothing(database):
    assert take(paid(), paid()) == [Outcome.CREATED, Outcome.UNCHANGED]
    assert kinds() == ["order_received", "order_paid"]


def test_an_older_version_never_overwrites_a_newer_one(database):
    assert take(shipped(), an_order()) == [Outcome.CREATED, Outcome.STALE]
    with reading() as session:
        assert the_order(session).status is OrderStatus.SHIPPED


RECEIVER = ReceiverDraft(
    token="oaid-1",
    name_masked="测**",
    phone_masked="138****0308",
    phone_tail="0308",
    region="浙江省 杭州市 西湖区",
    address_masked="测试路***号***",
)
NAMED = ("buyer_masked", *(f"receiver_{name}" for name in ReceiverDraft.__dataclass_fields__))


def named(session: Session) -> tuple[str, ...]:
    order = the_order(session)
    return tuple(getattr(order, name) for name in NAMED)


def changes() -> list[list[str]]:
    with reading() as session:
        kept = session.exec(select(Event).where(Event.kind == "order_changed").order_by(Event.id)).all()
    return [event.body["fields"] for event in kept]


KNOWN = ("买**", "oaid-1", "测**", "138****0308", "0308", "浙江省 杭州市 西湖区", "测试路***号***")


def test_what_a_channel_blanks_after_shipping_is_kept(database):
    assert take(paid(receiver=RECEIVER, buyer_masked="买**"), shipped()) == [Outcome.CREATED, Outcome.UPDATED]
    with reading() as session:
        assert named(session) == KNOWN
        assert the_order(session).status is OrderStatus.SHIPPED
    assert changes() == [["channel_status", "shipped_at"]]


def test_a_receiver_that_changes_is_taken_over_where_it_says_anything(database):
    moved = replace(RECEIVER, name_masked="收**", phone_masked="", phone_tail="", address_masked="新路***号***")
    take(paid(receiver=RECEIVER, buyer_masked="买**"), paid(2, receiver=moved))
    with reading() as session:
        assert named(session) == (*KNOWN[:2], "收**", *KNOWN[3:6], "新路***号***")
    assert changes() == [["receiver_address_masked", "receiver_name_masked"]]


def test_an_older_version_that_comes_late_fills_only_what_is_blank(database):
    late = paid(receiver=RECEIVER, buyer_masked="买**", seller_remark="x")
    known = replace(ReceiverDraft(), name_masked="收**")
    outcomes = take(shipped(receiver=known), late, late)
    assert outcomes == [Outcome.CREATED, Outcome.UPDATED, Outcome.STALE]
    with reading() as session:
        assert named(session) == (*KNOWN[:2], "收**", *KNOWN[3:])
        assert (the_order(session).status, the_order(session).seller_remark) == (OrderStatus.SHIPPED, "")
    assert changes() == [sorted(set(NAMED) - {"receiver_name_masked"})]


def facts(session: Session) -> dict[str, Any]:
    order = the_order(session)
    lines = [(line.sku_code, line.quantity) for line in session.exec(select(OrderLine))]
    parcels = [parcel.tracking_no for parcel in session.exec(select(Shipment))]
    tags = [tag.tag for tag in session.exec(select(OrderTag))]
    holds = [held.reason for held in open_holds(session, order.id)]
    ours = order.model_dump(exclude={"id", "accepted_at", "changed_at"})
    return ours | {"lines": lines, "parcels": parcels, "tags": tags, "holds": holds}


VERSIONS = (
    an_order(0, buyer_remark="急发"),
    replace(paid(1), status=ChannelStatus.PAID_WAIT, buyer_remark="急发", receiver=RECEIVER, buyer_masked="买**"),
    paid(2, buyer_remark="急发，谢谢", lines=(LineDraft("1", "BOX-40L", "收纳箱 40L", 1, 1000),)),
    shipped(3, buyer_remark="不急了", parcels=(ParcelDraft("SF1"),)),
)


def test_every_order_of_arrival_ends_in_the_same_place(sqlite_url):
    ends = []
    for turn, order_of_arrival in enumerate(permutations(VERSIONS)):
        with_tables(sqlite_url.replace(".db", f"-{turn}.db"))
        take(*order_of_arrival)
        with reading() as session:
            ends.append(facts(session))
    assert all(end == ends[0] for end in ends)
    assert (ends[0]["status"], ends[0]["parcels"], ends[0]["tags"], ends[0]["holds"]) == ("shipped", ["SF1"], [], [])
    assert tuple(ends[0][name] for name in NAMED) == KNOWN


def test_two_versions_of_one_second_are_decided_by_how_far_they_are(database):
    take(shipped(2), paid(2))
    with reading() as session:
        assert the_order(session).status is OrderStatus.SHIPPED


def test_payment_is_recorded_once_although_it_is_said_often(database):
    take(an_order(), paid(1), paid(2, seller_remark="x"), shipped(3))
    assert kinds().count("order_paid") == 1


def test_a_channel_never_takes_an_order_back(database):
    take(shipped(2), paid(3))
    with reading() as session:
        assert the_order(session).status is OrderStatus.SHIPPED


def test_an_order_closed_before_shipping_is_cancelled(database):
    take(paid(1), replace(paid(2), status=ChannelStatus.CLOSED_REFUNDED))
    with reading() as session:
        assert the_order(session).status is OrderStatus.CANCELLED


def test_a_word_nobody_knows_opens_an_anomaly_that_ends_with_it(database):
    strange = replace(paid(1), status=ChannelStatus.UNKNOWN, unknown=("trade.status: 'FROZEN'",))
    take(strange)
    with reading() as session:
        found = session.exec(select(Anomaly)).one()
        assert (found.kind, found.note, found.at_risk_fen) == (
            AnomalyKind.UNKNOWN_STATUS_WORD,
            "trade.status: 'FROZEN'",
            1000,
        )
        assert the_order(session).status is OrderStatus.TO_REVIEW
    with transaction() as session:
        order = the_order(session)
        from orderhub.domain.shop import Shop

        accept(session, session.get_one(Shop, order.shop_id), paid(2), now=NOW)
    with reading() as session:
        assert session.exec(select(Anomaly)).one().resolved_at == NOW


def test_an_amount_that_does_not_add_up_is_held_and_shown(database):
    take(paid(1, total_fen=1200, discount_fen=-200))
    with reading() as session:
        order = the_order(session)
        assert [held.reason for held in open_holds(session, order.id)] == [HoldReason.AMOUNT_MISMATCH]
        assert session.exec(select(Anomaly.kind)).all() == [AnomalyKind.AMOUNT_MISMATCH]
        assert order.is_held


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"lines": ()}, "line_count"),
        ({"lines": tuple(LineDraft(str(n), "S", "t", 1, 1) for n in range(501))}, "line_count"),
        ({"lines": (LineDraft("1", "S", "t", 0, 1),)}, "absurd_quantity"),
        ({"lines": (LineDraft("1", "S", "t", 100_001, 1),)}, "absurd_quantity"),
        ({"lines": (LineDraft("1", "S", "t", 1, -1),)}, "absurd_money"),
        ({"total_fen": -1}, "absurd_money"),
        ({"total_fen": 1_000_000_001}, "absurd_money"),
        ({"placed_at": NOW + timedelta(days=1, seconds=1)}, "absurd_time"),
        ({"placed_at": NOW.replace(year=1999)}, "absurd_time"),
    ],
)
def test_what_breaks_a_rule_of_intake_is_refused_whole(database, changes, problem):
    with pytest.raises(BadInput) as caught:
        take(an_order(**changes))
    assert caught.value.problem == problem
    with reading() as session:
        assert session.exec(select(Order)).all() == []
        assert session.exec(select(Event)).all() == []


def test_a_zero_yuan_order_is_legal(database):
    take(paid(1, lines=(LineDraft("1", "GIFT", "赠品", 1, 0),), total_fen=0, paid_fen=0))
    with reading() as session:
        assert the_order(session).total_fen == 0


def test_emoji_and_rare_characters_survive(database):
    take(paid(1, buyer_remark="送给𠮷田 😀"))
    with reading() as session:
        assert the_order(session).buyer_remark == "送给𠮷田 😀"
