"""A hub that holds one of everything, and in every column that may be hidden a mark that stands nowhere else."""

import json
from datetime import date, datetime, timedelta
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin

from sqlalchemy import Column, Table, inspect, update
from sqlmodel import Session, SQLModel, select

from orderhub.automation.addressee import shop_addressee
from orderhub.domain.custom_field import FieldType
from orderhub.domain.drafts import ChannelStatus
from orderhub.domain.hold import HoldReason, hold
from orderhub.domain.order import OrderStatus
from orderhub.kernel.money import money_text, yuan_text
from orderhub.kernel.sight import FieldGroup
from tests import builders

MONEY_FEN, COST_FEN, SETTLED_FEN = 9_876_543, 8_765_431, 7_654_329
AMOUNTS = {FieldGroup.MONEY: MONEY_FEN, FieldGroup.COST: COST_FEN, FieldGroup.SETTLEMENT: SETTLED_FEN}
WORDS = {
    FieldGroup.BUYER: {"buyer_token": "tok-kjhgf", "buyer_masked": "顾**乙", "buyer_remark": "请放驿站柜子丁"},
    FieldGroup.RECEIVER: {
        "receiver_token": "rcv-qwert",
        "receiver_name_masked": "贺**丙",
        "receiver_phone_masked": "139****7391",
        "receiver_phone_tail": "7391",
        "receiver_region": "浙江省 标杭市 标西区",
        "receiver_address_masked": "鹦鹉路****戊",
        "to_region": "浙江省 标杭市 标西区",
    },
}
# Whose amounts they are, by table; every other table's are money.
_OF_GROUP = {
    FieldGroup.COST: (
        "carrier_service",
        "freight_file",
        "freight_line",
        "freight_check",
        "freight_claim",
        "freight_credit",
        "purchase_line",
        "replenishment_line",
        "replenishment_run",
        "replenishment_terms",
        "supplier_sku",
    ),
    FieldGroup.SETTLEMENT: ("statement", "statement_line", "settlement_difference"),
}

_REGION = WORDS[FieldGroup.RECEIVER]["receiver_region"]
_WAY = {"warehouse": "华东仓", "carrier": "zto", "product": ""}
_BODY = {"order": {"pay_amount": MONEY_FEN, "buyer_words": WORDS[FieldGroup.BUYER]["buyer_remark"], "town": _REGION}}
# What a column must hold for its row to be shown, where its type alone does not say.
_KNOWN: dict[str, dict[str, Any]] = {
    "allocation_decision": {
        "facts": {"region": _REGION, "weight_grams": 0, "value_fen": MONEY_FEN, "unweighed": []},
        "chosen": [_WAY | {"fen": COST_FEN, "parcels": 1, "pieces": {}}],
        "lost": [
            _WAY | {"why": "dearer", "about": "", "figure": COST_FEN},
            _WAY | {"why": "no_reach", "about": _REGION, "figure": 0},
        ],
        "unheard": [],
    },
    "anomaly": {"subject_type": "order", "order_id": 1},
    "custom_field": {"type": FieldType.MONEY},
    "custom_value": {"text": yuan_text(MONEY_FEN), "amount": MONEY_FEN},
    "event": {"kind": "order_paid", "subject_type": "order", "body": {"paid_fen": MONEY_FEN}},
    "forecast_run": {"state": "done"},  # its page watches one that is under way
    "inbox_message": {"body": json.dumps(_BODY, ensure_ascii=False)},
    "inspected_piece": {"expected": 1, "good": 1, "defect": 0, "missing": 0},
    "ledger_hour": {"error": "not asked"},
    "notice_route": {"robot_id": 1, "to_role": ""},
    "outbox_message": {"addressee": shop_addressee(1), "body": {}},
    "outbox_pause": {"addressee": shop_addressee(1)},
    "patience_rule": {"carrier": "zto", "unscanned_hours": 1, "stalled_hours": 2, "lost_hours": 3},
    "receipt_line": {"good": 1},
    "report_schedule": {"lang": "zh"},  # a language takes two letters
    "task": {"subject_type": "order"},
}


