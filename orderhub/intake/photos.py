"""Is this a photo, and where is it kept? Looked at by its content, drawn anew without what the camera wrote into it.

Kept under the data directory by the hash of its bytes, far from what the web server gives to anybody.
"""

import hashlib
import io
import os
import tempfile
import threading
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from PIL import Image, ImageOps

from orderhub.domain.photo import Photo, Picture
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.settings import settings

MOST_BYTES = 10_000_000
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2_000
_KINDS = ("JPEG", "PNG", "WEBP")
_QUALITY = 85
_MIME = "image/jpeg"

# A large photo takes 160 MB while it is drawn.
_DRAWING = threading.BoundedSemaphore(2)


def draw_anew(content: bytes) -> Picture:
    """A JPEG of at most ``LONGEST_SIDE`` pixels a side, upright, with nothing in it but the picture.

    Raises:
        BadInput: too large, no JPEG, PNG or WebP whatever it is called, or damaged.
    """
    if len(content) > MOST_BYTES:
        raise BadInput(f"photo: {len(content)} bytes, at most {MOST_BYTES}", field="photo", problem="photo_too_large")
    with _DRAWING:
        drawn = _drawn(content)
    kept = io.BytesIO()
    drawn.save(kept, "JPEG", quality=_QUALITY, optimize=True)
    made = kept.getvalue()
    return Picture(made, hashlib.sha256(made).hexdigest(), drawn.width, drawn.height, _MIME)


def keep(picture: Picture) -> Path:
    """Write it whole or not at all. Safe to repeat."""
    path = _path(picture.sha256)
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(picture.content)
            target.flush()
            os.fsync(target.fileno())
        Path(name).replace(path)
    finally:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)
    return path


def read(photo: Photo) -> bytes:
    """Raises: NotFound: its file is gone, or is not what was kept."""
    try:
        content = _path(photo.sha256).read_bytes()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != photo.sha256:
        raise NotFound(f"the file of photo {photo.id} is gone or damaged")
    return content


def forget_but(shown: Collection[str], *, before: datetime) -> int:
    """Take away the files written before then that no photo of ``shown`` is kept in; returns how many."""
    gone = 0
    for path in (settings().data_dir / "photos").glob("*/*.jpg"):
        if path.stem not in shown and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _path(sha256: str) -> Path:
    return settings().data_dir / "photos" / sha256[:2] / f"{sha256}.jpg"


def _drawn(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=_KINDS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Image.DecompressionBombError(f"{opened.width} × {opened.height}")
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            opened.load()
            return _plain(ImageOps.exif_transpose(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadInput(f"photo: {error}", field="photo", problem="photo_too_many_pixels") from error
    except Exception as error:
        raise BadInput(
            "photo: no JPEG, PNG or WebP that can be read", field="photo", problem="photo_unreadable"
        ) from error


def _plain(image: Image.Image) -> Image.Image:
    """Its pixels alone, on white where they let something shine through."""
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    made = Image.new("RGB", image.size, "white")
    coloured = image.convert("RGBA") if has_alpha else image.convert("RGB")
    made.paste(coloured, mask=coloured.getchannel("A") if has_alpha else None)
    return made
