"""A parcel that leaves is followed: its silence is found, owned and ended."""

from datetime import timedelta

from sqlmodel import select

from orderhub.automation.track_watch import find_silent_parcels
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.task import Task, TaskStatus
from orderhub.domain.track import Track, take_scans
from orderhub.domain.words import ScanNode
from orderhub.insights.anomaly import anomaly_page
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction

from .shipping import PARCEL, ship, work


def test_a_silent_parcel_becomes_a_task_and_a_scan_ends_it(hub):
    (number,) = hub.orders_come(1)
    hub.sync()
    ship(number)
    work()
    now = utc_now()
    assert find_silent_parcels(now + timedelta(hours=23)) == 0
    later = now + timedelta(hours=48, minutes=5)
    assert find_silent_parcels(later) == 1
    assert find_silent_parcels(later) == 0
    with reading() as session:
        (row,) = anomaly_page(session, later).rows
        (task,) = session.exec(select(Task)).all()
    assert (row.anomaly.kind, row.about, row.anomaly.owner_role) == (AnomalyKind.NO_MOVEMENT, PARCEL, "operations")
    assert row.anomaly.at_risk_fen > 0
    assert "虚假发货" in task.title
    with transaction() as session:
        scan = ScanDraft(later, "【上海市】快件已被揽收")
        assert take_scans(session, PARCEL, [scan], by="zto", now=later + timedelta(minutes=1)) == 1
    with reading() as session:
        assert session.exec(select(Track.node)).one() is ScanNode.COLLECTED
        assert session.exec(select(Task.status)).one() is TaskStatus.CLOSED
        assert anomaly_page(session, later).rows == ()
