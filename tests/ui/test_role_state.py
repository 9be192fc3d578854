"""What may be changed about roles, and about what a user sees, on the pages behind the gate?"""

import csv
import io
import re

import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from orderhub.access import sessions
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.roles import RoleSet, role_sets
from orderhub.access.users import User
from orderhub.domain.shop import Shop
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.kernel.sight import FieldGroup
from orderhub.ui.access_review_forms import routes
from orderhub.ui.gate import Who
from orderhub.ui.messages import MESSAGES
from orderhub.ui.permission_text import FIELDS, PERMISSIONS, SCOPES, right_text, scope_of
from orderhub.ui.state.access_review import AccessReview
from orderhub.ui.state.role import Roles
from orderhub.ui.state.user import Users
from tests import builders
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

_HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("words", [(Permission, PERMISSIONS), (FieldGroup, FIELDS)], ids=["permissions", "fields"])
def test_every_right_has_a_name_and_an_explanation_in_both_languages(words):
    enum, texts = words
    assert set(texts) == set(enum)
    for pair in (pair for pairs in texts.values() for pair in pairs):
        assert all(said.strip() for said in pair)
        assert not _HAN.search(pair[1])
    names = [name for name, _ in texts.values()]
    assert len(set(names)) == len(names)


def test_every_scope_has_a_name():
    assert {scope_of(permission) for permission in Permission} == set(SCOPES)
    assert right_text("en", "moon:rocket:launch") == "moon:rocket:launch"


def ticked(*words: str) -> dict[str, str]:
    return {f"right-{word}": "on" for word in words}


def set_of(database: Database, name: str) -> RoleSet:
    with database.reading() as session:
        return session.exec(select(RoleSet).where(RoleSet.name == name)).one()


async def test_a_role_is_copied_its_difference_shown_and_then_saved(sign_in: SignIn, database: Database):
    admin, other = sign_in("ceshi-admin", Role.ADMIN), sign_in("ceshi-b", Role.WAREHOUSE)
    async with gated_runtime() as open_tab:
        tab, colleague = open_tab(admin), open_tab(other)
        await tab.visit("/users/roles?role=warehouse", Roles.enter)
        assert (await tab.state(Roles)).page.role.holders == ["ceshi-b"]
        await tab.fire(Roles.copy_role({"name": "夜班仓库"}))
        code = set_of(database, "夜班仓库").code
        await tab.visit(f"/users/roles?role={code}", Roles.enter)
        wanted = ticked("order:shipping:change", "stock:level:read", "access:user:change", "buyer")
        await tab.fire(Roles.submit(wanted))
        diff = (await tab.state(Roles)).diff
        assert (diff.added, diff.far, diff.felt) == (["管理用户"], "管理用户", "0")
        assert "看异常" in diff.taken
        assert len(set_of(database, "夜班仓库").permissions) == len(ROLE_PERMISSIONS[Role.WAREHOUSE])
        await tab.fire(Roles.submit(ticked("order:shipping:change", "stock:level:read")))
        assert (await tab.state(Roles)).diff.added == []
        assert len(set_of(database, "夜班仓库").permissions) == len(ROLE_PERMISSIONS[Role.WAREHOUSE])
        await tab.fire(Roles.submit(ticked("order:shipping:change", "stock:level:read")))
        assert (await tab.state(Roles)).said == "已保存"
        kept = set_of(database, "夜班仓库")
        assert kept.permissions == ["access:own:change", "order:shipping:change", "stock:level:read"]
        assert kept.fields == []
        await tab.fire(Users.change_role(str(2), code))
        await colleague.fire(Users.enter)
        who = await colleague.state(Who)
        assert (who.role, who.role_name, who.permissions) == ("warehouse", "夜班仓库", kept.permissions)
        await tab.fire(Roles.remove)
        assert (await tab.state(Roles)).said == "还有 1 个用户是这个角色"
        await tab.fire(Users.change_role(str(2), "service"))
        await tab.fire(Roles.remove)
    with database.reading() as session:
        assert list(role_sets(session)) == [str(role) for role in Role]


async def test_a_right_taken_from_a_role_is_refused_to_the_next_event_of_an_open_tab(
    sign_in: SignIn, database: Database
):
    admin, other = sign_in("ceshi-admin", Role.ADMIN), sign_in("ceshi-b", Role.MANAGER)
    left = ROLE_PERMISSIONS[Role.MANAGER] - {Permission.ROBOT_CHANGE}
    async with gated_runtime() as open_tab:
        tab, colleague = open_tab(admin), open_tab(other)
        await colleague.fire(Who.dismiss)
        assert str(Permission.ROBOT_CHANGE) in (await colleague.state(Who)).permissions
        await tab.visit("/users/roles?role=manager", Roles.enter)
        for _ in range(2):
            await tab.fire(Roles.submit(ticked(*left, *FieldGroup)))
        await colleague.fire(Who.dismiss)
        assert (await colleague.state(Who)).permissions == sorted(map(str, left))
        await tab.fire(Roles.reset_role)
        assert not (await tab.state(Roles)).page.role.is_edited
        await colleague.fire(Who.dismiss)
        assert str(Permission.ROBOT_CHANGE) in (await colleague.state(Who)).permissions


