"""From a forecast to goods on the shelf: a sheet by the clock, a yes, an order, a delivery with defects, a score."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from jobs.schedule import suggest_replenishment
from orderhub.domain.purchase_order import PurchaseOrder, PurchaseStatus, lines_of, place
from orderhub.domain.purchase_order import approve as approve_purchase
from orderhub.domain.receipt import Counted, receive
from orderhub.domain.replenishment import approve, newest_run
from orderhub.domain.supplier import set_supply
from orderhub.insights.forecast.kept import ForecastDay, ForecastRun, Model, RunState
from orderhub.insights.quarter import quarter_of
from orderhub.insights.replenishment import Step
from orderhub.insights.replenishment_sheet import sheet_rows
from orderhub.insights.scorecard import Part
from orderhub.insights.supplier import supplier_rows
from orderhub.kernel.clock import business_day
from orderhub.kernel.db import Database, reading, transaction
from tests.domain.stocked import assert_sound, level, stocked
from tests.domain.supplying import supplier


@pytest.fixture
def forecast(database: Database, now: datetime) -> None:
    """Ten boxes a day for 60 days, of which thirty are there, and one supplier who brings them in ten days."""
    today = business_day(now)
    with transaction() as session:
        box = stocked(session, now, BOX_40L=(30, 0))["BOX-40L"]
        set_supply(session, supplier(session, lead_days=10), box, pack_size=24, price_fen=900, by="tester", now=now)
        run = ForecastRun(
            state=RunState.DONE, first_day=today + timedelta(days=1), last_day=today + timedelta(days=60), by="tester",
            made_at=now, beat_at=now,
        )  # fmt: skip
        session.add(run)
        session.flush()
        for ahead in range(1, 61):
            day = today + timedelta(days=ahead)
            session.add(
                ForecastDay(
                    run_id=run.id, sku_id=box.id, warehouse_id=1, day=day, mean_milli=10_000, p50_milli=10_000,
                    p90_milli=13_000, model=Model.SEASONAL,
                )
            )  # fmt: skip


@pytest.mark.usefixtures("forecast")
def test_what_is_forecast_is_bought_and_what_comes_badly_is_remembered(now: datetime):
    assert suggest_replenishment(now) == 2
    assert suggest_replenishment(now + timedelta(days=2)) == 0, "one sheet a month"
    with transaction() as session:
        run = newest_run(session, 1)
        assert run
        (row,) = sheet_rows(session, run)
        steps = {step["step"]: step["amount"] for step in row.line.steps}
        assert steps[Step.DEMAND] == 400
        assert row.line.quantity == -(-(400 + steps[Step.SAFETY] - 30) // 24) * 24
        (order,) = approve(session, run.id, [row.line.id], by="yun", now=now)
        assert order.status is PurchaseStatus.DRAFT
    with transaction() as session:
        approve_purchase(session, order.id, by="boss", now=now)
        place(session, order.id, by="yun", now=now)
    assert suggest_replenishment(now + timedelta(days=10)) == 2, "a new month; what is on order is not bought again"
    with reading() as session:
        second = newest_run(session, 1)
        assert second
        assert sum(row.line.quantity for row in sheet_rows(session, second)) < row.line.quantity / 2
    came = now + timedelta(days=12)
    with transaction() as session:
        (line,) = lines_of(session, order.id)
        bad = line.quantity // 10
        counted = Counted(line.id, good=line.quantity - bad, defective=bad)
        receive(session, order.id, [counted], receipt_no="RK-1", by="cang", now=came)
        receive(session, order.id, [counted], receipt_no="RK-1", by="cang", now=came)
    with reading() as session:
        assert level(session, "BOX-40L") == (30 + line.quantity - bad, 0)
        assert_sound(session)
        assert session.exec(select(PurchaseOrder.status)).one() is PurchaseStatus.RECEIVED
        today = business_day(came)
        (scored,) = supplier_rows(session, quarter_of(lines_of(session, order.id)[0].promised_on or today), today=today)
        late, sound = scored.card.figures[Part.ON_TIME], scored.card.figures[Part.SOUND]
        assert (late.bad, late.base, sound.bad, sound.base) == (1, 1, bad, line.quantity)
        assert scored.card.is_few
        assert scored.card.score is not None
        assert scored.before.score is None
