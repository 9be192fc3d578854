"""Many buyers pay for few pieces through the hub's own door, at the same moment and again and again."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlmodel import func, select

from orderhub.domain.acceptance import accept
from orderhub.domain.hold import Hold, HoldReason
from orderhub.domain.reservation import Reservation
from orderhub.domain.sku import put_sku, set_parts
from orderhub.domain.words import ChannelStatus
from orderhub.intake.stock import look_after
from orderhub.kernel.db import reading, transaction
from tests import builders
from tests.builders import NOW, draft, line_draft
from tests.domain.stocked import assert_sound, level, stocked

BUYERS = 60
UNITS = 10
LINES = (line_draft(sku_code="SET-1"), line_draft(channel_line_no="2", sku_code="SET-2"))


def version(number, minute=0, status=ChannelStatus.PAID):
    return draft(f"77{number:04}", status, lines=LINES, updated_at=NOW + timedelta(minutes=minute))


def test_the_last_pieces_go_to_as_many_buyers_as_there_are_pieces(database):
    with transaction() as session:
        shop = builders.shop(session)
        stocked(session, A=3 * UNITS + 2, B=999)
        for code, parts in (("SET-1", "A*2&B"), ("SET-2", "A")):
            set_parts(session, put_sku(session, code, by="tester", now=NOW), parts, by="tester", now=NOW)

    def pay(number):
        with transaction() as session:
            accept(session, shop, version(number), now=NOW)

    turns = [number for number in range(BUYERS) for _ in range(2)]
    random.Random(3).shuffle(turns)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(pay, turns))

    with reading() as session:
        assert_sound(session)
        assert (level(session, "A"), level(session, "B")) == ((3 * UNITS + 2, 3 * UNITS), (999, UNITS))
        out = select(func.count()).where(Hold.reason == HoldReason.OUT_OF_STOCK)
        assert session.exec(out).one() == BUYERS - UNITS
        winner = session.exec(select(func.min(Reservation.order_id))).one()
        number = session.exec(select(builders.Order.channel_order_no).where(builders.Order.id == winner)).one()

    with transaction() as session:  # one who has it gives it back, one who waits gets it
        accept(session, shop, version(int(number[2:]), 5, ChannelStatus.CLOSED_REFUNDED), now=NOW)
    look_after(NOW + timedelta(minutes=6))
    with reading() as session:
        assert_sound(session)
        assert level(session, "A") == (3 * UNITS + 2, 3 * UNITS)
        still = select(func.count()).where(Hold.reason == HoldReason.OUT_OF_STOCK, Hold.released_at.is_(None))
        assert session.exec(still).one() == BUYERS - UNITS - 1
