"""How does somebody get in? Password, then code or enrolment, then a new session; the server keeps the place.

Between the steps stands a row known by a short-lived cookie of its own. No step can be skipped or done twice, and
every answer to a wrong guess is the same, whether the account exists or not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, delete, select

from orderhub.access import passwords, recovery, throttle, totp
from orderhub.access.second_factor import take_code_try, use_either
from orderhub.access.sessions import forget_when_kept, knows_address, open_session
from orderhub.access.totp_rule import needs_totp
from orderhub.access.users import User, UserEvent, find_user, user_of
from orderhub.kernel.columns import BigId, Moment, word
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import NotSignedIn
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import digest, new_token
from orderhub.kernel.sealing import sealed_fields
from orderhub.kernel.secrets import seal, unseal

_CODE_TIME = timedelta(minutes=5)
_ENROL_TIME = timedelta(minutes=15)  # an authenticator app may have to be installed first
_MOST_TRIES = 5


class Step(StrEnum):
    CODE = "code"
    ENROL = "enrol"
    KEEP_CODES = "keep_codes"
    DONE = "done"


class PendingSignIn(SQLModel, table=True):
    """``secret_sealed`` holds the seed while enrolling and the recovery codes until they are kept."""

    __tablename__ = "pending_sign_in"  # pyright: ignore[reportAssignmentType]

    mark: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="users.id", sa_type=BigId, index=True)
    step: Step = Field(sa_type=word(Step))
    secret_sealed: str = ""
    tries: int = 0
    address: str = Field(max_length=45)
    device: str = Field(default="", max_length=200)
    expires_at: datetime = Field(sa_type=Moment, index=True)


sealed_fields(PendingSignIn, "secret", within=lambda _, pending: f"pending_sign_in:{pending.mark}")


@dataclass(frozen=True)
class SignInFailed(UserEvent):
    """``subject_id`` is 0 when no such account exists."""

    step: str
    address: str


@dataclass(frozen=True)
class TotpEnrolled(UserEvent):
    pass


@dataclass(frozen=True)
class Turn:
    """What comes next; ``token`` is the session's when DONE, else that of the way there."""

    step: Step
    token: str


@dataclass(frozen=True)
class Waiting:
    """Where somebody stands: ``seed`` while enrolling, ``codes`` while they are to be kept."""

    step: Step
    name: str
    seed: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Visitor:
    """From where somebody signs in."""

    address: str
    device: str = ""


WRONG = "this account and password do not belong together"


def sign_in(name: str, password: str, visitor: Visitor, now: datetime) -> Turn:
    """Raises: NotSignedIn: wrong, whatever of it; TooMany: wait first."""
    name = name.strip().casefold()[:64]
    asked = _ask(name, visitor.address, now)
    fits, renewed = passwords.verify_password(password, asked.password_hash, is_stranger=not asked.is_known)
    if not fits:
        _refuse(asked.user_id, name, "password", visitor.address, now)
    with transaction() as session:
        user = user_of(session, asked.user_id)
        if not user.is_active:
            raise NotSignedIn(WRONG)
        if renewed:
            user.password_hash = renewed
            session.add(user)
        throttle.forgive(session, asked.key)
        return next_turn(session, user, visitor, now)


def next_turn(session: Session, user: User, visitor: Visitor, now: datetime) -> Turn:
    """The step after a right password: a code, enrolment where everybody must have one, or in."""
    if user.has_totp:
        return _wait(session, user, Step.CODE, visitor, now)
    if needs_totp(session, user):
        return _wait(session, user, Step.ENROL, visitor, now)
    return Turn(Step.DONE, open_session(session, user, address=visitor.address, device=visitor.device, now=now))


def waiting(token: str, now: datetime) -> Waiting:
    """Raises: NotSignedIn: no such way, or it is over."""
    with reading() as session:
        row = _pending(session, token, now)
        name = user_of(session, row.user_id).name
    secret = unseal(row.secret_sealed, _place(row.mark)) if row.secret_sealed else ""
    if row.step is Step.KEEP_CODES:
        return Waiting(row.step, name, codes=tuple(secret.split()))
    return Waiting(row.step, name, seed=secret)


def confirm_code(token: str, code: str, now: datetime) -> Turn:
    """A code of the app, or a recovery code. Raises: NotSignedIn: wrong, used before, or the way is over; TooMany."""
    user_id, address, key = _take_code_try(token, Step.CODE, now)
    with transaction() as session:
        row = _pending(session, token, now, Step.CODE)
        user = user_of(session, user_id)
        if use_either(session, user, code, now):
            throttle.forgive(session, key)
            return _finish(session, row, user, now)
    return _refuse(user_id, user.name, "code", address, now)


