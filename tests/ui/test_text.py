"""Can everything be said, in both languages?"""

import ast
import re
from enum import StrEnum
from pathlib import Path

import pytest

import orderhub.tables  # noqa: F401  (every event class is defined once the rooms are loaded)
from jobs.schedule import timetable
from orderhub.access.permissions import Role
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.hold import HoldReason
from orderhub.domain.order import OrderStatus
from orderhub.domain.report_schedule import ReportFailure
from orderhub.domain.task import TaskKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.kernel import errors
from orderhub.kernel.eventlog import Happening, kind_of
from orderhub.ui.job_text import JOBS
from orderhub.ui.messages import MESSAGES
from orderhub.ui.words import CHANNEL_SIGNS, EVENTS, LABELS, label_text, tr

UI = Path(__file__).resolve().parents[2] / "orderhub" / "ui"
WORDS = (
    OrderStatus, HoldReason, AnomalyKind, Severity, Channel, TaskKind, AftersaleKind, AftersaleStatus, Role,
    ReportFailure,
)  # fmt: skip
ON_TIMELINES = ("order", "aftersale")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("words", WORDS)
def test_every_word_of_the_domain_has_a_name_in_both_languages(words: type[StrEnum]):
    assert set(LABELS[words]) == set(words)
    for word in words:
        chinese, english = label_text("zh", word), label_text("en", word)
        assert chinese.strip()
        assert english.strip()
        assert not _HAN.search(english)


def test_every_channel_has_a_sign():
    assert set(CHANNEL_SIGNS) == set(Channel)
    assert len(set(CHANNEL_SIGNS.values())) == len(Channel)


def test_every_job_has_a_name():
    assert set(JOBS) == {entry.job for entry in timetable()}


def test_every_event_of_a_timeline_has_a_name():
    kinds = {kind_of(event) for event in _events() if getattr(event, "subject_type", "") in ON_TIMELINES}
    assert {"order_moved", "order_held", "refund_requested"} <= kinds
    assert kinds - set(EVENTS) == set()
    assert [kind for kind, (_, english) in EVENTS.items() if _HAN.search(english)] == []


@pytest.mark.parametrize("key", MESSAGES)
def test_both_languages_fill_in_the_same(key: str):
    chinese, english = MESSAGES[key]
    assert chinese.strip()
    assert english.strip()
    assert sorted(re.findall(r"\{(\w+)\}", chinese)) == sorted(re.findall(r"\{(\w+)\}", english))
    assert not _HAN.search(english) or key == "other_language"


def test_every_sentence_a_screen_asks_for_is_there():
    asked = {key for path in UI.rglob("*.py") for key in _asked_keys(path)}
    assert len(asked) > 80
    assert asked - set(MESSAGES) == set()


def test_every_refusal_has_words_of_its_own_or_common_ones():
    codes = {error.code for error in vars(errors).values() if _is_refusal(error)}
    told_by_its_sign = {"refused_read_only"}  # ui/refusals.py
    without = {"refused_not_signed_in", "refused_too_many"} | told_by_its_sign
    assert {f"refused_{code}" for code in codes} - set(MESSAGES) == without


def test_a_sentence_is_filled_in_on_the_server():
    assert tr("zh", "done_n", done=2) == "完成 2 单"
    assert tr("en", "done_n", done=2) == "2 done"


def _events() -> set[type[Happening]]:
    """The hub's own; tests may have made up others."""
    found, waiting = set(), [Happening]
    while waiting:
        kind = waiting.pop()
        found |= {kind} if not kind.__subclasses__() else set()
        waiting += [one for one in kind.__subclasses__() if one.__module__.startswith("orderhub.")]
    return found


def _asked_keys(path: Path) -> set[str]:
    """Literal keys of ``t("…")`` and ``tr(lang, "…")``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("t", "tr"):
            place = 0 if node.func.id == "t" else 1
            key = node.args[place] if len(node.args) > place else None
            if isinstance(key, ast.Constant):
                found.add(key.value)
    return found


def _is_refusal(error: object) -> bool:
    return isinstance(error, type) and issubclass(error, errors.RuleBroken)


def test_a_sentence_stands_under_one_key_only():
    """The files of sentences are joined into one table, where a second key would silently hide the first."""
    files = [*UI.glob("messages*.py"), *UI.glob("*_messages.py")]
    keys = [key for path in files for key in re.findall(r'^    "(\w+)": \(', path.read_text(), re.MULTILINE)]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_every_picture_that_is_named_is_drawn():
    drawn = set(re.findall(r'id="([\w-]+)"', (UI.parents[1] / "assets" / "icons.svg").read_text()))
    named = re.compile(r'\b(?:icon|icon_button|void)\("([\w-]+)"|Entry\("\w+", "[^"]+", "([\w-]+)"')
    found = {one or other for path in UI.rglob("*.py") for one, other in named.findall(path.read_text())}
    assert found - drawn == set()
