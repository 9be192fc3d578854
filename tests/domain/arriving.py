"""Orders of every kind that may come in at once, by lot; and all that a hub makes of them, without the ids."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlmodel import Session, SQLModel, select

from orderhub.domain.acceptance import accept
from orderhub.domain.arrival import Coming
from orderhub.domain.assignment import Rule
from orderhub.domain.assignment_rule import put_rule
from orderhub.domain.custom_field import Cell
from orderhub.domain.many_orders import accept_many
from orderhub.domain.mapped import carry
from orderhub.domain.order import Order
from orderhub.domain.rules.rule import read_rules
from orderhub.domain.rules.versions import go_live, save_draft
from orderhub.domain.shop import ReservesAt, Shop
from orderhub.domain.sku import put_sku, set_parts, sku_coded
from orderhub.domain.words import Channel, ChannelStatus
from tests import builders
from tests.builders import NOW
from tests.domain.stocked import stocked

_CODES = ["A-18", "A-18", "B-C1", "B-C1", "C-7", "RARE", "PACK", "SOON", "DEAR", "A-18&B-C1*2", "nobody-knows", ""]
_STATUSES = [ChannelStatus.PAID] * 6 + list(ChannelStatus)
_REMARKS = ["", "", "", "急发", "请包装好 13800000000", "特殊"]
_REGIONS = ["", "浙江省 杭州市 西湖区", "广东省 广州市 天河区"]

MERCHANT_RULES = read_rules(
    [
        {
            "key": "M-1",
            "name": "大单",
            "when": [{"kind": "paid_amount", "is": "at_least", "values": ["300"]}],
            "then": [{"kind": "tag", "value": "大单"}, {"kind": "priority", "value": "high"}],
        },
        {
            "key": "M-2",
            "name": "特殊要求",
            "when": [{"kind": "buyer_remark", "is": "contains_any", "values": ["特殊"]}],
            "then": [{"kind": "hold", "value": "buyer_remark", "note": "看一下"}, {"kind": "tag", "value": "特殊"}],
        },
        {
            "key": "M-4",
            "name": "缺货",
            "when": [{"kind": "holds", "is": "any_of", "values": ["out_of_stock"]}],
            "then": [{"kind": "notify", "value": "service", "note": "缺货"}],
        },
        {
            "key": "M-5",
            "name": "送礼",
            "when": [{"kind": "quantity", "is": "at_least", "values": ["4"]}],
            "then": [{"kind": "gift", "value": "C-7"}],
        },
        {
            "key": "M-3",
            "name": "过审",
            "when": [
                {"kind": "holds", "is": "is_empty"},
                {"kind": "paid_amount", "is": "between", "values": ["0.01", "999.99"]},
            ],
            "then": [{"kind": "approve"}],
        },
    ]
)


def furnish(session: Session, *, rules: str) -> list[Shop]:
    """Goods, two shops on each channel (one promises at placing), and the rules that are live."""
    stocked(session, now=NOW - timedelta(hours=2), A_18=(400, 300), B_C1=(300, 500), C_7=(90, 40), RARE=(3, 2))
    stocked(session, DEAR=200)
    put_sku(session, "DEAR", floor_fen=9000, by="tester", now=NOW)
    put_sku(session, "SOON", is_presale=True, by="tester", now=NOW)
    set_parts(session, put_sku(session, "PACK", by="tester", now=NOW), "A-18*2&C-7", by="tester", now=NOW)
    set_parts(session, sku_coded(session, "B-C1"), "C-7", by="tester", now=NOW, is_gift=True)
    if rules == "merchant":
        version = save_draft(session, MERCHANT_RULES, revision=0, by="tester", now=NOW)
        go_live(session, version.number, by="tester", now=NOW, needs_approval=False)
        whose = Rule("稀缺货", kinds=("oversold",), sku_prefix="RA", role="operations")
        put_rule(session, whose, is_active=True, by="tester", now=NOW)
    shops = [builders.shop(session, f"{channel}-{n}", channel) for channel in Channel for n in (1, 2)]
    for shop in shops[1::2]:
        shop.reserves_at = ReservesAt.PLACED
    session.flush()
    return shops


def some_orders(dice: random.Random, shops: list[Shop], count: int) -> list[Coming]:
    """Some come twice, some in two versions; shuffled."""
    coming = [_one(dice, shops, number) for number in range(count)]
    for again in dice.sample(coming, count // 6):
        later = {"updated_at": again.draft.updated_at + timedelta(minutes=dice.choice([0, 5])), "seller_flag": "red"}
        coming.append(Coming(again.shop, replace(again.draft, **later), again.tags, again.remark))
    dice.shuffle(coming)
    return coming


def _one(dice: random.Random, shops: list[Shop], number: int) -> Coming:
    shop, status = dice.choice(shops), dice.choice(_STATUSES)
    lines = tuple(
        builders.line_draft(
            channel_line_no=str(place if dice.random() < 0.97 else 0),
            sku_code=dice.choice(_CODES),
            channel_sku_no=dice.choice(["", "s-1"]),
            quantity=dice.randint(1, 3),
            unit_price_fen=dice.choice([0, 990, 3990, 13940]),
        )
        for place in range(dice.randint(1, 3))
    )
    changes: dict[str, Any] = {
        "channel": shop.channel,
        "lines": lines,
        "buyer_remark": dice.choice(_REMARKS),
        "receiver": builders.receiver_draft(region=dice.choice(_REGIONS)),
        "freight_fen": dice.choice([0, 800]),
        "unknown": ("order.status: 'FROZEN'",) if dice.random() < 0.05 else (),
        "parcels": (builders.parcel(f"YT{number % 20:013}"),) if dice.random() < 0.1 else (),
        "shipped_at": dice.choice([NOW, NOW - timedelta(hours=3)]) if "ship" in status or "compl" in status else None,
    }
    if dice.random() < 0.05:
        changes["total_fen"] = 12345
    draft = builders.draft(f"69{number:06}", status, **changes)
    if dice.random() < 0.03:
        draft = replace(draft, placed_at=NOW + timedelta(days=9))
    is_mapped = dice.random() < 0.3
    tags = tuple(dice.sample(["礼盒", "加急", "大单"], dice.randint(0, 2))) if is_mapped else ()
    return Coming(shop, draft, tags, dice.choice(["", "放门口"]) if is_mapped else "")


def take_in_at_once(session: Session, coming: list[Coming]) -> list[Coming]:
    """Together what can be, then the others; returns them in the order in which they were taken."""
    together = accept_many(session, coming, now=NOW)
    assert len(coming) > len(together) > len(coming) // 8  # else little is compared
    order = [*together, *(one for one in coming if not any(one is taken for taken in together))]
    take_in_one_by_one(session, order[len(together) :])
    return order


def take_in_one_by_one(session: Session, coming: list[Coming]) -> None:
    for one in coming:
        _take(session, one)


def _take(session: Session, one: Coming) -> None:
    def enrich(taken: Any) -> None:
        is_fresh = taken.outcome == "created"
        cells: dict[int, Cell] = dict(one.cells)
        carry(
            session, taken.order, tags=one.tags, remark=one.remark, cells=cells, among=cells, now=NOW, is_fresh=is_fresh
        )

    try:
        with session.begin_nested():
            accept(session, one.shop, one.draft, now=NOW, enrich=enrich)
    except Exception:  # noqa: BLE001  (both ways refuse the same)
        session.expire_all()


Everything = tuple[dict[str, Counter[str]], dict[str, list[str]]]


def everything(session: Session) -> Everything:
    """Rows by table, and the events of each order in their order; orders by shop and number."""
    session.flush()
    session.expire_all()
    named = {one.id: f"{one.shop_id}:{one.channel_order_no}" for one in session.exec(select(Order))}
    rows = {}
    happened: dict[str, list[str]] = {}
    for table in SQLModel.metadata.sorted_tables:
        found = session.connection().execute(table.select().order_by(*table.primary_key.columns)).mappings().all()
        said = [(row, _said(table.name, dict(row), named)) for row in found]
        rows[table.name] = Counter(text for _, text in said)
        if table.name == "event":
            for row, text in said:
                if row["subject_type"] == "order":
                    happened.setdefault(named.get(row["subject_id"], "?"), []).append(text)
    return rows, happened


_KEPT = {"sku_id", "warehouse_id", "shop_id", "field_id", "part_id"}


def _said(table: str, row: dict[str, Any], named: dict[int, str]) -> str:
    about_order = "order" in (row.get("subject_type"), row.get("about_type"))
    shown = {}
    for key, value in row.items():
        if key == "order_id" or (about_order and key in ("subject_id", "about_id")) or (table, key) == ("orders", "id"):
            shown[key] = named.get(value, "?")
        elif key in _KEPT or not (key == "id" or key.endswith("_id")):
            shown[key] = value if key != "body" else {k: v for k, v in value.items() if not k.endswith("_id")}
    return repr(sorted(shown.items()))
