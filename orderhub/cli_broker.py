"""Which command declares the queues of a broker before the inbox, and shows what lies in them?"""

from enum import StrEnum
from typing import Annotated

import typer


class BrokerVerb(StrEnum):
    DECLARE = "declare"
    SHOW = "show"


def broker(
    verb: Annotated[BrokerVerb, typer.Argument(help="declare: make what is missing; show: what lies in the queues.")],
) -> None:
    """Declare the queues of ORDERHUB_AMQP_URL at deployment, or show them; ends with 1 where they may not be used."""
    from orderhub.intake.broker_look import declare_now, look
    from orderhub.intake.broker_topology import Trust, layout
    from orderhub.kernel.clock import utc_now
    from orderhub.kernel.errors import SetupError
    from orderhub.migration import migrate as bring_up

    wanted = layout()
    if wanted is None:
        raise SetupError("ORDERHUB_AMQP_URL names no broker: the inbox table takes in what comes")
    bring_up()
    if verb is BrokerVerb.DECLARE:
        is_new = declare_now(wanted, utc_now())
        typer.echo(f"{wanted.name}: {'declared, used in a minute' if is_new else 'all queues stood already'}")
        return
    standing = look(wanted, utc_now())
    for name, count in standing.held.items():
        typer.echo(f"{name}: {'missing' if count is None else count}")
    typer.echo(f"{wanted.name}: {standing.trust}{f' ({standing.error})' if standing.error else ''}")
    raise typer.Exit(standing.trust is not Trust.READY)
