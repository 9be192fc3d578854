"""Two shops and two warehouses, with a row of one's own in every table that belongs to somebody."""

from contextlib import nullcontext, suppress
from datetime import timedelta
from functools import cache
from typing import Any, get_origin

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Integer, Table, insert, inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, select

from orderhub.automation.addressee import shop_addressee
from orderhub.kernel.clock import utc_now
from orderhub.kernel.columns import Moment
from orderhub.kernel.db import Database
from orderhub.kernel.sight import Sight, belonging, seeing

# Every id of a row is one of these two, whatever the table.
THEIRS, OURS = 71, 72
MARKS = {THEIRS: "THEIRS", OURS: "OUR"}
PLACES = {THEIRS: "theirs", OURS: "ours"}
EYES = {one: Sight(frozenset({one}), frozenset({PLACES[one]})) for one in (THEIRS, OURS)}
_NAMED = ("warehouse", "shop", "statement", "statement_file", "settlement_difference")
_UNFILLED = ("allocation_decision",)  # a page reads what is written in it
_ASK = object()
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("role", "owner_role", "first_role", "from_role", "to_role"), "operations"),
    **dict.fromkeys(("owner", "person", "packer"), ""),
    "subject_type": "order",
    "moment": "shipped",
    "is_active": True,
    "rollout": "live",
    "leaves_on_packing": False,
    "of_order": True,
    "into_id": 0,
    "ship_by": utc_now,
}
_OF_TABLE: dict[tuple[str, str], Any] = {
    ("event", "kind"): "order_approved",
    ("orders", "status"): "to_review",
    ("inbox_message", "state"): "dead",
    ("outbox_message", "state"): "refused",
    ("outbox_message", "kind"): "ship",
    ("workflow_run", "state"): "failed",
    ("notice", "state"): "failed",
    ("file_import", "state"): "done",
    ("staff_notice", "subject_type"): "anomaly",
    ("robot_card_item", "subject_type"): "anomaly",
    ("anomaly", "order_id"): None,
    ("shop_sync", "kind"): "order",
    ("notice_route", "robot_id"): 0,
    ("notice_route", "kind"): "",
    ("notice_route", "quiet_from"): 0,
    ("assignment_rule", "kind"): "",
    ("inspected_piece", "expected"): 3,
    ("patience_rule", "lost_hours"): 3,
    ("forecast_run", "state"): "done",
    ("purchase_line", "quantity"): 4,
    ("sku_part", "part_id"): THEIRS,
}


def fill(session: Session) -> None:
    """Bare rows, as no rule would make them: what is looked at is whose they are."""
    needed = {key.column.table for name in belonging() for key in SQLModel.metadata.tables[name].foreign_keys}
    for table in SQLModel.metadata.sorted_tables:
        if table.name in _UNFILLED or (table.name not in belonging() and table not in needed):
            continue
        for whose in (THEIRS, OURS):
            row = {column.name: _value(table, column, whose) for column in table.columns}
            row = {name: value for name, value in row.items() if value is not None}
            # Of what is everybody's there may be but one: of a kind, of a channel.
            with nullcontext() if table.name in belonging() else suppress(IntegrityError), session.begin_nested():
                session.connection().execute(insert(table), row)


def _value(table: Table, column: Column[Any], whose: int) -> Any:
    name, kind = column.name, column.type
    given = _OF_TABLE.get((table.name, name), _WORDS.get(name, _ASK))
    if given is not _ASK:
        return given() if callable(given) else given
    if name == "addressee":
        return shop_addressee(whose)
    if name == "id" or name.endswith("_id"):
        return whose
    if words := list(getattr(kind, "words", ())):
        return words[(whose - THEIRS) % len(words) if column.primary_key or name in ("channel", "source") else 0]
    return _of_kind(table, column, whose)


def _of_kind(table: Table, column: Column[Any], whose: int) -> Any:
    now = utc_now()
    plain = {
        type(Moment): None if column.nullable else now,
        Date: now.date() - timedelta(days=whose),
        Boolean: False,
        JSON: [] if column.name in _lists_of(table) else {},
        Integer: 1,
        BigInteger: 1,
    }
    for kind, value in plain.items():
        if isinstance(column.type, kind):
            return value
    return _text(table, column, whose)


def _text(table: Table, column: Column[Any], whose: int) -> Any:
    name = column.name
    if name in ("code", "account") and table.name in _NAMED:
        return PLACES[whose]
    name = "buyer_token" if name in ("token", "other_token") else name
    mark = MARKS[whose] if table.name in belonging() else str(whose)
    return f"{mark}-{name}"[: getattr(column.type, "length", None) or 60]


@cache
def _lists_of(table: Table) -> set[str]:
    (kind,) = [one.class_ for one in SQLModel._sa_registry.mappers if one.local_table is table]
    return {name for name, field in kind.model_fields.items() if get_origin(field.annotation) is list}


def belongings(database: Database, whose: int) -> dict[str, list[Any]]:
    """Every row that only ``whose`` sees, column by column."""
    found: dict[str, list[Any]] = {}
    with database.reading() as session:
        for mapper in SQLModel._sa_registry.mappers:
            table = inspect(mapper.class_).local_table
            if table.name in belonging():
                seen = {}
                for one in (whose, THEIRS + OURS - whose):
                    with seeing(EYES[one]):
                        rows = session.exec(select(mapper.class_)).all()
                    seen[one] = [repr([getattr(row, column.key) for column in table.columns]) for row in rows]
                found[table.name] = sorted(set(seen[whose]) - set(seen[THEIRS + OURS - whose]))
    return found
