"""How does a statement get from a browser to the hub? By a native form."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.shop import shop_named
from orderhub.intake.files.bounds import MOST_BYTES
from orderhub.intake.statements import uploads
from orderhub.intake.statements.reading import BadStatementRow
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.ui import plain
from orderhub.ui.import_text import PROBLEMS
from orderhub.ui.refusals import refusal_text
from orderhub.ui.settlement_view import PATH
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import tr


async def take_file(request: Request, user: Signed) -> Response:
    """Keep the file; the page shows what is in it and asks whether to take it."""
    async with request.form(max_files=1, max_fields=5) as form:
        file, shop = form.get("file"), form.get("shop", "")
        if not isinstance(file, UploadFile) or not file.filename or not file.size:
            raise BadInput("file: choose one", field="file", problem="file_missing")
        if file.size > MOST_BYTES:
            raise BadInput(f"file: {file.size} bytes", field="file", problem="file_too_large")
        mark = await run_in_threadpool(_kept, user, file, shop[:64] if isinstance(shop, str) else "")
    return plain.go(f"{PATH}?{urlencode({'file': mark})}")


def refusal_words(lang: str, error: RuleBroken) -> str:
    """A row that cannot be read is named, with the reason."""
    if isinstance(error, BadStatementRow):
        reason = error.__cause__
        said = refusal_words(lang, reason) if isinstance(reason, BadInput) else str(error)
        return tr(lang, "statement_row_n", row=error.row, reason=said)
    if isinstance(error, NotFound):
        return tr(lang, "problem_statement_shop_unknown")
    if isinstance(error, BadInput) and (pair := PROBLEMS.get(error.problem)):
        return pair[lang == "en"]
    return refusal_text(lang, error)


def _kept(user: Signed, file: UploadFile, shop: str) -> str:
    descriptor, name = tempfile.mkstemp()
    source = Path(name)
    try:
        with open(descriptor, "wb") as target:  # noqa: PTH123  (a descriptor, not a path)
            shutil.copyfileobj(file.file, target)
        with acting(user, Permission.SETTLEMENT_CHANGE) as session:
            if shop:
                shop_named(session, shop)
            return uploads.keep(source, (file.filename or "")[:200], shop=shop).mark
    finally:
        with suppress(OSError):
            source.unlink()


routes: list[Route] = [
    signed_door(take_file, "/settlement/file", Permission.SETTLEMENT_CHANGE, page=PATH),
]
