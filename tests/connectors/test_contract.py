"""What every connector must do, whatever its platform calls it: one suite, run over what each one's abilities promise.

What a channel does not promise is not left out: its connector must refuse it, before a call leaves.
"""

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from orderhub.connectors.channels import registry
from orderhub.connectors.channels.contract import (
    AnswerNotice,
    ChannelConnector,
    ChannelModule,
    ShipNotice,
    StockNotice,
    Window,
)
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.words import Carrier, Channel, RefundDecision
from orderhub.kernel.errors import BadInput, NotAllowed, PartnerRefused, PartnerUnauthorised, PartnerUnavailable

from .gateway import NOW, SECRET, UPDATED_AT, Gateway, Ring
from .gateways import GATEWAYS

HOUR = Window(NOW - timedelta(hours=1), NOW)
ABILITIES = {
    "orders",
    "refunds",
    "answers",
    "ship",
    "parts",
    "stock",
    "stock_read",
    "token",
    "push",
    "post",
    "receiver",
}
STOCK = StockNotice("700000000001", "5400000000001", "BOX-40L", 3)
# What a connector answers where it lacks the ability: a refusal, and no call.
CALLS: dict[str, list[Callable[[Any], object]]] = {
    "orders": [lambda to: to.changed_orders(HOUR), lambda to: to.order("1"), lambda to: to.create_token("code")],
    "refunds": [lambda to: to.changed_refunds(HOUR), lambda to: to.refund("1", "1")],
    "answers": [lambda to: to.answer_refund(AnswerNotice("1", "1", RefundDecision.APPROVE, 100))],
    "ship": [lambda to: to.ship(ShipNotice("1", "SF1", "SF"))],
    "stock": [lambda to: to.set_stock(STOCK)],
    "stock_read": [lambda to: to.stock_of("700000000001", "5400000000001")],
    "token": [lambda to: to.refresh_token()],
    "receiver": [lambda to: to.receiver("1", Carrier.SF)],
}


@dataclass
class Line:
    module: ChannelModule
    gateway: Gateway
    ring: Ring
    connector: ChannelConnector


def connected(channel: Channel, secret: str = SECRET) -> Line:
    module, gateway, ring = registry.module(channel), GATEWAYS[channel](), Ring(secret)
    connect = {"transport": httpx.MockTransport(gateway.take), "now": lambda: NOW}
    base_url = registry.lab_gateway(channel, "https://lab.invalid/")
    return Line(module, gateway, ring, module.connect(ring, base_url=base_url, **connect))  # pyright: ignore[reportCallIssue]


def parcel(line: Line, number: str, tracking_no: str) -> ShipNotice:
    """A parcel as the hub tells it, whichever channel its order is of."""
    return ShipNotice(
        number,
        tracking_no,
        line.gateway.carrier,
        payment_no=number,
        payer_token="openid-1",
        goods_text="收纳箱 40L",
        phone_masked="138****0000",
    )


def standing(line: Line) -> RefundDraft:
    """The first case, as its channel holds it."""
    number = line.gateway.numbers[0]
    return line.module.parse_refund(line.connector.refund(number, number).body)


def paying(line: Line, case: RefundDraft) -> AnswerNotice:
    decision = next(one for one in RefundDecision if one.pays and one.fits(case.kind, case.status))
    return AnswerNotice(case.channel_refund_no, case.channel_order_no, decision, case.amount_fen)


@pytest.fixture(params=list(registry.MODULES))
def line(request) -> Line:
    return connected(request.param)


def able(*abilities: str) -> pytest.MarkDecorator:
    """Run over the channels that promise all of ``abilities``."""
    promised = [channel for channel, module in registry.MODULES.items() if set(abilities) <= module.ABILITIES]
    return pytest.mark.parametrize("line", promised, indirect=True)


def test_every_channel_is_in_the_registry_and_has_a_gateway_to_stand_on():
    assert set(GATEWAYS) == set(registry.MODULES) == set(Channel)
    assert set().union(*(module.ABILITIES for module in registry.MODULES.values())) == ABILITIES


def test_a_module_declares_itself(line):
    assert registry.module(line.module.CHANNEL) is line.module
    assert line.connector.channel is line.module.CHANNEL
    assert line.connector.limits == line.module.LIMITS
    assert line.module.ABILITIES <= ABILITIES
    assert {"ship", "token"} <= line.module.ABILITIES


def test_orders_are_either_asked_for_or_posted(line):
    ways = {"orders", "post"} & line.module.ABILITIES
    assert ways == ({"orders"} if line.module.CHANNEL.is_asked else {"post"})
    assert "orders" in ways or not {"push", "refunds", "stock", "receiver"} & line.module.ABILITIES


