"""Is an order sent the way that was chosen: goods held there, parcels planned, the reasons kept, merged and split?"""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from orderhub.domain.acceptance import accept
from orderhub.domain.allocating import NoCarrier, WishImpossible, allocate, allocate_anew, stuck_orders
from orderhub.domain.allocation_decision import AllocationDecision, Stuck
from orderhub.domain.carrier_service import CarrierService, put_service
from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus, deliveries_of, delivery_of, pieces_in
from orderhub.domain.merge_partners import LATE_TAG, Apart, join_partner, merge_by_hand, partners, unmerge_by_hand
from orderhub.domain.merge_setting import set_merging
from orderhub.domain.merging import CannotMerge
from orderhub.domain.order import Order, OrderStatus, OrderTag
from orderhub.domain.review import approve, order_of
from orderhub.domain.rules.decided import RuleDecision
from orderhub.domain.sku import Sku
from orderhub.domain.splitting import CannotSplit, split
from orderhub.domain.stock import Warehouse
from orderhub.domain.words import Carrier
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, IllegalMove
from tests.builders import NOW, draft, line_draft, receiver_draft, shop

from .stocked import EAST, SOUTH, assert_sound, level, stocked

GUANGDONG = "广东省 广州市"


@pytest.fixture
def goods(database):
    with transaction() as session:
        made = stocked(session, A=(10, 10), B=(0, 5), C=(4, 4))
        for code, grams in (("A", 400), ("C", 900)):
            made[code].weight_grams = grams
        return made


def service(carrier: Carrier = Carrier.ZTO, warehouse: str = "", **changes) -> int:
    with transaction() as session:
        wanted = select(Warehouse.id).where(Warehouse.code == warehouse)
        place = session.exec(wanted).one() if warehouse else 0
        made = CarrierService(warehouse_id=place, carrier=carrier, changed_at=NOW, **({"first_fen": 400} | changes))
        return put_service(session, made, by="ceshi-o", now=NOW).id


def paid(no: str, *wanted: tuple[str, int], minute: int = 0, **changes) -> int:
    lines = tuple(
        line_draft(channel_line_no=f"{no}-{n}", sku_code=code, quantity=count, ship_by=changes.get("ship_by"))
        for n, (code, count) in enumerate(wanted, 1)
    )
    with transaction() as session:
        told = draft(no, lines=lines, updated_at=NOW + timedelta(minutes=minute), **changes)
        return accept(session, shop(session), told, now=NOW).order.id


def allocated(order_id: int, **wish) -> list[int]:
    with transaction() as session:
        order = order_of(session, order_id)
        if order.status is OrderStatus.TO_REVIEW:
            approve(session, order, by="ceshi-o", now=NOW)
        planned = allocate_anew(session, order, by="ceshi-o", now=NOW, **wish) if wish else allocate(
            session, order, by="system", now=NOW)  # fmt: skip
        return [one.id for one in planned]


def refused(order_id: int, error: type[Exception]) -> None:
    """As the workflow does: the reason is kept."""
    with transaction() as session:
        order = order_of(session, order_id)
        if order.status is OrderStatus.TO_REVIEW:
            approve(session, order, by="ceshi-o", now=NOW)
        with pytest.raises(error):
            allocate(session, order, by="system", now=NOW)


def seen(order_id: int) -> list[tuple]:
    with reading() as session:
        assert_sound(session)
        codes = dict(session.exec(select(Warehouse.id, Warehouse.code)).all())
        found = deliveries_of(session, order_id, DeliveryStatus.PLANNED)
        return [(codes[one.warehouse_id], one.carrier) for one in found]


def decision(order_id: int) -> AllocationDecision:
    with reading() as session:
        return session.get_one(AllocationDecision, order_id)


def labelled(delivery_id: int) -> None:
    with transaction() as session:
        delivery_of(session, delivery_id).tracking_no = f"SF{delivery_id:012}"


def test_goods_are_held_where_the_order_leaves_from(goods):
    service(Carrier.SF, EAST, first_fen=1800)
    service(Carrier.ZTO, SOUTH, first_fen=400)
    order_id = paid("1", ("A", 2), receiver=receiver_draft(region="上海市 浦东新区"))
    with reading() as session:
        assert level(session, "A") == (10, 2)
    allocated(order_id)
    assert seen(order_id) == [(SOUTH, Carrier.ZTO)]
    with reading() as session:
        assert (level(session, "A"), level(session, "A", SOUTH)) == ((10, 0), (10, 2))
    kept = decision(order_id)
    assert kept.stuck is None
    assert kept.chosen == [
        {"warehouse": "华南仓", "carrier": "zto", "product": "", "fen": 400, "parcels": 1, "pieces": {"A": 2}}
    ]
    assert [(one["warehouse"], one["why"], one["figure"]) for one in kept.lost] == [("华东仓", "dearer", 1400)]
    assert kept.facts["weight_grams"] == 800


