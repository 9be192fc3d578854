"""Who seals what was committed, and writes down who looked? One thread of each process, a few seconds apart."""

import threading

import structlog

from orderhub.kernel.access_log import write_looks
from orderhub.kernel.audit_chain import seal_all
from orderhub.kernel.clock import utc_now

SECONDS = 15.0
_STOP_SECONDS = 30.0


class AuditService:
    """``start`` and ``stop`` may be called once each; ``stop`` seals what is left."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._closing.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._closing.wait(self._seconds):
            _turn()
        _turn()


def _turn() -> None:
    try:
        write_looks()
        seal_all(utc_now())
    except Exception:  # noqa: BLE001  (the next turn tries again; the proof says when none succeeds)
        structlog.get_logger().exception("audit_turn_failed")
