"""What is kept of a run? One JSON file and one page that needs nothing else, beside those of the runs before."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.settings import settings
from orderhub.stress.advice import Finding, findings
from orderhub.stress.callers import Outcome
from orderhub.stress.figures import Facts, as_series, per_second, switches
from orderhub.stress.plan import Plan, Profile
from orderhub.stress.verify import MOST_NAMED, Verdict
from orderhub.stress.watch import Reading

_VERSION = 1
_PREFIX = "stress-"
COMPARED = ("accepted_per_second", "p50_ms", "p99_ms", "peak_waiting", "drain_seconds", "taken_per_second", "commit_ms")


@dataclass(frozen=True)
class Report:
    """``rates`` are messages acknowledged in each second, ``before`` the facts of the run before it, same profile."""

    version: int
    run: str
    made_at: str
    url: str
    profile: Profile
    orders: int
    concurrency: int
    processes: int
    seed: int
    facts: Facts
    findings: list[Finding]
    verdict: Verdict | None
    rates: list[int]
    sent_rates: list[int]
    readings: list[dict[str, Any]]
    switches: list[tuple[float, int]]
    before: dict[str, Any] = field(default_factory=dict)
    before_run: str = ""

    @property
    def is_sound(self) -> bool:
        return not any(finding.is_bad for finding in self.findings if finding.code in ("unsound", "not_drained"))


def folder() -> Path:
    return settings().data_dir / "stress"


def make_report(
    plan: Plan,
    outcomes: Sequence[Outcome],
    readings: Sequence[Reading],
    facts: Facts,
    verdict: Verdict | None,
    *,
    url: str,
    processes: int,
    is_drained: bool,
    now: datetime,
) -> Report:
    good = [one for one in outcomes if one.is_acknowledged]
    before = latest(plan.profile)
    return Report(
        version=_VERSION,
        run=plan.run,
        made_at=shanghai_text(now),
        url=url,
        profile=plan.profile,
        orders=plan.orders,
        concurrency=plan.concurrency,
        processes=processes,
        seed=plan.seed,
        facts=facts,
        findings=findings(facts, verdict, is_drained=is_drained),
        verdict=_named(verdict) if verdict else None,
        rates=per_second(one.sent_at + one.seconds for one in good),
        sent_rates=per_second(one.sent_at for one in outcomes),
        readings=as_series(readings),
        switches=switches(readings),
        before={name: getattr(before.facts, name) for name in COMPARED} if before else {},
        before_run=before.run if before else "",
    )


def save(report: Report, page: str) -> tuple[Path, Path]:
    """Where its JSON and its page lie."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder() / f"{_PREFIX}{report.run}.json"
    path.write_text(json.dumps(asdict(report), ensure_ascii=False, indent=1), encoding="utf-8")
    html = path.with_suffix(".html")
    html.write_text(page, encoding="utf-8")
    return path, html


def runs() -> list[str]:
    """Newest first."""
    found = [path.stem.removeprefix(_PREFIX) for path in folder().glob(f"{_PREFIX}*.json")]
    return sorted(found, reverse=True)


def load(run: str) -> Report | None:
    """None: there is no such run, or its file is no report of this version."""
    path = path_of(run, "json")
    if path is None:
        return None
    try:
        return _read(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError):
        return None


def path_of(run: str, ending: str) -> Path | None:
    """The run's file, where ``run`` is one of those that are here: no other name is ever opened."""
    return folder() / f"{_PREFIX}{run}.{ending}" if run in runs() and ending in ("json", "html") else None


def latest(profile: Profile) -> Report | None:
    """The newest report of a run of this profile."""
    return next((report for run in runs() if (report := load(run)) and report.profile is profile), None)


def changes(report: Report) -> list[tuple[str, float, float]]:
    """Figure, before, now: of what both runs know."""
    now = asdict(report.facts)
    pairs = [(name, report.before.get(name), now[name]) for name in COMPARED]
    return [(name, before, after) for name, before, after in pairs if before is not None and after is not None]


def _read(kept: dict[str, Any]) -> Report:
    if kept["version"] != _VERSION:
        raise ValueError(f"version {kept['version']}")
    return Report(
        **kept
        | {
            "profile": Profile(kept["profile"]),
            "facts": Facts(**kept["facts"]),
            "findings": [Finding(**one) for one in kept["findings"]],
            "verdict": Verdict(**kept["verdict"]) if kept["verdict"] else None,
            "switches": [(at, level) for at, level in kept["switches"]],
        }
    )


def _named(verdict: Verdict) -> Verdict:
    """With as many numbers as somebody looks at; counts of longer lists stand in the findings."""
    lists = {name: getattr(verdict, name)[:MOST_NAMED] for name in ("lost", "doubled", "phantom", "wrong_amount")}
    return Verdict(verdict.acknowledged, verdict.held, **lists)
