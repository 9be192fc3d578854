"""Who lets a version of the rules through, and can a way back always be found?"""

from typing import Any

import pytest
from sqlmodel import Session, select

from orderhub.domain.rules import versions
from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.rules.conditions import Condition
from orderhub.domain.rules.rule import Group, Rule
from orderhub.domain.rules.versions import (
    SHIPPED,
    DraftChanged,
    NeedsSecondPerson,
    NotApproved,
    RuleVersion,
    VersionState,
    live_rules,
)
from orderhub.domain.rules.words import ConditionKind, Match, Operator
from orderhub.kernel.db import Database
from orderhub.kernel.errors import IllegalMove, NotFound
from orderhub.kernel.eventlog import Event
from tests.builders import NOW

from .made import data, do, remark_has, rules

ONE = rules(data("R-001", [remark_has("急发")], do("tag", "急")))
TWO = rules(data("R-001", [remark_has("急发")], do("tag", "急")), data("R-002", [], do("carrier", "sf")))


def save(session: Session, given: Any = ONE, *, revision: int = 0, by: str = "li") -> RuleVersion:
    return versions.save_draft(session, given, revision=revision, by=by, now=NOW)


def go_live(session: Session, given: Any = ONE) -> int:
    number = save(session, given).number
    versions.go_live(session, number, by="li", now=NOW, needs_approval=False)
    session.flush()
    return number


def states(session: Session) -> dict[int, str]:
    session.flush()
    return {one.number: str(one.state) for one in session.exec(select(RuleVersion).order_by(RuleVersion.number))}


def test_without_a_live_version_the_shipped_rules_decide(database: Database):
    with database.transaction() as session:
        found = live_rules(session)
        assert (found.version, [(rule.key, rule.is_on) for rule in found.rules]) == (
            SHIPPED,
            [("R-001", True), ("R-002", False)],
        )


def test_a_draft_is_saved_again_by_whoever_has_seen_it(database: Database):
    with database.transaction() as session:
        first = save(session)
        assert (first.number, first.revision, first.based_on) == (1, 1, SHIPPED)
        again = save(session, TWO, revision=1, by="wang")
        assert (again.number, again.revision, again.changed_by) == (1, 2, "wang")
        with pytest.raises(DraftChanged):
            save(session, ONE, revision=1)
        assert versions.rules_of(session, 1) == TWO


def test_what_cannot_be_read_back_is_not_saved(database: Database):
    wrong = Condition(ConditionKind.AMOUNT, Operator.AT_LEAST, ("much",))
    with database.transaction() as session, pytest.raises(BrokenRule):
        save(session, (Rule("R-1", "x", Group(Match.ALL, (wrong,)), ONE[0].then),))
    with database.reading() as session:
        assert session.exec(select(RuleVersion)).all() == []


def test_a_version_goes_live_and_retires_the_one_before(database: Database):
    with database.transaction() as session:
        first, second = go_live(session), go_live(session, TWO)
        assert states(session) == {first: "retired", second: "live"}
        assert (live_rules(session).version, len(live_rules(session).rules)) == (2, 2)
        moved = session.exec(select(Event).where(Event.kind == "rules_moved").order_by(Event.id)).all()  # type: ignore[arg-type]
        assert [(one.body["number"], one.body["target"], one.body["instead_of"]) for one in moved] == [
            (1, "live", 0),
            (1, "retired", 0),
            (2, "live", 1),
        ]


def test_where_a_second_person_is_wanted_nobody_else_will_do(database: Database):
    with database.transaction() as session:
        number = save(session).number
        with pytest.raises(NotApproved):
            versions.go_live(session, number, by="li", now=NOW, needs_approval=True)
        with pytest.raises(IllegalMove):
            versions.approve(session, number, by="wang", now=NOW)
        versions.submit(session, number, by="li", now=NOW)
        with pytest.raises(NeedsSecondPerson):
            versions.approve(session, number, by="li", now=NOW)
        versions.approve(session, number, by="wang", now=NOW)
        versions.go_live(session, number, by="li", now=NOW, needs_approval=True)
        assert states(session) == {1: "live"}


def test_a_change_takes_the_approval_away(database: Database):
    with database.transaction() as session:
        number = save(session).number
        versions.submit(session, number, by="li", now=NOW)
        versions.approve(session, number, by="wang", now=NOW)
        changed = save(session, TWO, revision=1)
        assert (changed.state, changed.approved_by) == (VersionState.DRAFT, "")
        with pytest.raises(NotApproved):
            versions.go_live(session, number, by="li", now=NOW, needs_approval=True)


def test_rolling_back_needs_no_second_approval_and_leads_as_far_as_the_shipped_rules(database: Database):
    with database.transaction() as session:
        go_live(session), go_live(session, TWO)
        versions.roll_back(session, 1, by="wang", now=NOW)
        assert states(session) == {1: "live", 2: "retired"}
        assert live_rules(session).version == 1
        versions.roll_back(session, SHIPPED, by="wang", now=NOW)
        assert states(session) == {1: "retired", 2: "retired"}
        assert live_rules(session).version == SHIPPED
        with pytest.raises(NotFound):
            versions.roll_back(session, SHIPPED, by="wang", now=NOW)


def test_only_what_was_live_is_rolled_back_to_and_only_what_is_open_goes_live(database: Database):
    with database.transaction() as session:
        first = go_live(session)
        go_live(session, TWO)
        draft = save(session, ONE).number
        with pytest.raises(IllegalMove):
            versions.go_live(session, first, by="li", now=NOW, needs_approval=False)
        with pytest.raises(NotApproved):
            versions.roll_back(session, draft, by="li", now=NOW)
        with pytest.raises(NotFound):
            versions.roll_back(session, 99, by="li", now=NOW)


def test_a_discarded_draft_is_gone_and_its_number_with_it(database: Database):
    with database.transaction() as session:
        versions.discard(session, save(session).number, by="li", now=NOW)
        session.flush()
        assert versions.open_version(session) is None
        assert save(session).number == 2
        assert [one.number for one in versions.versions(session)] == [2]
