"""How fast are the flow map's figures at 100,000 orders, and how fast does a parcel's silence follow a new map?"""

import time
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import insert
from sqlmodel import SQLModel

from orderhub.domain.flow_stage import SHIPPED_MAP
from orderhub.domain.silence import TrackAlarm
from orderhub.domain.track import look_again
from orderhub.insights.flow import stage_figures
from orderhub.kernel.db import Database
from tests import builders, months

from .measuring import Figure, p95_ms

ORDERS, TRACKS = 100_000, 20_000
_FIGURES_MS, _LOOK_SECONDS = 50, 5


def run(database: Database) -> Iterator[Figure]:
    now = builders.NOW
    months.fill(database, ORDERS, now=now)
    known = {"to_region": "浙江省", "shipped_at": now - timedelta(hours=20), "alarm": TrackAlarm.NONE}
    rows = [known | {"tracking_no": f"BENCH{number:010}", "check_at": now} for number in range(TRACKS)]
    with database.transaction() as session:
        session.connection().execute(insert(SQLModel.metadata.tables["track"]), rows)

    def figures() -> None:
        with database.reading() as session:
            stage_figures(session, SHIPPED_MAP, now)

    yield Figure("flow map, counts and breaches of every stage", p95_ms(figures), "ms p95", _FIGURES_MS)
    start = time.perf_counter()
    with database.transaction() as session:
        assert look_again(session, now=now) >= TRACKS
    yield Figure("20,000 parcels due again after a new map", time.perf_counter() - start, "s", _LOOK_SECONDS)
