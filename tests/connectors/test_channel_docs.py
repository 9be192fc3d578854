"""`docs/channels.md` says what the modules declare, and `docs/adding-a-channel.md` names what is there."""

import re
from datetime import timedelta
from pathlib import Path

from orderhub.connectors.channels import registry
from orderhub.connectors.channels.contract import ChannelModule

ROOT = Path(__file__).parents[2]


def _table(heading: str) -> dict[str, dict[str, str]]:
    """Rows of the table that begins with ``heading``, by their first cell."""
    lines = (ROOT / "docs/channels.md").read_text(encoding="utf-8").splitlines()
    start = next(number for number, text in enumerate(lines) if text.startswith(heading))
    names = _cells(lines[start])
    rows: dict[str, dict[str, str]] = {}
    for text in lines[start + 2 :]:
        if not text.startswith("|"):
            break
        rows[_cells(text)[0]] = dict(zip(names, _cells(text), strict=True))
    return rows


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def _span(span: timedelta) -> str:
    if span < timedelta(minutes=1):
        return f"{span.seconds} s"
    if span < timedelta(hours=1):
        return f"{span.seconds // 60} min"
    return "1 day" if span.days == 1 else f"{span.days} days"


def _asked_in(module: ChannelModule) -> dict[str, str]:
    """How orders are asked for; a channel whose orders are posted has none of it."""
    if "orders" not in module.ABILITIES:
        return dict.fromkeys(("window", "page size", "lag", "history"), "–")
    limits = module.LIMITS
    spans = {"window": limits.window, "lag": limits.lag, "history": limits.history}
    return {name: _span(span) for name, span in spans.items()} | {"page size": str(limits.page_size)}


def test_the_table_of_channels_says_what_the_modules_declare():
    declared = {
        channel.value: {
            "channel": channel.value,
            "abilities": ", ".join(sorted(module.ABILITIES)),
            **_asked_in(module),
            "calls per second": f"{module.LIMITS.calls_per_second:g}",
            "push": "yes" if "push" in module.ABILITIES else "no",
        }
        for channel, module in registry.MODULES.items()
    }
    assert _table("| channel | abilities") == declared


def test_every_channel_names_its_source_and_the_date():
    sources = _table("| channel | paging")
    assert set(sources) == {channel.value for channel in registry.MODULES}
    assert all(re.search(r"; 20\d\d-\d\d$", row["source, read"]) for row in sources.values())


def test_the_steps_name_files_that_are_there():
    text = (ROOT / "docs/adding-a-channel.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"(?:orderhub|tests)/[\w/.]+\w", text))
    assert len(paths) >= 8
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
