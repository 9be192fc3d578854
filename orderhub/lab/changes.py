"""What can happen to an order? Each deed checks that the order allows it, and says whether it was done."""

from collections.abc import Sequence
from dataclasses import replace

from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus, RefundDecision
from orderhub.lab.newborn import ship_by
from orderhub.lab.orders import FINISHED, OPEN_REFUND, SHIPPED, UNSHIPPED, LabOrder, LabParcel, LabRefund
from orderhub.lab.world import World

REFUND_ANSWER_SECONDS = 48 * 3600
_SENT_BACK = (AftersaleKind.RETURN_AND_REFUND, AftersaleKind.EXCHANGE)


def born(world: World, order: LabOrder) -> None:
    world.shelves[order.shop].put(order)
    world.truth.hour(order.shop, order.created).created += 1
    world.changed(order, order.created, "created")


def pay(world: World, order: LabOrder, at: int, *, under_risk_check: bool = False) -> bool:
    if order.status is not ChannelStatus.UNPAID or (under_risk_check and world.platform_of(order.shop).is_posted):
        return False
    order.status = ChannelStatus.PAID_WAIT if under_risk_check else ChannelStatus.PAID
    order.paid_at = at
    order.ship_by = ship_by(order)
    hour = world.truth.hour(order.shop, at)
    hour.paid += 1
    hour.paid_fen += order.pay_fen
    world.changed(order, at, "pending" if under_risk_check else "paid")
    return True


def pass_risk_check(world: World, order: LabOrder, at: int) -> bool:
    if order.status is not ChannelStatus.PAID_WAIT:
        return False
    order.status = ChannelStatus.PAID
    world.changed(order, at, "paid")
    return True


def close_unpaid(world: World, order: LabOrder, at: int) -> bool:
    if order.status is not ChannelStatus.UNPAID:
        return False
    order.status = ChannelStatus.CLOSED_UNPAID
    order.ended_at = at
    world.truth.hour(order.shop, at).closed_unpaid += 1
    world.changed(order, at, "cancelled")
    return True


def ship(world: World, order: LabOrder, at: int, parcel: LabParcel) -> bool:
    """The lines of ``parcel`` leave (all that are left, where it names none); the rest keeps the order open."""
    if order.status not in UNSHIPPED or order.status is ChannelStatus.PAID_WAIT:
        return False
    leaving = [line for line in order.lines if not line.tracking_no]
    if parcel.line_nos:
        leaving = [line for line in leaving if line.number in parcel.line_nos]
    if not leaving:
        return False
    for line in leaving:
        line.tracking_no = parcel.tracking_no
    order.parcels.append(replace(parcel, line_nos=tuple(line.number for line in leaving)))
    whole = all(line.tracking_no for line in order.lines)
    order.status = ChannelStatus.SHIPPED if whole else ChannelStatus.PARTLY_SHIPPED
    order.shipped_at = at
    world.truth.hour(order.shop, at).shipped += whole
    world.changed(order, at, "shipped" if whole else "part_shipped")
    return True


def deliver(world: World, order: LabOrder, at: int) -> bool:
    if order.status is not ChannelStatus.SHIPPED:
        return False
    order.status = ChannelStatus.DELIVERED
    order.delivered_at = at
    world.changed(order, at, "logistics")
    return True


def complete(world: World, order: LabOrder, at: int) -> bool:
    if order.status not in SHIPPED or order.status in FINISHED:
        return False
    order.status = ChannelStatus.COMPLETED
    order.delivered_at = order.delivered_at or at
    order.ended_at = at
    world.changed(order, at, "finished")
    return True


def remark(world: World, order: LabOrder, at: int, *, buyer: str = "", memo: str = "", flag: int | None = None) -> bool:
    order.remark = buyer or order.remark
    order.memo = memo or order.memo
    order.flag = order.flag if flag is None else flag
    world.changed(order, at, "remark")
    return True


