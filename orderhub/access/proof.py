"""Is it still the same person? Before exports, secrets and rights a fresh code is shown; without a second factor the
password.

The proof belongs to one login (``UserSession.proved_at``) and is good for ``step_up_minutes``; ``acting`` and
``check_permission`` ask for it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from orderhub.access import passwords, throttle
from orderhub.access.second_factor import take_code_try, use_either
from orderhub.access.sessions import Signed, prove_session
from orderhub.access.sign_in import note_failure
from orderhub.access.users import User, UserEvent, user_of
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import record


@dataclass(frozen=True)
class ProofShown(UserEvent):
    """``factor`` is ``code`` or ``password``."""

    factor: str


def factor_of(user: Signed) -> str:
    """What ``user`` is asked for: ``code``, or ``password`` of whoever has no second factor."""
    with reading() as session:
        return "code" if user_of(session, user.user_id).has_totp else "password"


def prove(user: Signed, given: str, address: str, now: datetime) -> None:
    """A code is used up by it.

    Raises:
        BadInput: wrong, or used before.
        TooMany: wrong too often; the count outlives the refusal, so this opens its own transactions.
    """
    factor = factor_of(user)
    fits = _code_fits if factor == "code" else _password_fits
    if not fits(user, given, address, now):
        note_failure(user.user_id, user.name, "proof", address, now)
        raise BadInput("this does not prove who you are", field=factor, problem=f"wrong_{factor}")


def _code_fits(user: Signed, given: str, address: str, now: datetime) -> bool:
    with transaction() as session:
        key = take_code_try(session, user.user_id, address, now)
    with transaction() as session:
        fits = use_either(session, user_of(session, user.user_id), given, now)
        if fits:
            _keep(session, user, key, "code", now)
        return fits


def _password_fits(user: Signed, given: str, address: str, now: datetime) -> bool:
    key = throttle.account_key(f"own_password:{user.user_id}")
    with transaction() as session:
        throttle.take_address_try(session, address, now)
        throttle.take_account_try(session, key, now)
        password_hash = session.get_one(User, user.user_id).password_hash
    fits, _ = passwords.verify_password(given, password_hash)
    if fits:
        with transaction() as session:
            _keep(session, user, key, "password", now)
    return fits


def _keep(session: Session, user: Signed, key: str, factor: str, now: datetime) -> None:
    throttle.forgive(session, key)
    prove_session(session, user.session_mark, now)
    record(session, ProofShown(user.user_id, factor), actor=user.name, now=now)
