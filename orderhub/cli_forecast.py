"""Which commands forecast demand, and say how well that would have gone?"""

from pathlib import Path
from typing import Annotated

import typer

_HERE = Path.cwd()  # where the command was given; `main` goes to the checkout
forecast = typer.Typer(help="Demand by SKU and region (docs/forecast.md).", no_args_is_help=True)


@forecast.command()
def backtest(
    data: Annotated[Path, typer.Option(help="CSV, plain or .gz: sku,region,day,quantity; invoices; counts by hour.")],
    ahead: Annotated[int, typer.Option(min=1, max=60, help="Days each fold looks ahead.")] = 28,
    folds: Annotated[int, typer.Option(min=1, max=24, help="Folds at most; as many as the history has room for.")] = 6,
    selling_days: Annotated[
        int, typer.Option(min=-1, help="SKUs sold on fewer days are left out; -1: as suits the file.")
    ] = -1,
    seen_weather: Annotated[
        bool, typer.Option("--seen-weather", help="As if the weather ahead had been known: flatters.")
    ] = False,
) -> None:
    """Ask the past: WMAPE per model beside the naives, bias, and how often P90 held. The same file, the same table."""
    from orderhub.insights.forecast.backtest import backtest as tested
    from orderhub.insights.forecast.files import read_panel
    from orderhub.insights.forecast.table import backtest_text

    panel, shape = read_panel(_HERE / data, ahead, selling_days=None if selling_days < 0 else selling_days)
    result = tested(panel, ahead, most_folds=folds, grain=shape.grain, seen_weather=seen_weather)
    typer.echo(backtest_text(panel, result, ahead))


@forecast.command()
def run(
    ahead: Annotated[int, typer.Option(min=7, max=60, help="So many days, today's first.")] = 60,
) -> None:
    """Forecast now, alone; where a hub runs on this database, ask there (预测). Ends with 1 if it fails."""
    import orderhub.tables  # noqa: F401
    from jobs.forecasting import make, state_text
    from orderhub.domain import forecast_run
    from orderhub.kernel.clock import utc_now
    from orderhub.kernel.db import reading, transaction
    from orderhub.migration import migrate as bring_up

    bring_up()
    with transaction() as session:
        asked = forecast_run.ask(session, ahead, by="cli", now=utc_now())
        begun = forecast_run.begin(session, asked.id, now=utc_now())
    if begun:
        make(begun)
    with reading() as session:
        ended = session.get_one(forecast_run.ForecastRun, asked.id)
    typer.echo(state_text(ended))
    raise typer.Exit(ended.state is not forecast_run.RunState.DONE)
