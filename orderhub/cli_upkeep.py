"""Which commands keep an installation? They save it, bring it back and look it over."""

from pathlib import Path
from typing import Annotated

import typer

_HERE = Path.cwd()  # where the command was given; `main` goes to the checkout


def backup(
    to: Annotated[Path | None, typer.Option(help="Folder of the archive; without it, where the clock saves.")] = None,
    verify: Annotated[bool, typer.Option(help="Bring it back into a scratch database and count the rows.")] = True,
) -> None:
    """Save the database and the kept files as one archive, beside a running hub. The secret key is not in it."""
    from orderhub.kernel.clock import utc_now
    from orderhub.upkeep.backup import save

    typer.echo(str(save(_HERE / to if to else None, now=utc_now(), verify=verify)))


def restore(
    archive: Annotated[Path, typer.Argument(help="What orderhub backup made.", exists=True)],
    replace: Annotated[bool, typer.Option("--replace", help="In the place of what is there, which is kept.")] = False,
) -> None:
    """Bring a saved hub back, and to this version's schema. Stop the hub first."""
    from orderhub.kernel.clock import utc_now
    from orderhub.migration import migrate as bring_up
    from orderhub.migration import newest
    from orderhub.upkeep.backup import restore as bring_back

    typer.echo(str(bring_back(_HERE / archive, replace=replace, now=utc_now())))
    if bring_up():
        typer.echo(f"the database is at {newest()}")


def doctor() -> None:
    """Look for what is misconfigured and say what to do; ends with 1 where something is bad. Changes nothing."""
    from orderhub.kernel.clock import utc_now
    from orderhub.upkeep.doctor import Grade, look_over

    found = []
    for finding in look_over(utc_now()):
        found.append(finding)
        typer.echo(str(finding))
    bad, warned = (sum(one.grade is grade for one in found) for grade in (Grade.BAD, Grade.WARNING))
    typer.echo(f"{len(found)} looked at, {warned} to think about, {bad} bad")
    raise typer.Exit(bool(bad))
