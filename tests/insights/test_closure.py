"""Do the closed loop's figures say what the events say, whatever happened?"""

from collections.abc import Callable
from dataclasses import astuple
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, delete, select

from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.anomaly import Anomaly, hand_over, open_anomaly, resolve_anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind
from orderhub.domain.complaint import COUNTS_WITHIN, note_case
from orderhub.domain.task import Task
from orderhub.domain.words import Channel
from orderhub.insights.closure import Closure, ClosureAsked, ClosureBy, closure_by, closure_total, median_seconds
from orderhub.insights.closure_log import closure_in_log
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import SYSTEM
from tests import builders
from tests.builders import begin_log_anew
from tests.domain.drafts import a_refund

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KINDS = (AnomalyKind.NO_MOVEMENT, AnomalyKind.AMOUNT_MISMATCH, AnomalyKind.SYNC_BEHIND)

Step = Callable[[Session, datetime], None]


def opens(kind: AnomalyKind, about: int, late: int) -> Step:
    def step(session: Session, now: datetime) -> None:
        occurred_at = now - timedelta(minutes=late)
        channel = Channel.JD if about % 2 else None
        open_anomaly(session, kind, about=("parcel", about), occurred_at=occurred_at, now=now, channel=channel)

    return step


def ends_by_itself(kind: AnomalyKind, about: int) -> Step:
    def step(session: Session, now: datetime) -> None:
        resolve_anomaly(session, kind, about=("parcel", about), by=SYSTEM, now=now)

    return step


def by_hand(about: int, role: str) -> Step:
    """Handed over, or resolved where no role is named."""

    def step(session: Session, now: datetime) -> None:
        open_ones = select(Anomaly.id).where(Anomaly.subject_id == about, col(Anomaly.resolved_at).is_(None))
        for found in session.exec(open_ones).all():
            if role:
                hand_over(session, found, role=role, reason="试", by="ceshi-a", now=now)
            else:
                resolve_by_hand(session, found, reason="试", by="ceshi-a", now=now)

    return step


