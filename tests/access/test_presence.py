"""Does whoever chooses people hear who is signed in, who has gone, and who has another role by now?"""

from datetime import datetime, timedelta

import pytest

from orderhub.access import accounts, sessions
from orderhub.access.permissions import Role
from orderhub.access.users import User
from orderhub.domain.presence import HERE_WITHIN, Presence, note_presence
from orderhub.kernel.db import Database
from tests.access.people import MakeUser


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "told_of_use", [note_presence])


def _login(database: Database, user: User, now: datetime) -> str:
    with database.transaction() as session:
        return f"oh_sid={sessions.open_session(session, user, address='192.0.2.10', device='', now=now)}"


def _kept(database: Database, user: User) -> Presence:
    with database.reading() as session:
        return session.get_one(Presence, user.name)


def test_use_of_a_login_is_told_once_a_minute(database: Database, make_user: MakeUser, now: datetime) -> None:
    user = make_user()
    cookie = _login(database, user, now)
    assert _kept(database, user).seen_at == now
    for seconds, seen in ((59, 0), (61, 61), (90, 61), (122, 122)):
        sessions._memory.forget()
        assert sessions.signed_in(cookie, now + timedelta(seconds=seconds))
        assert _kept(database, user).seen_at == now + timedelta(seconds=seen)
    assert _kept(database, user).is_here(now + HERE_WITHIN)
    assert not _kept(database, user).is_here(now + HERE_WITHIN + timedelta(seconds=123))


def test_the_last_login_that_ends_takes_somebody_away(database: Database, make_user: MakeUser, now: datetime) -> None:
    user = make_user()
    first, second = _login(database, user, now), _login(database, user, now + timedelta(minutes=1))
    for cookie, seen in ((second, now), (first, None)):
        with database.transaction() as session:
            sessions.end_session(session, sessions.session_mark(cookie), now=now + timedelta(minutes=2))
        assert _kept(database, user).seen_at == seen


def test_another_role_and_a_closed_account_are_told_at_once(
    database: Database, make_user: MakeUser, now: datetime
) -> None:
    user = make_user()
    _login(database, user, now)
    with database.transaction() as session:
        accounts.change_role(session, session.get_one(User, user.id), Role.FINANCE, by="ceshi-a", now=now)
    assert (_kept(database, user).role, _kept(database, user).seen_at) == ("finance", now)
    with database.transaction() as session:
        accounts.deactivate(session, session.get_one(User, user.id), by="ceshi-a", now=now)
    assert _kept(database, user).seen_at is None
