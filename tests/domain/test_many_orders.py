import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlmodel import Session, col, func, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.arrival import Coming
from orderhub.domain.hold import Hold
from orderhub.domain.many_orders import accept_many
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.presale import Presold
from orderhub.domain.rules.rule import read_rules
from orderhub.domain.rules.versions import go_live, save_draft
from orderhub.domain.shop import Shop
from orderhub.domain.sku import put_sku
from orderhub.domain.stock import count
from orderhub.domain.stock_upkeep import serve_waiting
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.db import Database, transaction
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.builders import NOW
from tests.domain.stocked import assert_sound, level, stocked, warehouses

from .arriving import Everything, everything, furnish, some_orders, take_in_at_once, take_in_one_by_one

T = TypeVar("T")


class _TakenBackError(Exception):
    pass


def _taken_back(work: Callable[[Session], T]) -> T:
    """What ``work`` finds; the hub is as before."""
    found = []
    with suppress(_TakenBackError), transaction() as session:
        found.append(work(session))
        raise _TakenBackError
    return found[0]


def _rule(session: Session, when: tuple[str, str, str], then: tuple[str, str]) -> None:
    """The only one that is live: (kind of condition, operator, value), (kind of action, value)."""
    (kind, operator, asked), (action, value) = when, then
    condition = {"kind": kind, "is": operator, "values": [asked]}
    rule = {"key": "M-9", "name": "规则", "when": [condition], "then": [{"kind": action, "value": value}]}
    version = save_draft(session, read_rules([rule]), revision=0, by="tester", now=NOW)
    go_live(session, version.number, by="tester", now=NOW, needs_approval=False)


def _shops(session: Session) -> list[Shop]:
    return list(session.exec(select(Shop).order_by(col(Shop.id))))


@pytest.mark.parametrize("rules", ["shipped", "merchant"])
@pytest.mark.parametrize("seed", range(4))
def test_taken_together_orders_are_what_they_are_taken_one_by_one(database: Database, seed: int, rules: str) -> None:
    """As all rows and, order by order, all events say; ids aside."""
    with transaction() as session:
        furnish(session, rules=rules)

    def together(session: Session) -> tuple[list[tuple[int, Coming]], Everything]:
        coming = some_orders(random.Random(seed), _shops(session), 60)
        in_order = [(one.shop.id, one) for one in take_in_at_once(session, coming)]
        assert session.exec(select(func.count()).select_from(Order)).one() > 40
        assert session.exec(select(Anomaly.id).where(Anomaly.kind == AnomalyKind.OVERSOLD)).first()
        assert session.exec(select(Presold.order_id)).first()
        assert_sound(session)
        return in_order, everything(session)

    in_order, at_once = _taken_back(together)

    def singly(session: Session) -> Everything:
        shops = {shop.id: shop for shop in _shops(session)}
        take_in_one_by_one(session, [replace(one, shop=shops[shop_id]) for shop_id, one in in_order])
        return everything(session)

    one_by_one = _taken_back(singly)
    for table, rows in one_by_one[0].items():
        assert (table, at_once[0][table] - rows, rows - at_once[0][table]) == (table, {}, {})
    assert at_once[1] == one_by_one[1]


def test_a_plain_order_is_taken_and_an_odd_one_is_left(database: Database) -> None:
    with transaction() as session:
        shop = builders.shop(session)
        plain = Coming(shop, builders.draft("1"))
        odd = Coming(shop, builders.draft("2", unknown=("order.status: 'FROZEN'",)))
        assert accept_many(session, [odd, plain], now=NOW) == [plain]


def test_of_two_versions_the_first_is_taken(database: Database) -> None:
    with transaction() as session:
        shop = builders.shop(session)
        paid = Coming(shop, builders.draft("1"))
        done = Coming(shop, builders.draft("1", ChannelStatus.COMPLETED, updated_at=NOW))
        assert accept_many(session, [paid, done], now=NOW) == [paid]
        assert accept_many(session, [done], now=NOW) == []
        assert session.exec(select(Order.status)).all() == [OrderStatus.TO_REVIEW]


def test_pieces_go_to_the_first_who_come(database: Database) -> None:
    with transaction() as session:
        stocked(session, now=NOW - timedelta(days=1), BOX_40L=2)
        shop = builders.shop(session)
        coming = [Coming(shop, builders.draft(str(number))) for number in range(5)]
        assert accept_many(session, coming, now=NOW) == coming
        assert level(session, "BOX-40L") == (2, 2)
        assert_sound(session)
        wanted = select(Order.channel_order_no, Order.is_held, func.count(col(Hold.id))).outerjoin(Hold)
        held = [("0", False, 0), ("1", False, 0), ("2", True, 1), ("3", True, 1), ("4", True, 1)]
        assert session.exec(wanted.group_by(col(Order.id)).order_by(col(Order.id))).all() == held
        short = session.exec(select(Anomaly.kind, Anomaly.note, Anomaly.at_risk_fen)).all()
        assert short == [(AnomalyKind.OVERSOLD, "BOX-40L", 13940)] * 3


