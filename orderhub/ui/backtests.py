"""Which back-tests run in this process, how far are they, and who may end them? One for each person.

They belong to people, not to tabs: whoever loads the page again finds theirs. A few run at a time, the others wait.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import structlog
from sqlmodel import select

from orderhub.domain.rules.deciding import RuleSet
from orderhub.domain.rules.rule import Rule
from orderhub.domain.rules.versions import live_rules
from orderhub.domain.shop import Shop
from orderhub.insights.rule_backtest import BackTest, Cancelled, back_test, since_days
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading

_AT_ONCE = threading.BoundedSemaphore(1)


class Trial(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDED = (Trial.DONE, Trial.CANCELLED, Trial.FAILED)


@dataclass
class Running:
    """``names`` are those of the tested rules by key; ``rules`` the tested rules themselves."""

    days: int
    rules: tuple[Rule, ...]
    state: Trial = Trial.WAITING
    done: int = 0
    total: int = 0
    started_at: datetime = field(default_factory=utc_now)
    ended_at: datetime | None = None
    result: BackTest | None = None
    is_unwanted: bool = False

    @property
    def names(self) -> Mapping[str, str]:
        return {rule.key: rule.name for rule in self.rules}

    def watch(self, done: int, total: int) -> bool:
        self.done, self.total = done, total
        return not self.is_unwanted


_kept: dict[str, Running] = {}


def start(user: str, rules: Sequence[Rule], days: int) -> Running:
    """Test ``rules`` against the live ones; a test of the same person that still runs is ended."""
    cancel(user)
    running = _kept[user] = Running(days, tuple(rules))
    threading.Thread(target=_run, args=(running,), name="backtest", daemon=True).start()
    return running


def of(user: str) -> Running | None:
    return _kept.get(user)


def cancel(user: str) -> None:
    if running := _kept.get(user):
        running.is_unwanted = True


def forget(user: str) -> None:
    cancel(user)
    _kept.pop(user, None)


def _run(running: Running) -> None:
    with _AT_ONCE:
        running.started_at = utc_now()
        running.state = Trial.RUNNING
        try:
            running.result = _tested(running)
            running.state = Trial.DONE
        except Cancelled:
            running.state = Trial.CANCELLED
        except Exception:  # noqa: BLE001  (the page says so)
            structlog.get_logger().exception("backtest_failed")
            running.state = Trial.FAILED
        running.ended_at = utc_now()


def _tested(running: Running) -> BackTest:
    if running.is_unwanted:
        raise Cancelled
    with reading() as session:
        live = live_rules(session)
        shops = {shop.id: shop.code for shop in session.exec(select(Shop))}
    draft = RuleSet(0, running.rules)
    since = since_days(running.started_at, running.days)
    return back_test(live, draft, since=since, shops=shops, watch=running.watch)
