"""Nothing goes out of a shadow, and of a pilot only its share: parcels told and money sent back."""

import pytest
from sqlmodel import select

from orderhub.domain.rollout import NotOurs, goes_out, set_rollout
from orderhub.domain.shipping_upload import ShippingUpload
from orderhub.domain.shop import Rollout, Shop
from orderhub.intake.repaying import repay
from orderhub.intake.shipping_upload import upload_shipping
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction

from .test_payment import _money, _ship, later

NUMBERS = [f"mp-01{turn:02}" for turn in range(12)]


@pytest.fixture
def paid(lab, sqlite_url):
    """A mini-program's dozen of paid orders, each in a parcel of its own."""
    for money in _money(lab, sqlite_url, by_public_key=False):
        for turn, number in enumerate(NUMBERS):
            money.post_order(number)
            money.pay(number)
            _ship(money, number, f"ZT00000000001{turn:02}")
        yield money


def level(target: Rollout, percent: int = 0) -> Shop:
    with transaction() as session:
        shop = session.exec(select(Shop)).one()
        set_rollout(session, shop, target, percent=percent, reason="测试", by="wang", now=utc_now())
        return shop


def told(paid) -> set[str]:
    return {one["order_no"] for one in paid.state()["payments"] if one["tracking_nos"]}


def test_a_pilot_tells_of_its_share_only_and_the_rest_when_it_is_live(paid):
    level(Rollout.SHADOW)
    assert (upload_shipping(utc_now()), told(paid)) == (0, set())
    shop = level(Rollout.PILOT, 40)
    ours = {number for number in NUMBERS if goes_out(shop, number)}
    assert 0 < len(ours) < len(NUMBERS)
    assert upload_shipping(utc_now()) == len(ours)
    assert told(paid) == ours
    level(Rollout.LIVE)
    assert upload_shipping(utc_now()) == len(NUMBERS) - len(ours)
    assert told(paid) == set(NUMBERS)


def test_a_shop_that_stepped_back_keeps_what_it_was_about_to_tell(paid, lab):
    paid.fault("service_error", api="weixin", count=100)
    assert upload_shipping(utc_now()) == 0
    with reading() as session:
        assert len(session.exec(select(ShippingUpload)).all()) == len(NUMBERS)
    lab[0].state.world.faults.clear()
    level(Rollout.SHADOW)
    assert upload_shipping(later(utc_now(), minutes=10)) == 0
    level(Rollout.LIVE)
    assert upload_shipping(later(utc_now(), hours=1)) == len(NUMBERS)


def test_money_of_the_present_systems_orders_is_not_sent_back(paid):
    shop = level(Rollout.PILOT, 40)
    theirs = next(number for number in NUMBERS if not goes_out(shop, number))
    ours = next(number for number in NUMBERS if goes_out(shop, number))
    wish = {"amount_fen": 100, "reason": "少件", "by": "tester"}
    with pytest.raises(NotOurs):
        repay(paid.payment(theirs).id, repayment_no="AS-1", **wish, now=utc_now())
    repay(paid.payment(ours).id, repayment_no="AS-2", **wish, now=utc_now())
    assert [one["repayment_no"] for one in paid.state()["repayments"]] == ["AS-2"]
