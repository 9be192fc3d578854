"""Which fields does a channel send, and which of them has it never sent before?"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select, update

from orderhub.connectors import masking
from orderhub.domain.words import Channel
from orderhub.intake.mapping.engine import shown_value
from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.eventlog import Happening, record

LEARN_FROM = 100
MOST_FIELDS = 2_000
MOST_IN_BODY = 500
_DEEPEST = 8
_LONGEST_KEY, _LONGEST_PATH = 60, 200

_BARE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_AN_ID = re.compile(r"\d{4,}", re.ASCII)
_PHONE = re.compile(r"tel|phone|mobile", re.IGNORECASE)
_NAME = re.compile(r"receiver$|receiver_?name|consignee|real_?name|fullname|nick", re.IGNORECASE)
_PLACE = re.compile(r"\bstreet\b|addr(ess)?$|detail$|\btown\b$", re.IGNORECASE)
_PAPERS = re.compile(r"id_?card|identity|id_?info", re.IGNORECASE)


class SourceField(SQLModel, table=True):
    """A path that occurs in a channel's orders; ``is_news`` until a person has seen it."""

    __tablename__ = "source_field"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("channel", "path"),)

    id: int = own_id()
    channel: Channel = Field(sa_type=word(Channel))
    path: str = Field(max_length=_LONGEST_PATH)
    first_seen_at: datetime = Field(sa_type=Moment)
    is_news: bool = False
    seen_by: str = Field(default="", max_length=64)


class SourceLearning(SQLModel, table=True):
    """How many orders of a channel its fields were learnt from: the first ones are no news."""

    __tablename__ = "source_learning"  # pyright: ignore[reportAssignmentType]

    channel: Channel = Field(primary_key=True, sa_type=word(Channel))
    messages: int = 0


@dataclass(frozen=True)
class SourceFieldFound(Happening):
    """The channel sends something it never sent before: ``path`` is its place, never its value."""

    subject_type: ClassVar[str] = "source_field"
    channel: str
    path: str


@dataclass(frozen=True)
class PathSample:
    """``count`` of the bodies looked at have the path; ``sample`` is one of its values, masked."""

    path: str
    sample: str
    count: int


@dataclass
class _Memory:
    known: dict[Channel, frozenset[str]] = field(default_factory=dict)
    learnt: set[Channel] = field(default_factory=set)


_memories: WeakKeyDictionary[Any, _Memory] = WeakKeyDictionary()


def paths_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Every path of ``body`` that ends at a value, as JMESPath, with the first value there is, masked."""
    return {path: masked(path, value) for path, value in _raw_paths(body).items()}


def path_names(body: Mapping[str, Any]) -> frozenset[str]:
    found: dict[str, None] = {}
    _walk_names("", body, found, _DEEPEST)
    return frozenset(found)


def path_samples(bodies: Sequence[Mapping[str, Any]]) -> list[PathSample]:
    """The paths of ``bodies`` in the order in which they first occur."""
    samples: dict[str, PathSample] = {}
    for body in bodies:
        for path, value in paths_of(body).items():
            standing = samples.get(path)
            count = standing.count + 1 if standing else 1
            samples[path] = PathSample(path, (standing.sample if standing else "") or value, count)
    return list(samples.values())


def note_fields(session: Session, channel: Channel, paths: Collection[str], *, messages: int, now: datetime) -> None:
    """Keep paths not seen before; after the channel's first orders each of them is news, once."""
    memory = _memories.setdefault(session.get_bind(), _Memory())
    if channel in memory.learnt and set(paths) <= memory.known.get(channel, frozenset()):
        return
    is_learnt = _learn(session, channel, messages)
    if is_learnt:
        memory.learnt.add(channel)
    # Read before anything is added, so that only what is committed is remembered.
    known = frozenset(session.exec(select(SourceField.path).where(SourceField.channel == channel)))
    memory.known[channel] = known
    fresh = sorted(set(paths) - known)[: max(0, MOST_FIELDS - len(known))]
    if fresh:
        _add(session, channel, fresh, now, is_news=is_learnt)


def news(session: Session, channel: Channel, limit: int = 20) -> list[SourceField]:
    """What nobody has seen yet, newest first."""
    wanted = select(SourceField).where(SourceField.channel == channel, col(SourceField.is_news).is_(True))
    return list(session.exec(wanted.order_by(col(SourceField.id).desc()).limit(limit)))


