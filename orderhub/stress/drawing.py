"""How does a run look? One chart after the other as SVG, and a page that holds everything itself."""

from collections.abc import Sequence
from html import escape

from orderhub.stress.advice import Finding
from orderhub.stress.plan import Profile
from orderhub.stress.report import Report, changes
from orderhub.stress.words import said

WIDTH, HEIGHT = 640, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 28, 24
_COLOURS = ("#2563eb", "#d97706")

Line = tuple[str, Sequence[tuple[float, float]]]

PROFILES = {Profile.BURST: ("突发", "Burst"), Profile.RAMP: ("爬坡", "Ramp"), Profile.DAY: ("全天", "Day")}
NAMES = {
    "accepted_per_second": ("确认/秒", "acknowledged / s"),
    "p50_ms": ("一半在内 ms", "p50 ms"),
    "p95_ms": ("95% 在内 ms", "p95 ms"),
    "p99_ms": ("99% 在内 ms", "p99 ms"),
    "late_p99_ms": ("晚发 99% ms", "left late, p99 ms"),
    "peak_waiting": ("最大积压", "queue at most"),
    "oldest_seconds": ("最久等待 秒", "waited longest, s"),
    "drain_seconds": ("收完后处理 秒", "emptied after, s"),
    "taken_per_second": ("处理/秒", "worked off / s"),
    "hub_cores": ("系统用核", "cores of the hub"),
    "machine_cpu": ("整机 CPU %", "machine CPU %"),
    "client_cores": ("压测用核", "cores of the simulator"),
    "commit_ms": ("提交 ms", "durable write ms"),
    "group": ("每批条数", "messages a write"),
    "database_ms": ("数据库延迟 ms", "database latency ms"),
    "highest_level": ("最高等级", "highest level"),
    "unanswered": ("无回答", "without answer"),
    "repeats": ("重复发送", "repeats"),
    "slow": ("慢速发送", "slow callers"),
}


def charts(report: Report) -> str:
    """All charts as one SVG, with its own colours: it is shown on light and dark pages alike."""
    drawn = [chart(title, lines) for title, lines in _series(report) if any(points for _, points in lines)]
    parts = [f'<g transform="translate(0 {place * HEIGHT})">{one}</g>' for place, one in enumerate(drawn)]
    height = max(1, len(drawn)) * HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="11">'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def chart(title: str, lines: Sequence[Line]) -> str:
    """``lines`` over seconds, from zero up."""
    points = [point for _, line in lines for point in line]
    most_x = max((x for x, _ in points), default=0) or 1.0
    most_y = max((y for _, y in points), default=0) or 1.0
    width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def placed(x: float, y: float) -> str:
        return f"{_LEFT + x / most_x * width:.1f},{_TOP + height - y / most_y * height:.1f}"

    drawn = [
        f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="'
        f'{" ".join(placed(x, y) for x, y in sorted(line))}"/>'
        for (_, line), colour in zip(lines, _COLOURS, strict=False)
        if line
    ]
    legend = "".join(
        f'<text x="{WIDTH - _RIGHT - 110 * (len(lines) - place - 1)}" y="18" text-anchor="end" fill="{colour}">'
        f"{escape(name)}</text>"
        for place, ((name, _), colour) in enumerate(zip(lines, _COLOURS, strict=False))
    )
    base, right = _TOP + height, WIDTH - _RIGHT
    return (
        f'<text x="{_LEFT}" y="18" font-weight="bold" fill="#111827">{escape(title)}</text>{legend}'
        f'<path d="M{_LEFT} {_TOP}V{base}H{right}" fill="none" stroke="#9ca3af"/>'
        f'<text x="{_LEFT - 6}" y="{_TOP + 8}" text-anchor="end" fill="#4b5563">{short(most_y)}</text>'
        f'<text x="{_LEFT - 6}" y="{base}" text-anchor="end" fill="#4b5563">0</text>'
        f'<text x="{right}" y="{base + 16}" text-anchor="end" fill="#4b5563">{short(most_x)} s</text>{"".join(drawn)}'
    )


def page(report: Report) -> str:
    """The whole report as HTML: styles and charts stand in it, nothing is loaded."""
    title = f"压测报告 {report.run} · {' '.join(PROFILES[report.profile])}"
    setup = (
        f"{report.made_at} · {report.url} · {report.orders} orders · {report.concurrency} connections · "
        f"{report.processes} processes · seed {report.seed} · {report.facts.database} · {report.facts.workers} workers"
    )
    findings = "".join(_finding(one) for one in report.findings)
    return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title><style>