def request_refund(
    world: World, order: LabOrder, at: int, *, reason: str, kind: AftersaleKind | None = None, line: int = 0
) -> LabRefund | None:
    """The buyer asks for the money of one line back; one open case for each line."""
    wanted = order.lines[line]
    if world.platform_of(order.shop).is_posted:
        return None
    if order.status in FINISHED - {ChannelStatus.COMPLETED} or not order.paid_at or wanted.refund_no:
        return None
    refund = LabRefund(
        number=world.platform_of(order.shop).refund_base + wanted.number % 1_000_000_000_000_000_000,
        order=order,
        line=wanted,
        kind=kind or _usual_kind(order),
        amount_fen=_refund_fen(order, line),
        reason=reason,
        created=at,
        modified=at,
        deadline=at + REFUND_ANSWER_SECONDS,
    )
    wanted.refund_no = refund.number
    order.refund_nos.append(refund.number)
    world.shelves[order.shop].put_refund(refund)
    world.truth.hour(order.shop, at).refunds_requested += 1
    world.changed_refund(refund, at, "requested")
    return refund


def answer(world: World, refund: LabRefund, at: int, decision: RefundDecision) -> bool:
    """What the merchant says by API, at its turn only. Past the deadline the platform has agreed by itself."""
    if at >= refund.deadline:
        agree(world, refund, at)
        return False
    if not decision.fits(refund.kind, refund.status):
        return False
    return (refuse if decision.refuses else agree)(world, refund, at)


def agree(world: World, refund: LabRefund, at: int) -> bool:
    """The merchant says yes: the money goes back at once, or the buyer may send the goods."""
    if refund.status not in OPEN_REFUND:
        return False
    if refund.kind in _SENT_BACK and refund.status is AftersaleStatus.REQUESTED:
        refund.status = AftersaleStatus.AWAITING_RETURN
        refund.deadline = at + 7 * 86400
        world.changed_refund(refund, at, "return_agreed")
        return True
    return settle(world, refund, at)


def settle(world: World, refund: LabRefund, at: int) -> bool:
    """The money goes back; an order whose lines are all refunded is closed with it."""
    if refund.status not in OPEN_REFUND:
        return False
    refund.status = AftersaleStatus.CLOSED
    refund.ended_at = at
    order = refund.order
    hour = world.truth.hour(order.shop, at)
    hour.refunded += 1
    hour.refunded_fen += refund.amount_fen
    if _all_refunded(world, order):
        order.status = ChannelStatus.CLOSED_REFUNDED
        order.ended_at = at
    world.changed_refund(refund, at, "refunded")
    return True


def refuse(world: World, refund: LabRefund, at: int) -> bool:
    if refund.status not in OPEN_REFUND:
        return False
    refund.status = AftersaleStatus.REJECTED
    refund.ended_at = at
    world.changed_refund(refund, at, "refused")
    return True


def withdraw(world: World, refund: LabRefund, at: int) -> bool:
    if refund.status not in OPEN_REFUND | {AftersaleStatus.REJECTED}:
        return False
    refund.status = AftersaleStatus.WITHDRAWN
    refund.ended_at = at
    world.changed_refund(refund, at, "withdrawn")
    return True


def send_back(world: World, refund: LabRefund, at: int, tracking_no: str) -> bool:
    if refund.status is not AftersaleStatus.AWAITING_RETURN:
        return False
    refund.status = AftersaleStatus.RETURNED
    refund.return_tracking_no = tracking_no
    world.changed_refund(refund, at, "returned")
    return True


def _usual_kind(order: LabOrder) -> AftersaleKind:
    if order.status not in SHIPPED:
        return AftersaleKind.REFUND_BEFORE_SHIPPING
    delivered = order.status is not ChannelStatus.SHIPPED
    return AftersaleKind.RETURN_AND_REFUND if delivered else AftersaleKind.REFUND_AFTER_SHIPPING


def _refund_fen(order: LabOrder, line: int) -> int:
    """Freight comes back only with an order that has not left, and with its first line."""
    whole = order.status not in SHIPPED and line == 0
    return order.lines[line].share_fen + (order.freight_fen if whole else 0)


def _all_refunded(world: World, order: LabOrder) -> bool:
    refunds = world.shelves[order.shop].refunds
    return all(is_back(refunds.get(line.refund_no)) for line in order.lines)


def is_back(refund: LabRefund | None) -> bool:
    return refund is not None and refund.status is AftersaleStatus.CLOSED


def open_refunds(world: World, order: LabOrder) -> Sequence[LabRefund]:
    refunds = world.shelves[order.shop].refunds
    return [refunds[number] for number in order.refund_nos if number in refunds and refunds[number].ended_at == 0]
