"""What does a parcel's label look like? 100 × 180 mm, in two parts: the carrier's above, the buyer's below the fold."""

import io
from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from orderhub.domain.label import Label, Party
from orderhub.insights.paper.sheet import barcode, folded, set_up_font, square_code, width_of, write
from orderhub.kernel.clock import shanghai_text

WIDTH, HEIGHT = 100 * mm, 180 * mm
_EDGE = 4 * mm
_INSIDE = WIDTH - 2 * _EDGE
_FOLD = 66 * mm
_LINE = 3.6 * mm
_FOOT = 9 * mm


def labels_pdf(labels: Sequence[Label]) -> bytes:
    """One page each, in their order. Some 10 ms each: not for the event loop."""
    set_up_font()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(WIDTH, HEIGHT), pageCompression=1)
    canvas.setTitle("面单")
    for label in labels:
        _carrier_part(canvas, label)
        _buyer_part(canvas, label)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _carrier_part(canvas: Canvas, label: Label) -> None:
    top = HEIGHT - _EDGE
    write(canvas, _EDGE, top - 6 * mm, label.carrier_name, 18, most=50 * mm, bold=True)
    write(canvas, WIDTH - _EDGE, top - 6 * mm, label.extra.get("product", ""), 14, most=38 * mm, right=True)
    _rule(canvas, top - 9 * mm)
    barcode(canvas, _EDGE, top - 26 * mm, label.tracking_no, width=_INSIDE, height=15 * mm)
    spaced = " ".join(label.tracking_no[start : start + 3] for start in range(0, len(label.tracking_no), 3))
    write(canvas, (WIDTH - width_of(spaced, 13)) / 2, top - 31.5 * mm, spaced, 13)
    _rule(canvas, top - 34 * mm)
    write(canvas, _EDGE, top - 48 * mm, label.route or "—", 40, most=_INSIDE - 20 * mm, bold=True)
    write(canvas, WIDTH - _EDGE, top - 48 * mm, label.extra.get("sorting", ""), 28, most=18 * mm, right=True, bold=True)
    _rule(canvas, top - 52 * mm)
    code = 26 * mm if label.extra.get("qr") else 0
    if code:
        square_code(canvas, WIDTH - _EDGE - code, top - 53.5 * mm - code, label.extra["qr"], code)
    _party(canvas, "收", label.receiver, top - 59 * mm, most=_INSIDE - code - 12 * mm, size=13)
    _rule(canvas, top - 81 * mm)
    _party(canvas, "寄", label.sender, top - 87 * mm, most=_INSIDE - 10 * mm, size=9)
    canvas.setDash(3, 3)
    _rule(canvas, _FOLD)
    canvas.setDash()


def _buyer_part(canvas: Canvas, label: Label) -> None:
    top = _FOLD
    barcode(canvas, _EDGE, top - 12 * mm, label.tracking_no, width=56 * mm, height=9 * mm)
    write(canvas, _EDGE, top - 16 * mm, f"{label.carrier_name} {label.tracking_no}", 9, most=56 * mm)
    barcode(canvas, WIDTH - _EDGE - 32 * mm, top - 12 * mm, f"D{label.delivery_id}", width=32 * mm, height=9 * mm)
    write(canvas, WIDTH - _EDGE, top - 16 * mm, f"发货单 D{label.delivery_id}", 9, most=32 * mm, right=True)
    receiver = f"收 {label.receiver.name} {label.receiver.phone}"
    write(canvas, _EDGE, top - 21 * mm, receiver, 9, most=_INSIDE)
    orders = f"订单 {' '.join(label.order_nos)}"
    y = top - 25.5 * mm
    for line in folded(orders, 8, _INSIDE, lines=2):
        write(canvas, _EDGE, y, line, 8)
        y -= 3.5 * mm
    _rule(canvas, y + 1.5 * mm)
    _goods(canvas, label, y - 2.5 * mm)
    again = f" 补打第 {label.prints} 次" if label.prints > 1 else ""
    pieces = sum(one.pieces for one in label.goods)
    write(canvas, _EDGE, _EDGE, f"共 {pieces} 件", 9, bold=True)
    printed = f"{shanghai_text(label.printed_at, '%m-%d %H:%M')}{again}"
    write(canvas, WIDTH - _EDGE, _EDGE, printed, 8, right=True)


def _goods(canvas: Canvas, label: Label, y: float) -> None:
    room = int((y - _FOOT) / _LINE) + 1
    shown = label.goods if len(label.goods) <= room else label.goods[: room - 1]
    for one in shown:
        write(canvas, WIDTH - _EDGE, y, f"×{one.pieces}", 9, right=True, bold=True)
        write(canvas, _EDGE, y, f"{one.code}  {one.title}", 8, most=_INSIDE - 12 * mm)
        y -= _LINE
    if rest := len(label.goods) - len(shown):
        write(canvas, _EDGE, y, f"另有 {rest} 种，见拣货单", 8)


def _party(canvas: Canvas, mark: str, party: Party, y: float, *, most: float, size: float) -> None:
    """``mark`` in a circle, then name and phone, then up to two lines of address."""
    canvas.setLineWidth(0.8)
    canvas.circle(_EDGE + 4 * mm, y + 1.2 * mm, 3.6 * mm)
    write(canvas, _EDGE + 4 * mm - width_of(mark, 12) / 2, y - 0.3 * mm, mark, 12)
    write(canvas, _EDGE + 10 * mm, y, f"{party.name}  {party.phone}", size, most=most, bold=True)
    for line in folded(party.address, size - 1, most, lines=2):
        y -= (size + 3) * 0.36 * mm
        write(canvas, _EDGE + 10 * mm, y, line, size - 1)


def _rule(canvas: Canvas, y: float) -> None:
    canvas.setLineWidth(0.6)
    canvas.line(_EDGE, y, WIDTH - _EDGE, y)
