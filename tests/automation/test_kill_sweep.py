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
STORIES = (
    "domain/test_phrase_teaching.py::test_teaching_reads_parcels_again_that_have_the_sentence",
    "flows/test_anomaly_kinds.py::test_an_anomaly_of_the_database[sqlite-parcel_refused]",
    "flows/test_answers_paid.py::test_money_agreed_to_arrives_and_closes_the_case",
    "flows/test_one_run.py",
    "flows/test_kuaidi100.py::test_keys_that_are_refused_are_told_to_an_administrator_until_there_are_others",
    "flows/test_notices.py::test_wrong_keys_pass_over_to_another_way_and_without_one_wait_for_new_keys",
    "flows/test_refused_parcels.py::test_a_refused_parcel_opens_its_case_by_itself_and_once",
    "flows/test_replacement.py::test_an_exchange_leaves_once_and_its_platform_is_told_by_a_person",
    "flows/test_report_mail.py::test_a_server_that_locks_us_out_is_tried_once_and_again_when_somebody_says_so",
    "flows/test_robots.py::test_a_dead_key_pauses_the_robot_until_it_has_a_new_one",
    "flows/test_shipping.py::test_a_dead_authorisation_pauses_the_shop_until_it_is_given_anew[tb-flagship]",
    "flows/test_shipping.py::test_a_refund_asked_for_meanwhile_stops_the_upload_until_it_ends[tb-flagship]",
    "flows/test_webhooks.py::test_a_program_hears_of_an_order_once_and_can_check_who_says_so",
    "flows/test_waybills.py::test_a_cancelled_order_gives_its_waybill_back_and_a_new_delivery_gets_a_new_number",
    "flows/test_waybills.py::test_keys_that_open_no_more_pause_the_account_until_it_has_new_ones",
)


@pytest.mark.timeout(900)
def test_every_workflow_may_die_before_and_after_each_commit(record_property: Callable[[str, object], None]):
    plugins = ["-p", "tests.automation.sweep", "-p", "no:cacheprovider"]
    stories = [f"tests/{story}" for story in STORIES]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "-m", "not services", "--timeout", "800", *stories]
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
    OutboxKind.WEBHOOK: ("test_webhooks", "test_killed_while_it_tells_a_program_it_tells_by_the_same_id_again"),
    OutboxKind.REPORT: ("test_report_mail", "test_killed_while_it_mails_the_same_letter_comes_again_by_its_number"),
    OutboxKind.SUBSCRIPTION: ("test_kuaidi100", "test_who_dies_while_subscribing_subscribes_again_and_is_told_once"),
    OutboxKind.NOTICE: ("test_notices", "test_a_process_killed_while_a_buyer_is_told_tells_by_the_same_number_again"),
}


def test_every_sender_has_a_story_of_its_death():
    assert DEATHS.keys() == set(OutboxKind)
    for file, name in DEATHS.values():
        assert f"def {name}(" in (ROOT / "tests" / "flows" / f"{file}.py").read_text()
