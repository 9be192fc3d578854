"""How is a table of scorecards printed at a terminal?"""

from collections.abc import Iterator, Mapping, Sequence

from orderhub.insights.scorecard import Card, Part

_HEAD = (
    "supplier",
    "lines",
    "judged",
    "late",
    "late %",
    "95 % between",
    "on time",
    "wrong+missing",
    "defects",
    "price",
)
_WIDEST = 64


def card_lines(cards: Sequence[Card], names: Mapping[str, str]) -> Iterator[str]:
    """One line a supplier, the best first; ``!`` marks few data, ``–`` a figure nobody can give."""
    width = min(_WIDEST, max((len(names.get(card.supplier, card.supplier)) for card in cards), default=0))
    width = max(width, len(_HEAD[0]))
    yield (
        f"score    {_HEAD[0]:{width}}  {_HEAD[1]:>6} {_HEAD[2]:>6} {_HEAD[3]:>5} {_HEAD[4]:>7} {_HEAD[5]:>14}"
        + "".join(f" {name:>13}" for name in _HEAD[6:])
    )
    for card in cards:
        yield _line(card, names.get(card.supplier, card.supplier), width)
    yield "! fewer than 10 lines, or an interval wider than 30 points; the score is drawn towards all suppliers' share"


def _line(card: Card, name: str, width: int) -> str:
    score = "    –" if card.score is None else f"{card.score:5.1f}"
    late = card.figures[Part.ON_TIME]
    between = "–" if late.share is None else f"{late.low * 100:.1f}–{late.high * 100:.1f}"
    on_time = None if late.share is None else 1 - late.share
    shares = [on_time, *(card.figures[part].share for part in (Part.COMPLETE, Part.SOUND, Part.PRICE))]
    return (
        f"{score} {'!' if card.is_few else ' '}  {name[:width]:{width}}  {card.lines:6,} {late.base:6,} {late.bad:5,}"
        f" {_percent(late.share):>7} {between:>14}" + "".join(f" {_percent(share):>13}" for share in shares)
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f}%"
