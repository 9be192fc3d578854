"""Do callers wait as they are told, come again after silence, drip, give up in the end, and count it all?"""

import asyncio
import resource
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from orderhub.kernel.errors import SetupError
from orderhub.stress.callers import Outcome, Part, Patience, Tally, Volley
from orderhub.stress.plan import Plan, Profile
from orderhub.stress.wire import allow_files

YES = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}"


@dataclass
class Door:
    """A server of the test's own: ``answer`` is given how often this key came; b"" says nothing and hangs up."""

    answer: Callable[[int], bytes]
    came: Counter[str] = field(default_factory=Counter)
    pieces: list[int] = field(default_factory=list)
    open_now: int = 0
    open_at_most: int = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_now += 1
        self.open_at_most = max(self.open_at_most, self.open_now)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
                left, pieces = int(lines["content-length"]), 0
                while left:
                    left, pieces = left - len(await reader.read(left)), pieces + 1
                self.pieces.append(pieces)
                key = lines["idempotency-key"]
                self.came[key] += 1
                said = self.answer(self.came[key])
                if not said:
                    return
                writer.write(said)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open_now -= 1
            writer.close()


@asynccontextmanager
async def opened(answer: Callable[[int], bytes]) -> AsyncIterator[tuple[Door, str]]:
    door = Door(answer)
    server = await asyncio.start_server(door.take, "127.0.0.1", 0)
    async with server:
        yield door, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def nobody() -> Awaitable[None]:
    return asyncio.sleep(0)


PATIENT = Patience(2, 5, drip=0.1)


async def fired(url: str, *, patience: Patience = PATIENT, **more) -> tuple[list[Outcome], Tally]:
    known = {"repeat_share": 0.0, "slow_share": 0.0} | more
    plan = Plan(Profile.BURST, 20, 10, 1.0, 1, "T", "mp", datetime(2026, 11, 26, tzinfo=UTC), **known)
    last: list[Tally] = []
    outcomes = await Volley(Part(plan, url, "ohk_x", patience=patience), last.append, nobody).fire()
    return outcomes, last[-1]


async def test_every_line_is_open_before_the_first_message():
    async with opened(lambda _: YES) as (door, url):
        outcomes, tally = await fired(url)
    assert (door.open_at_most, len(door.came), len(outcomes)) == (10, 20, 20)
    assert (tally.sent, tally.acknowledged, tally.refused) == (20, 20, Counter())


@pytest.mark.parametrize("status", [429, 503])
async def test_whoever_is_told_to_wait_comes_again(status):
    wait = f"HTTP/1.1 {status} Wait\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n".encode()
    async with opened(lambda time: wait if time == 1 else YES) as (door, url):
        outcomes, tally = await fired(url)
    assert set(door.came.values()) == {2}
    assert all(one.is_acknowledged and one.refused == (status,) and one.seconds >= 1.0 for one in outcomes)
    assert tally.refused == Counter({status: 20})


async def test_silence_is_met_with_another_try():
    async with opened(lambda time: b"" if time == 1 else YES) as (door, url):
        outcomes, _ = await fired(url)
    assert set(door.came.values()) == {2}
    assert all(one.is_acknowledged and one.refused == (0,) for one in outcomes)


async def test_a_clear_no_is_final_and_endless_trouble_is_given_up():
    async with opened(lambda _: b"HTTP/1.1 422 No\r\ncontent-length: 0\r\n\r\n") as (door, url):
        outcomes, _ = await fired(url)
    assert (set(door.came.values()), {one.status for one in outcomes}) == ({1}, {422})
    async with opened(lambda _: b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n") as (door, url):
        outcomes, _ = await fired(url, patience=Patience(2, 0.5))
    assert not any(one.is_acknowledged for one in outcomes)


async def test_repeats_bear_the_same_key_and_slow_callers_drip():
    async with opened(lambda _: YES) as (door, url):
        outcomes, _ = await fired(url, repeat_share=0.25, slow_share=0.1)
    assert sorted(door.came.values()) == [1] * 15 + [2] * 5
    slow = [one for one in outcomes if one.is_slow]
    assert len(slow) == 2
    assert all(one.seconds >= 0.1 for one in slow)
    assert sum(pieces > 5 for pieces in door.pieces) == 2


def test_more_connections_than_the_machine_allows_are_refused_with_what_to_do():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert allow_files(10) == 266
    if before[1] != resource.RLIM_INFINITY:
        with pytest.raises(SetupError, match="--processes"):
            allow_files(before[1])
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] == before[1]
