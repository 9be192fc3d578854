"""What may a BI program read? SQL views without a person in them, money in fen, each moment with its business day.

They are laid anew by every migration (``alembic/env.py``): a view would else stand in the way of the tables beneath it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, event, inspect, text
from sqlmodel import SQLModel

from orderhub.domain.provinces import GREAT_REGIONS
from orderhub.kernel.errors import BadInput, NotFound

_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_DAY = {
    "sqlite": "date({0}, '+8 hours')",
    "postgresql": "CAST({0} AT TIME ZONE 'Asia/Shanghai' AS date)",
}
_PROVINCES = " ".join(
    f"WHEN o.receiver_region LIKE '{name}%' THEN '{name}'" for names in GREAT_REGIONS for name in names.split()
)


class Kind(StrEnum):
    """``DAY`` is a business day: it begins at midnight in Shanghai."""

    NUMBER = "number"
    TEXT = "text"
    TRUTH = "truth"
    MOMENT = "moment"
    DAY = "day"


@dataclass(frozen=True)
class Column:
    """``said`` is its SQL; of a day, the moment whose day it is."""

    name: str
    kind: Kind
    said: str


@dataclass(frozen=True)
class View:
    """``since`` is the column by which an export is narrowed; empty: it always holds all. ``key`` orders it."""

    name: str
    columns: tuple[Column, ...]
    source: str
    tables: tuple[str, ...]
    since: str = ""
    key: str = ""

    def select(self, dialect: str) -> str:
        parts = (f"{_said(column, dialect)} AS {column.name}" for column in self.columns)
        return f"SELECT {', '.join(parts)} FROM {self.source}"  # noqa: S608  (our own words)


def _said(column: Column, dialect: str) -> str:
    return _DAY[dialect].format(column.said) if column.kind is Kind.DAY else column.said


def _columns(*rows: str) -> tuple[Column, ...]:
    """``kind name = sql`` each; without ``= sql`` the column is called alike."""
    found = []
    for row in rows:
        left, _, said = row.partition(" = ")
        kind, name = left.split()
        found.append(Column(name.rpartition(".")[2], Kind(kind), said or name))
    return tuple(found)


_SHOP_OF_ORDER = "JOIN shop AS s ON s.id = o.shop_id"
VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        View(
            "bi_order",
            _columns(
                "number order_id = o.id",
                "text shop = s.code",
                "text o.channel",
                "text o.channel_order_no",
                "text o.status",
                "text o.channel_status",
                f"text province = CASE {_PROVINCES} ELSE '' END",
                "moment o.placed_at",
                "day placed_on = o.placed_at",
                "moment o.paid_at",
                "day paid_on = o.paid_at",
                "moment o.ship_by",
                "moment o.shipped_at",
                "day shipped_on = o.shipped_at",
                "moment o.completed_at",
                "moment o.changed_at",
                "number o.total_fen",
                "number o.freight_fen",
                "number o.discount_fen",
                "number o.paid_fen",
                "number o.kind_count",
                "number o.piece_count",
                "truth o.is_presale",
                "truth o.is_urgent",
                "truth o.is_held",
            ),
            f"orders AS o {_SHOP_OF_ORDER}",
            ("orders", "shop"),
            since="changed_at",
            key="order_id",
        ),
        View(
            "bi_order_line",
            _columns(
                "number line_id = l.id",
                "number l.order_id",
                "text shop = s.code",
                "text o.channel",
                "text l.channel_line_no",
                "text l.sku_code",
                "text l.title",
                "text l.spec",
                "number l.quantity",
                "number l.unit_price_fen",
                "number l.total_fen",
                "day paid_on = o.paid_at",
                "moment o.changed_at",
            ),
            f"order_line AS l JOIN orders AS o ON o.id = l.order_id {_SHOP_OF_ORDER}",
            ("order_line", "orders", "shop"),
            since="changed_at",
            key="line_id",
        ),
        View(
            "bi_shipment",
            _columns(
                "number shipment_id = p.id",
                "number p.order_id",
                "text shop = s.code",
                "text o.channel",
                "text p.carrier_code",
                "text p.carrier_name",
                "moment p.shipped_at",
                "day shipped_on = p.shipped_at",
                "moment delivered_at = CASE WHEN t.node = 'delivered' THEN t.moved_at END",
                "truth is_for_case = p.aftersale_id <> 0",
                "truth is_ours = p.shipped_by <> ''",
            ),
            f"shipment AS p JOIN orders AS o ON o.id = p.order_id {_SHOP_OF_ORDER}"
            " LEFT JOIN track AS t ON t.tracking_no = p.tracking_no",
            ("shipment", "orders", "shop", "track"),
            since="shipped_at",
            key="shipment_id",
        ),
        View(
            "bi_aftersale",
            _columns(
                "number aftersale_id = a.id",
                "number a.order_id",
                "text shop = s.code",
                "text a.channel",
                "text a.kind",
                "text a.status",
                "text a.stage",
                "text a.origin",
                "text a.reason_kind",
                "number a.amount_fen",
                "moment a.requested_at",
                "day requested_on = a.requested_at",
                "moment a.deadline",
                "moment a.approved_at",
                "moment a.channel_updated_at",
            ),
            "aftersale AS a JOIN shop AS s ON s.id = a.shop_id",
            ("aftersale", "shop"),
            since="channel_updated_at",
            key="aftersale_id",
        ),
        View(
            "bi_anomaly",
            _columns(
                "number anomaly_id = a.id",
                "text a.kind",
                "text a.severity",
                "text a.subject_type",
                "number a.subject_id",
                "number a.order_id",
                "text a.channel",
                "text a.first_role",
                "text a.owner_role",
                "number a.at_risk_fen",
                "moment a.occurred_at",
                "moment a.detected_at",
                "day detected_on = a.detected_at",
                "moment a.due_at",
                "moment a.resolved_at",
                "number a.reopened",
                "number a.level",
            ),
            "anomaly AS a",
            ("anomaly",),
            since="detected_at",
            key="anomaly_id",
        ),
        View(
            "bi_stock",
            _columns(
                "text sku = k.code",
                "text title = k.title",
                "text warehouse = w.code",
                "number l.on_hand",
                "number l.reserved",
                "number available = l.on_hand - l.reserved",
                "number l.threshold",
                "moment l.counted_at",
            ),
            "stock_level AS l JOIN sku AS k ON k.id = l.sku_id JOIN warehouse AS w ON w.id = l.warehouse_id",
            ("stock_level", "sku", "warehouse"),
            key="sku, warehouse",
        ),
        View(
            "bi_stock_entry",
            _columns(
                "number entry_id = e.id",
                "text sku = k.code",
                "text warehouse = w.code",
                "text e.cause",
                "number e.on_hand_change",
                "number e.reserved_change",
                "number e.order_id",
                "moment e.at",
                "day made_on = e.at",
            ),
            "stock_entry AS e JOIN sku AS k ON k.id = e.sku_id JOIN warehouse AS w ON w.id = e.warehouse_id",
            ("stock_entry", "sku", "warehouse"),
            since="at",
            key="entry_id",
        ),
    )
}


def view_named(name: str) -> View:
    """Raises: NotFound: it is none; those that are there are named."""
    if name not in VIEWS:
        raise NotFound(f"there is no view {name[:40]!r}, only {', '.join(VIEWS)}")
    return VIEWS[name]


def lay_views(connection: Connection) -> None:
    """Every view whose tables are there, as this version has it; there must be none."""
    standing = set(inspect(connection).get_table_names())
    dialect = connection.dialect.name
    for view in VIEWS.values():
        if standing.issuperset(view.tables):
            connection.execute(text(f"CREATE VIEW {view.name} AS {view.select(dialect)}".replace(":", r"\:")))


def is_laid(connection: Connection) -> bool:
    return set(inspect(connection).get_view_names()).issuperset(VIEWS)


def lift_views(connection: Connection) -> list[str]:
    """Take them away, so that tables can change; returns who may read them: give it to ``grant``. Safe to repeat."""
    readers = _readers(connection) if connection.dialect.name == "postgresql" else []
    for name in inspect(connection).get_view_names():
        if name.startswith("bi_"):
            connection.execute(text(f"DROP VIEW {name}"))
    return readers


def grant(connection: Connection, roles: Sequence[str]) -> None:
    """Let each of ``roles`` read the views, and nothing else. Safe to repeat."""
    for role in roles:
        for statement in grants(role):
            connection.execute(text(statement))


def grants(role: str) -> list[str]:
    """What lets ``role`` read the views of this schema on PostgreSQL.

    Raises:
        BadInput: it is no plain name of a role.
    """
    if not _ROLE.fullmatch(role):
        raise BadInput("role: small letters, digits and _ are wanted", field="role", problem="not_role")
    return [f'GRANT SELECT ON {name} TO "{role}"' for name in VIEWS]


def _readers(connection: Connection) -> list[str]:
    asked = text(
        "SELECT DISTINCT grantee FROM information_schema.role_table_grants"
        " WHERE table_schema = current_schema() AND table_name = 'bi_order' AND privilege_type = 'SELECT'"
        " AND grantee <> current_user AND grantee <> 'PUBLIC'"
    )
    return [role for role in connection.execute(asked).scalars() if _ROLE.fullmatch(role)]


@event.listens_for(SQLModel.metadata, "after_create")
def _after_create(_metadata: object, connection: Connection, **_: object) -> None:
    lift_views(connection)
    lay_views(connection)


@event.listens_for(SQLModel.metadata, "before_drop")
def _before_drop(_metadata: object, connection: Connection, **_: object) -> None:
    lift_views(connection)
