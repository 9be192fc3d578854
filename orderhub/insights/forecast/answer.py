"""How does a forecast come back from the process that reckoned it, and into the database? Without what reckons it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlmodel import Session

from orderhub.domain.forecast_run import Model
from orderhub.insights.forecast.kept import ForecastDay, ForecastSeries, together
from orderhub.kernel.many_rows import insert_rows

_AT_ONCE = 200  # series in one transaction: on SQLite it holds the one writer
_ABSURD = 1000.0  # nothing was sold in the folds


@dataclass
class Reckoned:
    """``arrays`` are by series (and day), in thousandths of a piece; errors are what was missed of what was sold."""

    first_day: int
    arrays: dict[str, Any]
    figures: dict[str, Any]
    notes: list[dict[str, Any]]
    common_milli: int

    @property
    def series(self) -> int:
        return len(self.arrays["sku_ids"])


def save(reckoned: Reckoned, path: Path) -> dict[str, Any]:
    """The arrays go to ``path``, and what is returned can be written as JSON."""
    np.savez(path, **reckoned.arrays)
    return {
        "first_day": reckoned.first_day,
        "figures": reckoned.figures,
        "notes": reckoned.notes,
        "common_milli": reckoned.common_milli,
    }


def load(path: Path, said: Mapping[str, Any]) -> Reckoned:
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    return Reckoned(said["first_day"], arrays, said["figures"], said["notes"], said["common_milli"])


def parts(reckoned: Reckoned) -> Iterator[Sequence[int]]:
    """The places of some series at a time, as many as one transaction keeps."""
    for start in range(0, reckoned.series, _AT_ONCE):
        yield range(start, min(start + _AT_ONCE, reckoned.series))


def keep(session: Session, run_id: int, reckoned: Reckoned, places: Sequence[int]) -> None:
    """Nobody sees it before the run is done."""
    from_day, arrays = reckoned.first_day, reckoned.arrays
    errors = {name.removeprefix("errors_"): arrays[name] for name in arrays if name.startswith("errors_")}
    series, days = [], []
    for place in places:
        key = {
            "run_id": run_id,
            "sku_id": int(arrays["sku_ids"][place]),
            "warehouse_id": int(arrays["warehouse_ids"][place]),
        }
        said = list(zip(*(arrays[name][place].tolist() for name in ("mean", "median", "high")), strict=True))
        whole = together(said, reckoned.common_milli)
        series.append(
            key
            | whole._asdict()
            | {
                "recent": arrays["recent"][place].tolist(),
                "model": Model(str(arrays["models"][place])),
                "first_sold": date.fromordinal(int(arrays["first_sold"][place])),
                "selling_days": int(arrays["selling_days"][place]),
                "errors": {name: float(values[place]) for name, values in errors.items() if values[place] < _ABSURD},
            }
        )
        for number, (mean, median, high) in enumerate(said):
            day = date.fromordinal(from_day + number)
            days.append(key | {"day": day, "mean_milli": mean, "p50_milli": median, "p90_milli": high})
    insert_rows(session, ForecastSeries, series)
    insert_rows(session, ForecastDay, days)
