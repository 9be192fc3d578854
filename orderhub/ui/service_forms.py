"""How are the times of customer service taken away? By a download; its first line says who did, and when."""

import csv
import io

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.ticket import TicketKind
from orderhub.insights.service_times import Grouping, Spread, TimesRow, service_times
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.safe_cells import safe_cell
from orderhub.ui.service_times_view import PATH, TimesQuery, times_query
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import label_text, tr

_COLUMNS = (
    "times_by",
    "times_opened",
    "times_reply_median",
    "times_reply_p95",
    "times_decided",
    "times_decision_median",
    "times_decision_p95",
    "times_late",
    "times_right_first",
)


async def give_times(request: Request, user: Signed) -> Response:
    """The rows shown, in seconds, as CSV."""
    lang = "en" if request.cookies.get("oh_lang") == "en" else "zh"
    text = await run_in_threadpool(_written, user, times_query(request.query_params), lang)
    headers = {"content-disposition": 'attachment; filename="service-times.csv"', "cache-control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _written(user: Signed, query: TimesQuery, lang: str) -> str:
    now = utc_now()
    with reading() as session:
        rows = service_times(session, *query.bounds(now), query.by)
    made = io.StringIO()
    table = csv.writer(made)
    table.writerow([safe_cell(tr(lang, "times_exported", who=user.name, when=shanghai_text(now)))])
    table.writerow([tr(lang, name) for name in _COLUMNS])
    table.writerows([safe_cell(one) for one in _told(row, query.by, lang)] for row in rows)
    return f"\ufeff{made.getvalue()}"


def _told(row: TimesRow, by: Grouping, lang: str) -> list[str]:
    name = label_text(lang, TicketKind(row.key)) if by is Grouping.KIND else row.key or tr(lang, "ticket_nobody")
    share = f"{row.right_first / row.decision.count:.3f}" if row.decision.count else ""
    decided = [str(row.decision.count), *_seconds(row.decision)]
    return [name, str(row.opened), *_seconds(row.reply), *decided, str(row.late), share]


def _seconds(spread: Spread) -> list[str]:
    return ["" if one is None else str(one) for one in (spread.median, spread.p95)]


routes: list[Route] = [signed_door(give_times, f"{PATH}/download", Permission.TICKET_READ, page=PATH, method="GET")]
