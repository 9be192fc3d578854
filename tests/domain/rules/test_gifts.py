"""What a rule gives along is held, packed and sent with the order's first line, and goes back when no rule gives it."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from orderhub.domain.acceptance import accept
from orderhub.domain.allocating import allocate
from orderhub.domain.delivery import DeliveryPiece, delivery_of
from orderhub.domain.hold import open_holds
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import approve
from orderhub.domain.rules import versions
from orderhub.domain.shipping import leave
from orderhub.domain.words import Carrier
from orderhub.kernel.db import Database
from tests import builders
from tests.builders import NOW, line_draft
from tests.domain.stocked import assert_sound, level, stocked

from .made import data, do, remark_has, rules


@pytest.fixture
def session(database: Database):
    with database.transaction() as opened:
        stocked(opened, A=5, G_1=3)
        given = rules(data("R-001", [remark_has("老客")], do("gift", "G-1*2"), do("gift", "NOBODY-KNOWS")))
        saved = versions.save_draft(opened, given, revision=0, by="li", now=NOW)
        versions.go_live(opened, saved.number, by="li", now=NOW, needs_approval=False)
        yield opened
        assert_sound(opened)


def take(session: Session, minute: int, remark: str, no: str = "1") -> Order:
    lines = (line_draft(channel_line_no="1", sku_code="A", quantity=1),)
    told = builders.draft(no, lines=lines, buyer_remark=remark, updated_at=NOW + timedelta(minutes=minute))
    order = accept(session, builders.shop(session), told, now=NOW + timedelta(hours=1)).order
    session.flush()
    return order


def test_a_gift_is_held_and_leaves_with_the_order(session: Session) -> None:
    order = take(session, 0, "老客")
    assert (level(session, "A"), level(session, "G-1"), open_holds(session, order.id)) == ((5, 1), (3, 2), [])
    approve(session, order, by="ceshi-o", now=NOW)
    (delivery,) = allocate(session, order, by="system", now=NOW)
    assert sorted(piece.quantity for piece in session.exec(select(DeliveryPiece))) == [1, 2]
    packed = delivery_of(session, delivery.id)
    packed.carrier, packed.tracking_no = Carrier.SF, "SF1234567890123"
    leave(session, packed.id, by="ceshi-w", now=NOW + timedelta(hours=2))
    assert (order.status, level(session, "A"), level(session, "G-1")) == (OrderStatus.SHIPPED, (4, 0), (1, 0))


def test_a_gift_that_no_rule_gives_any_more_is_free_again(session: Session) -> None:
    order = take(session, 0, "老客")
    approve(session, order, by="ceshi-o", now=NOW)
    allocate(session, order, by="system", now=NOW)
    order = take(session, 5, "")
    assert (level(session, "A"), level(session, "G-1")) == ((5, 1), (3, 0))
    assert order.status is OrderStatus.TO_ALLOCATE  # what was planned held the gift


def test_an_order_whose_gift_is_short_waits_for_it(session: Session) -> None:
    take(session, 0, "老客")
    order = take(session, 0, "老客", no="2")
    assert [held.reason for held in open_holds(session, order.id)] == ["out_of_stock"]
