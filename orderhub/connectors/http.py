"""How does the hub talk to anybody outside? Bounded, patient where it is safe, and obedient when told to stay away."""

import encodings.idna  # noqa: F401  (when threads meet in a first connection, CPython 3.11's import lock stops them all)
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from orderhub.connectors.outside import OutsideTransport
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput, PartnerBanned, PartnerRefused, PartnerUnavailable
from orderhub.kernel.ids import shown_text

TIMEOUT = httpx.Timeout(20, connect=5)
MOST_BYTES = 10_000_000
LONGEST_SECONDS = 60  # for a whole answer, however steadily it drips
LAB_CALLS_PER_SECOND = 200
_TRIES = 3

Body = dict[str, Any]
Judge = Callable[[Body], None]


@dataclass(frozen=True)
class Answer:
    """What came back, before anything is made of it; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    raw: bytes


Check = Callable[[Answer], None]


class PartnerClient:
    """One shop's line to a partner; safe to use from several threads.

    ``judge`` looks at each answer and raises the partner's own errors in our words. ``now`` and ``sleep`` are the
    clock the waiting goes by.
    """

    def __init__(
        self,
        partner: str,
        judge: Judge,
        *,
        calls_per_second: float,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.partner = partner
        self.now = now
        self._judge = judge
        self._sleep = sleep
        self._pace = _Pace(calls_per_second, sleep)
        self._banned_until: datetime | None = None
        self._left: deque[float] = deque()
        self._http = httpx.Client(
            timeout=timeout,
            follow_redirects=False,
            transport=transport or OutsideTransport(httpx.Limits(max_connections=8)),
        )

    def post(
        self,
        url: str,
        *,
        auth: httpx.Auth,
        safe: bool,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
    ) -> Body:
        """The partner's answer, judged. Asked again after a fault only where that is ``safe`` (a reading call).

        ``check`` looks at a good answer's bytes before they are read (a partner that signs its answers).

        Raises:
            PartnerUnavailable, PartnerBanned, PartnerRefused: see ``kernel.errors``.
        """
        request = {"params": params, "data": data, "content": content, "headers": headers, "auth": auth}
        return self._patient(safe=safe)(lambda: self._once("POST", url, request, check))

    def get(
        self,
        url: str,
        *,
        auth: httpx.Auth | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool = True,
        check: Check | None = None,
    ) -> Body:
        """A question without a body, judged like ``post``; ``safe``: it may be asked again after a fault."""
        request = {"params": params, "headers": headers, "auth": auth}
        return self._patient(safe=safe)(lambda: self._once("GET", url, request, check))

    def fetch(self, url: str, *, auth: httpx.Auth, headers: Mapping[str, str] | None = None) -> bytes:
        """A file, as its bytes. Raises as ``post`` does; a refusal is read like any other answer."""

        def once() -> bytes:
            answer = self._asked("GET", url, {"headers": headers, "auth": auth})
            if not httpx.codes.is_success(answer.status):
                self._read(answer)
            return answer.raw

        return self._patient(safe=True)(once)

    def calls_of_last_minute(self) -> int:
        """Of this process: what a platform counts against the application's quota."""
        earliest = time.monotonic() - 60
        return sum(left > earliest for left in list(self._left))

    def close(self) -> None:
        self._http.close()

    def _patient(self, *, safe: bool) -> Retrying:
        return Retrying(
            stop=stop_after_attempt(_TRIES if safe else 1),
            wait=wait_random_exponential(multiplier=0.2, max=3),
            retry=retry_if_exception(_is_passing),
            sleep=self._sleep,
            reraise=True,
        )

    def _once(self, method: str, url: str, request: Mapping[str, Any], check: Check | None) -> Body:
        answer = self._asked(method, url, request)
        if check and httpx.codes.is_success(answer.status):
            check(answer)
        return self._read(answer)

    def _asked(self, method: str, url: str, request: Mapping[str, Any]) -> Answer:
        self._stay_away()
        self._pace.wait()
        self._stay_away()  # a ban may have come while this call waited for its turn
        self._note_call()
        answer = self._sent(method, url, request)
        if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status == httpx.codes.TOO_MANY_REQUESTS:
            raise self._unavailable(f"answered with HTTP {answer.status}")
        return answer

    def _read(self, answer: Answer) -> Body:
        body = self._decoded(answer.raw)
        try:
            self._judge(body)
        except PartnerBanned as ban:
            until = self.now() + ban.retry_after
            self._banned_until = max(until, self._banned_until or until)
            raise
        except BadInput as error:
            raise self._unavailable("sent an error that cannot be read") from error
        if not httpx.codes.is_success(answer.status):
            raise PartnerRefused(f"{self.partner} refused with HTTP {answer.status}", partner=self.partner)
        return body

    def _note_call(self) -> None:
        now = time.monotonic()
        self._left.append(now)
        while self._left and self._left[0] < now - 60:
            self._left.popleft()

    def _stay_away(self) -> None:
        if self._banned_until and (left := self._banned_until - self.now()) > timedelta():
            raise PartnerBanned(
                f"{self.partner} asked us to stay away for {left.total_seconds():.0f} s more",
                retry_after=left,
                partner=self.partner,
            )

    def _sent(self, method: str, url: str, request: Mapping[str, Any]) -> Answer:
        ends_at = time.monotonic() + LONGEST_SECONDS
        try:
            with self._http.stream(method, url, **request) as answer:
                raw = bytearray()
                for part in answer.iter_bytes():
                    raw += part
                    if len(raw) > MOST_BYTES:
                        raise self._unavailable("answered with more than 10 MB")
                    if time.monotonic() > ends_at:
                        raise self._unavailable(f"did not finish its answer in {LONGEST_SECONDS} s")
                headers = {name.lower(): value for name, value in answer.headers.items()}
                status = answer.status_code
        except httpx.TimeoutException as error:
            raise self._unavailable("did not answer in time") from error
        except httpx.InvalidURL as error:
            raise PartnerRefused(f"{self.partner} has an address that cannot be read", partner=self.partner) from error
        except httpx.HTTPError as error:
            raise self._unavailable(f"could not be reached ({type(error).__name__})") from error
        return Answer(status, headers, bytes(raw))

    def _decoded(self, raw: bytes) -> Body:
        try:
            # Numbers stay exact: integers of any length, decimals as their text.
            body = json.loads(raw, parse_float=str, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise self._unavailable("sent an answer that is cut off or no JSON") from error
        if not isinstance(body, dict):
            raise self._unavailable("sent JSON that is no object")
        return body

    def _unavailable(self, what: str) -> PartnerUnavailable:
        return PartnerUnavailable(f"{self.partner} {what}", partner=self.partner)


def partner_client(
    partner: str,
    judge: Judge,
    pace: float,
    *,
    base_url: str,
    transport: httpx.BaseTransport | None,
    now: Callable[[], datetime],
    timeout: httpx.Timeout = TIMEOUT,
) -> PartnerClient:
    """``pace`` (calls per second) is kept at the partner's own address; elsewhere the lab answers, which is ours."""
    calls_per_second = LAB_CALLS_PER_SECOND if base_url else pace
    return PartnerClient(
        partner, judge, calls_per_second=calls_per_second, transport=transport, timeout=timeout, now=now
    )


@contextmanager
def readable(partner: str) -> Iterator[None]:
    """An answer whose frame (not an order within it) cannot be read is no usable answer.

    Raises:
        PartnerUnavailable: naming the field.
    """
    try:
        yield
    except BadInput as error:
        raise PartnerUnavailable(
            f"{partner} sent an answer that cannot be read: {error.field}", partner=partner
        ) from error


def told(words: object) -> str:
    """A partner's own words as part of a message: the Chinese of them, for tokens, phones and numbers are not."""
    return "".join(_CHINESE.findall(shown_text(words, 120)))


_CHINESE = re.compile("[\u3001\u3002\u4e00-\u9fff\uff08\uff09\uff0c\uff1a\uff1b]+")


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, PartnerUnavailable) and not isinstance(error, PartnerBanned)


def _no_constant(name: str) -> None:
    raise ValueError(name)


class _Pace:
    """A token bucket of one second's calls; ``wait`` returns when a call may leave."""

    def __init__(self, calls_per_second: float, sleep: Callable[[float], None]) -> None:
        self._rate = calls_per_second
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at = 0.0

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            # A second's worth may leave at once; beyond that each call waits for its own moment.
            self._free_at = max(self._free_at, now - 1) + 1 / self._rate
            delay = self._free_at - now
        if delay > 0:
            self._sleep(delay)
