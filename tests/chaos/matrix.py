"""One hub with all its doors, and at each of them somebody who comes while something fails, and once more after it."""

import asyncio
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import Session, col, func, select

from orderhub.access.api_keys import make_key
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.automation.outbox import LEASE, OutboxKind, OutboxMessage, OutboxState
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.order import Order
from orderhub.domain.track import Track
from orderhub.domain.tracking_link import link_token
from orderhub.domain.words import Channel
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, close_database, reading
from orderhub.kernel.secrets import forget_keys
from orderhub.kernel.settings import settings
from orderhub.lab.app import create_lab
from tests import builders
from tests.databases import with_tables
from tests.flows.answering import do, told
from tests.flows.hub import Hub as Lab
from tests.flows.hub import served
from tests.flows.shipping import ship, told_by_order, work
from tests.security.conftest import PASSWORD, Hub, serve_backend
from tests.security.sockets import RawSocket

from .hubs import free_port, use, wait_until
from .world import SHOP
from .writers import version

ACTIONS = ("accept", "list", "track", "login", "export", "ship", "refund", "board")
PARTNER = "localhost"  # the platform's name; the database is reached by its address
AGAIN_SECONDS = 60.0
_TOLD_SECONDS = LEASE.total_seconds() + AGAIN_SECONDS  # a try whose end could not be written down ends with its lease
_PARCELS, _CASES = 14, 12
_BOARD = "reflex___state____state.orderhub___ui___state___board____board"
_INSIDE = ("Traceback", "sqlalchemy", "psycopg", "sqlite3", "SELECT ", "INSERT ", 'File "')

Action = Callable[[], "Answer"]


@dataclass(frozen=True)
class Answer:
    """``said``: ``works``, ``refused`` (503 with ``Retry-After``, or a page that says so), or what else came.

    ``queued``: a parcel has left or a buyer is answered, and the platform could be told by another try only.
    """

    said: str
    leaks: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass
class Outcome:
    """Of each action: what it came to during a fault, and how many seconds after its end it worked.

    ``told``: how often the platform was told of each parcel and each answer; ``kept``: how many orders there are of the
    one posted.
    """

    during: dict[str, Answer] = field(default_factory=dict)
    again: dict[str, float] = field(default_factory=dict)
    told: list[int] = field(default_factory=list)
    kept: int = 0


