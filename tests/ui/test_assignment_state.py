"""Are rules of assignment written, ordered and tried by whoever may, and is leave a manager's to give?"""

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.access.users import User
from orderhub.domain.anomaly import Anomaly, hand_over, open_anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.assignment_rule import assignment_rules
from orderhub.domain.presence import Presence, note_presence
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.state.assignment import Assignment
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

PATH = "/studio/assignment"
YES, NO = True, False
FORM = {"id": "", "name": "超卖归运营", "kind": "oversold", "channel": "", "shop": "", "sku_prefix": "", "severity": ""}
FORM |= {"words": "", "role": "operations", "person_by": "nobody", "person": ""}


def _names(database: Database) -> list[tuple[str, bool]]:
    with database.reading() as session:
        return [(row.name, row.is_active) for row in assignment_rules(session)]


async def test_a_rule_is_written_ordered_switched_changed_and_removed(database: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit(PATH, Assignment.enter)
        await tab.fire(Assignment.put(FORM))
        await tab.fire(Assignment.put(FORM | {"name": "其余轮流", "kind": "", "role": "", "person_by": "round_robin"}))
        first, second = (await tab.state(Assignment)).view.rules
        assert (first.kinds, first.role, first.is_active, second.place) == (["oversold"], "operations", False, "2")
        await tab.fire(Assignment.move(second.id, YES))
        await tab.fire(Assignment.switch(first.id, YES))
        assert _names(database) == [("其余轮流", False), ("超卖归运营", True)]
        await tab.visit(f"{PATH}?rule={first.id}", Assignment.enter)
        form = (await tab.state(Assignment)).view.form
        assert (form.name, form.kind, form.is_active, form.changed_by) == ("超卖归运营", "oversold", True, "ceshi-a")
        await tab.fire(Assignment.put(FORM | {"id": form.id, "name": "改名", "is_active": "on"}))
        await tab.fire(Assignment.remove(second.id))
        state = await tab.state(Assignment)
    assert _names(database) == [("改名", True)]
    assert (state.said, state.is_refusal, state.saved) == ("已保存", False, 3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "给规则起个名称"),
        ({"channel": "ebay"}, "没有这种异常、渠道或级别"),
        ({"kind": "x" * 900}, "没有这种异常、渠道或级别"),
        ({"person_by": "fixed", "person": "nobody-here"}, "固定一人：先选角色，再选这个角色里的一位"),
        ({"person_by": "fixed", "person": "ceshi-a", "role": "finance"}, "固定一人：先选角色，再选这个角色里的一位"),
        ({"role": ""}, "规则要指定角色，或指定怎么选人"),
        ({"id": "99"}, "找不到了"),
        ({"name": "a\x00b"}, "内容里有不能用的字符"),
    ],
)
async def test_what_cannot_be_a_rule_is_refused_in_words(database: Database, sign_in: SignIn, changes, said):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit(PATH, Assignment.enter)
        await tab.fire(Assignment.put(FORM | changes))
        state = await tab.state(Assignment)
    assert (state.is_refusal, _names(database)) == (True, [])
    assert said in state.said or changes == {"id": "99"}


async def test_a_dry_run_says_what_would_go_elsewhere_and_how_much_would_be_right(database: Database, sign_in: SignIn):
    now = utc_now()
    with database.transaction() as session:
        for number in range(1, 5):
            one = open_anomaly(session, AnomalyKind.OVERSOLD, about=("order", number), occurred_at=now, now=now)
            if number < 4:
                hand_over(session, one.id, role="operations", reason="要调货", by="ceshi-w", now=now)
            resolve_by_hand(session, one.id, reason="办完", by="ceshi-o", now=now)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit(PATH, Assignment.enter)
        await tab.fire(Assignment.put(FORM))
        await tab.fire(Assignment.try_rules(NO))
        before = (await tab.state(Assignment)).dry
        await tab.fire(Assignment.try_rules(YES))
        dry = (await tab.state(Assignment)).dry
        rule_id = (await tab.state(Assignment)).view.rules[0].id
    assert (before.elsewhere, before.share, before.hits) == ("0", "25.0%", {})
    assert (dry.seen, dry.elsewhere, dry.by_people, dry.share, dry.was_share) == ("4", "4", "4", "75.0%", "25.0%")
    assert (dry.moves, dry.hits) == ([("warehouse", "operations", "4")], {rule_id: "4"})
    with database.reading() as session:
        assert {row.first_role for row in session.exec(select(Anomaly))} == {"warehouse"}


async def test_who_is_here_is_shown_with_their_load_and_a_manager_gives_leave(database: Database, sign_in: SignIn):
    cookie = sign_in("ceshi-m", Role.MANAGER)
    sign_in("ceshi-w", Role.WAREHOUSE)
    now = utc_now()
    with database.transaction() as session:
        note_presence(session, "ceshi-w", "warehouse", now)
        note_presence(session, "ceshi-m", "manager", None)
        one = open_anomaly(session, AnomalyKind.OVERSOLD, about=("order", 1), occurred_at=now, now=now)
        hand_over(session, one.id, role="warehouse", person="ceshi-w", reason="熟", by="ceshi-m", now=now)
        user_id = str(session.exec(select(User.id).where(User.name == "ceshi-w")).one())
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        await tab.visit(PATH, Assignment.enter)
        first = (await tab.state(Assignment)).view.people[0]
        assert (first.name, first.state, first.load) == ("ceshi-w", "here", "1")
        await tab.fire(Assignment.leave(user_id, YES))
        last = (await tab.state(Assignment)).view.people[-1]
    assert (last.name, last.state, last.load) == ("ceshi-w", "leave", "1")


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.WAREHOUSE, Role.SERVICE])
async def test_nobody_else_gives_leave_and_who_may_not_read_sees_nothing(database: Database, sign_in: SignIn, role):
    cookie = sign_in("ceshi-x", role)
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        await tab.visit(PATH, Assignment.enter)
        await tab.fire(Assignment.leave("1", YES))
        if role is not Role.OPERATIONS:
            await tab.fire(Assignment.put(FORM))
        state = await tab.state(Assignment)
    assert bool(state.view.people) is (role is Role.OPERATIONS)
    with database.reading() as session:
        assert session.exec(select(Presence).where(Presence.on_leave)).all() == []
    assert _names(database) == []
