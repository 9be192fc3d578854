"""Only what is a photo is kept, without what the camera wrote into it; the rest is refused and leaves nothing."""

import io
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from orderhub.domain.photo import Photo, Picture
from orderhub.intake.photos import LONGEST_SIDE, MOST_BYTES, draw_anew, keep, read
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.settings import settings

Shot = Callable[..., bytes]


@pytest.fixture
def shot() -> Shot:
    def shot(kind: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **facts) -> bytes:
        made = io.BytesIO()
        Image.new(mode, size, facts.pop("colour", 0)).save(made, kind, **facts)
        return made.getvalue()

    return shot


def drawn(content: bytes) -> tuple[Picture, Image.Image]:
    picture = draw_anew(content)
    return picture, Image.open(io.BytesIO(picture.content))


def kept_files() -> list[Path]:
    return [path for path in (settings().data_dir / "photos").rglob("*") if path.is_file()]


def as_row(picture: Picture) -> Photo:
    return Photo(id=1, sha256=picture.sha256)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_of_photo_is_kept_as_a_jpeg(shot, kind):
    picture, image = drawn(shot(kind))
    assert (image.format, image.size, picture.mime) == ("JPEG", (640, 480), "image/jpeg")
    assert keep(picture).read_bytes() == picture.content == read(as_row(picture))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_way_to_write_colours_becomes_plain_colours(shot, mode):
    _, image = drawn(shot("JPEG" if mode == "CMYK" else "PNG", mode=mode))
    assert image.mode == "RGB"


def test_what_shines_through_is_white(shot):
    _, image = drawn(shot("PNG", mode="RGBA", colour=(0, 0, 0, 0)))
    assert image.getpixel((5, 5)) == (255, 255, 255)


def test_a_large_photo_becomes_smaller_and_keeps_its_shape(shot):
    picture, image = drawn(shot(size=(4000, 1000)))
    assert image.size == (picture.width, picture.height) == (LONGEST_SIDE, 500)


def test_nothing_the_camera_wrote_is_kept(shot):
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "maker-of-camera", {1: "N", 2: (31.0, 13.0, 49.0)}
    content = shot(exif=exif, comment=b"taken-at-home")
    assert b"maker-of-camera" in content
    picture, image = drawn(content)
    assert dict(image.getexif()) == {}
    assert b"maker-of-camera" not in picture.content
    assert b"taken-at-home" not in picture.content


def test_a_photo_held_sideways_stands_upright(shot):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    _, image = drawn(shot(size=(400, 300), exif=exif))
    assert image.size == (300, 400)


def test_what_hangs_behind_a_photo_is_cut_off(shot):
    picture = draw_anew(shot() + b"MZ\x90 this program cannot be run")
    assert b"this program" not in picture.content


def _bomb(side: int) -> bytes:
    """A PNG that says it is so large; nothing of it is there."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"MZ\x90\x00\x03" + b"\x00" * 500, "photo_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "photo_unreadable"),
        (b"GIF89a" + b"\x00" * 100, "photo_unreadable"),
        (b"%PDF-1.7", "photo_unreadable"),
        (b"", "photo_unreadable"),
        (b"\xff\xd8\xff\xe0", "photo_unreadable"),
        (b"\xff\xd8" + b"\x00" * MOST_BYTES, "photo_too_large"),
        (_bomb(6_400), "photo_too_many_pixels"),
        (_bomb(12_000), "photo_too_many_pixels"),
        (_bomb(20_000), "photo_too_many_pixels"),
    ],
    ids=["program", "svg", "gif", "pdf", "nothing", "a beginning", "20 MB", "bomb", "larger bomb", "largest bomb"],
)
def test_what_is_no_photo_is_refused_whatever_it_is_called(content, problem):
    with pytest.raises(BadInput) as refused:
        draw_anew(content)
    assert (refused.value.problem, kept_files()) == (problem, [])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_photo_that_was_cut_off_on_its_way_is_refused(shot, kind, share):
    whole = shot(kind, size=(1200, 900), colour=(120, 40, 200))
    noisy = io.BytesIO()
    Image.effect_noise((600, 600), 80).convert("RGB").save(noisy, kind)
    for content in (whole, noisy.getvalue()):
        with pytest.raises(BadInput):
            draw_anew(content[: int(len(content) * share)])


def test_the_same_photo_twice_is_one_file(shot):
    picture = draw_anew(shot())
    assert keep(picture) == keep(picture)
    assert len(kept_files()) == 1


def test_photos_that_come_at_once_are_all_kept_whole(shot):
    pictures = [draw_anew(shot(colour=(n, 0, 0))) for n in (10, 200)] * 4
    threads = [threading.Thread(target=keep, args=(one,)) for one in pictures]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in kept_files()) == sorted({f"{one.sha256}.jpg" for one in pictures})


def test_nobody_but_the_hub_may_read_the_folder(shot):
    path = keep(draw_anew(shot()))
    assert path.is_relative_to(settings().data_dir)
    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077) == (0, 0)


def test_a_file_that_is_gone_or_was_changed_is_not_shown(shot):
    picture = draw_anew(shot())
    path = keep(picture)
    path.write_bytes(b"something else")
    with pytest.raises(NotFound):
        read(as_row(picture))
    path.unlink()
    with pytest.raises(NotFound):
        read(as_row(picture))
