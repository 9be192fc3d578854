"""Old system against new: whose orders are whose, and what is reckoned of them?"""

from datetime import timedelta

from sqlmodel import Session

from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.former import Difference, FormerOrder, Stage
from orderhub.domain.order import Order
from orderhub.domain.rollout import goes_out, set_rollout
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.words import ChannelStatus
from orderhub.insights.rollout import Side, comparison, rollout_steps
from orderhub.kernel.db import Database
from tests import builders
from tests.builders import NOW

HOUR = timedelta(hours=1)
PAID_AT = NOW - HOUR


def orders(session: Session, count: int, **changes) -> list[Order]:
    """Paid an hour ago, each shipped half an hour later."""
    facts = {"status": ChannelStatus.SHIPPED, "shipped_at": PAID_AT + HOUR / 2}
    return [
        builders.order(session, str(6_900_000_000_000_000_000 + turn), **(facts | changes)) for turn in range(count)
    ]


def former(session: Session, shop: Shop, number: str, **changes) -> None:
    facts = {"stage": Stage.SHIPPED, "uploaded_at": NOW, "compared_at": NOW, "is_compared": True}
    session.add(FormerOrder(shop_id=shop.id, channel_order_no=number, **(facts | changes)))


def test_in_a_pilot_each_side_is_measured_by_its_own_orders(database: Database):
    with database.transaction() as session:
        shop = builders.shop(session)
        set_rollout(session, shop, Rollout.PILOT, percent=50, reason="开始", by="wang", now=NOW - 2 * HOUR)
        made = orders(session, 40)
        ours = [order for order in made if goes_out(shop, order.channel_order_no)]
        for order in ours:
            order.shipped_at = PAID_AT + HOUR / 4
        for order in [*ours[:2], next(order for order in made if order not in ours)]:
            open_anomaly(session, AnomalyKind.SHIP_BY_PAST, about=("order", order.id), occurred_at=NOW, now=NOW)
        session.flush()
        found = comparison(session, shop, NOW, failed=1)
    rest = 40 - len(ours)
    assert 5 < len(ours) < 35
    assert found.new == Side(len(ours), 900, 2 / len(ours), 1 / (len(ours) + 1))
    assert found.old == Side(rest, 1800, 1 / rest, None)


def test_in_a_shadow_the_export_stands_against_what_was_decided(database: Database):
    with database.transaction() as session:
        shop = builders.shop(session)
        set_rollout(session, shop, Rollout.SHADOW, reason="开始", by="wang", now=NOW - 2 * HOUR)
        made = orders(session, 4, status=ChannelStatus.PAID, shipped_at=None, now=PAID_AT + HOUR / 12)
        former(
            session,
            shop,
            made[0].channel_order_no,
            paid_at=PAID_AT,
            shipped_at=PAID_AT + 2 * HOUR,
            differences="status",
        )
        former(session, shop, made[1].channel_order_no, shipped_at=PAID_AT + HOUR, stage=Stage.TROUBLED)
        former(session, shop, made[2].channel_order_no, is_compared=False)
        former(session, shop, "77", differences="missing", status_word="已发货")
        session.flush()
        found = comparison(session, shop, NOW, failed=0)
    assert found.new == Side(4, 300, 0.0, 0.0)
    # The fourth order is of the export's time and not in it: the present system never took it in.
    assert found.old == Side(4, 5400, 0.25, 0.2)
    assert (found.compared, found.diverging) == (3, 2)
    assert found.by_field == {Difference.STATUS: 1, Difference.MISSING: 1}
    assert [(one.channel_order_no, one.order_id) for one in found.differing] == [
        ("77", None),
        (made[0].channel_order_no, made[0].id),
    ]
    assert found.differing[1].new[Difference.STATUS] == "waiting"


def test_only_what_came_since_the_level_was_set_is_compared(database: Database):
    with database.transaction() as session:
        shop = builders.shop(session)
        orders(session, 3)
        set_rollout(session, shop, Rollout.PILOT, percent=50, reason="开始", by="wang", now=NOW + HOUR)
        found = comparison(session, shop, NOW + 2 * HOUR, failed=0)
    assert (found.new.count, found.old.count) == (0, 0)
    assert found.new == Side(0, None, None, None)


def test_steps_are_told_newest_first(database: Database):
    with database.transaction() as session:
        shop = builders.shop(session)
        for level, percent in ((Rollout.SHADOW, 0), (Rollout.PILOT, 10), (Rollout.LIVE, 0)):
            set_rollout(session, shop, level, percent=percent, reason=f"到 {level}", by="wang", now=NOW)
        session.flush()
        steps = rollout_steps(session, shop)
    assert [(step.source, step.target, step.percent, step.reason) for step in steps] == [
        ("pilot", "live", 0, "到 live"),
        ("shadow", "pilot", 10, "到 pilot"),
        ("live", "shadow", 0, "到 shadow"),
    ]
