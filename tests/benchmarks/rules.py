"""How long does a back-test over a merchant's months take, and what does deciding cost an order that comes in?"""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlmodel import select

from orderhub.domain.rules import versions
from orderhub.domain.rules.deciding import RuleSet
from orderhub.domain.rules.rule import Rule, read_rules
from orderhub.domain.shop import Shop
from orderhub.insights.rule_backtest import back_test
from orderhub.intake.consumer import consume
from orderhub.kernel.db import Database
from tests import builders, months
from tests.intake.builders import FIRST_NO, add_shop, keep_orders, order_native

from .intakes import PER_SECOND
from .measuring import Figure

ORDERS = 100_000
BACKTEST_SECONDS = 60
MESSAGES = 2_000


def run(database: Database) -> Iterator[Figure]:
    now = builders.NOW
    months.fill(database, ORDERS, now=now)
    with database.reading() as session:
        shops = {shop.id: shop.code for shop in session.exec(select(Shop))}
    live, draft = RuleSet(1, _rules(0)), RuleSet(2, _rules(7))
    start, own = time.perf_counter(), time.process_time()
    found = back_test(live, draft, since=now - timedelta(days=365), shops=shops, watch=lambda _done, _all: True)
    assert (found.orders, found.changed > 0) == (ORDERS, True)
    yield Figure(
        f"back-test of {ORDERS:,} orders, 2 × {len(draft.rules)} rules",
        time.perf_counter() - start,
        "s",
        BACKTEST_SECONDS,
    )
    yield Figure("  of that, time of our own process", time.process_time() - own, "s")
    yield Figure("orders that would change", found.changed, "")
    with database.transaction() as session:
        saved = versions.save_draft(session, _rules(0), revision=0, by="bench", now=now)
        versions.go_live(session, saved.number, by="bench", now=now, needs_approval=False)
    shop = add_shop(now=now)
    natives = [order_native(FIRST_NO + turn) for turn in range(MESSAGES)]
    for turn in range(0, MESSAGES, 100):
        keep_orders(shop, natives[turn : turn + 100], now=now)
    start, taken = time.process_time(), 0
    while done := consume(now + timedelta(seconds=1)):
        taken += done
    taken_ms = (time.process_time() - start) * 1000 / taken
    yield Figure(f"consumer's own time an order, {len(live.rules)} rules live", taken_ms, "ms", 1000 / PER_SECOND)


def _rules(shift: int) -> tuple[Rule, ...]:
    """Twenty-four rules that ask for every kind of fact there is; ``shift`` moves their bounds."""
    kinds: list[list[dict[str, Any]]] = [
        [_is("buyer_remark", "contains_any", "急发", "加急", "尽快")],
        [_is("channel", "any_of", "taobao", "jd"), _is("paid_amount", "at_most", str(100 + shift))],
        [_is("sku", "starts_with", "BOX"), _is("quantity", "at_least", "2")],
        [_is("title", "contains_any", "收纳", "衣架"), _is("region", "contains_any", "广东", "浙江")],
        [_is("buyer_orders", "at_least", str(2 + shift % 2)), _is("buyer_spent", "at_least", "300")],
        [_is("tags", "any_of", "大客户"), _is("time_of_day", "between", "20:00", "02:00")],
        [_is("weekday", "any_of", "6", "7"), _is("promise", "at_most", str(30 + shift))],
        [_is("expression", "holds_true", f"paid_fen / pieces > {5000 + 100 * shift} and not is_presale")],
    ]
    then = [
        {"kind": "tag", "value": "甲"}, {"kind": "carrier", "value": "sf"}, {"kind": "warehouse", "value": "EAST"},
        {"kind": "hold", "value": "manual"}, {"kind": "priority", "value": "high"}, {"kind": "tag", "value": "乙"},
        {"kind": "note", "value": "看"}, {"kind": "approve"},
    ]  # fmt: skip
    data = [
        {
            "key": f"R-{turn:03d}",
            "name": f"规则 {turn}",
            "when": kinds[turn % 8],
            "then": [then[(turn + turn // 8) % 8]],
        }
        for turn in range(24)
    ]
    return read_rules(data)


def _is(kind: str, operator: str, *values: str) -> dict[str, Any]:
    return {"kind": kind, "is": operator, "values": list(values)}
