"""Which goods go into which parcel, and what share of an order's money is in each?"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from orderhub.kernel.money import share_fen

MOST_PARCELS = 50  # what needs more is freight, not parcels

Key = TypeVar("Key", bound=Hashable)


def by_weight(pieces: Mapping[Key, int], grams: Mapping[Key, int], most_grams: int) -> list[dict[Key, int]]:
    """Parcels of at most ``most_grams`` (0: no bound), the heaviest goods first; of unknown weight (0) all fit.

    Empty where a single piece is too heavy, or more than ``MOST_PARCELS`` would be needed.
    """
    if not most_grams:
        return [dict(pieces)]
    parcels: list[dict[Key, int]] = []
    room: list[int] = []
    for key in sorted(pieces, key=lambda key: -grams.get(key, 0)):
        left, each = pieces[key], grams.get(key, 0)
        if each > most_grams:
            return []
        place = 0
        while left:
            if place == len(parcels):
                if place == MOST_PARCELS:
                    return []
                parcels.append({})
                room.append(most_grams)
            fit = min(left, room[place] // each) if each else left
            if fit:
                parcels[place][key] = fit
                room[place] -= fit * each
                left -= fit
            place += 1
    return parcels


def money_shares(
    paid_fen: int, lines: Mapping[int, int], parts: Sequence[tuple[Key, int, int]]
) -> tuple[dict[Key, int], dict[int, int]]:
    """What of ``paid_fen`` each of ``parts`` (key, line, how many) is worth, and each of ``lines`` (worth in fen).

    Lines share in proportion to what they cost, the parts of a line in proportion to their number; discounts and
    freight go along. Both add up: the lines to ``paid_fen``, the parts of a line to its share.
    """
    of_line = dict(zip(lines, _shared(paid_fen, list(lines.values())), strict=True))
    found: dict[Key, int] = {}
    for line_id, line_fen in of_line.items():
        mine = [(key, count) for key, of, count in parts if of == line_id]
        for (key, _), fen in zip(mine, _shared(line_fen, [count for _, count in mine]), strict=True):
            found[key] = found.get(key, 0) + fen
    return found, of_line


def _shared(total_fen: int, weights: list[int]) -> list[int]:
    if not weights:
        return []
    return share_fen(total_fen, weights if any(weights) else [1] * len(weights))
