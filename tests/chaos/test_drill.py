"""Is nothing lost or doubled where the whole hub is killed every second or two? The short form of the command."""

import pytest

from . import drill
from .broker import broker_of_its_own

KILLS = 6


@pytest.mark.timeout(600)
def test_killing_the_whole_hub_again_and_again_loses_and_doubles_nothing(db_url, folder):
    done = drill.run(db_url, folder, kills=KILLS)
    assert done.count.faults == {}, str(done)
    assert done.count.acknowledged > 5 * KILLS
    assert done.sent.answers["202"] > done.count.acknowledged


@pytest.mark.timeout(600)
def test_a_hub_told_to_end_under_load_ends_by_itself_and_leaves_nothing_half_done(sqlite_url, folder):
    done = drill.run(sqlite_url, folder, kills=2, is_served=True, is_gentle=True)
    assert done.count.faults == {}, str(done)
    assert done.stop_seconds > 0
    assert done.count.acknowledged > 20


@pytest.mark.services
@pytest.mark.timeout(600)
@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_the_same_with_a_broker_before_the_inbox(db_url, folder):
    with broker_of_its_own() as broker:
        done = drill.run(db_url, folder, kills=KILLS, broker=broker)
    assert done.count.faults == {}, str(done)
    assert done.count.acknowledged > 5 * KILLS
    assert done.through_broker > done.count.acknowledged / 2  # while it was not known yet, the table took them in
