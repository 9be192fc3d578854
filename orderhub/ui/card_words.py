"""How is an order's card put into the texts the drawer shows?"""

from collections.abc import Mapping

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.hold import Hold
from orderhub.domain.order import LIFECYCLE, OrderLine, OrderStatus, Shipment
from orderhub.domain.replacement_gate import SENDS
from orderhub.domain.task import Task, TaskStatus
from orderhub.insights.board_filter import BoardQuery, Tab
from orderhub.insights.custom import CustomShown
from orderhub.insights.order_card import Moment, OrderCard
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text, yuan_text
from orderhub.kernel.sight import FieldGroup, seen
from orderhub.ui.board_address import address
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.card_packing import packing_view
from orderhub.ui.card_view import (
    AftersaleView,
    CardView,
    CustomView,
    EntryView,
    HoldView,
    LineView,
    ParcelView,
    TaskView,
)
from orderhub.ui.card_why import why_view
from orderhub.ui.review_text import REVIEW_EVENTS

_MINUTE = "%m-%d %H:%M"


def card_view(card: OrderCard, copy_text: str) -> CardView:
    order = card.order
    is_leaving = card.at_risk_fen > 0
    nick, receiver = seen(FieldGroup.BUYER, order.buyer_masked), seen(FieldGroup.RECEIVER, order.receiver_name_masked)
    kinds = {case.id: str(case.kind) for case in card.aftersales}
    return CardView(
        id=str(order.id),
        no=order.channel_order_no,
        order_no=card.order_no,
        channel=order.channel,
        shop=card.shop.name,
        status=order.status,
        due=unix(order.ship_by) if is_leaving else "",
        due_exact=exact(order.ship_by),
        risk=money_text(card.at_risk_fen) if is_leaving else "",
        buyer=receiver or nick,
        phone=order.receiver_phone_masked,
        receiver=f"{order.receiver_region} {order.receiver_address_masked}".strip(),
        paid=money_text(order.paid_fen),
        freight=money_text(order.freight_fen),
        discount=money_text(order.discount_fen) if order.discount_fen else "",
        placed_at=shanghai_text(order.placed_at, _MINUTE),
        paid_at=shanghai_text(order.paid_at, _MINUTE) if order.paid_at else "",
        kinds=str(order.kind_count),
        pieces=str(order.piece_count),
        buyer_remark=order.buyer_remark,
        seller_remark=order.seller_remark,
        staff_remark=order.staff_remark,
        mapped_remark=order.mapped_remark,
        copy_text=copy_text,
        may_be_approved=order.status is OrderStatus.TO_REVIEW and LIFECYCLE.may(order.status, OrderStatus.TO_ALLOCATE),
        may_be_shipped=order.status is OrderStatus.TO_SHIP and not order.is_held,
        why=why_view(card),
        packing=packing_view(card),
        tags=[tag.tag for tag in card.tags],
        customs=[_custom(custom) for custom in card.customs],
        holds=[_hold(hold) for hold in card.holds if hold.released_at is None],
        lines=[_line(line) for line in card.lines],
        parcels=[_parcel(parcel, kinds) for parcel in card.parcels],
        aftersales=[_aftersale(case) for case in card.aftersales],
        tasks=[task_view(task) for task in card.tasks if task.status is not TaskStatus.CLOSED],
        timeline=[_entry(moment) for moment in card.timeline],
    )


def _line(line: OrderLine) -> LineView:
    return LineView(line.title, line.sku_code or "—", line.spec, str(line.quantity), money_text(line.total_fen))


def _custom(custom: CustomShown) -> CustomView:
    wanted = yuan_text(custom.plain) if isinstance(custom.plain, int) else custom.plain
    return CustomView(custom.name, custom.text, address(BoardQuery(tab=Tab.ALL, custom=((custom.name, wanted[:64]),))))


def _parcel(parcel: Shipment, kinds: Mapping[int, str]) -> ParcelView:
    shipped = shanghai_text(parcel.shipped_at, _MINUTE) if parcel.shipped_at else ""
    mark = kinds.get(parcel.aftersale_id, "")
    return ParcelView(parcel.carrier_name or parcel.carrier_code, parcel.tracking_no, shipped, mark)


def _hold(hold: Hold) -> HoldView:
    ends = shanghai_text(hold.expires_at, _MINUTE) if hold.expires_at else ""
    return HoldView(hold.reason, hold.note, hold.by, shanghai_text(hold.held_at, _MINUTE), ends, hold.vouched_by)


def _aftersale(case: Aftersale) -> AftersaleView:
    return AftersaleView(
        id=str(case.id),
        sends=case.kind in SENDS,
        no=case.channel_refund_no,
        href=f"/aftersale?case={case.id}",
        kind=case.kind,
        status=case.stage,
        amount=money_text(case.amount_fen),
        reason=case.reason,
        deadline=unix(case.deadline),
        deadline_exact=exact(case.deadline),
    )


def task_view(task: Task) -> TaskView:
    return TaskView(
        title=task.title,
        href=f"/tasks?scope=all&task={task.id}",
        kind=task.kind,
        due=unix(task.due_at),
        due_exact=exact(task.due_at),
        owner=task.owner,
        owner_role=task.owner_role,
    )


def _entry(moment: Moment) -> EntryView:
    """Only facts a reader of the order may see: statuses, reasons, tags, amounts."""
    body = moment.body
    is_move = moment.kind == "order_moved"
    is_hold = moment.kind in REVIEW_EVENTS
    paid = body.get("paid_fen", body.get("amount_fen", body.get("total_fen")))
    return EntryView(
        at=shanghai_text(moment.at, _MINUTE),
        exact=exact(moment.at),
        kind=moment.kind,
        source=str(body.get("source", "")) if is_move else "",
        target=str(body.get("target", "")) if is_move else "",
        reason=str(body.get("reason", "")) if is_hold else "",
        node=str(body.get("target", "")) if moment.kind == "parcel_moved" else "",
        word=str(body.get("tag", "")) or (seen(FieldGroup.MONEY, money_text(paid)) if isinstance(paid, int) else ""),
        actor=moment.actor,
    )
