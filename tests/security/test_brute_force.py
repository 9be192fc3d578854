"""Is guessing one account's password slowed to a trickle, from however many addresses, while its owner gets in?"""

import asyncio
import itertools
import re

import httpx
from pyotp.totp import TOTP

from orderhub.access.permissions import Role
from tests.security.conftest import PASSWORD, Hub

_GUESSES = 400
_ADDRESSES = 50
_AT_ONCE = 25
# Five at once, then after 5, 15, 35 and 75 seconds: more than the test takes.
_MOST_JUDGED = 9


async def test_an_account_is_guessed_at_by_fifty_addresses_and_its_owner_signs_in(hub: Hub) -> None:
    clients = [_client(hub, f"127.0.0.{number}") for number in range(2, _ADDRESSES + 2)]
    owner = _client(hub, "127.0.0.1")
    try:
        flood = asyncio.create_task(_guess(clients))
        await asyncio.sleep(0)
        entered = await _sign_in(owner)
        answers = await flood
    finally:
        for client in (*clients, owner):
            await client.aclose()
    assert set(answers) <= {401, 429}
    assert 1 <= answers.count(401) <= _MOST_JUDGED
    assert entered.headers["location"] == "/orders"
    assert entered.cookies["oh_sid"]


def _client(hub: Hub, address: str) -> httpx.AsyncClient:
    """A browser on a machine of its own."""
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(local_address=address),
        base_url=f"http://127.0.0.1:{hub.port}",
        headers={"origin": hub.origin, "sec-fetch-site": "same-origin"},
        timeout=60,
    )


async def _guess(clients: list[httpx.AsyncClient]) -> list[int]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int, client: httpx.AsyncClient) -> int:
        form = {"account": f"ceshi-{Role.SERVICE}", "password": f"guess-number-{number}"}
        async with places:
            return (await client.post("/login", data=form)).status_code

    return list(await asyncio.gather(*map(one, range(_GUESSES), itertools.cycle(clients))))


async def _sign_in(owner: httpx.AsyncClient) -> httpx.Response:
    """With the second factor that is enrolled on the way."""
    form = {"account": f"ceshi-{Role.SERVICE}", "password": PASSWORD}
    first = await owner.post("/login?next=/orders", data=form)
    assert first.headers["location"] == "/login/enrol?next=%2Forders"
    found = re.search(r'class="seed"[^>]*>([A-Z2-7 ]+)<', (await owner.get("/login/enrol")).text)
    assert found
    await owner.post("/login/enrol", data={"code": TOTP(found[1].replace(" ", "")).now()})
    return await owner.post("/login/enrol/done?next=/orders")
