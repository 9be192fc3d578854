"""Which command puts a hub under load? It sends, watches, verifies and keeps a report."""

import sys
from typing import Annotated

import typer

from orderhub.stress.plan import Profile

_MOST = 1_000_000


def stress(  # noqa: PLR0917  (typer gives them by name)
    orders: Annotated[int, typer.Option(min=1, max=_MOST, help="So many orders, pushed ones included.")] = 10_000,
    concurrency: Annotated[int, typer.Option(min=1, max=200_000, help="Connections at a time.")] = 1_000,
    profile: Annotated[Profile, typer.Option(help="All at once, up and down, or the hours of a day.")] = Profile.BURST,
    minutes: Annotated[float, typer.Option(min=0.01, max=1440, help="How long a ramp or a day takes.")] = 2.0,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare with the hub; ends with 1 on a difference.")
    ] = False,
    url: Annotated[str, typer.Option(help="The hub. Without it: the one of these settings.")] = "",
    key: Annotated[
        str, typer.Option(envvar="ORDERHUB_STRESS_KEY", help="API key that posts and reads orders. Demo: has one.")
    ] = "",
    shop: Annotated[str, typer.Option(help="Our code of the shop whose orders are posted.")] = "mp-flagship",
    database_url: Annotated[str, typer.Option(help="Verify in the database, read only, not by the API.")] = "",
    lab: Annotated[str, typer.Option(help="The lab that lends pushes and payments; 'none': without.")] = "",
    push_shop: Annotated[str, typer.Option(help="The lab's Douyin shop that is pushed.")] = "dy-live",
    push_share: Annotated[float, typer.Option(min=0, max=1, help="Orders that come as pushes, with a lab.")] = 0.1,
    pay_share: Annotated[
        float, typer.Option(min=0, max=1, help="Own orders that are paid by notice, with a lab.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(help="The same number sends the same orders.")] = 1,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the connections.")] = 1,
    drain_minutes: Annotated[float, typer.Option(min=0, help="How long --verify waits for the queue.")] = 15.0,
    metrics_token: Annotated[str, typer.Option(envvar="ORDERHUB_METRICS_TOKEN", help="Opens /api/metrics.")] = "",
    not_production: Annotated[
        bool, typer.Option("--yes-this-is-not-production", help="The hub is no demo, and may be filled all the same.")
    ] = False,
) -> None:
    """Put a running hub under load and keep a report (docs/stress.md); ends with 1 where an order is lost."""
    from orderhub.demo import stress_key
    from orderhub.kernel.clock import utc_now
    from orderhub.kernel.errors import SetupError
    from orderhub.kernel.settings import settings
    from orderhub.stress.aim import lends, lent, silenced
    from orderhub.stress.plan import Plan
    from orderhub.stress.running import Wanted, run
    from orderhub.stress.watch import read_figures, setup_of
    from orderhub.stress.words import said

    address = url or f"http://127.0.0.1:{settings().port}"
    if not not_production and not setup_of(read_figures(address, metrics_token)).is_demo:
        raise SetupError(f"{address} does not say that it is a demo: give --yes-this-is-not-production to fill it")
    lab_url = "" if lab == "none" else lab or settings().lab_url
    lab_url = lab_url if lab_url and lends(lab_url) else ""
    now = utc_now()
    pushed, keys = (), {}
    if lab_url and (wanted := round(orders * push_share)):
        with silenced(lab_url, push_shop):
            pushed, keys = lent(lab_url, push_shop, wanted)
    plan = Plan(
        profile,
        orders,
        min(concurrency, orders),
        minutes * 60,
        seed,
        run=f"{now:%Y%m%d%H%M%S}",
        shop=shop,
        started_at=now,
        pushed=pushed,
        lab_keys=keys,
        pay_share=pay_share if lab_url else 0.0,
    )
    report, kept, page = run(
        plan,
        Wanted(
            address,
            key or stress_key(),
            token=metrics_token,
            lab_url=lab_url,
            processes=min(processes, plan.concurrency),
            verify=verify,
            database_url=database_url,
            drain_seconds=drain_minutes * 60,
        ),
        _say,
    )
    typer.echo()
    for finding in report.findings:
        typer.echo(f"{'! ' if finding.is_bad else '- '}{said(finding, 'en')}")
    typer.echo(f"{kept}\n{page}")
    raise typer.Exit(not report.is_sound)


def _say(line: str) -> None:
    """On a terminal in the place of the line before."""
    if sys.stdout.isatty():
        typer.echo(f"\r\x1b[K{line}", nl=False)
    else:
        typer.echo(line)