body{{font:14px/1.6 sans-serif;color:#111827;background:#fff;max-width:720px;margin:24px auto;padding:0 16px}}
small{{color:#4b5563}} .bad{{color:#b91c1c}} li{{margin:6px 0}} table{{border-collapse:collapse;width:100%}}
td,th{{padding:4px 8px;border-bottom:1px solid #e5e7eb;text-align:left}} td.n,th.n{{text-align:right}}
svg{{width:100%;height:auto}}</style></head><body>
<h1>{escape(title)}</h1><p><small>{escape(setup)}</small></p>
<h2>结论 <small>what came of it</small></h2><ul>{findings}</ul>
<h2>数字 <small>figures</small></h2>{_figures(report)}
{_compared(report)}{_verified(report)}
<h2>过程 <small>over time</small></h2>{charts(report)}{_levels(report)}
</body></html>
"""


def _finding(finding: Finding) -> str:
    words, kind = (escape(said(finding)), escape(said(finding, "en"))), "bad" if finding.is_bad else ""
    return f'<li class="{kind}">{words[0]}<br><small>{words[1]}</small></li>'


def _series(report: Report) -> list[tuple[str, list[Line]]]:
    def told(name: str, times: float = 1.0) -> list[tuple[float, float]]:
        return [(reading["at"], reading[name] * times) for reading in report.readings]

    def difference(name: str, times: float = 1.0, over: str = "at") -> list[tuple[float, float]]:
        pairs = zip(report.readings, report.readings[1:], strict=False)
        return [
            (after["at"], (after[name] - before[name]) / (after[over] - before[over]) * times)
            for before, after in pairs
            if after[over] > before[over]
        ]

    return [
        (
            "每秒 / a second",
            [("发送 sent", list(enumerate(report.sent_rates))), ("确认 ack", list(enumerate(report.rates)))],
        ),
        ("队列 / queue", [("等待 waiting", told("waiting"))]),
        ("最久等待 秒 / oldest, s", [("oldest", told("oldest_seconds"))]),
        ("处理器 % / CPU", [("整机 machine", told("machine_cpu")), ("系统 hub", difference("cpu_seconds", 100.0))]),
        (
            "数据库 ms / database",
            [("提交 write", difference("commit_seconds", 1000.0, "commits")), ("空写 probe", told("database_ms"))],
        ),
        ("等级 / level", [("level", told("level"))]),
    ]


def _figures(report: Report) -> str:
    facts, rows = report.facts, []
    for name, (chinese, english) in NAMES.items():
        value = getattr(facts, name)
        if value is not None:
            rows.append(f'<tr><td>{chinese} <small>{english}</small></td><td class="n">{short(value)}</td></tr>')
    refused = ", ".join(f"{code}: {count}" for code, count in facts.refused.items()) or "–"
    rows.append(f'<tr><td>拒绝 <small>refused, by code</small></td><td class="n">{escape(refused)}</td></tr>')
    return f"<table>{''.join(rows)}</table>"


def _compared(report: Report) -> str:
    rows = [
        f'<tr><td>{NAMES[name][0]} <small>{NAMES[name][1]}</small></td><td class="n">{short(before)}</td>'
        f'<td class="n">{short(after)}</td><td class="n">{change_text(before, after)}</td></tr>'
        for name, before, after in changes(report)
    ]
    if not rows:
        return ""
    head = '<tr><th></th><th class="n">上次 before</th><th class="n">这次 now</th><th class="n">变化 change</th></tr>'
    title = f"<h2>与上次（{escape(report.before_run)}）比较 <small>against the run before</small></h2>"
    return f"{title}<table>{head}{''.join(rows)}</table>"


def _verified(report: Report) -> str:
    if report.verdict is None or report.verdict.is_sound:
        return ""
    named = [
        f"<tr><td>{name}</td><td>{escape(', '.join(numbers))}</td></tr>"
        for name in ("lost", "doubled", "phantom", "wrong_amount")
        if (numbers := getattr(report.verdict, name))
    ]
    return f"<h2>核对 <small>verification</small></h2><table>{''.join(named)}</table>"


def _levels(report: Report) -> str:
    if not report.switches:
        return ""
    rows = "".join(f"<li>{at:.0f} s → {level}</li>" for at, level in report.switches)
    return f"<h2>等级切换 <small>switches of level</small></h2><ul>{rows}</ul>"


def change_text(before: float, after: float) -> str:
    return f"{(after - before) / before * 100:+.0f} %" if before else "–"


def short(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.2f}"
