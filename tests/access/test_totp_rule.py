"""Who must have a second factor?"""

from datetime import datetime, timedelta

import pytest

from orderhub.access import sign_in, totp, totp_rule
from orderhub.access.permissions import Role
from orderhub.access.sessions import list_sessions
from orderhub.access.sign_in import Step
from orderhub.access.totp_rule import AdministratorsProve, change_rule
from orderhub.access.users import User
from orderhub.kernel.db import Database
from tests.access.people import OFFICE, PASSWORD, MakeUser

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def let_off(database: Database, role: Role, now: datetime) -> None:
    with database.transaction() as session:
        change_rule(session, role, required=False, by="ceshi-admin", now=now)


def step(name: str, now: datetime) -> Step:
    return sign_in.sign_in(name, PASSWORD, OFFICE, now).step


def test_every_role_needs_one_until_it_is_let_off(database: Database, make_user: MakeUser, now: datetime):
    make_user("ceshi-cangku", Role.WAREHOUSE)
    make_user("ceshi-caiwu", Role.FINANCE)
    let_off(database, Role.WAREHOUSE, now)
    assert (step("ceshi-cangku", now), step("ceshi-caiwu", now)) == (Step.DONE, Step.ENROL)


def test_whoever_has_one_is_asked_all_the_same(database: Database, make_user: MakeUser, now: datetime):
    user = make_user("ceshi-cangku", Role.WAREHOUSE)
    with database.transaction() as session:
        totp.enrol(session.get_one(User, user.id), SEED, step=0)
    let_off(database, Role.WAREHOUSE, now)
    assert step("ceshi-cangku", now) is Step.CODE


def test_administrators_are_never_let_off(database: Database, now: datetime):
    with pytest.raises(AdministratorsProve):
        let_off(database, Role.ADMIN, now)
    with database.reading() as session:
        assert totp_rule.is_required(session, Role.ADMIN)


def test_required_again_ends_the_logins_of_those_who_have_none(database: Database, make_user: MakeUser, now: datetime):
    bare, safe = make_user("ceshi-a", Role.WAREHOUSE), make_user("ceshi-b", Role.WAREHOUSE)
    let_off(database, Role.WAREHOUSE, now)
    for name in ("ceshi-a", "ceshi-b"):
        assert step(name, now) is Step.DONE
    later = now + timedelta(minutes=1)
    with database.transaction() as session:
        totp.enrol(session.get_one(User, safe.id), SEED, step=0)
    with database.transaction() as session:
        change_rule(session, Role.WAREHOUSE, required=True, by="ceshi-admin", now=later)
    with database.reading() as session:
        assert [len(list_sessions(session, one.id, later)) for one in (bare, safe)] == [0, 1]
    assert step("ceshi-a", later) is Step.ENROL


def test_with_the_setting_off_nobody_needs_one(database: Database, make_user: MakeUser, no_totp: None, now: datetime):
    make_user("ceshi-admin", Role.ADMIN)
    assert step("ceshi-admin", now) is Step.DONE
