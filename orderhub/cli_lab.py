"""What does the lab do at a command? It plays the platforms, or fills a database with a merchant's year."""

from typing import Annotated

import typer

from orderhub.kernel.clock import utc_now

lab = typer.Typer(help="The platforms, played (docs/lab.md).", invoke_without_command=True)


@lab.callback()
def play(  # noqa: PLR0917  (typer gives them by name)
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3900,
    seed: Annotated[int, typer.Option(help="The same number lives the same orders.")] = 1,
    orders_per_day: Annotated[int, typer.Option(help="Over all shops, in the shape of a real day.")] = 3000,
    speed: Annotated[float, typer.Option(help="Multiplies the rate of orders.")] = 1.0,
    history_days: Annotated[float, typer.Option(help="Days of orders that are there at the start.")] = 2.0,
    pace: Annotated[float, typer.Option(help="Multiplies how fast parcels travel.")] = 1.0,
) -> None:
    """Play the platforms: their wire protocols, shops with orders that live, faults on demand (docs/lab.md)."""
    if context.invoked_subcommand:
        return
    from orderhub.lab.serve import serve as serve_lab

    serve_lab(
        host="127.0.0.1",
        port=port,
        seed=seed,
        orders_per_day=orders_per_day,
        speed=speed,
        history_days=history_days,
        pace=pace,
    )


@lab.command()
def fill(
    orders: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many.")] = 1_000_000,
    days: Annotated[int, typer.Option(min=3, max=1100, help="Over how many days until now.")] = 365,
    seed: Annotated[int, typer.Option(help="The same number makes the same orders.")] = 1,
    mix: Annotated[bool, typer.Option("--mix", help="Even where there are orders already.")] = False,
) -> None:
    """Fill the hub's database with a merchant's year: orders, parcels, cases, tickets, anomalies, promotion days."""
    from jobs.counting import count_reports
    from orderhub.fill import fill_year
    from orderhub.kernel.db import database
    from orderhub.migration import migrate as bring_up

    bring_up()
    now = utc_now()
    with typer.progressbar(length=orders, label="orders") as bar:
        at = {"days": days, "now": now, "seed": seed}
        fill_year(database(), orders, **at, despite_orders=mix, told=lambda made: bar.update(made - bar.pos))
    typer.echo(f"reports: {count_reports(now)} counted")
