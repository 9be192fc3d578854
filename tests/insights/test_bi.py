"""Do BI programs find what the hub holds, all of it, and nobody in it?"""

import csv
import io
import re
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlmodel import SQLModel
from typer.testing import CliRunner

from alembic import command
from orderhub import migration
from orderhub.cli import app
from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.insights.bi import VIEWS, grant, grants, lift_views, view_named
from orderhub.insights.bi_export import CsvWriter, exported
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, open_database, reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.settings import settings
from tests import builders
from tests.domain.packed import allocated, paid
from tests.domain.stocked import stocked
from tests.security.everything import AMOUNTS, WORDS, fill

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "bi.md").read_text(encoding="utf-8")
LATE = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai, the day after


def rows(view: str, **facts) -> list[dict[str, str]]:
    out = io.BytesIO()
    with reading() as session:
        exported(session, view_named(view), CsvWriter(view_named(view), out), **facts)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode())))


@pytest.mark.parametrize("name", VIEWS)
def test_the_page_lists_each_column_of_each_view_as_it_is(database: Database, name: str):
    part = PAGE.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    written = re.findall(r"^\| `(\w+)` \| (\w+) \| .+ \|$", part, re.MULTILINE)
    assert written == [(column.name, str(column.kind)) for column in VIEWS[name].columns]
    assert (f"`{VIEWS[name].since}`" in part) is bool(VIEWS[name].since)
    found = [column["name"] for column in inspect(database.engine).get_columns(name)]
    assert found == [column for column, _ in written]


def test_an_orders_day_is_the_business_day_and_money_is_fen(database: Database):
    with database.transaction() as session:
        builders.order(session, "1", placed_at=LATE, paid_at=LATE, updated_at=LATE, now=LATE)
    (row,) = rows("bi_order")
    assert (row["placed_at"], row["placed_on"]) == ("2026-11-24T16:30:00Z", "2026-11-25")
    assert (row["total_fen"], row["is_held"], row["shop"], row["shipped_at"]) == ("13940", "false", "douyin-1", "")


def test_no_text_of_a_file_begins_like_a_formula(database: Database):
    with database.transaction() as session:
        builders.order(session, "=1+1")
    assert [row["channel_order_no"] for row in rows("bi_order")] == ["'=1+1"]


def test_a_province_is_known_and_nothing_nearer(database: Database):
    regions = ("浙江省 杭州市 西湖区", "内蒙古自治区 呼和浩特市", "某某路 1 号", "")
    with database.transaction() as session:
        for turn, region in enumerate(regions):
            builders.order(session, str(turn), receiver=builders.receiver_draft(region=region))
    assert [row["province"] for row in rows("bi_order")] == ["浙江", "内蒙古", "", ""]


def test_lines_parcels_stock_and_anomalies_are_there(database: Database):
    with transaction() as session:
        stocked(session, A=(10, 5))
        open_anomaly(session, AnomalyKind.OVERSOLD, about=("sku", 1), occurred_at=LATE, now=LATE, at_risk_fen=7)
    allocated(paid("1", ("A", 2)))
    assert [(row["sku"], row["warehouse"], row["available"]) for row in rows("bi_stock")] == [
        ("A", "east", "8"),
        ("A", "south", "5"),
    ]
    assert [row["cause"] for row in rows("bi_stock_entry")] == ["counted", "counted", "reserved"]
    assert [(row["sku_code"], row["quantity"]) for row in rows("bi_order_line")] == [("A", "2")]
    assert ("oversold", "7") in [(row["kind"], row["at_risk_fen"]) for row in rows("bi_anomaly")]


def test_nobody_is_in_any_view(database: Database):
    """A hub with one of everything and a mark in every column that speaks of a person."""
    with database.transaction() as session:
        fill(session, utc_now())
    said = str({name: rows(name) for name in VIEWS})
    assert all(rows(name) for name in VIEWS)
    marks = {mark for known in WORDS.values() for mark in known.values()}
    assert [mark for mark in marks if mark in said] == []
    assert str(next(iter(AMOUNTS.values()))) in said  # money is: they are for whoever sees the whole house
    personal = re.compile(r"name|phone|address|token|remark|note|person|owner$|_by$|tracking")
    columns = {column.name for view in VIEWS.values() for column in view.columns}
    assert [name for name in sorted(columns) if personal.search(name)] == ["carrier_name", "ship_by"]


def test_since_leaves_out_what_is_older(database: Database):
    with database.transaction() as session:
        for turn in range(3):
            builders.order(session, str(turn), now=LATE + timedelta(days=turn))
    assert [row["channel_order_no"] for row in rows("bi_order", since=LATE + timedelta(days=1))] == ["1", "2"]
    with pytest.raises(BadInput):
        rows("bi_stock", since=LATE)
    with pytest.raises(NotFound):
        view_named("orders; DROP TABLE orders")


