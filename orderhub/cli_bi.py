"""Verbs for programs that look at the figures: files of a view, and who may read the views (docs/bi.md)."""

import sys
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

bi = typer.Typer(help="SQL views for BI programs, as files or by a role (docs/bi.md).", no_args_is_help=True)


class Form(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"


@bi.command()
def export(
    view: Annotated[str, typer.Option(help="bi_order, bi_order_line, bi_shipment …")],
    to: Annotated[Path, typer.Option(help="The file; - is what is printed (CSV alone).")] = Path("-"),
    form: Annotated[Form, typer.Option("--format")] = Form.CSV,
    since: Annotated[str, typer.Option(help="A business day or a moment: 2026-11-01, 2026-11-01T10:00:00+08:00")] = "",
) -> None:
    """Write a view into a file, row by row. A file that stands is replaced once the new one is whole."""
    from orderhub.insights.bi import view_named
    from orderhub.insights.bi_export import CsvWriter, ParquetWriter, exported
    from orderhub.kernel.db import reading
    from orderhub.kernel.errors import BadInput

    wanted, start = view_named(view), _moment(since)
    writer = CsvWriter if form is Form.CSV else ParquetWriter
    if str(to) == "-":
        if form is Form.PARQUET:
            raise BadInput("--to: a Parquet file needs a name", field="to", problem="missing")
        with reading() as session:
            exported(session, wanted, writer(wanted, sys.stdout.buffer), since=start)
        return
    part = to.with_name(f"{to.name}.part")
    try:
        with part.open("wb") as out, reading() as session:
            rows = exported(session, wanted, writer(wanted, out), since=start)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    typer.echo(f"{rows} rows of {view} in {to}")


@bi.command()
def grant(
    role: Annotated[str, typer.Argument(help="A role of PostgreSQL that is there already.")],
    show: Annotated[bool, typer.Option("--show", help="Print the statements, change nothing.")] = False,
) -> None:
    """Let a role of PostgreSQL read the views and nothing else; it keeps that through migrations."""
    from orderhub.insights.bi import grant as give
    from orderhub.insights.bi import grants
    from orderhub.kernel.db import database, transaction
    from orderhub.kernel.errors import SetupError

    statements = grants(role)
    if show:
        typer.echo("\n".join(f"{one};" for one in statements))
        return
    if database().embedded:
        raise SetupError("SQLite knows no roles: whoever may read the file may read the views (docs/bi.md)")
    with transaction() as session:
        give(session.connection(), [role])
    typer.echo(f"{role} may read {len(statements)} views")


def _moment(text: str) -> datetime | None:
    """Raises: BadInput: neither a day nor a moment with its offset."""
    from orderhub.kernel.clock import SHANGHAI
    from orderhub.kernel.errors import BadInput

    if not text:
        return None
    try:
        if "T" not in text:
            return datetime.combine(date.fromisoformat(text), time(), SHANGHAI)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput("--since: 2026-11-01, or a moment", field="since", problem="not_moment") from error
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
