"""How do the interceptions of a period get into a table of the merchant's own? By a download."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.insights.interception import InterceptionQuery, every
from orderhub.kernel.clock import business_day, shanghai_text, utc_now
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.safe_cells import safe_cell
from orderhub.kernel.sight import looking
from orderhub.ui.interception_view import PATH, query_of
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import label_text, tr

_COLUMNS = (
    "channel",
    "interception_order_no",
    "interception_refund_no",
    "interception_gate",
    "status",
    "interception_asked",
    "interception_hear",
    "interception_stop",
    "interception_answer",
    "interception_tell",
)


@dataclass(frozen=True)
class InterceptionsExported(Happening):
    subject_type: ClassVar[str] = "interception"
    since: str
    until: str


async def give_interceptions(request: Request, user: Signed) -> Response:
    """The cases of the period as CSV; the first line says who took it away and when."""
    lang = "en" if request.cookies.get("oh_lang") == "en" else "zh"
    now = utc_now()
    asked = query_of(request.query_params, business_day(now)).asked
    text = await run_in_threadpool(_exported, user, asked, lang, now)
    headers = {"content-disposition": 'attachment; filename="interception.csv"', "cache-control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _exported(user: Signed, asked: InterceptionQuery, lang: str, now: datetime) -> str:
    with acting(user, Permission.AFTERSALE_READ) as session:
        taken = InterceptionsExported(0, asked.since.isoformat(), asked.until.isoformat())
        record(session, taken, actor=user.name, now=now)
        made = io.StringIO()
        table = csv.writer(made)
        table.writerow([safe_cell(tr(lang, "interception_exported", who=user.name, when=shanghai_text(now)))])
        table.writerow([tr(lang, name) for name in _COLUMNS])
        with looking(session):
            table.writerows([safe_cell(cell) for cell in row] for row in _rows(session, asked, lang))
    return f"\ufeff{made.getvalue()}"


def _rows(session: Session, asked: InterceptionQuery, lang: str) -> Iterator[list[str]]:
    for one, refund_no, order_no in every(session, asked):
        moments = (one.asked_at, one.heard_at, one.stopped_at, one.answered_at, one.told_at)
        yield [
            label_text(lang, one.channel),
            order_no,
            refund_no,
            label_text(lang, one.gate),
            label_text(lang, one.outcome),
            *(shanghai_text(moment) if moment else "" for moment in moments),
        ]


routes: list[Route] = [
    signed_door(give_interceptions, f"{PATH}/download", Permission.AFTERSALE_READ, page=PATH, method="GET"),
]
