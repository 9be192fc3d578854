from datetime import datetime, timedelta

import pytest

from orderhub.access import accounts, sessions
from orderhub.access.acting import acting
from orderhub.access.permissions import Permission, Role
from orderhub.access.sessions import Signed, signed_in
from orderhub.access.users import User
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotAllowed, NotSignedIn, RuleBroken
from orderhub.kernel.settings import settings
from tests.access.people import PASSWORD, MakeUser


@pytest.fixture
def user(make_user: MakeUser) -> User:
    return make_user()


def opened(database: Database, user: User, now: datetime, address: str = "192.0.2.10") -> str:
    with database.transaction() as session:
        return f"oh_sid={sessions.open_session(session, user, address=address, device='test', now=now)}"


def who(cookie: str, now: datetime) -> Signed:
    found = signed_in(cookie, now)
    assert found is not None
    return found


def test_a_login_ends_after_thirty_idle_minutes(database: Database, user: User, now: datetime):
    cookie = opened(database, user, now)
    assert signed_in(cookie, now + timedelta(minutes=29, seconds=59)) is not None
    sessions._memory.forget()
    assert signed_in(cookie, now + timedelta(minutes=59)) is not None
    assert signed_in(cookie, now + timedelta(minutes=89)) is None


def test_a_look_up_by_itself_does_not_keep_a_login_alive(database: Database, user: User, now: datetime):
    cookie = opened(database, user, now)
    assert signed_in(cookie, now + timedelta(minutes=29), touch=False) is not None
    sessions._memory.forget()
    assert signed_in(cookie, now + timedelta(minutes=31)) is None


def test_a_used_login_ends_after_twelve_hours_all_the_same(database: Database, user: User, now: datetime):
    cookie = opened(database, user, now)
    for minutes in range(20, 12 * 60, 20):
        sessions._memory.forget()
        assert signed_in(cookie, now + timedelta(minutes=minutes)) is not None
    assert signed_in(cookie, now + timedelta(hours=12)) is None


def test_an_ended_login_is_gone_at_once(database: Database, user: User, now: datetime):
    cookie = opened(database, user, now)
    mark = who(cookie, now).session_mark
    with database.transaction() as session:
        sessions.end_session(session, mark, now=now)
    assert signed_in(cookie, now) is None


def test_a_remembered_login_needs_no_database(database: Database, user: User, now: datetime):
    cookie = opened(database, user, now)
    assert sessions.remembered(cookie, now) is None
    found = who(cookie, now)
    assert sessions.remembered(cookie, now) == found


def test_only_ones_own_logins_can_be_ended(database: Database, make_user: MakeUser, now: datetime):
    mine, other = make_user("ceshi-a"), make_user("ceshi-b")
    cookie = opened(database, other, now)
    with database.transaction() as session:
        (row,) = sessions.list_sessions(session, other.id, now)
        sessions.end_own_session(session, mine.id, row.id, now=now)
    assert signed_in(cookie, now) is not None
    with database.transaction() as session:
        sessions.end_own_session(session, other.id, row.id, now=now)
    assert signed_in(cookie, now) is None


def test_changing_the_password_ends_every_login_and_keeps_the_second_factor(
    database: Database, user: User, now: datetime
):
    with database.transaction() as session:
        session.get_one(User, user.id).totp_seed_sealed = "v1.sealed"
    cookies = [opened(database, user, now) for _ in range(3)]
    accounts.change_own_password(who(cookies[0], now), PASSWORD, "shichang-li-de-yu-9", now=now)
    assert [signed_in(cookie, now) for cookie in cookies] == [None, None, None]
    with database.reading() as session:
        assert session.get_one(User, user.id).totp_seed_sealed == "v1.sealed"


def test_a_wrong_old_password_changes_nothing(database: Database, user: User, now: datetime):
    cookie = opened(database, user, now)
    with pytest.raises(BadInput, match="present password"):
        accounts.change_own_password(who(cookie, now), "wrong-password-99", "shichang-li-de-yu-9", now=now)
    assert signed_in(cookie, now) is not None


def test_a_new_role_is_felt_by_the_next_look_up(database: Database, user: User, now: datetime):
    cookie = opened(database, user, now)
    assert Permission.ORDER_APPROVE in who(cookie, now).permissions
    with database.transaction() as session:
        accounts.change_role(session, session.get_one(User, user.id), Role.WAREHOUSE, by="admin", now=now)
    assert Permission.ORDER_APPROVE not in who(cookie, now).permissions


