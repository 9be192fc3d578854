"""How do a tracker's keys reach the hub? By native forms."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.tracker_account import TrackerKind
from orderhub.intake.tracker_keyring import TrackerDraft, connect_tracker, switch_tracker
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput
from orderhub.ui import plain
from orderhub.ui.numbers import number_of
from orderhub.ui.signed_door import signed_door

SYSTEM = "/system"
_FIELDS = ("code", "kind", "name", "customer", "key", "phone_tail", "daily_quota", "ask_after_hours")


async def save_tracker(request: Request, user: Signed) -> Response:
    form = await plain.fields(request, *_FIELDS)
    if form["kind"] not in list(TrackerKind):
        raise BadInput("kind: there is none of that name", field="kind", problem="tracker_number")
    draft = TrackerDraft(
        code=form["code"],
        kind=TrackerKind(form["kind"]),
        name=form["name"],
        customer=form["customer"],
        key=form["key"],
        phone_tail=form["phone_tail"].strip(),
        daily_quota=_whole(form["daily_quota"], 0),
        ask_after_hours=_whole(form["ask_after_hours"], 6),
    )

    def save() -> str:
        with acting(user, Permission.CARRIER_CONNECT) as session:
            return connect_tracker(session, draft, by=user.name, now=utc_now()).code

    return plain.go(f"{SYSTEM}?done=tracker_saved&n={await run_in_threadpool(save)}")


async def turn_tracker(request: Request, user: Signed) -> Response:
    form = await plain.fields(request, "code", "is_active")

    def turn() -> None:
        with acting(user, Permission.CARRIER_CONNECT) as session:
            switch_tracker(session, form["code"], is_active=form["is_active"] == "yes", by=user.name, now=utc_now())

    await run_in_threadpool(turn)
    return plain.go(f"{SYSTEM}?done=tracker_saved&n={form['code']}")


def _whole(text: str, otherwise: int) -> int:
    """Raises: BadInput: neither empty nor a whole number."""
    if text.strip() and not (text.strip().isascii() and text.strip().isdigit()):
        raise BadInput("needs a whole number", problem="tracker_number")
    return number_of(text) if text.strip() else otherwise


routes: list[Route] = [
    signed_door(save_tracker, "/trackers", Permission.CARRIER_CONNECT, page=SYSTEM),
    signed_door(turn_tracker, "/trackers/turn", Permission.CARRIER_CONNECT, page=SYSTEM),
]
