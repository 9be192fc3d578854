"""Whose is it first, and who of them takes it: the first rule in order, and never somebody who is not here?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.domain.anomaly import Anomaly, hand_over, open_anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind, Severity
from orderhub.domain.assigning import assign_anomaly, assign_task
from orderhub.domain.assignment import ROLES, Colleague, Facts, PersonBy, Rule, choose_person, decide
from orderhub.domain.assignment_rule import (
    AssignmentRule,
    assignment_rules,
    move_rule,
    put_rule,
    remove_rule,
    switch_rule,
)
from orderhub.domain.assignment_shipped import SHIPPED
from orderhub.domain.presence import HERE_WITHIN, loads, note_presence, set_leave
from orderhub.domain.task import Task, TaskKind, open_task
from orderhub.domain.words import Channel, UploadProblem
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event
from tests import builders

NOW = builders.NOW
ABOUT = ("order", 7)


def _put(session, name="一条", *, is_active=True, **facts) -> AssignmentRule:
    return put_rule(session, Rule(name, **facts), is_active=is_active, by="ceshi-m", now=NOW)


def _open(session, kind=AnomalyKind.OVERSOLD, *, about=ABOUT, **facts) -> Anomaly:
    return open_anomaly(session, kind, about=about, occurred_at=NOW, now=NOW, **facts)


def _here(session, *names, role="warehouse", seen_at=NOW) -> None:
    for name in names:
        note_presence(session, name, role, seen_at)
    session.flush()


rules = st.lists(
    st.builds(
        Rule,
        name=st.text(max_size=5),
        kinds=st.sampled_from([(), (AnomalyKind.OVERSOLD,), (AnomalyKind.UPLOAD_REFUSED,)]),
        words=st.sampled_from([(), ("授权",), ("运单号", "x")]),
        channel=st.sampled_from([None, Channel.JD]),
        severity=st.sampled_from([None, Severity.HIGH]),
        sku_prefix=st.sampled_from(["", "BOX"]),
        role=st.sampled_from(["", *ROLES]),
        person_by=st.sampled_from([*PersonBy]),
        id=st.integers(1, 9),
    ),
    max_size=6,
)
facts = st.builds(
    Facts,
    kind=st.sampled_from([AnomalyKind.OVERSOLD, AnomalyKind.UPLOAD_REFUSED, AnomalyKind.FORGED_PUSH]),
    note=st.sampled_from(["", "授权失效", UploadProblem.WAYBILL_INVALID.said]),
    severity=st.sampled_from([*Severity]),
    channel=st.sampled_from([None, Channel.JD, Channel.MINIPROGRAM]),
    skus=st.sampled_from([(), ("BOX-40L",), ("A-1", "BOX-1")]),
)
people = st.lists(
    st.builds(
        Colleague,
        name=st.sampled_from("abcdef"),
        role=st.sampled_from(ROLES),
        load=st.integers(0, 9),
        is_here=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda one: one.name,
)


@given(facts, rules)
def test_the_first_rule_that_fits_decides_and_no_other(given_facts, own):
    choice = decide(given_facts, own, SHIPPED)
    assert choice == decide(given_facts, list(own), SHIPPED)
    first = next((rule for rule in own if rule.fits(given_facts)), None)
    assert choice.person_rule is first
    assert choice.role in ROLES
    if first and first.role:
        assert (choice.role, choice.rule) == (first.role, first)
    elif not any(rule.fits(given_facts) for rule in SHIPPED):
        assert (choice.role, choice.rule) == (HANDLING[given_facts.kind].role, None)


@given(facts, rules, st.sampled_from(["", *ROLES]))
def test_rules_behind_the_one_that_fits_change_nothing(given_facts, own, asked):
    fitting = next((place for place, rule in enumerate(own) if rule.fits(given_facts)), len(own))
    shorter = own[: fitting + 1]
    assert decide(given_facts, own, SHIPPED, asked=asked) == decide(given_facts, shorter, SHIPPED, asked=asked)


@given(
    st.sampled_from(ROLES), st.sampled_from([*PersonBy]), people, st.sampled_from("abcdef"), st.sampled_from("abcdef")
)
def test_nobody_of_another_role_and_nobody_who_is_away_is_chosen(role, person_by, everybody, person, last):
    rule = Rule("r", role=role, person_by=person_by, person=person, last=last)
    chosen = choose_person(role, rule, everybody)
    fitting = {one.name: one for one in everybody if one.is_here and one.role == role}
    assert chosen in {"", *fitting}
    assert chosen == choose_person(role, rule, everybody[::-1])
    if person_by is PersonBy.NOBODY:
        assert not chosen
    if person_by is PersonBy.LEAST_LOADED and fitting:
        assert fitting[chosen].load == min(one.load for one in fitting.values())
    if person_by is PersonBy.FIXED:
        assert chosen == (person if person in fitting else "")


@given(st.integers(1, 6), st.integers(1, 20))
def test_a_round_robin_gives_everybody_as_much(count, turns):
    everybody = [Colleague(name, "service", 0, is_here=True) for name in "abcdef"[:count]]
    given_to, last = [], ""
    for _ in range(turns):
        last = choose_person("service", Rule("r", person_by=PersonBy.ROUND_ROBIN, last=last), everybody)
        given_to.append(last)
    shares = [given_to.count(one.name) for one in everybody]
    assert max(shares) - min(shares) <= 1


def test_a_task_keeps_its_role():
    own = [Rule("别的角色", role="finance", id=1), Rule("只选人", person_by=PersonBy.LEAST_LOADED, id=2)]
    choice = decide(Facts(TaskKind.STOCK_OUT), own, (), asked="warehouse")
    assert (choice.role, choice.person_rule) == ("warehouse", own[1])


def test_the_domain_knows_the_roles_there_are():
    assert sorted(ROLES) == sorted(Role)
    assert {rule.role for rule in SHIPPED} <= set(Role)


def test_an_anomaly_opens_with_the_role_of_the_first_rule_and_the_log_says_which(database):
    with database.transaction() as session:
        _put(session, "停用的", role="admin", is_active=False)
        rule_id = _put(session, "超卖归运营", kinds=(AnomalyKind.OVERSOLD,), role="operations").id
        mine, other = _open(session), _open(session, AnomalyKind.FORGED_PUSH)
        asked = _open(session, AnomalyKind.NOTICE_UNDELIVERABLE, role="admin")
    assert (mine.first_role, mine.owner_role) == ("operations", "operations")
    assert (other.first_role, asked.first_role) == ("admin", "admin")
    with database.reading() as session:
        (routed,) = session.exec(select(Event).where(Event.kind == "anomaly_routed"))
        assert (routed.subject_id, routed.body["rule"]) == (mine.id, f"{rule_id}: 超卖归运营")


def test_what_is_shipped_goes_by_the_cause_and_a_rule_of_ones_own_comes_first(database):
    problem = UploadProblem.WAYBILL_INVALID.said
    with database.transaction() as session:
        by_cause = _open(session, AnomalyKind.UPLOAD_REFUSED, note=f"YT1: {problem}（isv.1）")
        by_kind = _open(session, AnomalyKind.UPLOAD_REFUSED, about=("order", 8), note="YT2: 平台拒绝")
        _put(session, "我们自己改", kinds=(AnomalyKind.UPLOAD_REFUSED,), role="service")
        mine = _open(session, AnomalyKind.UPLOAD_REFUSED, about=("order", 9), note=f"YT3: {problem}")
    assert [one.first_role for one in (by_cause, by_kind, mine)] == ["warehouse", "operations", "service"]


def test_channel_shop_sku_and_words_narrow_a_rule(database):
    with database.transaction() as session:
        order = builders.order(session)
        code = builders.line_draft().sku_code
        _put(session, "别的店", shop_id=builders.shop(session, "jd-1", Channel.JD).id, role="admin")
        _put(session, "别的货", sku_prefix="NO-", role="admin")
        _put(session, "这家店的货", shop_id=order.shop_id, sku_prefix=code[:3], channel=order.channel, role="finance")
        found = _open(session, about=("order", order.id))
        elsewhere = _open(session, about=("sku", 99))
    assert (found.first_role, elsewhere.first_role) == ("finance", "warehouse")


def test_an_anomaly_that_returns_keeps_its_first_role(database):
    with database.transaction() as session:
        found = _open(session)
        resolve_by_hand(session, found.id, reason="补货", by="ceshi-w", now=NOW)
        _put(session, "现在归财务", role="finance")
        again = _open(session)
    assert (again.id, again.first_role, again.owner_role) == (found.id, "warehouse", "warehouse")


def test_the_least_loaded_of_those_here_gets_it_by_name_and_once(database):
    with database.transaction() as session:
        rule_id = _put(session, "仓库手上最少", person_by=PersonBy.LEAST_LOADED).id
        _here(session, "ceshi-w1", "ceshi-w2")
        _here(session, "ceshi-away", seen_at=NOW - HERE_WITHIN - timedelta(seconds=1))
        _here(session, "ceshi-f", role="finance")
        set_leave(session, 1, "ceshi-w0", "warehouse", on_leave=True, by="ceshi-m", now=NOW)
        _here(session, "ceshi-w0")
        busy = _open(session, about=("order", 1))
        hand_over(session, busy.id, role="warehouse", person="ceshi-w1", reason="熟", by="ceshi-m", now=NOW)
        found = _open(session)
        assert assign_anomaly(session, found.id, NOW) == "ceshi-w2"
        assert assign_anomaly(session, found.id, NOW) == ""
    with database.reading() as session:
        kept = session.get_one(Anomaly, found.id)
        assert (kept.owner, kept.owner_role, kept.first_role) == ("ceshi-w2", "warehouse", "warehouse")
        given = session.exec(select(Event).where(Event.kind == "anomaly_handed_over")).all()[-1]
        assert (given.actor, given.body["reason"]) == ("system", f"按分派规则 {rule_id}「仓库手上最少」")
        assert loads(session, ["ceshi-w1", "ceshi-w2"]) == {"ceshi-w1": 1, "ceshi-w2": 1}


def test_with_nobody_here_it_stays_with_the_role(database):
    with database.transaction() as session:
        _put(session, "固定", role="warehouse", person_by=PersonBy.FIXED, person="ceshi-w1")
        _here(session, "ceshi-w1", seen_at=None)
        _here(session, "ceshi-w2")
        found = _open(session)
        assert assign_anomaly(session, found.id, NOW) == ""
        assert session.get_one(Anomaly, found.id).owner == ""


def test_what_was_handed_to_another_role_meanwhile_is_left_alone(database):
    with database.transaction() as session:
        _put(session, "仓库轮流", role="warehouse", person_by=PersonBy.ROUND_ROBIN)
        _here(session, "ceshi-w1")
        _here(session, "ceshi-f", role="finance")
        found = _open(session)
        hand_over(session, found.id, role="finance", reason="是钱的事", by="ceshi-m", now=NOW)
        assert assign_anomaly(session, found.id, NOW) == ""


def test_one_that_returns_goes_on_from_somebody_who_has_left(database):
    with database.transaction() as session:
        _put(session, "轮流", person_by=PersonBy.ROUND_ROBIN)
        _here(session, "ceshi-w1", "ceshi-w2")
        found = _open(session)
        assert assign_anomaly(session, found.id, NOW) == "ceshi-w1"
        resolve_by_hand(session, found.id, reason="补货", by="ceshi-w1", now=NOW)
        _open(session)
        assert assign_anomaly(session, found.id, NOW) == ""
        _here(session, "ceshi-w1", seen_at=None)
        assert assign_anomaly(session, found.id, NOW) == "ceshi-w2"


def test_a_task_of_its_own_is_given_and_one_of_an_anomaly_is_not(database):
    with database.transaction() as session:
        _put(session, "待办轮流", kinds=(TaskKind.SKU_MATCHING,), person_by=PersonBy.ROUND_ROBIN)
        _here(session, "ceshi-o1", "ceshi-o2", role="operations")
        made = {"title": "配 SKU", "role": "operations", "due_at": NOW, "now": NOW}
        tasks = [open_task(session, TaskKind.SKU_MATCHING, about=("order", no), **made) for no in (1, 2, 3)]
        other = open_task(session, TaskKind.STOCK_OUT, about=("order", 4), **made)
        bound = open_task(session, TaskKind.SKU_MATCHING, about=("order", 5), anomaly_id=9, **made)
        given_to = [assign_task(session, one.id, NOW) for one in (*tasks, tasks[0], other, bound)]
    assert given_to == ["ceshi-o1", "ceshi-o2", "ceshi-o1", "", "", ""]
    with database.reading() as session:
        kept = session.get_one(Task, tasks[0].id)
        assert (kept.owner, kept.owner_role, kept.status) == ("ceshi-o1", "operations", "claimed")


def test_rules_are_moved_switched_and_removed_and_each_is_in_the_log(database):
    with database.transaction() as session:
        first, second = _put(session, "甲", role="admin"), _put(session, "乙", role="finance")
        move_rule(session, second.id, up=True, by="ceshi-m", now=NOW)
        move_rule(session, second.id, up=True, by="ceshi-m", now=NOW)
        assert [row.name for row in assignment_rules(session)] == ["乙", "甲"]
        switch_rule(session, second.id, on=False, by="ceshi-m", now=NOW)
        switch_rule(session, second.id, on=False, by="ceshi-m", now=NOW)
        remove_rule(session, first.id, by="ceshi-m", now=NOW)
    with database.reading() as session:
        assert [(row.name, row.is_active) for row in assignment_rules(session)] == [("乙", False)]
        logged = session.exec(select(Event).where(Event.kind == "assignment_rule_changed")).all()
        assert [event.body["what"] for event in logged] == ["put", "put", "moved", "off", "removed"]
    with pytest.raises(NotFound), database.transaction() as session:
        move_rule(session, first.id, up=True, by="ceshi-m", now=NOW)


@pytest.mark.parametrize(
    ("facts_given", "problem"),
    [
        ({"name": " ", "role": "admin"}, "assign_name"),
        ({"kinds": ("no_such",), "role": "admin"}, "assign_kind"),
        ({"role": "owner"}, "no_such_role"),
        ({}, "assign_nothing"),
        ({"person_by": PersonBy.FIXED, "person": "ceshi-a"}, "assign_person"),
        ({"person_by": PersonBy.FIXED, "role": "admin"}, "assign_person"),
        ({"words": ("词",) * 21, "role": "admin"}, "assign_words"),
        ({"words": ("x" * 60,) * 4, "role": "admin"}, "assign_words"),
    ],
)
def test_a_rule_that_says_nothing_is_refused_and_nothing_is_kept(database, facts_given, problem):
    with pytest.raises(BadInput) as refused, database.transaction() as session:
        _put(session, **facts_given)
    assert refused.value.problem == problem
    with database.reading() as session:
        assert assignment_rules(session) == []
