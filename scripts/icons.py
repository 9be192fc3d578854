"""``python scripts/icons.py``: draw the home-screen icons from the same lines as assets/favicon.svg."""

from pathlib import Path

from PIL import Image, ImageDraw

ASSETS = Path(__file__).resolve().parent.parent / "assets"
GROUND, LINE = "#3e63dd", "#ffffff"
FINE = 4  # drawn larger, then made smaller: smooth edges

# name → size in pixels, roundness of the corners, share of the side that the drawing takes.
# A maskable icon is cut by the telephone: all of the drawing lies within the inner 80 %.
ICONS = {
    "icon-192.png": (192, 0.25, 0.667),
    "icon-512.png": (512, 0.25, 0.667),
    "icon-maskable-512.png": (512, 0.0, 0.5),
    "apple-touch-icon.png": (180, 0.0, 0.6),
}


def draw(size: int, corner: float, share: float) -> Image.Image:
    side = size * FINE
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, side - 1, side - 1), radius=side * corner, fill=GROUND)
    scale = side * share / 24
    edge = side * (1 - share) / 2
    width = round(2 * scale)

    def at(*numbers: float) -> tuple[float, ...]:
        return tuple(edge + number * scale for number in numbers)

    def box(x: float, y: float, right: float, bottom: float) -> None:
        outer = at(x - 1, y - 1, right + 1, bottom + 1)
        pen.rounded_rectangle(outer, radius=2 * scale, outline=LINE, width=width)

    def dot(x: float, y: float) -> None:
        pen.ellipse(at(x - 1, y - 1, x + 1, y + 1), fill=LINE)

    box(3, 3, 10, 9)
    box(14, 15, 21, 21)
    pen.line(at(6.5, 9, 6.5, 15), fill=LINE, width=width)
    pen.arc(at(5.5, 11, 13.5, 19), 90, 180, fill=LINE, width=width)
    pen.line(at(9.5, 18, 14, 18), fill=LINE, width=width)
    dot(6.5, 15)
    return image.resize((size, size), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    for name, wanted in ICONS.items():
        draw(*wanted).save(ASSETS / name, optimize=True)
