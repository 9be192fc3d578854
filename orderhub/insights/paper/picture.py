"""How does a printed paper become one picture, for whoever opens no file? Its pages one below the other, as PNG."""

import io
import threading

import pypdfium2
from PIL import Image

MOST_PAGES = 4
_SCALE = 2  # of 72 dots an inch: an A4 page is 1190 wide, which a telephone shows sharp
# PDFium works for one thread at a time.
_drawing = threading.Lock()


def picture_of(pdf: bytes) -> bytes:
    """Of its first ``MOST_PAGES``. Not for the event loop."""
    with _drawing, pypdfium2.PdfDocument(pdf) as paper:
        count = min(len(paper), MOST_PAGES)
        pages = [paper[place].render(scale=_SCALE).to_pil().convert("RGB") for place in range(count)]
    sheet = Image.new("RGB", (pages[0].width, sum(page.height for page in pages)), "white")
    down = 0
    for page in pages:
        sheet.paste(page, (0, down))
        down += page.height
    file = io.BytesIO()
    # Few colours are drawn: a palette makes it a third as large.
    sheet.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()
