"""Verbs that look after secrets and people's data."""

from typing import Annotated

import typer


def rotate_key(
    finish: Annotated[bool, typer.Option("--finish", help="Without a new key: go on where it broke off.")] = False,
    drop_former: Annotated[bool, typer.Option("--drop-former", help="Then throw the former keys away.")] = False,
) -> None:
    """Seal every secret and every kept body under a new key (docs/privacy.md). Safe to break off and to repeat.

    On SQLite stop the hub first; on PostgreSQL running hubs take the new key up by themselves.
    """
    import orderhub.tables  # noqa: F401  (tables say which of their columns are sealed)
    from orderhub.kernel import sealing, secrets
    from orderhub.kernel.db import transaction
    from orderhub.migration import migrate as bring_up

    bring_up()
    with transaction():  # beside a hub that writes this file nothing is begun
        pass
    if not finish:
        typer.echo(f"the present key is {secrets.begin_new_key()}; keep a copy of it apart from the backups")
    done = sealing.seal_anew()
    typer.echo(str(done))
    for column in sorted(set(done.stuck)):
        typer.echo(f"{column}: {done.stuck.count(column)} rows do not open under any key", err=True)
    if drop_former and not done.stuck:
        secrets.drop_former_keys()
    if former := secrets.former_names():
        typer.echo(f"former keys still kept: {', '.join(former)}; --finish --drop-former throws them away")
    raise typer.Exit(bool(done.stuck))
