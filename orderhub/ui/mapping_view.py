"""What does the page of mappings show, as the browser gets it? Versions, mappings, fields, news and the rerun."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from orderhub.domain.custom_field import fields_in_use
from orderhub.domain.mapped import MappingTrouble
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.mapping.engine import FieldMapping, read_mapping
from orderhub.intake.mapping.preview import Tried
from orderhub.intake.mapping.rerun import MappingRerun, RerunState, newest
from orderhub.intake.mapping.source_fields import PathSample, news
from orderhub.intake.mapping.versions import (
    Difference,
    MappingVersion,
    VersionState,
    differences,
    live_version,
    versions,
    working_version,
)
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.errors import BadInput
from orderhub.kernel.veil import Raw

PATH = "/studio/mapping"
PARTS = ("name", "path", "target", "transform", "option", "table", "default", "shop")
EMPTY = dict.fromkeys(PARTS, "") | {"target": "tag", "transform": "keywords"}

_MINUTE = "%m-%d %H:%M"
_SEPARATORS = ("=", "＝", "\t")


@dataclass
class ChannelView:
    channel: str
    href: str
    is_on: bool


@dataclass
class MappingLine:
    """``target`` is ``tag``, ``remark`` or ``field``; ``mark`` is what the draft has done to it."""

    name: str
    path: str
    target: str
    field: str
    shop: str
    mark: str
    failures: str


@dataclass
class VersionLine:
    number: str
    state: str
    by: str
    at: str


@dataclass
class CustomLine:
    name: str
    target: str
    type: str
    choices: str


@dataclass
class NewsLine:
    path: str
    since: str


@dataclass
class ShopChoice:
    code: str
    name: str


@dataclass
class RerunView:
    id: str = ""
    state: str = ""
    seen: str = "0"
    total: str = "0"
    changed: str = "0"
    refused: str = "0"
    percent: str = "0"


@dataclass
class MappingView:
    """``draft`` and ``live`` are numbers of versions, empty for none."""

    channel: str = str(Channel.DOUYIN)
    channels: list[ChannelView] = field(default_factory=list)
    draft: str = ""
    live: str = ""
    by: str = ""
    at: str = ""
    versions: list[VersionLine] = field(default_factory=list)
    lines: list[MappingLine] = field(default_factory=list)
    fields: list[CustomLine] = field(default_factory=list)
    shops: list[ShopChoice] = field(default_factory=list)
    news: list[NewsLine] = field(default_factory=list)
    rerun: RerunView = field(default_factory=RerunView)


@dataclass
class PreviewLine:
    no: str
    found: Raw
    made: Raw
    reason: Raw


@dataclass
class PathLine:
    path: str
    sample: Raw
    count: str


@dataclass
class DifferenceLine:
    """``kind`` is ``added``, ``removed`` or ``changed``; of the last there is one line for each part."""

    name: str
    kind: str
    part: str
    before: str
    after: str


def mapping_view(session: Session, channel: Channel) -> MappingView:
    shown = working_version(session, channel)
    live = live_version(session, channel)
    is_draft = shown is not None and shown.state is VersionState.DRAFT
    return MappingView(
        channel=channel,
        channels=[ChannelView(one, f"{PATH}?channel={one}", one is channel) for one in Channel],
        draft=str(shown.number) if shown and is_draft else "",
        live=str(live.number) if live else "",
        by=shown.by if shown else "",
        at=shanghai_text(shown.changed_at, _MINUTE) if shown else "",
        versions=[_version(one) for one in reversed(versions(session, channel, 6))],
        lines=_lines(session, channel, shown, live),
        fields=[
            CustomLine(one.name, f"cf.{one.name}", one.type, "、".join(one.choices)) for one in fields_in_use(session)
        ],
        shops=[
            ShopChoice(code, name)
            for code, name in session.exec(
                select(Shop.code, Shop.name).where(Shop.channel == channel).order_by(col(Shop.name))
            )
        ],
        news=[NewsLine(one.path, shanghai_text(one.first_seen_at, _MINUTE)) for one in news(session, channel)],
        rerun=_rerun(newest(session, channel)),
    )


def form_of(mapping: FieldMapping) -> dict[str, str]:
    """A mapping as the editor's form holds it."""
    parts = mapping.model_dump(mode="json")
    table = "\n".join(f"{word}={result}" for word, result in mapping.table.items())
    return {part: str(parts[part]) for part in PARTS} | {"table": table}


def mapping_of(form: Mapping[str, str]) -> FieldMapping:
    """Raises: BadInput: the form is no mapping; ``problem`` says why."""
    given: dict[str, Any] = {part: form.get(part, "") for part in PARTS}
    return read_mapping(given | {"table": _table(form.get("table", ""))})


def preview_lines(tried: list[Tried]) -> list[PreviewLine]:
    """Where something was found first, newest first."""
    return [
        PreviewLine(
            one.payload.number,
            "、".join(one.trial.found),
            "、".join(one.trial.made),
            str(one.trial.reason or ""),
        )
        for one in sorted(tried, key=lambda one: not (one.trial.found or one.trial.made))
    ]


def path_lines(samples: list[PathSample]) -> list[PathLine]:
    return [PathLine(one.path, one.sample[:60], str(one.count)) for one in samples]


def difference_lines(found: list[Difference]) -> list[DifferenceLine]:
    lines: list[DifferenceLine] = []
    for one in found:
        if one.before is None:
            lines.append(DifferenceLine(one.name, "added", "", "", one.after.path if one.after else ""))
        elif one.after is None:
            lines.append(DifferenceLine(one.name, "removed", "", one.before.path, ""))
        else:
            lines += [DifferenceLine(one.name, "changed", part, before, after) for part, before, after in one.fields]
    return lines


def _table(text: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        separator = next((one for one in _SEPARATORS if one in line), None)
        if separator is None:
            raise BadInput(f"table: {line[:40]!r} has no =", field="table", problem="bad_table")
        word, _, result = line.partition(separator)
        table[word.strip()] = result.strip()
    return table


def _version(version: MappingVersion) -> VersionLine:
    return VersionLine(str(version.number), version.state, version.by, shanghai_text(version.changed_at, _MINUTE))


def _lines(
    session: Session, channel: Channel, shown: MappingVersion | None, live: MappingVersion | None
) -> list[MappingLine]:
    if shown is None:
        return []
    mappings = shown.mappings
    marks = {
        one.name: "changed" if one.before else "added" for one in differences(live.mappings if live else [], mappings)
    }
    wanted = select(MappingTrouble).where(MappingTrouble.channel == channel)
    troubles = {one.name: one.count for one in session.exec(wanted)}
    return [
        MappingLine(
            name=one.name,
            path=one.path,
            target="field" if one.field_name else one.target,
            field=one.field_name,
            shop=one.shop,
            mark=marks.get(one.name, ""),
            failures=f"{troubles[one.name]:,}" if troubles.get(one.name) else "",
        )
        for one in mappings
    ]


def _rerun(run: MappingRerun | None) -> RerunView:
    if run is None:
        return RerunView()
    is_done = run.state is RerunState.DONE
    return RerunView(
        id=str(run.id),
        state=run.state,
        seen=f"{run.seen:,}",
        total=f"{run.total:,}",
        changed=f"{run.changed:,}",
        refused=f"{run.refused:,}",
        percent="100" if is_done else str(min(100, 100 * run.seen // max(1, run.total))),
    )
