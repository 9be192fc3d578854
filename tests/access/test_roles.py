"""What a role set holds, who may change it, and that nobody gives what they lack."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from orderhub.access import accounts, giving, sessions
from orderhub.access.acting import acting
from orderhub.access.api_keys import ApiKey, key_owner, make_key
from orderhub.access.giving import BeyondOwnRights
from orderhub.access.permission_use import uses
from orderhub.access.permissions import ROLE_FIELDS, ROLE_PERMISSIONS, Permission, Role
from orderhub.access.role_editing import (
    RoleFixed,
    RoleHeld,
    copy_set,
    holders,
    mark_of,
    remove_set,
    rename_set,
    reset_set,
    save_set,
)
from orderhub.access.roles import Rights, RoleSet, rights_of, role_set_of, role_sets
from orderhub.access.sessions import Signed, signed_in
from orderhub.access.users import User
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotAllowed, RuleBroken
from orderhub.kernel.eventlog import Event
from orderhub.kernel.sight import FieldGroup, Sight
from tests.access.people import MakeUser

As = Callable[[User], Signed]
SHIPPED = Rights(ROLE_PERMISSIONS[Role.WAREHOUSE], ROLE_FIELDS[Role.WAREHOUSE])


@pytest.fixture
def login(database: Database, now: datetime) -> As:
    def login(user: User) -> Signed:
        with database.transaction() as session:
            token = sessions.open_session(session, user, address="192.0.2.1", device="", now=now)
        found = signed_in(f"oh_sid={token}", now)
        assert found
        return found

    return login


@pytest.fixture
def admin(make_user: MakeUser, login: As) -> Signed:
    return login(make_user("ceshi-admin", Role.ADMIN))


def shift(session: Session, admin: Signed, now: datetime, name: str = "夜班仓库") -> str:
    return copy_set(session, "warehouse", name, by=admin, now=now)


def changed(session: Session, code: str, rights: Rights, by: Signed, now: datetime) -> None:
    save_set(session, code, rights, mark=mark_of(role_set_of(session, code)), by=by, now=now)


def logged(database: Database) -> list[tuple[str, dict]]:
    with database.reading() as session:
        return [(row.kind, row.body) for row in session.exec(select(Event).where(Event.subject_type == "role_set"))]


def test_six_sets_ship_without_a_row(database: Database):
    with database.reading() as session:
        known = role_sets(session)
        assert session.exec(select(RoleSet)).all() == []
    assert list(known) == [str(role) for role in Role]
    assert all(one.rights == Rights(ROLE_PERMISSIONS[one.job], ROLE_FIELDS[one.job]) for one in known.values())


def test_a_shipped_set_is_a_row_once_edited_and_none_after_its_reset(database: Database, admin: Signed, now: datetime):
    less = Rights(SHIPPED.permissions - {Permission.STOCK_ADJUST}, SHIPPED.fields | {FieldGroup.COST})
    with database.transaction() as session:
        changed(session, "warehouse", less, admin, now)
    with database.transaction() as session:
        known = role_set_of(session, "warehouse")
        assert (known.rights, known.is_shipped, known.name) == (less, True, "")
        reset_set(session, "warehouse", mark=mark_of(known), by=admin, now=now)
    with database.reading() as session:
        assert role_set_of(session, "warehouse").rights == SHIPPED
        assert session.exec(select(RoleSet)).all() == []
    told = {"role": "warehouse", "name": "warehouse"}
    assert logged(database) == [
        ("role_changed", told | {"added": ["cost"], "taken": ["stock:level:change"], "is_reset": False}),
        ("role_changed", told | {"added": ["stock:level:change"], "taken": ["cost"], "is_reset": True}),
    ]


def test_an_own_set_is_copied_renamed_and_removed_when_nobody_has_it(
    database: Database, admin: Signed, make_user: MakeUser, now: datetime
):
    user = make_user()
    with database.transaction() as session:
        code = shift(session, admin, now)
        giving.give_role(session, admin, session.get_one(User, user.id), code, now=now)
        rename_set(session, code, "晚班仓库", by=admin, now=now)
        assert [one.name for one in holders(session, code)] == [user.name]
        assert session.get_one(User, user.id).role is Role.WAREHOUSE
        with pytest.raises(RoleHeld):
            remove_set(session, code, by=admin, now=now)
    with database.transaction() as session:
        giving.give_role(session, admin, session.get_one(User, user.id), "service", now=now)
        remove_set(session, code, by=admin, now=now)
        assert code not in role_sets(session)
    assert [kind for kind, _ in logged(database)] == ["role_made", "role_renamed", "role_removed"]
    with database.reading() as session:
        told = [row.body for row in session.exec(select(Event).where(Event.kind == "user_role_changed"))]
    assert told == [{"was": "operations", "role": "夜班仓库"}, {"was": "晚班仓库", "role": "service"}]


@pytest.mark.parametrize("name", ["", "  ", "夜班仓库", "Admin", "x" * 33])
def test_a_name_that_will_not_do_makes_no_set(database: Database, admin: Signed, now: datetime, name: str):
    with database.transaction() as session:
        shift(session, admin, now)
    with pytest.raises(BadInput), database.transaction() as session:
        shift(session, admin, now, name)


def test_the_administrators_set_stays_as_it_is(database: Database, admin: Signed, now: datetime):
    for change in (
        lambda session: changed(session, "admin", SHIPPED, admin, now),
        lambda session: rename_set(session, "admin", "x", by=admin, now=now),
        lambda session: remove_set(session, "admin", by=admin, now=now),
    ):
        with pytest.raises(RoleFixed), database.transaction() as session:
            change(session)
    forged = RoleSet(code="admin", job=Role.ADMIN, updated_at=now, updated_by="x")
    assert rights_of("admin", forged).permissions == frozenset(Permission)


def test_who_looked_at_an_older_set_changes_nothing(database: Database, admin: Signed, now: datetime):
    with database.transaction() as session:
        changed(session, "warehouse", Rights(SHIPPED.permissions, frozenset()), admin, now)
    with pytest.raises(BadInput, match="meanwhile"), database.transaction() as session:
        save_set(session, "warehouse", SHIPPED, mark="", by=admin, now=now)


def test_words_of_a_later_version_are_left_out(database: Database, now: datetime):
    words = {"permissions": ["order:card:read", "moon:rocket:launch"], "fields": ["money", "moon"]}
    row = RoleSet(code="own-1", name="x", job=Role.SERVICE, updated_at=now, updated_by="x", **words)
    assert rights_of("own-1", row) == Rights(
        frozenset({Permission.ORDER_READ, Permission.OWN_ACCOUNT}), frozenset({FieldGroup.MONEY})
    )


def test_a_set_that_is_gone_leaves_ones_own_account(database: Database, make_user: MakeUser, login: As):
    user = make_user()
    with database.transaction() as session:
        session.get_one(User, user.id).role_set = "own-gone"
    assert login(user).permissions == {Permission.OWN_ACCOUNT}
    assert login(user).sight.fields == frozenset()


def test_a_right_taken_is_gone_from_an_open_login_at_once(
    database: Database, admin: Signed, make_user: MakeUser, login: As, now: datetime
):
    before = login(make_user("ceshi-cang", Role.WAREHOUSE))
    with database.transaction() as session:
        changed(session, "warehouse", Rights(frozenset(), frozenset()), admin, now)
    with pytest.raises(NotAllowed, match="stock:level:change"), acting(before, Permission.STOCK_ADJUST):
        pytest.fail("the door was open")
    with acting(before, Permission.OWN_ACCOUNT):
        pass


def test_what_was_used_is_kept_to_the_hour(database: Database, admin: Signed):
    for _ in range(2):
        with acting(admin, Permission.ORDER_TAG):
            pass
    with database.reading() as session:
        assert list(uses(session)[admin.user_id]) == [Permission.ORDER_TAG]


def test_a_login_and_a_key_see_what_the_user_is_given(database: Database, admin: Signed, make_user, login, now):
    user = make_user("ceshi-m", Role.MANAGER)
    with database.transaction() as session:
        row = session.get_one(User, user.id)
        giving.give_sight(session, admin, row, shops=[2, 3], warehouses=["EAST"], now=now)
    signed = login(user)
    assert signed.sight == Sight(frozenset({2, 3}), frozenset({"EAST"}), ROLE_FIELDS[Role.MANAGER], "ceshi-m")
    rights = [Permission.API_ORDER_READ]
    with database.transaction() as session:
        key = make_key(session, signed, "erp", rights, shops=[3], good_for=timedelta(days=9), now=now)
    with pytest.raises(NotAllowed), database.transaction() as session:
        make_key(session, signed, "erp", rights, shops=[4], good_for=timedelta(days=9), now=now)
    assert key_owner(key, now).sight.shops == {3}
    with database.transaction() as session:
        row = session.get_one(User, user.id)
        giving.give_sight(session, admin, row, shops=[2], warehouses=None, now=now)
    found = key_owner(key, now + timedelta(seconds=59))
    assert (found.sight.shops, found.sight.warehouses) == (frozenset(), None)
    with database.reading() as session:
        assert session.exec(select(ApiKey.last_used_at)).one() == now


@pytest.mark.parametrize(("shops", "warehouses"), [([], None), (None, []), (list(range(1001)), None)])
def test_nobody_is_given_no_shop_at_all(database: Database, admin: Signed, make_user, now, shops, warehouses):
    user = make_user()
    with pytest.raises(BadInput), database.transaction() as session:
        giving.give_sight(session, admin, user, shops=shops, warehouses=warehouses, now=now)


def test_the_last_administrator_sees_everything(database: Database, admin: Signed, make_user: MakeUser, now: datetime):
    def narrow() -> None:
        with database.transaction() as session:
            row = session.get_one(User, admin.user_id)
            giving.give_sight(session, admin, row, shops=[1], warehouses=None, now=now)

    with pytest.raises(RuleBroken, match="last administrator"):
        narrow()
    other = make_user("ceshi-zwei", Role.ADMIN)
    narrow()
    with pytest.raises(RuleBroken, match="last administrator"), database.transaction() as session:
        accounts.deactivate(session, session.get_one(User, other.id), by="x", now=now)


def half_admin(database: Database, admin: Signed, make_user: MakeUser, login: As, now: datetime) -> Signed:
    """Changes users and roles, with what operations may and shop 1."""
    user = make_user("ceshi-half", Role.OPERATIONS)
    mine = ROLE_PERMISSIONS[Role.OPERATIONS] | {Permission.USER_ADMIN, Permission.ROLE_CHANGE}
    with database.transaction() as session:
        code = copy_set(session, "operations", "半个管理员", by=admin, now=now)
        changed(session, code, Rights(mine, ROLE_FIELDS[Role.OPERATIONS]), admin, now)
        row = session.get_one(User, user.id)
        giving.give_role(session, admin, row, code, now=now)
        giving.give_sight(session, admin, row, shops=[1], warehouses=None, now=now)
    return login(user)


def test_nobody_takes_charge_of_who_may_do_more(database: Database, admin: Signed, make_user, login, now):
    half = half_admin(database, admin, make_user, login, now)
    wide, narrow = make_user("ceshi-w", Role.WAREHOUSE), make_user("ceshi-n", Role.WAREHOUSE)
    with database.transaction() as session:
        row = session.get_one(User, narrow.id)
        giving.give_sight(session, admin, row, shops=[1], warehouses=["EAST"], now=now)
    with database.transaction() as session:
        for beyond in (admin.user_id, wide.id):
            with pytest.raises(BeyondOwnRights):
                giving.within_reach(session, half, beyond)
        with pytest.raises(BeyondOwnRights):  # inspecting returns is not for operations
            giving.within_reach(session, half, narrow.id)
        changed(session, "warehouse", Rights(frozenset(), frozenset()), admin, now)
        assert giving.within_reach(session, half, narrow.id).name == "ceshi-n"
        with pytest.raises(BeyondOwnRights):
            giving.give_sight(session, half, row, shops=[1, 2], warehouses=None, now=now)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    source=st.sampled_from([str(role) for role in Role]),
    permissions=st.frozensets(st.sampled_from(Permission)),
    fields=st.frozensets(st.sampled_from(FieldGroup)),
)
def test_no_edit_gives_a_right_the_editor_lacks(
    half: Signed, database: Database, now: datetime, source: str, permissions, fields
):
    """Whatever is copied, saved, reset or handed out: nobody ends up with more than editor or set had before."""
    mine = Rights(half.permissions, half.sight.fields)
    with database.transaction() as session:
        before = {code: one.rights for code, one in role_sets(session).items()}
        for attempt in (
            lambda: changed(session, source, Rights(permissions, fields), half, now),
            lambda: copy_set(session, source, f"副本 {len(before)}", by=half, now=now),
            lambda: reset_set(session, source, mark=mark_of(role_set_of(session, source)), by=half, now=now),
        ):
            try:
                with session.begin_nested():
                    attempt()
            except RuleBroken:
                session.expire_all()
        for code, one in role_sets(session).items():
            assert not one.rights.without(mine).without(before.get(code, Rights(frozenset(), frozenset())))
        user = session.exec(select(User).where(User.name == "ceshi-half")).one()
        for code, one in role_sets(session).items():
            try:
                with session.begin_nested():
                    giving.give_role(session, half, user, code, now=now)
            except RuleBroken:
                continue
            assert not one.rights.without(mine)
        session.rollback()


@pytest.fixture
def half(database: Database, admin: Signed, make_user: MakeUser, login: As, now: datetime) -> Signed:
    return half_admin(database, admin, make_user, login, now)
