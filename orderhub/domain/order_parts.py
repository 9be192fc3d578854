"""What belongs to an order and comes with it: its lines, the parcels its channel knows."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, func, select

from orderhub.domain.drafts import LineDraft, OrderDraft, ParcelDraft, ReceiverDraft
from orderhub.domain.order import Order, OrderLine, Shipment
from orderhub.kernel.ids import shown_text

URGENT = "加急"


def add(session: Session, order: Order, draft: OrderDraft) -> None:
    session.add_all([_line(order, line) for line in draft.lines])
    session.add_all([_parcel(order, parcel) for parcel in unique_parcels(draft)])


def replace(session: Session, order: Order, draft: OrderDraft) -> set[str]:
    """Make lines and parcels those of ``draft``; returns ``lines`` and ``parcels`` where they changed."""
    lines = [_line(order, line) for line in draft.lines]
    parcels = [_parcel(order, parcel) for parcel in unique_parcels(draft)]
    changed = set()
    if _merge(session, OrderLine, order, "channel_line_no", lines):
        changed.add("lines")
    if _merge(session, Shipment, order, "tracking_no", parcels):
        changed.add("parcels")
    return changed


def left_with(session: Session, order: Order) -> datetime | None:
    """When the first parcel of its own goods that our own people sent has left; None when they sent none."""
    ours = (Shipment.order_id == order.id, Shipment.shipped_by != "", Shipment.aftersale_id == 0)
    return session.exec(select(func.min(Shipment.shipped_at)).where(*ours)).one()


def draft_of(session: Session, order: Order) -> OrderDraft:
    """``order`` as the channel told us of it: what a fact from elsewhere, such as a payment, is added to."""
    lines = session.exec(select(OrderLine).where(OrderLine.order_id == order.id).order_by(col(OrderLine.id))).all()
    parcels = session.exec(select(Shipment).where(Shipment.order_id == order.id).order_by(col(Shipment.id))).all()
    same = {name: getattr(order, name) for name in OrderDraft.__dataclass_fields__ if hasattr(order, name)}
    return OrderDraft(
        **same
        | {
            "status": order.channel_status,
            "status_word": order.channel_status_word,
            "updated_at": order.channel_updated_at,
            "lines": tuple(_said(line) for line in lines),
            "parcels": tuple(
                ParcelDraft(one.tracking_no, one.carrier_code, one.carrier_name, one.shipped_at) for one in parcels
            ),
            "receiver": ReceiverDraft(
                token=order.receiver_token,
                name_masked=order.receiver_name_masked,
                phone_masked=order.receiver_phone_masked,
                phone_tail=order.receiver_phone_tail,
                region=order.receiver_region,
                address_masked=order.receiver_address_masked,
            ),
        }
    )


def unique_parcels(draft: OrderDraft) -> list[ParcelDraft]:
    return list({parcel.tracking_no: parcel for parcel in draft.parcels}.values())


def _line(order: Order, draft: LineDraft) -> OrderLine:
    return OrderLine(**line_facts(order.id, draft))


def _said(line: OrderLine) -> LineDraft:
    return LineDraft(**{name: getattr(line, name) for name in LineDraft.__dataclass_fields__})


def _parcel(order: Order, draft: ParcelDraft) -> Shipment:
    return Shipment(**parcel_facts(order.id, draft))


def line_facts(order_id: int, draft: LineDraft) -> dict[str, Any]:
    """The columns of a line."""
    return {
        "order_id": order_id,
        "channel_line_no": draft.channel_line_no,
        "sku_code": draft.sku_code[:64],
        "title": shown_text(draft.title, 200),
        "spec": shown_text(draft.spec, 200),
        "channel_item_no": draft.channel_item_no[:64],
        "channel_sku_no": draft.channel_sku_no[:64],
        "quantity": draft.quantity,
        "unit_price_fen": draft.unit_price_fen,
        "total_fen": draft.total_fen,
        "ship_by": draft.ship_by,
    }


def parcel_facts(order_id: int, draft: ParcelDraft) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "tracking_no": draft.tracking_no[:64],
        "carrier_code": draft.carrier_code[:32],
        "carrier_name": shown_text(draft.carrier_name, 64),
        "shipped_at": draft.shipped_at,
    }


def _merge(session: Session, table: type[Any], order: Order, key: str, wanted: list[Any]) -> bool:
    """Bring the order's rows of ``table`` to ``wanted`` by ``key``, keeping the ids of those that stay.

    A parcel our own people sent stays although its channel has not heard of it yet.
    """
    standing = {getattr(row, key): row for row in session.exec(select(table).where(table.order_id == order.id))}
    changed = False
    for row in wanted:
        kept = standing.pop(getattr(row, key), None)
        if kept is None:
            session.add(row)
            changed = True
        else:
            changed |= _copy(row, kept)
    for gone in standing.values():
        if not getattr(gone, "shipped_by", ""):
            session.delete(gone)
            changed = True
    return changed


def _copy(source: SQLModel, target: SQLModel) -> bool:
    changed = False
    for name in type(source).model_fields.keys() - {"id", "shipped_by", "aftersale_id"}:
        if getattr(target, name) != getattr(source, name):
            setattr(target, name, getattr(source, name))
            changed = True
    return changed
