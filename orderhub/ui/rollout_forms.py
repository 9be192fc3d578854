"""How does the present system's export reach the hub? A native form with a file, compared before it is answered."""

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.rollout import FormerUploaded
from orderhub.domain.shop import shop_named
from orderhub.intake.former import MOST_BYTES, Uploaded, take_export
from orderhub.intake.rollout_watch import compare_uploads
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import record
from orderhub.ui import plain
from orderhub.ui.rollout_view import PATH
from orderhub.ui.signed_door import signed_door


async def upload_export(request: Request, user: Signed) -> Response:
    async with request.form(max_files=1, max_fields=2) as form:
        file, code = form.get("file"), form.get("shop", "")
        if not isinstance(file, UploadFile) or not file.size:
            raise BadInput("file: choose the export first", field="file", problem="file_missing")
        raw = await file.read(MOST_BYTES + 1)
    code = code[:64] if isinstance(code, str) else ""
    uploaded = await run_in_threadpool(_take, user, code, raw)
    said = {"shop": code, "rows": uploaded.rows}
    if uploaded.wrong:
        said |= {"wrong": len(uploaded.wrong), "first": uploaded.wrong[0][:100]}
    return plain.go(f"{PATH}?{urlencode(said)}")


def _take(user: Signed, code: str, raw: bytes) -> Uploaded:
    now = utc_now()
    with acting(user, Permission.ROLLOUT_CHANGE) as session:
        shop = shop_named(session, code)
        uploaded = take_export(session, shop, raw, by=user.name, now=now)
        record(session, FormerUploaded(shop.id, uploaded.rows), actor=user.name, now=now)
    compare_uploads(utc_now())
    return uploaded


routes: list[Route] = [signed_door(upload_export, f"{PATH}/export", Permission.ROLLOUT_CHANGE, page=PATH)]
