"""One verb per command; every verb is a few lines around a function of the hub."""

import os
import signal
import sys
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orderhub.cli_bi import bi
from orderhub.cli_broker import broker
from orderhub.cli_connect import connect_carrier, connect_notifier, connect_tracker
from orderhub.cli_forecast import forecast
from orderhub.cli_lab import lab
from orderhub.cli_privacy import rotate_key
from orderhub.cli_stress import stress
from orderhub.cli_suppliers import suppliers
from orderhub.cli_upkeep import backup, doctor, restore
from orderhub.domain.words import Carrier, Channel
from orderhub.kernel.access_log import note_command
from orderhub.kernel.errors import BadInput, OrderHubError
from orderhub.kernel.logs import set_up_logs
from orderhub.kernel.settings import settings

_HERE = Path.cwd()  # where the command was given; `main` goes to the checkout
app = typer.Typer(help="OrderHub: every channel's orders in one place.", no_args_is_help=True, add_completion=False)
mapping = typer.Typer(help="Field mappings as files (docs/mapping.md).", no_args_is_help=True)
app.add_typer(mapping, name="mapping")
app.add_typer(lab, name="lab")
app.add_typer(suppliers, name="suppliers")
app.add_typer(bi, name="bi")
app.add_typer(forecast, name="forecast")
app.command("connect-carrier")(connect_carrier)
app.command("connect-tracker")(connect_tracker)
app.command("connect-notifier")(connect_notifier)
for upkeep in (backup, restore, doctor):
    app.command()(upkeep)
app.command()(broker)
app.command("rotate-key")(rotate_key)
app.command()(stress)


@app.command()
def serve(
    demo: Annotated[bool, typer.Option(help="With the lab, demo shops and demo users.")] = False,
    history_days: Annotated[float, typer.Option(help="Days of orders the demo's shops have at the start.")] = 2.0,
) -> None:
    """Start the hub; its address is the last line."""
    from orderhub import serve as server
    from orderhub.kernel.db import close_database
    from orderhub.migration import migrate

    # SIGTERM takes the way of Ctrl-C, so that the lab is ended whatever we are doing.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if demo:  # for the worker too
        from orderhub.demo import demo_settings

        os.environ |= demo_settings()
        settings.cache_clear()
    set_up_logs(settings().log_level)
    server.check_start()
    with server.lab_beside(history_days) if demo else nullcontext():
        migrate()
        if demo:
            from orderhub.demo import logins_text, seed_demo

            seed_demo()
            typer.echo(logins_text())
        close_database()  # the worker opens its own; a connection does not survive a fork
        server.when_ready(settings().origin)
        server.serve()


@app.command()
def migrate(
    quiet: Annotated[bool, typer.Option(help="Say nothing when all is well.")] = False,
) -> None:
    """Bring the database to this version's schema. Safe to repeat."""
    from orderhub.migration import migrate as bring_up
    from orderhub.migration import newest

    bring_up()
    if not quiet:
        typer.echo(f"the database is at {newest()}")