def test_orders_that_wait_for_goods_have_them_when_they_come(database: Database) -> None:
    with transaction() as session:
        sku = stocked(session, now=NOW - timedelta(days=1), BOX_40L=0)["BOX-40L"]
        shop = builders.shop(session)
        accept_many(session, [Coming(shop, builders.draft(str(number))) for number in range(3)], now=NOW)
        assert len(session.exec(select(Order.id).where(Order.is_held)).all()) == 3
        count(session, sku.id, warehouses(session)["east"], 2, reason="盘点", by="tester", now=NOW)
    with transaction() as session:
        serve_waiting(session, now=NOW)
        assert level(session, "BOX-40L") == (2, 2)
        open_ones = select(Anomaly.subject_id).where(col(Anomaly.resolved_at).is_(None))
        assert len(session.exec(open_ones).all()) == 1
        assert_sound(session)


def test_a_rule_that_looks_at_holds_leaves_what_it_wants_to_be_done_by_itself(database: Database) -> None:
    """Only when the goods are short is it known that the rule holds: it tells of an anomaly, which is done singly."""
    with transaction() as session:
        stocked(session, now=NOW - timedelta(days=1), BOX_40L=1)
        _rule(session, ("holds", "any_of", "out_of_stock"), ("raise", "缺货|high|service|4"))
        shop = builders.shop(session)
        coming = [Coming(shop, builders.draft(str(number))) for number in range(2)]
        assert accept_many(session, coming, now=NOW) == coming[:1]


def test_what_is_left_to_be_done_by_itself_leaves_its_pieces_to_the_next(database: Database) -> None:
    with transaction() as session:
        stocked(session, now=NOW - timedelta(days=1), BOX_40L=1)
        put_sku(session, "SOON", is_presale=True, by="tester", now=NOW)
        _rule(session, ("holds", "any_of", "presale"), ("raise", "预售|low|service|4"))
        shop = builders.shop(session)
        lines = [builders.line_draft(channel_line_no=code, sku_code=code) for code in ("BOX-40L", "SOON")]
        both, one = builders.draft("1", lines=tuple(lines)), builders.draft("2", lines=(lines[0],))
        coming = [Coming(shop, both), Coming(shop, one)]
        assert accept_many(session, coming, now=NOW) == coming[1:]
        assert level(session, "BOX-40L") == (1, 1)
        assert not session.exec(select(Order.id).where(Order.is_held)).first()


def test_gifts_of_rules_are_promised_with_the_goods_while_there_are_any(database: Database) -> None:
    """Sold out, the order is taken by itself: it waits whole, as ``accept`` has it."""
    with transaction() as session:
        stocked(session, now=NOW - timedelta(days=1), BOX_40L=9, GIFT=5)
        _rule(session, ("quantity", "at_least", "1"), ("gift", "GIFT*2"))
        shop = builders.shop(session)
        coming = [Coming(shop, builders.draft(str(number))) for number in range(3)]
        assert accept_many(session, coming, now=NOW) == coming[:2]
        assert (level(session, "GIFT"), level(session, "BOX-40L")) == ((5, 4), (9, 2))
        take_in_one_by_one(session, coming[2:])
        assert (level(session, "GIFT"), level(session, "BOX-40L")) == ((5, 4), (9, 2))
        assert session.exec(select(Order.channel_order_no).where(Order.is_held)).all() == ["2"]
        assert_sound(session)


def test_a_gift_that_left_with_its_order_leaves_the_shelf(database: Database) -> None:
    """Its goods were counted since, the gift was not: that is taken off by itself."""
    with transaction() as session:
        stocked(session, now=NOW, BOX_40L=9)
        stocked(session, now=NOW - timedelta(days=1), GIFT=5)
        _rule(session, ("quantity", "at_least", "1"), ("gift", "GIFT*2"))
        gone = {"shipped_at": NOW - timedelta(hours=1), "updated_at": NOW - timedelta(hours=1)}
        one = Coming(builders.shop(session), builders.draft("1", ChannelStatus.SHIPPED, **gone))
        assert accept_many(session, [one], now=NOW) == []
        take_in_one_by_one(session, [one])
        assert (level(session, "GIFT"), level(session, "BOX-40L")) == ((3, 0), (9, 0))


def test_what_is_taken_back_has_told_nobody(database: Database) -> None:
    heard = []
    database.after_commit.append(lambda session: heard.extend(session.info.get("recorded", ())))
    with transaction() as session:
        shop = builders.shop(session)
        accept_many(session, [Coming(shop, builders.draft("1"))], now=NOW)
    with transaction() as session:
        assert session.exec(select(func.count()).select_from(Event)).one() == len(heard) == 2
    assert [one.kind for one in heard] == ["order_received", "order_paid"]
