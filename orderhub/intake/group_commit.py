"""How do many who wait for one durable write share it? Whoever comes first waits 5 ms and commits for all."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlmodel import Session

from orderhub.intake.meters import COMMIT_SECONDS, COMMIT_WISHES
from orderhub.kernel.db import transaction

T = TypeVar("T")

GATHER_SECONDS = 0.005
MOST = 200


class _Wish:
    def __init__(self, work: Callable[[Session], Any]) -> None:
        self.work = work
        self.answered = threading.Event()
        self.answer: Any = None
        self.error: Exception | None = None


class GroupCommit:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Wish] = []

    def run(self, work: Callable[[Session], T]) -> T:
        """What ``work`` answers, once it is committed; its error when it fails, which harms no other's work."""
        wish = _Wish(work)
        with self._lock:
            self._waiting.append(wish)
            leads = len(self._waiting) == 1
        if leads:
            time.sleep(GATHER_SECONDS)
            self._commit()
        wish.answered.wait()
        if wish.error:
            raise wish.error
        return wish.answer

    def _commit(self) -> None:
        with self._lock:
            wishes, self._waiting = self._waiting, []
        try:
            for start in range(0, len(wishes), MOST):
                _together(wishes[start : start + MOST])
        finally:
            for wish in wishes:
                wish.answered.set()


def _together(wishes: list[_Wish]) -> None:
    try:
        with COMMIT_SECONDS.time(), transaction() as session:
            for wish in wishes:
                _apart(session, wish)
        COMMIT_WISHES.observe(len(wishes))
    except Exception as error:  # noqa: BLE001  (each waiting caller gets it)
        for wish in wishes:
            wish.error = error


def _apart(session: Session, wish: _Wish) -> None:
    try:
        with session.begin_nested():
            wish.answer = wish.work(session)
    except Exception as error:  # noqa: BLE001  (its caller gets it)
        wish.error = error
