"""When an order's time is over its buyer goes, from everywhere; what was bought and paid stays as it was."""

import json
from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from orderhub.automation.forgetting import GONE, StillUnderWay, erase_buyer, forget_people
from orderhub.connectors.channels.contract import Native
from orderhub.domain.acceptance import accept
from orderhub.domain.buyer_contact import BuyerContact, keep_contact
from orderhub.domain.order import PERSONAL, Order, OrderStatus
from orderhub.domain.retention import retention_of, set_retention
from orderhub.domain.ticket import Subject, Ticket, TicketKind, TicketStatus, open_ticket
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.intake.inbox import InboxMessage, MessageKind, Source, keep_taken
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.builders import NOW

MARKERS = ("buyer-0001", "测**", "138****0000", "请放门卫王大爷", "13800001234", "王小明")
LATER = NOW + timedelta(days=91)


@pytest.fixture
def over(database) -> int:
    """An order of the merchant's own program that is over, with everything that may be known of its buyer."""
    with transaction() as session:
        shop = builders.shop(session, "mp", Channel.MINIPROGRAM)
        order = builders.order(session, "MP-1", ChannelStatus.COMPLETED, of=shop, buyer_remark="请放门卫王大爷")
        keep_contact(session, shop, "MP-1", {"name": "王小明", "phone": "13800001234"}, now=NOW)
        body = {"receiver": {"phone": "138****0000"}, "buyer_remark": "请放门卫王大爷"}
        keep_taken(session, shop.id, MessageKind.ORDER, [Native("MP-1", NOW, body)], NOW, source=Source.API)
        ticket = open_ticket(
            session, Subject(order_id=order.id), TicketKind.QUESTION, words="王小明来电 13800001234", by="kefu", now=NOW
        )
        ticket.status = TicketStatus.CLOSED
        order.staff_remark = "请放门卫王大爷"
        return order.id


def everything() -> str:
    with transaction() as session:
        rows = [row for table in SQLModel.metadata.tables.values() for row in session.execute(table.select())]
        return json.dumps([[str(cell) for cell in row] for row in rows], ensure_ascii=False)


def test_a_buyer_is_forgotten_when_their_time_is_over_and_not_before(over):
    assert forget_people(NOW + timedelta(days=89)).orders == 0
    done = forget_people(LATER)
    assert (done.orders, done.contacts, done.bodies, done.tickets) == (1, 1, 1, 1)
    assert not [marker for marker in MARKERS if marker in everything()]
    assert forget_people(LATER).orders == 0


def test_what_was_bought_and_paid_stays_as_it_was(over):
    def figures() -> dict:
        with transaction() as session:
            order = session.get_one(Order, over)
            return order.model_dump(exclude={*PERSONAL, "staff_remark", "mapped_remark", "forgotten_at"})

    before = figures()
    forget_people(LATER)
    assert figures() == before
    with transaction() as session:
        assert session.exec(select(Ticket)).one().words == GONE
        (event,) = session.exec(select(Event).where(Event.kind == "people_forgotten"))
        assert (event.actor, event.body["orders"]) == ("system", 1)


def test_orders_of_one_buyer_stay_one_buyers(database):
    with transaction() as session:
        ids = [builders.order(session, no, ChannelStatus.COMPLETED).id for no in ("1", "2")]
        ids.append(builders.order(session, "3", ChannelStatus.COMPLETED, buyer_token="buyer-0002").id)
    forget_people(LATER)
    with transaction() as session:
        first, second, third = (session.get_one(Order, one).buyer_token for one in ids)
    assert (first == second != third, "buyer" in first) == (True, False)


def test_news_of_a_forgotten_order_brings_nobody_back(over):
    forget_people(LATER)
    with transaction() as session:
        shop = builders.shop(session, "mp")
        newer = builders.draft(
            "MP-1", ChannelStatus.COMPLETED, channel=shop.channel, updated_at=NOW + timedelta(days=91)
        )
        order = accept(session, shop, newer, now=LATER).order
        assert [getattr(order, name) for name in PERSONAL if name != "buyer_token"] == [""] * (len(PERSONAL) - 1)
        keep_taken(session, shop.id, MessageKind.ORDER, [Native("MP-1", LATER, {"a": 1})], LATER, source=Source.API)
    assert forget_people(LATER + timedelta(days=1)).bodies == 1


def test_an_open_order_keeps_its_buyer(database):
    with transaction() as session:
        builders.order(session, "1", ChannelStatus.PAID)
    assert forget_people(LATER).orders == 0


def test_each_channel_has_its_own_time(database, over):
    with transaction() as session:
        set_retention(session, Channel.MINIPROGRAM, 30, by="admin", now=NOW)
        assert retention_of(session)[Channel.MINIPROGRAM].days == 30
        assert retention_of(session)[Channel.TAOBAO].days == 90
        with pytest.raises(BadInput, match="15 to 1095"):
            set_retention(session, Channel.TAOBAO, 3, by="admin", now=NOW)
    assert forget_people(NOW + timedelta(days=31)).orders == 1


def test_a_contact_whose_order_never_came_goes_too(database):
    with transaction() as session:
        shop = builders.shop(session, "mp", Channel.MINIPROGRAM)
        keep_contact(session, shop, "MP-9", {"phone": "13800001234"}, now=NOW)
    assert forget_people(LATER).contacts == 1


def test_a_buyer_is_erased_at_their_wish_with_a_reason(over):
    with transaction() as session:
        with pytest.raises(BadInput, match="say who asked"):
            erase_buyer(session, over, reason=" ", by="admin", now=NOW)
        erase_buyer(session, over, reason="buyer asked by mail", by="admin", now=NOW)
    assert not [marker for marker in MARKERS if marker in everything()]
    with transaction() as session:
        (event,) = session.exec(select(Event).where(Event.kind == "buyer_erased"))
        assert (event.actor, event.subject_id, event.body) == ("admin", over, {"reason": "buyer asked by mail"})
        assert session.exec(select(BuyerContact)).all() == []
        assert {message.body for message in session.exec(select(InboxMessage))} == {""}


def test_an_order_under_way_is_not_erased(database):
    with transaction() as session:
        order = builders.order(session, "1", our_status=OrderStatus.TO_SHIP)
        with pytest.raises(StillUnderWay):
            erase_buyer(session, order.id, reason="asked", by="admin", now=NOW)
        assert order.buyer_token == "buyer-0001"
