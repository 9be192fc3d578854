"""Is what is wrong listed by kind and by page, with what it is about?"""

from datetime import datetime, timedelta

import pytest

from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.insights.anomaly import anomaly_groups, anomaly_page
from orderhub.kernel.db import Database
from tests import builders

MISMATCH, LATE, DEAD = AnomalyKind.AMOUNT_MISMATCH, AnomalyKind.SHIP_BY_PAST, AnomalyKind.DEAD_LETTER
HOUR = timedelta(hours=1)


@pytest.fixture
def found(database: Database, now: datetime) -> None:
    """Newest last: two late orders of which one counts as late work, a message, a shop; one is resolved."""
    with database.transaction() as session:
        first = builders.order(session, "A1", now=now)
        second = builders.order(session, "A2", now=now)
        for kind, about, age, severity, fen in (
            (LATE, ("order", first.id), 13 * HOUR, Severity.HIGH, 13_940),
            (LATE, ("order", second.id), HOUR, Severity.HIGH, 500),
            (DEAD, ("message", 41), HOUR, Severity.MEDIUM, 0),
            (MISMATCH, ("order", first.id), HOUR, Severity.LOW, 0),
            (AnomalyKind.SYNC_BEHIND, ("shop", first.shop_id), HOUR, Severity.MEDIUM, 0),
        ):
            open_anomaly(
                session, kind, about=about, occurred_at=now - age, now=now - age, severity=severity, at_risk_fen=fen
            )
        resolve_anomaly(session, MISMATCH, about=("order", first.id), by="ceshi-a", now=now)


def test_groups_count_what_is_open_most_money_first(database: Database, found: None, now: datetime) -> None:
    with database.reading() as session:
        groups = anomaly_groups(session, now)
    assert [(group.kind, group.count, group.late_count, group.at_risk_fen) for group in groups] == [
        (LATE, 2, 1, 14_440),
        (DEAD, 1, 0, 0),
        (AnomalyKind.SYNC_BEHIND, 1, 0, 0),
    ]


def test_a_page_names_what_each_is_about_newest_first(database: Database, found: None, now: datetime) -> None:
    with database.reading() as session:
        rows = anomaly_page(session, now).rows
        assert [(row.anomaly.kind, row.about, row.is_late) for row in rows] == [
            (AnomalyKind.SYNC_BEHIND, "测试店 douyin-1", False),
            (DEAD, "#41", False),
            (LATE, "A2", False),
            (LATE, "A1", True),
        ]
        resolved = anomaly_page(session, now, is_resolved=True).rows
        assert [(row.anomaly.kind, row.anomaly.resolved_by) for row in resolved] == [(MISMATCH, "ceshi-a")]
        assert [row.about for row in anomaly_page(session, now, kind=LATE).rows] == ["A2", "A1"]


def test_pages_read_on_without_a_gap_or_a_repeat(database: Database, found: None, now: datetime) -> None:
    with database.reading() as session:
        seen, before = [], 0
        while True:
            page = anomaly_page(session, now, before=before, size=3)
            seen += [row.about for row in page.rows]
            before = page.next_before
            if not before:
                break
    assert seen == ["测试店 douyin-1", "#41", "A2", "A1"]
