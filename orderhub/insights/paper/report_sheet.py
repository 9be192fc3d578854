"""What do printed reports look like? A4: each with its picture, then its table as far as it fits a page."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from orderhub.insights.paper.sheet import set_up_font, write

MOST_ROWS = 40

_WIDTH, _HEIGHT = A4
_EDGE = 15 * mm
_RIGHT = _WIDTH - _EDGE
_BOTTOM = 20 * mm
_LINE = 5 * mm
_PLOT = 42 * mm
_BAR = 34 * mm
_BLACK, _GREY, _PALE = HexColor("#1c2024"), HexColor("#656973"), HexColor("#e6e7ec")
_LOOKS = ((HexColor("#b4c5fa"), (3, 2)), (HexColor("#9a9eaa"), (2, 2)), (HexColor("#5b7be6"), ()))
_HEAT = [HexColor(one) for one in ("#f1f3f8", "#dfe7fd", "#bccbfb", "#8ea6f2", "#5874dc", "#33489f")]


@dataclass(frozen=True)
class SheetPart:
    """One report. ``series`` are a week before, a day before and this period; ``heat`` a row of levels for each day.

    ``bars`` are the lengths of the rows' bars, from 0 to 1; ``more`` says how many rows are not printed.
    """

    title: str
    about: str
    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Sequence[float] = ()
    labels: Sequence[str] = ()
    series: Sequence[tuple[str, Sequence[int | None]]] = ()
    heat: Sequence[tuple[str, Sequence[int]]] = ()
    more: str = ""


@dataclass(frozen=True)
class ReportSheets:
    """``printed`` says who, when and as of when; ``page`` counts pages."""

    title: str
    narrowed: str
    printed: str
    page: Callable[[int], str]
    parts: Sequence[SheetPart] = field(default_factory=tuple)


def report_pdf(sheets: ReportSheets) -> bytes:
    """Not for the event loop."""
    set_up_font()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, pageCompression=1)
    canvas.setTitle(sheets.title)
    page = _Page(canvas, sheets)
    for part in sheets.parts:
        page.part(part)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


class _Page:
    """Where on the sheet the next thing comes; begins a new page where one is full."""

    def __init__(self, canvas: Canvas, sheets: ReportSheets) -> None:
        self._canvas, self._sheets, self._number = canvas, sheets, 0
        self._begin()

    def part(self, part: SheetPart) -> None:
        picture = _PLOT if part.series else (len(part.heat) + 1) * _LINE if part.heat else 0
        self._room(picture + 20 * mm + min(len(part.rows), 6) * _LINE)
        self._y -= 4 * mm
        self._canvas.setStrokeColor(_BLACK)  # bold letters are outlined
        write(self._canvas, _EDGE, self._y, part.title, 13, bold=True)
        self._text(_RIGHT, part.about, 9, right=True, colour=_GREY)
        self._y -= 6 * mm
        if part.series:
            self._plot(part)
        if part.heat:
            self._heat(part.heat)
        if part.rows:
            self._table(part)

    def _plot(self, part: SheetPart) -> None:
        canvas, left, top, bottom = self._canvas, _EDGE + 10 * mm, self._y, self._y - _PLOT + 8 * mm
        most = max([value or 0 for _, values in part.series for value in values] + [4])
        for step in range(5):
            y = bottom + (top - bottom) * step / 4
            canvas.setStrokeColor(_PALE)
            canvas.line(left, y, _RIGHT, y)
            write(canvas, left - 2 * mm, y - 1 * mm, f"{most * step // 4:,}", 7, right=True)
        width = (_RIGHT - left) / max(1, len(part.labels) - 1)
        for place in range(0, len(part.labels), max(1, len(part.labels) // 8)):
            write(canvas, left + place * width, bottom - 4 * mm, part.labels[place], 7)
        x = left
        for (name, values), (colour, dash) in zip(part.series, _LOOKS, strict=True):
            canvas.setStrokeColor(colour)
            canvas.setDash(*dash) if dash else canvas.setDash()
            known = [(place, value) for place, value in enumerate(values) if value is not None]
            points = [(left + place * width, bottom + value / most * (top - bottom)) for place, value in known]
            canvas.lines([(*one, *two) for one, two in pairwise(points)])
            canvas.line(x, bottom - 7 * mm, x + 8 * mm, bottom - 7 * mm)
            write(canvas, x + 9 * mm, bottom - 8 * mm, name, 8)
            x += 40 * mm
        canvas.setDash()
        self._y -= _PLOT + 6 * mm

    def _heat(self, rows: Sequence[tuple[str, Sequence[int]]]) -> None:
        canvas, left = self._canvas, _EDGE + 12 * mm
        width = (_RIGHT - left) / 24
        for name, levels in rows:
            write(canvas, _EDGE, self._y, name, 8)
            for hour, level in enumerate(levels):
                canvas.setFillColor(_HEAT[level])
                canvas.rect(left + hour * width, self._y - 1 * mm, width - 1, _LINE - 1, stroke=0, fill=1)
            canvas.setFillColor(_BLACK)
            self._y -= _LINE
        for hour in range(0, 24, 2):
            write(canvas, left + hour * width, self._y, str(hour), 7)
        self._y -= _LINE + 2 * mm

    def _table(self, part: SheetPart) -> None:
        places = self._places(part)
        self._row(part.names, places, part, colour=_GREY)
        for number, row in enumerate(part.rows):
            self._room(_LINE)
            if part.bars:
                self._bar(part.bars[number])
            self._row(row, places, part, colour=_BLACK)
        if part.more:
            self._text(_EDGE, part.more, 8, colour=_GREY)
            self._y -= _LINE

    def _places(self, part: SheetPart) -> list[tuple[float, float]]:
        """Left edge and width of each column, the first one twice as wide; bars stand to the right."""
        whole = _RIGHT - _EDGE - (_BAR if part.bars else 0)
        one = whole / (len(part.names) + 1)
        return [(_EDGE, 2 * one), *((_EDGE + (2 + place) * one, one) for place in range(len(part.names) - 1))]

    def _row(
        self, cells: Sequence[str], places: Sequence[tuple[float, float]], part: SheetPart, *, colour: Color
    ) -> None:
        for place, (text, (x, width)) in enumerate(zip(cells, places, strict=True)):
            is_number = place > 0 and _is_number([row[place] for row in part.rows])
            at = x + width - 2 * mm if is_number else x
            self._text(at, text, 8, most=width - 2 * mm, right=is_number, colour=colour)
        self._canvas.setStrokeColor(_PALE)
        self._canvas.line(_EDGE, self._y - 1.4 * mm, _RIGHT, self._y - 1.4 * mm)
        self._y -= _LINE

    def _bar(self, length: float) -> None:
        self._canvas.setFillColor(_LOOKS[-1][0])
        width = (_BAR - 4 * mm) * max(0.0, min(1.0, length))
        self._canvas.rect(_RIGHT - _BAR + 4 * mm, self._y - 0.4 * mm, width, 3 * mm, stroke=0, fill=1)
        self._canvas.setFillColor(_BLACK)

    def _text(
        self, x: float, text: str, size: float, *, most: float = 0, right: bool = False, colour: Color = _BLACK
    ) -> None:
        self._canvas.setFillColor(colour)
        write(self._canvas, x, self._y, text, size, most=most, right=right)
        self._canvas.setFillColor(_BLACK)

    def _room(self, height: float) -> None:
        if self._y - height < _BOTTOM:
            self._canvas.showPage()
            self._begin()

    def _begin(self) -> None:
        self._number += 1
        canvas, sheets = self._canvas, self._sheets
        canvas.setFillColor(white)
        canvas.rect(0, 0, _WIDTH, _HEIGHT, stroke=0, fill=1)
        canvas.setFillColor(_BLACK)
        canvas.setStrokeColor(_BLACK)
        canvas.setLineWidth(0.6)
        write(canvas, _EDGE, _HEIGHT - 16 * mm, sheets.title, 16, bold=True)
        write(canvas, _RIGHT, _HEIGHT - 16 * mm, sheets.narrowed, 9, most=110 * mm, right=True)
        write(canvas, _EDGE, 12 * mm, sheets.printed, 8)
        write(canvas, _RIGHT, 12 * mm, sheets.page(self._number), 8, right=True)
        self._y = _HEIGHT - 24 * mm


def _is_number(column: Sequence[str]) -> bool:
    return any(column) and all(not text or text[0] in "0123456789¥−-+—" for text in column)
