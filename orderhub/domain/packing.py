"""What is in the box so far, and is it what belongs there? 装箱 by scanning.

A parcel is on the table of one person. Every scan is kept, so that whoever goes on with it sees what is inside; the
parcel is packed once exactly its pieces are. Each scan passes the gates an order passes when it leaves.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.box import Box, Item, ScanRefused, WrongItem, put_in
from orderhub.domain.delivery import (
    OPEN,
    Delivery,
    DeliveryEvent,
    DeliveryPiece,
    DeliveryStatus,
    PackingScan,
    add_delivery,
    delivery_of,
    empty_box,
    lock_orders,
    move_delivery,
    pieces_in,
)
from orderhub.domain.order import OrderLine
from orderhub.domain.order_stock import line_code
from orderhub.domain.shipping import check_delivery_may_leave, leave
from orderhub.domain.sku import Sku, tidy_code
from orderhub.domain.stock import Warehouse
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.sight import in_sight

_OWN_NUMBER = re.compile(r"D0*([0-9]{1,18})", re.IGNORECASE)


class UnknownParcel(ScanRefused):
    code = "unknown_parcel"
    http_status = 404


class BeingPacked(ScanRefused):
    code = "being_packed"


class AlreadyPacked(ScanRefused):
    code = "already_packed"


class OtherParcel(ScanRefused):
    code = "other_parcel"


class NothingScanned(RuleBroken):
    code = "nothing_scanned"


@dataclass(frozen=True)
class DeliveryTaken(DeliveryEvent):
    """Somebody has it on the table; ``from_whom`` had it before, empty: nobody."""

    from_whom: str


@dataclass(frozen=True)
class ItemScanned(DeliveryEvent):
    """``pieces`` below zero: taken out again."""

    code: str
    pieces: int


@dataclass(frozen=True)
class DeliveryLaidAside(DeliveryEvent):
    """Nobody has it on the table any more."""


@dataclass(frozen=True)
class DeliveryDivided(DeliveryEvent):
    """What was not in the box leaves in the delivery ``rest_id``."""

    rest_id: int


def put_on_table(session: Session, text: str, *, by: str, now: datetime, takes_over: bool = False) -> Box:
    """``by`` begins or goes on with the parcel whose waybill or number (``D17``) was scanned. Safe to repeat.

    Raises:
        UnknownParcel: nothing to pack is called so.
        AlreadyPacked: it is closed; whoever packed it is named.
        BeingPacked: somebody else has it on the table; they are named.
        OtherParcel: ``by`` has another one on the table.
        IllegalMove, StillHeld, RefundOpen, ChannelForbids: one of its orders may not leave.
    """
    delivery = _locked(session, _found(session, text))
    if delivery.status is not DeliveryStatus.PLANNED:
        raise AlreadyPacked(f"{name_of(delivery)} is {delivery.status}: put it aside", by=delivery.packed_by)
    if delivery.packer not in ("", by) and not takes_over:
        raise BeingPacked(f"{delivery.packer} has {name_of(delivery)} on the table", by=delivery.packer)
    if other := on_table(session, by, but=delivery.id):
        raise OtherParcel(f"{name_of(other)} is not finished: close it or lay it aside", number=name_of(other))
    if delivery.packer != by:
        record(session, DeliveryTaken(delivery.id, delivery.packer), actor=by, now=now)
        delivery.packer, delivery.changed_at = by, now
        session.add(delivery)
    return box_of(session, delivery.id)


def scan(session: Session, delivery_id: int, text: str, *, by: str, now: datetime) -> Box:
    """An item goes into the box; with the last one the parcel is packed, and leaves where its warehouse says so.

    Raises:
        WrongItem, TooManyPieces: nothing goes in.
        OtherParcel: that was the label of another parcel.
        BeingPacked: somebody else took it over.
        IllegalMove, StillHeld, RefundOpen, ChannelForbids: one of its orders may not leave any more.
    """
    delivery = _in_hand(session, delivery_id, by)
    box = box_of(session, delivery_id)
    try:
        code, pieces = put_in(box, text)
    except WrongItem:
        if _label_of(session, text) not in (0, delivery_id):
            label = tidy_code(text)[:64]
            raise OtherParcel(f"{label} is another parcel: finish this one first", number=label) from None
        raise
    session.add(PackingScan(delivery_id=delivery_id, code=code, pieces=pieces, by=by, at=now))
    record(session, ItemScanned(delivery_id, code, pieces), actor=by, now=now)
    session.flush()
    box = box_of(session, delivery_id)
    if box.is_packed:
        _close(session, delivery, by=by, now=now)
    return box


def undo(session: Session, delivery_id: int, *, by: str, now: datetime) -> Box:
    """Take out what was scanned last.

    Raises:
        NothingScanned: the box is empty. BeingPacked: somebody else has it.
    """
    delivery = _in_hand(session, delivery_id, by, may_leave=False)
    newest = select(PackingScan).where(PackingScan.delivery_id == delivery.id).order_by(col(PackingScan.id).desc())
    last = session.exec(newest.limit(1)).first()
    if last is None:
        raise NothingScanned(f"{name_of(delivery)}: nothing is in the box")
    session.delete(last)
    record(session, ItemScanned(delivery_id, last.code, -last.pieces), actor=by, now=now)
    session.flush()
    return box_of(session, delivery_id)


def lay_aside(session: Session, delivery_id: int, *, by: str, now: datetime) -> None:
    """Somebody else may go on with it; what is in the box stays there. Raises: BeingPacked."""
    delivery = _in_hand(session, delivery_id, by, may_leave=False)
    record(session, DeliveryLaidAside(delivery_id), actor=by, now=now)
    delivery.packer, delivery.changed_at = "", now
    session.add(delivery)


def close_with_rest(session: Session, delivery_id: int, *, by: str, now: datetime) -> Delivery:
    """The box is full: what is inside is packed, the rest leaves in a delivery of its own, which is returned.

    Raises:
        NothingScanned: the box is empty. Others: as ``scan``.
    """
    delivery = _in_hand(session, delivery_id, by)
    inside = Counter({item.code: item.packed for item in box_of(session, delivery_id).items if item.packed})
    if not inside:
        raise NothingScanned(f"{name_of(delivery)}: scan what goes into this box first")
    codes = _codes(session, pieces := pieces_in(session, delivery_id))
    rest = []
    for piece in pieces:
        stays = min(piece.quantity, inside[codes[piece.id]])
        inside[codes[piece.id]] -= stays
        if stays < piece.quantity:
            rest.append((piece.order_id, piece.line_id, piece.sku_id, piece.quantity - stays))
        if stays:
            piece.quantity = stays
            session.add(piece)
        else:
            session.delete(piece)
    session.flush()
    made = add_delivery(
        session,
        delivery.warehouse_id,
        _summed(rest),
        ship_by=delivery.ship_by,
        carrier=delivery.carrier,
        aftersale_id=delivery.aftersale_id,
        by=by,
        now=now,
    )
    made.wave_id = delivery.wave_id
    record(session, DeliveryDivided(delivery_id, made.id), actor=by, now=now)
    _close(session, delivery, by=by, now=now)
    return made


def unpack(session: Session, delivery_id: int, *, by: str, now: datetime) -> None:
    """Everything out of the box again; the parcel waits to be packed.

    Raises:
        NotFound. IllegalMove: it has left; recall it first.
    """
    lock_orders(session, [delivery_id])
    delivery = delivery_of(session, delivery_id)
    if delivery.status is DeliveryStatus.PLANNED:
        empty_box(session, delivery)
        record(session, DeliveryLaidAside(delivery_id), actor=by, now=now)
    else:
        move_delivery(session, delivery, DeliveryStatus.PLANNED, by=by, now=now)


def on_table(session: Session, by: str, *, but: int = 0) -> Delivery | None:
    """The parcel that ``by`` has begun and not finished."""
    wanted = select(Delivery).where(
        Delivery.packer == by, Delivery.status == DeliveryStatus.PLANNED, Delivery.id != but
    )
    return session.exec(wanted.order_by(col(Delivery.id)).limit(1)).first()


def box_of(session: Session, delivery_id: int) -> Box:
    """The parcel's items, those of a kind together, with what of them is inside."""
    pieces = pieces_in(session, delivery_id)
    codes = _codes(session, pieces)
    wanted: Counter[str] = Counter()
    for piece in pieces:
        wanted[codes[piece.id]] += piece.quantity
    scans = session.exec(
        select(PackingScan).where(PackingScan.delivery_id == delivery_id).order_by(col(PackingScan.id))
    ).all()
    inside: Counter[str] = Counter()
    for one in scans:
        inside[one.code] += one.pieces
    known = {sku.code: sku for sku in _skus(session, pieces).values()}
    titles = {line_code(line): line.title for line in _lines(session, pieces).values()}
    items = [
        Item(
            code,
            known[code].title if code in known else titles.get(code, ""),
            count,
            inside[code],
            _names(code, known.get(code)),
        )
        for code, count in wanted.items()
    ]
    return Box(delivery_id, tuple(items), (scans[-1].code, scans[-1].pieces) if scans else ("", 0))


