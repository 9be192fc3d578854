"""How are figures of reports written? Alike in every report, and the same in both languages."""

from datetime import date, datetime

from orderhub.kernel.clock import shanghai_text

NONE = "—"
_HOUR = 3600


def signed(value: float | None, pattern: str = ".1%") -> str:
    """``+8.2%``, ``−1.3%``, ``0.0%``; empty where there is nothing to compare with."""
    if value is None:
        return ""
    text = f"{abs(value):{pattern}}"
    is_nothing = not any(digit in text for digit in "123456789")
    return text if is_nothing else f"{'−' if value < 0 else '+'}{text}"


def share_text(share: float | None) -> str:
    return NONE if share is None else "100%" if share == 1 else f"{share:.1%}"


def hours_text(seconds: int | None) -> str:
    return NONE if seconds is None else f"{seconds / _HOUR:,.1f}"


def day_text(day: date) -> str:
    return f"{day:%m-%d}"


def span_text(first: date, last: date) -> str:
    return day_text(first) if first == last else f"{day_text(first)} – {day_text(last)}"


def moment_text(moment: datetime, pattern: str) -> str:
    return shanghai_text(moment, pattern)
