"""What may stand in a cell of a file we write? Nothing that a spreadsheet program would run."""

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "|")
_SKIPPED = " \u3000\ufeff\u200b"  # some programs do not see what stands before
_NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?")


def safe_cell(text: str) -> str:
    """``text`` with an apostrophe before what would be a formula; a plain number, negative or not, stays one."""
    return f"'{text}" if _begins_a_formula(text) and not _NUMBER.fullmatch(text) else text


def bare_cell(text: str) -> str:
    """What ``safe_cell`` was given, where its apostrophe comes back with a file of ours."""
    return text[1:] if text.startswith("'") and _begins_a_formula(text[1:]) else text


def _begins_a_formula(text: str) -> bool:
    return text.lstrip(_SKIPPED).startswith(_STARTS)
