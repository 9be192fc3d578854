"""How are the closed loop's figures taken away? As a table of counts and sums, from which every share divides."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission, Role
from orderhub.access.sessions import Signed
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.words import Channel
from orderhub.insights.closure import ClosureBy, closure_by
from orderhub.intake.files.workbook import Cell
from orderhub.kernel.clock import utc_now
from orderhub.kernel.eventlog import SYSTEM, Happening
from orderhub.ui.closure_view import PATH, ClosureQuery, closure_query
from orderhub.ui.download import Download, Given, asked_of, give
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import label_text, tr

_NAMES = (
    "loop_key",
    "loop_count",
    "loop_seconds_detect",
    "loop_resolved",
    "loop_seconds_resolve",
    "loop_by_people",
    "loop_first_right",
    "loop_complained",
    "loop_due",
    "loop_in_time",
    "loop_in_time_reopened",
)


@dataclass(frozen=True)
class ClosureExported(Happening):
    """Somebody took ``rows`` of the closed loop's figures away as a file."""

    subject_type: ClassVar[str] = "anomaly"
    what: str
    form: str
    rows: int


async def give_closure(request: Request, user: Signed) -> Response:
    """The rows of the page, as counts and seconds."""
    asked, query = asked_of(request, ("loop",), default="loop"), closure_query(request.query_params)

    def rows(session: Session) -> Iterator[list[Cell]]:
        now = utc_now()
        for key, row in closure_by(session, query.asked(now), query.by, now).items():
            yield [key_text(asked.lang, query, key), *(round(value) for value in astuple(row))]

    made = Download("closed-loop", "loop_title", _NAMES, rows, Permission.ANOMALY_READ, _happened)
    return await give(made, asked, user)


def key_text(lang: str, query: ClosureQuery, key: str) -> str:
    """What a row is of, in the reader's words."""
    if query.by is ClosureBy.KIND:
        return label_text(lang, AnomalyKind(key))
    if query.by is ClosureBy.CHANNEL:
        return label_text(lang, Channel(key)) if key else tr(lang, "loop_no_channel")
    if query.by is ClosureBy.OWNER:
        return label_text(lang, Role(key))
    if query.by is ClosureBy.PERSON:
        return {"": tr(lang, "loop_nobody"), SYSTEM: tr(lang, "loop_by_itself")}.get(key, key)
    return key


def _happened(given: Given) -> ClosureExported:
    return ClosureExported(0, given.what, given.form, given.rows)


routes: list[Route] = [signed_door(give_closure, f"{PATH}/download", Permission.ANOMALY_READ, page=PATH, method="GET")]