@app.command()
def sync(
    shop: Annotated[str, typer.Argument(help="Code of one shop; without it, every shop.")] = "",
) -> None:
    """Pull what changed, now and by hand."""
    from orderhub.intake.sync import sync_by_hand

    for result in sync_by_hand(shop or None):
        typer.echo(str(result))


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, XLSX or XLS from a platform's back office.")],
    shop: Annotated[str, typer.Option(help="Our code of the shop; may be left out where only one fits.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="YAML that says what the columns of your own file are.")] = None,
    wrong: Annotated[Path | None, typer.Option(help="Where to write the rows that cannot be taken, as CSV.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take without asking.")] = False,
) -> None:
    """Import a merchant's own export file: shows what would change, then takes it. Safe to repeat."""
    from orderhub.intake.files.by_hand import ByHand, report_text
    from orderhub.migration import migrate as bring_up

    bring_up()
    wanted = ByHand(_HERE / file, shop, _HERE / mapping if mapping else None)
    try:
        report = wanted.weigh()
    except BadInput as error:
        if error.problem in ("file_unknown", "file_incomplete") and not mapping:
            typer.echo(wanted.guess())
            typer.echo("Save the lines above, correct them, and give them back with --mapping.", err=True)
        raise
    typer.echo(report_text(report, taken=False))
    if wrong and report.problems:
        wanted.write_wrong(report, _HERE / wrong)
    if report.changes and (yes or typer.confirm("Take them?")):
        typer.echo(report_text(wanted.take(), taken=True))


@app.command()
def settle(
    file: Annotated[Path, typer.Argument(help="Trade bill, ledger or settlement file: CSV, XLSX or XLS.")],
    shop: Annotated[str, typer.Option(help="Our code of the shop; a WeChat Pay bill names its merchant itself.")] = "",
    carrier: Annotated[str, typer.Option(help="It is this carrier's freight bill, such as sf.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Take without asking.")] = False,
) -> None:
    """Set a bill against our books: shows what agrees, then takes it. Safe to repeat."""
    from orderhub.intake.statements.by_hand import settled
    from orderhub.migration import migrate as bring_up

    bring_up()
    for said in settled(_HERE / file, shop, carrier=carrier, may_take=lambda: yes or typer.confirm("Take it?")):
        typer.echo(said)


@app.command()
def connect(  # noqa: PLR0917  (typer gives them by name)
    shop: Annotated[str, typer.Argument(help="Our code for the shop: letters, digits and hyphens.")],
    channel: Annotated[Channel, typer.Option(help="The platform it is on.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    shop_no: Annotated[str, typer.Option(help="The platform's number of the shop.")] = "-",
    app_key: Annotated[str, typer.Option(help="The key of your application on the platform.")] = "-",
    by_files: Annotated[bool, typer.Option("--by-files", help="Without keys: its orders come as files.")] = False,
) -> None:
    """Connect a shop, or give it new keys; asks for the secrets. Safe to repeat.

    Your own mini-program needs none: it posts its orders to the API.
    """
    from orderhub.connectors.channels.contract import Credentials
    from orderhub.intake.keyring import connect_shop
    from orderhub.kernel.clock import utc_now
    from orderhub.kernel.db import transaction
    from orderhub.kernel.eventlog import SYSTEM
    from orderhub.migration import migrate as bring_up

    credentials = Credentials(app_key, "", shop if by_files and shop_no == "-" else shop_no)
    if channel.is_asked and not by_files:
        secret = typer.prompt("App secret", hide_input=True)
        access_token = typer.prompt("Access token", hide_input=True)
        refresh_token = typer.prompt("Refresh token (empty: none)", default="", hide_input=True, show_default=False)
        credentials = Credentials(app_key, secret, shop_no, access_token, refresh_token)
    bring_up()
    with transaction() as session:
        connect_shop(session, code=shop, channel=channel, name=name, credentials=credentials, by=SYSTEM, now=utc_now())
    typer.echo(f"{shop} is connected")


@app.command("connect-pay")
def connect_pay(
    shop: Annotated[str, typer.Argument(help="Our code of the mini-program shop.")],
    *,
    mch_id: Annotated[str, typer.Option(help="The merchant number of WeChat Pay.")],
    serial: Annotated[str, typer.Option(help="The serial of the merchant certificate.")],
    private_key: Annotated[Path, typer.Option(help="apiclient_key.pem of the merchant platform.", exists=True)],
    app_id: Annotated[str, typer.Option(help="The mini-program's AppID.")],
    public_key_id: Annotated[str, typer.Option(help="PUB_KEY_ID_… in public-key mode; empty: certificates.")] = "",
    public_key: Annotated[Path | None, typer.Option(help="pub_key.pem, in public-key mode.", exists=True)] = None,
) -> None:
    """Connect WeChat Pay to a mini-program shop, or give it new keys; asks for the secrets. Safe to repeat."""
    from orderhub.connectors.payments.wechat_pay import PayCredentials
    from orderhub.intake.payment_account import connect_app, connect_payment
    from orderhub.kernel.clock import utc_now
    from orderhub.kernel.db import transaction
    from orderhub.kernel.eventlog import SYSTEM
    from orderhub.migration import migrate as bring_up

    api_key = typer.prompt("APIv3 key", hide_input=True)
    told = "AppSecret (empty: shipments are told to WeChat elsewhere)"
    app_secret = typer.prompt(told, default="", hide_input=True, show_default=False)
    platform_keys = {public_key_id: public_key.read_text()} if public_key else {}
    keys = PayCredentials(mch_id, serial, private_key.read_text(), api_key, app_id, public_key_id, platform_keys)
    bring_up()
    with transaction() as session:
        connect_payment(session, shop_code=shop, credentials=keys, by=SYSTEM, now=utc_now())
        connect_app(session, shop_code=shop, app_no=app_id, app_secret=app_secret)
    typer.echo(f"{shop} is paid through {mch_id}; notices go to <your address>/api/push/wechat-pay/{shop}")


@mapping.command("export")
def export_mapping(
    channel: Annotated[Channel, typer.Argument(help="Whose mappings.")],
) -> None:
    """Write a channel's mappings as YAML (> FILE): the draft where there is one, else what is live."""
    from orderhub.intake.mapping.document import exported
    from orderhub.kernel.db import reading

    with reading() as session:
        typer.echo(exported(session, channel), nl=False)


@mapping.command("import")
def import_mapping(
    live: Annotated[bool, typer.Option("--live", help="Make it live at once instead of a draft.")] = False,
) -> None:
    """Read YAML (< FILE) as the draft of its channel, with the custom fields it needs. Stop the hub first.

    Safe to repeat.
    """
    from orderhub.intake.mapping.document import take_in_text
    from orderhub.kernel.clock import utc_now
    from orderhub.kernel.eventlog import SYSTEM
    from orderhub.migration import migrate as bring_up

    given = sys.stdin.read()
    bring_up()
    version = take_in_text(given, is_live=live, by=SYSTEM, now=utc_now())
    typer.echo(f"{version.channel} v{version.number} is {version.state}: {len(version.content)} mappings")


class RuleVerb(StrEnum):
    EXPORT = "export"
    IMPORT = "import"


@app.command()
def rules(
    verb: Annotated[RuleVerb, typer.Argument(help="export: the rules that decide now; import: as the draft.")],
    file: Annotated[Path | None, typer.Argument(help="YAML; without it, standard output or input.")] = None,
) -> None:
    """Write the live rules as YAML, or read YAML in as the draft of the next version (docs/rules.md)."""
    from orderhub.domain.rules import readable, versions
    from orderhub.kernel.clock import utc_now
    from orderhub.kernel.db import reading, transaction
    from orderhub.kernel.eventlog import SYSTEM

    if verb is RuleVerb.EXPORT:
        with reading() as session:
            said = readable.rules_yaml(versions.live_rules(session).rules)
        file.write_text(said, encoding="utf-8") if file else typer.echo(said, nl=False)
        return
    given = readable.read_yaml(file.read_text(encoding="utf-8") if file else sys.stdin.read())
    with transaction() as session:
        standing = versions.open_version(session)
        revision = standing.revision if standing else 0
        draft = versions.save_draft(session, given, revision=revision, by=SYSTEM, now=utc_now())
    typer.echo(f"{len(given)} rules are the draft of version {draft.number}: look at it on the page of rules")


@app.command()
def ship(
    order_no: Annotated[str, typer.Argument(help="The channel's number of the order.")],
    carrier: Annotated[Carrier, typer.Option(help="Who takes the parcel.")],
    tracking_no: Annotated[str, typer.Option(help="The waybill number.")],
    shop: Annotated[str, typer.Option(help="Code of its shop, where two shops have an order of this number.")] = "",
) -> None:
    """Say that an order has left as one parcel; its channel is told by the running hub. Safe to repeat."""
    from orderhub.automation.by_hand import ship_by_hand

    typer.echo(ship_by_hand(order_no, carrier, tracking_no, shop_code=shop))


class Checked(StrEnum):
    STOCK = "stock"


class Proved(StrEnum):
    OVERSELL = "oversell"
    REFUNDS = "refunds"
    CLOSURE = "closure"
    TRACKS = "tracks"
    ASSIGNMENT = "assignment"
    AUDIT = "audit"
    PRIVACY = "privacy"
    REPORTS = "reports"


@app.command()
def check(
    what: Annotated[Checked, typer.Argument(help="stock: the ledger's sums against the levels.")],
) -> None:
    """Look whether the books agree; ends with 1 where they do not. Runs beside a running hub."""
    from orderhub.insights.stock import checked
    from orderhub.kernel.db import reading

    with reading() as session:
        found = checked(session)
    for drift in found.drifts:
        typer.echo(str(drift), err=True)
    typer.echo(f"{what}: {found.levels} levels, {found.entries} rows in the ledger, {len(found.drifts)} that disagree")
    raise typer.Exit(bool(found.drifts))


@app.command()
def prove(  # noqa: PLR0917  (typer gives them by name)
    what: Annotated[
        Proved,
        typer.Argument(
            help="oversell, refunds: races; closure: figures against the log; tracks: journeys replayed; "
            "assignment: labelled causes decided again; audit: the log against its chain; "
            "privacy: nobody and no secret in the clear; reports: snapshots counted again."
        ),
    ],
    buyers: Annotated[int, typer.Option(min=1, max=100_000, help="How many want it; each asks twice.")] = 1000,
    units: Annotated[int, typer.Option(min=0, max=100_000, help="For how many there is enough.")] = 100,
    orders: Annotated[int, typer.Option(min=1, max=100_000, help="Orders that are shipped and refunded.")] = 1000,
    processes: Annotated[int, typer.Option(min=1, max=32, help="Processes of eight threads (PostgreSQL).")] = 1,
    parcels: Annotated[int, typer.Option(min=1, max=10_000, help="Journeys that are replayed.")] = 60,
    speed: Annotated[float, typer.Option(min=0, help="So many times faster than the clock; 0: as it goes.")] = 1000,
    also: Annotated[list[Path] | None, typer.Option(help="Logs, backups, exports to look through; repeatable.")] = None,
) -> None:
    """Put a promise to the test with scratch goods, and say what came of it; ends with 1 if it does not hold."""
    from orderhub.kernel.clock import utc_now
    from orderhub.migration import migrate as bring_up
    from orderhub.prove import proofs_of

    bring_up()
    race = {"buyers": buyers, "units": units, "orders": orders, "processes": processes}
    proofs = list(
        proofs_of(what, **race, parcels=parcels, speed=speed, also=[_HERE / one for one in also or ()], now=utc_now())
    )
    for proof in proofs:
        typer.echo(f"{what}: {proof}")
    raise typer.Exit(not all(proof.is_sound for proof in proofs))


@app.command()
def codes() -> None:
    """Print the demo users with the second-factor codes of this moment."""
    from orderhub.demo import logins_text

    typer.echo(logins_text())


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("orderhub"))


def _where(error: OrderHubError) -> str:
    """``line 12, rules[1].name: `` of a mistake in a file."""
    line, field = getattr(error, "line", 0), getattr(error, "field", "")
    return f"line {line}, {field}: " if line else ""


def main() -> None:
    """Errors of ours become one line that says what to do."""
    os.chdir(Path(__file__).resolve().parent.parent)  # `.env` and `var/` are those of this checkout
    try:
        app()
    except OrderHubError as error:
        typer.echo(f"orderhub: {_where(error)}{error}", err=True)
        raise SystemExit(1) from error
    finally:
        note_command(" ".join(sys.argv[1:2]))


if __name__ == "__main__":
    main()
