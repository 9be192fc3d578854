"""What does a supplier's scorecard look like on paper? A4: the score, its parts, how they went, what is behind them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from orderhub.insights.paper.sheet import folded, set_up_font, write

_WIDTH, _HEIGHT = A4
_EDGE = 15 * mm
_RIGHT = _WIDTH - _EDGE
_BOTTOM = 20 * mm
_ROW = 6.5 * mm


@dataclass(frozen=True)
class ScorecardPage:
    """Texts as they are to be printed; each row has as many cells as its heads."""

    title: str
    name: str
    quarter: str
    said: str
    score: str
    caution: str
    heads: Sequence[str]
    parts: Sequence[Sequence[str]]
    trend_heads: Sequence[str]
    trend: Sequence[Sequence[str]]
    behind: str
    line_heads: Sequence[str]
    lines: Sequence[Sequence[str]]


def scorecard_pdf(page: ScorecardPage) -> bytes:
    """Not for the event loop."""
    set_up_font()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, pageCompression=1)
    canvas.setTitle(f"{page.title} {page.name} {page.quarter}")
    sheet = _Sheet(canvas, page)
    sheet.table(page.heads, page.parts, (40, 35, 35, 45, 25))
    sheet.gap()
    sheet.table(page.trend_heads, page.trend, (40, 35, 35))
    if page.lines:
        sheet.heading(page.behind)
        sheet.table(page.line_heads, page.lines, (48, 52, 26, 26, 28))
    canvas.showPage()
    canvas.save()
    return file.getvalue()


class _Sheet:
    """Where the next row comes; begins a new page where one is full."""

    def __init__(self, canvas: Canvas, page: ScorecardPage) -> None:
        self._canvas, self._page, self._number = canvas, page, 0
        self._begin()
        write(canvas, _EDGE, self._y, page.score, 30, bold=True)
        for place, line in enumerate(folded(page.caution, 9, 120 * mm, lines=3)):
            write(canvas, _EDGE + 40 * mm, self._y + 7 * mm - place * 4.5 * mm, line, 9)
        self._y -= 14 * mm

    def heading(self, text: str) -> None:
        self.gap()
        write(self._canvas, _EDGE, self._y, text, 12, bold=True)
        self._y -= 8 * mm

    def gap(self) -> None:
        self._y -= 6 * mm
        self._room(30 * mm)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
        """Of ``widths`` in millimetres; its heads stand on every page again."""
        self._row(heads, widths, bold=True)
        for row in rows:
            if self._room(_ROW):
                self._row(heads, widths, bold=True)
            self._row(row, widths)

    def _row(self, cells: Sequence[str], widths: Sequence[int], *, bold: bool = False) -> None:
        x = _EDGE
        for cell, width in zip(cells, widths, strict=True):
            write(self._canvas, x, self._y, cell, 9, most=width * mm - 2 * mm, bold=bold)
            x += width * mm
        self._canvas.setLineWidth(0.3)
        self._canvas.line(_EDGE, self._y - 2 * mm, _RIGHT, self._y - 2 * mm)
        self._y -= _ROW

    def _room(self, height: float) -> bool:
        if self._y - height >= _BOTTOM:
            return False
        self._canvas.showPage()
        self._begin()
        return True

    def _begin(self) -> None:
        self._number += 1
        page, canvas = self._page, self._canvas
        write(canvas, _EDGE, _HEIGHT - 18 * mm, page.title, 16, most=110 * mm, bold=True)
        write(canvas, _RIGHT, _HEIGHT - 18 * mm, page.quarter, 14, right=True, bold=True)
        write(canvas, _EDGE, _HEIGHT - 25 * mm, page.name, 11, most=_RIGHT - _EDGE)
        write(canvas, _EDGE, 12 * mm, page.said, 8, most=140 * mm)
        write(canvas, _RIGHT, 12 * mm, str(self._number), 9, right=True)
        self._y = _HEIGHT - 42 * mm
