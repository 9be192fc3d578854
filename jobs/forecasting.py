"""How is a forecast made beside the hub's work? A process reckons; here its progress is told and its answer kept."""

import json
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from sqlmodel import Session, col, select

from jobs.stopping import STOPPING
from orderhub.domain import forecast_run
from orderhub.domain.forecast_run import ForecastRun, RunState, Stage
from orderhub.domain.sku import has_skus
from orderhub.insights.forecast.answer import Reckoned, keep, load, parts
from orderhub.insights.forecast.kept import forget_runs, has_history
from orderhub.kernel.clock import SHANGHAI, utc_now
from orderhub.kernel.db import database, transaction
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.job_runs import LostLeadership
from orderhub.kernel.level import Pausable, is_paused

JOB = "forecast_demand"
DAYS_AHEAD = 60
_FROM_HOUR = 2  # the month's forecast is made at night
_BEAT_SECONDS = 2.0
_MODULE = "jobs.forecast_process"
_ROOT = Path(__file__).resolve().parent.parent


def forecast_demand(now: datetime) -> str:
    """Take up what waits, or the month's own forecast, and see it through."""
    with transaction() as session:
        forecast_run.take_back(session, now=now)
        waiting = forecast_run.open_run(session)
        if waiting is None and _is_due(session, now):
            waiting = forecast_run.ask(session, DAYS_AHEAD, by=SYSTEM, now=now)
        run = forecast_run.begin(session, waiting.id, now=now) if waiting else None
    return make(run) if run else "nothing to do"


def make(run: ForecastRun) -> str:
    """See a run that has begun to its end; returns what came of it."""
    with tempfile.TemporaryDirectory(prefix="orderhub-forecast-") as folder:
        worker = _Worker(run, Path(folder) / "forecast.npz")
        try:
            if not _wait(run, worker):
                return "put back" if STOPPING.is_set() else "cancelled"
            if worker.done is None:
                trouble = worker.trouble or "its process ended early"
                with transaction() as session:
                    forecast_run.give_up(session, run.id, trouble, now=utc_now())
                return f"broken: {trouble}"
            return _keep(run, load(worker.out, worker.done))
        except LostLeadership:
            raise
        except Exception as error:
            with transaction() as session:
                forecast_run.give_up(session, run.id, type(error).__name__, now=utc_now())
            raise
        finally:
            worker.end()
            with transaction() as session:
                forget_runs(session)


def _is_due(session: Session, now: datetime) -> bool:
    """Once a month, the first night the hub runs, whatever came of it; not before there is something to learn from."""
    local = now.astimezone(SHANGHAI)
    if local.hour < _FROM_HOUR or not has_skus(session) or not has_history(session, now):
        return False
    newest = session.exec(select(ForecastRun.made_at).order_by(col(ForecastRun.id).desc()).limit(1)).first()
    made = newest.astimezone(SHANGHAI) if newest else None
    return made is None or (made.year, made.month) < (local.year, local.month)


def _wait(run: ForecastRun, worker: "_Worker") -> bool:
    """Until it has ended; False where it was cancelled, or this process ends and somebody else has to begin anew."""
    while worker.is_alive:
        worker.wait(_BEAT_SECONDS)
        worker.hold(is_paused(Pausable.JOB, JOB))
        with transaction() as session:
            if STOPPING.is_set():
                forecast_run.put_back(session, run.id)
                return False
            stage, seen, total = worker.progress
            if not forecast_run.beat(session, run.id, stage, seen, total, now=utc_now()):
                return False
    worker.hear_out()
    return True


def _keep(run: ForecastRun, reckoned: Reckoned) -> str:
    pieces = list(parts(reckoned))
    for place, part in enumerate(pieces):
        with transaction() as session:
            if not forecast_run.beat(session, run.id, Stage.KEEPING, place, len(pieces), now=utc_now()):
                return "cancelled"
            keep(session, run.id, reckoned, part)
    with transaction() as session:
        done = forecast_run.finish(
            session,
            run.id,
            series=reckoned.series,
            common_milli=reckoned.common_milli,
            figures=reckoned.figures,
            notes=reckoned.notes,
            now=utc_now(),
        )
    return f"{reckoned.series} series" if done else "cancelled"


@dataclass
class _Worker:
    """The process, and what it has said; it ends by itself when this process does."""

    run: ForecastRun
    out: Path
    progress: tuple[Stage, int, int] = (Stage.GATHERING, 0, 1)
    done: dict[str, Any] | None = None
    trouble: str = ""
    _held: bool = False
    _process: "subprocess.Popen[str]" = field(init=False)

    def __post_init__(self) -> None:
        command, pipe = [sys.executable, "-m", _MODULE], subprocess.PIPE
        self._process = subprocess.Popen(  # noqa: S603  (our own)
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, cwd=_ROOT
        )
        wanted = {
            "url": database().url.render_as_string(hide_password=False),
            "today": str(self.run.first_day),
            "ahead": (self.run.last_day - self.run.first_day).days + 1,
            "out": str(self.out),
        }
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(wanted) + "\n")
                self._process.stdin.flush()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait(self, seconds: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def hear_out(self) -> None:
        self._listener.join(5)

    def hold(self, wanted: bool) -> None:  # noqa: FBT001
        """Stand still, or go on, with everything reckoned so far."""
        if wanted != self._held:
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(self._process.pid)
                process.suspend() if wanted else process.resume()
                self._held = wanted

    def end(self) -> None:
        if self.is_alive:
            self._process.kill()
        self._process.wait()
        self._listener.join(5)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            said = json.loads(line)
            if "stage" in said:
                self.progress = Stage(said["stage"]), said["seen"], said["total"]
            self.done = said.get("done", self.done)
            self.trouble = said.get("trouble", self.trouble)


def state_text(run: ForecastRun) -> str:
    """What a command prints of a run."""
    if run.state is RunState.DONE:
        return f"forecast {run.id}: {run.series} series, {run.first_day} to {run.last_day}"
    return f"forecast {run.id}: {run.state}" + (f" ({run.trouble})" if run.trouble else "")
