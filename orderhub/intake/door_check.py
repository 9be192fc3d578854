"""Does the database know already what is to be said to an arrival? Asked before a broker takes it, by many at once.

The answer is as good as the database is fresh: what still lies at the broker is compared when it comes into the inbox.
A database that is away keeps nobody out.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from orderhub.intake.buffer import Arrival
from orderhub.intake.table_buffer import Answer, standing_in
from orderhub.kernel.db import reading

AWAY_SECONDS = 5.0

log = structlog.get_logger()


class DoorCheck:
    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: list[tuple[Arrival, Future[Answer | None]]] = []
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="door-check")
        self._away_until = 0.0

    def ask(self, arrival: Arrival) -> Future[Answer | None]:
        """Done with the answer there is, or with None: it may go on."""
        known: Future[Answer | None] = Future()
        with self._guard:
            self._waiting.append((arrival, known))
            is_first = len(self._waiting) == 1
        if is_first:
            self._pool.submit(self._look_up)
        return known

    def close(self) -> None:
        self._pool.shutdown()

    def _look_up(self) -> None:
        with self._guard:
            asked, self._waiting = self._waiting, []
        answers = self._answers([arrival for arrival, _ in asked])
        for (_, known), answer in zip(asked, answers, strict=True):
            known.set_result(answer)

    def _answers(self, arrivals: Sequence[Arrival]) -> Sequence[Answer | None]:
        if time.monotonic() < self._away_until:
            return [None] * len(arrivals)
        try:
            with reading() as session:
                standing = standing_in(session, arrivals)
        except SQLAlchemyError as error:
            log.warning("door_check_failed", error=type(error).__name__)
            self._away_until = time.monotonic() + AWAY_SECONDS
            return [None] * len(arrivals)
        return [standing.answer(arrival) for arrival in arrivals]
