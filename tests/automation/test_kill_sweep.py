"""Does a death in the middle of a workflow or of a sending lose or double anything?

Workflows: at each commit of each, on copies of a story's database (``tests/automation/sweep.py``). Messages leave the
hub, so each kind of sender has a story of its own in which the partner counts. What no partner can absorb twice comes
again with a word that says so: a card of a robot, and a notice of a provider without a number of ours.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orderhub.automation.catalogue import WORKFLOWS
from orderhub.automation.outbox import OutboxKind

ROOT = Path(__file__).parents[2]
# Stories that together give every workflow something to do.
STORIES = ()


@pytest.mark.timeout(600)
def test_every_workflow_may_die_before_and_after_each_commit(record_property: Callable[[str, object], None]):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.automation.sweep", "-p", "no:cacheprovider", *STORIES]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False).stdout
    swept = dict(re.findall(r"^sweep (\w+): (\d+) deaths, nothing differs", told, re.MULTILINE))
    assert swept.keys() == {workflow.name for workflow in WORKFLOWS}, told[-4000:]
    record_property("deaths", sum(map(int, swept.values())))


DEATHS = {
    OutboxKind.SHIP: ("test_shipping_once", "test_a_process_killed_before_the_answer_asks_before_it_tells_again"),
    OutboxKind.STOCK: ("test_channel_stock", "test_killed_anywhere_the_hub_tells_the_last_level_all_the_same"),
    OutboxKind.WAYBILL: ("test_waybills_once", "test_killed_in_the_middle_and_started_again_pays_for_none_twice"),
    OutboxKind.REFUND_ANSWER: (
        "test_answers_once",
        "test_a_process_killed_before_the_answer_asks_before_it_tells_again",
    ),
    OutboxKind.ROBOT: ("test_robots", "test_killed_while_it_says_a_card_the_card_comes_again_with_a_word"),
    OutboxKind.SUBSCRIPTION: ("test_kuaidi100", "test_who_dies_while_subscribing_subscribes_again_and_is_told_once"),
    OutboxKind.NOTICE: ("test_notices", "test_a_process_killed_while_a_buyer_is_told_tells_by_the_same_number_again"),
}


def test_every_sender_has_a_story_of_its_death():
    assert DEATHS.keys() == set(OutboxKind)
    for file, name in DEATHS.values():
        assert f"def {name}(" in (ROOT / "tests" / "flows" / f"{file}.py").read_text()
