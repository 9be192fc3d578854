"""When a shop's line is none any more, is nobody told that it is in trouble?"""

from datetime import timedelta

from sqlmodel import col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.rollout import set_rollout
from orderhub.domain.shop import Rollout, Shop
from orderhub.intake.watch import find_syncs_behind
from orderhub.kernel.db import reading, transaction

HOUR = timedelta(hours=1)


def _open() -> list[str]:
    with reading() as session:
        return list(session.exec(select(Anomaly.kind).where(col(Anomaly.resolved_at).is_(None))))


def test_a_shop_that_is_switched_off_is_not_behind(shop, now):
    assert find_syncs_behind(now + HOUR) == 1
    assert _open() == [AnomalyKind.SYNC_BEHIND]
    with transaction() as session:
        standing = session.get_one(Shop, shop.id)
        set_rollout(session, standing, Rollout.OFF, reason="停店", by="li", now=now + HOUR)
    assert find_syncs_behind(now + HOUR) == 0
    assert _open() == []
