"""What does a forecast that is kept say of several days together, and how does one come about from orders?"""

from datetime import timedelta

import numpy as np
import pytest
from sqlmodel import Session, col, select

from orderhub.domain import forecast_run
from orderhub.domain.advertising import put_advertising
from orderhub.domain.forecast_run import ForecastRun, Model, Note, RunState, Stage
from orderhub.domain.holiday import put_holidays
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.promotion_day import set_promotion_day
from orderhub.domain.sku import sku_coded
from orderhub.domain.weather import WeatherSource, put_weather
from orderhub.insights.forecast.answer import keep, load, parts, save
from orderhub.insights.forecast.gathering import gather
from orderhub.insights.forecast.kept import ForecastDay, ForecastSeries, expected, forget_runs, together
from orderhub.insights.forecast.reckoning import reckon
from orderhub.kernel.clock import business_day
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, IllegalMove, NotFound
from orderhub.kernel.sight import Sight, seeing
from tests.builders import NOW
from tests.insights.demand import EAST, ordered, stocked, year

TODAY = business_day(NOW)


@pytest.fixture
def sold(database: Database) -> Database:
    with database.transaction() as session:
        stocked(session)
        ordered(session, year(TODAY))
    return database


def made(session: Session, days: int = 30) -> ForecastRun:
    asked = forecast_run.ask(session, days, by="ceshi-yunying", now=NOW)
    begun = forecast_run.begin(session, asked.id, now=NOW)
    assert begun is not None
    return begun


def done(session: Session, run: ForecastRun) -> bool:
    return forecast_run.finish(session, run.id, series=1, common_milli=0, figures={}, notes=[], now=NOW)


def test_errors_of_single_days_even_out_but_for_what_they_have_in_common():
    days = [(1000, 900, 2000)] * 4
    assert together(days, 0) == (4000, 6000)
    assert together(days, 1000) == (4000, 8000)
    assert together(days[:1], 0) == (900, 2000)


def test_a_bundle_is_its_parts_and_a_region_the_warehouse_that_serves_it(sold: Database):
    with sold.reading() as session:
        goods = gather(session, TODAY, 30)
        box, east, south = sku_coded(session, "BOX-40").id, 1, 2
    places = {key: place for place, key in enumerate(zip(goods.sku_ids, goods.warehouse_ids, strict=True))}
    assert len(places) == 4
    saturday = TODAY - timedelta(days=3)
    number = (saturday - goods.panel.first_day).days
    assert goods.panel.sold[places[box, south], number] == 12  # six bundles of two
    assert goods.panel.sold[places[box, east], number] == 12 + 3 % 3 - 1
    assert goods.panel.last_day == TODAY - timedelta(days=1)


def test_what_was_cancelled_is_no_demand(sold: Database):
    with sold.transaction() as session:
        everything = session.exec(select(Order).where(col(Order.receiver_region) == EAST)).all()
        for order in everything:
            order.status = OrderStatus.CANCELLED
            session.add(order)
    with sold.reading() as session:
        goods = gather(session, TODAY, 30)
    assert set(goods.warehouse_ids) == {2}


def test_an_unknown_code_is_counted_and_left_out(database: Database):
    with database.transaction() as session:
        stocked(session)
        ordered(
            session, [(TODAY - timedelta(days=1), "NOBODY", EAST, 5), (TODAY - timedelta(days=1), "LID-1", EAST, 1)]
        )
    with database.reading() as session:
        goods = gather(session, TODAY, 30)
    assert goods.panel.notes[Note.UNKNOWN_SKU] == 1
    assert goods.panel.notes[Note.SHORT] == 1
    assert goods.panel.sold.tolist() == [[1.0]]


def test_nothing_sold_is_nothing_to_forecast(database: Database):
    with database.reading() as session:
        assert gather(session, TODAY, 30).sku_ids == []


def test_drivers_come_from_what_was_uploaded(sold: Database):
    tomorrow = TODAY + timedelta(days=1)
    with sold.transaction() as session:
        put_holidays(session, {tomorrow: (True, "店庆")}, by="ceshi", now=NOW)
        set_promotion_day(session, tomorrow, "店庆", by="ceshi", now=NOW)
        put_advertising(session, {(tomorrow, 0): 40_000}, by="ceshi", now=NOW)
        felt = {(house, TODAY): (215, 30) for house in (1, 2)}
        put_weather(session, felt, WeatherSource.FILE, by="ceshi", now=NOW)
    with sold.reading() as session:
        panel = gather(session, TODAY, 30).panel
    drivers, place = panel.drivers, panel.days + 1
    assert (drivers.off[place], drivers.promotion[place], drivers.promotion.sum()) == (1, 1, 1)
    assert drivers.festival[place] > 0
    assert drivers.advertising is not None
    assert drivers.advertising[:, place].tolist() == [10_000.0] * 4
    assert drivers.weather is not None
    assert drivers.weather[0, panel.days].tolist() == pytest.approx([21.5, 3.0, 0.0])
    assert np.isnan(drivers.weather[0, place, 0])