def name_of(delivery: Delivery) -> str:
    """What stands on its label: the waybill, or until there is one its number."""
    return delivery.tracking_no or f"D{delivery.id}"


def _found(session: Session, text: str) -> int:
    found = _label_of(session, text)
    if not found:
        said = tidy_code(text)[:64]
        raise UnknownParcel(f"{said}: no parcel has this waybill or number; print its label anew", scanned=said)
    return found


def _label_of(session: Session, text: str) -> int:
    """The delivery of a waybill or number, the one it was merged into where it was; 0: there is none."""
    said = tidy_code(text).replace(" ", "").upper()
    own = _OWN_NUMBER.fullmatch(said)
    is_it = Delivery.id == int(own[1]) if own else Delivery.tracking_no == said
    wanted = select(Delivery).where(is_it, Delivery.status != DeliveryStatus.CANCELLED)
    found = session.exec(in_sight(wanted)).first() if said else None
    return (found.into_id or found.id) if found else 0


def _locked(session: Session, delivery_id: int) -> Delivery:
    """The delivery with its orders, which all may leave."""
    orders = lock_orders(session, [delivery_id])
    delivery = delivery_of(session, delivery_id)
    if delivery.status in OPEN:
        check_delivery_may_leave(session, delivery, orders)
    return delivery


