"""What works behind the doors gives way to a rush, and not for long."""

import threading
from contextlib import ExitStack

from orderhub.intake import rush as module
from orderhub.intake.rush import FROM, Rush


def test_a_large_group_is_a_rush_while_it_is_written_and_a_little_longer(monkeypatch):
    at = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: at[0])
    rush = Rush()
    with rush.writing(FROM - 1):
        assert not rush.is_on
    with rush.writing(FROM):
        at[0] += 60
        assert rush.is_on
    assert rush.is_on
    at[0] += 1
    assert not rush.is_on


def test_many_who_wait_are_a_rush_however_small_the_writes():
    rush = Rush()
    with ExitStack() as senders:
        for _ in range(FROM - 1):
            senders.enter_context(rush.waiting())
        assert not rush.is_on
        with rush.waiting():
            assert rush.is_on
        assert not rush.is_on


def test_who_gives_way_goes_on_though_the_rush_does(monkeypatch):
    monkeypatch.setattr(module, "_LONGEST_SECONDS", 0.01)
    rush = Rush()
    with rush.writing(FROM):
        rush.give_way(threading.Event())
        assert rush.is_on


def test_who_is_told_to_close_waits_for_nothing():
    closing, rush = threading.Event(), Rush()
    closing.set()
    with rush.writing(FROM):
        rush.give_way(closing)
        assert rush.is_on
