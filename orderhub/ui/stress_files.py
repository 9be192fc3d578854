"""How does a load test leave the hub? As the page that needs nothing else, as JSON, and drawn for the screen."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.kernel.errors import BadInput
from orderhub.stress.drawing import charts
from orderhub.stress.report import load, path_of
from orderhub.ui.signed_door import signed_door
from orderhub.ui.stress_view import PATH

_KINDS = {"html": "text/html; charset=utf-8", "json": "application/json", "svg": "image/svg+xml"}


async def give_report(request: Request, user: Signed) -> Response:
    run, ending = request.query_params.get("run", ""), request.query_params.get("as", "")
    content = await run_in_threadpool(_content, run, ending)
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "content-disposition": "inline" if ending == "svg" else f'attachment; filename="stress-{run}.{ending}"',
    }
    return Response(content, media_type=_KINDS[ending], headers=headers)


def _content(run: str, ending: str) -> bytes:
    """Raises: BadInput: no such report."""
    if ending == "svg" and (report := load(run)):
        return charts(report).encode()
    path = path_of(run, ending)
    if path is None or not path.exists():
        raise BadInput(f"run: no report {run[:32]!r}", field="run", problem="stress_gone")
    return path.read_bytes()


routes: list[Route] = [signed_door(give_report, f"{PATH}/file", Permission.STRESS_READ, page=PATH, method="GET")]