def test_what_a_channel_cannot_do_is_refused_before_a_call_leaves(line):
    for ability in set(CALLS) - line.module.ABILITIES:
        for ask in CALLS[ability]:
            with pytest.raises(PartnerRefused, match=r"\w+ \w+"):
                ask(line.connector)
    assert (line.gateway.asked, line.ring.renewals) == ([], 0)
    assert hasattr(line.connector, "placed_orders") == ("orders" in line.module.ABILITIES)


@able("orders")
def test_every_changed_order_is_found_and_parses_with_its_number(line):
    found = Counter()
    for page in line.connector.changed_orders(HOUR):
        assert len(page) <= line.module.LIMITS.page_size
        for native in page:
            draft = line.module.parse_order(native.body)
            assert (draft.channel, draft.channel_order_no) == (line.module.CHANNEL, native.number)
            assert (native.updated_at, draft.updated_at) == (UPDATED_AT, UPDATED_AT)
            goods_fen = sum(part.total_fen for part in draft.lines)
            assert goods_fen + draft.freight_fen - draft.discount_fen == draft.total_fen
            found[native.number] += 1
    assert sorted(found) == line.gateway.numbers


@able("orders")
def test_every_placed_order_is_counted_with_what_it_costs_and_when_it_was_placed(line):
    found = {placed.channel_order_no: placed for page in line.connector.placed_orders(HOUR) for placed in page}
    assert sorted(found) == line.gateway.numbers
    for page in line.connector.changed_orders(HOUR):
        for draft in (line.module.parse_order(native.body) for native in page):
            placed = found[draft.channel_order_no]
            assert (placed.total_fen, placed.placed_at, placed.updated_at) == (
                draft.total_fen,
                draft.placed_at,
                draft.updated_at,
            )


@able("refunds")
def test_every_changed_refund_is_found_and_parses_with_its_number(line):
    found = [native for page in line.connector.changed_refunds(HOUR) for native in page]
    assert {native.number for native in found} == set(line.gateway.numbers)
    assert {line.module.parse_refund(native.body).channel_refund_no for native in found} == set(line.gateway.numbers)


@able("orders")
def test_an_order_asked_for_alone_is_the_one_of_the_list(line):
    number = line.gateway.numbers[7]
    listed = {native.number: native for page in line.connector.changed_orders(HOUR) for native in page}
    assert line.connector.order(number) == listed[number]


@able("refunds")
def test_a_refund_asked_for_alone_says_the_same_as_the_list(line):
    number = line.gateway.numbers[7]
    listed = {native.number: native for page in line.connector.changed_refunds(HOUR) for native in page}
    found = line.module.parse_refund(listed[number].body)
    alone = line.module.parse_refund(line.connector.refund(number, found.channel_order_no).body)
    assert (alone.channel_refund_no, alone.channel_order_no) == (found.channel_refund_no, found.channel_order_no)
    assert (alone.status, alone.kind, alone.amount_fen) == (found.status, found.kind, found.amount_fen)


def test_an_answer_that_no_page_documents_is_refused_before_a_call_leaves(line):
    assert bool(line.module.ANSWERS) == ("answers" in line.module.ABILITIES)
    for decision in set(RefundDecision) - line.module.ANSWERS:
        with pytest.raises(PartnerRefused):
            line.connector.answer_refund(AnswerNotice("1", "1", decision, 100, "1", "已发货", address_no="1"))
    assert line.gateway.asked == []


@able("answers")
def test_answering_twice_tells_once(line):
    notice = paying(line, standing(line))
    line.connector.answer_refund(notice)
    told = dict(line.gateway.answered)
    assert list(told) == [notice.channel_refund_no]
    asked = len(line.gateway.asked)
    line.connector.answer_refund(notice)
    assert line.gateway.answered == told
    assert len(line.gateway.asked) == asked + 1  # it was looked at, and that was all
    assert "refund" in line.gateway.asked[-1].lower() or "aftersale" in line.gateway.asked[-1].lower()


@able("answers")
def test_money_is_agreed_to_only_at_the_amount_that_was_answered(line):
    notice = paying(line, standing(line))
    with pytest.raises(PartnerRefused) as refused:
        line.connector.answer_refund(replace(notice, amount_fen=notice.amount_fen + 1))
    assert (refused.value.partner_code, line.gateway.answered) == ("amount-changed", {})


@able("answers")
def test_a_case_that_went_elsewhere_is_not_answered(line):
    notice = paying(line, standing(line))
    line.gateway.answered[notice.channel_refund_no] = "by somebody else"
    other = next(one for one in sorted(line.module.ANSWERS) if not one.pays)
    with pytest.raises(PartnerRefused) as refused:
        line.connector.answer_refund(replace(notice, decision=other, words="已发货", reason_code="2"))
    assert refused.value.partner_code == "answered-already"
    assert line.gateway.answered == {notice.channel_refund_no: "by somebody else"}


