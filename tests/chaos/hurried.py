"""What does a hub's clock do whose minutes last six seconds? It measures and decides its level as ever, only sooner.

Each job of the timetable comes due once in such a minute and does nothing: what is drilled is whether it begins.
Where a file says how busy the processor is (``TOLD``), it is believed instead of the sensor.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from datetime import datetime, timedelta
from pathlib import Path

from jobs.clockwork import Clockwork
from jobs.schedule import Entry, timetable
from orderhub.domain.scan_phrase import RereadDue
from orderhub.intake.gauge import Gauge
from orderhub.intake.level_keeping import BEAT_SECONDS, Keeper
from orderhub.intake.pressure import USUAL, Limits, Sample
from orderhub.kernel.db import transaction
from orderhub.kernel.eventlog import SYSTEM, record
from orderhub.kernel.level import Level, felt
from orderhub.kernel.settings import settings

TOLD = "CHAOS_CPU"
SCALE = 10
_TIMES = ("cpu_for", "busy_for", "unwritable_for", "mended_for", "calm_for", "dwell", "longest_gap")
LIMITS: Limits = replace(USUAL, **{name: getattr(USUAL, name) / SCALE for name in _TIMES})
MINUTE = timedelta(minutes=1) / SCALE
# Not on the list of what waits: it writes the event that a workflow of that list is to wait with.
WRITES_EVENTS = "find_silent_parcels"
_NO_PHRASE = 1


def clockwork() -> Clockwork:
    """With the hub's own sensors and rules."""
    keeper = Keeper(_Noting(settings().data_dir / "samples"), limits=LIMITS)
    entries = [
        Entry(one.job, _write_event if one.job == WRITES_EVENTS else _nothing, MINUTE, jitter=MINUTE / 2)
        for one in timetable()
    ]
    return Clockwork(entries, beat=keeper.beat, beat_seconds=BEAT_SECONDS / SCALE)


def samples(folder: Path) -> Iterator[tuple[datetime, Sample]]:
    """What the hub with its data in ``folder`` has measured so far, with the moment of its beat."""
    names = {one.name for one in fields(Sample)}
    for line in (folder / "samples").read_text().splitlines():
        said = json.loads(line)
        yield datetime.fromisoformat(said["now"]), Sample(**{name: said[name] for name in names})


class _Noting(Gauge):
    """Writes down what it has measured, so that whoever drills knows what was decided upon."""

    def __init__(self, file: Path) -> None:
        told = os.environ.get(TOLD)
        super().__init__(cpu=(lambda: float(Path(told).read_text())) if told else None)
        self._file = file

    def sample(self, now: datetime) -> Sample:
        measured = super().sample(now)
        with self._file.open("a") as file:
            file.write(json.dumps({"now": now.isoformat(), **asdict(measured)}) + "\n")
        return measured


def _nothing(_now: datetime) -> str:
    return ""


def _write_event(now: datetime) -> str:
    if felt().level is not Level.NORMAL:
        with transaction() as session:
            record(session, RereadDue(_NO_PHRASE, 0), actor=SYSTEM, now=now)
    return ""
