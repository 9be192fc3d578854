"""How do the keys of an account for notices reach the hub? By native forms, as a carrier's do."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation.notifier_keyring import NotifierDraft, check_notifier, connect_notifier, switch_notifier
from orderhub.domain.words import NotifierKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput, PartnerRefused, PartnerUnavailable
from orderhub.ui import plain
from orderhub.ui.signed_door import signed_door

PAGE = "/system"
_FIELDS = ("code", "kind", "name", "app_no", "secret", "sign_name", "sdk_app_no")


async def save_notifier(request: Request, user: Signed) -> Response:
    form = await plain.fields(request, *_FIELDS)
    if form["kind"] not in list(NotifierKind):
        raise BadInput("kind: there is none of that name", field="kind", problem="no_notifier")
    draft = NotifierDraft(**form | {"kind": NotifierKind(form["kind"])})  # type: ignore[arg-type]

    def save() -> str:
        with acting(user, Permission.NOTIFIER_CONNECT) as session:
            return connect_notifier(session, draft, by=user.name, now=utc_now()).code

    return plain.go(f"{PAGE}?done=notifier_saved&n={await run_in_threadpool(save)}")


async def try_notifier(request: Request, user: Signed) -> Response:
    code = (await plain.fields(request, "code"))["code"]
    await _from_partner(lambda: check_notifier(code))
    return plain.go(f"{PAGE}?done=notifier_tested&n={code}")


async def turn_notifier(request: Request, user: Signed) -> Response:
    form = await plain.fields(request, "code", "is_active")

    def turn() -> None:
        with acting(user, Permission.NOTIFIER_CONNECT) as session:
            switch_notifier(session, form["code"], is_active=form["is_active"] == "yes", by=user.name, now=utc_now())

    await run_in_threadpool(turn)
    return plain.go(f"{PAGE}?done=notifier_saved&n={form['code']}")


async def _from_partner(ask: Callable[[], None]) -> None:
    try:
        await run_in_threadpool(ask)
    except PartnerUnavailable as error:
        raise BadInput(str(error), field="notifier", problem="notifier_unreachable") from error
    except PartnerRefused as error:
        raise BadInput(str(error), field="notifier", problem="notifier_refused") from error


routes: list[Route] = [
    signed_door(save_notifier, "/notifiers", Permission.NOTIFIER_CONNECT, page=PAGE),
    signed_door(try_notifier, "/notifiers/test", Permission.NOTIFIER_CONNECT, page=PAGE),
    signed_door(turn_notifier, "/notifiers/turn", Permission.NOTIFIER_CONNECT, page=PAGE),
]
