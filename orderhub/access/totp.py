"""Is this the code of the moment? Each code is taken once, at most one step of 30 s early or late."""

import hmac
from datetime import datetime
from typing import Any

from pyotp import random_base32
from pyotp.totp import TOTP
from sqlalchemy import update
from sqlmodel import Session, col

from orderhub.access.users import User
from orderhub.kernel.secrets import seal, unseal

_ISSUER = "OrderHub"
_STEP_SECONDS = 30


def new_seed() -> str:
    return random_base32()


def address_of(seed: str, name: str) -> str:
    """What the QR code holds: ``otpauth://totp/…``."""
    return TOTP(seed).provisioning_uri(name=name, issuer_name=_ISSUER)


def step_of(seed: str, code: str, now: datetime) -> int | None:
    """The step whose code this is: the present one or a neighbour."""
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return None
    present = int(now.timestamp()) // _STEP_SECONDS
    maker = TOTP(seed)
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(maker.generate_otp(step), code):
            return step
    return None


def use_code(session: Session, user: User, code: str, now: datetime) -> bool:
    """Whether ``code`` is right and was not used before; of two at once one wins."""
    step = step_of(unseal(user.totp_seed_sealed, seed_place(user.id)), code, now)
    if step is None:
        return False
    taken: Any = session.exec(
        update(User).where(col(User.id) == user.id, col(User.totp_last_step) < step).values(totp_last_step=step)
    )
    return taken.rowcount == 1


def enrol(user: User, seed: str, step: int) -> None:
    """The code that proved the seed is used up with it."""
    user.totp_seed_sealed = seal(seed, seed_place(user.id))
    user.totp_last_step = step


def seed_place(user_id: int) -> str:
    return f"users:{user_id}:totp_seed"
