"""Does the page of the closed loop show what was measured, and can its figures be taken away?"""

from datetime import timedelta

import pytest

from orderhub.access.permissions import Role
from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.words import Channel
from orderhub.insights.closure import ClosureBy
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, transaction
from orderhub.ui.closure_forms import key_text
from orderhub.ui.closure_view import ClosureQuery, closure_query, closure_view

HOUR = timedelta(hours=1)


@pytest.fixture
def measured(database: Database) -> None:
    """Two of one kind: one resolved by a person within an hour, one past its time; one of another is still in time."""
    now = utc_now()
    with transaction() as session:
        for about, kind, age in (
            (1, AnomalyKind.AMOUNT_MISMATCH, 20 * HOUR),
            (2, AnomalyKind.AMOUNT_MISMATCH, 15 * HOUR),
            (3, AnomalyKind.LOW_STOCK, HOUR),
        ):
            found = now - age
            open_anomaly(session, kind, about=("parcel", about), occurred_at=found - HOUR, now=found)
        first = ("parcel", 1)
        resolve_anomaly(session, AnomalyKind.AMOUNT_MISMATCH, about=first, by="ceshi-a", now=now - 19 * HOUR)


def test_every_figure_stands_beside_its_division(measured: None) -> None:
    with transaction() as session:
        view = closure_view(session, ClosureQuery(), utc_now())
    assert (view.rate.value, view.rate.division) == ("50.0", "1 ÷ 2")
    assert (view.due, view.undue, view.once, view.late, view.late_width) == ("2", "1", "1", "1", "50.0%")
    detect, accuracy, resolve, complaint = view.figures
    assert (detect.value, detect.division, detect.is_met, detect.middle) == ("1.0", "3.0 ÷ 3", True, "1.00")
    assert (accuracy.value, accuracy.division, accuracy.is_met) == ("100.0", "1 ÷ 1", True)
    assert (resolve.value, resolve.division, complaint.value) == ("0.0", "0.0 ÷ 1", "0.0")
    assert [(row.key, row.count, row.late) for row in view.rows] == [
        (AnomalyKind.AMOUNT_MISMATCH, "2", "1"),
        (AnomalyKind.LOW_STOCK, "1", ""),
    ]
    assert view.rows[0].href == "/anomalies?state=all&kind=amount_mismatch"
    assert view.rows[1].rate == "—"


@pytest.mark.parametrize("by", ClosureBy)
@pytest.mark.parametrize("days", ["7", "90"])
def test_each_grouping_counts_the_same_anomalies(measured: None, by: ClosureBy, days: str) -> None:
    query = closure_query({"by": by, "days": days})
    with transaction() as session:
        view = closure_view(session, query, utc_now())
    assert sum(int(row.count) for row in view.rows) == 3
    assert [(pick.value, pick.is_on) for pick in view.groupings] == [(str(one), one is by) for one in ClosureBy]
    assert all(key_text(lang, query, row.key) for row in view.rows for lang in ("zh", "en"))


def test_a_link_may_ask_for_nonsense(measured: None) -> None:
    asked = closure_query({"days": "31", "kind": "x", "channel": "' OR 1=1", "role": "root", "by": "<b>"})
    assert asked == ClosureQuery()
    asked = closure_query({"days": "7", "kind": "low_stock", "channel": "jd", "role": "finance", "by": "week"})
    assert asked == ClosureQuery(7, AnomalyKind.LOW_STOCK, Channel.JD, Role.FINANCE, ClosureBy.WEEK)
    with transaction() as session:
        assert closure_view(session, asked, utc_now()).rows == []
