"""Does the code keep to docs/architecture.md: who imports whom, which library lives where, how long a file is?"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

_BELOW_THE_FACES = frozenset(
    {"kernel", "domain", "access", "connectors", "intake", "automation", "insights"}
)  # "everything above" in the table of docs/architecture.md
MAY_IMPORT = {
    "kernel": frozenset(),
    "domain": frozenset({"kernel"}),
    "access": frozenset({"kernel"}),
    "connectors": frozenset({"kernel", "domain"}),
    "lab": frozenset({"kernel", "domain", "connectors"}),
    "intake": frozenset({"kernel", "domain", "connectors"}),
    "automation": frozenset({"kernel", "domain", "connectors", "intake"}),
    "insights": frozenset({"kernel", "domain"}),
    "api": _BELOW_THE_FACES,
    "ui": _BELOW_THE_FACES - {"connectors"} | {"stress"},
    "stress": frozenset({"kernel", "domain", "connectors", "lab"}),
    "upkeep": _BELOW_THE_FACES | {"frontend", "migration"},
    "jobs": _BELOW_THE_FACES | {"upkeep", "ui"},
}
# Modules outside the rooms: what joins, starts, builds or migrates. Only app.py knows both faces.
JOINERS = {
    "app": _BELOW_THE_FACES | {"api", "ui", "jobs", "demo", "tables"},
    "cli": _BELOW_THE_FACES
    | {"lab", "jobs", "serve", "frontend", "migration", "demo", "prove"}
    | {
        "cli_bi",
        "cli_broker",
        "cli_connect",
        "cli_forecast",
        "cli_lab",
        "cli_privacy",
        "cli_stress",
        "cli_suppliers",
        "cli_upkeep",
    },
    "cli_bi": frozenset({"kernel", "insights"}),
    "cli_broker": frozenset({"kernel", "intake", "migration"}),
    "cli_connect": _BELOW_THE_FACES | {"migration"},
    "cli_lab": frozenset({"kernel", "jobs", "lab", "fill", "migration"}),
    "cli_forecast": frozenset({"kernel", "domain", "insights", "jobs", "migration", "tables"}),
    "cli_privacy": frozenset({"kernel", "migration", "tables"}),
    "cli_stress": frozenset({"kernel", "demo", "stress"}),
    "cli_suppliers": frozenset({"kernel", "domain", "intake", "insights", "migration"}),
    "cli_upkeep": frozenset({"kernel", "migration", "upkeep"}),
    "demo": _BELOW_THE_FACES | {"lab", "demo_stock"},
    "demo_stock": {"kernel", "domain", "lab"},
    "fill": frozenset({"kernel", "domain", "demo_stock", "fill_orders", "fill_work"}),
    "fill_orders": frozenset({"kernel", "domain", "lab"}),
    "fill_work": frozenset({"domain", "fill_orders"}),
    "frontend": frozenset({"kernel"}),
    "migration": frozenset({"kernel", "tables"}),
    "prove": frozenset(
        {
            "kernel",
            "domain",
            "insights",
            "prove_assignment",
            "prove_closure",
            "prove_privacy",
            "prove_refunds",
            "prove_reports",
            "prove_tracks",
        }
    ),
    "prove_assignment": frozenset({"kernel", "domain", "insights", "prove_causes"}),
    "prove_causes": frozenset({"domain"}),
    "prove_closure": frozenset({"kernel", "insights"}),
    "prove_privacy": frozenset({"kernel"}),
    "prove_refunds": frozenset({"kernel", "domain", "insights", "tables"}),
    "prove_reports": frozenset({"kernel", "insights"}),
    "prove_tracks": _BELOW_THE_FACES | {"api", "jobs", "lab", "prove_refunds"},
    "serve": frozenset({"kernel", "frontend", "migration"}),
    "tables": _BELOW_THE_FACES | {"jobs"},
}
HOME_OF_LIBRARY = {
    "aio_pika": {"intake"},
    "aiormq": {"intake"},
    "reflex": {"ui", "app"},
    "reflex_base": {"ui", "app"},
    "httpcore": {"connectors"},
    "httpx": {"connectors"},
    "apscheduler": {"jobs"},
    "h11": {"stress"},
    "granian": {"serve", "app", "lab"},
    "alembic": {"migration"},
    "smtplib": {"connectors"},
    "pypdfium2": {"insights"},
    "sklearn": {"insights"},
    "reportlab": {"insights", "lab"},
    "pyarrow": {"insights"},
}
DRAFTS_AND_WORDS = {"orderhub.domain.drafts", "orderhub.domain.words"}
WALL_CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
LONGEST_FILE = 400
EMPTY_NAMES = {"helper", "helpers", "util", "utils", "common", "misc", "manager"}


@dataclass(frozen=True)
class Source:
    path: Path
    room: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.path)

    def imports(self) -> Iterator[str]:
        """Every module or name imported, as ``package.module.name``."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = "." * node.level + (node.module or "")
                yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _sources() -> list[Source]:
    found = [Source(path, "jobs") for path in sorted((ROOT / "jobs").rglob("*.py"))]
    for path in sorted((ROOT / "orderhub").rglob("*.py")):
        first, *rest = path.relative_to(ROOT / "orderhub").parts
        if first != "__init__.py":
            found.append(Source(path, first if rest else path.stem))
    return found


