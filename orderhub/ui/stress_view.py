"""What does the page of load tests show?"""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from orderhub.stress.drawing import NAMES, PROFILES, change_text, short
from orderhub.stress.report import Report, changes, load, runs
from orderhub.stress.words import said

PATH = "/studio/stress"
_MOST_ROWS = 50


@dataclass
class StressRow:
    """``verdict`` is ``sound``, ``unsound`` or ``unverified``."""

    run: str = ""
    href: str = ""
    at: str = ""
    profile: str = ""
    orders: str = ""
    rate: str = ""
    p99: str = ""
    queue: str = ""
    verdict: str = ""


@dataclass
class FindingView:
    words: str = ""
    is_bad: bool = False


@dataclass
class FigureView:
    name: str = ""
    now: str = ""
    before: str = ""
    change: str = ""


@dataclass
class StressDetail:
    """``run`` is empty where none is open."""

    run: str = ""
    about: str = ""
    chart: str = ""
    numbers: str = ""
    findings: list[FindingView] = field(default_factory=list)
    figures: list[FigureView] = field(default_factory=list)


@dataclass
class StressView:
    rows: list[StressRow] = field(default_factory=list)
    detail: StressDetail = field(default_factory=StressDetail)
    is_gone: bool = False


def stress_view(run: str, lang: str) -> StressView:
    """The newest runs, and ``run`` opened."""
    found = [report for one in runs()[:_MOST_ROWS] if (report := load(one))]
    report = load(run) if run else None
    detail = _detail(report, lang) if report else StressDetail()
    return StressView([_row(one, lang) for one in found], detail, is_gone=bool(run) and report is None)


def file_path(run: str, ending: str) -> str:
    return f"{PATH}/file?{urlencode({'run': run, 'as': ending})}"


def _row(report: Report, lang: str) -> StressRow:
    facts = report.facts
    verdict = "unverified" if report.verdict is None else "sound" if report.is_sound else "unsound"
    return StressRow(
        run=report.run,
        href=f"{PATH}?{urlencode({'run': report.run})}",
        at=report.made_at,
        profile=PROFILES[report.profile][lang == "en"],
        orders=f"{report.orders:,}",
        rate=short(facts.accepted_per_second),
        p99=f"{facts.p99_ms:,.0f} ms",
        queue="" if facts.peak_waiting is None else f"{facts.peak_waiting:,}",
        verdict=verdict,
    )


def _detail(report: Report, lang: str) -> StressDetail:
    before = {name: (short(was), change_text(was, now)) for name, was, now in changes(report)}
    facts, figures = report.facts, []
    for name, words in NAMES.items():
        value = getattr(facts, name)
        if value is not None:
            figures.append(FigureView(words[lang == "en"], short(value), *before.get(name, ("", ""))))
    numbers = []
    if report.verdict and not report.verdict.is_sound:
        verdict = report.verdict
        numbers = [*verdict.lost, *verdict.doubled, *verdict.phantom, *verdict.wrong_amount]
    return StressDetail(
        run=report.run,
        about=f"{report.made_at} · {PROFILES[report.profile][lang == 'en']} · {report.orders:,}",
        chart=file_path(report.run, "svg"),
        numbers=", ".join(numbers),
        findings=[FindingView(said(one, lang), one.is_bad) for one in report.findings],
        figures=figures,
    )
