"""What does asking for a right cost a handler, and what does one password cost?"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from orderhub.access import passwords, sessions
from orderhub.access.acting import check_present
from orderhub.access.permissions import Permission, Role
from orderhub.access.role_editing import copy_set
from orderhub.access.sessions import Signed
from orderhub.access.users import User, create_user, user_of
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database

from .measuring import Figure, p95

USERS = 200
ROUNDS = 300
CHECK_MS = 1.0
HASH_MS = (50.0, 400.0)
_PASSWORD = "kuaidi-zai-lushang-7"


def run(database: Database) -> Iterator[Figure]:
    now = utc_now()
    with database.transaction() as session:
        users = [create_user(session, "bench-0", _PASSWORD, Role.ADMIN, now=now)]
        session.flush()
        users += [_like(users[0], number) for number in range(1, USERS)]
        session.add_all(users)
        session.flush()
        token = sessions.open_session(session, users[0], address="192.0.2.1", device="", now=now)
    cookie = f"oh_sid={token}"
    signed = sessions.signed_in(cookie, now)
    assert signed
    with database.transaction() as session:
        code = copy_set(session, Role.ADMIN, "bench", by=signed, now=now)
        user_of(session, users[1].id).role_set = code
    yield from _checks(database, replace(signed, user_id=users[1].id), cookie)
    yield from _hash()


def _checks(database: Database, of_own_role: Signed, cookie: str) -> Iterator[Figure]:
    """Processor time: other work on the machine does not count. The first rounds, which compile, are not counted."""

    def asked_of_the_database() -> float:
        with database.transaction() as session:
            session.connection()
            start = time.process_time()
            check_present(session, of_own_role, Permission.ORDER_TAG, utc_now())
            return (time.process_time() - start) * 1000

    def remembered() -> float:
        start = time.process_time()
        found = sessions.remembered(cookie, utc_now()) or sessions.signed_in(cookie, utc_now(), touch=False)
        assert found
        assert Permission.ORDER_TAG in found.permissions
        return (time.process_time() - start) * 1000

    in_acting, at_gate = _p95(asked_of_the_database), _p95(remembered)
    yield Figure("gate's check of a login, of 200 users, processor time, p95", at_gate, "ms", CHECK_MS)
    yield Figure("acting's check, of an own role, processor time, p95", in_acting, "ms", CHECK_MS)
    yield Figure("both, which a changing handler pays, p95", at_gate + in_acting, "ms", CHECK_MS)


def _p95(call: Callable[[], float]) -> float:
    for _ in range(20):
        call()
    return p95([call() for _ in range(ROUNDS)])


def _hash() -> Iterator[Figure]:
    taken = []
    for _ in range(5):
        start = time.process_time()
        passwords.hash_password(_PASSWORD)
        taken.append((time.process_time() - start) * 1000)
    yield Figure("one password's hash, at most, processor time", max(taken), "ms", HASH_MS[1])
    yield Figure("one password's hash, at least, processor time", min(taken), "ms", HASH_MS[0], is_rate=True)


def _like(user: User, number: int) -> User:
    facts = user.model_dump(exclude={"id", "name", "role"})
    return User(**facts, name=f"bench-{number}", role=list(Role)[number % len(Role)])
