"""A parcel of ours that nobody took has one case, with the lines that were inside and what was paid for them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, CaseOrigin, accept_refund, case_of
from orderhub.domain.aftersale_line import lines_of
from orderhub.domain.coming_back import goods_of
from orderhub.domain.delivery import pieces_in
from orderhub.domain.inspection import AlreadyInspected, Verdict, find, inspect
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.refused_parcel import open_refused
from orderhub.domain.shipping import leave
from orderhub.domain.shop import Shop
from orderhub.domain.splitting import split
from orderhub.domain.stock import warehouse_coded
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import SYSTEM, Event
from tests.builders import draft, line_draft, parcel, shop

from .drafts import a_refund
from .packed import LATER, allocated, labelled, paid
from .stocked import EAST, assert_sound, level, stocked

OURS = "SF1234567890123"


@pytest.fixture
def goods(database) -> None:
    with transaction() as session:
        stocked(session, A=20, B=20)


@pytest.fixture
def sent(goods) -> Callable[..., int]:
    """The id of the parcel of an order that has left with the waybill ``OURS``."""

    def sent(*wanted: tuple[str, int], **changes) -> int:
        (delivery_id,) = allocated(paid("A1", *(wanted or (("A", 2), ("B", 1))), **changes))
        labelled(delivery_id, OURS)
        with transaction() as session:
            return leave(session, delivery_id, by="ceshi-w", now=LATER)[0].id

    return sent


def refused(shipment_id: int, by: str = "ceshi-w") -> Aftersale:
    with transaction() as session:
        case = open_refused(session, shipment_id, by=by, now=LATER)
        session.expunge(case)
        return case


def all_good(case_id: int) -> None:
    with transaction() as session:
        said = [Verdict(*one.key, good=one.pieces) for one in goods_of(session, *case_of(session, case_id))]
        place = warehouse_coded(session, EAST).id
        inspect(session, case_id, said, warehouse_id=place, by="ceshi-w", now=LATER)


def test_a_refused_parcel_opens_a_case_of_what_was_inside(sent):
    case = refused(sent(freight_fen=1000))
    assert (case.kind, case.status, case.stage, case.origin, case.opened_by) == (
        AftersaleKind.REFUSED_PARCEL, AftersaleStatus.RETURNED, AftersaleStatus.RETURNED, CaseOrigin.HAND, "ceshi-w",
    )  # fmt: skip
    assert (case.reason_kind, case.return_tracking_no) == (ReasonKind.PARCEL_REFUSED, OURS)
    with reading() as session:
        lines = lines_of(session, case.id)
        order = session.get_one(Order, case.order_id)
        assert case.amount_fen == order.paid_fen - 1000 == sum(one.amount_fen for one in lines)
        assert [one.quantity for one in lines] == [2, 1]
        asked = session.exec(select(Event).where(Event.kind == "refund_requested")).one()
        assert (asked.subject_id, asked.actor) == (case.id, "ceshi-w")
        assert asked.body == {"order_id": order.id, "kind": "refused_parcel", "amount_fen": case.amount_fen}


def test_a_parcel_has_one_case_whoever_opens_it(sent):
    parcel_id = sent()
    first, second = refused(parcel_id, by=SYSTEM), refused(parcel_id)
    assert (first.id, first.opened_by) == (second.id, SYSTEM)
    with reading() as session:
        assert len(session.exec(select(Aftersale)).all()) == 1


def test_two_that_open_it_at_once_open_one(sent):
    parcel_id = sent()
    with ThreadPoolExecutor(2) as both:
        cases = list(both.map(refused, [parcel_id, parcel_id]))
    assert cases[0].id == cases[1].id
    with reading() as session:
        assert len(session.exec(select(Event).where(Event.kind == "refund_requested")).all()) == 1


def test_the_waybill_of_a_parcel_of_ours_is_known_when_it_comes_back(sent):
    parcel_id = sent()
    with reading() as session:
        assert (find(session, OURS.lower()).cases, find(session, OURS).parcels) == ((), (parcel_id,))
    case = refused(parcel_id)
    with reading() as session:
        assert (find(session, OURS).cases, find(session, OURS).parcels) == ((case.id,), ())
    all_good(case.id)
    with reading() as session:
        assert (level(session, "A"), level(session, "B")) == ((20, 0), (20, 0))
        assert session.get_one(Aftersale, case.id).stage is AftersaleStatus.INSPECTED
        assert_sound(session)
        with pytest.raises(AlreadyInspected):
            find(session, OURS)


def test_a_case_that_its_channel_has_for_the_parcel_is_used(sent):
    parcel_id = sent()
    with transaction() as session:
        order = session.exec(select(Order)).one()
        told = a_refund(
            channel=order.channel,
            channel_order_no=order.channel_order_no,
            kind=AftersaleKind.REFUND_AFTER_SHIPPING,
        )
        accept_refund(session, session.get_one(Shop, order.shop_id), told, now=LATER)
    case = refused(parcel_id)
    assert (case.channel_refund_no, case.origin) == (told.channel_refund_no, CaseOrigin.CHANNEL)
    with reading() as session:
        assert (find(session, OURS).cases, find(session, OURS).parcels) == ((case.id,), ())
    all_good(case.id)
    with reading() as session:
        assert level(session, "A") == (20, 0)


def test_lines_that_no_case_of_its_channel_means_get_one(sent):
    parcel_id = sent()
    with transaction() as session:
        order = session.exec(select(Order)).one()
        told = a_refund(
            channel=order.channel,
            channel_order_no=order.channel_order_no,
            channel_line_no="A1-1",
            kind=AftersaleKind.RETURN_AND_REFUND,
        )
        accept_refund(session, session.get_one(Shop, order.shop_id), told, now=LATER)
    with reading() as session:
        found = find(session, OURS)
        assert (len(found.cases), found.parcels) == (1, (parcel_id,))
    case = refused(parcel_id)
    assert case.origin is CaseOrigin.HAND
    with reading() as session:
        assert [one.quantity for one in lines_of(session, case.id)] == [1]
        assert [one.code for one in goods_of(session, session.get_one(Order, case.order_id), case)] == ["B"]


def test_of_two_parcels_of_an_order_each_has_its_own_case(goods):
    (first,) = allocated(paid("A1", ("A", 2), ("B", 1)))
    with transaction() as session:
        piece = next(one for one in pieces_in(session, first) if one.quantity == 2)
        second = split(session, first, {piece.id: 1}, by="ceshi-o", now=LATER).id
    parcels = []
    for number, delivery_id in (("SF0000000000001", first), ("SF0000000000002", second)):
        labelled(delivery_id, number)
        with transaction() as session:
            parcels += [one.id for one in leave(session, delivery_id, by="ceshi-w", now=LATER)]
    cases = [refused(one) for one in parcels]
    assert len({case.id for case in cases}) == 2
    for case in cases:
        all_good(case.id)
    with reading() as session:
        assert (level(session, "A"), level(session, "B")) == ((20, 0), (20, 0))
        paid_fen = session.exec(select(Order.paid_fen)).one()
        assert sum(case.amount_fen for case in cases) == paid_fen
        assert_sound(session)


def test_a_parcel_that_only_its_channel_told_of_is_all_the_order_had(goods):
    with transaction() as session:
        told = draft("B1", ChannelStatus.SHIPPED, lines=(line_draft(sku_code="A", quantity=3),), parcels=(parcel(),))
        accept(session, shop(session), told, now=LATER)
        parcel_id = session.exec(select(Shipment.id)).one()
    case = refused(parcel_id)
    with reading() as session:
        assert [one.quantity for one in lines_of(session, case.id)] == [3]
        assert session.get_one(Order, case.order_id).status is OrderStatus.SHIPPED


def test_goods_to_be_paid_on_delivery_bring_no_money_back(sent):
    parcel_id = sent()
    with transaction() as session:
        session.exec(select(Order)).one().paid_fen = 0
    assert refused(parcel_id).amount_fen == 0


def test_money_that_went_back_before_is_not_asked_for_again(sent):
    parcel_id = sent()
    with transaction() as session:
        order = session.exec(select(Order)).one()
        paid_fen = order.paid_fen
        told = a_refund(
            channel=order.channel,
            channel_order_no=order.channel_order_no,
            channel_line_no="A1-2",
            kind=AftersaleKind.RESEND,
            status=AftersaleStatus.CLOSED,
            amount_fen=paid_fen - 100,
        )
        accept_refund(session, session.get_one(Shop, order.shop_id), told, now=LATER)
    assert refused(parcel_id).amount_fen == 100


def test_a_parcel_that_does_not_exist_is_named(goods):
    with pytest.raises(NotFound, match="404"), transaction() as session:
        open_refused(session, 404, by=SYSTEM, now=LATER)
