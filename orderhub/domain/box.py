"""What belongs into a box, what is inside, and what does a scanner's word mean for it? Pure; domain/packing.py acts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from orderhub.domain.sku import tidy_code
from orderhub.kernel.errors import RuleBroken

_TIMES_BEFORE = re.compile(r"([0-9]{1,4})\s*[*×]\s*(.+)")
_TIMES_AFTER = re.compile(r"(.*?)\s*[*×]\s*([0-9]{1,4})")
_SHOWN = 3


class ScanRefused(RuleBroken):
    """Nothing came of the scan; ``names`` say what to do instead."""


class WrongItem(ScanRefused):
    code = "wrong_item"


class TooManyPieces(ScanRefused):
    code = "too_many_pieces"


@dataclass(frozen=True)
class Item:
    """``pieces`` belong into the box, ``packed`` are inside; a scanner may read any of ``names``."""

    code: str
    title: str
    pieces: int
    packed: int = 0
    names: frozenset[str] = frozenset()

    @property
    def left(self) -> int:
        return self.pieces - self.packed


@dataclass(frozen=True)
class Box:
    """A parcel on the table; ``last`` is the item scanned last and how many pieces of it."""

    delivery_id: int
    items: tuple[Item, ...]
    last: tuple[str, int] = ("", 0)

    @property
    def is_packed(self) -> bool:
        """Exactly what belongs into it is inside."""
        return bool(self.items) and all(item.left == 0 for item in self.items)

    @property
    def wanted(self) -> str:
        """What is still to be scanned, in a few words."""
        left = [f"{item.code} ×{item.left}" for item in self.items if item.left > 0]
        return ", ".join(left[:_SHOWN]) + (" …" if len(left) > _SHOWN else "")


def read_scan(text: str) -> list[tuple[str, int]]:
    """What ``CODE``, ``3*CODE``, ``CODE*3`` or ``*3`` may mean, as (code, how many), the likeliest first.

    The code is empty where a number alone was typed: so many in all of what was scanned last.
    """
    tidy = tidy_code(text)
    meant = [(tidy, 1)]
    if match := _TIMES_AFTER.fullmatch(tidy):
        meant.append((match[1], int(match[2])))
    if match := _TIMES_BEFORE.fullmatch(tidy):
        meant.append((match[2], int(match[1])))
    return meant


def put_in(box: Box, text: str) -> tuple[str, int]:
    """Which item the scanned ``text`` is, and how many pieces of it go in.

    Raises:
        WrongItem: nothing of that name belongs here; what does is named.
        TooManyPieces: more than are still to go in.
    """
    last, before = box.last
    for code, times in read_scan(text):
        item = _named(box.items, code) if code else next((one for one in box.items if one.code == last), None)
        if item:
            return _checked(item, times if code else times - before)
    said = tidy_code(text)[:64]
    raise WrongItem(f"{said} does not belong here, {box.wanted} does", scanned=said, wanted=box.wanted)


def _named(items: Sequence[Item], code: str) -> Item | None:
    """A code that two kinds of goods share is read as the one that is still wanted."""
    named = [item for item in items if code.upper() in item.names]
    return next((item for item in named if item.left), named[0] if named else None)


def _checked(item: Item, pieces: int) -> tuple[str, int]:
    if not 1 <= pieces <= item.left:
        raise TooManyPieces(
            f"{item.code}: {item.left} are still to go in, {pieces} were scanned",
            code=item.code,
            left=str(item.left),
            pieces=str(pieces),
        )
    return item.code, pieces
