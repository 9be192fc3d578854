"""How does a figure of a report stand in the address of the list behind it? Moments of Shanghai, the end excluded."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from orderhub.domain.words import Channel
from orderhub.insights.reports.behind import Behind, FunnelStep, Loss, Promise
from orderhub.insights.reports.behind_service import AnomaliesBehind, CasesBehind, Matter, TicketsBehind
from orderhub.kernel.clock import SHANGHAI
from orderhub.ui.numbers import number_of

Word = TypeVar("Word", bound=StrEnum)

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_ID_DIGITS = 12


def orders_behind(given: Mapping[str, str]) -> Behind | None:
    """``paid=2026-11-01T00:00~2026-12-01T00:00`` and what narrows it."""
    if not (period := _period(given.get("paid", ""))):
        return None
    return Behind(
        *period,
        warehouse=_code(given, "warehouse"),
        reached=_word(FunnelStep, given.get("reached")),
        lost=_word(FunnelStep, given.get("lost")),
        why=_word(Loss, given.get("why")),
        promise=_word(Promise, given.get("promise")),
    )


def orders_words(behind: Behind | None) -> dict[str, str]:
    if behind is None:
        return {}
    return {
        "paid": _period_text(behind.since, behind.until),
        "warehouse": behind.warehouse,
        "reached": behind.reached or "",
        "lost": behind.lost or "",
        "why": behind.why or "",
        "promise": behind.promise or "",
    }


def anomalies_behind(given: Mapping[str, str]) -> AnomaliesBehind | None:
    if not (period := _period(given.get("detected", ""))):
        return None
    is_overdue = given.get("overdue") == "1"
    return AnomaliesBehind(*period, _code(given, "shop"), _code(given, "warehouse"), is_overdue)


def anomalies_words(behind: AnomaliesBehind | None) -> dict[str, str]:
    if behind is None:
        return {}
    return {
        "detected": _period_text(behind.since, behind.until),
        "shop": behind.shop,
        "warehouse": behind.warehouse,
        "overdue": "1" if behind.overdue else "",
    }


def cases_behind(given: Mapping[str, str]) -> CasesBehind | None:
    """``opened=``, ``answered=`` or ``waiting=`` with the period."""
    if not (found := _matter(given)):
        return None
    matter, (since, until) = found
    own = given.get("own", "")
    return CasesBehind(
        since,
        until,
        warehouse=_code(given, "warehouse"),
        matter=matter,
        hour=_hour(given.get("hour", "")),
        returning=given.get("returning") == "1",
        own_id=number_of(own) if own.isdigit() and len(own) <= _ID_DIGITS else None,
        sku_code=_code(given, "sku"),
    )


def cases_words(behind: CasesBehind | None) -> dict[str, str]:
    if behind is None:
        return {}
    return {
        behind.matter: _period_text(behind.since, behind.until),
        "warehouse": behind.warehouse,
        "hour": _hour_text(behind.hour),
        "returning": "1" if behind.returning else "",
        "own": "" if behind.own_id is None else str(behind.own_id),
        "sku": behind.sku_code,
    }


def tickets_behind(given: Mapping[str, str]) -> TicketsBehind | None:
    if not (found := _matter(given)):
        return None
    matter, (since, until) = found
    return TicketsBehind(
        since,
        until,
        channel=_word(Channel, given.get("channel")),
        shop=_code(given, "shop"),
        warehouse=_code(given, "warehouse"),
        matter=matter,
        hour=_hour(given.get("hour", "")),
    )


def tickets_words(behind: TicketsBehind | None) -> dict[str, str]:
    if behind is None:
        return {}
    return {
        behind.matter: _period_text(behind.since, behind.until),
        "channel": behind.channel or "",
        "shop": behind.shop,
        "warehouse": behind.warehouse,
        "hour": _hour_text(behind.hour),
    }


def _matter(given: Mapping[str, str]) -> tuple[Matter, tuple[datetime, datetime]] | None:
    for matter in Matter:
        if period := _period(given.get(matter, "")):
            return matter, period
    return None


def _period(text: str) -> tuple[datetime, datetime] | None:
    """None for one that is none: links are typed and cut by people."""
    try:
        since, until = (_local(part) for part in text.split("~"))
    except ValueError:
        return None
    return (since, until) if since < until else None


def _period_text(since: datetime, until: datetime) -> str:
    return f"{_local_text(since)}~{_local_text(until)}"


def _local(text: str) -> datetime:
    """Raises: ValueError: it is no such moment, or one no database holds."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(text)
    return moment.replace(tzinfo=SHANGHAI).astimezone(UTC)


def _local_text(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI).replace(tzinfo=None)
    return local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")


def _hour(text: str) -> tuple[int, int] | None:
    """``2.10``: Wednesday (0 is Monday), ten o'clock."""
    weekday, _, hour = text.partition(".")
    if not (weekday.isdigit() and hour.isdigit() and len(text) <= len("6.23")):
        return None
    found = int(weekday), int(hour)
    return found if found[0] < 7 and found[1] < 24 else None


def _hour_text(hour: tuple[int, int] | None) -> str:
    return f"{hour[0]}.{hour[1]}" if hour else ""


def _code(given: Mapping[str, str], name: str) -> str:
    return given.get(name, "").strip()[:64]


def _word(words: type[Word], text: str | None) -> Word | None:
    return words(text) if text in set(words) else None
