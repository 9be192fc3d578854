"""Which version of the rules is live, which is being written, and who let it through?

One version is live at most; without one the hub goes by the rules it ships with (version 0). One version is open at
most, whoever edits it: a draft, one that waits for approval, or one that is approved. What has been live is never
changed again, so an order's version always tells what decided it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar

from sqlalchemy import Index, func, text
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.order_parts import URGENT
from orderhub.domain.rules.deciding import RuleSet
from orderhub.domain.rules.rule import Rule, read_rules, rules_data
from orderhub.kernel.columns import Json, Moment, own_id, word
from orderhub.kernel.errors import NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.lifecycle import Lifecycle

SHIPPED = 0
SHIPPED_RULES = read_rules(
    [
        {
            "key": "R-001",
            "name": "加急词打标",
            "when": [
                {"kind": "buyer_remark", "is": "contains_any", "values": ["急发", "加急", "急用", "尽快发"]},
            ],
            "then": [{"kind": "tag", "value": URGENT}],
        },
        {
            "key": "R-002",
            "name": "无异常自动过审",
            "is_on": False,  # the merchant decides whether orders pass that nobody has looked at
            "when": [
                {"kind": "holds", "is": "is_empty"},
                {"kind": "paid_amount", "is": "between", "values": ["0.01", "999.99"]},
                {"kind": "presale", "is": "is_false"},
                {"kind": "buyer_remark", "is": "is_empty"},
            ],
            "then": [{"kind": "approve"}],
        },
    ]
)


class VersionState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    LIVE = "live"
    RETIRED = "retired"
    DISCARDED = "discarded"


OPEN = (VersionState.DRAFT, VersionState.SUBMITTED, VersionState.APPROVED)
_ELSEWHERE = {VersionState.LIVE, VersionState.DISCARDED}
LIFECYCLE = Lifecycle(
    VersionState.DRAFT,
    {
        VersionState.DRAFT: {VersionState.SUBMITTED} | _ELSEWHERE,
        VersionState.SUBMITTED: {VersionState.DRAFT, VersionState.APPROVED} | _ELSEWHERE,
        VersionState.APPROVED: {VersionState.DRAFT} | _ELSEWHERE,
        VersionState.LIVE: {VersionState.RETIRED},
        VersionState.RETIRED: {VersionState.LIVE},
        VersionState.DISCARDED: set(),
    },
)


class RuleVersion(SQLModel, table=True):
    """``rules`` as in rule.py; ``revision`` counts the savings, so that nobody overwrites what they have not seen."""

    __tablename__ = "rule_version"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index(
            "uq_rule_version_live",
            "state",
            unique=True,
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
        Index(
            "uq_rule_version_open",
            "is_open",
            unique=True,
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
    )

    id: int = own_id()
    number: int = Field(unique=True)
    state: VersionState = Field(default=VersionState.DRAFT, sa_type=word(VersionState))
    is_open: bool = True
    rules: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    revision: int = 1
    based_on: int = 0
    changed_by: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=Moment)
    submitted_by: str = Field(default="", max_length=64)
    approved_by: str = Field(default="", max_length=64)
    approved_at: datetime | None = Field(default=None, sa_type=Moment)
    live_by: str = Field(default="", max_length=64)
    live_at: datetime | None = Field(default=None, sa_type=Moment)
    retired_at: datetime | None = Field(default=None, sa_type=Moment)

    def read(self) -> tuple[Rule, ...]:
        return read_rules(self.rules)


class DraftChanged(RuleBroken):
    code = "draft_changed"


class NeedsSecondPerson(RuleBroken):
    code = "needs_second_person"


class NotApproved(RuleBroken):
    code = "rules_not_approved"


@dataclass(frozen=True)
class RulesEvent(Happening):
    subject_type: ClassVar[str] = "rule_version"


@dataclass(frozen=True)
class RulesSaved(RulesEvent):
    number: int
    revision: int


@dataclass(frozen=True)
class RulesMoved(RulesEvent):
    """A version went from ``source`` to ``target``; ``instead_of`` is the version that was live before."""

    number: int
    source: str
    target: str
    instead_of: int = SHIPPED


def live_rules(session: Session) -> RuleSet:
    """What decides now, compiled; looked up once in a transaction."""
    kept = session.info.get("live_rules")
    if kept is None:
        found = live_version(session)
        kept = compiled(found.number, found.rules) if found else shipped()
        session.info["live_rules"] = kept
    return kept


def compiled(number: int, rules: list[dict[str, Any]]) -> RuleSet:
    return _compiled(number, json.dumps(rules, ensure_ascii=False, sort_keys=True))


@lru_cache(32)
def _compiled(number: int, rules: str) -> RuleSet:
    return RuleSet(number, read_rules(json.loads(rules)))


def shipped() -> RuleSet:
    return compiled(SHIPPED, rules_data(SHIPPED_RULES))


def live_version(session: Session) -> RuleVersion | None:
    """None: the rules the hub ships with are live."""
    return session.exec(select(RuleVersion).where(RuleVersion.state == VersionState.LIVE)).one_or_none()


def open_version(session: Session, *, lock: bool = False) -> RuleVersion | None:
    """``lock``: nobody else changes it until the transaction ends."""
    wanted = select(RuleVersion).where(col(RuleVersion.is_open).is_(True))
    return session.exec(wanted.with_for_update() if lock else wanted).one_or_none()


def versions(session: Session, *, limit: int = 50) -> list[RuleVersion]:
    """Newest first, without what was discarded."""
    wanted = select(RuleVersion).where(RuleVersion.state != VersionState.DISCARDED)
    return list(session.exec(wanted.order_by(col(RuleVersion.number).desc()).limit(limit)))


def rules_of(session: Session, number: int) -> tuple[Rule, ...]:
    """Raises: NotFound: there is no such version."""
    return SHIPPED_RULES if number == SHIPPED else _version(session, number).read()


def save_draft(session: Session, rules: Sequence[Rule], *, revision: int, by: str, now: datetime) -> RuleVersion:
    """Keep ``rules`` as the open version; one that waited for approval, or had it, is a draft again.

    Args:
        revision: of the open version as the editor saw it, 0 where there was none.

    Raises:
        DraftChanged: somebody else has saved meanwhile.
        BrokenRule: a rule cannot be read back.
    """
    data = rules_data(read_rules(rules_data(rules)))
    found = open_version(session, lock=True)
    if (found.revision if found else 0) != revision:
        raise DraftChanged("somebody else has changed the draft meanwhile: load it again")
    if found is None:
        live = live_version(session)
        found = RuleVersion(
            number=_next_number(session), based_on=live.number if live else SHIPPED, changed_by=by, changed_at=now
        )
    else:
        found.revision += 1
        if found.state is not VersionState.DRAFT:
            _move(session, found, VersionState.DRAFT, by=by, now=now)
    found.rules, found.changed_by, found.changed_at = data, by, now
    found.submitted_by = found.approved_by = ""
    found.approved_at = None
    session.add(found)
    session.flush()
    record(session, RulesSaved(found.id, found.number, found.revision), actor=by, now=now)
    return found


def submit(session: Session, number: int, *, by: str, now: datetime) -> None:
    """Ask a second person to look. Raises: IllegalMove, NotFound."""
    found = _version(session, number)
    _move(session, found, VersionState.SUBMITTED, by=by, now=now)
    found.submitted_by = by


def approve(session: Session, number: int, *, by: str, now: datetime) -> None:
    """
    Raises:
        NeedsSecondPerson: whoever wrote or submitted it cannot approve it.
        IllegalMove: it does not wait for approval.
    """
    found = _version(session, number)
    if by in (found.changed_by, found.submitted_by):
        raise NeedsSecondPerson(f"{by} wrote version {number}: somebody else must approve it")
    _move(session, found, VersionState.APPROVED, by=by, now=now)
    found.approved_by, found.approved_at = by, now


def go_live(session: Session, number: int, *, by: str, now: datetime, needs_approval: bool) -> None:
    """Decide by this version from now on.

    Raises:
        NotApproved: a second person has to approve it first.
        IllegalMove: it is not open.
    """
    found = _version(session, number)
    if found.is_open and needs_approval and found.state is not VersionState.APPROVED:
        raise NotApproved(f"version {number} has to be approved by a second person first")
    if not found.is_open:
        LIFECYCLE.check(found.state, VersionState.DISCARDED)  # what has been live comes back by a rollback
    _take_the_place(session, found, by=by, now=now)


def roll_back(session: Session, number: int, *, by: str, now: datetime) -> None:
    """Decide by a version again that has been live before, or by the shipped rules (0); it was let through once.

    Raises:
        IllegalMove: the version has never been live, or is live.
    """
    if number == SHIPPED:
        found = live_version(session)
        if found is None:
            raise NotFound("the shipped rules are live already")
        _retire(session, found, by=by, now=now)
        session.info.pop("live_rules", None)
        return
    found = _version(session, number)
    LIFECYCLE.check(found.state, VersionState.LIVE)
    if found.is_open:
        raise NotApproved(f"version {number} has never been live")
    _take_the_place(session, found, by=by, now=now)


def discard(session: Session, number: int, *, by: str, now: datetime) -> None:
    """Drop an open version; its number is not used again."""
    _move(session, _version(session, number), VersionState.DISCARDED, by=by, now=now)


def _take_the_place(session: Session, found: RuleVersion, *, by: str, now: datetime) -> None:
    before = live_version(session)
    if before:
        _retire(session, before, by=by, now=now)
        session.flush()
    _move(session, found, VersionState.LIVE, by=by, now=now, instead_of=before.number if before else SHIPPED)
    found.live_by, found.live_at, found.retired_at = by, now, None
    session.info.pop("live_rules", None)


def _retire(session: Session, found: RuleVersion, *, by: str, now: datetime) -> None:
    _move(session, found, VersionState.RETIRED, by=by, now=now)
    found.retired_at = now


def _move(
    session: Session, found: RuleVersion, target: VersionState, *, by: str, now: datetime, instead_of: int = SHIPPED
) -> None:
    LIFECYCLE.check(found.state, target)
    record(session, RulesMoved(found.id, found.number, found.state, target, instead_of), actor=by, now=now)
    found.state, found.is_open = target, target in OPEN
    session.add(found)


def _version(session: Session, number: int) -> RuleVersion:
    wanted = select(RuleVersion).where(RuleVersion.number == number)
    found = session.exec(wanted.with_for_update()).one_or_none()
    if not found:
        raise NotFound(f"there is no version {number} of the rules")
    return found


def _next_number(session: Session) -> int:
    return (session.exec(select(func.max(RuleVersion.number))).one() or SHIPPED) + 1
