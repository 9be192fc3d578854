"""Does the board show exactly the orders asked for, once each, in order?"""

import base64
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlmodel import Session, col, select

from orderhub.domain.hold import HoldReason, hold
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import tag
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.insights.board import BoardQuery, BoardSort, Tab, board_counts, board_page
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput
from tests import builders, months

HOUR = timedelta(hours=1)


def numbers(database: Database, query: BoardQuery, now: datetime) -> list[str]:
    """The channel's numbers of every page, walked to the end in pages of two."""
    found, cursor = [], ""
    with database.reading() as session:
        while True:
            page = board_page(session, replace(query, cursor=cursor), now, size=2)
            found += [row.channel_order_no for row in page.rows]
            cursor = page.next_cursor
            if not cursor:
                return found


@pytest.fixture
def shelf(database: Database, now: datetime) -> Database:
    """Two shops; A is two hours late, B due in one hour, C due in thirty, D has no moment, E shipped, F unpaid."""
    with database.transaction() as session:
        second = builders.shop(session, "taobao-1", Channel.TAOBAO)
        builders.order(session, "A", ship_by=now - 2 * HOUR, lines=(builders.line_draft(unit_price_fen=10_000),))
        builders.order(session, "B", ship_by=now + HOUR, lines=(builders.line_draft(unit_price_fen=30_000),), of=second)
        builders.order(session, "C", ship_by=now + 30 * HOUR, our_status=OrderStatus.TO_SHIP)
        builders.order(session, "D", ChannelStatus.UNKNOWN, paid_at=None, our_status=OrderStatus.TO_REVIEW)
        builders.order(
            session, "E", ChannelStatus.SHIPPED, ship_by=now - HOUR, shipped_at=now, parcels=(builders.parcel(),)
        )
        builders.order(session, "F", ChannelStatus.UNPAID)
    return database


def test_late_come_first_and_no_moment_last(shelf: Database, now: datetime) -> None:
    assert numbers(shelf, BoardQuery(), now) == ["A", "B", "C", "D"]


def test_due_sort_descending_keeps_no_moment_last(shelf: Database, now: datetime) -> None:
    assert numbers(shelf, BoardQuery(descending=True), now) == ["C", "B", "A", "D"]


def test_what_has_left_follows_what_has_not(shelf: Database, now: datetime) -> None:
    found = numbers(shelf, BoardQuery(tab=Tab.ALL), now)
    assert found[:4] == ["A", "B", "C", "D"]
    assert set(found[4:]) == {"E", "F"}


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        (BoardSort.AT_RISK, True, ["B", "D", "C", "A"]),
        (BoardSort.AT_RISK, False, ["A", "C", "D", "B"]),
        (BoardSort.PLACED, False, ["A", "B", "C", "D"]),
        (BoardSort.CHANGED, True, ["D", "C", "B", "A"]),
        (BoardSort.PAID, True, ["C", "B", "A", "D"]),
    ],
)
def test_sorts(shelf: Database, now: datetime, sort: BoardSort, descending: bool, expected: list[str]) -> None:  # noqa: FBT001
    assert numbers(shelf, BoardQuery(sort=sort, descending=descending), now) == expected


@pytest.mark.parametrize(
    ("tab", "expected"),
    [
        (Tab.OPEN, {"A", "B", "C", "D"}),
        (Tab.TO_REVIEW, {"A", "B", "D"}),
        (Tab.TO_SHIP, {"C"}),
        (Tab.SHIPPED, {"E"}),
        (Tab.PENDING_PAYMENT, {"F"}),
        (Tab.LATE, {"A"}),
        (Tab.COMPLETED, set()),
    ],
)
def test_tabs(shelf: Database, now: datetime, tab: Tab, expected: set[str]) -> None:
    assert set(numbers(shelf, BoardQuery(tab=tab), now)) == expected


def test_held_tab_shows_open_holds(shelf: Database, now: datetime) -> None:
    with shelf.transaction() as session:
        hold(session, order_no(session, "C"), HoldReason.MANUAL, by="wang", now=now)
    assert numbers(shelf, BoardQuery(tab=Tab.HELD), now) == ["C"]
    assert numbers(shelf, BoardQuery(holds=(HoldReason.MANUAL,)), now) == ["C"]
    assert numbers(shelf, BoardQuery(holds=(HoldReason.RISK,)), now) == []


def test_tag_filter_finds_any_of_the_tags(shelf: Database, now: datetime) -> None:
    with shelf.transaction() as session:
        tag(session, order_no(session, "B"), "赠品", by="wang", now=now)
        tag(session, order_no(session, "C"), "直播", by="wang", now=now)
    assert numbers(shelf, BoardQuery(tags=("赠品", "直播")), now) == ["B", "C"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (BoardQuery(channels=(Channel.TAOBAO,)), ["B"]),
        (BoardQuery(shops=("douyin-1",)), ["A", "C", "D"]),
        (BoardQuery(shops=("nobody",)), []),
        (BoardQuery(due_within_hours=1), ["A", "B"]),
        (BoardQuery(tab=Tab.ALL, due_within_hours=1), ["A", "B"]),
        (BoardQuery(least_fen=13_940), ["B", "C", "D"]),
        (BoardQuery(most_fen=10_000), ["A"]),
        (BoardQuery(text="收纳箱", channels=(Channel.TAOBAO,)), ["B"]),
        (BoardQuery(text="收纳柜"), []),
        (BoardQuery(tab=Tab.ALL, text="YT0000000000001"), ["E"]),
    ],
)
def test_filters(shelf: Database, now: datetime, query: BoardQuery, expected: list[str]) -> None:
    assert numbers(shelf, query, now) == expected


