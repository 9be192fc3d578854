"""Does every door of the real hub ask for something? Read in a process of its own: tests define states too."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

_LIST = """
import json
import orderhub.app
from orderhub.ui.gate import FRAMEWORK_EVENTS, Gate, ungated_handlers
from orderhub.ui.gate_arguments import unreadable_annotations
from orderhub.ui.headers import _is_public
from reflex_base.registry import RegistrationContext
from reflex_base.utils.exceptions import ReflexError

hub = orderhub.app.app
handlers = RegistrationContext.get().event_handlers

def asked(route):
    marks = [getattr(route.endpoint, "public", None), getattr(route.endpoint, "needs", None)]
    waiting = [getattr(route, "dependant", None)]
    while waiting:
        one = waiting.pop()
        if one is not None:
            marks.append(getattr(one.call, "needs", None) or getattr(one.call, "public", None))
            waiting.extend(one.dependencies)
    return any(marks)

def spread(routes):
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "routes", None)
        if hasattr(route, "endpoint"):
            yield route
        elif hasattr(inner, "routes"):
            yield from spread(inner.routes)
        elif inner:
            yield from spread(inner)

web = next(one for one in hub.api_transformer if hasattr(one, "router"))
routes = list(spread(web.router.routes))
ours = [name for name in handlers if not name.endswith(".setvar") and name not in FRAMEWORK_EVENTS]
print(json.dumps({
    "ungated": ungated_handlers(),
    "loose": sorted(n for n in ours if ".reflex___" not in n and unreadable_annotations(handlers[n].handler.fn)),
    "handlers": len(ours),
    "gates": sum(isinstance(one, Gate) for one in hub._middlewares),
    "guarded": hub.event_namespace is not None and "on_event" in vars(hub.event_namespace),
    "routes": sorted(route.path for route in routes),
    "open_routes": sorted(route.path for route in routes if _is_public(route.path) and not asked(route)),
    "uploads": [route.path for route in routes if "upload" in route.path],
}))
"""


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    environment = {"ORDERHUB_DATA_DIR": str(tmp_path_factory.mktemp("doors")), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-W", "ignore", "-c", _LIST]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout.splitlines()[-1])


def test_every_handler_asks_for_a_permission(doors: dict[str, Any]):
    assert doors["ungated"] == []
    assert doors["handlers"] > 1


def test_every_handler_says_the_types_of_its_arguments(doors: dict[str, Any]):
    assert doors["loose"] == []


def test_one_gate_and_its_socket_guard_stand_before_the_hub(doors: dict[str, Any]):
    assert (doors["gates"], doors["guarded"]) == (1, True)


def test_every_route_open_to_strangers_says_so(doors: dict[str, Any]):
    assert "/login" in doors["routes"]
    assert doors["open_routes"] == []


def test_there_is_no_upload_route(doors: dict[str, Any]):
    assert doors["uploads"] == []
