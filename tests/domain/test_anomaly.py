"""May a person close an anomaly, and how?"""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from orderhub.domain.anomaly import AlreadyResolved, Anomaly, AnomalyKind, open_anomaly, resolve_by_hand
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event


@pytest.fixture
def anomaly_id(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        about = ("order", 7)
        return open_anomaly(session, AnomalyKind.AMOUNT_MISMATCH, about=about, occurred_at=now, now=now).id


def test_a_person_resolves_with_a_reason_that_stands_in_the_log(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    later = now + timedelta(minutes=5)
    with database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason="  平台补贴，已核对\n", by="ceshi-a", now=later)
    with database.reading() as session:
        kept = session.get_one(Anomaly, anomaly_id)
        assert (kept.resolved_at, kept.resolved_by) == (later, "ceshi-a")
        logged = session.exec(select(Event).where(Event.kind == "anomaly_resolved")).one()
        assert (logged.actor, logged.body["reason"]) == ("ceshi-a", "平台补贴，已核对")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "a\x00b"])
def test_a_reason_that_says_nothing_closes_nothing(
    database: Database, anomaly_id: int, now: datetime, reason: str
) -> None:
    with pytest.raises(BadInput, match="reason"), database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason=reason, by="ceshi-a", now=now)
    with database.reading() as session:
        assert session.get_one(Anomaly, anomaly_id).resolved_at is None


def test_the_second_of_two_people_hears_who_was_quicker(database: Database, anomaly_id: int, now: datetime) -> None:
    with database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason="核对过", by="ceshi-a", now=now)
    with pytest.raises(AlreadyResolved, match="ceshi-a has resolved it"), database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason="核对过", by="ceshi-b", now=now)
    with pytest.raises(NotFound, match="no anomaly has the id 99"), database.transaction() as session:
        resolve_by_hand(session, 99, reason="核对过", by="ceshi-b", now=now)