SOURCES = _sources()


def _room_of(imported: str) -> str | None:
    parts = imported.split(".")
    if parts[0] == "jobs":
        return "jobs"
    return parts[1] if parts[0] == "orderhub" and len(parts) > 1 else None


def test_every_module_stands_in_a_room_of_the_table() -> None:
    assert {source.room for source in SOURCES} <= MAY_IMPORT.keys() | JOINERS.keys()


@pytest.mark.parametrize("room", [*MAY_IMPORT, *JOINERS])
def test_a_room_imports_only_what_the_table_allows(room: str) -> None:
    allowed = (MAY_IMPORT | JOINERS)[room] | {room}
    wrong = [
        f"{source.name}: {imported}"
        for source in SOURCES
        if source.room == room
        for imported in source.imports()
        if imported.startswith(".") or (_room_of(imported) or room) not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ["connectors", "lab"])
def test_outside_rooms_know_of_the_domain_only_drafts_and_words(room: str) -> None:
    wrong = [
        f"{source.name}: {imported}"
        for source in SOURCES
        if source.room == room
        for imported in source.imports()
        if _room_of(imported) == "domain" and ".".join(imported.split(".")[:3]) not in DRAFTS_AND_WORDS
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ["connectors", "lab"])
def test_outside_rooms_never_touch_the_database(room: str) -> None:
    doors = ("orderhub.kernel.db", "orderhub.kernel.eventlog", "sqlalchemy", "sqlmodel")
    wrong = [
        f"{source.name}: {imported}"
        for source in SOURCES
        if source.room == room
        for imported in source.imports()
        if imported.startswith(doors)
    ]
    assert wrong == []


@pytest.mark.parametrize("library", HOME_OF_LIBRARY)
def test_a_library_stays_in_its_room(library: str) -> None:
    wrong = [
        f"{source.name}: {imported}"
        for source in SOURCES
        if source.room not in HOME_OF_LIBRARY[library]
        for imported in source.imports()
        if imported.split(".")[0] == library
    ]
    assert wrong == []


def test_only_the_kernel_looks_at_the_wall_clock() -> None:
    wrong = [
        f"{source.name}:{node.lineno} {ast.unparse(node.func)}"
        for source in SOURCES
        if source.name != "orderhub/kernel/clock.py"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ".".join(ast.unparse(node.func).split(".")[-2:]) in WALL_CLOCKS
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ["domain", "insights"])
def test_rules_and_reads_are_told_what_time_it_is(room: str) -> None:
    wrong = [
        f"{source.name}: {imported}"
        for source in SOURCES
        if source.room == room
        for imported in source.imports()
        if imported.endswith(".utc_now") or imported in {"os", "os.environ"}
    ]
    assert wrong == []


def test_what_runs_by_the_clock_says_words_without_the_pages() -> None:
    """A process of jobs alone loads no Reflex: it would start seconds later, for nothing."""
    of_pages = {imported for source in SOURCES if source.room == "jobs" for imported in source.imports()}
    assert {one for one in of_pages if _room_of(one) == "ui"} == {"orderhub.ui.report_post.send_reports"}
    asked = "import sys, jobs.schedule; print(sorted({'reflex', 'plotly'} & sys.modules.keys()))"
    said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_insights_opens_no_transaction() -> None:
    wrong = [
        f"{source.name}: {imported}"
        for source in SOURCES
        if source.room == "insights"
        for imported in source.imports()
        if imported in {"orderhub.kernel.db.transaction", "orderhub.kernel.eventlog.record"}
    ]
    assert wrong == []


def test_no_file_is_longer_than_the_house_allows() -> None:
    every = [source.path for source in SOURCES] + sorted((ROOT / "tests").rglob("*.py"))
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in every}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_module_has_an_empty_name() -> None:
    assert [source.name for source in SOURCES if source.path.stem in EMPTY_NAMES] == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {source.path.parent for source in SOURCES}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_the_migrations_do_not_shadow_their_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_every_table_is_listed_for_the_migrations() -> None:
    holding = {
        source.path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        for source in SOURCES
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(word) == "table=True" for word in node.keywords)
    }
    tables = Source(ROOT / "orderhub" / "tables.py", "tables")
    assert holding - set(tables.imports()) == set()


@pytest.mark.parametrize("room", ["insights", "ui", "api"])
def test_a_room_for_people_reads_through_the_session(room: str) -> None:
    """What is executed on the bare connection is narrowed to nobody's sight."""
    past = [
        f"{source.path.name}:{node.lineno}"
        for source in SOURCES
        if source.room == room
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".connection", ".exec_driver_sql"))
    ]
    assert past == []
