"""A receiver of the merchant's own program lies sealed, is found by telephone, and opens for its own order only."""

import pytest
from sqlmodel import select

from orderhub.domain.buyer_contact import (
    BuyerContact,
    contact_of,
    forget_contact,
    has_phone,
    keep_contact,
    orders_of_phone,
    phone_of,
)
from orderhub.domain.drafts import Contact
from orderhub.domain.order import Order
from orderhub.domain.words import Channel
from orderhub.insights.search import Matched, find_orders
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import SetupError
from orderhub.kernel.sealing import seal_anew
from orderhub.kernel.secrets import begin_new_key, drop_former_keys
from tests import builders

SAID = {"name": "王小明", "phone": "+86 13800001234", "region": "浙江省 杭州市 西湖区", "address": "文一西路 1 号"}
KNOWN = Contact("王小明", "13800001234", "浙江省", "杭州市", "西湖区", "文一西路 1 号")


@pytest.fixture
def shop(database):
    with transaction() as session:
        return builders.shop(session, "mp", Channel.MINIPROGRAM)


def kept(shop, number="MP-1", **said):
    with transaction() as session:
        return keep_contact(session, shop, number, SAID | said, now=builders.NOW)


def test_a_receiver_lies_sealed_and_opens_whole(shop):
    assert kept(shop)
    with transaction() as session:
        row = session.exec(select(BuyerContact)).one()
        assert not any(part in str(row.model_dump()) for part in ("小明", "13800001234", "1234", "文一西路"))
        assert contact_of(session, shop.id, "MP-1") == KNOWN
        assert (has_phone(session, shop.id, "MP-1"), phone_of(session, shop.id, "MP-1")) == (True, "13800001234")
        assert contact_of(session, shop.id, "MP-2") is None


def test_what_is_masked_and_what_a_platform_sends_is_not_kept(shop):
    assert not kept(shop, name="王**", phone="138****1234", address="文一西路****")
    with transaction() as session:
        assert not keep_contact(session, builders.shop(session), "6900000000000000001", SAID, now=builders.NOW)


def test_the_newest_holds_and_a_landline_is_no_mobile(shop):
    kept(shop)
    kept(shop, phone="010-88888888")
    with transaction() as session:
        assert (has_phone(session, shop.id, "MP-1"), contact_of(session, shop.id, "MP-1").mobile) == (
            False,
            "010-88888888",
        )


def test_a_receiver_moved_to_another_order_does_not_open(shop):
    kept(shop)
    with transaction() as session:
        sealed = session.exec(select(BuyerContact)).one().sealed
        session.add(BuyerContact(shop_id=shop.id, channel_order_no="MP-2", sealed=sealed, kept_at=builders.NOW))
    with transaction() as session, pytest.raises(SetupError, match="does not open"):
        contact_of(session, shop.id, "MP-2")


@pytest.mark.parametrize("digits", ["13800001234", "1234"])
def test_an_order_is_found_by_its_telephone_before_and_after_a_change_of_key(shop, digits):
    kept(shop)
    with transaction() as session:
        order = builders.order(session, "MP-1", of=shop)
        builders.order(session, "MP-2", of=shop)

    def found():
        with transaction() as session:
            return [(hit.order_id, hit.matched) for hit in find_orders(session, digits)]

    assert found() == [(order.id, Matched.PHONE)]
    begin_new_key()
    assert found() == [(order.id, Matched.PHONE)]
    seal_anew()
    drop_former_keys()
    assert found() == [(order.id, Matched.PHONE)]


@pytest.mark.parametrize("digits", ["138****1234", "12345", "王小明", ""])
def test_nothing_but_a_telephone_asks_for_one(shop, digits):
    assert orders_of_phone(digits) is None


def test_a_forgotten_receiver_is_gone(shop):
    kept(shop)
    with transaction() as session:
        assert forget_contact(session, shop.id, "MP-1")
        assert not forget_contact(session, shop.id, "MP-1")
        assert session.exec(select(Order)).all() == []
