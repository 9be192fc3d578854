"""How is money read, written and split? It is ``int`` fen everywhere inside."""

import re
from collections.abc import Sequence
from decimal import Decimal

from orderhub.kernel.errors import BadInput

MOST_FEN = 1_000_000_000  # ¥10,000,000.00, the largest single amount a rule of intake admits

_YUAN = re.compile(r"-?\d{1,12}(\.\d{1,2}0*)?", re.ASCII)


def parse_yuan(value: str | int | float | Decimal, *, field: str = "amount") -> int:
    """Fen of an amount in yuan; text, or a JSON number read as ``Decimal``, with at most two decimals.

    Raises:
        BadInput: not a plain decimal (``NaN``, ``1e5``, ``１``, ``1.005``) or beyond ±¥10,000,000.00.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not _YUAN.fullmatch(text):
        raise BadInput(
            f"{field}: {text[:32]!r} is not an amount in yuan with at most two decimals",
            field=field,
            problem="not_money",
        )
    return bounded_fen(int(Decimal(text) * 100), field=field)


def bounded_fen(fen: int, *, field: str = "amount") -> int:
    """``fen`` itself, once it is known to be an integer within ±¥10,000,000.00."""
    if isinstance(fen, bool) or not isinstance(fen, int) or abs(fen) > MOST_FEN:
        raise BadInput(f"{field}: {str(fen)[:32]} is beyond ¥10,000,000.00", field=field, problem="absurd_money")
    return fen


def yuan_text(fen: int) -> str:
    """``123450`` → ``1234.50``, for wires and files."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def money_text(fen: int) -> str:
    """``-123450`` → ``−¥1,234.50``, for people."""
    return f"{'−' if fen < 0 else ''}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def share_fen(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Split ``total_fen`` in proportion to ``weights``; the parts add up exactly."""
    shares, given, seen = [], 0, 0
    whole = sum(weights)
    for weight in weights:
        seen += weight
        shares.append(total_fen * seen // whole - given)
        given += shares[-1]
    return shares