@dataclass
class World:
    """``database`` is where the test looks; ``standing`` is an order that nobody touches, ``waiting`` are to leave.

    ``cases`` are refunds before shipping that nobody has answered, by the hub's id and the platform's number.
    """

    hub: Hub
    database: str
    lab: Lab
    bearer: str
    buyer: str
    standing: str
    waiting: list[str]
    cases: list[tuple[int, str]]
    _turns: Iterator[int] = field(default_factory=itertools.count)
    _parcels: Iterator[int] = field(default_factory=lambda: itertools.count(75312345670000))

    def drill(self, what: str, **asked: object) -> httpx.Response:
        return httpx.post(f"{self.hub.origin}/drill/{what}", params={k: str(v) for k, v in asked.items()}, timeout=40)

    def meet(self, fault: AbstractContextManager[None]) -> Outcome:
        """Everybody at once while there is ``fault``, and again until each is served; then what has been kept."""
        posted, left, answered = f"M-{next(self._turns):04}", [self.waiting.pop()], [self.cases.pop()]
        outcome = Outcome()
        with _tab(self) as board, ThreadPoolExecutor(len(ACTIONS)) as crowd:
            actions = self._doors(posted, left, answered) | {"board": board}
            with fault:
                came = {name: crowd.submit(_timed, action) for name, action in actions.items()}
                outcome.during = {name: one.result() for name, one in came.items()}
            over = time.monotonic()
            waits = {name: crowd.submit(_until_it_works, action, over) for name, action in actions.items()}
            outcome.again = {name: one.result() for name, one in waits.items()}
        self.waiting.append(left.pop())
        self.cases.append(answered.pop())
        wait_until(lambda: all(self._told(left, answered)), seconds=_TOLD_SECONDS)
        wait_until(lambda: self._orders(posted), seconds=AGAIN_SECONDS, every=0.2)
        outcome.told, outcome.kept = self._told(left, answered), self._orders(posted)
        for action, tries in (("ship", self._tries_of_parcel(left[0])), ("refund", self._tries_of_answer(answered[0]))):
            if outcome.during[action].said == "works" and tries > 1:
                outcome.during[action] = replace(outcome.during[action], said="queued")
        return outcome

    def _told(self, left: list[str], answered: list[tuple[int, str]]) -> list[int]:
        """How often the platform has been told of each."""
        answers = Counter(row["refund"] for row in told(self.lab))
        return [told_by_order(self.lab)[order] for order in left] + [answers[number] for _, number in answered]

    def _doors(self, posted: str, left: list[str], answered: list[tuple[int, str]]) -> dict[str, Action]:
        program, person = {"authorization": f"Bearer {self.bearer}"}, {"cookie": self.hub.cookies[Role.ADMIN][0]}
        body = version(posted, 0).body
        form = {"account": f"ceshi-{Role.MANAGER}", "password": PASSWORD}

        def ship_out() -> Answer:
            asked = f"/drill/ship_one?order={left[-1]}&parcel={next(self._parcels)}"
            answer = self._said("POST", asked, 200)
            if answer.said == "works":
                left.append(self.waiting.pop())
            return answer

        def refuse_refund() -> Answer:
            answer = self._said("POST", f"/drill/refuse_one?case={answered[-1][0]}", 200)
            if answer.said == "works":
                answered.append(self.cases.pop())
            return answer

        return {
            "accept": lambda: self._said(
                "POST", "/api/v1/orders", 202, posted, json=body, headers=program | {"idempotency-key": posted}
            ),
            "list": lambda: self._said("GET", "/api/v1/orders", 200, self.standing, headers=program),
            "track": lambda: self._said("GET", f"/t/{self.buyer}", 200, "中通"),
            "login": lambda: self._said("POST", "/login", 303, data=form, headers={"origin": self.hub.origin}),
            "export": lambda: self._said("GET", "/orders/download?list=/orders", 200, self.standing, headers=person),
            "ship": ship_out,
            "refund": refuse_refund,
        }

    def _said(self, method: str, path: str, status: int, holds: str = "", **asked: Any) -> Answer:
        answer = httpx.request(method, f"{self.hub.origin}{path}", timeout=40, **asked)
        leaks = tuple(word for word in _INSIDE if word in answer.text)
        if answer.status_code == status and holds in answer.text:
            return Answer("works", leaks)
        is_refused = answer.status_code == 503 and int(answer.headers.get("retry-after", "0")) > 0
        return Answer("refused" if is_refused else f"{answer.status_code} {answer.text[:200]}", leaks)

    def put_off(self) -> int:
        """How many parcels and answers it was tried to tell the platform of, and is to be tried again."""
        waits = (OutboxMessage.state == OutboxState.WAITING, OutboxMessage.attempts > 0)
        return self._looked_up(select(func.count(col(OutboxMessage.id))).where(*waits))

    def _tries_of_parcel(self, number: str) -> int:
        return self._tries(OutboxKind.SHIP, select(Order.id).where(Order.channel_order_no == number).scalar_subquery())

    def _tries_of_answer(self, case: tuple[int, str]) -> int:
        return self._tries(OutboxKind.REFUND_ANSWER, case[0])

    def _tries(self, kind: OutboxKind, about: Any) -> int:
        found = (OutboxMessage.kind == kind, col(OutboxMessage.about_id) == about)
        return self._looked_up(select(func.max(OutboxMessage.attempts)).where(*found))

    def _orders(self, number: str) -> int:
        return self._looked_up(select(func.count()).where(col(Order.channel_order_no) == number))

    def _looked_up(self, wanted: Any) -> int:
        looking = Database(self.database)
        with looking.reading() as session:
            found = session.exec(wanted).one()
        looking.close()
        return found or 0


