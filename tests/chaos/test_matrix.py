"""What does each action come to while something fails? Answered in time, nothing of the inside told, nothing lost.

docs/guarantees.md, "What fails, and what happens then", says in words what the table here expects.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache

import pytest

from .far import far, why_not
from .hubs import wait_until
from .matrix import ACTIONS, AGAIN_SECONDS, PARTNER, Outcome, World, world
from .postgres import cluster
from .proxy import proxied

pytestmark = pytest.mark.timeout(500)
MOST_SECONDS, SLOW_SECONDS = 10.0, 3.0
_WORKS: dict[str, str] = dict.fromkeys(ACTIONS, "works")
_REFUSED: dict[str, str] = dict.fromkeys(ACTIONS, "refused")
_WRITERS = ("accept", "login", "export", "ship", "refund")  # who exports is written down
ON_POSTGRES = {"away": _REFUSED, "slow": _REFUSED, "exhausted": _REFUSED, "frozen": _REFUSED}
FAR_AWAY = {"silent": _REFUSED}
ON_SQLITE = {
    "redisless": _WORKS,
    "locked": _WORKS,
    "blocked": _WORKS | dict.fromkeys(_WRITERS, "refused"),
    "nameless": _WORKS | {"ship": "queued", "refund": "queued"},
}
EXPECTED = ON_SQLITE | ON_POSTGRES | FAR_AWAY

Fault = Callable[[World], AbstractContextManager[None]]
Met = Callable[[str], Outcome]


def _marks(fault: str) -> list[pytest.MarkDecorator]:
    if fault in FAR_AWAY:
        return [pytest.mark.services, pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can")]
    return [pytest.mark.services] if fault in ON_POSTGRES else []


FAULTS = [pytest.param(fault, marks=_marks(fault), id=fault) for fault in EXPECTED]
CELLS = [
    pytest.param(fault, action, marks=_marks(fault), id=f"{fault}-{action}") for fault in EXPECTED for action in ACTIONS
]


@pytest.mark.parametrize(("fault", "action"), CELLS)
def test_a_cell_of_the_matrix(met: Met, fault: str, action: str):
    answer, again = met(fault).during[action], met(fault).again[action]
    assert (answer.said, answer.leaks) == (EXPECTED[fault][action], ())
    assert answer.seconds < MOST_SECONDS
    assert again < AGAIN_SECONDS


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_or_doubled(met: Met, fault: str):
    assert met(fault).kept == 1
    assert set(met(fault).told) == {1}


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    """What a fault came to; it is met once, when the first of its cells is looked at."""
    with ExitStack() as stack:

        @cache
        def on_sqlite() -> tuple[World, dict[str, Fault]]:
            folder = tmp_path_factory.mktemp("sqlite")
            url = f"sqlite:///{folder / 'orderhub.db'}"
            return stack.enter_context(world(url, url, folder)), {
                "redisless": _redisless,
                "locked": lambda hub: _locked(hub, 5),
                "blocked": lambda hub: _locked(hub, 15),
                "nameless": _nameless,
            }

        @cache
        def on_postgres() -> tuple[World, dict[str, Fault]]:
            server = stack.enter_context(cluster())
            network = stack.enter_context(proxied(server.port))

            @contextmanager
            def bad(mode: str) -> Iterator[None]:
                network.mode, network.seconds = mode, SLOW_SECONDS / 2  # there and back
                try:
                    yield
                finally:
                    network.mode = "pass"

            through = server.url.replace(str(server.port), str(network.port))
            made = stack.enter_context(world(server.url, through, tmp_path_factory.mktemp("postgres")))
            return made, {
                "away": lambda _: bad("cut"),
                "slow": lambda _: bad("delay"),
                "exhausted": _exhausted,
                "frozen": lambda _: server.frozen(),
            }

        @cache
        def far_away() -> tuple[World, dict[str, Fault]]:
            there = stack.enter_context(far())
            server = stack.enter_context(cluster(there))
            made = stack.enter_context(world(server.url, server.url, tmp_path_factory.mktemp("far")))
            return made, {"silent": lambda _: there.swallows()}

        where = dict.fromkeys(ON_SQLITE, on_sqlite) | dict.fromkeys(ON_POSTGRES, on_postgres)
        where |= dict.fromkeys(FAR_AWAY, far_away)

        @cache
        def meet(fault: str) -> Outcome:
            hub, faults = where[fault]()
            return hub.meet(faults[fault](hub))

        yield meet


@contextmanager
def _redisless(hub: World) -> Iterator[None]:
    """One is named to the hub and nobody is there: it must never ask."""
    yield
    assert "redis" not in hub.hub.log.read_text().lower()


@contextmanager
def _exhausted(hub: World) -> Iterator[None]:
    hub.drill("hold", readers=8, writers=8, seconds=12)
    yield


@contextmanager
def _locked(hub: World, seconds: int) -> Iterator[None]:
    hub.drill("hold", readers=0, writers=1, seconds=seconds)
    yield


@contextmanager
def _nameless(hub: World) -> Iterator[None]:
    hub.drill("lose", name=PARTNER)
    try:
        yield
        wait_until(lambda: hub.put_off() >= 2, seconds=AGAIN_SECONDS, every=0.2)  # the parcel and the answer
    finally:
        hub.drill("lose", name="")