def enrol(token: str, code: str, now: datetime) -> Turn:
    """Prove the seed with its first code; the recovery codes are then waiting. Raises: NotSignedIn; TooMany."""
    user_id, address, key = _take_code_try(token, Step.ENROL, now)
    with transaction() as session:
        row = _pending(session, token, now, Step.ENROL)
        user = user_of(session, user_id)
        seed = unseal(row.secret_sealed, _place(row.mark))
        step = totp.step_of(seed, code.strip().replace(" ", ""), now)
        if step is not None and not user.has_totp:
            totp.enrol(user, seed, step)
            row.step = Step.KEEP_CODES
            row.secret_sealed = seal(" ".join(recovery.new_codes(session, user.id)), _place(row.mark))
            session.add_all([user, row])
            record(session, TotpEnrolled(user.id), actor=user.name, now=now)
            throttle.forgive(session, key)
            return Turn(Step.KEEP_CODES, token)
    return _refuse(user_id, user.name, "enrol", address, now)


def keep_codes(token: str, now: datetime) -> Turn:
    """The recovery codes are kept somewhere: in."""
    with transaction() as session:
        row = _pending(session, token, now, Step.KEEP_CODES)
        return _finish(session, row, user_of(session, row.user_id), now)


def note_failure(user_id: int, name: str, step: str, address: str, now: datetime) -> None:
    """In a transaction of its own, for the refusal ends the other one."""
    with transaction() as session:
        session.info["address"] = address
        record(session, SignInFailed(user_id, step, address), actor=name if user_id else "nobody", now=now)


def forget_pending(session: Session, now: datetime) -> int:
    """Delete ways that are over; how many. Safe to repeat."""
    return session.exec(delete(PendingSignIn).where(col(PendingSignIn.expires_at) <= now)).rowcount


@dataclass(frozen=True)
class _Asked:
    """A counted try; of nobody the hash is empty and the id 0."""

    key: str
    password_hash: str
    user_id: int
    is_known: bool


def _ask(name: str, address: str, now: datetime) -> _Asked:
    with transaction() as session:
        throttle.take_address_try(session, address, now)
        user = find_user(session, name)
        known = knows_address(session, user.id if user else 0, address, now)
        key = throttle.account_key(f"password:{name}", address if known else "")
        throttle.take_account_try(session, key, now)
        return _Asked(key, user.password_hash if user else "", user.id if user else 0, known)


def _wait(session: Session, user: User, step: Step, visitor: Visitor, now: datetime) -> Turn:
    session.exec(delete(PendingSignIn).where(col(PendingSignIn.expires_at) <= now))
    token = new_token()
    mark = digest(token)
    session.add(
        PendingSignIn(
            mark=mark,
            user_id=user.id,
            step=step,
            secret_sealed=seal(totp.new_seed(), _place(mark)) if step is Step.ENROL else "",
            address=visitor.address,
            device=visitor.device[:200],
            expires_at=now + (_ENROL_TIME if step is Step.ENROL else _CODE_TIME),
        )
    )
    return Turn(step, token)


def _pending(session: Session, token: str, now: datetime, step: Step | None = None) -> PendingSignIn:
    wanted: Any = select(PendingSignIn).where(
        PendingSignIn.mark == digest(token), PendingSignIn.expires_at > now, PendingSignIn.tries <= _MOST_TRIES
    )
    row = session.exec(wanted).one_or_none()
    if row is None or (step and row.step is not step) or not user_of(session, row.user_id).is_active:
        raise NotSignedIn("this sign-in is over: begin again")
    return row


def _take_code_try(token: str, step: Step, now: datetime) -> tuple[int, str, str]:
    """Count the try before it is judged; of whom, from where, and under which key."""
    with transaction() as session:
        row = _pending(session, token, now, step)
        key = take_code_try(session, row.user_id, row.address, now)
        row.tries += 1
        session.add(row)
        return row.user_id, row.address, key


def _finish(session: Session, row: PendingSignIn, user: User, now: datetime) -> Turn:
    session.delete(row)
    forget_when_kept(session)
    return Turn(Step.DONE, open_session(session, user, address=row.address, device=row.device, now=now))


def _refuse(user_id: int, name: str, step: str, address: str, now: datetime) -> Any:
    note_failure(user_id, name, step, address, now)
    raise NotSignedIn(WRONG)


def _place(mark: str) -> str:
    return f"pending_sign_in:{mark}:secret"
