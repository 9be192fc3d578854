from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from orderhub.access import api_keys, first_start, sessions
from orderhub.access.first_start import FirstAdmin, SetupCode, new_setup_code, set_up
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.sign_in import Step
from orderhub.access.users import User
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotAllowed, NotSignedIn, TooMany
from tests.access.people import OFFICE, PASSWORD, MakeUser

ADMIN = FirstAdmin("ceshi-admin", PASSWORD)


def test_the_consoles_code_makes_the_first_administrator(database: Database, now: datetime):
    code = new_setup_code(now)
    turn = set_up(f" {code[:8].lower()}-{code[8:]} ", ADMIN, OFFICE, now)
    assert turn.step is Step.ENROL
    with database.reading() as session:
        assert [(user.name, user.role) for user in session.exec(select(User))] == [("ceshi-admin", Role.ADMIN)]
        assert session.exec(select(SetupCode)).all() == []
    assert not first_start.is_first_start()


def test_set_up_happens_once(database: Database, now: datetime):
    code = new_setup_code(now)
    set_up(code, ADMIN, OFFICE, now)
    for again in (code, new_setup_code(now)):
        with pytest.raises(NotAllowed):
            set_up(again, FirstAdmin("ceshi-zwei", PASSWORD), OFFICE, now)
    assert new_setup_code(now) == ""


@pytest.mark.parametrize("wrong", ["", "AAAAAAAAAAAAAAAA"])
def test_without_the_code_nothing_is_set_up(database: Database, now: datetime, wrong: str):
    new_setup_code(now)
    with pytest.raises(NotAllowed):
        set_up(wrong, ADMIN, OFFICE, now)
    assert first_start.is_first_start()


def test_the_code_ends_after_thirty_minutes_and_at_the_next_start(database: Database, now: datetime):
    old = new_setup_code(now)
    with pytest.raises(NotAllowed):
        set_up(old, ADMIN, OFFICE, now + timedelta(minutes=30))
    new_setup_code(now)
    with pytest.raises(NotAllowed):
        set_up(old, ADMIN, OFFICE, now)


def test_a_weak_password_leaves_the_code_good(database: Database, now: datetime):
    code = new_setup_code(now)
    with pytest.raises(BadInput):
        set_up(code, FirstAdmin("ceshi-admin", "short"), OFFICE, now)
    assert set_up(code, ADMIN, OFFICE, now).step is Step.ENROL


def test_codes_cannot_be_guessed_in_a_row(database: Database, now: datetime):
    for _ in range(20):
        with pytest.raises(NotAllowed):
            set_up("AAAAAAAAAAAAAAAA", ADMIN, OFFICE, now)
    with pytest.raises(TooMany):
        set_up("AAAAAAAAAAAAAAAA", ADMIN, OFFICE, now)


@pytest.fixture
def manager(make_user: MakeUser) -> Signed:
    user = make_user("ceshi-manager", Role.MANAGER)
    return Signed(user.id, user.name, user.display_name, user.role, ROLE_PERMISSIONS[user.role], "mark")


def made(database: Database, owner: Signed, now: datetime, *permissions: Permission) -> str:
    with database.transaction() as session:
        return api_keys.make_key(session, owner, "erp", permissions, good_for=timedelta(days=30), now=now)


def test_a_key_holds_what_it_was_given(database: Database, manager: Signed, now: datetime):
    key = made(database, manager, now, Permission.API_ORDER_READ)
    found = api_keys.key_owner(key, now)
    assert (found.name, found.permissions) == ("key:erp", {Permission.API_ORDER_READ})
    with database.reading() as session:
        assert key not in session.exec(select(api_keys.ApiKey)).one().model_dump_json()


@pytest.mark.parametrize("permission", [Permission.ORDER_APPROVE, Permission.USER_ADMIN])
def test_a_key_cannot_hold_what_is_for_people(
    database: Database, manager: Signed, now: datetime, permission: Permission
):
    with pytest.raises(NotAllowed, match=permission):
        made(database, manager, now, permission)


def test_a_key_ends(database: Database, manager: Signed, now: datetime):
    key = made(database, manager, now, Permission.API_ORDER_READ)
    with pytest.raises(NotSignedIn):
        api_keys.key_owner(key, now + timedelta(days=30))
    with database.transaction() as session:
        api_keys.revoke_key(session, 1, by="ceshi-manager", now=now)
    with pytest.raises(NotSignedIn):
        api_keys.key_owner(key, now)


def test_a_key_loses_what_its_owner_loses(database: Database, manager: Signed, now: datetime):
    key = made(database, manager, now, Permission.API_ORDER_READ)
    with database.transaction() as session:
        session.get_one(User, manager.user_id).role = Role.WAREHOUSE
    assert api_keys.key_owner(key, now).permissions == frozenset()
    with database.transaction() as session:
        session.get_one(User, manager.user_id).is_active = False
        sessions.forget_when_kept(session)
    with pytest.raises(NotSignedIn):
        api_keys.key_owner(key, now)


@pytest.mark.parametrize("key", ["", "ohk_", "ohk_made-up"])
def test_a_made_up_key_is_nobody(database: Database, now: datetime, key: str):
    with pytest.raises(NotSignedIn):
        api_keys.key_owner(key, now)
