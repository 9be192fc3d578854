"""Are freight bills only added to, matched with what really left, and the same in any order?"""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.freight import Charge, FreightCause, Tolerance
from orderhub.domain.freight_bill import (
    FreightCheck,
    FreightFile,
    FreightLine,
    FreightTerms,
    Taken,
    check_again,
    set_terms,
    take,
    weigh,
)
from orderhub.domain.freight_claim import (
    ClaimedAlready,
    ClaimStatus,
    FreightClaim,
    FreightCredit,
    NothingToClaim,
    answer,
    claim,
    claim_all,
    credit,
)
from orderhub.domain.order import Shipment
from orderhub.domain.words import Carrier
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, IllegalMove, NotFound
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.builders import NOW
from tests.domain.freighted import DAY, bill, card, charge, days_ago, line_of, parcel, standing


def test_every_class_of_difference_is_found_in_one_bill(database: Database):
    with database.transaction() as session:
        card(session)
        for number in ("SF0000000001", "SF0000000002", "SF0000000003", "SF0000000004"):
            parcel(session, number)
        parcel(session, "SF0000000005", status=DeliveryStatus.PACKED)
        parcel(session, "ZT0000000006", carrier=Carrier.ZTO)
        told = bill(
            charge("SF0000000001"),
            charge("SF0000000002", 900, grams=3000),
            charge("SF0000000003", 2000, zone="新疆"),
            charge("SF0000000004", 650),
            charge("SF0000000004", 650),
            charge("SF0000000005"),
            charge("ZT0000000006"),
            charge("SF0000000099"),
        )
        weighed = weigh(session, told)
        taken = take(session, told, by="cai", now=NOW)
        assert (weighed.lines, weighed.fresh, weighed.causes) == (8, 8, taken.causes)
        assert weighed.gap_fen == 400 + 1500 + 150 + 650 + 3 * 500
        assert standing(session) == [
            ("SF0000000001", "agreed", 0),
            ("SF0000000002", "weight", 400),
            ("SF0000000003", "zone", 1500),
            ("SF0000000004", "charged_twice", 650),
            ("SF0000000004", "price", 150),
            ("SF0000000005", "not_shipped", 500),
            ("SF0000000099", "unknown_waybill", 500),
            ("ZT0000000006", "not_shipped", 500),
        ]
        (event,) = session.exec(select(Event).where(Event.kind == "freight_bill_taken"))
        assert (event.actor, event.body) == ("cai", {"carrier": "sf", "lines": 8, "charged_fen": 6_200})


def test_the_same_bill_again_and_an_overlapping_one_add_only_what_is_new(database: Database):
    with database.transaction() as session:
        card(session)
        parcel(session, "SF0000000001")
        told = bill(charge("SF0000000001"), charge("SF0000000002"))
        take(session, told, by="cai", now=NOW)
        assert take(session, replace(told, name="again.xlsx"), by="cai", now=NOW) == Taken(is_known=True)
        # The same charge from an export without weights and zones is that charge.
        other = bill(charge("SF0000000001", grams=0, zone=""), charge("SF0000000003"))
        assert weigh(session, other).fresh == 1
        assert take(session, other, by="cai", now=NOW).lines == 1
        assert [number for number, *_ in standing(session)] == ["SF0000000001", "SF0000000002", "SF0000000003"]
        assert session.exec(select(func.count()).select_from(FreightFile)).one() == 2
        assert line_of(session, "SF0000000001").grams == 1000


def test_a_waybill_on_two_days_is_charged_twice_whichever_bill_comes_first(database: Database):
    with database.transaction() as session:
        card(session)
        parcel(session, "SF0000000001")
        take(session, bill(charge("SF0000000001")), by="cai", now=NOW)
        take(session, bill(charge("SF0000000001", day=days_ago(3))), by="cai", now=NOW)
        wanted = select(FreightLine.day, FreightCheck.cause).join(
            FreightCheck, col(FreightCheck.line_id) == FreightLine.id
        )
        assert sorted(session.exec(wanted)) == [
            (days_ago(3), FreightCause.AGREED),
            (DAY, FreightCause.CHARGED_TWICE),
        ]