@able("ship")
def test_shipping_twice_with_one_number_is_a_success(line):
    number = line.gateway.numbers[0]
    line.connector.ship(parcel(line, number, "SF1"))
    line.connector.ship(parcel(line, number, "SF1"))
    with pytest.raises(PartnerRefused):
        line.connector.ship(parcel(line, number, "SF2"))
    assert line.gateway.shipped == {number: "SF1"}


@able("orders", "ship")
def test_a_parcel_that_was_told_stands_on_its_order(line):
    number = line.gateway.numbers[0]
    line.connector.ship(parcel(line, number, "SF1"))
    order = line.module.parse_order(line.connector.order(number).body)
    assert [one.tracking_no for one in order.parcels] == ["SF1"]


@able("stock")
def test_stock_is_the_quantity_from_now_on(line):
    for quantity in (30, 0):
        line.connector.set_stock(StockNotice("700000000001", "5400000000001", "BOX-40L", quantity))
        assert line.gateway.stock == {"5400000000001": quantity}


@able("stock", "stock_read")
def test_the_channel_says_what_it_was_told(line):
    line.connector.set_stock(STOCK)
    line.gateway.faults = [503]
    assert line.connector.stock_of("700000000001", "5400000000001") == 3


@able("orders", "token")
def test_a_code_becomes_a_token(line):
    assert line.connector.create_token("code").access_token == "token-1"


@able("ship", "token")
def test_a_dead_token_is_renewed_once_and_the_call_repeated(line):
    line.gateway.token = "token-1"
    line.connector.ship(parcel(line, line.gateway.numbers[0], "SF1"))
    assert line.gateway.shipped == {line.gateway.numbers[0]: "SF1"}
    assert line.ring.renewals == 1
    assert line.ring.credentials.expires_at is not None
    assert line.ring.credentials.expires_at > NOW + timedelta(hours=1)


@able("token")
def test_a_token_can_be_renewed_before_it_dies(line):
    assert line.connector.refresh_token().access_token == "token-1"
    assert line.ring.renewals == 1


@able("orders")
def test_a_wrong_secret_is_refused_without_a_repeat(line):
    stranger = connected(line.module.CHANNEL, "another-secret")
    with pytest.raises(PartnerRefused):
        stranger.connector.order("1")
    assert len(stranger.gateway.asked) == 1


@able("token")
def test_a_wrong_secret_renews_no_token(line):
    stranger = connected(line.module.CHANNEL, "another-secret")
    with pytest.raises(PartnerUnauthorised):
        stranger.connector.refresh_token()
    assert len(stranger.gateway.asked) <= 1
    assert stranger.ring.renewals == 0


@able("orders")
def test_reading_survives_a_passing_fault(line):
    line.gateway.faults = [503]
    assert line.connector.order(line.gateway.numbers[0]).number == line.gateway.numbers[0]


@able("stock")
def test_writing_reports_a_passing_fault(line):
    line.gateway.faults = [503]
    with pytest.raises(PartnerUnavailable):
        line.connector.set_stock(STOCK)
    assert line.gateway.stock == {}


@able("ship")
def test_a_fault_while_a_parcel_is_told_leaves_it_told_once(line):
    line.gateway.faults = [503]
    for _ in range(2):
        with contextlib.suppress(PartnerUnavailable):
            line.connector.ship(parcel(line, line.gateway.numbers[0], "SF1"))
    assert line.gateway.shipped == {line.gateway.numbers[0]: "SF1"}


@able("post")
def test_a_posted_order_is_read_in_the_hubs_own_words(line):
    sold = {"sku": "BOX-40L", "title": "收纳箱 40L", "quantity": 2, "unit_price": "69.70"}
    body = {"channel_order_no": "mp-1", "created_at": "2026-11-24T10:00:00+08:00", "total": "139.40", "lines": [sold]}
    draft = line.module.parse_order(body)
    assert (draft.channel, draft.channel_order_no, draft.total_fen) == (line.module.CHANNEL, "mp-1", 13_940)


def test_nothing_is_no_order_no_refund_and_no_push(line):
    for body in ({}, {"orders": 7}, {"aftersale_info": []}):
        with pytest.raises(BadInput):
            line.module.parse_order(body)
        with pytest.raises(BadInput):
            line.module.parse_refund(body)
    with pytest.raises(NotAllowed):
        line.module.read_push({"event-sign": "00"}, b"[]", line.ring.read())
