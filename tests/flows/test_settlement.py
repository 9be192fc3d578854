"""A day's trade bill, pulled from the lab's WeChat Pay: what is missing, changed or doubled in it gets its cause."""

from copy import copy
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from orderhub.api.app import create_api
from orderhub.domain.settlement import Difference, Statement
from orderhub.intake import push
from orderhub.intake.keyring import forget_connectors
from orderhub.intake.payment_account import forget_payers
from orderhub.intake.repaying import repay
from orderhub.intake.statements.pulling import match_again, pull_bills
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.db import reading
from tests.databases import with_tables

from .hub import served
from .money import TOTAL_FEN, Money


@pytest.fixture
def money(lab, db_url):
    with_tables(db_url)
    with served(create_api()) as hub_url:
        yield Money(*lab, hub_url, by_public_key=True)
    forget_payers()
    forget_connectors()
    push._noted.clear()


def differing() -> list[tuple[str, str, int, int]]:
    with reading() as session:
        found = session.exec(select(Difference).where(col(Difference.resolved_at).is_(None)))
        return sorted((one.cause, one.order_no, one.said_fen, one.ours_fen) for one in found)


def statements() -> list[Statement]:
    with reading() as session:
        return list(session.exec(select(Statement).order_by(col(Statement.day))))


def next_morning(money: Money, hour: float = 10.5) -> datetime:
    day = money.now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1, hours=hour)


def test_a_pulled_bill_finds_what_is_missing_changed_and_doubled(money: Money):
    for number in ("mp-0001", "mp-0002", "mp-0003", "mp-0004"):
        money.post_order(number)
        money.pay(number)
    money.pay("mp-0009")
    repay(money.payment("mp-0001").id, repayment_no="R-0001", amount_fen=3000, reason="", by="cai", now=money.now)
    paid = money.wechat.purse.payments
    del paid["mp-0002"]
    paid["mp-0003"].total_fen -= 40
    again = copy(paid["mp-0004"])
    again.transaction_no = f"{again.transaction_no[:-1]}x"
    paid["mp-0004 again"] = again
    money.tell_lab("advance", seconds=86400)

    assert [result.taken for result in pull_bills(next_morning(money, hour=9.9))] == [0]
    (pulled,) = pull_bills(next_morning(money))
    assert (pulled.taken, pulled.error) == (1, "")
    assert differing() == [
        ("amount", "mp-0003", TOTAL_FEN - 40, TOTAL_FEN),
        ("duplicate", "mp-0004", TOTAL_FEN, 0),
        ("missing_order", "mp-0009", TOTAL_FEN, 0),
        ("missing_receipt", "mp-0002", 0, TOTAL_FEN),
    ]
    (day,) = statements()
    assert (day.lines, day.receipts_fen, day.refunds_fen) == (6, 5 * TOTAL_FEN - 40, -3000)
    assert day.fees_fen == 4 * 84 + 83

    assert [result.taken for result in pull_bills(next_morning(money))] == [0]
    money.post_order("mp-0009")
    assert match_again(next_morning(money)) == 1
    assert [cause for cause, *_ in differing()] == ["amount", "duplicate", "missing_receipt"]


def test_a_day_without_trade_is_asked_for_until_it_is_surely_empty(money: Money):
    assert [result.taken for result in pull_bills(next_morning(money))] == [0]
    assert statements() == []
    assert [result.taken for result in pull_bills(next_morning(money) + timedelta(days=1))] == [1]
    (day,) = statements()
    assert (day.lines, differing()) == (0, [])


def test_a_bill_that_could_not_be_had_is_pulled_again(money: Money):
    money.post_order("mp-0001")
    money.pay("mp-0001")
    money.tell_lab("advance", seconds=86400)
    money.fault("service_error", api="wechat-pay", count=3)
    (pulled,) = pull_bills(next_morning(money))
    assert pulled.taken == 0
    assert pulled.error
    assert [result.taken for result in pull_bills(next_morning(money, hour=11.5))] == [1]
    assert differing() == []
