"""How does a file get from a browser to the hub, and its bad rows back? By a native form and a download."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.shop import shop_named
from orderhub.intake.files import imports
from orderhub.intake.files.bounds import MOST_BYTES
from orderhub.intake.files.imports import ImportState
from orderhub.intake.files.running import carry_on_beside
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.safe_cells import safe_cell
from orderhub.kernel.settings import settings
from orderhub.kernel.veil import sees_raw
from orderhub.ui import plain
from orderhub.ui.import_text import problem_words
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import tr

_PERMISSION = Permission.ORDER_IMPORT


async def take_file(request: Request, user: Signed) -> Response:
    """Keep the file and begin to read it; the page shows the rest."""
    async with request.form(max_files=1, max_fields=5) as form:
        file, shop = form.get("file"), form.get("shop", "")
        if not isinstance(file, UploadFile) or not file.filename or not file.size:
            raise BadInput("file: choose one", field="file", problem="file_missing")
        if file.size > MOST_BYTES:
            raise BadInput(f"file: {file.size} bytes", field="file", problem="file_too_large")
        code = shop[:64] if isinstance(shop, str) else ""
        mark = await run_in_threadpool(_received, user, file, code, utc_now())
    carry_on_beside(mark, ImportState.READING)
    return plain.go(f"/import?id={mark}")


async def wrong_rows(request: Request, user: Signed) -> Response:
    """The rows that were not taken, as they stand in the file, with the reason; spreadsheets read it as text."""
    lang = "en" if request.cookies.get("oh_lang") == "en" else "zh"
    rows = _wrong_rows(request.query_params.get("id", "")[:64])
    first = await run_in_threadpool(next, rows)
    headers = {
        "content-disposition": 'attachment; filename="wrong-rows.csv"',
        "cache-control": "no-store",
    }
    return StreamingResponse(_csv(first["header"], rows, lang), media_type="text/csv; charset=utf-8", headers=headers)


def _wrong_rows(mark: str) -> Iterator[dict[str, Any]]:
    with reading() as session:
        imports.import_marked(session, mark)
    yield from imports.wrong_rows(mark)


def _csv(header: list[str], rows: Iterator[dict], lang: str) -> Iterator[str]:
    """The cells are as the file had them: whoever may not see all of an order gets the reasons alone."""
    header = header if sees_raw() else []
    more = [tr(lang, "import_row"), tr(lang, "import_column"), tr(lang, "import_reason")]
    yield "\ufeff" + _line([*header, *more])
    for row in rows:
        cells = [*row["cells"][: len(header)], *[""] * (len(header) - len(row["cells"]))]
        yield _line([*cells, str(row["row"]), row["column"], problem_words(lang, row["problem"], row["problem"])])


def _line(cells: list[str]) -> str:
    made = io.StringIO()
    csv.writer(made).writerow([safe_cell(cell) for cell in cells])
    return made.getvalue()


def _received(user: Signed, file: UploadFile, shop: str, now: datetime) -> str:
    folder = settings().data_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=folder)
    source = Path(name)
    try:
        with open(descriptor, "wb") as target:  # noqa: PTH123  (a descriptor, not a path)
            shutil.copyfileobj(file.file, target)
        with acting(user, _PERMISSION) as session:
            shop_id = shop_named(session, shop).id if shop else None
            found = imports.receive(session, source, file.filename or "", shop_id=shop_id, by=user.name, now=now)
            imports.start(session, found.mark, ImportState.READING, now=now)
            return found.mark
    finally:
        with suppress(OSError):
            source.unlink()


routes: list[Route] = [
    signed_door(take_file, "/import/file", _PERMISSION, page="/import"),
    signed_door(wrong_rows, "/import/wrong", _PERMISSION, page="/import", method="GET"),
]