# The hub brings its own, and reads more out of them than a type can say.
_BY_DEFAULT = ("flow_version", "rule_version", "mapping_version")


def fill(session: Session, now: datetime) -> None:
    """One of everything, then the marks."""
    goods = builders.line_draft(unit_price_fen=MONEY_FEN, quantity=1)
    facts: dict[str, Any] = {"lines": (goods,), "now": now, "ship_by": now + timedelta(hours=2)}
    first = builders.order(session, "6900000000000000000", our_status=OrderStatus.TO_REVIEW, **facts)
    for turn, status in enumerate(OrderStatus, 1):
        word = ChannelStatus.UNPAID if status is OrderStatus.PENDING_PAYMENT else ChannelStatus.PAID
        late = facts | {"ship_by": now + timedelta(hours=2) * (-1) ** turn}
        builders.order(session, f"69000000000000{turn:05}", word, our_status=status, **late)
    note = f"A-18: {money_text(MONEY_FEN)} < {money_text(MONEY_FEN)}"
    hold(session, first, HoldReason.PRICE_BELOW_FLOOR, by="system", now=now, note=note)
    session.flush()
    for table in SQLModel.metadata.sorted_tables:
        kind = _class_of(table.name)
        if kind and table.name not in _BY_DEFAULT and session.exec(select(kind).limit(1)).first() is None:
            filled(session, kind, now)
    for table in SQLModel.metadata.sorted_tables:
        _mark(session, table)


def _mark(session: Session, table: Table) -> None:
    group = next((group for group, tables in _OF_GROUP.items() if table.name in tables), FieldGroup.MONEY)
    words = {name: text for known in WORDS.values() for name, text in known.items()}
    for column in table.columns:
        mark = AMOUNTS[group] if column.key.endswith("_fen") else words.get(column.key)
        if mark is not None:
            session.exec(update(table).where(column.is_not(None)).values({column: mark}))


def filled(session: Session, kind: type[SQLModel], now: datetime, **facts: Any) -> Any:
    for column in inspect(kind).columns:
        name = column.key
        if name in facts or (column.primary_key and column.autoincrement is True):
            continue
        known = _KNOWN.get(column.table.name, {})
        facts[name] = known[name] if name in known else _value(session, kind, column, now)
    made = kind(**facts)
    session.add(made)
    session.flush()
    return made


def _class_of(table: str) -> type[SQLModel] | None:
    found = [
        one
        for one in SQLModel.__subclasses__()
        if getattr(one, "__tablename__", "") == table and hasattr(one, "__table__")
    ]
    return found[0] if found else None


def _value(session: Session, kind: type[SQLModel], column: Column[Any], now: datetime) -> Any:
    """By its type; what may be empty is, but for amounts and for rows of other tables, the first of which it names."""
    field, is_amount = kind.model_fields[column.key], column.key.endswith("_fen")
    if column.foreign_keys:
        (target,) = column.foreign_keys
        return session.connection().execute(select(target.column).order_by(target.column).limit(1)).scalar()
    if column.key == "note" or (column.table.name, column.key) in (("task", "title"), ("task", "result")):
        return f"said {money_text(MONEY_FEN)}"
    if not is_amount and (column.nullable or not field.is_required()):
        return None if column.nullable else field.get_default(call_default_factory=True)
    return _of_type(field.annotation, column.key, now)


def _of_type(annotation: Any, name: str, now: datetime) -> Any:
    choices = [one for one in get_args(annotation) if one is not NoneType] or [annotation]
    plain = get_origin(choices[0]) or choices[0]
    if issubclass(plain, Enum):
        return next(iter(plain))
    made = {str: f"{name[:8]}-1", int: 1, bool: False, datetime: now, date: now.date(), float: 1.0, bytes: b"1"}
    return made[plain] if plain in made else plain()
