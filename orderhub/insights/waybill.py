"""How far is a batch of deliveries with its waybills, and what became of one delivery's?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from orderhub.domain.delivery import Delivery
from orderhub.domain.waybill import Waybill, WaybillState


@dataclass
class WaybillProgress:
    """Deliveries by what became of their waybill: ``made`` counts those typed by hand, ``none`` were never asked for.

    ``refused`` says of each, by delivery, what its carrier said last.
    """

    wanted: int = 0
    made: int = 0
    none: int = 0
    refused: dict[int, str] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return self.wanted == 0


def waybill_progress(session: Session, delivery_ids: Sequence[int]) -> WaybillProgress:
    """Computed from the facts, so that it survives whoever asks."""
    ids = list(delivery_ids)
    borne = {
        row[0]: row[1]
        for row in session.exec(select(Delivery.id, Delivery.tracking_no).where(col(Delivery.id).in_(ids)))
    }
    newest = {one.delivery_id: one for one in _waybills(session, ids)}
    found = WaybillProgress()
    for delivery_id, tracking_no in borne.items():
        waybill = newest.get(delivery_id)
        if tracking_no:
            found.made += 1
        elif waybill and waybill.state is WaybillState.WANTED:
            found.wanted += 1
        elif waybill and waybill.state is WaybillState.REFUSED:
            found.refused[delivery_id] = waybill.reason
        else:
            found.none += 1
    return found


def waybills_of(session: Session, delivery_ids: Sequence[int]) -> dict[int, list[Waybill]]:
    """Every waybill of each delivery, the newest first."""
    found: dict[int, list[Waybill]] = {delivery_id: [] for delivery_id in delivery_ids}
    for waybill in _waybills(session, delivery_ids):
        found[waybill.delivery_id].insert(0, waybill)
    return found


def _waybills(session: Session, delivery_ids: Sequence[int]) -> list[Waybill]:
    wanted = select(Waybill).where(col(Waybill.delivery_id).in_(list(delivery_ids))).order_by(col(Waybill.id))
    return list(session.exec(wanted))
