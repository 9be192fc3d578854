from datetime import datetime, timedelta

import pytest
from pyotp.totp import TOTP
from sqlmodel import col, select

from orderhub.access import passwords, sign_in, totp
from orderhub.access.sessions import UserSession, signed_in
from orderhub.access.sign_in import PendingSignIn, SignInFailed, Step, Visitor
from orderhub.access.users import User
from orderhub.kernel.db import Database
from orderhub.kernel.errors import NotSignedIn, OrderHubError, TooMany
from orderhub.kernel.eventlog import Event, kind_of
from orderhub.kernel.ids import digest
from tests.access.people import OFFICE, PASSWORD, MakeUser

pytestmark = pytest.mark.usefixtures("database")

STRANGER = Visitor("203.0.113.66")


def code_at(seed: str, now: datetime) -> str:
    return TOTP(seed).at(int(now.timestamp()))


def enrolled(name: str, now: datetime) -> tuple[str, tuple[str, ...]]:
    """Sign in for the first time and enrol; the seed and the recovery codes."""
    turn = sign_in.sign_in(name, PASSWORD, OFFICE, now)
    seed = sign_in.waiting(turn.token, now).seed
    sign_in.enrol(turn.token, code_at(seed, now), now)
    codes = sign_in.waiting(turn.token, now).codes
    sign_in.keep_codes(turn.token, now)
    return seed, codes


def events(database: Database, kind: str) -> list[Event]:
    with database.reading() as session:
        return list(session.exec(select(Event).where(Event.kind == kind).order_by(col(Event.id))))


def cookie(token: str) -> str:
    return f"oh_sid={token}"


def test_first_login_goes_through_enrolment_to_a_session(make_user: MakeUser, now: datetime):
    make_user()
    turn = sign_in.sign_in("Ceshi-Yunying ", PASSWORD, OFFICE, now)
    assert turn.step is Step.ENROL
    seed = sign_in.waiting(turn.token, now).seed
    assert sign_in.enrol(turn.token, code_at(seed, now), now).step is Step.KEEP_CODES
    assert len(set(sign_in.waiting(turn.token, now).codes)) == 10
    done = sign_in.keep_codes(turn.token, now)
    assert done.step is Step.DONE
    signed = signed_in(cookie(done.token), now)
    assert signed is not None
    assert (signed.name, signed.display_name) == ("ceshi-yunying", "测**")


def test_second_login_asks_for_the_code(make_user: MakeUser, now: datetime):
    make_user()
    seed, _ = enrolled("ceshi-yunying", now)
    later = now + timedelta(minutes=1)
    turn = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, later)
    assert turn.step is Step.CODE
    assert signed_in(cookie(turn.token), later) is None
    assert sign_in.confirm_code(turn.token, code_at(seed, later), later).step is Step.DONE


def test_without_the_rule_the_password_alone_lets_in(make_user: MakeUser, no_totp: None, now: datetime):
    make_user()
    assert sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now).step is Step.DONE


def test_an_enrolled_user_needs_the_code_without_the_rule_too(
    make_user: MakeUser, now: datetime, request: pytest.FixtureRequest
):
    make_user()
    enrolled("ceshi-yunying", now)
    request.getfixturevalue("no_totp")
    assert sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now).step is Step.CODE


def test_a_code_is_taken_once(make_user: MakeUser, now: datetime):
    make_user()
    seed, _ = enrolled("ceshi-yunying", now)
    later = now + timedelta(minutes=1)
    code = code_at(seed, later)
    first = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, later)
    second = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, later)
    assert sign_in.confirm_code(first.token, code, later).step is Step.DONE
    with pytest.raises(NotSignedIn):
        sign_in.confirm_code(second.token, code, later)


def test_the_code_of_enrolment_is_used_up(make_user: MakeUser, now: datetime):
    make_user()
    seed, _ = enrolled("ceshi-yunying", now)
    turn = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now)
    with pytest.raises(NotSignedIn):
        sign_in.confirm_code(turn.token, code_at(seed, now), now)


