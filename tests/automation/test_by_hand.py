"""Does the command ship by the rules of the pages?"""

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from orderhub.cli import app
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.kernel.db import Database, close_database, open_database, reading, transaction
from orderhub.kernel.errors import BadInput, DatabaseBusy, IllegalMove, NotFound
from tests import builders

NO = "6900000000000000001"
WAYBILL = "75312345678901"


@pytest.fixture
def order(database):
    with transaction() as session:
        return builders.order(session, NO, our_status=OrderStatus.TO_SHIP)


def run(*asked):
    return CliRunner().invoke(app, ["ship", *asked], catch_exceptions=False)


def test_an_order_is_shipped_by_its_number(order):
    told = run(NO, "--carrier", "zto", "--tracking-no", WAYBILL)
    assert told.output == f"{NO} of douyin-1 has left with zto {WAYBILL}\n"
    again = run(NO, "--carrier", "zto", "--tracking-no", WAYBILL)
    assert again.output == told.output
    with reading() as session:
        assert session.get_one(Order, order.id).status is OrderStatus.SHIPPED
        assert session.exec(select(Shipment.tracking_no)).all() == [WAYBILL]


def test_what_the_rules_forbid_is_refused(order):
    with pytest.raises(NotFound, match="404"):
        run("404", "--carrier", "zto", "--tracking-no", WAYBILL)
    with pytest.raises(NotFound, match="no-shop"):
        run(NO, "--carrier", "zto", "--tracking-no", WAYBILL, "--shop", "no-shop")
    with pytest.raises(BadInput):
        run(NO, "--carrier", "zto", "--tracking-no", "12")
    with transaction() as session:
        session.get_one(Order, order.id).status = OrderStatus.TO_REVIEW
    with pytest.raises(IllegalMove):
        run(NO, "--carrier", "zto", "--tracking-no", WAYBILL)
    assert run(NO, "--carrier", "ufo", "--tracking-no", WAYBILL).exit_code == 2


def test_one_number_of_two_shops_asks_which(order):
    with transaction() as session:
        builders.order(session, NO, of=builders.shop(session, "douyin-2"), our_status=OrderStatus.TO_SHIP)
    with pytest.raises(BadInput, match="--shop"):
        run(NO, "--carrier", "zto", "--tracking-no", WAYBILL)
    told = run(NO, "--carrier", "zto", "--tracking-no", WAYBILL, "--shop", "douyin-2")
    assert "douyin-2" in told.output


def test_beside_a_running_hub_it_says_so(sqlite_url):
    running = Database(sqlite_url)
    with running.transaction():
        pass
    open_database(sqlite_url)
    with pytest.raises(DatabaseBusy, match="running hub"):
        run(NO, "--carrier", "zto", "--tracking-no", WAYBILL)
    running.close()
    close_database()