def test_rules_send_an_order_and_what_they_cannot_is_reported(goods):
    for carrier in (Carrier.ZTO, Carrier.SF):
        service(carrier, first_fen=400 if carrier is Carrier.ZTO else 1800)
    orders = [paid("1", ("A", 1)), paid("2", ("A", 1))]
    with transaction() as session:
        for order_id, warehouse in zip(orders, (SOUTH, "北方仓"), strict=True):
            row = session.get_one(RuleDecision, order_id)
            row.warehouse, row.carrier = warehouse, "顺丰"
    for order_id in orders:
        allocated(order_id)
    assert [seen(order_id) for order_id in orders] == [[(SOUTH, Carrier.SF)], [(EAST, Carrier.SF)]]
    assert decision(orders[0]).unheard == []
    assert decision(orders[1]).unheard == [{"said": "北方仓", "why": "unknown", "about": "", "figure": 0}]


def test_a_full_carrier_takes_no_more_today_and_takes_again_tomorrow(goods):
    service(Carrier.ZTO, daily_limit=1)
    first, second = paid("1", ("A", 1)), paid("2", ("A", 1))
    allocated(first)
    refused(second, NoCarrier)
    assert (decision(second).stuck, seen(second)) == (Stuck.NO_CARRIER, [])
    assert {one["why"] for one in decision(second).lost} == {"full"}
    with reading() as session:
        assert stuck_orders(session) == [second]
    with transaction() as session:
        allocate(session, order_of(session, second), by="system", now=NOW + timedelta(days=1))
    assert seen(second) == [(EAST, Carrier.ZTO)]


def test_a_person_sends_it_from_elsewhere_until_it_has_left(goods):
    zto, sf = service(Carrier.ZTO), service(Carrier.SF, first_fen=1800, not_to="广东")
    order_id = paid("1", ("C", 3), receiver=receiver_draft(region=GUANGDONG))
    (first,) = allocated(order_id)
    labelled(first)
    with reading() as session:
        east = session.exec(select(Warehouse.id).where(Warehouse.code == EAST)).one()
    with pytest.raises(WishImpossible, match="no_reach"):
        allocated(order_id, service_id=sf)
    with pytest.raises(BadInput):
        allocated(order_id, warehouse_id=0)
    assert seen(order_id) == [(SOUTH, Carrier.ZTO)]
    allocated(order_id, warehouse_id=east, service_id=zto)
    assert seen(order_id) == [(EAST, Carrier.ZTO)]
    with reading() as session:
        assert session.get_one(Delivery, first).status is DeliveryStatus.CANCELLED
        assert (level(session, "C"), level(session, "C", SOUTH)) == ((4, 3), (4, 0))
    with transaction() as session:
        order_of(session, order_id).status = OrderStatus.SHIPPED
    with pytest.raises(IllegalMove):
        allocated(order_id, warehouse_id=east)


def test_what_is_too_heavy_for_one_parcel_leaves_in_several(goods):
    service(Carrier.ZTO, most_grams=1000)
    order_id = paid("1", ("A", 3), ("C", 1))
    planned = allocated(order_id)
    with reading() as session:
        held = [
            [(piece.sku_id, piece.quantity) for piece in session.exec(
                select(DeliveryPiece).where(DeliveryPiece.delivery_id == one))] for one in planned
        ]  # fmt: skip
    a, c = goods["A"].id, goods["C"].id
    assert held == [[(c, 1)], [(a, 2)], [(a, 1)]]
    assert decision(order_id).chosen[0]["parcels"] == 3


def test_a_deadline_that_the_channel_moves_moves_the_order_and_its_parcel_alone(goods):
    def told(first: int, second: int, minute: int) -> int:
        lines = tuple(
            line_draft(channel_line_no=f"1-{code}", sku_code=code, ship_by=NOW + timedelta(hours=hours))
            for code, hours in (("B", first), ("A", second))
        )
        with transaction() as session:
            seller = shop(session)
            fresh = draft("1", lines=lines, updated_at=NOW + timedelta(minutes=minute))
            return accept(session, seller, fresh, now=NOW).order.id

    order_id = told(40, 60, 0)
    (whole,) = allocated(order_id)
    with transaction() as session:
        (piece,) = [one for one in pieces_in(session, whole) if one.sku_id == goods["A"].id]
        part = split(session, whole, {piece.id: 1}, by="ceshi-o", now=NOW).id
    assert hours_left(order_id, whole, part) == [40, 40, 60]
    told(90, 60, 5)
    assert hours_left(order_id, whole, part) == [60, 90, 60]


