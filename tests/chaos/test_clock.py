"""Does the hub stand a clock that jumps an hour ahead, and one that jumps back?"""

import time
from datetime import timedelta

import pytest

from .clock_shift import VARIABLE
from .closing import assert_closed
from .hubs import nursery
from .world import prepare
from .writers import writing

HOUR = timedelta(hours=1).total_seconds()


@pytest.mark.timeout(600)
def test_an_hour_ahead_and_back_again_loses_and_doubles_nothing(sqlite_url, folder):
    shift = folder / "clock"
    world = prepare(sqlite_url)
    with nursery(sqlite_url, folder, **{VARIABLE: str(shift)}) as hubs:
        hub = hubs.start()
        with writing(lambda: [hub.port], world.bearer) as writers:
            for seconds in (HOUR, 0.0, -HOUR, 0.0):
                time.sleep(3)
                shift.write_text(str(seconds))
            time.sleep(3)
        assert_closed(sqlite_url, writers)
