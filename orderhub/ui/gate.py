"""May this browser event run? Everything is refused that no rule here lets through.

Any websocket client can name any handler of any state (docs/decisions: Reflex), so one middleware stands before all
of them: it finds the login from the handshake's cookie, ties the tab's state to that login, and lets a handler run
only with a permission tag the login holds and arguments of the annotated types.
"""

# ruff: noqa: SLF001  (Reflex offers its middleware nothing public to reset and to resolve a state)
import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, TypeVar

import reflex as rx
import structlog
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, State, StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext

from orderhub.access import sessions
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import NotSignedIn
from orderhub.kernel.patience import somebody_waits
from orderhub.kernel.sight import NOTHING, FieldGroup, see_as
from orderhub.ui.gate_arguments import bind_arguments, keep_storage_vars
from orderhub.ui.gate_socket import SocketGuard, send_to_login

Handler = TypeVar("Handler", bound=Callable[..., Any])

_PERMISSION = "__orderhub_permission__"
_BY_ITSELF = "__orderhub_by_itself__"
_running: ContextVar[Event | None] = ContextVar("running", default=None)
_ROOT = State.get_full_name()

# What Reflex's own front end sends; none of it reads or writes a word of ours beyond browser-storage preferences.
FRAMEWORK_EVENTS = frozenset(
    {
        f"{_ROOT}.hydrate",
        f"{_ROOT}.hydrate_and_load",
        f"{_ROOT}.set_is_hydrated",
        f"{_ROOT}.reflex___state____on_load_internal_state.on_load_internal",
        f"{_ROOT}.reflex___state____on_load_internal_state.set_is_hydrated",
        f"{_ROOT}.reflex___state____update_vars_internal_state.update_vars_internal",
    }
)
# Registered by Reflex, never let through: its argument goes to the log raw, and its answer needs eval.
_REFUSED_FRAMEWORK_EVENTS = frozenset(
    {f"{_ROOT}.reflex___state____frontend_event_exception_state.handle_frontend_exception"}
)


def needs(permission: Permission, *, by_itself: bool = False) -> Callable[[Handler], Handler]:
    """Tag a handler with the permission it asks for; stands below ``@rx.event``.

    ``by_itself``: the page calls it without a person (a live refresh), so it does not keep a login from idling out.
    """

    def tag(handler: Handler) -> Handler:
        setattr(handler, _PERMISSION, permission)
        setattr(handler, _BY_ITSELF, by_itself)
        return handler

    return tag


class Who(rx.State):
    """For showing and hiding only; the gate, ``acting`` and the veil decide.

    ``refused`` names what was just not allowed, ``hides`` the groups of fields that are not drawn.
    """

    _mark: str = ""
    name: str = ""
    display_name: str = ""
    role: str = ""
    role_name: str = ""
    permissions: list[str] = []
    hides: str = ""
    refused: str = ""

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    def dismiss(self) -> None:
        self.refused = ""


async def signed(state: BaseState) -> Signed:
    """Who sent the event that is running; asked anew each time, so a long task notices the end of its login.

    Raises:
        NotSignedIn: the login has ended.
    """
    found = await _look_up(EventContext.get().router_data, touch=False)
    if found is None:
        raise NotSignedIn("the login has ended: sign in again")
    return found


def running_event() -> Event | None:
    """The event that is being answered, as it came: to ask for it again once its sender has proved who they are."""
    return _running.get()


def ungated_handlers() -> list[str]:
    """Registered handlers that no rule names; ``setvar`` is always refused and counts as ruled."""
    ruled = FRAMEWORK_EVENTS | _REFUSED_FRAMEWORK_EVENTS
    return sorted(
        name
        for name in RegistrationContext.get().event_handlers
        if name not in ruled and not name.endswith(".setvar") and _permission_of(name) is None
    )


def install(app: rx.App) -> None:
    """Put the gate before every event of ``app`` and the guard before every frame of its sockets."""
    app.add_middleware(Gate(), index=0)
    SocketGuard(app).install()


class Gate(Middleware):
    """Answers an event that may not run; lets the others pass."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        somebody_waits()
        router_data = event.router_data or EventContext.get().router_data
        found = await _look_up(router_data, touch=not _marked(event.name, _BY_ITSELF))
        see_as(found.sight if found else NOTHING)
        _running.set(replace(event, payload=dict(event.payload), router_data={}))  # before its arguments are bound
        await _tie(state, found)
        problem = _problem(found, event)
        if problem is None:
            return None
        structlog.get_logger().warning(
            "event_refused", handler=ascii(event.name)[:120], why=problem, user=found.name if found else ""
        )
        if found is None:
            await send_to_login(app, router_data)
        return await _refusal(state, event.name, problem)

    async def postprocess(self, app: rx.App, state: BaseState, event: Event, update: StateUpdate) -> StateUpdate:
        return update


async def _look_up(router_data: dict[str, Any], *, touch: bool) -> Signed | None:
    """The server fills ``headers`` from the handshake; an event without them came by no socket."""
    cookie = (router_data.get("headers") or {}).get("cookie", "")
    now = utc_now()
    return sessions.remembered(cookie, now) or await asyncio.to_thread(sessions.signed_in, cookie, now, touch=touch)


async def _tie(state: BaseState, found: Signed | None) -> None:
    """A tab's state belongs to one login; under another one, or none, it begins empty."""
    who = await state.get_state(Who)
    if who._mark != (found.session_mark if found else ""):
        state._get_root_state().reset()
        who._mark = found.session_mark if found else ""
    _show(who, found)


def _show(who: Who, found: Signed | None) -> None:
    """Assigning an equal value would send it again with every event."""
    shown: dict[str, Any] = dict.fromkeys(("name", "display_name", "role", "role_name", "hides"), "")
    shown |= {"permissions": []}
    if found:
        shown = {
            "name": found.name,
            "display_name": found.display_name,
            "role": str(found.role),
            "role_name": found.role_name,
            "permissions": sorted(map(str, found.permissions)),
            "hides": " ".join(sorted(frozenset(FieldGroup) - found.sight.fields)),
        }
    for name, value in shown.items():
        if getattr(who, name) != value:
            setattr(who, name, value)


def _problem(found: Signed | None, event: Event) -> str | None:
    permission = _permission_of(event.name)
    if found is None:
        return "not signed in"
    if event.name in FRAMEWORK_EVENTS:
        keep_storage_vars(event.payload)
    elif permission is None:
        return "no permission tag"
    elif permission not in found.permissions:
        return str(permission)
    return bind_arguments(RegistrationContext.get().event_handlers[event.name].handler.fn, event.payload)


def _permission_of(name: str) -> Permission | None:
    return None if name.endswith(".setvar") else _marked(name, _PERMISSION)


def _marked(name: str, mark: str) -> Any:
    registered = RegistrationContext.get().event_handlers.get(name)
    return getattr(registered.handler.fn, mark, None) if registered else None


async def _refusal(state: BaseState, name: str, problem: str) -> StateUpdate:
    """What has been emptied is sent, the event is not run."""
    who = await state.get_state(Who)
    if who._mark and problem == str(_permission_of(name)):
        who.refused = problem
    root = state._get_root_state()
    delta = await root._get_resolved_delta()
    root._clean()
    return StateUpdate(delta=delta)
