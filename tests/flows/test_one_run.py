"""One event, one run, one effect: stories short enough for a sweep of deaths (``tests/automation/sweep.py``)."""

import pytest
from sqlmodel import select

from orderhub.automation.runner import run_next
from orderhub.domain.allocating import allocate
from orderhub.domain.anomaly import Anomaly, open_anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.assignment import PersonBy, Rule
from orderhub.domain.assignment_rule import put_rule
from orderhub.domain.carrier_service import CarrierService, put_service
from orderhub.domain.delivery import Delivery, DeliveryStatus
from orderhub.domain.hold import HoldReason, hold, release_by_hand
from orderhub.domain.merge_setting import set_merging
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.patience import set_patience
from orderhub.domain.presence import note_presence
from orderhub.domain.review import approve, order_of
from orderhub.domain.rules.rule import read_rules, rules_data
from orderhub.domain.rules.versions import SHIPPED_RULES, go_live, save_draft
from orderhub.domain.shipping import ship_order
from orderhub.domain.ticket import Subject, TicketKind, open_ticket
from orderhub.domain.track import Track, follow_parcel
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from tests import builders
from tests.domain.stocked import stocked

FIRST, SECOND = "6900000000000000001", "6900000000000000002"


@pytest.fixture(autouse=True)
def _database(database):
    """Of the process."""


def _drain() -> None:
    while run_next(utc_now()):
        pass


def _come(no: str = FIRST, **changes) -> int:
    with transaction() as session:
        return builders.order(session, no, now=utc_now(), **changes).id


def test_an_anomaly_is_given_to_who_is_here():
    now = utc_now()
    with transaction() as session:
        rule = Rule("轮流", kinds=(AnomalyKind.OVERSOLD,), person_by=PersonBy.ROUND_ROBIN)
        put_rule(session, rule, is_active=True, by="ceshi-m", now=now)
        note_presence(session, "ceshi-w1", "warehouse", now)
        open_anomaly(session, AnomalyKind.OVERSOLD, about=("order", 1), occurred_at=now, now=now)
    _drain()
    with reading() as session:
        assert session.exec(select(Anomaly.owner)).one() == "ceshi-w1"


def test_an_order_that_is_let_go_passes_the_rules():
    order_id = _come()
    turned_on = read_rules([one | {"is_on": True} for one in rules_data(SHIPPED_RULES)])
    with transaction() as session:
        made = save_draft(session, turned_on, revision=0, by="ceshi-o", now=utc_now())
        go_live(session, made.number, by="ceshi-o", now=utc_now(), needs_approval=False)
        hold(session, order_of(session, order_id), HoldReason.MANUAL, by="ceshi-o", now=utc_now())
    _drain()
    with transaction() as session:
        release_by_hand(session, order_of(session, order_id), HoldReason.MANUAL, by="ceshi-o", now=utc_now())
    _drain()
    with reading() as session:
        assert session.get_one(Order, order_id).status is OrderStatus.TO_SHIP


def test_a_waybill_on_a_second_parcel_is_found():
    elsewhere = {"buyer_token": "buyer-0002", "receiver": builders.receiver_draft(token="oaid-2", region="别处")}
    for order_id in (_come(), _come(SECOND, **elsewhere)):
        with transaction() as session:
            order = order_of(session, order_id)
            order.status = OrderStatus.TO_SHIP
            ship_order(session, order, Carrier.YTO, "YT0000000000001", by="ceshi-w", now=utc_now())
        _drain()
    with reading() as session:
        found = select(Anomaly.subject_id).where(Anomaly.kind == AnomalyKind.WAYBILL_TWICE)
        assert session.exec(found).one() == order_id


def test_new_patience_has_parcels_looked_at_again():
    with transaction() as session:
        follow_parcel(session, "YT0000000000001", Carrier.YTO, shipped_at=utc_now())
    _drain()
    asked = utc_now()
    with transaction() as session:
        hours = {"unscanned_hours": 12, "stalled_hours": 36, "lost_hours": 144}
        set_patience(session, Carrier.YTO, "", **hours, by="ceshi-o", now=asked)
    _drain()
    with reading() as session:
        assert session.exec(select(Track.check_at)).one() == asked


def test_an_order_of_the_same_receiver_joins_the_parcel_that_waits():
    with transaction() as session:
        stocked(session, A=10)
        service = CarrierService(warehouse_id=0, carrier=Carrier.ZTO, changed_at=utc_now(), first_fen=400)
        put_service(session, service, by="ceshi-o", now=utc_now())
        set_merging(session, "auto", 60, by="ceshi-o", now=utc_now())
    for no in (FIRST, SECOND):
        order_id = _come(no, lines=(builders.line_draft(sku_code="A"),))
        with transaction() as session:
            order = order_of(session, order_id)
            if order.status is OrderStatus.TO_REVIEW:
                approve(session, order, by="ceshi-o", now=utc_now())
            allocate(session, order, by="ceshi-o", now=utc_now())
        _drain()
    with reading() as session:
        first, second = session.exec(select(Delivery).order_by(Delivery.id)).all()
        assert (second.status, second.into_id) == (DeliveryStatus.MERGED, first.id)


def test_a_buyer_who_asks_again_counts_against_what_was_set_right():
    order_id, now = _come(), utc_now()
    with transaction() as session:
        about = ("order", order_id)
        anomaly = open_anomaly(session, AnomalyKind.AMOUNT_MISMATCH, about=about, occurred_at=now, now=now)
        resolve_by_hand(session, anomaly.id, reason="办完", by="ceshi-a", now=now)
    _drain()
    with transaction() as session:
        subject = Subject(order_id=order_id)
        open_ticket(session, subject, TicketKind.COMPLAINT, words="还是不对", by="ceshi-s", now=utc_now())
    _drain()
    with reading() as session:
        assert session.get_one(Anomaly, anomaly.id).complained_at is not None
