"""The reports for programs: the figures of the pages, narrowed and veiled as the owner of the key is."""

from datetime import datetime
from typing import Any

import pytest

from orderhub.access.permissions import Permission, Role
from orderhub.access.roles import RoleSet
from orderhub.domain.aftersale import accept_refund
from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import OrderStatus
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.db import Database
from tests import builders
from tests.builders import NOW
from tests.domain.drafts import a_refund

from .keyed import Program, program

PERIOD = {"since": "2026-01-01T00:00:00+08:00", "until": "2027-01-01T00:00:00+08:00"}
REPORTS = ("trend", "timeliness", "anomalies", "service", "returns", "funnel", "closure")


@pytest.fixture
def sold(database: Database) -> Database:
    """Two orders of two shops; one has an anomaly and a case."""
    with database.transaction() as session:
        order = builders.order(session, our_status=OrderStatus.TO_SHIP)
        order.paid_at = NOW
        refund = a_refund(channel=order.channel, channel_order_no=order.channel_order_no, amount_fen=order.paid_fen)
        accept_refund(session, builders.shop(session), refund, now=NOW)
        about = ("order", order.id)
        open_anomaly(session, AnomalyKind.NO_MOVEMENT, about=about, occurred_at=NOW, now=NOW, note="")
    return database


def amounts(found: Any) -> list[int | None]:
    """Every amount in an answer, wherever it stands."""
    if isinstance(found, list):
        return [amount for one in found for amount in amounts(one)]
    if not isinstance(found, dict):
        return []
    own = [value for name, value in found.items() if name.endswith("fen")]
    return own + [amount for one in found.values() for amount in amounts(one)]


def test_every_report_is_read_of_a_period(sold):
    bi = program(sold)
    answers = {name: bi.get(f"/reports/{name}", **PERIOD) for name in REPORTS}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(REPORTS, 200)
    found = {name: answer.json() for name, answer in answers.items()}
    assert found["trend"]["paid"] == {"orders": 1, "fen": 13940}
    assert [row["orders"] for row in found["funnel"]["rows"]] == [1, 1, 0, 0, 0]
    assert [(row["kind"], row["count"]) for row in found["anomalies"]["rows"]] == [("no_movement", 1)]
    assert found["closure"]["total"]["detected"] == found["closure"]["rows"]["no_movement"]["detected"] == 1
    assert sum(cell["cases"]["opened"] for cell in found["service"]["cells"]) == 1
    assert len(found["timeliness"]["rows"]) == 1


def test_amounts_are_null_for_an_owner_who_may_not_see_money(sold):
    blind = program(sold, Permission.API_REPORT_READ, role=Role.MANAGER)
    rights = {"permissions": [Permission.API_REPORT_READ], "fields": []}
    with sold.transaction() as session:
        session.add(RoleSet(code="manager", job=Role.MANAGER, updated_at=NOW, updated_by="ceshi", **rights))
    seen = [amount for name in REPORTS for amount in amounts(blind.get(f"/reports/{name}", **PERIOD).json())]
    assert seen
    assert set(seen) == {None}


def test_a_shop_out_of_sight_counts_for_nothing(sold):
    narrowed = program(sold, shops=[99])
    assert narrowed.get("/reports/trend", **PERIOD).json()["paid"] == {"orders": 0, "fen": 0}
    assert narrowed.get("/reports/anomalies", **PERIOD).json()["count"] == 0
    assert narrowed.get("/reports/closure", **PERIOD).json()["total"]["detected"] == 0


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"since": "2026-01-01"}, "since"),
        ({"since": "1767225600"}, "since"),
        ({"since": "0001-01-01T00:00:00+08:00"}, "since"),
        ({"until": PERIOD["since"]}, "until"),
        ({"until": "2030-01-01T00:00:00Z"}, "until"),
        ({"channel": "pigeon"}, "channel"),
    ],
)
@pytest.mark.parametrize("name", REPORTS)
def test_a_period_that_cannot_be_is_refused_in_words(bi: Program, name, params, field):
    answer = bi.get(f"/reports/{name}", **PERIOD | params)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.fixture
def bi(sold: Database) -> Program:
    return program(sold)


def test_a_trend_in_steps_too_small_for_its_period_is_refused(bi):
    assert bi.get("/reports/trend", **PERIOD, step="minute").status_code == 422
    day = PERIOD | {"until": "2026-01-02T00:00:00+08:00", "step": "hour"}
    rows = bi.get("/reports/trend", **day).json()["rows"]
    assert [datetime.fromisoformat(row["at"]).astimezone(SHANGHAI).hour for row in rows] == list(range(24))
