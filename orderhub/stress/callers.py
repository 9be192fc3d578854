"""How do many callers press on a hub at once? As programs and platforms do: they wait, repeat, drip and come again."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from orderhub.stress.messages import Message, OwnOrder, order_message, own_order, push_message
from orderhub.stress.plan import Kind, Plan, Profile, Pushed, Shot, pushed_places, shots
from orderhub.stress.wire import Answer, Line, allow_files

NO_ANSWER = 0
DRIP_SECONDS = 5.0
_TELL_SECONDS = 0.5
_OPENING = 200  # connections at a time: a server's backlog is not what is measured
_IDLE_SECONDS = 5.0  # longer than that a hub may have hung up
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 10.0
_PAYING = 8


@dataclass(frozen=True)
class Patience:
    """Seconds: for one answer, and in all before a caller gives its message up."""

    answer: float = 30.0
    in_all: float = 600.0
    drip: float = DRIP_SECONDS


@dataclass(frozen=True)
class Part:
    """What one of ``parts`` processes does of a plan."""

    plan: Plan
    url: str
    key: str = field(repr=False)
    lab_url: str = ""
    number: int = 0
    parts: int = 1
    patience: Patience = Patience()

    @property
    def callers(self) -> int:
        return len(range(self.number, self.plan.concurrency, self.parts))


@dataclass(frozen=True)
class Outcome:
    """What became of one message: ``status`` is the last answer, ``refused`` those before it, 0: none in time.

    ``sent_at`` counts from the start of the run, ``seconds`` from the first try to the last answer, ``late`` is how
    long it waited for a caller that was free; in a burst every message but the first of a line waits by design.
    """

    place: int
    kind: Kind
    is_repeat: bool
    is_slow: bool
    sent_at: float
    seconds: float
    late: float
    status: int
    refused: tuple[int, ...] = ()
    is_paid: bool = False

    @property
    def is_acknowledged(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Tally:
    """Since the start; ``fresh`` are the seconds of what was acknowledged since it was last told of."""

    sent: int = 0
    acknowledged: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    fresh: list[float] = field(default_factory=list)


Tell = Callable[[Tally], None]


class Volley:
    """All callers of one process. ``ready`` is waited for once every line is open."""

    def __init__(self, part: Part, tell: Tell, ready: Callable[[], Awaitable[object]]) -> None:
        self._part, self._plan, self._tell, self._ready = part, part.plan, tell, ready
        every = shots(part.plan)
        self._queue = deque(every[part.number :: part.parts])
        self._paid_later = {shot.place for shot in every if shot.is_paid_later}
        self._pushed = pushed_places(part.plan)
        self._tally = Tally()
        self._outcomes: list[Outcome] = []
        self._paying = asyncio.Semaphore(_PAYING)
        self._start = 0.0

    async def fire(self) -> list[Outcome]:
        allow_files(self._part.callers)
        lines = [Line(self._part.url) for _ in range(min(self._part.callers, max(1, len(self._queue))))]
        if self._plan.profile is Profile.BURST:
            await _open_all(lines)
        await self._ready()
        self._start = self._clock()
        telling = asyncio.create_task(self._keep_telling())
        try:
            await asyncio.gather(*(self._call(line) for line in lines))
        finally:
            telling.cancel()
            for line in lines:
                line.close()
        self._tell(self._tally)
        return self._outcomes

    @staticmethod
    def _clock() -> float:
        return asyncio.get_running_loop().time()

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(_TELL_SECONDS)
            self._tell(self._tally)
            self._tally.fresh = []

    async def _call(self, line: Line) -> None:
        while self._queue:
            shot = self._queue.popleft()
            wait = self._start + shot.at - self._clock()
            if wait > 0:
                if wait > _IDLE_SECONDS:
                    line.close()
                await asyncio.sleep(wait)
            late = 0.0 if self._plan.profile is Profile.BURST else max(0.0, -wait)
            self._outcomes.append(await self._deliver(line, shot, late))

    async def _deliver(self, line: Line, shot: Shot, late: float) -> Outcome:
        pushed, own = self._pushed.get(shot.place), None
        if pushed is None:
            own = own_order(self._plan, shot.place, is_paid=shot.place not in self._paid_later)
        message = self._message(pushed, own)
        began, refused, answer = self._clock(), [], Answer(NO_ANSWER, 0.0)
        self._tally.sent += 1
        rng = self._plan.random_of(shot.place, "wait")
        while True:
            answer = await self._once(line, message, shot)
            if _is_final(answer) or self._clock() - began > self._part.patience.in_all:
                break
            refused.append(answer.status)
            self._tally.refused[answer.status] += 1
            backed_off = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** len(refused))
            await asyncio.sleep((answer.retry_after or backed_off) * (1 + rng.random() / 2))
        took = self._clock() - began
        self._count(answer, took)
        is_paid = bool(own and shot.is_paid_later and answer.is_yes and await self._pay(own))
        return Outcome(
            shot.place,
            shot.kind,
            shot.is_repeat,
            shot.is_slow,
            sent_at=began - self._start,
            seconds=took,
            late=late,
            status=answer.status,
            refused=tuple(refused),
            is_paid=is_paid,
        )

    def _count(self, answer: Answer, took: float) -> None:
        if answer.is_yes:
            self._tally.acknowledged += 1
            self._tally.fresh.append(took)
        else:
            self._tally.refused[answer.status] += 1

    def _message(self, pushed: Pushed | None, own: OwnOrder | None) -> Message:
        if pushed:
            return push_message(self._plan, pushed)
        assert own  # noqa: S101  (what is not pushed is ours)
        return order_message(own, self._part.key)

    async def _once(self, line: Line, message: Message, shot: Shot) -> Answer:
        drip = self._part.patience.drip if shot.is_slow else 0.0
        try:
            return await asyncio.wait_for(line.ask(message, drip_seconds=drip), self._part.patience.answer + drip)
        except (OSError, TimeoutError):
            return Answer(NO_ANSWER, 0.0)

    async def _pay(self, own: OwnOrder) -> bool:
        """The buyer pays at the lab's WeChat Pay, which tells the hub by a signed notice."""
        body = json.dumps({"order_no": own.number, "total_fen": own.total_fen}).encode()
        message = Message("/lab/wechat/payments", (("content-type", "application/json"),), body)
        async with self._paying:
            line = Line(self._part.lab_url)
            with suppress(OSError, TimeoutError):
                return (await asyncio.wait_for(line.ask(message), self._part.patience.answer)).is_yes
            line.close()
        return False


def _is_final(answer: Answer) -> bool:
    """Silence, 429 and a server in trouble may be otherwise in a moment."""
    return 0 < answer.status < 500 and answer.status != 429


async def _open_all(lines: list[Line]) -> None:
    """A line that cannot be opened now is opened by its caller, and counted there."""
    for start in range(0, len(lines), _OPENING):
        await asyncio.gather(*(line.open() for line in lines[start : start + _OPENING]), return_exceptions=True)
