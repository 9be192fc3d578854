"""Does a back-test read the shapes of files it says it does, and tell what it did with what is wrong in them?"""

import gzip
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from orderhub.cli import app
from orderhub.domain.forecast_run import Model, Note
from orderhub.insights.forecast.backtest import Look, Record, by_grain, choose, origins
from orderhub.insights.forecast.files import HOURLY, INVOICES, OWN, read_panel
from orderhub.kernel.errors import BadInput

DAYS = [date(2025, 1, 1) + timedelta(days=number) for number in range(130)]


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def own(path: Path) -> Path:
    sold = [f"BOX,east,{day},{5 + day.weekday()},{int(day.day == 1)},{100 * day.weekday()}" for day in DAYS]
    more = [
        "BOX,east,2025-01-02,-40,0,0",
        "BOX,east,someday,5,0,0",
        ",east,2025-01-03,5,0,0",
        "LID,east,2025-05-01,0,0,0",
    ]
    return written(path, "sku,region,day,quantity,promotion,advertising_fen", *sold, *more)


def test_our_own_columns_are_read_and_what_is_wrong_is_counted(tmp_path: Path):
    panel, shape = read_panel(own(tmp_path / "own.csv"), 28)
    assert shape is OWN
    assert panel.keys == [("BOX", "east")]
    assert panel.sold[0, :3].tolist() == [7.0, 0.0, 9.0]
    assert panel.drivers.promotion[0] == 1
    assert panel.drivers.advertising is not None
    assert len(panel.drivers.off) == 130 + 28
    assert panel.notes == {
        Note.NEGATIVE: 1,
        Note.UNREADABLE: 2,
        Note.NO_SALES: 1,
        Note.SHORT: 130,
        Note.GAP: 0,
        Note.FEW_SELLING_DAYS: 0,
    }


def test_invoices_lose_repeats_cancellations_and_what_is_no_goods(tmp_path: Path):
    head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    lines = [
        "1,85123A,box,6,2011-01-03 08:26:00,2.55,17850,UK",
        "1,85123A,box,6,2011-01-03 08:26:00,2.55,17850,UK",
        "2,85123A,box,900,2011-01-03 09:00:00,2.55,17850,UK",
        "C3,85123A,box,-900,2011-01-03 09:12:00,2.55,17850,UK",
        "C4,85123A,box,-7,2011-01-04 09:12:00,2.55,17850,UK",
        "5,POST,postage,1,2011-01-04 09:12:00,18,17850,UK",
        "6,85123A,lost,-3,2011-01-04 09:12:00,0,,UK",
        "7,85123A,found,3,2011-01-04 09:12:00,0,,UK",
        "8,85123A,box,2,2011-01-06 09:12:00,2.1,,UK",
    ]
    panel, shape = read_panel(written(tmp_path / "retail.csv", head, *lines), 28, selling_days=1)
    assert shape is INVOICES
    assert panel.sold.tolist() == [[6.0, 0.0, 0.0, 2.0]]
    wanted = {
        Note.REPEATED: 1,
        Note.CANCELLED: 2,
        Note.UNMATCHED: 1,
        Note.NOT_GOODS: 1,
        Note.NEGATIVE: 1,
        Note.NO_PRICE: 1,
        Note.GAP: 2,
    }
    assert {note: panel.notes[note] for note in wanted} == wanted


def test_hours_become_days_with_their_weather(tmp_path: Path):
    head = "date_time,holiday,workingday,weather,temp,atemp,hum,windspeed,users,month,hour,weekday"
    lines = [
        f"2011-01-0{day} {hour:02}:00:00,{int(day == 2)}.0,0,clear,{10 + hour},1,1,2,{day}.0,1,0,5"
        for day in (1, 2)
        for hour in (0, 10)
    ]
    packed = tmp_path / "bikes.csv.gz"
    packed.write_bytes(gzip.compress(("\n".join([head, *lines]) + "\n").encode()))
    panel, shape = read_panel(packed, 7)
    assert shape is HOURLY
    assert panel.sold.tolist() == [[2.0, 4.0]]
    assert panel.drivers.weather is not None
    assert panel.drivers.weather[0, 0].tolist() == [15.0, 0.0, 2.0]
    assert panel.drivers.festival[1] > 0


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["a,b", "1,2"], "columns"),
        (["sku,region,day,quantity"], "no_sales"),
        (["sku,region,day,quantity", "BOX,east,2025-01-01,0"], "no_sales"),
        (["InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice", "1,85123A,1,2011-01-03,1"], "few_selling_days"),
    ],
)
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, lines: list[str], problem: str):
    with pytest.raises(BadInput) as refused:
        read_panel(written(tmp_path / "bad.csv", *lines), 28)
    assert refused.value.problem == problem


def test_the_command_prints_the_same_table_twice(tmp_path: Path):
    path = own(tmp_path / "own.csv")
    first, second = (
        CliRunner().invoke(app, ["forecast", "backtest", "--data", str(path), "--folds", "1"]) for _ in "ab"
    )
    assert first.exit_code == 0
    assert first.output == second.output
    assert "1 folds of 28 days" in first.output
    assert "last week again (naive)" in first.output
    assert "note: 1 negative quantities" in first.output


def test_a_short_history_is_forecast_without_a_back_test(tmp_path: Path):
    path = written(tmp_path / "short.csv", "sku,region,day,quantity", "BOX,east,2025-01-01,3", "BOX,east,2025-01-02,4")
    told = CliRunner().invoke(app, ["forecast", "backtest", "--data", str(path)])
    assert told.exit_code == 0
    assert "too short for a back-test" in told.output


def test_folds_follow_each_other_and_leave_enough_to_learn_from():
    assert origins(730, 28, 3) == [646, 674, 702]
    assert origins(100, 28, 6) == [72]
    assert origins(80, 28, 6) == []


def test_what_is_left_over_of_a_grain_is_a_sum_of_its_own():
    assert by_grain(np.ones((1, 10), dtype=np.float32), 7).tolist() == [[7.0, 3.0]]


def test_naives_do_not_speak_for_slow_series_and_kin_speak_for_new_ones():
    nothing = np.zeros((3, 7), dtype=np.float32)
    look = Look(dict.fromkeys(Model, nothing), None, np.array([False, False, True]), np.array([False, True, False]))
    missed = {model: np.full(3, 10.0, dtype=np.float32) for model in Model} | {
        Model.NAIVE: np.zeros(3, dtype=np.float32)
    }
    assert list(choose(look, Record(missed, folds=3))) == [Model.NAIVE, Model.BLENDED, Model.KIN]
    assert list(choose(look, Record(missed, folds=2))) == [Model.BLENDED, Model.BLENDED, Model.KIN]
