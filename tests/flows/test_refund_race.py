"""A refund never races a parcel: whichever comes first, the other knows, and no order is both refunded and shipped."""

import threading

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from orderhub.cli import app
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.interception import GoodsLeft, Interception, InterceptionOutcome
from orderhub.domain.order import Order
from orderhub.domain.refund_answer import answer
from orderhub.domain.shipping import leave
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleStatus, RefundDecision
from orderhub.kernel.db import close_database, open_database, reading, transaction
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.settings import settings
from orderhub.prove_refunds import _asked, _labelled_orders, prove_refunds, race
from tests.builders import NOW

ORDERS = 1_000


@pytest.mark.timeout(600)
@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_a_thousand_parcels_against_a_thousand_refunds(database, db_url):
    proof = race(db_url, orders=ORDERS, processes=1, now=NOW, seed=7)
    assert proof.is_sound, str(proof)
    assert proof.shipped + proof.refunded == ORDERS
    assert min(proof.shipped, proof.refunded) > ORDERS // 20


@pytest.mark.timeout(600)
@pytest.mark.services
@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_a_thousand_of_each_in_four_processes(database, db_url):
    proof = race(db_url, orders=ORDERS, processes=2, now=NOW, seed=7)
    assert proof.is_sound, str(proof)
    assert min(proof.shipped, proof.refunded) > ORDERS // 20


def test_a_refund_that_waits_for_a_leaving_parcel_is_too_late(database):
    """It is asked for between the check of the gates and the commit: it waits for the order's lock, and then sees."""
    ((number, delivery_id),) = _labelled_orders(1, NOW)
    asking = threading.Thread(target=_ask, args=(number,))
    with transaction() as session:
        leave(session, delivery_id, by="ceshi-w", now=NOW)
        asking.start()
        asking.join(0.5)
        assert asking.is_alive()
    asking.join()
    assert _row(number).outcome is InterceptionOutcome.TOO_LATE
    with pytest.raises(GoodsLeft, match="have left"), transaction() as session:
        answer(session, _case_id(number), RefundDecision.APPROVE, by="ceshi-s", now=NOW)


def test_a_parcel_that_waits_for_an_arriving_refund_stays(database):
    ((number, delivery_id),) = _labelled_orders(1, NOW)
    refused: list[str] = []
    leaving = threading.Thread(target=_leave, args=(delivery_id, refused))
    with transaction() as session:
        shop = session.exec(select(Shop)).one()
        accept_refund(session, shop, _asked(number, AftersaleStatus.REQUESTED, NOW), now=NOW)
        leaving.start()
        leaving.join(0.5)
        assert leaving.is_alive()
    leaving.join()
    assert refused == ["order_held"]
    assert _row(number).outcome is InterceptionOutcome.CAUGHT


def test_the_command_says_so_and_leaves_nothing_behind(bare_url, monkeypatch):
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", bare_url)
    monkeypatch.setattr("orderhub.kernel.logs.set_up_logs", lambda *_: None)
    settings.cache_clear()
    said = CliRunner().invoke(app, ["prove", "refunds", "--orders", "12"])
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("refunds: 12 orders, a parcel against a refund each: ")
    assert " 0 both, 0 neither; " in said.stdout
    with reading() as session:
        assert session.exec(select(Order)).all() == []


def test_a_race_that_goes_wrong_says_so(sqlite_url, monkeypatch):
    """The gates taken away, the same race finds orders that are both."""
    monkeypatch.setattr("orderhub.domain.shipping.check_may_leave", lambda *_: None)
    monkeypatch.setattr("orderhub.domain.interception.check_may_pay", lambda *_: None)
    open_database(sqlite_url)
    proof = prove_refunds(orders=8, processes=1, now=NOW, seed=7)
    close_database()
    assert not proof.is_sound
    assert str(proof).endswith("WRONG")


def _ask(number):
    with transaction() as session:
        shop = session.exec(select(Shop)).one()
        accept_refund(session, shop, _asked(number, AftersaleStatus.REQUESTED, NOW), now=NOW)


def _leave(delivery_id, refused):
    try:
        with transaction() as session:
            leave(session, delivery_id, by="ceshi-w", now=NOW)
    except RuleBroken as error:
        refused.append(error.code)


def _case_id(number):
    with reading() as session:
        return session.exec(select(Aftersale.id).where(Aftersale.channel_refund_no == number)).one()


def _row(number):
    with reading() as session:
        return session.exec(select(Interception).where(Interception.aftersale_id == _case_id(number))).one()
