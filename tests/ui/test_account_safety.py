"""Second factors by role, logins an administrator ends, and places a person does not know."""

from sqlmodel import select

from orderhub.access import sessions
from orderhub.access.permissions import Role
from orderhub.access.totp_rule import is_required
from orderhub.access.users import find_user
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.ui.state.place import Places
from orderhub.ui.state.totp_rule import TotpRules
from orderhub.ui.state.user import Users
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

OFF = False


async def test_an_administrator_lets_a_role_off_and_takes_it_back(database: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-admin", Role.ADMIN))
        for wanted in (False, True):
            await tab.fire(TotpRules.change(Role.SERVICE, wanted))
            shown = {row.role: row.is_required for row in (await tab.state(TotpRules)).rows}
            with database.reading() as session:
                assert shown["service"] is is_required(session, Role.SERVICE) is wanted
        await tab.fire(TotpRules.change(Role.ADMIN, OFF))
        assert (await tab.state(TotpRules)).is_refusal


async def test_nobody_else_changes_the_rule(database: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-manager", Role.MANAGER))
        await tab.fire(TotpRules.change(Role.SERVICE, OFF))
        with database.reading() as session:
            assert is_required(session, Role.SERVICE)


async def test_an_administrator_ends_anothers_logins_but_not_the_one_they_act_in(database: Database, sign_in: SignIn):
    theirs, mine = sign_in("ceshi-b", Role.SERVICE), sign_in("ceshi-admin", Role.ADMIN)
    with database.reading() as session:
        found = [find_user(session, name) for name in ("ceshi-b", "ceshi-admin")]
    async with gated_runtime() as open_tab:
        for user in found:
            assert user
            await open_tab(mine).fire(Users.end_logins(str(user.id)))
    assert sessions.signed_in(theirs, utc_now()) is None
    assert sessions.signed_in(mine, utc_now())
    with database.reading() as session:
        ended = session.exec(select(Event).where(Event.kind == "session_ended")).one()
    assert (ended.actor, ended.body["reason"]) == ("ceshi-admin", "ended_by_admin")


async def test_a_login_from_somewhere_new_is_shown_and_ended(database: Database, sign_in: SignIn):
    mine = sign_in()
    with database.transaction() as session:
        user = find_user(session, "ceshi-a")
        assert user
        token = sessions.open_session(session, user, address="203.0.113.7", device="elsewhere", now=utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(mine)
        await tab.fire(Places.know("0"))
        (place,) = (await tab.state(Places)).rows
        assert (place.address, place.device) == ("203.0.113.7", "elsewhere")
        await tab.fire(Places.end(place.id))
        assert (await tab.state(Places)).rows == []
    assert sessions.signed_in(f"oh_sid={token}", utc_now()) is None


async def test_another_persons_new_place_is_not_mine_to_see_or_end(database: Database, sign_in: SignIn):
    sign_in("ceshi-b")
    with database.transaction() as session:
        user = find_user(session, "ceshi-b")
        assert user
        token = sessions.open_session(session, user, address="203.0.113.7", device="", now=utc_now())
        (row, *_) = sessions.new_places(session, user.id, utc_now(), except_mark="")
        row_id = str(row.id)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Places.end(row_id))
        assert (await tab.state(Places)).rows == []
    assert sessions.signed_in(f"oh_sid={token}", utc_now())
