"""What does a pick list look like? A4: what to fetch, then which box is which delivery."""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from orderhub.insights.paper.sheet import barcode, folded, set_up_font, write
from orderhub.insights.pick_list import PickBox, PickList, PickRow
from orderhub.kernel.clock import shanghai_text

_WIDTH, _HEIGHT = A4
_EDGE = 15 * mm
_RIGHT = _WIDTH - _EDGE
_BOTTOM = 20 * mm
_SKU, _TITLE, _PIECES, _BOXES = _EDGE + 8 * mm, _EDGE + 48 * mm, _EDGE + 118 * mm, _EDGE + 124 * mm
_DELIVERY, _ORDERS, _WAYBILL = _EDGE + 14 * mm, _EDGE + 60 * mm, _EDGE + 118 * mm


def pick_sheets_pdf(lists: Sequence[PickList], *, printed_at: datetime) -> bytes:
    """A warehouse's list begins on a new page. Not for the event loop."""
    set_up_font()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, pageCompression=1)
    canvas.setTitle("拣货单")
    for one in lists:
        page = _Page(canvas, one, printed_at)
        for row in one.rows:
            page.fetch(row)
        page.heading("装箱")
        for box in one.boxes:
            page.box(box)
        page.end()
    canvas.save()
    return file.getvalue()


class _Page:
    """Where on the sheet the next row comes; begins a new page where one is full."""

    def __init__(self, canvas: Canvas, pick: PickList, printed_at: datetime) -> None:
        self._canvas, self._pick, self._printed_at = canvas, pick, printed_at
        self._number = 0
        self._begin()
        self.heading("取货")

    def heading(self, text: str) -> None:
        self._room(20 * mm)
        self._y -= 4 * mm
        write(self._canvas, _EDGE, self._y, text, 12, bold=True)
        self._y -= 7 * mm

    def fetch(self, row: PickRow) -> None:
        boxes = " ".join(f"{number}号×{pieces}" for number, pieces in row.boxes)
        titles = folded(row.title, 9, _PIECES - _TITLE - 14 * mm, lines=2)
        lines = folded(boxes, 9, _RIGHT - _BOXES, lines=60)
        height = max(len(titles), len(lines), 1) * 4.2 * mm + 3 * mm
        self._room(min(height, 200 * mm))
        canvas, y = self._canvas, self._y
        canvas.setLineWidth(0.6)
        canvas.rect(_EDGE, y - 0.8 * mm, 4 * mm, 4 * mm)
        write(canvas, _SKU, y, row.code, 10, most=_TITLE - _SKU - 2 * mm, bold=True)
        write(canvas, _PIECES, y, f"{row.pieces}", 13, right=True, bold=True)
        self._lines(_TITLE, titles)
        self._lines(_BOXES, lines)
        self._y -= height
        self._rule()

    def box(self, box: PickBox) -> None:
        orders = folded(" ".join(box.order_nos), 9, _WAYBILL - _ORDERS - 2 * mm, lines=3)
        height = max(10 * mm, len(orders) * 4.2 * mm + 3 * mm)
        self._room(height)
        canvas, y = self._canvas, self._y
        write(canvas, _EDGE, y, f"{box.number}号", 13, bold=True)
        barcode(canvas, _DELIVERY, y - 2.5 * mm, f"D{box.delivery_id}", width=40 * mm, height=6 * mm)
        write(canvas, _DELIVERY + 4 * mm, y - 5.5 * mm, f"D{box.delivery_id}", 8)
        self._lines(_ORDERS, orders)
        write(canvas, _WAYBILL, y, box.tracking_no or "未取号", 9, most=_RIGHT - _WAYBILL - 16 * mm)
        write(canvas, _RIGHT, y, f"{box.pieces} 件", 11, right=True, bold=True)
        self._y -= height
        self._rule()

    def end(self) -> None:
        self._canvas.showPage()

    def _lines(self, x: float, lines: Sequence[str]) -> None:
        for y, line in zip(self._downwards(), lines, strict=False):
            write(self._canvas, x, y, line, 9)

    def _downwards(self) -> Iterator[float]:
        y = self._y
        while True:
            yield y
            y -= 4.2 * mm

    def _room(self, height: float) -> None:
        if self._y - height < _BOTTOM:
            self._canvas.showPage()
            self._begin()

    def _rule(self) -> None:
        self._canvas.setLineWidth(0.3)
        self._canvas.line(_EDGE, self._y + 3.6 * mm, _RIGHT, self._y + 3.6 * mm)
        self._y -= 1 * mm

    def _begin(self) -> None:
        self._number += 1
        pick, canvas = self._pick, self._canvas
        write(canvas, _EDGE, _HEIGHT - 18 * mm, f"拣货单 {pick.warehouse}".strip(), 18, most=110 * mm, bold=True)
        counted = f"{len(pick.rows)} 种 {pick.pieces} 件 · {len(pick.boxes)} 箱"
        write(canvas, _RIGHT, _HEIGHT - 18 * mm, counted, 11, right=True)
        told = f"{shanghai_text(self._printed_at, '%Y-%m-%d %H:%M')} · 第 {self._number} 页"
        write(canvas, _RIGHT, 12 * mm, told, 9, right=True)
        self._y = _HEIGHT - 26 * mm
