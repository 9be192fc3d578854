"""Does a real delivery history come in whole, and are its late shares those a naive count finds?"""

import csv
import gzip
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlmodel import func, select

from orderhub.domain.purchase_order import PurchaseLine, PurchaseOrder, PurchaseStatus
from orderhub.domain.receipt import Receipt
from orderhub.domain.scorecard_terms import ScorecardTerms
from orderhub.domain.stock import StockEntry
from orderhub.domain.supplier import Supplier
from orderhub.domain.supply_drafts import Noted
from orderhub.insights.quarter import read_quarter
from orderhub.insights.scorecard import Card, Part, cards
from orderhub.insights.scorecard_file import supplied_in
from orderhub.insights.supplier import supplied, supplier_names
from orderhub.intake.supplies.reading import checked_supplies
from orderhub.intake.supplies.scms import read_day
from orderhub.intake.supplies.taking import Taken, take, weigh
from orderhub.kernel.db import Database
from tests.domain.supplying import BY, TODAY

SAMPLE = Path(__file__).parent / "samples" / "scms.csv.gz"


def naive(path: Path, start: date = date.min, end: date = date.max) -> dict[str, tuple[int, int]]:
    """By vendor: rows, and those delivered after the scheduled day; read by other means than the hub's."""
    rows, late = Counter(), Counter()
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            days = [row["Scheduled Delivery Date"], row["Delivered to Client Date"]]
            scheduled, delivered = (datetime.strptime(day, "%d-%b-%y").date() for day in days)  # noqa: DTZ007
            if start <= scheduled <= end:
                rows[row["Vendor"]] += 1
                late[row["Vendor"]] += delivered > scheduled
    return {vendor: (rows[vendor], late[vendor]) for vendor in rows}


def judged(made: list[Card]) -> dict[str, tuple[int, int]]:
    found = {card.supplier: card.figures[Part.ON_TIME] for card in made}
    return {name: (figure.base, figure.bad) for name, figure in found.items() if figure.base}


def test_late_shares_of_vendors_are_those_of_a_naive_count():
    file = checked_supplies(SAMPLE, SAMPLE.name)
    lines = list(supplied_in(file))
    assert judged(cards(lines, ScorecardTerms(), today=TODAY)) == naive(SAMPLE)
    quarter = read_quarter("2011Q3")
    made = cards(lines, ScorecardTerms(), today=TODAY, since=quarter.start, until=quarter.end)
    assert judged(made) == naive(SAMPLE, quarter.start, quarter.end)


def test_a_history_comes_in_once_and_scores_as_its_file_does(database: Database):
    file = checked_supplies(SAMPLE, "scms.csv.gz")
    with database.transaction() as session:
        weighed = weigh(session, file)
        taken = take(session, file, is_history=False, **BY)
        assert (weighed.fresh, weighed.arrivals, weighed.shelved) == (taken.orders, len(list(supplied_in(file))), 0)
    with database.transaction() as session:
        assert take(session, file, is_history=False, **BY) == Taken(taken.suppliers, 0, 0)
    with database.reading() as session:
        names = supplier_names(session)
        known = {
            names[name]: figure
            for name, figure in judged(cards(supplied(session), ScorecardTerms(), today=TODAY)).items()
        }
        assert known == naive(SAMPLE)
        assert session.exec(select(StockEntry)).all() == []
        assert set(session.exec(select(PurchaseOrder.status))) == {PurchaseStatus.RECEIVED}
        assert session.exec(select(func.count()).select_from(Receipt)).one() == taken.receipts
        assert set(session.exec(select(PurchaseLine.is_counted))) == {False}
        assert set(session.exec(select(Supplier.currency))) == {"USD"}


def test_words_for_a_day_that_is_not_known_are_said_with_what_was_done():
    notes = {(note.field, note.word): (note.rows, note.done) for note in checked_supplies(SAMPLE, "scms.csv.gz").notes}
    assert notes["PO Sent to Vendor Date", "Date Not Captured"][1] is Noted.NO_ORDER_DAY
    assert notes["PO Sent to Vendor Date", "N/A - From RDC"][1] is Noted.NO_ORDER_DAY
    assert notes["PQ First Sent to Client Date", "Pre-PQ Process"][1] is Noted.NOT_NEEDED
    assert notes["", ""][1] is Noted.NOT_COUNTED


def test_rows_that_cannot_be_used_are_noted_and_the_rest_is(tmp_path: Path):
    path = tmp_path / "scms.csv"
    head = "Vendor,PO / SO #,Scheduled Delivery Date,Delivered to Client Date,Line Item Quantity,Pack Price,ASN/DN #"
    rows = [
        "A,P-1,2-Jun-06,Date Not Captured,10,1.00,D-1",
        "A,P-2,Date Not Captured,3-Jun-06,10,0.97,D-2",
        "A,P-3,2-Jun-06,3-Jun-06,ten,1.00,D-3",
        "A,P-4,2-Jun-06,3-Jun-06,10,x,D-4",
        "B,P-5,2-Jun-06,Date Not Captured,10,1.005,D-5",
        ",P-6,2-Jun-06,2-Jun-06,10,1.00,D-6",
        "A,P-7,2-Jun-06,,10,1.005,D-7",
    ]
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    file = checked_supplies(path, path.name)
    noted = {(note.field, note.word, note.done): note.rows for note in file.notes}
    assert noted == {
        ("Delivered to Client Date", "Date Not Captured", Noted.LEFT_OUT): 2,
        ("Scheduled Delivery Date", "Date Not Captured", Noted.NO_PROMISE): 1,
        ("Line Item Quantity", "ten", Noted.LEFT_OUT): 1,
        ("Pack Price", "x", Noted.NO_PRICE): 1,
        ("Pack Price", "", Noted.PRICE_ROUNDED): 1,
        ("Vendor", "", Noted.LEFT_OUT): 1,
        ("", "", Noted.NOT_COUNTED): 3,
        ("Vendor", "B", Noted.NO_ORDERS): 1,
    }
    made = cards(list(supplied_in(file)), ScorecardTerms(), today=TODAY, suppliers=["A", "B"])
    assert judged(made) == {"A": (2, 2)}, "what never came is late, what was promised for no day is neither"
    assert made[-1].supplier == "B"
    assert made[-1].score is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2-Jun-06", date(2006, 6, 2)),
        ("11/13/06", date(2006, 11, 13)),
        ("2012-02-29", date(2012, 2, 29)),
        ("31-Feb-06", None),
        ("Pre-PQ Process", None),
        ("Date Not Captured", None),
        ("N/A - From RDC", None),
        ("", None),
    ],
)
def test_days_are_read_as_the_file_writes_them(text: str, day: date | None):
    assert read_day(text) == day