@pytest.mark.parametrize("form", [{"right-moon:rocket:launch": "on"}, {"right-": "on"}])
async def test_a_right_that_is_none_is_refused(sign_in: SignIn, database: Database, form: dict[str, str]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-admin", Role.ADMIN))
        await tab.visit("/users/roles?role=service", Roles.enter, Roles.submit(form), Roles.submit(form))
        assert (await tab.state(Roles)).is_refusal
    with database.reading() as session:
        assert session.exec(select(RoleSet)).all() == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_nobody_but_an_administrator_changes_roles_or_reviews(sign_in: SignIn, database: Database, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.fire(Roles.enter)
        assert (await tab.state(Who)).refused == "access:role:change"
        await tab.fire(Roles.copy_role({"name": "x"}))
        await tab.fire(AccessReview.mark)
        await tab.fire(Users.save_sight({"id": "1"}))
        assert (await tab.state(Who)).refused == "access:user:change"
        assert (await tab.state(Roles)).page.choices == []
    with database.reading() as session:
        assert session.exec(select(RoleSet)).all() == []
        assert session.exec(select(Event).where(Event.kind == "access_reviewed")).all() == []


async def test_a_user_is_given_a_shop_and_a_warehouse_and_all_again(sign_in: SignIn, database: Database):
    admin, other = sign_in("ceshi-admin", Role.ADMIN), sign_in("ceshi-b", Role.SERVICE)
    with database.transaction() as session:
        shop = builders.shop(session, "mp-1")
        builders.shop(session, "mp-2")
    async with gated_runtime() as open_tab:
        tab = open_tab(admin)
        await tab.visit("/users", Users.enter, Users.open_sight("2"))
        form = (await tab.state(Users)).form
        assert (form.name, form.all_shops, len(form.shops)) == ("ceshi-b", True, 2)
        chosen = {"id": "2", "shops": "some", f"shop-{shop.id}": "on", "warehouses": "some", "warehouse-EAST": "on"}
        await tab.fire(Users.save_sight(chosen))
        row = (await tab.state(Users)).view.rows[1]
        assert (row.shops, row.warehouses) == ([shop.name], ["#EAST"])
        assert (await tab.state(Users)).form.id == ""
        found = sessions.signed_in(other, utc_now())
        assert found
        assert (found.sight.shops, found.sight.warehouses) == ({shop.id}, {"EAST"})
        await tab.fire(Users.save_sight({"id": "2", "shops": "some", "warehouses": "all"}))
        assert (await tab.state(Users)).said == "至少选一个，或选全部"
        await tab.fire(Users.save_sight({"id": "2", "shops": "all", "warehouses": "all"}))
    found = sessions.signed_in(other, utc_now())
    assert found
    assert found.sight.is_whole


async def test_a_review_is_filtered_marked_and_taken_away(sign_in: SignIn, database: Database):
    admin = sign_in("ceshi-admin", Role.ADMIN)
    sign_in("ceshi-b", Role.SERVICE)
    async with gated_runtime() as open_tab:
        tab = open_tab(admin)
        await tab.visit("/users/review?role=service&q=CESHI", AccessReview.enter)
        view = (await tab.state(AccessReview)).view
        (row,) = view.holders
        assert (row.name, row.has_totp, view.reviewed_at) == ("ceshi-b", False, "")
        assert row.signed_in_at
        assert row.rights == str(len(ROLE_PERMISSIONS[Role.SERVICE]))
        await tab.visit("/users/review?quiet=30", AccessReview.enter)
        assert (await tab.state(AccessReview)).view.holders == []
        await tab.fire(AccessReview.mark)
        assert (await tab.state(AccessReview)).view.reviewed_by == "ceshi-admin"
    with database.reading() as session:
        marked = session.exec(select(Event).where(Event.kind == "access_reviewed")).one()
    assert (marked.actor, marked.body) == ("ceshi-admin", {"users": 2, "keys": 0})
    client = TestClient(Starlette(routes=routes), headers={"cookie": admin})
    rows = list(csv.reader(io.StringIO(client.get("/users/review/download").text.lstrip("\ufeff"))))
    names = [MESSAGES[key][0] for key in ("account_name", "role")]
    assert [[row[1], row[3]] for row in rows[1:]] == [names, ["ceshi-admin", "管理员"], ["ceshi-b", "客服"]]
    with database.reading() as session:
        taken = session.exec(select(Event).where(Event.kind == "access_exported")).one()
    assert taken.body["rows"] == 2


async def test_an_administrator_of_one_shop_manages_nobody_who_sees_more(sign_in: SignIn, database: Database):
    whole, half = sign_in("ceshi-admin", Role.ADMIN), sign_in("ceshi-half", Role.ADMIN)
    sign_in("ceshi-b", Role.SERVICE)
    with database.transaction() as session:
        shop = builders.shop(session, "mp-1")
        session.get_one(User, 2).shops = [shop.id]
    async with gated_runtime() as open_tab:
        tab = open_tab(half)
        for asked in (Users.deactivate("3"), Users.change_role("3", "warehouse"), Users.reset_totp("1")):
            await tab.fire(asked)
            assert (await tab.state(Users)).said == "不能给出或掌管超过自己的权限"
        await open_tab(whole).fire(Users.change_role("3", "warehouse"))
    with database.reading() as session:
        kept = session.get_one(User, 3)
        assert session.exec(select(Shop.id)).all() == [shop.id]
    assert (kept.is_active, kept.role) == (True, Role.WAREHOUSE)