@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 2])
def test_a_code_is_good_one_step_early_and_late(steps: int, now: datetime):
    seed = totp.new_seed()
    code = code_at(seed, now + timedelta(seconds=30 * steps))
    present = int(now.timestamp()) // 30
    assert totp.step_of(seed, code, now) == (present + steps if abs(steps) < 2 else None)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "abcdef", "-12345"])
def test_what_is_not_six_digits_is_no_code(code: str, now: datetime):
    assert totp.step_of("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", code, now) is None


def test_a_recovery_code_is_taken_once(make_user: MakeUser, database: Database, now: datetime):
    make_user()
    _, codes = enrolled("ceshi-yunying", now)
    first = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now)
    assert sign_in.confirm_code(first.token, codes[3].lower(), now).step is Step.DONE
    second = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now)
    with pytest.raises(NotSignedIn):
        sign_in.confirm_code(second.token, codes[3], now)
    assert [event.body["left"] for event in events(database, "recovery_code_used")] == [9]


def test_no_step_can_be_skipped(make_user: MakeUser, now: datetime):
    make_user()
    turn = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now)
    seed = sign_in.waiting(turn.token, now).seed
    with pytest.raises(NotSignedIn):
        sign_in.keep_codes(turn.token, now)
    with pytest.raises(NotSignedIn):
        sign_in.confirm_code(turn.token, code_at(seed, now), now)
    with pytest.raises(NotSignedIn):
        sign_in.keep_codes("made-up", now)


def test_an_enrolled_user_cannot_enrol_another_phone_with_an_old_way(make_user: MakeUser, now: datetime):
    make_user()
    stolen = sign_in.sign_in("ceshi-yunying", PASSWORD, STRANGER, now)
    seed, _ = enrolled("ceshi-yunying", now)
    with pytest.raises(NotSignedIn):
        sign_in.enrol(stolen.token, code_at(sign_in.waiting(stolen.token, now).seed, now), now)
    later = now + timedelta(minutes=1)
    turn = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, later)
    assert sign_in.confirm_code(turn.token, code_at(seed, later), later).step is Step.DONE


def test_the_way_to_a_code_ends_after_five_minutes(make_user: MakeUser, now: datetime):
    make_user()
    seed, _ = enrolled("ceshi-yunying", now)
    turn = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now)
    late = now + timedelta(minutes=5)
    with pytest.raises(NotSignedIn):
        sign_in.confirm_code(turn.token, code_at(seed, late), late)


def test_five_wrong_codes_end_the_way(make_user: MakeUser, now: datetime):
    make_user()
    seed, _ = enrolled("ceshi-yunying", now)
    turn = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            sign_in.confirm_code(turn.token, "000000", now)
    later = now + timedelta(minutes=1)
    with pytest.raises(NotSignedIn):
        sign_in.confirm_code(turn.token, code_at(seed, later), later)


def test_five_wrong_codes_make_the_next_way_wait_too(make_user: MakeUser, now: datetime):
    make_user()
    enrolled("ceshi-yunying", now)
    turn = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            sign_in.confirm_code(turn.token, "000000", now)
    again = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now)
    with pytest.raises(TooMany) as refused:
        sign_in.confirm_code(again.token, "000000", now)
    assert refused.value.retry_after == timedelta(seconds=5)


def test_nobody_and_a_wrong_password_get_one_answer_for_one_work(
    make_user: MakeUser, database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
):
    make_user()
    worked: list[str] = []
    verify = passwords._ARGON.verify_and_update
    monkeypatch.setattr(passwords._ARGON, "verify_and_update", lambda *both: worked.append(both[0]) or verify(*both))
    answers = []
    for name in ("ceshi-yunying", "meiyou-ren"):
        with pytest.raises(NotSignedIn) as refused:
            sign_in.sign_in(name, "wrong-password-99", OFFICE, now)
        answers.append((type(refused.value), str(refused.value)))
    assert answers[0] == answers[1]
    assert worked == ["wrong-password-99"] * 2
    assert [event.subject_id for event in events(database, kind_of(SignInFailed))] == [1, 0]


