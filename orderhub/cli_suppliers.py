"""What does a command do about suppliers? Import their deliveries, print their scorecards."""

from pathlib import Path
from typing import Annotated

import typer

_HERE = Path.cwd()  # where the command was given; `main` goes to the checkout
suppliers = typer.Typer(help="Suppliers, purchases and scorecards (docs/suppliers.md).", no_args_is_help=True)


@suppliers.command("import")
def import_supplies(
    file: Annotated[Path, typer.Argument(help="Suppliers, purchases or receipts: CSV, XLSX or XLS, gzip too.")],
    history: Annotated[bool, typer.Option("--history", help="Past orders: no stock is moved.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take without asking.")] = False,
) -> None:
    """Take a file of suppliers and purchases: shows first what is in it. Safe to repeat."""
    from orderhub.intake.supplies.by_hand import supplied_by_hand
    from orderhub.migration import migrate as bring_up

    bring_up()
    for said in supplied_by_hand(_HERE / file, is_history=history, may_take=lambda: yes or typer.confirm("Take it?")):
        typer.echo(said)


@suppliers.command()
def score(
    quarter: Annotated[str, typer.Option(help="Such as 2012Q1; empty: all there is.")] = "",
    data: Annotated[Path | None, typer.Option(help="Score this file instead of what the hub knows.")] = None,
) -> None:
    """Print the scorecards, the best first. A line belongs to the day it was promised for."""
    from orderhub.domain.scorecard_terms import ScorecardTerms, scorecard_terms
    from orderhub.insights.quarter import read_quarter
    from orderhub.insights.scorecard import cards
    from orderhub.insights.scorecard_file import supplied_in
    from orderhub.insights.scorecard_text import card_lines
    from orderhub.insights.supplier import supplied, supplier_names
    from orderhub.intake.supplies.by_hand import file_read, note_lines
    from orderhub.kernel.clock import business_day, utc_now
    from orderhub.kernel.db import reading
    from orderhub.migration import migrate as bring_up

    chosen = read_quarter(quarter) if quarter else None
    if data:
        file = file_read(_HERE / data)
        typer.echo(f"{file.name}: {file.rows:,} rows, {len(file.suppliers):,} suppliers, {len(file.orders):,} orders")
        for said in note_lines(file.notes):
            typer.echo(said)
        lines, terms = list(supplied_in(file)), ScorecardTerms()
        names = {draft.code: draft.name or draft.code for draft in file.suppliers}
    else:
        bring_up()
        with reading() as session:
            lines, terms = supplied(session), scorecard_terms(session)
            names = supplier_names(session)
    since, until = (chosen.start, chosen.end) if chosen else (None, None)
    made = cards(lines, terms, today=business_day(utc_now()), since=since, until=until, suppliers=names)
    for said in card_lines(made, names):
        typer.echo(said)
