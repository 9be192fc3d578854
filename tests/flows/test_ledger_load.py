"""The load run of ``python -m tests.benchmarks ledger``, a few seconds long: everything goes wrong, nothing is lost."""

from dataclasses import replace
from datetime import timedelta

from orderhub.connectors.channels import pinduoduo
from orderhub.intake import completeness
from tests.benchmarks import ledgers
from tests.databases import with_tables


def test_every_fault_at_once_leaves_no_difference(sqlite_url, monkeypatch):
    database = with_tables(sqlite_url)
    monkeypatch.setattr(completeness, "MARGIN", timedelta(seconds=5))
    # Pinduoduo's three minutes would be most of the run.
    soon = replace(pinduoduo.LIMITS, lag=timedelta(seconds=5))
    monkeypatch.setattr(pinduoduo, "LIMITS", soon)
    monkeypatch.setattr(pinduoduo.PinduoduoConnector, "limits", soon)
    run = ledgers.run(database, minutes=0.3, orders_per_day=600_000, sync_seconds=3, check_seconds=2)
    figures = {figure.name: figure for figure in run}
    assert [str(figure) for figure in figures.values() if figure.is_missed] == []
    assert figures["orders the lab made"].value > 50
    assert figures["gaps the ledger found"].value > 0
    assert figures["orders that differ at the end"].value == 0