def test_many_rows_need_no_more_memory_than_few(database: Database):
    with database.transaction() as session:
        order = builders.order(session)
        table = SQLModel.metadata.tables["order_line"]
        line = {"order_id": order.id, "title": "收纳箱" * 20, "quantity": 1, "unit_price_fen": 1, "total_fen": 1}
        line |= {"sku_code": "A", "spec": "", "channel_item_no": "", "channel_sku_no": ""}
        many = [line | {"channel_line_no": f"n{turn}"} for turn in range(60_000)]
        session.connection().execute(table.insert(), many)
        del many
    peaks = []
    for since in (datetime(2027, 1, 1, tzinfo=UTC), None):
        tracemalloc.start()
        with reading() as session, Path("/dev/null").open("wb") as out:
            view = view_named("bi_order_line")
            count = exported(session, view, CsvWriter(view, out), since=since)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert count == 60_001
    assert peaks[1] - peaks[0] < 15_000_000


@pytest.fixture
def hub(database: Database, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on the test's own database."""
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", database.url.render_as_string(hide_password=False))
    settings.cache_clear()
    with database.transaction() as session:
        builders.order(session, "1", placed_at=LATE, paid_at=LATE, updated_at=LATE, now=LATE)
    return CliRunner()


def test_the_command_writes_both_kinds_of_file(hub: CliRunner, tmp_path: Path):
    from pyarrow import parquet

    target = tmp_path / "orders.csv"
    told = hub.invoke(app, ["bi", "export", "--view", "bi_order", "--to", str(target)])
    assert (told.exit_code, told.output.startswith("1 rows")) == (0, True), told.output
    assert target.read_text(encoding="utf-8").splitlines()[1].startswith("1,douyin-1,douyin,1,")
    other = tmp_path / "orders.parquet"
    told = hub.invoke(app, ["bi", "export", "--view", "bi_order", "--format", "parquet", "--to", str(other)])
    assert told.exit_code == 0, told.output
    (row,) = parquet.read_table(other).to_pylist()
    assert (row["placed_at"], row["placed_on"], row["is_held"]) == (LATE, date(2026, 11, 25), False)
    assert sorted(path.name for path in tmp_path.glob("orders*")) == ["orders.csv", "orders.parquet"]


@pytest.mark.parametrize(
    "given",
    [
        ["--view", "nothing"],
        ["--view", "bi_order", "--since", "gestern"],
        ["--view", "bi_stock", "--since", "2026-11-01"],
        ["--view", "bi_order", "--format", "parquet"],
    ],
)
def test_what_cannot_be_exported_leaves_no_file(hub: CliRunner, tmp_path: Path, given: list[str]):
    to = [] if "parquet" in given else ["--to", str(tmp_path / "x.csv")]
    assert hub.invoke(app, ["bi", "export", *given, *to]).exit_code != 0
    assert list(tmp_path.glob("x.csv*")) == []


def test_a_role_is_shown_its_grants_and_a_bad_name_is_refused(hub: CliRunner):
    shown = hub.invoke(app, ["bi", "grant", "bi_reader", "--show"])
    assert shown.output.splitlines() == [f"{one};" for one in grants("bi_reader")]
    assert len(shown.output.splitlines()) == len(VIEWS)
    for name in ('x"; DROP TABLE orders; --', "", "Ümlaut"):
        with pytest.raises(BadInput):
            grants(name)


def test_migrations_lay_the_views_and_take_them_away_again(bare_url: str):
    opened = open_database(bare_url)
    migration.migrate()
    assert set(inspect(opened.engine).get_view_names()) == set(VIEWS)
    command.downgrade(migration.config(), "-1")
    command.upgrade(migration.config(), "head")
    with opened.transaction() as session:
        lift_views(session.connection())
    assert inspect(opened.engine).get_view_names() == []


def test_a_role_reads_the_views_and_nothing_else_also_after_a_migration(bare_url: str):
    opened = open_database(bare_url)
    if opened.embedded:
        return  # knows no roles
    migration.migrate()
    with opened.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as owner:
        schema = owner.scalar(text("SELECT current_schema()"))
        role = f"bi_{schema}"
        owner.execute(text(f"CREATE ROLE {role}"))
        try:
            owner.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {role}"))
            grant(owner, [role])
            for _ in range(2):
                owner.execute(text(f"SET ROLE {role}"))
                assert owner.scalar(text("SELECT count(*) FROM bi_order")) == 0
                with pytest.raises(Exception, match="permission denied"):
                    owner.execute(text("SELECT * FROM orders"))
                owner.execute(text("RESET ROLE"))
                command.upgrade(migration.config(), "head")  # takes them away and lays them anew
        finally:
            owner.execute(text("RESET ROLE"))
            owner.execute(text(f"DROP OWNED BY {role}"))
            owner.execute(text(f"DROP ROLE {role}"))
