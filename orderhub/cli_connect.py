"""Which accounts beside shops are connected by a command? Carriers' and trackers'; each asks for its secrets."""

from dataclasses import fields
from typing import Annotated

import typer

from orderhub.domain.drafts import Contact
from orderhub.domain.tracker_account import TrackerKind
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import BadInput


def connect_carrier(  # noqa: PLR0917  (typer gives them by name)
    code: Annotated[str, typer.Argument(help="Our code for the account: letters, digits and hyphens.")],
    carrier: Annotated[Carrier, typer.Option(help="Whose account it is; see docs/carriers.md.")],
    customer_code: Annotated[str, typer.Option(help="The carrier's code of the merchant (partnerID).")],
    sender: Annotated[str, typer.Option(help="name,mobile,province,city,district,address")] = "",
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    warehouse: Annotated[str, typer.Option(help="Code of the warehouse it ships from; empty: all.")] = "",
    express_type: Annotated[int, typer.Option(help="The carrier's number of its product.")] = 1,
    base_url: Annotated[str, typer.Option(help="Another address than the carrier's own: its sandbox.")] = "",
) -> None:
    """Connect a carrier's e-waybills, or give the account new keys; asks for the secrets. Safe to repeat."""
    from orderhub.automation import carrier_keyring
    from orderhub.domain.stock import warehouse_coded
    from orderhub.kernel.clock import utc_now
    from orderhub.kernel.db import transaction
    from orderhub.kernel.eventlog import SYSTEM
    from orderhub.migration import migrate as bring_up

    parts = sender.split(",", 5) if sender else []
    if parts and len(parts) < len(fields(Contact)):
        raise BadInput("sender: name,mobile,province,city,district,address", field="sender")
    check_word = typer.prompt("Check word (empty: as it is)", default="", hide_input=True, show_default=False)
    month_card = typer.prompt("Month card (empty: as it is)", default="", hide_input=True, show_default=False)
    bring_up()
    with transaction() as session:
        draft = carrier_keyring.CarrierDraft(
            code,
            carrier,
            name,
            customer_code,
            check_word,
            month_card,
            sender=Contact(*parts) if parts else None,
            warehouse_id=warehouse_coded(session, warehouse).id if warehouse else 0,
            express_type=express_type,
            base_url=base_url,
        )
        carrier_keyring.connect_carrier(session, draft, by=SYSTEM, now=utc_now())
    typer.echo(f"{code} is connected: test it on the system page")


def connect_tracker(  # noqa: PLR0917  (typer gives them by name)
    code: Annotated[str, typer.Argument(help="Our code for the account: letters, digits and hyphens.")],
    kind: Annotated[TrackerKind, typer.Option(help="Whose account it is; see docs/tracking.md.")],
    customer: Annotated[str, typer.Option(help="The service's number of the merchant (customer).")],
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    phone_tail: Annotated[str, typer.Option(help="Last four digits of the telephone on your parcels' sender.")] = "",
    daily_quota: Annotated[int, typer.Option(help="Most questions a day; 0: no limit.")] = 0,
    ask_after_hours: Annotated[int, typer.Option(help="Hours without a push before a parcel is asked after.")] = 6,
    base_url: Annotated[str, typer.Option(help="Another address than the service's own: the lab's.")] = "",
) -> None:
    """Connect who tells of parcels' ways, or give the account a new key; asks for the key. Safe to repeat."""
    from orderhub.automation.track_subscribing import push_url
    from orderhub.intake import tracker_keyring
    from orderhub.kernel.clock import utc_now
    from orderhub.kernel.db import transaction
    from orderhub.kernel.eventlog import SYSTEM
    from orderhub.migration import migrate as bring_up

    key = typer.prompt("Key (empty: as it is)", default="", hide_input=True, show_default=False)
    bring_up()
    with transaction() as session:
        draft = tracker_keyring.TrackerDraft(
            code,
            kind,
            name,
            customer,
            key,
            phone_tail=phone_tail,
            daily_quota=daily_quota,
            ask_after_hours=ask_after_hours,
            base_url=base_url,
        )
        account = tracker_keyring.connect_tracker(session, draft, by=SYSTEM, now=utc_now())
        address = push_url(account.kind, account.code)
    typer.echo(f"{code} is connected; it pushes to {address}")