_ABOUT = st.integers(1, 4)
_KIND = st.sampled_from(KINDS)
STEPS = st.lists(
    st.tuples(
        st.one_of(
            st.builds(opens, _KIND, _ABOUT, st.integers(-30, 600)),
            st.builds(ends_by_itself, _KIND, _ABOUT),
            st.builds(by_hand, _ABOUT, st.sampled_from(["", "finance", "operations"])),
        ),
        st.integers(1, 100),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_figures_are_those_of_the_log(database: Database, now: datetime, steps: list[tuple[Step, int]]) -> None:
    with database.transaction() as session:
        for table in (Task, Anomaly):
            session.exec(delete(table))
        begin_log_anew(session)
        moment = now
        for step, hours in steps:
            moment += hours * HOUR
            step(session, moment)
        session.flush()
        later = moment + 5 * HOUR
        for asked in (
            ClosureAsked(now, later),
            ClosureAsked(now + 3 * DAY, now + 20 * DAY),
            ClosureAsked(now, later, kind=KINDS[0]),
            ClosureAsked(now, later, channel=Channel.JD, owner_role="finance"),
        ):
            for by in ClosureBy:
                shown, told = closure_by(session, asked, by, later), closure_in_log(session, asked, by, later)
                assert list(shown) == list(told)
                for key, row in shown.items():
                    assert astuple(row) == pytest.approx(astuple(told[key]), abs=0.01), (by, key)
                total = sum(shown.values(), Closure())
                assert astuple(closure_total(session, asked, later)) == pytest.approx(astuple(total), abs=0.01)


def test_a_period_divides_what_it_detected(database: Database, now: datetime) -> None:
    """One set right in time by its first owner, one by another role too late, one still in time, one over time."""
    kind = AnomalyKind.AMOUNT_MISMATCH
    within = HANDLING[kind].within
    with database.transaction() as session:
        for about, age in ((1, 3 * DAY), (2, 2 * DAY), (3, HOUR), (4, within + HOUR)):
            found = now - age
            open_anomaly(session, kind, about=("parcel", about), occurred_at=found - 2 * HOUR, now=found)
        by_hand(1, "")(session, now - 3 * DAY + HOUR)
        by_hand(2, "finance")(session, now - DAY)
        by_hand(2, "")(session, now - DAY)
        asked = ClosureAsked(now - 7 * DAY, now)
        total = closure_total(session, asked, now)
        assert (total.detected, total.resolved, total.due, total.in_time, total.late) == (4, 2, 3, 1, 2)
        assert total.closed_loop_rate == pytest.approx(1 / 3)
        assert total.accuracy == pytest.approx(1 / 2)
        assert total.time_to_detect == pytest.approx(2 * 3600, abs=0.1)
        assert total.time_to_resolve == pytest.approx((1 + 24) / 2 * 3600, abs=0.1)
        assert median_seconds(session, asked) == pytest.approx((7200, 3600), abs=0.1)
        nothing = closure_total(session, ClosureAsked(now, now + DAY), now)
        assert (nothing.closed_loop_rate, nothing.accuracy, nothing.time_to_detect) == (None, None, None)
        assert median_seconds(session, ClosureAsked(now, now + DAY)) == (None, None)


def test_a_buyer_who_comes_back_within_thirty_days_counts_once(database: Database, now: datetime) -> None:
    """Of two orders of one buyer, and of a stranger's, one anomaly each was resolved."""
    later = now + 10 * DAY
    with database.transaction() as session:
        orders = [
            builders.order(session, number, now=now, buyer_token=token)
            for number, token in (("A1", "wang"), ("A2", "wang"), ("A3", "li"))
        ]
        for order in orders:
            about = ("order", order.id)
            open_anomaly(session, AnomalyKind.AMOUNT_MISMATCH, about=about, occurred_at=now, now=now)
            resolve_anomaly(session, AnomalyKind.AMOUNT_MISMATCH, about=about, by=SYSTEM, now=now + HOUR)
        case = _case(session, "A1", later)
        assert note_case(session, case, now=later) == 2
        assert note_case(session, case, now=later) == 0
        asked = ClosureAsked(now, later)
        assert closure_total(session, asked, later).complaint_rate == pytest.approx(2 / 3)
        (told,) = closure_in_log(session, asked, ClosureBy.KIND, later).values()
        assert told.complained == 2


def test_after_thirty_days_it_is_another_story(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        order = builders.order(session, "A1", now=now, buyer_token="wang")
        about = ("order", order.id)
        open_anomaly(session, AnomalyKind.AMOUNT_MISMATCH, about=about, occurred_at=now, now=now)
        resolve_anomaly(session, AnomalyKind.AMOUNT_MISMATCH, about=about, by=SYSTEM, now=now)
        late = now + COUNTS_WITHIN + HOUR
        assert note_case(session, _case(session, "A1", late), now=late) == 0


def _case(session: Session, order_no: str, now: datetime) -> Aftersale:
    draft = a_refund(channel=Channel.DOUYIN, channel_order_no=order_no, amount_fen=100)
    accept_refund(session, builders.shop(session), draft, now=now)
    return session.exec(select(Aftersale)).one()


def test_what_a_channel_ends_by_its_own_news_was_in_nobodys_hands(database: Database, now: datetime) -> None:
    kind, asked = AnomalyKind.AMOUNT_MISMATCH, ClosureAsked(now, now + DAY)
    with database.transaction() as session:
        for about, by in ((1, "douyin"), (2, SYSTEM), (3, "ceshi-a")):
            open_anomaly(session, kind, about=("parcel", about), occurred_at=now, now=now)
            resolve_anomaly(session, kind, about=("parcel", about), by=by, now=now + HOUR)
        total = closure_total(session, asked, now + DAY)
        assert (total.resolved, total.by_people, total.first_right) == (3, 1, 1)
        (told,) = closure_in_log(session, asked, ClosureBy.KIND, now + DAY).values()
        assert (told.by_people, told.first_right) == (1, 1)
