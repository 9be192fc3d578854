"""Which map do orders flow by, which one is being drawn, and what does the map allow?

One version is live at most; without one the hub goes by the map it ships with (version 0). One draft is open at most.
What has been live is never changed again, so a version always tells what held while it was live.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar

from sqlalchemy import Index, func, text
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.flow_stage import (
    POSSIBLE,
    SHIPPED_MAP,
    Automation,
    FlowMap,
    Stage,
    StageAction,
    check,
    flow_data,
    read_flow,
)
from orderhub.domain.order import Order, OrderStatus
from orderhub.kernel.columns import Json, Moment, own_id, word
from orderhub.kernel.errors import BadInput, IllegalMove, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.lifecycle import Lifecycle

SHIPPED = 0
LONGEST_REASON = 200
OFF_ON_THE_MAP = "off on the map"


class FlowState(StrEnum):
    DRAFT = "draft"
    LIVE = "live"
    RETIRED = "retired"
    DISCARDED = "discarded"


LIFECYCLE = Lifecycle(
    FlowState.DRAFT,
    {
        FlowState.DRAFT: {FlowState.LIVE, FlowState.DISCARDED},
        FlowState.LIVE: {FlowState.RETIRED},
        FlowState.RETIRED: {FlowState.LIVE},
        FlowState.DISCARDED: set(),
    },
)


class FlowVersion(SQLModel, table=True):
    """``flow`` as in flow_stage.py; ``revision`` counts the savings, ``reason`` is why it went live last."""

    __tablename__ = "flow_version"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index(
            "uq_flow_version_live",
            "state",
            unique=True,
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
        Index(
            "uq_flow_version_draft",
            "state",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
    )

    id: int = own_id()
    number: int = Field(unique=True)
    state: FlowState = Field(default=FlowState.DRAFT, sa_type=word(FlowState))
    flow: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    revision: int = 1
    based_on: int = SHIPPED
    changed_by: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=Moment)
    reason: str = Field(default="", max_length=LONGEST_REASON)
    live_by: str = Field(default="", max_length=64)
    live_at: datetime | None = Field(default=None, sa_type=Moment)
    retired_at: datetime | None = Field(default=None, sa_type=Moment)

    def read(self) -> FlowMap:
        return _read(self.number, json.dumps(self.flow, sort_keys=True))


class FlowDraftChanged(RuleBroken):
    code = "flow_draft_changed"


class NothingChanged(RuleBroken):
    code = "flow_unchanged"


class StageForbids(RuleBroken):
    code = "stage_forbids"

    def __init__(self, message: str, stage: OrderStatus, action: StageAction) -> None:
        super().__init__(message, stage=stage, action=action)
        self.stage, self.action = stage, action


@dataclass(frozen=True)
class FlowEvent(Happening):
    subject_type: ClassVar[str] = "flow_version"


@dataclass(frozen=True)
class FlowSaved(FlowEvent):
    number: int
    revision: int


@dataclass(frozen=True)
class FlowMoved(FlowEvent):
    """A version went from ``source`` to ``target``."""

    number: int
    source: str
    target: str


@dataclass(frozen=True)
class FlowPublished(FlowEvent):
    """From now on the hub goes by ``number`` (0: the shipped map) and not by ``instead_of``."""

    number: int
    instead_of: int
    reason: str
    is_rollback: bool


def flow_now(session: Session) -> FlowMap:
    """The map in force; looked up once in a transaction."""
    kept = session.info.get("flow_now")
    if kept is None:
        found = live_flow(session)
        kept = session.info["flow_now"] = found.read() if found else SHIPPED_MAP
    return kept


def stages_now(session: Session) -> Mapping[OrderStatus, Stage]:
    return flow_now(session).stages


def is_on(session: Session, automation: Automation) -> bool:
    """Whether the map in force lets ``automation`` run."""
    return flow_now(session).is_on(automation)


def check_stage_allows(session: Session, order: Order, action: StageAction) -> None:
    """For what people do; what is impossible there anyway has a refusal of its own.

    Raises:
        StageForbids: the map does not let ``action`` happen in the order's stage.
    """
    if action in POSSIBLE[order.status] - flow_now(session).stages[order.status].actions:
        problem = f"{order.channel_order_no} is {order.status}: the flow map does not allow {action} there"
        raise StageForbids(problem, order.status, action)


def live_flow(session: Session) -> FlowVersion | None:
    """None: the map the hub ships with is in force."""
    return session.exec(select(FlowVersion).where(FlowVersion.state == FlowState.LIVE)).one_or_none()


def draft_flow(session: Session, *, lock: bool = False) -> FlowVersion | None:
    """``lock``: nobody else changes it until the transaction ends."""
    wanted = select(FlowVersion).where(FlowVersion.state == FlowState.DRAFT)
    return session.exec(wanted.with_for_update() if lock else wanted).one_or_none()


def flow_versions(session: Session, *, limit: int = 50) -> list[FlowVersion]:
    """Newest first, without what was discarded."""
    wanted = select(FlowVersion).where(FlowVersion.state != FlowState.DISCARDED)
    return list(session.exec(wanted.order_by(col(FlowVersion.number).desc()).limit(limit)))


def flow_of(session: Session, number: int) -> FlowMap:
    """Raises: NotFound: there is no such version."""
    return SHIPPED_MAP if number == SHIPPED else _version(session, number).read()


def save_flow(session: Session, flow: FlowMap, *, revision: int, by: str, now: datetime) -> FlowVersion:
    """Keep ``flow`` as the draft; nothing runs by it yet.

    Args:
        revision: of the draft as the editor saw it, 0 where there was none.

    Raises:
        FlowDraftChanged: somebody else has saved meanwhile.
        BadInput: the map says what cannot be.
    """
    check(flow)
    found = draft_flow(session, lock=True)
    if (found.revision if found else 0) != revision:
        raise FlowDraftChanged("somebody else has changed the draft meanwhile: load it again")
    if found is None:
        based_on = flow_now(session).number
        found = FlowVersion(number=_next_number(session), based_on=based_on, changed_by=by, changed_at=now)
    else:
        found.revision += 1
    found.flow, found.changed_by, found.changed_at = flow_data(flow), by, now
    session.add(found)
    session.flush()
    record(session, FlowSaved(found.id, found.number, found.revision), actor=by, now=now)
    return found


def publish(session: Session, *, revision: int, reason: str, by: str, now: datetime) -> FlowVersion:
    """Go by the draft from now on; the next event, and the next look of the clock, meets it.

    Raises:
        FlowDraftChanged: the draft is not what was seen, or gone.
        NothingChanged: it says what the map in force says.
        BadInput: no reason is given.
    """
    found = draft_flow(session, lock=True)
    if found is None or found.revision != revision:
        raise FlowDraftChanged("somebody else has changed the draft meanwhile: load it again")
    flow = found.read()
    check(flow)
    if flow == flow_now(session):
        raise NothingChanged("the draft says what the map in force says already")
    _put_in_force(session, found, reason=_read_reason(reason), by=by, now=now, is_rollback=False)
    return found


def roll_back(session: Session, number: int, *, reason: str, by: str, now: datetime) -> None:
    """Go by a version again that has been live before, or by the shipped map (0); the draft stays as it is.

    Raises:
        IllegalMove: the version has never been live, or is live.
        NotFound: there is no such version, or the shipped map is in force already.
        BadInput: no reason is given.
    """
    reason = _read_reason(reason)
    if number != SHIPPED:
        found = _version(session, number)
        if found.state is not FlowState.RETIRED:
            raise IllegalMove(f"version {number} is {found.state}: only one that was live comes back")
        _put_in_force(session, found, reason=reason, by=by, now=now, is_rollback=True)
        return
    before = live_flow(session)
    if before is None:
        raise NotFound("the shipped map is in force already")
    _retire(session, before, by=by, now=now)
    record(session, FlowPublished(before.id, SHIPPED, before.number, reason, is_rollback=True), actor=by, now=now)
    session.info.pop("flow_now", None)


def discard(session: Session, *, revision: int, by: str, now: datetime) -> None:
    """Drop the draft; its number is not used again. Raises: FlowDraftChanged: it is not what was seen."""
    found = draft_flow(session, lock=True)
    if found is None or found.revision != revision:
        raise FlowDraftChanged("somebody else has changed the draft meanwhile: load it again")
    _move(session, found, FlowState.DISCARDED, by=by, now=now)


def _put_in_force(
    session: Session, found: FlowVersion, *, reason: str, by: str, now: datetime, is_rollback: bool
) -> None:
    before = live_flow(session)
    if before:
        _retire(session, before, by=by, now=now)
        session.flush()
    _move(session, found, FlowState.LIVE, by=by, now=now)
    found.reason, found.live_by, found.live_at, found.retired_at = reason, by, now, None
    instead_of = before.number if before else SHIPPED
    record(session, FlowPublished(found.id, found.number, instead_of, reason, is_rollback), actor=by, now=now)
    session.info.pop("flow_now", None)


def _retire(session: Session, found: FlowVersion, *, by: str, now: datetime) -> None:
    _move(session, found, FlowState.RETIRED, by=by, now=now)
    found.retired_at = now


def _move(session: Session, found: FlowVersion, target: FlowState, *, by: str, now: datetime) -> None:
    LIFECYCLE.check(found.state, target)
    record(session, FlowMoved(found.id, found.number, found.state, target), actor=by, now=now)
    found.state = target
    session.add(found)


def _read_reason(text: str) -> str:
    reason = clean_text(text, most=LONGEST_REASON, field="reason")
    if not reason:
        raise BadInput("say why the map changes", field="reason", problem="flow_reason")
    return reason


@lru_cache(16)
def _read(number: int, flow: str) -> FlowMap:
    return read_flow(json.loads(flow), number=number)


def _version(session: Session, number: int) -> FlowVersion:
    wanted = select(FlowVersion).where(FlowVersion.number == number)
    found = session.exec(wanted.with_for_update()).one_or_none()
    if not found:
        raise NotFound(f"there is no version {number} of the flow map")
    return found


def _next_number(session: Session) -> int:
    return (session.exec(select(func.max(FlowVersion.number))).one() or SHIPPED) + 1