def test_acting_needs_the_permission(database: Database, user: User, now: datetime):
    signed = who(opened(database, user, now), now)
    with pytest.raises(NotAllowed, match="access:user:change"), acting(signed, Permission.USER_ADMIN):
        pytest.fail("the door was open")


def test_acting_names_the_actor(database: Database, user: User, now: datetime):
    signed = who(opened(database, user, now), now)
    with acting(signed, Permission.ORDER_APPROVE) as session:
        assert session.info["actor"] == "ceshi-yunying"


def test_acting_asks_the_database_for_the_right_of_this_moment(database: Database, user: User, now: datetime):
    before = who(opened(database, user, now), now)
    with database.transaction() as session:
        accounts.change_role(session, session.get_one(User, user.id), Role.FINANCE, by="admin", now=now)
    with pytest.raises(NotAllowed, match="order:review:approve"), acting(before, Permission.ORDER_APPROVE):
        pytest.fail("the door was open")
    with database.transaction() as session:
        accounts.deactivate(session, session.get_one(User, user.id), by="admin", now=now)
    with pytest.raises(NotSignedIn), acting(before, Permission.OWN_ACCOUNT):
        pytest.fail("the door was open")


def test_the_last_administrator_stays(database: Database, make_user: MakeUser, now: datetime):
    admin = make_user("ceshi-admin", Role.ADMIN)
    for change in (
        lambda session, row: accounts.deactivate(session, row, by="x", now=now),
        lambda session, row: accounts.change_role(session, row, Role.MANAGER, by="x", now=now),
    ):
        with pytest.raises(RuleBroken, match="last administrator"), database.transaction() as session:
            change(session, session.get_one(User, admin.id))
    with database.reading() as session:
        assert session.get_one(User, admin.id).role is Role.ADMIN


def test_the_cookie_carries_the_host_prefix_on_https_only(monkeypatch: pytest.MonkeyPatch):
    assert sessions.cookie_name() == "oh_sid"
    monkeypatch.setenv("ORDERHUB_PUBLIC_URL", "https://hub.example.com")
    settings.cache_clear()
    assert sessions.cookie_name() == "__Host-oh_sid"


@pytest.mark.parametrize("header", ["", "oh_sid=", "oh_sid", "oh_sid=x; bad;=;=", "xoh_sid=abc", 'oh_sid="\\'])
def test_a_broken_cookie_header_is_nobody(database: Database, now: datetime, header: str):
    assert signed_in(header, now) is None


def test_every_role_works_its_own_account_and_only_admins_change_users():
    from orderhub.access.permissions import ROLE_PERMISSIONS

    assert set(ROLE_PERMISSIONS) == set(Role)
    assert all(Permission.OWN_ACCOUNT in held for held in ROLE_PERMISSIONS.values())
    assert [role for role, held in ROLE_PERMISSIONS.items() if Permission.USER_ADMIN in held] == [Role.ADMIN]


def test_a_login_from_somewhere_new_is_told_until_its_owner_knows_it(database: Database, user: User, now: datetime):
    opened(database, user, now)
    mine = opened(database, user, now)
    opened(database, user, now, address="203.0.113.7")
    mark = who(mine, now).session_mark
    with database.transaction() as session:
        (found,) = sessions.new_places(session, user.id, now, except_mark=mark)
        assert found.address == "203.0.113.7"
        sessions.know_place(session, user.id + 1, found.id)
        assert sessions.new_places(session, user.id, now, except_mark=mark)
        sessions.know_place(session, user.id, found.id)
    with database.reading() as session:
        assert sessions.new_places(session, user.id, now, except_mark=mark) == []
    opened(database, user, now, address="203.0.113.7")
    with database.reading() as session:
        assert sessions.new_places(session, user.id, now, except_mark=mark) == []


def test_a_new_device_at_a_known_address_is_somewhere_new(database: Database, user: User, now: datetime):
    opened(database, user, now)
    with database.transaction() as session:
        sessions.open_session(session, user, address="192.0.2.10", device="another browser", now=now)
    with database.reading() as session:
        assert [one.device for one in sessions.new_places(session, user.id, now, except_mark="")] == ["another browser"]
