"""Does the hub stand a PostgreSQL that is restarted under it, and one that is away for a while?"""

import time

import pytest

from .closing import assert_closed
from .hubs import nursery
from .postgres import cluster
from .world import prepare
from .writers import together, writing

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]
AWAY_SECONDS = 20


def test_a_database_that_dies_and_comes_back_costs_no_order(folder):
    with cluster() as server, nursery(server.url, folder) as hubs:
        world = prepare(server.url)
        doors = [hubs.start(("door",)).port, hubs.start(("door", "consumer")).port]
        hubs.start(("consumer", "jobs"))
        with writing(lambda: doors, world.bearer) as writers:
            time.sleep(4)
            server.stop()
            server.start()
            time.sleep(4)
            server.stop()
            time.sleep(AWAY_SECONDS)
            server.start()
            time.sleep(4)
        assert_closed(server.url, writers)
        answers = together(writers).answers
    assert set(answers) <= {"202", "503"}, answers  # a clear refusal, and nothing of the hub's inside in it