def test_a_parcel_that_only_its_channel_told_of_is_known(database: Database):
    with database.transaction() as session:
        card(session)
        order = builders.order(session, "6900001")
        order.receiver_region = "新疆维吾尔自治区 乌鲁木齐市"
        session.add(order)
        known = {"carrier_code": "SF-EXPRESS", "carrier_name": "顺丰速运"}
        session.add(Shipment(order_id=order.id, tracking_no="SF0000000001", shipped_at=NOW, **known))
        session.flush()
        take(session, bill(charge("SF0000000001", 2000, zone="")), by="cai", now=NOW)
        assert standing(session) == [("SF0000000001", "agreed", 0)]


def test_a_parcel_with_a_piece_of_no_weight_is_not_called_too_heavy(database: Database):
    with database.transaction() as session:
        card(session)
        parcel(session, "SF0000000001", grams=0)
        take(session, bill(charge("SF0000000001", 900, grams=3000)), by="cai", now=NOW)
        assert standing(session) == [("SF0000000001", "agreed", 0)]


def test_what_is_known_later_ends_a_difference_when_it_is_looked_at_again(database: Database):
    with database.transaction() as session:
        take(session, bill(charge("SF0000000001")), by="cai", now=NOW)
        assert standing(session) == [("SF0000000001", "unknown_waybill", 500)]
        parcel(session, "SF0000000001")
        assert check_again(session, Carrier.SF, by="cai", now=NOW) == 1
        assert standing(session) == [("SF0000000001", "no_card", 0)]
        card(session)
        assert check_again(session, Carrier.SF, by="cai", now=NOW) == 1
        assert standing(session) == [("SF0000000001", "agreed", 0)]
        assert check_again(session, Carrier.SF, by="cai", now=NOW) == 0


def test_a_tolerance_holds_for_its_carrier_from_the_next_look_on(database: Database):
    with database.transaction() as session:
        card(session)
        parcel(session, "SF0000000001", grams=950)
        set_terms(session, Carrier.SF, Tolerance(grams=0, percent=0), by="cai", now=NOW)
        take(session, bill(charge("SF0000000001", 700, grams=1050)), by="cai", now=NOW)
        assert standing(session) == [("SF0000000001", "weight", 200)]
        set_terms(session, Carrier.SF, Tolerance(grams=100, percent=0), by="cai", now=NOW)
        check_again(session, Carrier.SF, by="cai", now=NOW)
        assert standing(session) == [("SF0000000001", "agreed", 0)]
        assert session.get(FreightTerms, Carrier.ZTO) is None
        with pytest.raises(BadInput):
            set_terms(session, Carrier.SF, Tolerance(grams=0, percent=101), by="cai", now=NOW)


def claimed(session: Session) -> FreightClaim:
    card(session)
    parcel(session, "SF0000000001")
    take(session, bill(charge("SF0000000001", 900, grams=3000)), by="cai", now=NOW)
    return claim(session, line_of(session, "SF0000000001").id, note="重量不符", by="cai", now=NOW)


def test_a_claim_is_accepted_and_credited_by_a_row_of_its_own(database: Database):
    with database.transaction() as session:
        one = claimed(session)
        assert (one.claimed_fen, one.status) == (400, ClaimStatus.CLAIMED)
        before = line_of(session, "SF0000000001").model_dump()
        with pytest.raises(ClaimedAlready):
            claim(session, one.line_id, by="cai", now=NOW)
        with pytest.raises(IllegalMove):
            credit(session, one.id, by="cai", now=NOW)
        answer(session, one.id, ClaimStatus.ACCEPTED, accepted_fen=300, by="cai", now=NOW)
        made = credit(session, one.id, note="12 月账单抵扣", by="cai", now=NOW + timedelta(days=9))
        assert (made.amount_fen, one.status) == (300, ClaimStatus.CREDITED)
        with pytest.raises(IllegalMove):
            credit(session, one.id, by="cai", now=NOW)
        assert session.exec(select(func.count()).select_from(FreightCredit)).one() == 1
        assert line_of(session, "SF0000000001").model_dump() == before
        kinds = session.exec(select(Event.kind).where(Event.subject_type == "freight_claim").order_by(col(Event.id)))
        assert kinds.all() == ["freight_claimed", "freight_claim_answered", "freight_credited"]


