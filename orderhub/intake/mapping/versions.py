"""Which mappings does a channel have, who changed them, and what was live before? Drafts, versions, the way back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.custom_field import FieldSpec, fields_in_use, spec_of
from orderhub.domain.mapped import settle_trouble
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.mapping.engine import FieldMapping, check_all
from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.errors import NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record

MOST_SHOWN = 12

_SINGLE = text("state IN ('draft', 'live')")


class VersionState(StrEnum):
    DRAFT = "draft"
    LIVE = "live"
    PAST = "past"


class MappingVersion(SQLModel, table=True):
    """All mappings of a channel as they stood once; at most one version is live and one a draft.

    ``content`` are ``FieldMapping``s as JSON; ``live_at`` is when it last went live.
    """

    __tablename__ = "mapping_version"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("channel", "number"),
        Index(
            "uq_mapping_version_single",
            "channel",
            "state",
            unique=True,
            sqlite_where=_SINGLE,
            postgresql_where=_SINGLE,
        ),
    )

    id: int = own_id()
    channel: Channel = Field(sa_type=word(Channel))
    number: int
    state: VersionState = Field(sa_type=word(VersionState))
    # Not JSONB, which would put the rows of a table into an order of its own.
    content: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    by: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=Moment)
    live_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def mappings(self) -> list[FieldMapping]:
        return [FieldMapping.model_validate(one) for one in self.content]


class NoDraft(RuleBroken):
    code = "no_draft"


@dataclass(frozen=True)
class MappingEvent(Happening):
    subject_type: ClassVar[str] = "mapping_version"
    channel: str
    number: int


@dataclass(frozen=True)
class MappingChanged(MappingEvent):
    """The draft was changed; ``name`` is the mapping, empty for all of them at once."""

    name: str


@dataclass(frozen=True)
class MappingDraftDropped(MappingEvent):
    pass


@dataclass(frozen=True)
class MappingPublished(MappingEvent):
    pass


@dataclass(frozen=True)
class MappingRolledBack(MappingEvent):
    """``number`` is live again, ``left`` was."""

    left: int


@dataclass(frozen=True)
class Difference:
    """A mapping that two versions hold differently; ``before`` or ``after`` is None where it is not in one of them."""

    name: str
    before: FieldMapping | None
    after: FieldMapping | None

    @property
    def fields(self) -> tuple[tuple[str, str, str], ...]:
        """What changed within it: (part, before, after)."""
        if self.before is None or self.after is None:
            return ()
        old, new = self.before.model_dump(mode="json"), self.after.model_dump(mode="json")
        return tuple((name, _shown(old[name]), _shown(new[name])) for name in new if old[name] != new[name])


def versions(session: Session, channel: Channel, limit: int = MOST_SHOWN) -> list[MappingVersion]:
    """Newest first; the live one is always among them."""
    wanted = select(MappingVersion).where(MappingVersion.channel == channel)
    found = list(session.exec(wanted.order_by(col(MappingVersion.number).desc()).limit(limit)))
    live = live_version(session, channel)
    return found if live is None or live in found else [*found[:-1], live]


def live_version(session: Session, channel: Channel) -> MappingVersion | None:
    return _of_state(session, channel, VersionState.LIVE)


def draft_version(session: Session, channel: Channel) -> MappingVersion | None:
    return _of_state(session, channel, VersionState.DRAFT)


def working_version(session: Session, channel: Channel) -> MappingVersion | None:
    """What an editor shows: the draft where there is one, else what is live."""
    return draft_version(session, channel) or live_version(session, channel)


def put(
    session: Session, channel: Channel, mapping: FieldMapping, *, instead_of: str = "", by: str, now: datetime
) -> MappingVersion:
    """Put ``mapping`` into the draft in the place of ``instead_of``, or at its end.

    Raises:
        BadInput: its name is taken, or its field or shop is not there.
        NotFound: there is no mapping ``instead_of``.
    """

    def changed(mappings: list[FieldMapping]) -> list[FieldMapping]:
        if not instead_of:
            return [*mappings, mapping]
        if all(one.name != instead_of for one in mappings):
            raise NotFound(f"no mapping is called {instead_of[:40]!r}")
        return [mapping if one.name == instead_of else one for one in mappings]

    return _edited(session, channel, changed, name=mapping.name, by=by, now=now)


def take_out(session: Session, channel: Channel, name: str, *, by: str, now: datetime) -> MappingVersion:
    """Raises: NotFound: there is no such mapping."""

    def changed(mappings: list[FieldMapping]) -> list[FieldMapping]:
        if all(one.name != name for one in mappings):
            raise NotFound(f"no mapping is called {name[:40]!r}")
        return [one for one in mappings if one.name != name]

    return _edited(session, channel, changed, name=name[:40], by=by, now=now)


def move(session: Session, channel: Channel, name: str, places: int, *, by: str, now: datetime) -> MappingVersion:
    """Let a mapping have its turn earlier (negative) or later. Raises: NotFound: there is no such mapping."""

    def changed(mappings: list[FieldMapping]) -> list[FieldMapping]:
        moving = [one for one in mappings if one.name == name]
        if not moving:
            raise NotFound(f"no mapping is called {name[:40]!r}")
        others = [one for one in mappings if one.name != name]
        at = max(0, mappings.index(moving[0]) + places)
        return [*others[:at], *moving, *others[at:]]

    return _edited(session, channel, changed, name=name[:40], by=by, now=now)


def put_all(
    session: Session, channel: Channel, mappings: Sequence[FieldMapping], *, by: str, now: datetime
) -> MappingVersion:
    """Make the draft hold exactly ``mappings``. Raises: BadInput: they cannot stand together."""
    return _edited(session, channel, lambda _: list(mappings), name="", by=by, now=now)


def drop_draft(session: Session, channel: Channel, *, by: str, now: datetime) -> None:
    """Raises: NoDraft: there is none."""
    draft = _draft(session, channel)
    record(session, MappingDraftDropped(draft.id, channel, draft.number), actor=by, now=now)
    session.delete(draft)


def publish(session: Session, channel: Channel, *, by: str, now: datetime) -> MappingVersion:
    """Make the draft live, for every message taken from now on.

    Raises:
        NoDraft: there is none.
        BadInput: a field or shop it names has gone meanwhile.
    """
    draft = _draft(session, channel)
    check_all(draft.mappings, specs(session), shop_codes(session, channel))
    _make_live(session, draft, by=by, now=now)
    record(session, MappingPublished(draft.id, channel, draft.number), actor=by, now=now)
    return draft


def roll_back(session: Session, channel: Channel, number: int, *, by: str, now: datetime) -> MappingVersion:
    """Make an earlier version live again; a draft stays as it is.

    Raises:
        NotFound: the channel has no past version of this number.
        BadInput: a field or shop it names has gone meanwhile.
    """
    wanted = select(MappingVersion).where(MappingVersion.channel == channel, MappingVersion.number == number)
    past = session.exec(wanted.where(MappingVersion.state == VersionState.PAST).with_for_update()).one_or_none()
    if past is None:
        raise NotFound(f"{channel} has no past version {number}")
    check_all(past.mappings, specs(session), shop_codes(session, channel))
    left = _make_live(session, past, by=by, now=now)
    record(session, MappingRolledBack(past.id, channel, number, left), actor=by, now=now)
    return past


def differences(before: Sequence[FieldMapping], after: Sequence[FieldMapping]) -> list[Difference]:
    """In the order of ``after``, then what it has lost."""
    old, new = {one.name: one for one in before}, {one.name: one for one in after}
    changed = [Difference(name, old.get(name), one) for name, one in new.items() if old.get(name) != one]
    return changed + [Difference(name, one, None) for name, one in old.items() if name not in new]


def specs(session: Session) -> dict[str, FieldSpec]:
    """Custom fields in use, by name."""
    return {field.name: spec_of(field) for field in fields_in_use(session)}


def shop_codes(session: Session, channel: Channel) -> list[str]:
    return list(session.exec(select(Shop.code).where(Shop.channel == channel).order_by(Shop.code)))


def _edited(
    session: Session,
    channel: Channel,
    change: Callable[[list[FieldMapping]], list[FieldMapping]],
    *,
    name: str,
    by: str,
    now: datetime,
) -> MappingVersion:
    draft = _of_state(session, channel, VersionState.DRAFT, is_locked=True)
    standing = draft or live_version(session, channel)
    mappings = change(standing.mappings if standing else [])
    check_all(mappings, specs(session), shop_codes(session, channel))
    if draft is None:
        newest = session.exec(select(func.max(MappingVersion.number)).where(MappingVersion.channel == channel)).one()
        draft = MappingVersion(
            channel=channel, number=(newest or 0) + 1, state=VersionState.DRAFT, by=by, changed_at=now
        )
    draft.content = [one.model_dump(mode="json") for one in mappings]
    draft.by, draft.changed_at = by, now
    session.add(draft)
    session.flush()
    record(session, MappingChanged(draft.id, channel, draft.number, name), actor=by, now=now)
    return draft


def _make_live(session: Session, version: MappingVersion, *, by: str, now: datetime) -> int:
    """Returns the number of the version that was live before, 0 for none."""
    live = _of_state(session, version.channel, VersionState.LIVE, is_locked=True)
    if live:
        live.state = VersionState.PAST
        session.add(live)
        session.flush()
    version.state, version.live_at = VersionState.LIVE, now
    session.add(version)
    session.flush()
    changed = {one.name for one in differences(live.mappings if live else [], version.mappings)}
    settle_trouble(session, version.channel, changed, by=by, now=now)
    return live.number if live else 0


def _draft(session: Session, channel: Channel) -> MappingVersion:
    draft = _of_state(session, channel, VersionState.DRAFT, is_locked=True)
    if draft is None:
        raise NoDraft(f"{channel}: nothing has been changed since the version that is live")
    return draft


def _of_state(
    session: Session, channel: Channel, state: VersionState, *, is_locked: bool = False
) -> MappingVersion | None:
    wanted = select(MappingVersion).where(MappingVersion.channel == channel, MappingVersion.state == state)
    return session.exec(wanted.with_for_update() if is_locked else wanted).one_or_none()


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "；".join(f"{word}={result}" for word, result in value.items())
    return str(value)
