"""Who sells us what: is it said once, kept apart from a person's data, and is there one that is asked first?"""

import pytest
from sqlmodel import Session, select

from orderhub.domain.supplier import (
    Supplier,
    SupplierDraft,
    SupplierSku,
    contact_masked,
    contact_of,
    end_supply,
    open_contact,
    preferred_of,
    put_supplier,
    set_supply,
    supplier_coded,
)
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event
from tests.domain.supplying import BY, sku, supplier


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(Event.kind).where(Event.subject_type == "supplier").order_by(Event.id)))  # type: ignore[arg-type]


def test_a_supplier_is_made_once_and_what_is_not_said_stays(database: Database):
    with database.transaction() as session:
        made = supplier(session, name="杭州箱业", lead_days=12, contact="王经理 13812340001")
        again = supplier(session, note="月结 30 天")
        same = supplier(session, note="月结 30 天")
        assert made.id == again.id == same.id
        assert (again.name, again.lead_days, again.note) == ("杭州箱业", 12, "月结 30 天")
        assert kinds(session) == ["supplier_added", "supplier_changed"]
        assert supplier_coded(session, "杭州箱业").id == supplier_coded(session, "HZ-01").id


def test_a_contact_lies_sealed_and_whoever_opens_it_is_known(database: Database):
    with database.transaction() as session:
        made = supplier(session, contact="王经理 13812340001")
        assert "1381234" not in made.contact_sealed
        assert contact_masked(made) == "王经理 138****0001"
        assert open_contact(session, made.id, **BY) == contact_of(made) == "王经理 13812340001"
        supplier(session, contact="李经理 13912340002")
        bodies = session.exec(select(Event.body)).all()
        assert "1391234" not in str(bodies)
        assert kinds(session) == ["supplier_added", "supplier_contact_seen", "supplier_changed"]
        with pytest.raises(NotFound):
            open_contact(session, 99, **BY)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"lead_days": -1}, "supply_lead"),
        ({"lead_days": 731}, "supply_lead"),
        ({"currency": "yuan"}, "supply_currency"),
        ({"name": "x" * 201}, "too_long"),
    ],
)
def test_a_supplier_that_cannot_be_is_refused(database: Database, said: dict, problem: str):
    with database.transaction() as session, pytest.raises(BadInput) as caught:
        put_supplier(session, SupplierDraft("HZ-01", **said), **BY)
    assert caught.value.problem == problem


def test_the_first_seller_of_a_sku_is_preferred_until_another_is(database: Database):
    with database.transaction() as session:
        box, first, other = sku(session), supplier(session), supplier(session, "NB-02")
        set_supply(session, first, box, pack_size=12, price_fen=900, **BY)
        set_supply(session, other, box, price_fen=800, **BY)
        assert preferred_of(session, [box.id])[box.id][0].code == "HZ-01"
        set_supply(session, other, box, is_preferred=True, **BY)
        assert preferred_of(session, [box.id])[box.id][0].code == "NB-02"
        assert [one.is_preferred for one in session.exec(select(SupplierSku).order_by(SupplierSku.supplier_id))] == [  # type: ignore[arg-type]
            False,
            True,
        ]


def test_who_is_no_longer_asked_sells_nothing(database: Database):
    with database.transaction() as session:
        box, first, other = sku(session), supplier(session), supplier(session, "NB-02")
        set_supply(session, first, box, price_fen=900, **BY)
        set_supply(session, other, box, price_fen=1_200, **BY)
        supplier(session, is_active=False)
        assert preferred_of(session, [box.id])[box.id][0].code == "NB-02"
        end_supply(session, other.id, box.id, **BY)
        end_supply(session, other.id, box.id, **BY)
        assert preferred_of(session, [box.id]) == {}
        assert session.get_one(Supplier, other.id).is_active


def test_a_pack_of_none_and_a_negative_price_are_refused(database: Database):
    with database.transaction() as session:
        box, made = sku(session), supplier(session)
        with pytest.raises(BadInput, match="pack size"):
            set_supply(session, made, box, pack_size=0, **BY)
        with pytest.raises(BadInput, match="price"):
            set_supply(session, made, box, price_fen=-1, **BY)
        assert session.exec(select(SupplierSku)).all() == []
