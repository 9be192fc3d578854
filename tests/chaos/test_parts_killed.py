"""Does the hub stand the death of one part after another, at moments of chance, while the others go on?"""

import random
import time

import pytest

from .closing import assert_closed
from .hubs import nursery
from .world import prepare
from .writers import together, writing

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]
ROUNDS = 2
PARTS = (("door",), ("door",), ("consumer",), ("jobs",))


@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_each_part_is_killed_in_turn_and_nothing_is_lost(db_url, folder):
    dice = random.Random(3)
    with nursery(db_url, folder) as hubs:
        world = prepare(db_url)
        living = [hubs.start(parts) for parts in PARTS]
        doors = [hub.port for hub in living if "door" in hub.parts]
        with writing(lambda: doors, world.bearer) as writers:
            for _ in range(ROUNDS):
                for turn in dice.sample(range(len(living)), len(living)):
                    time.sleep(dice.uniform(0.5, 1.5))
                    living[turn].kill()
                    living[turn] = hubs.start(living[turn].parts, port=living[turn].port)
            time.sleep(2)
        assert_closed(db_url, writers)
        assert set(together(writers).answers) == {"202"}
