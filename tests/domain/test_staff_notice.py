"""One entry for an incident and whom it concerns; read by each for themselves; gone after a month."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.anomaly import hand_over, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.incident import incident_of
from orderhub.domain.staff_notice import (
    KEEP,
    MOST_COUNTED,
    NoticeRead,
    NoticeStage,
    Reader,
    StaffNotice,
    entries,
    forget_old,
    mark_all_read,
    mark_read,
    tell,
    unread_count,
)
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import NotFound

KIND = AnomalyKind.OVERSOLD
ZHANG = Reader(1, "ceshi-zhang", "warehouse")
LI = Reader(2, "ceshi-li", "warehouse")
WANG = Reader(3, "ceshi-wang", "operations")


@pytest.fixture(autouse=True)
def anomaly_id(database, now):
    with transaction() as session:
        return open_anomaly(session, KIND, about=("sku", 1), occurred_at=now, now=now).id


def told(anomaly_id, stage, at, *, roles=(), by="system"):
    with transaction() as session:
        return tell(session, incident_of(session, "anomaly", anomaly_id), stage, roles, by=by, now=at)


def seen(reader):
    with reading() as session:
        found = entries(session, reader, limit=30)
        return [(one.notice.stage, one.is_unread) for one in found], unread_count(session, reader)


def first_id():
    with reading() as session:
        return session.exec(select(StaffNotice.id)).first()


def test_the_owning_role_hears_of_it_once(anomaly_id, now):
    assert told(anomaly_id, NoticeStage.OPENED, now) == 1
    assert told(anomaly_id, NoticeStage.OPENED, now) == 0
    assert seen(ZHANG) == ([("opened", True)], 1)
    assert seen(WANG) == ([], 0)


def test_reading_is_each_ones_own_and_a_change_makes_it_new_again(anomaly_id, now):
    told(anomaly_id, NoticeStage.OPENED, now)
    with transaction() as session:
        mark_read(session, ZHANG, first_id(), now)
        mark_read(session, ZHANG, first_id(), now)
    assert seen(ZHANG) == ([("opened", False)], 0)
    assert seen(LI) == ([("opened", True)], 1)
    told(anomaly_id, NoticeStage.ESCALATED, now + timedelta(hours=1), roles=("operations",))
    assert seen(ZHANG) == ([("escalated", True)], 1)
    assert seen(WANG) == ([("escalated", True)], 1)
    with transaction() as session:
        mark_all_read(session, ZHANG, now + timedelta(hours=2))
    assert seen(ZHANG) == ([("escalated", False)], 0)


def test_nobody_marks_what_is_not_theirs(anomaly_id, now):
    told(anomaly_id, NoticeStage.OPENED, now)
    with pytest.raises(NotFound), transaction() as session:
        mark_read(session, WANG, first_id(), now)
    with reading() as session:
        assert session.exec(select(NoticeRead)).all() == []


def test_handed_over_the_former_owner_sees_it_and_is_asked_for_nothing(anomaly_id, now):
    told(anomaly_id, NoticeStage.OPENED, now)
    with transaction() as session:
        hand_over(session, anomaly_id, role="operations", person=WANG.name, reason="补货", by=ZHANG.name, now=now)
    told(anomaly_id, NoticeStage.HANDED_OVER, now + timedelta(minutes=1), by=ZHANG.name)
    assert seen(ZHANG) == ([("handed_over", False)], 0)
    assert seen(WANG) == ([("handed_over", True)], 1)


def test_who_took_it_themselves_is_not_told_so(anomaly_id, now):
    with transaction() as session:
        hand_over(session, anomaly_id, role="warehouse", person=LI.name, reason="我来", by=LI.name, now=now)
    told(anomaly_id, NoticeStage.HANDED_OVER, now, by=LI.name)
    assert seen(LI) == ([("handed_over", False)], 0)


def test_what_is_over_asks_nobody(anomaly_id, now):
    told(anomaly_id, NoticeStage.OPENED, now, roles=("operations",))
    with transaction() as session:
        resolve_anomaly(session, KIND, about=("sku", 1), by="system", now=now)
    told(anomaly_id, NoticeStage.CLOSED, now + timedelta(minutes=1))
    assert seen(ZHANG) == ([("closed", False)], 0)
    assert seen(WANG) == ([("closed", False)], 0)


def test_a_later_event_is_not_overwritten_by_an_earlier_one(anomaly_id, now):
    told(anomaly_id, NoticeStage.ESCALATED, now + timedelta(hours=1))
    assert told(anomaly_id, NoticeStage.OPENED, now) == 0
    assert seen(ZHANG) == ([("escalated", True)], 1)


def test_nobody_counts_further_than_a_hundred(now):
    with transaction() as session:
        for number in range(MOST_COUNTED + 5):
            found = open_anomaly(session, KIND, about=("sku", 100 + number), occurred_at=now, now=now)
            tell(session, incident_of(session, "anomaly", found.id), NoticeStage.OPENED, (), by="system", now=now)
    assert seen(ZHANG)[1] == MOST_COUNTED
    assert len(seen(ZHANG)[0]) == 30


def test_a_month_later_it_is_forgotten_with_its_reading(anomaly_id, now):
    told(anomaly_id, NoticeStage.OPENED, now)
    with transaction() as session:
        mark_read(session, ZHANG, first_id(), now)
    with transaction() as session:
        assert forget_old(session, now + KEEP) == 0
        assert forget_old(session, now + KEEP + timedelta(seconds=1)) == 1
        assert session.exec(select(NoticeRead)).all() == []
