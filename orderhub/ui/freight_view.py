"""What does the page of freight show, as the browser gets it?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from sqlmodel import Session

from orderhub.domain.freight import FreightCause
from orderhub.domain.freight_bill import FreightTerms, Weighed
from orderhub.domain.words import Carrier
from orderhub.insights import freight
from orderhub.insights.freight import CauseGroup, ClaimRow, LineQuery, LineRow, MonthRow
from orderhub.intake.statements.freight import Read
from orderhub.kernel.clock import business_day
from orderhub.kernel.money import money_text, yuan_text
from orderhub.kernel.sight import FieldGroup
from orderhub.kernel.veil import Cost
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.numbers import number_of

PATH = "/freight"
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_AFTER = re.compile(r"(\d{1,12})-(\d{1,12})")


@dataclass
class MonthView:
    id: str
    carrier: str
    month: str
    lines: str
    charged: Cost
    expected: Cost
    differing: str
    gap: Cost
    href: str
    is_on: bool


@dataclass
class CauseView:
    cause: str
    count: str
    money: Cost
    href: str
    is_on: bool


@dataclass
class LineView:
    """``amount`` is what may be asked back, as a form takes it; ``our_…`` is empty where not known."""

    id: str
    cause: str
    carrier: str
    number: str
    day: str
    weight: str
    our_weight: str
    zone: str
    our_zone: str
    word: str
    charged: Cost
    expected: Cost
    gap: Cost
    amount: Cost


@dataclass
class ClaimView:
    id: str
    status: str
    cause: str
    carrier: str
    number: str
    day: str
    claimed: Cost
    accepted: Cost
    credited: Cost
    amount: Cost
    note: str
    answer: str
    since: str
    since_exact: str
    by: str
    is_late: bool


@dataclass
class TermsView:
    carrier: str
    grams: str
    percent: str


@dataclass
class AskedView:
    name: str
    value: str


@dataclass
class FreightView:
    lines: str = "0"
    share: str = ""
    open: str = "0"
    open_money: Cost = ""
    waiting: str = "0"
    waiting_money: Cost = ""
    credited: Cost = ""
    months: list[MonthView] = field(default_factory=list)
    causes: list[CauseView] = field(default_factory=list)
    differences: list[LineView] = field(default_factory=list)
    claims: list[ClaimView] = field(default_factory=list)
    terms: list[TermsView] = field(default_factory=list)
    of_carrier: str = ""
    of_month: str = ""
    asked: list[AskedView] = field(default_factory=list)
    next: Cost = ""
    first: str = ""
    claims_next: str = ""
    claims_first: str = ""
    is_over: bool = False


@dataclass
class CountView:
    cause: str
    count: str


@dataclass
class BillView:
    """``problem`` says why it cannot be taken, ``rows`` which rows are wrong."""

    mark: str = ""
    name: str = ""
    carrier: str = ""
    days: str = ""
    lines: str = ""
    fresh: str = ""
    charged: Cost = ""
    gap: Cost = ""
    causes: list[CountView] = field(default_factory=list)
    problem: str = ""
    rows: Annotated[list[str], FieldGroup.COST] = field(default_factory=list)
    is_known: bool = False


@dataclass(frozen=True)
class FreightQuery:
    lines: LineQuery
    is_over: bool = False
    claims_after: int = 0


def query_of(given: Mapping[str, str]) -> FreightQuery:
    """What a link asks for; what it cannot mean is left out."""
    carrier, cause, month = given.get("carrier", ""), given.get("cause", ""), given.get("month", "")
    after = _AFTER.fullmatch(given.get("after", ""))
    return FreightQuery(
        LineQuery(
            carrier=Carrier(carrier) if carrier in list(Carrier) else None,
            month=month if _MONTH.fullmatch(month) else "",
            cause=FreightCause(cause) if cause in list(FreightCause) else None,
            after=(int(after[1]), int(after[2])) if after else None,
        ),
        is_over=given.get("claims") == "over",
        claims_after=number_of(given.get("claim", "")),
    )


def freight_view(session: Session, query: FreightQuery, now: datetime) -> FreightView:
    asked, stands = query.lines, freight.standing(session)
    rows, after = freight.line_rows(session, asked)
    claims, before = freight.claim_rows(session, now, is_over=query.is_over, before=query.claims_after)
    first = replace(query, claims_after=0)
    return FreightView(
        lines=f"{stands.lines:,}",
        share=f"{stands.agreed * 10000 // stands.lines / 100:.2f} %" if stands.lines else "",
        open=f"{stands.open:,}",
        open_money=money_text(stands.open_fen) if stands.open_fen else "",
        waiting=f"{stands.waiting:,}",
        waiting_money=money_text(stands.waiting_fen) if stands.waiting_fen else "",
        credited=money_text(stands.credited_fen),
        months=[_month(row, query) for row in freight.month_rows(session, business_day(now))],
        causes=[_cause(group, query) for group in freight.cause_groups(session, asked)],
        differences=[_line(row) for row in rows],
        claims=[_claim(row) for row in claims],
        terms=[_terms(one) for one in freight.tolerances(session)],
        of_carrier=asked.carrier or "",
        of_month=asked.month,
        asked=[
            AskedView(name, value) for name, value in _parts(replace(query, lines=replace(asked, after=None))).items()
        ],
        next=_address(replace(query, lines=replace(asked, after=after))) if after else "",
        first=_address(replace(query, lines=replace(asked, after=None))) if asked.after else "",
        claims_next=_address(replace(query, claims_after=before)) if before else "",
        claims_first=_address(first) if query.claims_after else "",
        is_over=query.is_over,
    )


def bill_view(mark: str, read: Read, weighed: Weighed) -> BillView:
    days = sorted({charge.day for charge in read.bill.charges})
    shown = [str(day) for day in dict.fromkeys([days[0], days[-1]])] if days else []
    return BillView(
        mark=mark,
        name=read.bill.name,
        carrier=read.bill.carrier,
        days=" – ".join(shown),
        lines=f"{weighed.lines:,}",
        fresh=f"{weighed.fresh:,}",
        charged=money_text(weighed.charged_fen),
        gap=money_text(weighed.gap_fen),
        causes=[CountView(cause, f"{weighed.causes[cause]:,}") for cause in FreightCause if weighed.causes[cause]],
        is_known=weighed.is_known,
    )


def _parts(query: FreightQuery) -> dict[str, str]:
    asked = query.lines
    parts = {
        "carrier": str(asked.carrier or ""),
        "month": asked.month,
        "cause": str(asked.cause or ""),
        "after": "-".join(map(str, asked.after)) if asked.after else "",
        "claims": "over" if query.is_over else "",
        "claim": str(query.claims_after or ""),
    }
    return {name: value for name, value in parts.items() if value}


def _address(query: FreightQuery) -> str:
    parts = urlencode(_parts(query))
    return f"{PATH}?{parts}" if parts else PATH


def _month(row: MonthRow, query: FreightQuery) -> MonthView:
    is_on = (query.lines.carrier, query.lines.month) == (row.carrier, row.month)
    only = LineQuery() if is_on else LineQuery(carrier=row.carrier, month=row.month)
    return MonthView(
        id=f"{row.carrier} {row.month}",
        carrier=row.carrier,
        month=row.month,
        lines=f"{row.lines:,}",
        charged=money_text(row.charged_fen),
        expected=money_text(row.expected_fen),
        differing=f"{row.differing:,}" if row.differing else "",
        gap=money_text(row.gap_fen) if row.gap_fen else "",
        href=_address(FreightQuery(only)),
        is_on=is_on,
    )


def _cause(group: CauseGroup, query: FreightQuery) -> CauseView:
    is_on = group.cause is query.lines.cause
    only = replace(query.lines, cause=None if is_on else group.cause, after=None)
    return CauseView(group.cause, f"{group.count:,}", money_text(group.gap_fen), _address(FreightQuery(only)), is_on)


def _line(row: LineRow) -> LineView:
    line, check = row.line, row.check
    return LineView(
        id=str(line.id),
        cause=check.cause,
        carrier=line.carrier,
        number=line.tracking_no,
        day=str(line.day),
        weight=_kilograms(line.grams),
        our_weight=_kilograms(check.our_grams),
        zone=line.zone,
        our_zone=check.our_province,
        word=line.word,
        charged=money_text(line.charged_fen),
        expected=money_text(check.expected_fen),
        gap=money_text(check.gap_fen),
        amount=yuan_text(check.gap_fen),
    )


def _claim(row: ClaimRow) -> ClaimView:
    claim, line = row.claim, row.line
    return ClaimView(
        id=str(claim.id),
        status=claim.status,
        cause=row.check.cause,
        carrier=line.carrier,
        number=line.tracking_no,
        day=str(line.day),
        claimed=money_text(claim.claimed_fen),
        accepted=money_text(claim.accepted_fen) if claim.accepted_fen else "",
        credited=money_text(row.credit.amount_fen) if row.credit else "",
        amount=yuan_text(claim.claimed_fen),
        note=claim.note,
        answer=row.credit.note if row.credit and row.credit.note else claim.answer,
        since=unix(claim.claimed_at),
        since_exact=exact(claim.claimed_at),
        by=claim.claimed_by,
        is_late=row.is_late,
    )


def _terms(one: FreightTerms) -> TermsView:
    return TermsView(one.carrier, str(one.tolerance_grams), str(one.tolerance_percent))


def _kilograms(grams: int) -> str:
    return f"{grams / 1000:g} kg" if grams else ""
