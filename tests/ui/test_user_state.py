"""What may an administrator change about people, and everybody about their own logins?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.access import sessions
from orderhub.access.api_keys import ApiKey, make_key
from orderhub.access.permissions import Permission, Role
from orderhub.access.users import User
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.state.account import Account
from orderhub.ui.state.user import Users
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


def user_named(database: Database, name: str) -> User:
    with database.reading() as session:
        return session.exec(select(User).where(User.name == name)).one()


async def test_a_role_is_changed_and_felt_at_once(sign_in: SignIn, database: Database):
    admin, other = sign_in("ceshi-admin", Role.ADMIN), sign_in("ceshi-b", Role.SERVICE)
    user = user_named(database, "ceshi-b")
    async with gated_runtime() as open_tab:
        boss, colleague = open_tab(admin), open_tab(other)
        await colleague.fire(Users.enter)
        assert (await colleague.state(Who)).refused == "access:user:change"
        await boss.fire(Users.change_role(str(user.id), Role.ADMIN))
        rows = {row.name: row.role for row in (await boss.state(Users)).view.rows}
        assert rows == {"ceshi-admin": "admin", "ceshi-b": "admin"}
        await colleague.fire(Users.enter)
        assert len((await colleague.state(Users)).view.rows) == 2


async def test_the_last_administrator_stays(sign_in: SignIn, database: Database):
    admin = sign_in("ceshi-admin", Role.ADMIN)
    me = str(user_named(database, "ceshi-admin").id)
    async with gated_runtime() as open_tab:
        tab = open_tab(admin)
        for asked in (Users.change_role(me, Role.SERVICE), Users.deactivate(me)):
            await tab.fire(asked)
            assert (await tab.state(Users)).said == "这是最后一个管理员，请先设另一个管理员"
        await tab.fire(Users.reset_totp(me))
        assert (await tab.state(Users)).said == "自己的验证器要由另一位管理员重置"
    kept = user_named(database, "ceshi-admin")
    assert (kept.role, kept.is_active) == (Role.ADMIN, True)


async def test_a_deactivated_user_is_out_and_may_come_back(sign_in: SignIn, database: Database):
    admin, other = sign_in("ceshi-admin", Role.ADMIN), sign_in("ceshi-b", Role.SERVICE)
    user_id = str(user_named(database, "ceshi-b").id)
    async with gated_runtime() as open_tab:
        tab = open_tab(admin)
        await tab.fire(Users.deactivate(user_id))
        assert sessions.signed_in(other, utc_now()) is None
        assert [(row.name, row.is_active) for row in (await tab.state(Users)).view.rows][-1] == ("ceshi-b", False)
        await tab.fire(Users.reactivate(user_id))
    assert user_named(database, "ceshi-b").is_active
    assert sessions.signed_in(other, utc_now()) is None


@pytest.mark.parametrize("role", ["owner", 7, None, ""])
async def test_a_role_that_is_none_changes_nothing(sign_in: SignIn, database: Database, role: object):
    admin = sign_in("ceshi-admin", Role.ADMIN)
    sign_in("ceshi-b", Role.SERVICE)
    user_id = str(user_named(database, "ceshi-b").id)
    async with gated_runtime() as open_tab:
        await open_tab(admin).fire_raw(f"{Users.get_full_name()}.change_role", {"user_id": user_id, "role": role})
    assert user_named(database, "ceshi-b").role is Role.SERVICE


async def test_everybody_ends_their_own_other_logins_and_nobody_elses(sign_in: SignIn, database: Database):
    mine, others = sign_in("ceshi-a"), sign_in("ceshi-b")
    now = utc_now()
    with database.transaction() as session:
        user = session.exec(select(User).where(User.name == "ceshi-a")).one()
        second = f"oh_sid={sessions.open_session(session, user, address='192.0.2.7', device='phone', now=now)}"
    with database.reading() as session:
        theirs = sessions.list_sessions(session, user_named(database, "ceshi-b").id, now)[0]
    async with gated_runtime() as open_tab:
        tab = open_tab(mine)
        await tab.visit("/account", Account.enter)
        assert sorted(login.is_this for login in (await tab.state(Account)).view.logins) == [False, True]
        await tab.fire(Account.end_login(str(theirs.id)))
        assert sessions.signed_in(others, now) is not None
        await tab.fire(Account.end_others)
        state = await tab.state(Account)
        assert (state.said, [login.is_this for login in state.view.logins]) == ("已结束", [True])
    assert sessions.signed_in(second, now) is None


async def test_keys_are_seen_and_revoked_by_administrators_only(sign_in: SignIn, database: Database):
    admin, other = sign_in("ceshi-admin", Role.ADMIN), sign_in("ceshi-b", Role.MANAGER)
    now = utc_now()
    owner = sessions.signed_in(admin, now)
    assert owner
    with database.transaction() as session:
        make_key(session, owner, "自有商城", [Permission.API_ORDER_READ], good_for=timedelta(days=9), now=now)
        key_id = str(session.exec(select(ApiKey)).one().id)
    async with gated_runtime() as open_tab:
        colleague = open_tab(other)
        await colleague.visit("/account", Account.enter, Account.revoke(key_id))
        assert (await colleague.state(Account)).view.api_keys == []
        boss = open_tab(admin)
        await boss.visit("/account", Account.enter)
        assert [(key.name, key.is_over) for key in (await boss.state(Account)).view.api_keys] == [("自有商城", False)]
        await boss.fire(Account.revoke(key_id))
        assert [key.is_over for key in (await boss.state(Account)).view.api_keys] == [True]


@pytest.mark.parametrize(("problem", "text"), [("wrong_password", "当前密码不对"), ("nonsense", ""), ("<script>", "")])
async def test_a_refused_form_is_explained_and_nothing_else_is(sign_in: SignIn, problem: str, text: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit(f"/account?said={problem}", Account.enter)
        assert (await tab.state(Account)).said == text