def test_a_refusal_needs_a_reason_and_may_be_asked_again(database: Database):
    with database.transaction() as session:
        one = claimed(session)
        with pytest.raises(BadInput):
            answer(session, one.id, ClaimStatus.REFUSED, by="cai", now=NOW)
        answer(session, one.id, ClaimStatus.REFUSED, note="超过申诉期", by="cai", now=NOW)
        again = claim(session, one.line_id, amount_fen=200, by="cai", now=NOW)
        assert (again.id != one.id, again.claimed_fen) == (True, 200)


def test_nothing_is_claimed_that_agrees_or_beyond_what_was_charged(database: Database):
    with database.transaction() as session:
        card(session)
        parcel(session, "SF0000000001")
        take(session, bill(charge("SF0000000001"), charge("SF0000000002")), by="cai", now=NOW)
        with pytest.raises(NothingToClaim):
            claim(session, line_of(session, "SF0000000001").id, by="cai", now=NOW)
        unknown = line_of(session, "SF0000000002").id
        for fen in (0, -1, 501):
            with pytest.raises(BadInput):
                claim(session, unknown, amount_fen=fen, by="cai", now=NOW)
        with pytest.raises(NotFound):
            claim(session, 999, by="cai", now=NOW)
        ids = session.exec(select(FreightLine.id)).all()
        assert claim_all(session, list(ids), by="cai", now=NOW) == 1
        assert claim_all(session, list(ids), by="cai", now=NOW) == 0
        with pytest.raises(BadInput):
            claim_all(session, list(range(201)), by="cai", now=NOW)


def test_the_database_itself_holds_one_claim_for_a_line(database: Database):
    with database.transaction() as session:
        one = claimed(session)
        line_id = one.line_id
    with database.transaction() as session:
        session.add(FreightClaim(line_id=line_id, claimed_fen=1, claimed_at=NOW, claimed_by="x"))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def _charge(number: str, day: int, fen: int) -> Charge:
    return charge(number, fen, day=days_ago(day), grams=3000 if fen > 800 else 1000)


CHARGES = st.builds(
    _charge,
    st.sampled_from(["SF0000000001", "SF0000000002", "SF0000000003"]),
    st.integers(0, 2),
    st.sampled_from([-100, 500, 650, 900]),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(st.lists(CHARGES, max_size=5), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_bills_come_to_the_same_in_any_order_and_twice(database: Database, files: list[list[Charge]], seed: int):
    turned = random.Random(seed).sample([*files, *files], 2 * len(files))
    assert _books(database, files) == _books(database, turned)


def _books(database: Database, files: list[list[Charge]]) -> list[object]:
    with database.engine.connect() as connection:
        outer = connection.begin()
        try:
            with Session(bind=connection) as session:
                card(session)
                parcel(session, "SF0000000001")
                parcel(session, "SF0000000002", status=DeliveryStatus.PLANNED)
                for lines in files:
                    take(session, bill(*lines), by="tester", now=NOW)
                wanted = select(FreightLine.key, FreightLine.charged_fen, FreightCheck.cause, FreightCheck.gap_fen)
                found = session.exec(wanted.join(FreightCheck, col(FreightCheck.line_id) == FreightLine.id))
                return sorted(found)
        finally:
            outer.rollback()
