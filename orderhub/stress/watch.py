"""How does the hub fare meanwhile? Its own figures, read every second while it is under load."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
from prometheus_client.parser import text_string_to_metric_families

from orderhub.kernel.errors import SetupError

EVERY_SECONDS = 1.0
_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Reading:
    """``at`` counts from the start of the run, ``cpu_seconds`` and the commits since the hub was started.

    ``taken`` are the orders taken in sets since then, with the processor time that took. ``machine_cpu`` is of the
    machine the simulator runs on, per cent of all cores.
    """

    at: float
    waiting: int
    dead: int
    oldest_seconds: float
    level: int
    cpu_seconds: float
    commits: float
    commit_seconds: float
    commit_messages: float
    database_ms: float
    accepted: dict[str, float] = field(default_factory=dict)
    machine_cpu: float = 0.0
    taken: float = 0.0
    taken_cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Setup:
    """How the hub says it is set up; ``is_demo`` false too where it does not say."""

    is_demo: bool
    database: str
    workers: int
    cores: int


class Watch(threading.Thread):
    """Reads until it is stopped; ``readings`` grows."""

    def __init__(self, url: str, token: str = "") -> None:
        super().__init__(name="stress-watch", daemon=True)
        self.readings: list[Reading] = []
        self.missed = 0
        self._url, self._token = url, token
        self._closing = threading.Event()
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def begin_now(self) -> None:
        """What was read before is where the run begins."""
        self._began = time.monotonic()
        self.readings[:] = [replace(reading, at=0.0) for reading in self.readings[-1:]]

    def run(self) -> None:
        psutil.cpu_percent()
        while not self._closing.is_set():
            self.look()
            self._closing.wait(EVERY_SECONDS)

    def look(self) -> Reading | None:
        try:
            figures = read_figures(self._url, self._token)
        except SetupError:
            self.missed += 1
            return None
        reading = reading_of(figures, at=self.elapsed, machine_cpu=psutil.cpu_percent())
        self.readings.append(reading)
        return reading

    def stop(self) -> None:
        self._closing.set()
        if self.is_alive():
            self.join(_PATIENCE_SECONDS)


Figures = Sequence[tuple[str, dict[str, str], float]]


def read_figures(url: str, token: str = "") -> Figures:
    """Name, labels and value of everything ``/api/metrics`` tells.

    Raises:
        SetupError: the hub does not answer, or not to us.
    """
    headers = {"authorization": f"Bearer {token}"} if token else {}
    asked = Request(f"{url.rstrip('/')}/api/metrics", headers=headers)  # noqa: S310  (the address we were given)
    try:
        with urlopen(asked, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310
            text = answer.read().decode()
    except HTTPError as error:
        said = "give the token of ORDERHUB_METRICS_TOKEN by --metrics-token" if error.code == 403 else "look at its log"
        raise SetupError(f"{url}/api/metrics answers {error.code}: {said}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise SetupError(f"{url} does not answer ({type(error).__name__}): start the hub, or give --url") from error
    families = text_string_to_metric_families(text)
    return [(sample.name, dict(sample.labels), sample.value) for family in families for sample in family.samples]


def reading_of(figures: Figures, *, at: float, machine_cpu: float) -> Reading:
    value = _values(figures)
    accepted = {labels["source"]: count for name, labels, count in figures if name == "orderhub_accepted_total"}
    return Reading(
        at=at,
        waiting=int(value.get("orderhub_inbox_waiting", 0)),
        dead=int(value.get("orderhub_inbox_dead", 0)),
        oldest_seconds=value.get("orderhub_inbox_oldest_seconds", 0.0),
        level=int(value.get("orderhub_level", 1)),
        cpu_seconds=value.get("process_cpu_seconds_total", 0.0),
        commits=value.get("orderhub_group_commit_seconds_count", 0.0),
        commit_seconds=value.get("orderhub_group_commit_seconds_sum", 0.0),
        commit_messages=value.get("orderhub_group_commit_messages_sum", 0.0),
        database_ms=value.get("orderhub_database_seconds", 0.0) * 1000,
        accepted=accepted,
        machine_cpu=machine_cpu,
        taken=value.get("orderhub_taken_in_sets_total", 0.0),
        taken_cpu_seconds=value.get("orderhub_taken_in_sets_processor_seconds_total", 0.0),
    )


def setup_of(figures: Figures) -> Setup:
    labels: dict[str, Any] = next((labels for name, labels, _ in figures if name == "orderhub_info"), {})
    counts = {"workers": 1, "cores": 1}
    for name in counts:
        with suppress(KeyError, ValueError):
            counts[name] = int(labels[name])
    return Setup(labels.get("demo") == "true", labels.get("database", ""), **counts)


def _values(figures: Figures) -> dict[str, float]:
    return {name: value for name, labels, value in figures if not labels}
