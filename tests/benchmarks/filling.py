"""How does a database come to hold a million orders? What it holds is doubled, again and again."""

from sqlalchemy import String, insert, literal, text
from sqlalchemy import select as columns
from sqlmodel import Session, SQLModel, func

# Beside each table: its columns that hold an order's id; an own ``id`` is always moved on.
_OF_ORDER = {
    "orders": ("id",),
    "order_line": ("order_id",),
    "rule_decision": ("order_id",),
    "reservation": ("order_id",),
    "stock_entry": ("order_id",),
    "event": ("subject_id",),
}
_NUMBERS = {("orders", "channel_order_no")}


def double_until(session: Session, orders: int) -> None:
    """At least so many orders, with lines, decisions, reservations, ledger and events; the levels stay as they are."""
    table = SQLModel.metadata.tables["orders"]
    while session.connection().execute(columns(func.count()).select_from(table)).scalar_one() < orders:
        moved = session.connection().execute(columns(func.max(table.c.id))).scalar_one()
        for name, keys in _OF_ORDER.items():
            _double(session, name, keys, moved)
    if session.connection().dialect.name == "postgresql":
        for name in ("orders", "order_line", "stock_entry", "event"):
            session.connection().execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")  # noqa: S608
            )
    session.connection().execute(text("ANALYZE"))


def _double(session: Session, name: str, keys: tuple[str, ...], moved: int) -> None:
    table = SQLModel.metadata.tables[name]
    own = moved if "id" in keys else 0
    if "id" in table.c and not own:
        own = session.connection().execute(columns(func.max(table.c.id))).scalar_one()
    chosen = []
    for column in table.columns:
        if column.name in keys:
            chosen.append(column + moved)
        elif column.name == "id":
            chosen.append(column + own)
        elif (name, column.name) in _NUMBERS:
            chosen.append(column + literal(chr(ord("a") + moved.bit_length()), String))  # another letter each time
        else:
            chosen.append(column)
    wanted = columns(*chosen)
    if name == "event":
        wanted = wanted.where(table.c.subject_type == "order")
    elif name == "stock_entry":
        wanted = wanted.where(table.c.order_id > 0)
    session.connection().execute(insert(table).from_select([column.name for column in table.columns], wanted))