@contextmanager
def world(url: str, reached_at: str, folder: Path) -> Iterator[World]:
    """A hub on ``url``, which it reaches at ``reached_at``, with a platform that is told of what leaves."""
    lab = create_lab(living=False)
    with served(lab) as lab_url, pytest.MonkeyPatch.context() as patch:
        use(folder, patch.setenv)
        theirs, numbers, cases, buyer = _past(url, lab, lab_url.replace("127.0.0.1", PARTNER))
        keys: list[str] = []
        backend = serve_backend(
            "tests.chaos.matrix_app:app",
            folder,
            url=url,
            fill=lambda session: keys.append(_filled(session)),
            ORDERHUB_DATABASE_URL=reached_at,
            REFLEX_REDIS_URL=f"redis://127.0.0.1:{free_port()}",  # as a host may tell all it runs; nobody is there
        )
        for hub in backend:
            yield World(hub, url, theirs, keys[0], buyer, numbers[0], numbers[1:], cases)
    settings.cache_clear()
    forget_keys()


def _past(url: str, lab: Any, lab_url: str) -> tuple[Lab, list[str], list[tuple[int, str]], str]:
    """Orders of a platform, one of which has left; others whose money is wanted back; the number of a parcel's page."""
    with_tables(url)
    theirs = Lab(lab, lab_url, "dy-flagship")
    numbers = theirs.orders_come(_PARCELS)
    for number in theirs.orders_come(_CASES):
        do(theirs, number, "request_refund", line=0)
    theirs.sync()
    theirs.settle(later=timedelta(minutes=10))
    ship(numbers.pop())
    work()
    with reading() as session:
        track = session.exec(select(Track.id)).one()
        cases = [(one.id, one.channel_refund_no) for one in session.exec(select(Aftersale)).all()]
    assert len(cases) == _CASES
    buyer = link_token(track, ends_at=utc_now() + timedelta(days=1))
    forget_connectors()
    close_database()
    return theirs, numbers, cases, buyer


def _filled(session: Session) -> str:
    now = utc_now()
    builders.shop(session, SHOP, Channel.MINIPROGRAM)
    user = create_user(session, "ceshi-program", PASSWORD, Role.ADMIN, now=now)
    owner = Signed(user.id, user.name, user.display_name, Role.ADMIN, ROLE_PERMISSIONS[Role.ADMIN], "mark")
    may = (Permission.API_ORDER_READ, Permission.API_ORDER_WRITE)
    return make_key(session, owner, "演练", may, good_for=timedelta(days=1), now=now)


def _timed(action: Action) -> Answer:
    began = time.monotonic()
    try:
        answer = action()
    except Exception as error:  # noqa: BLE001  (what came instead of an answer is told by the cell)
        answer = Answer(f"{type(error).__name__} {error}")
    return Answer(answer.said, answer.leaks, time.monotonic() - began)


def _until_it_works(action: Action, since: float) -> float:
    with suppress(AssertionError):
        wait_until(lambda: _timed(action).said == "works", seconds=AGAIN_SECONDS, every=1)
    return time.monotonic() - since


@contextmanager
def _tab(world: World) -> Iterator[Action]:
    """A page with the board that is open from before the fault on; each look asks for another list."""
    loop, turns = asyncio.new_event_loop(), itertools.count()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(60)

    socket = RawSocket(world.hub.origin, world.hub.cookies[Role.OPERATIONS][0])
    run(socket.__aenter__())

    def look() -> Answer:
        return run(_look(socket, f"/orders?min={next(turns)}"))

    try:
        assert look().said == "works"
        yield look
    finally:
        run(socket.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _look(socket: RawSocket, address: str) -> Answer:
    seen = len(socket.frames)
    where = {"pathname": "/orders", "asPath": address, "query": dict([address.partition("?")[2].split("=")])}
    await socket.send_raw({"name": f"{_BOARD}.enter", "payload": {}, "router_data": where})
    ends_at = time.monotonic() + 40
    while time.monotonic() < ends_at:
        for frame in socket.frames[seen:]:
            said = str(frame)
            leaks = tuple(word for word in _INSIDE if word in said)
            shown = (frame.get("delta") or {}).get(_BOARD, {})
            if any(name.startswith("list_mark") and value for name, value in shown.items()):
                return Answer("works", leaks)
            if any(name.startswith("has_failed") and value for name, value in shown.items()) or "toast" in said:
                return Answer("refused", leaks)
        await asyncio.sleep(0.05)
    return Answer(f"nothing came {socket.frames[seen:]}")
