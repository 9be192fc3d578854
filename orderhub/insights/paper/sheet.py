"""What does every printed sheet share? A Chinese font that is embedded, text that fits, and codes to scan."""

from functools import cache
from importlib.resources import files

import segno
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT = "sheet"
_NO_GLYPH = "□"
_BOLD = 2  # filled and outlined
# Any of the eight can be read; choosing the prettiest costs more than all the rest of a label.
_MASK = 2


@cache
def set_up_font() -> frozenset[int]:
    """Register the font; returns the characters it can draw."""
    font = TTFont(FONT, str(files("paperang_p2_fonts_cjk") / "fonts" / "wqy-microhei.ttc"), subfontIndex=0)
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


def drawable(text: str) -> str:
    """A square for what the font does not have (an emoji, say), so that nothing vanishes unseen."""
    known = set_up_font()
    return "".join(character if ord(character) in known else _NO_GLYPH for character in text)


def width_of(text: str, size: float) -> float:
    return pdfmetrics.stringWidth(text, FONT, size)


def write(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    most: float = 0,
    right: bool = False,
    bold: bool = False,
) -> None:
    """One line at (x, y), in points; made smaller, then cut, until it is no wider than ``most``."""
    shown = drawable(text)
    while most and width_of(shown, size) > most and size > 6:
        size -= 0.5
    shown = cut(shown, size, most) if most else shown
    canvas.saveState()  # how text is drawn outlives its object
    told = canvas.beginText()
    told.setFont(FONT, size)
    told.setTextRenderMode(_BOLD if bold else 0)
    told.setTextOrigin(x - width_of(shown, size) if right else x, y)
    told.textOut(shown)
    canvas.setLineWidth(size / 30)
    canvas.drawText(told)
    canvas.restoreState()


def cut(text: str, size: float, most: float) -> str:
    if width_of(text, size) <= most:
        return text
    while text and width_of(f"{text}…", size) > most:
        text = text[:-1]
    return f"{text}…"


def folded(text: str, size: float, most: float, *, lines: int) -> list[str]:
    """``text`` in at most ``lines`` lines, broken at a space where one is near; the last is cut."""
    found, rest = [], drawable(text)
    while rest and len(found) < lines - 1 and width_of(rest, size) > most:
        end = len(rest)
        while end > 1 and width_of(rest[:end], size) > most:
            end -= 1
        space = rest.rfind(" ", 0, end + 1)
        end = space if space > end // 2 else end
        found.append(rest[:end])
        rest = rest[end:].lstrip()
    return [*found, cut(rest, size, most)] if rest else found


def barcode(canvas: Canvas, x: float, y: float, value: str, *, width: float, height: float) -> None:
    """Code 128 of ``value``, no wider than ``width``, with its quiet zones."""
    narrow = Code128(value, barHeight=height, barWidth=1, quiet=True)
    fitted = Code128(value, barHeight=height, barWidth=min(width / narrow.width, 0.5 * mm), quiet=True)
    fitted.drawOn(canvas, x + (width - fitted.width) / 2, y)


def square_code(canvas: Canvas, x: float, y: float, value: str, size: float) -> None:
    """A QR code with (x, y) as its lower left corner."""
    rows = [bytes(row) for row in segno.make(value, error="m", micro=False, mask=_MASK).matrix]
    cell = size / len(rows)
    path = canvas.beginPath()
    for line, row in enumerate(rows):
        start = 0
        while (start := row.find(1, start)) >= 0:
            end = row.find(0, start)
            end = len(row) if end < 0 else end
            path.rect(x + start * cell, y + size - (line + 1) * cell, (end - start) * cell, cell)
            start = end
    canvas.drawPath(path, stroke=0, fill=1)
