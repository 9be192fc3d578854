"""What has come to be wrong, or right again, by the mere passing of time? Asked by the clock, set by set."""

from datetime import datetime
from functools import partial

import structlog

from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.answer_late import REFUND_ANSWER_LATE
from orderhub.domain.order_stuck import ORDER_STUCK
from orderhub.domain.order_twin import watch_twins
from orderhub.domain.ship_by_near import SHIP_BY_NEAR
from orderhub.domain.standing_fact import AT_ONCE, Detector
from orderhub.domain.waybill_twice import watch_waybills
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import SYSTEM

DETECTORS = (ORDER_STUCK, SHIP_BY_NEAR, REFUND_ANSWER_LATE)

log = structlog.get_logger()


def find_anomalies(now: datetime) -> int:
    """Open what has become true, end what is so no longer; returns how many are new. Safe to repeat.

    What fails for one kind holds up no other; the first failure is raised when all have been looked for.
    """
    found, failed = 0, []
    looks = [*(partial(_look, detector) for detector in DETECTORS), _look_for_twins, _look_at_waybills]
    for look in looks:
        try:
            found += look(now)
        except Exception as error:  # noqa: BLE001  (one kind's trouble never stops the others)
            log.warning("detector_failed", error=type(error).__name__)
            failed.append(error)
    if failed:
        raise failed[0]
    return found


def _look_for_twins(now: datetime) -> int:
    with transaction() as session:
        return watch_twins(session, now)


def _look_at_waybills(now: datetime) -> int:
    """Parcels open it; the clock only ends it."""
    with transaction() as session:
        watch_waybills(session, now)
    return 0


def _look(detector: Detector, now: datetime) -> int:
    _end(detector, now)
    found, after_id = 0, 0
    while True:
        with transaction() as session:
            page = detector.newly(session, now, after_id)
            for fact in page.facts:
                open_anomaly(
                    session,
                    detector.kind,
                    about=(detector.subject_type, fact.subject_id),
                    occurred_at=fact.occurred_at,
                    now=now,
                    note=fact.note,
                    at_risk_fen=fact.at_risk_fen,
                    role=fact.role,
                    order_id=fact.order_id,
                    channel=fact.channel,
                )
        found += len(page.facts)
        if not page.last_id:
            return found
        after_id = page.last_id


def _end(detector: Detector, now: datetime) -> None:
    with reading() as session:
        over = detector.over(session, now)
    for place in range(0, len(over), AT_ONCE):
        with transaction() as session:
            for subject_id in over[place : place + AT_ONCE]:
                about = (detector.subject_type, subject_id)
                resolve_anomaly(session, detector.kind, about=about, by=SYSTEM, now=now, reason=detector.ended)
