"""Does the proof find what it looks for, and does it leave nothing behind?"""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select
from typer.testing import CliRunner

from orderhub import prove
from orderhub.cli import app
from orderhub.domain.anomaly import Anomaly, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.reservation import Reservation, Result, reserve
from orderhub.domain.sku import Sku, SkuPart, has_skus
from orderhub.domain.stock import StockEntry, StockLevel, Warehouse
from orderhub.insights.closure import ClosureBy
from orderhub.insights.stock import checked
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import SetupError
from orderhub.prove_assignment import prove_assignment
from orderhub.prove_closure import prove_closure
from tests.builders import NOW
from tests.domain.stocked import stocked


def proofs(buyers, units, processes=1):
    return list(prove.prove_oversell(buyers=buyers, units=units, processes=processes, now=NOW))


@pytest.mark.parametrize(("buyers", "units", "held"), [(60, 7, 7), (5, 9, 5), (4, 0, 0)])
def test_exactly_as_many_hold_as_there_is_enough_for(database, buyers, units, held):
    found = proofs(buyers, units)
    assert [(one.held, one.pieces, one.drifts, one.is_sound) for one in found] == [
        (held, held, 0, True),
        (held, 5 * held, 0, True),
    ]
    with reading() as session:
        for table in (Reservation, StockEntry, StockLevel, SkuPart, Sku, Warehouse):
            assert session.exec(select(table)).all() == []


def test_the_hub_keeps_no_stock_for_the_sake_of_a_proof(database, monkeypatch):
    seen = []

    def watching(session, *args, **options):
        seen.append(has_skus(session))
        return reserve(session, *args, **options)

    monkeypatch.setattr(prove, "reserve", watching)
    proofs(2, 1)
    assert seen == [False] * 8


def test_a_proof_that_fails_says_so(database, monkeypatch):
    def greedy(session, order_id, wanted, **options):
        return Result()

    monkeypatch.setattr(prove, "reserve", greedy)
    assert [one.is_sound for one in proofs(3, 1)] == [False, False]
    assert all(str(one).endswith("WRONG") for one in proofs(3, 1))


def test_sqlite_is_raced_by_one_process(sqlite_url, request):
    from orderhub.kernel.db import open_database

    open_database(sqlite_url)
    with pytest.raises(SetupError, match="one process"):
        proofs(2, 1, processes=2)


def test_books_that_disagree_are_found(database, monkeypatch):
    monkeypatch.setattr("orderhub.kernel.logs.set_up_logs", lambda *_: None)
    with transaction() as session:
        stocked(session, A=3, B=4)
    with reading() as session:
        assert checked(session).drifts == ()
    said = CliRunner().invoke(app, ["check", "stock"])
    assert (said.exit_code, said.stdout) == (0, "stock: 2 levels, 2 rows in the ledger, 0 that disagree\n")
    with transaction() as session:
        session.connection().execute(text("UPDATE stock_level SET on_hand = on_hand + 1, reserved = 1"))
    said = CliRunner().invoke(app, ["check", "stock"])
    assert said.exit_code == 1
    assert "A at east: on hand 4, reserved 1; the ledger says 3 and 0, orders hold 0" in said.output


def test_the_closed_loop_is_proven_by_the_log(database, monkeypatch):
    monkeypatch.setattr("orderhub.kernel.clock.utc_now", lambda: NOW)
    monkeypatch.setattr("orderhub.migration.migrate", lambda: None)  # the fixture has made the tables
    about = ("shop", 7)
    with transaction() as session:
        found_at = NOW - timedelta(hours=5)
        open_anomaly(session, AnomalyKind.SYNC_BEHIND, about=about, occurred_at=found_at, now=found_at)
        resolve_anomaly(session, AnomalyKind.SYNC_BEHIND, about=about, by="ceshi-a", now=NOW - timedelta(hours=4))
    proofs = list(prove_closure(NOW))
    assert [proof.is_sound for proof in proofs] == [True] * len(ClosureBy)
    assert "found 0 s ÷ 1, right at first 1 ÷ 1, resolved 3600 s ÷ 1" in str(proofs[0])
    with transaction() as session:
        session.exec(select(Anomaly)).one().resolved_at = NOW
    proofs = list(prove_closure(NOW))
    assert [proof.is_sound for proof in proofs] == [False] * len(ClosureBy)
    assert "sync_behind.resolve_seconds: 18000 on the page, 3600 in the log" in str(proofs[0])
    said = CliRunner().invoke(app, ["prove", "closure"])
    assert said.exit_code == 1
    assert "18000 on the page, 3600 in the log" in said.output


def test_assignment_is_proven_on_labelled_causes_and_told_of_this_hub(database):
    *labelled, as_it_went, by_rules = prove_assignment(NOW)
    assert [proof.is_sound for proof in labelled] == [True] * 5
    assert str(labelled[0]).startswith("shipped rules, seed 61: 2306 ÷ 2333 right first, 98.84 %; wrong: ")
    assert str(by_rules) == "this hub, 30 days, by its rules: 0 ÷ 0 right first, nothing to measure"
    assert as_it_went.is_sound