def test_a_forecast_is_close_kept_whole_and_asked_for_by_warehouse(sold: Database, tmp_path):
    with sold.reading() as session:
        goods = gather(session, TODAY, 30)
    said: list[tuple[Stage, int, int]] = []
    reckoned = reckon(goods, 30, lambda *step: said.append(step), most_rows=4000)
    assert said[-1][1:] == (20, 20)
    told = save(reckoned, tmp_path / "forecast.npz")
    again = load(tmp_path / "forecast.npz", told)
    with sold.transaction() as session:
        run = made(session)
        for part in parts(again):
            keep(session, run.id, again, part)
        assert expected(session, goods.sku_ids, 1, TODAY, TODAY) == {}  # nobody sees it before it is done
        assert done(session, run)
    with sold.reading() as session:
        box, new, lid = (sku_coded(session, code).id for code in ("BOX-40", "BOX-NEW", "LID-1"))
        found = expected(session, [box, new, lid], 1, TODAY, TODAY + timedelta(days=13))
        by_series = {(one.sku_id, one.warehouse_id): one for one in session.exec(select(ForecastSeries))}
        days = session.exec(select(ForecastDay).where(ForecastDay.sku_id == box)).all()
    assert 14 * 6_000 < found[box].p50_milli < 14 * 10_000
    assert found[box].p50_milli < found[box].p90_milli < 2 * found[box].p50_milli
    assert 14 * 1_000 < found[new].p50_milli < 14 * 7_000
    assert 500 < found[lid].p50_milli < 6_000
    assert by_series[new, 1].model is Model.KIN
    assert by_series[box, 1].selling_days == 400
    assert len(days) == 60
    assert all(0 <= day.p50_milli <= day.p90_milli for day in days)
    assert {day.day for day in days} == {TODAY + timedelta(days=number) for number in range(30)}


def test_the_same_orders_give_the_same_forecast(sold: Database):
    with sold.reading() as session:
        first, second = (reckon(gather(session, TODAY, 14), 14, lambda *_: None, most_rows=3000) for _ in range(2))
    assert (first.arrays["mean"] == second.arrays["mean"]).all()
    assert first.figures == second.figures


def test_two_days_of_history_are_forecast_by_what_was_sold(database: Database):
    """Nobody is older, so nobody's early weeks can be looked at."""
    with database.transaction() as session:
        stocked(session)
        ordered(session, year(TODAY, days=2))
    with database.reading() as session:
        reckoned = reckon(gather(session, TODAY, 7), 7, lambda *_: None)
    assert reckoned.figures["scores"] == []
    for name in ("mean", "median", "high"):
        assert (reckoned.arrays[name] >= 0).all()
        assert (reckoned.arrays[name] < 1_000_000).all()
    assert reckoned.arrays["mean"].any()


def test_only_one_forecast_is_made_at_a_time(database: Database):
    with database.transaction() as session:
        run = forecast_run.ask(session, 30, by="ceshi", now=NOW)
        with pytest.raises(forecast_run.ForecastOpen):
            forecast_run.ask(session, 30, by="ceshi", now=NOW)
        assert forecast_run.begin(session, run.id, now=NOW)
        assert forecast_run.begin(session, run.id, now=NOW) is None


@pytest.mark.parametrize("days", [0, 6, 61])
def test_a_span_that_cannot_be_forecast_is_refused(database: Database, days: int):
    with database.transaction() as session, pytest.raises(BadInput):
        forecast_run.ask(session, days, by="ceshi", now=NOW)


def test_what_was_cancelled_is_not_finished(database: Database):
    with database.transaction() as session:
        run = made(session)
        forecast_run.cancel(session, run.id, by="ceshi-yunying", now=NOW)
        assert not forecast_run.beat(session, run.id, Stage.TESTING, 1, 2, now=NOW)
        assert not done(session, run)
        with pytest.raises(NotFound):
            forecast_run.cancel(session, run.id, by="ceshi-yunying", now=NOW)
    with database.reading() as session:
        assert session.get_one(ForecastRun, run.id).state is RunState.CANCELLED


def test_a_run_whose_process_died_begins_anew_once_and_is_broken_then(database: Database):
    with database.transaction() as session:
        run = made(session)
        late = NOW + forecast_run.GONE_QUIET + timedelta(seconds=1)
        assert forecast_run.take_back(session, now=NOW) == 0
        assert forecast_run.take_back(session, now=late) == 1
        assert run.state is RunState.WAITING
        forecast_run.begin(session, run.id, now=late)
        assert forecast_run.take_back(session, now=late + timedelta(hours=1)) == 1
        assert run.state is RunState.BROKEN
        assert run.trouble


def test_an_end_is_final(database: Database):
    with database.transaction() as session:
        run = made(session)
        done(session, run)
        with pytest.raises(IllegalMove):
            forecast_run.LIFECYCLE.check(run.state, RunState.RUNNING)


def test_the_newest_three_forecasts_stay(database: Database):
    with database.transaction() as session:
        for _ in range(5):
            done(session, made(session))
        assert forget_runs(session) == 2
        assert [run.id for run in session.exec(select(ForecastRun).order_by(col(ForecastRun.id)))] == [3, 4, 5]


def test_who_sees_some_shops_sees_no_demand_and_who_sees_a_warehouse_sees_its_own(sold: Database):
    with sold.transaction() as session:
        run = made(session)
        box = sku_coded(session, "BOX-40").id
        for house in (1, 2):
            session.add(
                ForecastDay(
                    run_id=run.id, sku_id=box, warehouse_id=house, day=TODAY, mean_milli=1, p50_milli=1, p90_milli=2
                )
            )
        done(session, run)
    with seeing(Sight(warehouses=frozenset({"east"}))), sold.reading() as session:
        assert [day.warehouse_id for day in session.exec(select(ForecastDay))] == [1]
    with seeing(Sight(shops=frozenset({1}))), sold.reading() as session:
        assert session.exec(select(ForecastDay)).all() == []