@pytest.mark.parametrize("name", ["ceshi-yunying", "meiyou-ren"])
def test_after_five_wrong_passwords_the_wait_doubles(make_user: MakeUser, now: datetime, name: str):
    make_user()
    waits, at = [], now
    for _ in range(8):
        with pytest.raises(NotSignedIn):
            sign_in.sign_in(name, "wrong-password-99", OFFICE, at)
        try:
            sign_in.sign_in(name, "wrong-password-99", OFFICE, at)
        except TooMany as error:
            waits.append(error.retry_after.seconds)
            at += error.retry_after
        except OrderHubError:
            pass
    assert waits[:4] == [5, 10, 20, 40]


def test_the_right_password_waits_like_a_wrong_one_from_a_strange_address(make_user: MakeUser, now: datetime):
    make_user()
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            sign_in.sign_in("ceshi-yunying", "wrong-password-99", STRANGER, now)
    with pytest.raises(TooMany):
        sign_in.sign_in("ceshi-yunying", PASSWORD, STRANGER, now)


def test_a_stranger_cannot_shut_the_owner_out(make_user: MakeUser, now: datetime):
    make_user()
    enrolled("ceshi-yunying", now)
    for address in range(30):
        with pytest.raises(OrderHubError):
            sign_in.sign_in("ceshi-yunying", "wrong-password-99", Visitor(f"203.0.113.{address}"), now)
    assert sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now).step is Step.CODE


def test_a_refused_try_does_not_lengthen_the_wait(make_user: MakeUser, now: datetime):
    make_user()
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            sign_in.sign_in("ceshi-yunying", "wrong-password-99", STRANGER, now)
    for _ in range(5):
        with pytest.raises(TooMany):
            sign_in.sign_in("ceshi-yunying", "wrong-password-99", STRANGER, now)
    assert sign_in.sign_in("ceshi-yunying", PASSWORD, STRANGER, now + timedelta(seconds=5)).step is Step.ENROL


def test_an_address_has_twenty_tries_a_minute(make_user: MakeUser, now: datetime):
    make_user()
    for number in range(20):
        with pytest.raises(NotSignedIn):
            sign_in.sign_in(f"ren-{number}", "wrong-password-99", STRANGER, now)
    with pytest.raises(TooMany) as refused:
        sign_in.sign_in("ceshi-yunying", PASSWORD, STRANGER, now + timedelta(seconds=20))
    assert refused.value.retry_after == timedelta(seconds=40)
    assert sign_in.sign_in("ceshi-yunying", PASSWORD, STRANGER, now + timedelta(minutes=1)).step is Step.ENROL


def test_a_closed_account_does_not_get_in(make_user: MakeUser, database: Database, now: datetime):
    user = make_user()
    with database.transaction() as session:
        session.get_one(User, user.id).is_active = False
    with pytest.raises(NotSignedIn):
        sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now)


def test_no_token_seed_or_password_is_stored_in_the_open(make_user: MakeUser, database: Database, now: datetime):
    make_user()
    turn = sign_in.sign_in("ceshi-yunying", PASSWORD, OFFICE, now)
    seed = sign_in.waiting(turn.token, now).seed
    sign_in.enrol(turn.token, code_at(seed, now), now)
    codes = sign_in.waiting(turn.token, now).codes
    with database.reading() as session:
        pending = session.exec(select(PendingSignIn)).one().model_dump_json()
    token = sign_in.keep_codes(turn.token, now).token
    with database.reading() as session:
        kept = session.exec(select(UserSession)).one()
        stored = pending + "".join(row.model_dump_json() for row in (kept, *session.exec(select(User))))
        stored += "".join(row.model_dump_json() for row in session.exec(select(Event)))
    assert kept.mark == digest(token)
    assert not [secret for secret in (token, turn.token, seed, PASSWORD, *codes) if secret in stored]
