"""Which goods come back in a case? Its lines as the goods that left for them, or what one parcel of ours held."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import lines_of
from orderhub.domain.box import ScanRefused, read_scan
from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus
from orderhub.domain.order import Order, OrderLine, Shipment
from orderhub.domain.order_stock import every_line, line_code
from orderhub.domain.shortage_choice import asked_for, choices_of
from orderhub.domain.sku import Sku, explode_each, tidy_code
from orderhub.domain.words import AftersaleKind

_SHOWN = 3


@dataclass(frozen=True)
class Goods:
    """``pieces`` of a SKU for a line; ``sku_id`` 0: the hub keeps no such SKU, and ``pieces`` are the line's own."""

    line_id: int
    sku_id: int
    code: str
    title: str
    barcode: str
    pieces: int

    @property
    def key(self) -> tuple[int, int]:
        return self.line_id, self.sku_id


class NotOfReturn(ScanRefused):
    code = "not_of_return"


class AllCounted(ScanRefused):
    code = "all_counted"


def goods_of(session: Session, order: Order, case: Aftersale) -> list[Goods]:
    """What is to be counted when the case's goods are here; empty: nobody has said which lines it means."""
    meant = {one.line_id: one.quantity for one in lines_of(session, case.id)}
    parcel = _refused_parcel(session, case)
    if parcel and (inside := pieces_inside(session, parcel)):
        return _named(session, order, Counter({key: count for key, count in inside.items() if key[0] in meant}))
    return _named(session, order, _exploded(session, order, meant))


def scanned(goods: Sequence[Goods], counted: Mapping[tuple[int, int], int], text: str) -> tuple[Goods, int]:
    """Which of the goods ``text`` is (``CODE``, ``3*CODE``), and how many pieces; ``counted`` by key are said already.

    Raises:
        NotOfReturn: nothing of that name comes back here; what does is named.
        AllCounted: more than are still to be counted.
    """
    for code, times in read_scan(text):
        named = [one for one in goods if code and code.upper() in _names(one)]
        for one in named:
            if 1 <= times <= one.pieces - counted.get(one.key, 0):
                return one, times
        if named:
            raise AllCounted(f"{named[0].code}: not that many are left", code=named[0].code)
    left = [f"{one.code} ×{one.pieces - counted.get(one.key, 0)}" for one in goods]
    said, wanted = tidy_code(text)[:64], ", ".join([one for one in left if not one.endswith("×0")][:_SHOWN])
    raise NotOfReturn(f"{said} does not come back here, {wanted} does", scanned=said, wanted=wanted)


def pieces_inside(session: Session, parcel: Shipment) -> Counter[tuple[int, int]]:
    """By (line, SKU), where a delivery of ours says so; else empty."""
    wanted = (
        select(DeliveryPiece.line_id, DeliveryPiece.sku_id, DeliveryPiece.quantity)
        .join(Delivery, col(Delivery.id) == DeliveryPiece.delivery_id)
        .where(
            DeliveryPiece.order_id == parcel.order_id,
            Delivery.tracking_no == parcel.tracking_no,
            Delivery.status == DeliveryStatus.LEFT,
        )
    )
    found: Counter[tuple[int, int]] = Counter()
    for line_id, sku_id, quantity in session.exec(wanted):
        found[line_id, sku_id] += quantity
    return found


def _refused_parcel(session: Session, case: Aftersale) -> Shipment | None:
    if case.kind is not AftersaleKind.REFUSED_PARCEL or not case.return_tracking_no:
        return None
    wanted = select(Shipment).where(Shipment.order_id == case.order_id, Shipment.tracking_no == case.return_tracking_no)
    return session.exec(wanted).one_or_none()


def _exploded(session: Session, order: Order, meant: Mapping[int, int]) -> Counter[tuple[int, int]]:
    """``meant`` pieces of lines as pieces of SKUs; a bundle comes back as its parts."""
    lines = [line for line in every_line(session, order) if line.id in meant]
    chosen = choices_of(session, order.id)
    asked = []
    for line in lines:
        one = asked_for(line, line_code(line), chosen.get(line.id))
        asked.append(replace(one, quantity=max(1, one.quantity * meant[line.id] // line.quantity)))
    found: Counter[tuple[int, int]] = Counter()
    for line, wanted in zip(lines, explode_each(session, order.shop_id, asked), strict=True):
        if wanted.unmatched:
            found[line.id, 0] += meant[line.id]
        for sku_id, pieces in wanted.every.items():
            found[line.id, sku_id] += pieces
    return found


def _named(session: Session, order: Order, pieces: Counter[tuple[int, int]]) -> list[Goods]:
    lines = {line.id: line for line in every_line(session, order)}
    skus = _skus(session, {sku_id for _, sku_id in pieces})
    return [
        _one(lines.get(line_id), line_id, skus.get(sku_id), count)
        for (line_id, sku_id), count in sorted(pieces.items())
    ]


def _skus(session: Session, ids: Iterable[int]) -> dict[int, Sku]:
    return {sku.id: sku for sku in session.exec(select(Sku).where(col(Sku.id).in_(set(ids) - {0})))}


def _one(line: OrderLine | None, line_id: int, sku: Sku | None, count: int) -> Goods:
    if sku:
        return Goods(line_id, sku.id, sku.code, sku.title or (line.title if line else ""), sku.barcode, count)
    return Goods(line_id, 0, line_code(line) if line else "", line.title if line else "", "", count)


def _names(goods: Goods) -> set[str]:
    return {tidy_code(name).upper() for name in (goods.code, goods.barcode) if name}
