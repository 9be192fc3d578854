"""What does the ledger show, as the browser gets it? Gaps first, then the hours of one day."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from orderhub.domain.ledger import HOUR
from orderhub.insights.ledger import LedgerRow, ledger_day
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.board_rows import exact, unix

PATH = "/ledger"


@dataclass
class HourView:
    """``hour`` says until when it is counted while that is only in part; ``difference`` is ours less the channel's.

    ``is_coming``: what we lack is no gap, but on its way.
    """

    id: str
    shop: str
    channel: str
    hour: str
    said: str
    said_money: Money
    held: str
    held_money: Money
    difference: str
    difference_money: Money
    refilled: str
    missing: str
    checked: str
    checked_exact: str
    error: str
    is_coming: bool


@dataclass
class LedgerView:
    """``difference`` is empty where every order and every fen is here."""

    day: str = ""
    said: str = "0"
    said_money: Money = ""
    held: str = "0"
    held_money: Money = ""
    difference: Money = ""
    refilled: str = "0"
    open_hours: list[HourView] = field(default_factory=list)
    hours: list[HourView] = field(default_factory=list)
    earlier: str = ""
    later: str = ""
    is_coming: bool = False


def ledger_view(session: Session, now: datetime, day: date | None) -> LedgerView:
    found = ledger_day(session, now, day)
    count, fen = found.held_count - found.said_count, found.held_fen - found.said_fen
    return LedgerView(
        day=found.day.isoformat(),
        said=f"{found.said_count:,}",
        said_money=money_text(found.said_fen),
        held=f"{found.held_count:,}",
        held_money=money_text(found.held_fen),
        difference=f"{_signed(count)} · {money_text(fen)}" if count or fen else "",
        refilled=f"{found.refilled_count:,}",
        open_hours=[_hour(row) for row in found.open_rows],
        hours=[_hour(row) for row in found.rows],
        earlier=_address(found.earlier),
        later=_address(found.later),
        is_coming=not any(row.hour.gap_count for row in found.open_rows) and count <= 0,
    )


def day_of(text: str) -> date | None:
    """None where the address names no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _address(day: date | None) -> str:
    return f"{PATH}?day={day.isoformat()}" if day else ""


def _hour(row: LedgerRow) -> HourView:
    hour = row.hour
    until = ""
    if hour.counted_until is not None and hour.counted_until < hour.hour_at + HOUR:
        until = shanghai_text(hour.counted_until, "–%H:%M")
    return HourView(
        id=str(hour.id),
        shop=row.shop.name,
        channel=row.shop.channel,
        hour=shanghai_text(hour.hour_at, "%m-%d %H:00") + until,
        said=f"{hour.said_count:,}",
        said_money=money_text(hour.said_fen),
        held=f"{hour.held_count:,}",
        held_money=money_text(hour.held_fen),
        difference=_signed(row.count_difference),
        difference_money=money_text(row.fen_difference) if row.fen_difference else "",
        refilled=str(hour.refilled_count or ""),
        missing=", ".join(row.missing_nos) + (" …" if hour.gap_count > len(row.missing_nos) else ""),
        checked=unix(hour.checked_at),
        checked_exact=exact(hour.checked_at),
        error=hour.error,
        is_coming=row.is_coming,
    )


def _signed(count: int) -> str:
    return f"+{count:,}" if count > 0 else f"−{-count:,}" if count else "0"
