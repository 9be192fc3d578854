"""How does a table of goods get from a browser to the hub and back? By a native form and a download."""

from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain import stock_upkeep
from orderhub.intake.stock_sheet import MOST_BYTES, export_sheet, import_sheet, read_sheet
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui import plain
from orderhub.ui.signed_door import signed_door


async def take_sheet(request: Request, user: Signed) -> Response:
    """All rows or none; who may not change SKUs may still count those that are there."""
    async with request.form(max_files=1, max_fields=2) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.size:
            raise BadInput("file: choose one", field="file", problem="sheet_missing")
        if file.size > MOST_BYTES:
            raise BadInput(f"file: {file.size} bytes", field="file", problem="sheet_too_long")
        content = await file.read()
    taken = await run_in_threadpool(_taken, user, content)
    return plain.go(f"/stock?imported={taken}")


async def give_sheet(request: Request, user: Signed) -> Response:
    headers = {"content-disposition": 'attachment; filename="stock.csv"', "cache-control": "no-store"}
    return StreamingResponse(_lines(), media_type="text/csv; charset=utf-8", headers=headers)


def _taken(user: Signed, content: bytes) -> int:
    rows, now = read_sheet(content), utc_now()
    with acting(user, Permission.STOCK_ADJUST) as session:
        may_add = Permission.SKU_CHANGE in user.permissions
        taken = import_sheet(session, rows, may_add=may_add, by=user.name, now=now)
        stock_upkeep.match_again(session, now=now)
        stock_upkeep.serve_waiting(session, now=now)
    return taken


def _lines() -> Iterator[str]:
    with reading() as session:
        yield from export_sheet(session)


routes: list[Route] = [
    signed_door(take_sheet, "/stock/import", Permission.STOCK_ADJUST, page="/stock", tells=("row",)),
    signed_door(give_sheet, "/stock/export", Permission.STOCK_READ, page="/stock", method="GET"),
]
