"""How are an order's pieces promised to it in one statement? As ``reserve`` does it, on PostgreSQL.

Each statement costs a journey to the server; here levels, reservations and ledger are one.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.stock import Cause, Change

# The levels are locked in the order of SKU and warehouse, so that two orders never wait for each other, and looked at
# as they are once locked; where one of them cannot bear it, nothing is written.
_PROMISE = f"""
WITH wanted (sku_id, warehouse_id, pieces) AS (
    SELECT * FROM unnest(%(skus)s::bigint[], %(warehouses)s::bigint[], %(pieces)s::bigint[])
), locked AS MATERIALIZED (
    SELECT level.sku_id, level.warehouse_id, wanted.pieces,
        level.on_hand - level.reserved >= wanted.pieces AS is_enough
    FROM stock_level AS level
    JOIN wanted ON wanted.sku_id = level.sku_id AND wanted.warehouse_id = level.warehouse_id
    ORDER BY level.sku_id, level.warehouse_id
    FOR UPDATE OF level
), moved AS (
    UPDATE stock_level AS level SET reserved = level.reserved + locked.pieces
    FROM locked
    WHERE level.sku_id = locked.sku_id AND level.warehouse_id = locked.warehouse_id
        AND (SELECT count(*) FROM locked WHERE is_enough) = %(count)s
    RETURNING level.sku_id, level.warehouse_id, locked.pieces
), held AS (
    INSERT INTO reservation (order_id, sku_id, warehouse_id, aftersale_id, quantity, shipped, reserved_at)
    SELECT %(order)s, sku_id, warehouse_id, 0, pieces, 0, %(now)s FROM moved
)
INSERT INTO stock_entry
    (sku_id, warehouse_id, cause, on_hand_change, reserved_change, order_id, reason, by, at)
SELECT sku_id, warehouse_id, '{Cause.RESERVED}', 0, pieces, %(order)s, '', %(by)s, %(now)s
FROM moved ORDER BY sku_id, warehouse_id
"""  # noqa: S608  (the word is ours)


def promise_at_once(session: Session, order_id: int, changes: Sequence[Change], *, by: str, now: datetime) -> bool:
    """``changes`` reserve pieces for an order that has none yet: all are made, or none."""
    asked = {
        "skus": [change.sku_id for change in changes],
        "warehouses": [change.warehouse_id for change in changes],
        "pieces": [change.reserved for change in changes],
        "count": len(changes),
        "order": order_id,
        "by": by,
        "now": now,
    }
    return session.connection().exec_driver_sql(_PROMISE, asked).rowcount == len(changes)
