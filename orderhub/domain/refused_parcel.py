"""What becomes of a parcel of ours that nobody took? 拒收退回: a case of its own, unless its channel has one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale, CaseOrigin, RefundRequested
from orderhub.domain.aftersale_line import AftersaleLine, keep_lines, lines_of
from orderhub.domain.coming_back import pieces_inside
from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus
from orderhub.domain.order import Order, OrderLine, Shipment
from orderhub.domain.order_stock import every_line, not_refunded
from orderhub.domain.refund_answer import left_fen
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import record
from orderhub.kernel.money import share_fen
from orderhub.kernel.sight import find

# Goods come back by these: what a channel opened for money alone may be the refused parcel's.
_BRING_BACK = (
    AftersaleKind.REFUSED_PARCEL,
    AftersaleKind.RETURN_AND_REFUND,
    AftersaleKind.EXCHANGE,
    AftersaleKind.REFUND_AFTER_SHIPPING,
    AftersaleKind.UNKNOWN,
)
_PREFIX = "REFUSED-"
_GIVEN_UP = (AftersaleStatus.WITHDRAWN, AftersaleStatus.REJECTED)


def open_refused(session: Session, shipment_id: int, *, by: str, now: datetime) -> Aftersale:
    """The case of a parcel of ours that came back unopened, opened once for it. ``by`` may be ``system``.

    Lines that a case of its channel means already stay with that one; where none is left, it is returned. Safe to
    repeat.

    Raises:
        NotFound: there is no such parcel.
    """
    parcel = find(session, Shipment, shipment_id)
    if parcel is None:
        raise NotFound(f"no parcel has the id {shipment_id}")
    order = session.get_one(Order, parcel.order_id, with_for_update=True)
    own = select(Aftersale).where(Aftersale.shop_id == order.shop_id, Aftersale.channel_refund_no == _number(parcel))
    if opened := session.exec(own).one_or_none():
        return opened
    standing, inside = cases_of(session, parcel), uncovered(session, parcel)
    if standing and not inside:
        return standing[0]
    case = Aftersale(
        shop_id=order.shop_id,
        order_id=order.id,
        channel=order.channel,
        channel_refund_no=_number(parcel),
        kind=AftersaleKind.REFUSED_PARCEL,
        status=AftersaleStatus.RETURNED,
        channel_status_word="",
        amount_fen=0,
        reason="拒收退回",
        reason_kind=ReasonKind.PARCEL_REFUSED,
        return_tracking_no=parcel.tracking_no,
        requested_at=now,
        channel_updated_at=now,
        content_digest="",
        accepted_at=now,
        stage=AftersaleStatus.RETURNED,
        origin=CaseOrigin.HAND,
        opened_by=by,
    )
    session.add(case)
    session.flush()
    case.amount_fen = max(0, min(_paid_fen(session, order, inside), left_fen(session, order, without=case)))
    keep_lines(session, order, case, pieces=inside)
    requested = RefundRequested(case.id, order.id, case.kind, case.amount_fen)
    record(session, requested, actor=by, now=now)
    order.changed_at = now
    session.add(order)
    session.flush()
    return case


def parcels_called(session: Session, tracking_no: str) -> list[Shipment]:
    """Ours with this waybill; of several orders where they were merged."""
    wanted = select(Shipment).where(Shipment.tracking_no == tracking_no, col(Shipment.order_id) > 0)
    return list(session.exec(wanted.order_by(col(Shipment.order_id)).limit(50)))


def cases_of(session: Session, parcel: Shipment) -> list[Aftersale]:
    """Those in which goods of the parcel come back, whoever opened them; what is not inspected yet first."""
    order = session.get_one(Order, parcel.order_id)
    inside = lines_inside(session, order, parcel)
    about = select(AftersaleLine.aftersale_id).where(col(AftersaleLine.line_id).in_(inside))
    wanted = (
        select(Aftersale)
        .where(
            Aftersale.order_id == order.id,
            col(Aftersale.kind).in_(_BRING_BACK),
            col(Aftersale.status).not_in(_GIVEN_UP),
            col(Aftersale.id).in_(about),
        )
        .order_by(col(Aftersale.inspected_at).is_not(None), col(Aftersale.id))
    )
    # Of a line that left in several parcels each has a case of its own.
    return [case for case in session.exec(wanted) if not _is_of_another(case, parcel)]


def uncovered(session: Session, parcel: Shipment) -> dict[int, int]:
    """The lines inside, with how many of each, that no case brings back."""
    order = session.get_one(Order, parcel.order_id)
    meant = {line.line_id for case in cases_of(session, parcel) for line in lines_of(session, case.id)}
    return {line_id: count for line_id, count in lines_inside(session, order, parcel).items() if line_id not in meant}


def lines_inside(session: Session, order: Order, parcel: Shipment) -> dict[int, int]:
    """How many of each line left in ``parcel``; of a bundle that left in several, what is whole of it, at least one.

    Where no delivery of ours says so, it is all that left in no other delivery.
    """
    lines = every_line(session, order)
    gone = _gone(session, order.id)
    inside: Counter[int] = Counter()
    for (line_id, _), count in pieces_inside(session, parcel).items():
        inside[line_id] += count
    if not inside:
        rest = [line for line in not_refunded(session, order.id, lines) if line.id not in gone]
        return {line.id: line.quantity for line in rest or lines}
    known = {line.id: line for line in lines}
    return {
        line_id: max(1, known[line_id].quantity * count // gone[line_id])
        for line_id, count in sorted(inside.items())
        if line_id in known
    }


def _gone(session: Session, order_id: int) -> Counter[int]:
    """Pieces of each line in deliveries of ours that have left."""
    wanted = (
        select(DeliveryPiece.line_id, DeliveryPiece.quantity)
        .join(Delivery, col(Delivery.id) == DeliveryPiece.delivery_id)
        .where(DeliveryPiece.order_id == order_id, Delivery.status == DeliveryStatus.LEFT)
    )
    found: Counter[int] = Counter()
    for line_id, count in session.exec(wanted):
        found[line_id] += count
    return found


def _paid_fen(session: Session, order: Order, inside: Mapping[int, int]) -> int:
    """What the buyer paid for what is ``inside``, the freight left out; nothing of what is paid on delivery."""
    lines: Sequence[OrderLine] = every_line(session, order)
    goods_fen = max(0, order.paid_fen - order.freight_fen)
    if not goods_fen:
        return 0
    values = [line.total_fen for line in lines]
    shares = share_fen(goods_fen, values if any(values) else [line.quantity for line in lines])
    back = {line.id for line in not_refunded(session, order.id, lines)}
    return sum(
        share * inside[line.id] // line.quantity
        for line, share in zip(lines, shares, strict=True)
        if line.id in inside and line.id in back
    )


def _is_of_another(case: Aftersale, parcel: Shipment) -> bool:
    return case.channel_refund_no.startswith(_PREFIX) and case.channel_refund_no != _number(parcel)


def _number(parcel: Shipment) -> str:
    return f"{_PREFIX}{parcel.id}"
