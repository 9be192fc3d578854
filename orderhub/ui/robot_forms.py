"""How do a group chat's key and secret reach the hub? By native forms: they pass through no event and no log."""

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation.robot_keyring import RobotDraft, connect_robot, try_robot
from orderhub.domain.robot import robot_of
from orderhub.domain.words import RobotFault, RobotKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, PartnerError, TooMany
from orderhub.ui import plain
from orderhub.ui.numbers import number_of
from orderhub.ui.robot_view import PATH
from orderhub.ui.signed_door import signed_door


async def save_robot(request: Request, user: Signed) -> Response:
    form = await plain.fields(request, "id", "kind", "name", "key", "secret")
    if form["kind"] not in list(RobotKind):
        raise BadInput("kind: there is none of that name", field="kind", problem="robot_kind")
    draft = RobotDraft(RobotKind(form["kind"]), form["name"], form["key"], form["secret"], id=number_of(form["id"]))

    def save() -> str:
        with acting(user, Permission.ROBOT_CHANGE) as session:
            return connect_robot(session, draft, by=user.name, now=utc_now()).name

    return _done("robot_saved", await run_in_threadpool(save))


async def say_something(request: Request, user: Signed) -> Response:
    """What came of it is said in words: a chat answers HTTP 200 whatever happens."""
    robot_id = number_of((await plain.fields(request, "id"))["id"])

    def name() -> str:
        with reading() as session:
            return robot_of(session, robot_id).name

    known = await run_in_threadpool(name)
    try:
        await run_in_threadpool(try_robot, robot_id, by=user.name)
    except TooMany as error:
        raise BadInput(str(error), field="id", problem="robot_in_turn") from error
    except PartnerError as error:
        raise BadInput(str(error), field="id", problem=_problem(error)) from error
    return _done("robot_tested", known)


def _problem(error: PartnerError) -> str:
    """The fault that the connector named behind the platform's own code."""
    fault = error.partner_code.rpartition(" ")[2]
    return f"robot_{fault}" if fault in list(RobotFault) else "robot_unreachable"


def _done(what: str, name: str) -> Response:
    return plain.go(f"{PATH}?{urlencode({'done': what, 'n': name})}")


routes: list[Route] = [
    signed_door(save_robot, "/robots", Permission.ROBOT_CHANGE, page=PATH),
    signed_door(say_something, "/robots/test", Permission.ROBOT_CHANGE, page=PATH),
]
