"""Does the report say where the time went, and is every sentence tied to a figure?"""

from dataclasses import replace
from string import Formatter

import pytest

from orderhub.stress.advice import Finding, findings
from orderhub.stress.figures import Facts
from orderhub.stress.verify import Verdict
from orderhub.stress.words import SENTENCES, said

SOUND = Verdict(acknowledged=1000, held=1000)
CALM = Facts(
    sent=1050,
    acknowledged=1050,
    seconds=10,
    accepted_per_second=105,
    p50_ms=20,
    p99_ms=80,
    peak_waiting=20,
    oldest_seconds=1,
    drain_seconds=0,
    taken_per_second=100,
    hub_cores=0.3,
    machine_cpu=30,
    client_cores=0.1,
    commit_ms=8,
    group=5,
    database_ms=9,
    highest_level=1,
    database="postgresql",
    workers=2,
    cores=4,
)


def codes(facts: Facts, verdict: Verdict | None = SOUND, *, is_drained: bool = True) -> list[str]:
    return [finding.code for finding in findings(facts, verdict, is_drained=is_drained)]


def test_a_run_with_room_says_so():
    assert codes(CALM) == ["sound", "had_room"]


QUEUED = {"peak_waiting": 800, "drain_seconds": 20.0, "taken_per_second": 33.0}


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"given_up": 3}, ["given_up"]),
        ({"unanswered": 4}, ["unanswered"]),
        ({"refused": {"429": 5, "503": 2}}, ["held_back"]),
        ({"refused": {"422": 5}}, ["had_room"]),
        ({"highest_level": 2}, ["level_raised"]),
        (QUEUED, ["working_off_is_slower", "more_workers"]),
        (QUEUED | {"machine_cpu": 60.0}, ["working_off_is_slower"]),
        (QUEUED | {"hub_cores": 1.1}, ["working_off_is_slower", "more_processes"]),
        ({"hub_cores": 0.95, "machine_cpu": 50.0}, ["more_processes"]),
        ({"hub_cores": 0.95, "machine_cpu": 50.0, "database": "sqlite"}, ["more_processes_after_postgres"]),
        ({"machine_cpu": 90.0}, ["machine_full"]),
        ({"machine_cpu": 90.0, "client_cores": 0.9}, ["machine_full", "simulator_greedy"]),
        ({"commit_ms": 90.0}, ["slow_commits"]),
        ({"commit_ms": 90.0, "machine_cpu": 90.0}, ["machine_full"]),
        ({"commit_ms": 90.0, "database": "sqlite"}, ["writers_wait"]),
        ({"commit_ms": 90.0, "group": 1.2}, ["bigger_groups"]),
        ({"p99_ms": 9000.0}, ["slow_answers", "wider_pool"]),
        ({"p99_ms": 9000.0, "machine_cpu": 80.0}, ["slow_answers"]),
        ({"p99_ms": 9000.0, "hub_cores": 1.1}, ["slow_answers", "more_processes"]),
        ({"first_half_ms": 5.0, "second_half_ms": 7.1}, ["missing_index"]),
        ({"first_half_ms": 5.0, "second_half_ms": 7.0}, ["had_room"]),
        ({"unread": 2}, ["metrics_late"]),
        ({"late_p99_ms": 4000.0}, ["few_callers"]),
        ({"hub_cores": None, "machine_cpu": None, "peak_waiting": None, "commit_ms": None}, ["not_told"]),
    ],
)
def test_each_fact_leads_to_its_advice(changed, wanted):
    assert codes(replace(CALM, **changed))[1:] == wanted


def test_what_is_wrong_stands_first():
    broken = Verdict(acknowledged=10, held=9, lost=["a"], wrong_amount=["b", "c"])
    first = findings(CALM, broken, is_drained=False)[:2]
    assert [(one.code, one.is_bad) for one in first] == [("not_drained", True), ("unsound", True)]
    assert dict(first[1].figures) == {"lost": 1, "doubled": 0, "phantom": 0, "wrong_amount": 2}
    assert codes(CALM, None)[0] == "not_verified"


def test_a_sentence_names_its_figures_in_both_languages():
    finding = findings(replace(CALM, **QUEUED), SOUND)[2]
    assert said(finding, "en") == (
        "800 waited while the processor was 30 % busy: take more workers (ORDERHUB_WORKERS, 2 now)."
    )
    assert said(finding) == "队列积压到 800 条而处理器只用了 30%：增加处理线程（ORDERHUB_WORKERS，现为 2）。"


@pytest.mark.parametrize("code", SENTENCES)
def test_both_languages_ask_for_the_same_figures(code):
    chinese, english = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in SENTENCES[code])
    assert chinese >= english or english >= chinese
    assert said(Finding(code, dict.fromkeys(chinese | english, 7)), "en")
