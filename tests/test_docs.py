"""Do the documents still speak of what is there?"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from orderhub.cli import app
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind
from orderhub.kernel.settings import Settings
from orderhub.ui.anomaly_text import ANOMALY_LABELS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _row(name: str, field: FieldInfo) -> str:
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f"| `ORDERHUB_{name.upper()}` | {f'`{shown}`' if shown else '–'} | {field.description} |"


def test_the_settings_page_lists_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in page if line.startswith("| `ORDERHUB_")]
    assert rows == [_row(name, field) for name, field in Settings.model_fields.items()]


def test_every_verb_stands_in_the_readme() -> None:
    verbs = {(command.name or command.callback.__name__) for command in app.registered_commands if command.callback}
    groups = (group for group in app.registered_groups if group.typer_instance)
    verbs |= {group.name for group in groups if group.typer_instance and group.typer_instance.registered_callback}
    assert set(re.findall(r"^\| `\.venv/bin/orderhub ([\w-]+)`", README, re.MULTILINE)) == verbs


def test_every_make_target_stands_in_the_readme() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^\| `make ([a-z-]+)`", README, re.MULTILINE)) == targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_decision_is_on_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\S+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {page.name for page in folder.glob("*.md")} - {"README.md"}


def test_every_kind_of_anomaly_has_its_row() -> None:
    page = (ROOT / "docs" / "anomalies.md").read_text(encoding="utf-8")
    rows = [
        tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in page.splitlines() if line.startswith("| `")
    ]
    wanted = []
    for kind, handling in HANDLING.items():
        name = " / ".join(ANOMALY_LABELS[AnomalyKind][kind])
        hours = f"{handling.within // timedelta(hours=1)} h"
        wanted.append((f"`{kind}`", name, handling.severity, handling.role, hours))
    assert sorted((kind, name, *handled) for kind, name, _, *handled, _ in rows) == sorted(wanted)
    assert all(all(row) for row in rows)


def test_every_threat_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 40
    lost = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).exists() or (test and f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert lost == []
