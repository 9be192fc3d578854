"""What does a guess cost, does time tell who has an account, and does a flood of guesses keep anybody out?

The flood is on a hub served as people run it; each guesser has an address of its own on the loopback.
"""

import asyncio
import itertools
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx
from sqlmodel import SQLModel

from orderhub.access import passwords, sign_in
from orderhub.access.permissions import Role
from orderhub.access.sign_in import Visitor
from orderhub.access.users import create_user
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database
from orderhub.kernel.errors import NotSignedIn
from tests.browser.served import Hub, served_demo

from .measuring import Figure, p95

TRIES = 50
LEAST_MS, MOST_MS, MOST_APART = 50, 400, 10
ADDRESSES, PER_SECOND, FLOOD_SECONDS = 50, 100, 60
MOST_JUDGED = 9  # five at once, then after 5, 15, 35 and 75 seconds
PAGE_MS = 1_000
_PASSWORD, _WRONG = "kuaidi-zai-lushang-7", "wrong-password-99"


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        yield from _alone(Path(name))
    with tempfile.TemporaryDirectory() as name, served_demo(Path(name), history_days=0) as hub:
        hub.tell_lab("stop")
        yield from asyncio.run(_flood(hub))


def _alone(folder: Path) -> Iterator[Figure]:
    """Tries in turn, a day apart, so that none has to wait."""
    os.environ["ORDERHUB_DATA_DIR"] = str(folder)
    database = open_database(f"sqlite:///{folder / 'signin.db'}")
    SQLModel.metadata.create_all(database.engine)
    with database.transaction() as session:
        create_user(session, "somebody", _PASSWORD, Role.SERVICE, now=utc_now())
    stored = passwords.hash_password(_PASSWORD)
    before = time.process_time()
    for _ in range(TRIES):
        passwords.verify_password(_WRONG, stored)
    hashing = (time.process_time() - before) / TRIES * 1000
    taken: dict[str, list[float]] = {"somebody": [], "nobody": []}
    for turn, (name, found) in itertools.product(range(TRIES), taken.items()):
        found.append(_ms(lambda name=name, turn=turn: _guess_alone(name, turn)))
    close_database()
    there, not_there = median(taken["somebody"]), median(taken["nobody"])
    yield Figure("a password judged, processor time: at most", hashing, "ms", MOST_MS)
    yield Figure("the same: at least", hashing, "ms", LEAST_MS, is_rate=True)
    yield Figure("wrong password of an account that is there, median", there, "ms")
    yield Figure("the same of one that is not", not_there, "ms")
    yield Figure("between the two", abs(there - not_there) / max(there, not_there) * 100, "%", MOST_APART)


def _guess_alone(name: str, turn: int) -> None:
    with suppress(NotSignedIn):
        sign_in.sign_in(name, _WRONG, Visitor("203.0.113.7"), utc_now() + timedelta(days=turn))


async def _flood(hub: Hub) -> list[Figure]:
    guessers = [_client(hub, f"127.0.0.{number}") for number in range(2, ADDRESSES + 2)]
    owner, reader = _client(hub, "127.0.0.1"), _client(hub, "127.0.0.1")
    first = await _sign_in(hub, reader)
    pages: list[float] = []
    looking = asyncio.create_task(_look(reader, pages))
    flood = asyncio.create_task(_guess(guessers))
    await asyncio.sleep(FLOOD_SECONDS / 2)
    second = await _sign_in(hub, owner)
    answers = await flood
    looking.cancel()
    for client in (*guessers, owner, reader):
        await client.aclose()
    asked = answers.total()
    return [
        Figure(f"guesses at one account from {ADDRESSES} addresses: asked", asked / FLOOD_SECONDS, "a second"),
        Figure("the same: judged", answers[401] * 60 / FLOOD_SECONDS, "a minute", MOST_JUDGED),
        Figure("the same: answered neither 401 nor 429", asked - answers[401] - answers[429], "times", 0.5),
        Figure("its owner signs in, of two tries", first + second, "times", 2, is_rate=True),
        Figure("other pages meanwhile", p95(pages), "ms p95", PAGE_MS),
    ]


async def _guess(clients: list[httpx.AsyncClient]) -> Counter[int]:
    """At even moments, whether earlier ones have been answered or not."""
    start, name, sent = time.perf_counter(), f"demo-{Role.ADMIN}", []

    async def one(number: int, client: httpx.AsyncClient) -> int:
        try:
            return (await client.post("/login", data={"account": name, "password": f"guess-{number}"})).status_code
        except httpx.HTTPError:
            return 0

    for number, client in zip(range(PER_SECOND * FLOOD_SECONDS), itertools.cycle(clients), strict=False):
        await asyncio.sleep(max(0.0, start + number / PER_SECOND - time.perf_counter()))
        sent.append(asyncio.create_task(one(number, client)))
    return Counter(await asyncio.gather(*sent))


async def _look(reader: httpx.AsyncClient, pages: list[float]) -> None:
    while True:
        start = time.perf_counter()
        (await reader.get("/orders/")).raise_for_status()
        pages.append((time.perf_counter() - start) * 1000)
        await asyncio.sleep(0.2)


async def _sign_in(hub: Hub, owner: httpx.AsyncClient) -> int:
    """1 where the owner is in."""
    name, password, _ = await asyncio.to_thread(hub.login, Role.ADMIN)
    await owner.post("/login", data={"account": name, "password": password})
    _, _, code = await asyncio.to_thread(hub.login, Role.ADMIN)
    done = await owner.post("/login/code", data={"code": code})
    return int("oh_sid" in done.cookies)


def _client(hub: Hub, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(local_address=address),
        base_url=f"http://127.0.0.1:{hub.port}",
        headers={"origin": hub.origin, "sec-fetch-site": "same-origin"},
        timeout=60,
    )


def _ms(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000
