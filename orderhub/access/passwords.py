"""Is this the password? Argon2id, always the same work, at most two at a time, and of strangers' guesses one.

A flood of guesses at many accounts takes one of two places and a short queue; whoever signs in from an address their
account knows finds the other place.
"""

import secrets
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cache

from orderhub.kernel.errors import BadInput, TooMany

with warnings.catch_warnings():
    # passlib 1.7.4 asks for `crypt` and `argon2.__version__`, which are on their way out; neither is used here.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext

    # 19 MiB as OWASP asks; more rounds than its two, so that one hash costs 50 to 200 ms (71 ms on two cores).
    _ARGON = CryptContext(
        schemes=["argon2"],
        argon2__type="ID",
        argon2__memory_cost=19 * 1024,
        argon2__time_cost=8,
        argon2__parallelism=1,
    )
    _ARGON.handler().get_backend()

SHORTEST = 12
LONGEST = 128

_SPOKEN = "abcdefghjkmnpqrstuvwxyz23456789"
_AT_ONCE = threading.BoundedSemaphore(2)
_STRANGERS_AT_ONCE = threading.BoundedSemaphore(1)
_STRANGERS_IN_ALL = threading.BoundedSemaphore(8)  # more would keep the server's threads from everybody else
_LONGEST_WAIT_SECONDS = 10
_TOO_COMMON = (
    "password",
    "passw0rd",
    "12345678",
    "87654321",
    "11111111",
    "00000000",
    "88888888",
    "66666666",
    "qwertyui",
    "1qaz2wsx",
    "abcd1234",
    "iloveyou",
    "woaini",
    "5201314",
    "admin",
    "welcome",
    "orderhub",
    "letmein",
)


def new_password() -> str:
    """One to hand over, of 100 bits: ``k3m9q-…``, without characters that are mistaken for others."""
    groups = ("".join(secrets.choice(_SPOKEN) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def check_choice(password: str, name: str) -> None:
    """Raises: BadInput: too short, too long, or among the first anybody would try."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(
            f"a password has {SHORTEST} to {LONGEST} characters", field="password", problem="password_length"
        )
    rest = password.casefold().replace(name.casefold(), "")
    for common in _TOO_COMMON:
        rest = rest.replace(common, "")
    # What is left once the guessable parts are gone must still be worth guessing.
    if len(rest) < SHORTEST // 2 or len(set(rest)) < 4:
        raise BadInput("this password is among the first to be tried", field="password", problem="password_common")


def hash_password(password: str) -> str:
    with _turn(is_stranger=False):
        return _ARGON.hash(password)


def verify_password(password: str, password_hash: str, *, is_stranger: bool = False) -> tuple[bool, str]:
    """Whether it fits, and a new hash when the old one is weaker than ours now (else empty).

    An empty ``password_hash`` (nobody of that name) costs the same work and never fits.
    """
    nobody = _nobody()
    with _turn(is_stranger=is_stranger):
        fits, renewed = _ARGON.verify_and_update(password[:LONGEST], password_hash or nobody)
    return (fits, renewed or "") if password_hash else (False, "")


@cache
def _nobody() -> str:
    return _ARGON.hash("nobody has this password")


@contextmanager
def _turn(*, is_stranger: bool) -> Iterator[None]:
    with ExitStack() as places:
        if is_stranger:
            _enter(places, _STRANGERS_IN_ALL, seconds=0)
            _enter(places, _STRANGERS_AT_ONCE, seconds=_LONGEST_WAIT_SECONDS)
        _enter(places, _AT_ONCE, seconds=_LONGEST_WAIT_SECONDS)
        yield


def _enter(places: ExitStack, door: threading.BoundedSemaphore, *, seconds: float) -> None:
    if not door.acquire(timeout=seconds):
        raise TooMany("too many logins at this moment", retry_after=timedelta(seconds=_LONGEST_WAIT_SECONDS))
    places.callback(door.release)
