"""SF Express over the real wire: signed, one waybill for a parcel, cancelled once, never paid twice."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest

from orderhub.connectors.carriers.contract import Account, Waybill, WaybillWish
from orderhub.connectors.carriers.sf import connect
from orderhub.connectors.carriers.sf_line import digest
from orderhub.domain.drafts import Contact
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import (
    PartnerBanned,
    PartnerError,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)
from orderhub.lab.app import create_lab
from orderhub.lab.faults import Fault
from orderhub.lab.sf import ACCOUNT, PATH
from tests.flows.hub import served

VECTORS = json.loads((Path(__file__).parents[1] / "connectors/samples/sf_sign_vectors.json").read_text())["vectors"]
SENDER = Contact("测试仓", "13800000001", "测试省", "测试市", "测试区", "示例路1号")
RECEIVER = Contact("张三", "13800000002", "测试省", "测试市", "测试区", "示例路2号 ~*+")
WISH = WaybillWish("OH1-1", SENDER, RECEIVER, (("收纳箱 40L", 2),), weight_grams=1500)


@pytest.fixture
def sf():
    lab = create_lab(living=False)
    with served(lab) as url:
        lab.state.sf.url = url + PATH
        yield lab.state.sf


@pytest.fixture
def connector(sf):
    made = connect(ACCOUNT, base_url=sf.url)
    yield made
    made.close()


def test_the_digest_is_that_of_the_guide():
    given = {vector["id"]: vector for vector in VECTORS}["msgDigest-standard-md5"]
    inputs = given["inputs"]
    assert digest(inputs["msgData"], inputs["timestamp"], inputs["checkWord"]) == given["expected"]["msgDigest"]


def test_a_parcel_gets_a_waybill_with_its_route_mark(sf, connector):
    made = connector.create_waybill(WISH)
    assert replace(made, label={}) == Waybill("OH1-1", "SF7444471039325", "020W-Z069-006", is_new=True)
    assert (made.label["product"], made.label["sorting"]) == ("T 标快", "H7")
    assert made.tracking_no in made.label["qr"]
    assert sf.charged_fen == 1800


def test_asking_again_finds_the_same_waybill_and_pays_nothing(sf, connector):
    first = connector.create_waybill(WISH)
    assert connector.create_waybill(WISH) == replace(first, is_new=False)
    assert connector.create_waybill(replace(WISH, request_no="OH1-2")).tracking_no != first.tracking_no
    assert sf.charged_fen == 2 * 1800


def test_an_answer_that_was_lost_costs_nothing_more(sf, connector):
    sf.world.faults.set(Fault("truncated_json", shop="sf", api="EXP_RECE_CREATE_ORDER", count=1))
    with pytest.raises(PartnerUnavailable):
        connector.create_waybill(WISH)
    assert sf.charged_fen == 1800
    assert connector.create_waybill(WISH).is_new is False
    assert sf.charged_fen == 1800


def test_a_waybill_is_cancelled_and_cancelling_again_is_a_success(sf, connector):
    connector.create_waybill(WISH)
    connector.cancel_waybill("OH1-1")
    connector.cancel_waybill("OH1-1")
    assert sf.charged_fen == 0


def test_what_was_never_made_needs_no_cancelling(sf, connector):
    connector.cancel_waybill("OH404-1")
    assert sf.waybills == {}


@pytest.mark.parametrize("fault", ["answer_lost", "timeout"])
def test_a_call_that_was_carried_out_and_not_answered_is_asked_about(sf, connector, fault):
    sf.world.faults.set(Fault(fault, shop="sf", api="EXP_RECE_CREATE_ORDER", count=1, seconds=0))
    with suppress(PartnerUnavailable):
        connector.create_waybill(WISH)
    assert connector.create_waybill(WISH).is_new is False
    assert sf.charged_fen == 1800


def test_sf_draws_its_own_labels_a_page_each_in_the_order_asked_for(sf, connector):
    numbers = [connector.create_waybill(replace(WISH, request_no=f"OH1-{n}")).tracking_no for n in range(3)][::-1]
    with pypdfium2.PdfDocument(connector.labels(numbers)) as file:
        assert [number in page.get_textpage().get_text_range() for number, page in zip(numbers, file, strict=True)]
    with pytest.raises(PartnerRefused) as caught:
        connector.labels(["SF404"])
    assert caught.value.partner_code == "8017"


def test_an_account_is_checked_without_cost(sf, connector):
    connector.check_account()
    wrong = connect(replace(ACCOUNT, check_word="wrong"), base_url=sf.url)
    with pytest.raises(PartnerUnauthorised):
        wrong.check_account()
    wrong.close()
    assert sf.waybills == {}


@pytest.mark.parametrize(
    ("fault", "error"),
    [("server_error", PartnerUnavailable), ("service_error", PartnerUnavailable), ("rate_ban", PartnerBanned)],
)
def test_trouble_at_sf_is_named_and_nothing_is_paid(sf, connector, fault, error):
    sf.world.faults.set(Fault(fault, shop="sf", count=1))
    with pytest.raises(error):
        connector.create_waybill(WISH)
    assert sf.waybills == {}


@pytest.mark.parametrize(
    ("account", "wish", "error", "code"),
    [
        (replace(ACCOUNT, check_word="wrong"), WISH, PartnerUnauthorised, "A1006"),
        (Account("SOMEBODY", ACCOUNT.check_word), WISH, PartnerUnauthorised, "A1006"),
        (replace(ACCOUNT, month_card="7550000000"), WISH, PartnerRefused, "8119"),
        (ACCOUNT, replace(WISH, goods=()), PartnerRefused, "1010"),
        (ACCOUNT, replace(WISH, receiver=replace(RECEIVER, province="海外")), PartnerRefused, "filterResult 3"),
    ],
)
def test_a_clear_no_says_why_and_pays_nothing(sf, account, wish, error, code):
    connector = connect(account, base_url=sf.url)
    with pytest.raises(error) as caught:
        connector.create_waybill(wish)
    assert caught.value.partner_code == code
    assert sf.waybills == {}
    connector.close()


def test_a_clock_that_is_wrong_is_told_apart_from_a_wrong_key(sf):
    connector = connect(ACCOUNT, base_url=sf.url, now=lambda: utc_now() - timedelta(hours=1))
    with pytest.raises(PartnerUnavailable) as caught:
        connector.create_waybill(WISH)
    assert caught.value.partner_code == "A1002"
    connector.close()


def test_no_error_and_no_representation_carries_people_or_keys(sf):
    connector = connect(replace(ACCOUNT, month_card="7550000000"), base_url=sf.url)
    with pytest.raises(PartnerError) as caught:
        connector.create_waybill(WISH)
    said = f"{caught.value} {WISH!r} {ACCOUNT!r}"
    for secret in ("张三", "13800000002", "示例路2号", ACCOUNT.check_word, ACCOUNT.month_card):
        assert secret not in said
    connector.close()
