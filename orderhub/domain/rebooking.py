"""The goods of an order are to be held at other warehouses than now: all of them there, or all where they are."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.reservation import Reservation, reservations
from orderhub.domain.stock import Cause, Change, enter, move

Places = Mapping[tuple[int, int], int]  # pieces by (SKU, warehouse)


def hold_at(session: Session, order_id: int, wanted: Places, *, by: str, now: datetime, case_id: int = 0) -> bool:
    """Hold exactly ``wanted`` for the locked order, or for its case; False: somebody else has it, nothing is changed.

    Safe to repeat. A shelf is never over-promised: each level changes by one conditional UPDATE, in order of place.
    """
    session.flush()
    standing = {(one.sku_id, one.warehouse_id): one for one in reservations(session, [order_id], case_id)}
    more = {place: wanted.get(place, 0) - (row.quantity if row else 0) for place, row in _rows(standing, wanted)}
    changes = [Change(*place, reserved=count) for place, count in sorted(more.items()) if count]
    if not changes:
        return True
    with session.begin_nested() as savepoint:
        if not move(session, changes):
            savepoint.rollback()
            return False
    for change in changes:
        row = standing.get(change.place) or Reservation(
            order_id=order_id,
            sku_id=change.sku_id,
            warehouse_id=change.warehouse_id,
            aftersale_id=case_id,
            quantity=0,
            reserved_at=now,
        )
        _keep(session, change, row)
    session.flush()
    for cause, part in (
        (Cause.RELEASED, [change for change in changes if change.reserved < 0]),
        (Cause.RESERVED, [change for change in changes if change.reserved > 0]),
    ):
        if part:
            enter(session, part, cause, by=by, now=now, order_id=order_id)
    return True


def _rows(
    standing: Mapping[tuple[int, int], Reservation], wanted: Places
) -> list[tuple[tuple[int, int], Reservation | None]]:
    return [(place, standing.get(place)) for place in sorted(standing.keys() | wanted.keys())]


def _keep(session: Session, change: Change, row: Reservation) -> None:
    row.quantity += change.reserved
    if row.quantity or row.shipped:
        session.add(row)
    else:
        session.delete(row)