def hours_left(order_id: int, *delivery_ids: int) -> list[int]:
    with reading() as session:
        promised = [session.get_one(Order, order_id).ship_by]
        promised += [session.get_one(Delivery, one).ship_by for one in delivery_ids]
    return [(moment - NOW) // timedelta(hours=1) for moment in promised if moment]


def joined(delivery_id: int) -> str:
    with transaction() as session:
        return join_partner(session, delivery_id, now=NOW)


def merging(mode: str, minutes: int = 60) -> None:
    with transaction() as session:
        set_merging(session, mode, minutes, by="ceshi-o", now=NOW)


def test_orders_of_one_receiver_leave_as_one_within_the_buffer(goods):
    merging("auto")
    first, second, late, other = (
        allocated(paid(str(n), ("A", 1), paid_at=NOW - timedelta(minutes=ago), receiver=receiver_draft(token=token)))[0]
        for n, ago, token in ((1, 50, "t-1"), (2, 10, "t-1"), (3, 300, "t-1"), (4, 10, "t-2"))
    )
    said = [joined(one) for one in (second, second, late, other)]
    assert said == [f"joined {first}", "left alone", "0 partners", "0 partners"]
    with reading() as session:
        assert session.get_one(Delivery, second).into_id == first
        pieces = session.exec(select(DeliveryPiece.home_id).where(DeliveryPiece.delivery_id == first)).all()
    assert pieces == [first, second]


def test_a_late_order_is_told_that_its_partner_has_a_waybill(goods):
    merging("auto")
    (first,) = allocated(paid("1", ("A", 1)))
    labelled(first)
    order_id = paid("2", ("A", 1))
    (late,) = allocated(order_id)
    assert joined(late) == "too late"
    with reading() as session:
        assert session.exec(select(OrderTag.tag).where(OrderTag.order_id == order_id)).all() == [LATE_TAG]
        assert [why for _, why in partners(session, session.get_one(Delivery, late), None)] == [Apart.WAYBILL]


def test_nobody_is_merged_by_mask_or_against_the_setting(goods):
    (first,), (second,) = (allocated(paid(str(n), ("A", 1), receiver=receiver_draft(token=""))) for n in (1, 2))
    merging("auto")
    assert joined(second) == "0 partners"
    with transaction() as session, pytest.raises(CannotMerge, match="receiver"):
        merge_by_hand(session, [first, second], by="ceshi-o", now=NOW)
    for mode, said in (("suggest", "1 partners"), ("off", "left alone")):
        merging(mode)
        (third,), (fourth,) = (allocated(paid(f"{mode}{n}", ("A", 1))) for n in (1, 2))
        assert joined(fourth) == said
        with transaction() as session:
            assert merge_by_hand(session, [third, fourth], by="ceshi-o", now=NOW).id == third
        with transaction() as session:
            assert [one.id for one in unmerge_by_hand(session, third, by="ceshi-o", now=NOW)] == [fourth]
        for delivery_id in (third, fourth):
            labelled(delivery_id)


def test_pieces_leave_in_a_parcel_of_their_own_and_come_back(goods):
    (delivery_id,) = allocated(paid("1", ("A", 3), ("C", 1)))

    def pieces(session: Session) -> dict[int, int]:
        wanted = select(DeliveryPiece).where(DeliveryPiece.delivery_id == delivery_id)
        return {piece.id: piece.quantity for piece in session.exec(wanted)}

    with reading() as session:
        before = pieces(session)
    (first, second) = sorted(before)
    for wanted in ({}, before, {first: 4}, {999: 1}, {first: -1}):
        with transaction() as session, pytest.raises(CannotSplit):
            split(session, delivery_id, wanted, by="ceshi-o", now=NOW)
    with transaction() as session:
        made = split(session, delivery_id, {first: 1, second: 1}, by="ceshi-o", now=NOW).id
    with reading() as session:
        assert pieces(session) == {first: 2}
        assert [one.id for one in deliveries_of(session, 1)] == [delivery_id, made]
    with transaction() as session:
        merge_by_hand(session, [delivery_id, made], by="ceshi-o", now=NOW)
    with reading() as session:
        assert sorted(pieces(session).values()) == [1, 1, 2]


def test_a_service_is_changed_in_place_and_checked(goods):
    assert service(Carrier.SF) == service(Carrier.SF, first_fen=900, not_to="西藏自治区 新疆")
    with reading() as session:
        (kept,) = session.exec(select(CarrierService)).all()
        assert (kept.first_fen, kept.not_to) == (900, "西藏 新疆")
    for wrong, problem in (
        ({"first_grams": 0}, "absurd_weight"),
        ({"not_to": "火星"}, "not_province"),
        ({"latest_hour": 24}, "not_hour"),
        ({"daily_limit": -1}, "absurd_quantity"),
    ):
        with pytest.raises(BadInput) as error:
            service(Carrier.EMS, **wrong)
        assert error.value.problem == problem


def test_a_hub_without_stock_sends_with_a_carrier_that_goes_there(database):
    service(Carrier.YUNDA, not_to="西藏")
    service(Carrier.EMS, first_fen=2000)
    order_id = paid("1", ("A", 2), receiver=receiver_draft(region="西藏自治区 拉萨市"))
    (delivery_id,) = allocated(order_id)
    with reading() as session:
        assert session.get_one(Delivery, delivery_id).carrier is Carrier.EMS
        assert session.exec(select(Sku)).all() == []