def test_a_row_says_what_is_at_risk(shelf: Database, now: datetime) -> None:
    with shelf.transaction() as session:
        hold(session, order_no(session, "A"), HoldReason.MANUAL, by="wang", now=now)
        tag(session, order_no(session, "A"), "赠品", by="wang", now=now)
    with shelf.reading() as session:
        late = board_page(session, BoardQuery(), now).rows[0]
        shipped = board_page(session, BoardQuery(tab=Tab.SHIPPED), now).rows[0]
    assert (late.is_late, late.at_risk_fen, late.tags, late.holds) == (True, 10_000, ("赠品",), (HoldReason.MANUAL,))
    assert (late.shop_code, late.receiver_phone_tail, late.order_no) == ("douyin-1", "0000", f"OH{late.order_id}")
    assert (shipped.is_late, shipped.at_risk_fen, shipped.paid_fen) == (False, 0, 13_940)
    assert (shipped.carrier_name, shipped.tracking_no, shipped.parcel_count) == ("圆通速递", "YT0000000000001", 1)


@pytest.mark.parametrize(
    "narrow",
    [
        BoardQuery(),
        BoardQuery(channels=(Channel.DOUYIN,)),
        BoardQuery(due_within_hours=2),
        BoardQuery(text="收纳箱"),
        BoardQuery(tags=("赠品",)),
        BoardQuery(holds=(HoldReason.MANUAL,)),
        BoardQuery(least_fen=20_000),
    ],
)
def test_counts_equal_the_pages(shelf: Database, now: datetime, narrow: BoardQuery) -> None:
    with shelf.transaction() as session:
        hold(session, order_no(session, "F"), HoldReason.MANUAL, by="wang", now=now)
        tag(session, order_no(session, "E"), "赠品", by="wang", now=now)
    with shelf.reading() as session:
        counts = board_counts(session, narrow, now)
    assert counts == {str(tab): len(numbers(shelf, replace(narrow, tab=tab), now)) for tab in Tab}


def test_counts_of_the_shelf(shelf: Database, now: datetime) -> None:
    with shelf.reading() as session:
        counts = board_counts(session, BoardQuery(), now)
    some = {"open": 4, "to_review": 3, "to_ship": 1, "shipped": 1, "pending_payment": 1, "all": 6, "late": 1, "held": 0}
    assert {name: counts[name] for name in some} == some


@pytest.mark.parametrize("sort", list(BoardSort))
def test_pages_walk_back_the_way_they_came(database: Database, now: datetime, sort: BoardSort) -> None:
    months.fill(database, 300, now=now, open_share=0.5)
    query = BoardQuery(tab=Tab.ALL, sort=sort)
    with database.reading() as session:
        forth = [board_page(session, query, now, size=40)]
        while forth[-1].next_cursor:
            forth.append(board_page(session, replace(query, cursor=forth[-1].next_cursor), now, size=40))
        back = [forth[-1]]
        while back[-1].previous_cursor:
            back.append(board_page(session, replace(query, cursor=back[-1].previous_cursor), now, size=40))
    assert [page.rows for page in back[::-1]] == [page.rows for page in forth]
    ids = [row.order_id for page in forth for row in page.rows]
    assert len(ids) == len(set(ids)) == 300


@pytest.mark.parametrize("seed", range(3))
def test_standing_rows_are_seen_once_while_others_move(database: Database, now: datetime, seed: int) -> None:
    """Between pages, orders of one half change status, money and moments; the other half comes up once each."""
    months.fill(database, 240, now=now, open_share=1.0, seed=seed)
    rng, seen, cursor = Random(seed), [], ""
    while True:
        with database.reading() as session:
            query = BoardQuery(tab=Tab.ALL, sort=list(BoardSort)[seed], descending=bool(seed % 2), cursor=cursor)
            page = board_page(session, query, now, size=17)
        seen += [row.order_id for row in page.rows if row.order_id % 2]
        cursor = page.next_cursor
        if not cursor:
            break
        with database.transaction() as session:
            shuffle(session, rng, now)
    assert sorted(seen) == list(range(1, 241, 2))


def shuffle(session: Session, rng: Random, now: datetime) -> None:
    movable = [order for order in session.exec(select(Order)) if order.id % 2 == 0]
    for order in rng.sample(movable, 30):
        order.status = rng.choice(list(OrderStatus))
        order.ship_by = rng.choice([None, now + timedelta(minutes=rng.randrange(-600, 600))])
        order.paid_fen = rng.randrange(100_000)
        order.changed_at = now + timedelta(seconds=rng.randrange(600))
        session.add(order)


def test_equal_keys_are_told_apart_by_id(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        for turn in range(9):
            builders.order(session, f"T{turn}", ship_by=now)
    assert numbers(database, BoardQuery(), now) == [f"T{turn}" for turn in range(9)]
    assert numbers(database, BoardQuery(descending=True), now) == [f"T{turn}" for turn in reversed(range(9))]


def test_a_tampered_cursor_is_refused(shelf: Database, now: datetime) -> None:
    with shelf.reading() as session:
        cursor = board_page(session, BoardQuery(), now, size=2).next_cursor
        told = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        forged = base64.urlsafe_b64encode(told.replace("[0,0,", "[0,7,").encode()).decode()
        for broken in (cursor[:-4], cursor[4:], forged, "x", "订单", "AAAA", f"{cursor}AAAA"):
            with pytest.raises(BadInput, match="cursor"):
                board_page(session, BoardQuery(cursor=broken), now, size=2)
        with pytest.raises(BadInput, match="cursor"):
            board_page(session, BoardQuery(cursor=cursor, sort=BoardSort.PLACED), now, size=2)


def order_no(session: Session, number: str) -> Order:
    return session.exec(select(Order).where(col(Order.channel_order_no) == number)).one()
