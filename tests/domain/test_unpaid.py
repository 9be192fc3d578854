"""Goods of orders that are placed and not paid: kept as long as the shop says, and no longer."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.order_stock import StockWait
from orderhub.domain.shop import ReservesAt
from orderhub.domain.unmatched_code import UnmatchedCode
from orderhub.domain.unpaid import overdue, set_reserving
from orderhub.domain.words import ChannelStatus
from orderhub.intake.stock import look_after
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event
from tests.builders import NOW, draft, line_draft, shop

from .stocked import assert_sound, level, stocked


@pytest.fixture
def goods(database):
    with transaction() as session:
        made = stocked(session, A=3)
    yield made
    with reading() as session:
        assert_sound(session)


def reserving(at, minutes=30):
    with transaction() as session:
        set_reserving(session, shop(session), at, minutes, by="ceshi-o", now=NOW)


def told(status=ChannelStatus.UNPAID, *, no="1", code="A", minute=0, at=NOW, **changes):
    facts = {"placed_at": NOW, "updated_at": NOW + timedelta(minutes=minute)} | changes
    with transaction() as session:
        one = draft(no, status, lines=(line_draft(sku_code=code, quantity=2),), **facts)
        accept(session, shop(session), one, now=at)
    with reading() as session:
        return level(session, "A")


def test_an_order_that_is_placed_has_its_goods_until_it_is_too_late(goods):
    assert told(no="0") == (3, 0)
    reserving(ReservesAt.PLACED)
    assert told() == (3, 2)
    assert told(minute=1) == (3, 2)
    assert told(no="2") == (3, 2)  # not enough for it, and nobody waits for what is not paid
    with reading() as session:
        assert session.exec(select(StockWait)).all() == []
        assert [overdue(session, now=NOW + timedelta(minutes=minutes)) for minutes in (29, 30)] == [[], [2]]
    look_after(NOW + timedelta(minutes=29))
    with reading() as session:
        assert level(session, "A") == (3, 2)
    look_after(NOW + timedelta(minutes=31))
    with reading() as session:
        assert (level(session, "A"), overdue(session, now=NOW + timedelta(days=1))) == ((3, 0), [])
    paid_at = NOW + timedelta(minutes=40)
    assert told(ChannelStatus.PAID, minute=40, at=paid_at, paid_at=paid_at) == (3, 2)


@pytest.mark.parametrize("status", [ChannelStatus.CLOSED_UNPAID, ChannelStatus.PAID])
def test_closing_frees_and_paying_keeps_what_was_reserved_at_placing(goods, status):
    reserving(ReservesAt.PLACED)
    told()
    paid_at = NOW if status is ChannelStatus.PAID else None
    assert told(status, minute=5, paid_at=paid_at) == (3, 2 if paid_at else 0)


def test_an_unknown_code_of_an_unpaid_order_is_nobodys_work_yet(goods):
    reserving(ReservesAt.PLACED)
    assert told(code="旧款") == (3, 0)
    with reading() as session:
        assert session.exec(select(UnmatchedCode)).all() == []


def test_going_back_to_payment_lets_go_of_what_is_not_paid(goods):
    reserving(ReservesAt.PLACED)
    told()
    reserving(ReservesAt.PAID)
    reserving(ReservesAt.PAID)
    look_after(NOW + timedelta(minutes=1))
    with reading() as session:
        assert level(session, "A") == (3, 0)
        assert len(session.exec(select(Event).where(Event.kind == "reserving_changed")).all()) == 2


@pytest.mark.parametrize("minutes", [0, 4, 10_081])
def test_a_time_that_cannot_be_is_refused(goods, minutes):
    with pytest.raises(BadInput, match="minutes"):
        reserving(ReservesAt.PLACED, minutes)
