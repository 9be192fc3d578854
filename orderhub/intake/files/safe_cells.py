"""What may stand in a cell of a file we write? Nothing that a spreadsheet program would run."""

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "|")
_NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?")


def safe_cell(text: str) -> str:
    """``text`` with an apostrophe before what would be a formula; a plain number, negative or not, stays one."""
    return f"'{text}" if text.startswith(_STARTS) and not _NUMBER.fullmatch(text) else text
