"""Is this the second factor of this person? A code of the app or a recovery code, counted before it is judged."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from orderhub.access import recovery, throttle, totp
from orderhub.access.sessions import knows_address
from orderhub.access.users import User, UserEvent
from orderhub.kernel.eventlog import record


@dataclass(frozen=True)
class RecoveryCodeUsed(UserEvent):
    left: int


def take_code_try(session: Session, user_id: int, address: str, now: datetime) -> str:
    """The key to forgive when the code is right: one count for signing in and for proving. Raises: TooMany."""
    throttle.take_address_try(session, address, now)
    known = knows_address(session, user_id, address, now)
    key = throttle.account_key(f"code:{user_id}", address if known else "")
    throttle.take_account_try(session, key, now)
    return key


def use_either(session: Session, user: User, code: str, now: datetime) -> bool:
    """Whether ``code`` is right and was not used before."""
    code = code.strip()
    if not recovery.looks_like_recovery_code(code):
        return totp.use_code(session, user, code.replace(" ", ""), now)
    if not recovery.use_recovery_code(session, user.id, code, now):
        return False
    left = recovery.codes_left(session, user.id)
    record(session, RecoveryCodeUsed(user.id, left), actor=user.name, now=now)
    return True