def _in_hand(session: Session, delivery_id: int, by: str, *, may_leave: bool = True) -> Delivery:
    lock_orders(session, [delivery_id])
    delivery = _locked(session, delivery_id) if may_leave else delivery_of(session, delivery_id)
    if delivery.status is not DeliveryStatus.PLANNED:
        raise AlreadyPacked(f"{name_of(delivery)} is {delivery.status}", by=delivery.packed_by)
    if delivery.packer != by:
        raise BeingPacked(f"{delivery.packer or 'nobody'} has {name_of(delivery)} on the table", by=delivery.packer)
    return delivery


def _close(session: Session, delivery: Delivery, *, by: str, now: datetime) -> None:
    move_delivery(session, delivery, DeliveryStatus.PACKED, by=by, now=now)
    delivery.packed_at, delivery.packed_by, delivery.packer = now, by, ""
    session.add(delivery)
    session.flush()
    warehouse = session.get(Warehouse, delivery.warehouse_id)
    if warehouse and warehouse.leaves_on_packing and delivery.tracking_no and delivery.carrier:
        leave(session, delivery.id, by=by, now=now)


def _codes(session: Session, pieces: Sequence[DeliveryPiece]) -> dict[int, str]:
    """What each piece is called, by its id: its SKU, or where no stock is kept what its line is known by."""
    skus, lines = _skus(session, pieces), _lines(session, pieces)
    return {piece.id: skus[piece.sku_id].code if piece.sku_id else line_code(lines[piece.line_id]) for piece in pieces}


def _skus(session: Session, pieces: Sequence[DeliveryPiece]) -> dict[int, Sku]:
    ids = {piece.sku_id for piece in pieces if piece.sku_id}
    return {sku.id: sku for sku in session.exec(select(Sku).where(col(Sku.id).in_(ids)))}


def _lines(session: Session, pieces: Sequence[DeliveryPiece]) -> dict[int, OrderLine]:
    ids = {piece.line_id for piece in pieces if not piece.sku_id}
    return {line.id: line for line in session.exec(select(OrderLine).where(col(OrderLine.id).in_(ids)))}


def _names(code: str, sku: Sku | None) -> frozenset[str]:
    every = {code, sku.barcode if sku else ""}
    return frozenset(tidy_code(name).upper() for name in every if name)


def _summed(rest: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Pieces of one line and SKU that came from two homes are one piece of the new delivery."""
    found: Counter[tuple[int, int, int]] = Counter()
    for order_id, line_id, sku_id, count in rest:
        found[order_id, line_id, sku_id] += count
    return [(*key, count) for key, count in found.items()]
