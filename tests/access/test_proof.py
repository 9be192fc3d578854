"""Does what a stolen login must not do ask for a fresh second factor?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pyotp.totp import TOTP
from sqlmodel import select

from orderhub.access import proof, recovery, sessions, totp
from orderhub.access.acting import acting, check_permission, check_proof
from orderhub.access.permissions import Permission, Role
from orderhub.access.sessions import Signed, signed_in
from orderhub.access.users import User
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, ProofNeeded, TooMany
from orderhub.kernel.eventlog import Event
from orderhub.kernel.settings import settings
from tests.access.people import PASSWORD, MakeUser

PROVED = [permission for permission in Permission if permission.needs_proof]
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OFFICE = "192.0.2.10"


@pytest.fixture
def admin(database: Database, make_user: MakeUser) -> User:
    user = make_user("ceshi-admin", Role.ADMIN)
    with database.transaction() as session:
        totp.enrol(session.get_one(User, user.id), SEED, step=0)
    return user


def signed(database: Database, user: User, *, minutes_ago: float = 0) -> Signed:
    """Somebody who signed in a while ago and has been at work since."""
    now = utc_now()
    then = now - timedelta(minutes=minutes_ago)
    with database.transaction() as session:
        token = sessions.open_session(session, user, address=OFFICE, device="", now=then)
        (row, *_) = sessions.list_sessions(session, user.id, then)
        row.seen_at = now
    found = signed_in(f"oh_sid={token}", now)
    assert found
    return found


def again(user: Signed, database: Database) -> Signed:
    """As the next event would find them."""
    with database.reading() as session:
        row = session.exec(select(sessions.UserSession).where(sessions.UserSession.mark == user.session_mark)).one()
    return replace(user, proved_at=row.proved_at)


def code(now: datetime) -> str:
    return TOTP(SEED).at(int(now.timestamp()))


def test_exports_secrets_rights_and_keys_are_among_them():
    assert {
        Permission.ORDER_EXPORT,
        Permission.SHOP_CONNECT,
        Permission.CARRIER_CONNECT,
        Permission.NOTIFIER_CONNECT,
        Permission.ROBOT_CHANGE,
        Permission.WEBHOOK_CHANGE,
        Permission.USER_ADMIN,
    } <= set(PROVED)
    assert not any(permission.is_for_programs for permission in PROVED)


@pytest.mark.parametrize("permission", PROVED)
def test_a_proof_of_sixteen_minutes_ago_is_too_old(database: Database, admin: User, permission: Permission):
    stale = signed(database, admin, minutes_ago=16)
    with pytest.raises(ProofNeeded):
        check_permission(stale, permission)
    with pytest.raises(ProofNeeded), acting(stale, permission):
        pytest.fail("the door was open")


@pytest.mark.parametrize("permission", PROVED)
def test_a_fresh_proof_opens_the_door(database: Database, admin: User, permission: Permission):
    stale = signed(database, admin, minutes_ago=16)
    proof.prove(stale, code(utc_now()), OFFICE, utc_now())
    with acting(again(stale, database), permission) as session:
        assert session.info["actor"] == "ceshi-admin"


def test_other_work_is_never_interrupted(database: Database, admin: User):
    stale = signed(database, admin, minutes_ago=600)
    for permission in set(Permission) - set(PROVED):
        check_permission(stale, permission)


def test_how_long_a_proof_is_good_is_a_setting(database: Database, admin: User, monkeypatch: pytest.MonkeyPatch):
    stale = signed(database, admin, minutes_ago=16)
    monkeypatch.setenv("ORDERHUB_STEP_UP_MINUTES", "20")
    settings.cache_clear()
    check_proof(stale)


def test_whoever_never_proved_anything_is_refused(database: Database, admin: User):
    found = signed(database, admin)
    with pytest.raises(ProofNeeded):
        check_proof(replace(found, proved_at=None))


def test_a_code_proves_once_and_in_one_login_only(database: Database, admin: User):
    now = utc_now()
    first, second = signed(database, admin, minutes_ago=16), signed(database, admin, minutes_ago=17)
    proof.prove(first, code(now), OFFICE, now)
    check_proof(again(first, database))
    with pytest.raises(BadInput, match="prove"):
        proof.prove(second, code(now), OFFICE, now)
    with pytest.raises(ProofNeeded):
        check_proof(again(second, database))


def test_the_code_that_signed_in_proves_nothing_more(database: Database, admin: User):
    now = utc_now()
    stale = signed(database, admin, minutes_ago=16)
    with database.transaction() as session:
        assert totp.use_code(session, session.get_one(User, admin.id), code(now), now)
    with pytest.raises(BadInput):
        proof.prove(stale, code(now), OFFICE, now)


def test_a_recovery_code_proves_once(database: Database, admin: User):
    stale = signed(database, admin, minutes_ago=16)
    with database.transaction() as session:
        first, *_ = recovery.new_codes(session, admin.id)
    proof.prove(stale, first, OFFICE, utc_now())
    check_proof(again(stale, database))
    with pytest.raises(BadInput):
        proof.prove(stale, first, OFFICE, utc_now())


def test_wrong_codes_are_counted_and_wait(database: Database, admin: User):
    stale, now = signed(database, admin, minutes_ago=16), utc_now()
    for _ in range(5):
        with pytest.raises(BadInput):
            proof.prove(stale, "000000", OFFICE, now)
    with pytest.raises(TooMany):
        proof.prove(stale, code(now), OFFICE, now)
    with pytest.raises(ProofNeeded):
        check_proof(again(stale, database))


def test_without_a_second_factor_the_password_is_asked_for(database: Database, make_user: MakeUser):
    user = make_user("ceshi-admin", Role.ADMIN)
    stale = signed(database, user, minutes_ago=16)
    assert proof.factor_of(stale) == "password"
    with pytest.raises(BadInput) as refused:
        proof.prove(stale, "wrong-password-99", OFFICE, utc_now())
    assert refused.value.problem == "wrong_password"
    proof.prove(stale, PASSWORD, OFFICE, utc_now())
    check_proof(again(stale, database))


def test_whoever_has_one_cannot_prove_by_password(database: Database, admin: User):
    stale = signed(database, admin, minutes_ago=16)
    with pytest.raises(BadInput):
        proof.prove(stale, PASSWORD, OFFICE, utc_now())


def test_the_log_knows_what_was_shown_and_what_was_not(database: Database, admin: User):
    stale = signed(database, admin, minutes_ago=16)
    with pytest.raises(BadInput):
        proof.prove(stale, "000000", OFFICE, utc_now())
    proof.prove(stale, code(utc_now()), OFFICE, utc_now())
    with database.reading() as session:
        kinds = [(one.kind, one.body.get("step") or one.body.get("factor")) for one in session.exec(select(Event))]
    assert ("sign_in_failed", "proof") in kinds
    assert ("proof_shown", "code") in kinds
