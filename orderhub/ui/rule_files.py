"""How do rules leave and enter by a browser? As one YAML file, by native forms."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.rules import readable, versions
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui import plain
from orderhub.ui.numbers import number_of
from orderhub.ui.signed_door import signed_door

PAGE = "/studio/rules"


async def export(request: Request, user: Signed) -> Response:
    """The version asked for by ``?version=``, else what decides now."""
    wanted = request.query_params.get("version", "")

    def read() -> str:
        with reading() as session:
            if wanted:
                return readable.rules_yaml(versions.rules_of(session, number_of(wanted)))
            return readable.rules_yaml(versions.live_rules(session).rules)

    headers = {"content-disposition": 'attachment; filename="rules.yaml"', "cache-control": "no-store"}
    return Response(await run_in_threadpool(read), media_type="application/yaml; charset=utf-8", headers=headers)


async def take(request: Request, user: Signed) -> Response:
    """Read a file in as the draft, in the stead of the one that stands."""
    text = await _file(request)

    def keep() -> None:
        given = readable.read_yaml(text)
        with acting(user, Permission.RULE_CHANGE) as session:
            standing = versions.open_version(session, lock=True)
            revision = standing.revision if standing else 0
            versions.save_draft(session, given, revision=revision, by=user.name, now=utc_now())

    await run_in_threadpool(keep)
    return plain.go(f"{PAGE}?said=imported")


async def _file(request: Request) -> str:
    async with request.form(max_files=1, max_fields=5) as form:
        given = form.get("file")
        if not isinstance(given, UploadFile) or not given.size:
            raise BadInput("no file came", field="file", problem="rule_no_file")
        content = await given.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("the file is not UTF-8", field="file", problem="rule_not_text") from error


routes: list[Route] = [
    signed_door(export, f"{PAGE}/export", Permission.RULE_READ, page=PAGE, method="GET"),
    signed_door(take, f"{PAGE}/import", Permission.RULE_CHANGE, page=PAGE, tells=("line", "field")),
]