def mark_seen(session: Session, channel: Channel, *, by: str) -> int:
    """Lay all news of a channel aside; returns how many there were."""
    seen = update(SourceField).where(col(SourceField.channel) == channel, col(SourceField.is_news).is_(True))
    return session.exec(seen.values(is_news=False, seen_by=by)).rowcount


def seen_paths(session: Session, channel: Channel) -> list[str]:
    """What was news once and a person has seen."""
    wanted = select(SourceField.path).where(SourceField.channel == channel, SourceField.seen_by != "")
    return list(session.exec(wanted))


def masked(path: str, value: str) -> str:
    """A value as it may be shown, by what its path is called."""
    last = path.rpartition(".")[2].strip('"[]')
    if _PAPERS.search(path):
        return "****"
    if _PHONE.search(last):
        return masking.mask_phone(value)
    if _NAME.search(last):
        return masking.mask_name(value)
    if _PLACE.search(path) and not value.isascii():
        return masking.mask_address(value)
    return shown_value(value)


def _raw_paths(body: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    _walk("", body, found, _DEEPEST)
    return found


def _walk(path: str, value: Any, found: dict[str, str], depth: int) -> None:
    if len(found) >= MOST_IN_BODY or depth < 0:
        return
    if isinstance(value, Mapping):
        for name, part in value.items():
            if isinstance(name, str) and 0 < len(name) <= _LONGEST_KEY:
                _walk(f"{path}.{_segment(name)}" if path else _segment(name), part, found, depth - 1)
    elif isinstance(value, list):
        for part in value:
            _walk(f"{path}[]", part, found, depth)
    elif path and len(path) <= _LONGEST_PATH and value is not None:
        found[path] = found.get(path) or (str(value).lower() if isinstance(value, bool) else str(value))


def _walk_names(path: str, value: Any, found: dict[str, None], depth: int) -> None:
    """As ``_walk``, without the values: this one goes through every order that comes in."""
    if len(found) >= MOST_IN_BODY or depth < 0:
        return
    if isinstance(value, dict):
        for inner, part in zip(_inner_paths(path, tuple(value)), value.values(), strict=True):
            if not inner:
                continue
            if isinstance(part, dict | list):
                _walk_names(inner, part, found, depth - 1)
            elif part is not None and depth > 0 and len(inner) <= _LONGEST_PATH and len(found) < MOST_IN_BODY:
                found[inner] = None
    elif isinstance(value, list):
        for part in value:
            _walk_names(f"{path}[]", part, found, depth)
    elif path and len(path) <= _LONGEST_PATH and value is not None:
        found[path] = None


@lru_cache(maxsize=4096)
def _inner_paths(path: str, names: tuple[Any, ...]) -> tuple[str, ...]:
    """The paths of an object's parts; empty where a name is none. Most bodies of a channel have the same names."""
    return tuple(
        (f"{path}.{_segment(name)}" if path else _segment(name))
        if isinstance(name, str) and 0 < len(name) <= _LONGEST_KEY
        else ""
        for name in names
    )


@lru_cache(maxsize=4096)
def _segment(name: str) -> str:
    """A key as JMESPath writes it; keys that are ids stand for one place."""
    if _AN_ID.fullmatch(name):
        return "*"
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _learn(session: Session, channel: Channel, messages: int) -> bool:
    """Whether the channel's fields were known well enough before these messages."""
    standing = session.exec(select(SourceLearning).where(SourceLearning.channel == channel)).one_or_none()
    if standing and standing.messages >= LEARN_FROM:
        return True
    values = {"channel": channel, "messages": 0}
    session.exec(_insert(session, SourceLearning).values(**values).on_conflict_do_nothing())
    more = update(SourceLearning).where(col(SourceLearning.channel) == channel)
    session.exec(more.values(messages=SourceLearning.messages + messages))  # pyright: ignore[reportArgumentType]
    return False


def _add(session: Session, channel: Channel, paths: Sequence[str], now: datetime, *, is_news: bool) -> None:
    rows = [
        {"channel": channel, "path": path, "first_seen_at": now, "is_news": is_news, "seen_by": ""} for path in paths
    ]
    insert = _insert(session, SourceField).values(rows).on_conflict_do_nothing()
    added = session.exec(insert.returning(col(SourceField.id), col(SourceField.path))).all()  # pyright: ignore[reportCallIssue, reportArgumentType]
    for field_id, path in added if is_news else ():
        record(session, SourceFieldFound(field_id, channel, path), actor=channel, now=now)


def _insert(session: Session, table: type[SQLModel]) -> Any:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
