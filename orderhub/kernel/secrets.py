"""How are secrets kept at rest? AES-256-GCM under the present key, bound to the place they are stored in.

A sealed text names its key (``v2.<key>.<base64>``). After a change of key the former ones open what they sealed until
it is sealed anew (``orderhub rotate-key``). ``v1.`` comes from before keys had names: each key is tried.
"""

import base64
import hmac
import os
import threading
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from orderhub.kernel.errors import SetupError
from orderhub.kernel.settings import settings

KEY_FILE, FORMER_FILE = "secret.key", "secret.key.former"
_VERSION, _FIRST_VERSION = "v2", "v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_NONCES_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class _Key:
    """``name`` says which key it is and nothing else about it."""

    name: str
    cipher: AESGCM = field(repr=False)
    raw: bytes = field(repr=False)


def seal(secret: str, place: str) -> str:
    """``secret`` as ``v2.<key>.<base64>``; it opens only with the same ``place`` (table, column and row)."""
    key, nonce = _ring()[0], _nonces.next()
    sealed = key.cipher.encrypt(nonce, secret.encode(), place.encode())
    return f"{_VERSION}.{key.name}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, place: str) -> str:
    """The secret itself.

    Raises:
        SetupError: another key or another place sealed it, or it was changed.
    """
    try:
        name, text = _parts(sealed)
        raw = base64.urlsafe_b64decode(text)
    except ValueError:
        raise _closed(place) from None
    for key in _keys_named(name):
        try:
            return key.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            continue
    raise _closed(place)


def is_sealed(text: str) -> bool:
    return text.startswith((f"{_VERSION}.", f"{_FIRST_VERSION}."))


def present_mark() -> str:
    """How everything begins that the present key has sealed."""
    return f"{_VERSION}.{_ring()[0].name}."


def derived(purpose: str) -> bytes:
    """32 bytes that only this installation's key gives for ``purpose``, the same every time."""
    return derived_each(purpose)[0]


def derived_each(purpose: str) -> list[bytes]:
    """The present key's ``derived``, then the former keys': what was signed before a change of key is still ours."""
    return list(_derived(_ring(), purpose))


@lru_cache(maxsize=64)
def _derived(ring: tuple["_Key", ...], purpose: str) -> tuple[bytes, ...]:
    return tuple(hmac.digest(key.raw, f"derived:{purpose}".encode(), "sha256") for key in ring)


def begin_new_key() -> str:
    """Make a new present key; the one before becomes a former one, kept beside it. Returns the new one's name.

    Raises:
        SetupError: the keys are given by the environment, so whoever gives them changes them there.
    """
    if settings().secret_key.get_secret_value():
        raise SetupError(
            "the key comes from ORDERHUB_SECRET_KEY: give it the new one, ORDERHUB_FORMER_KEYS the old one, start anew"
        )
    folder = settings().data_dir
    standing = _key_file(folder / KEY_FILE)
    # The former key is safe on the disk before the new one takes its place: a crash between the two loses nothing.
    _write(folder / FORMER_FILE, "\n".join(dict.fromkeys([standing, *_former_texts()])))
    _write(folder / KEY_FILE, _new_key_text())
    forget_keys()
    return _ring()[0].name


def former_names() -> list[str]:
    return [key.name for key in _ring()[1:]]


def drop_former_keys() -> None:
    """Raises: SetupError: they are given by the environment."""
    if settings().former_keys.get_secret_value():
        raise SetupError("the former keys come from ORDERHUB_FORMER_KEYS: take them out there")
    (settings().data_dir / FORMER_FILE).unlink(missing_ok=True)
    forget_keys()


def forget_keys() -> None:
    """Read the keys anew at the next use."""
    _ring.cache_clear()
    _derived.cache_clear()


class _Nonces(threading.local):
    """Random bytes by the thousand, each used once: asking the system each time lets another thread in between.

    A child process starts with none of its parent's.
    """

    def __init__(self) -> None:
        self._rest = b""

    def next(self) -> bytes:
        if len(self._rest) < _NONCE_BYTES:
            self._rest = os.urandom(_NONCE_BYTES * _NONCES_AT_ONCE)
        nonce, self._rest = self._rest[:_NONCE_BYTES], self._rest[_NONCE_BYTES:]
        return nonce

    def forget(self) -> None:
        self._rest = b""


_nonces = _Nonces()
os.register_at_fork(after_in_child=_nonces.forget)


def _closed(place: str) -> SetupError:
    return SetupError(
        f"a secret at {place} does not open: restore the secret key it was sealed with (ORDERHUB_SECRET_KEY)"
    )


def _parts(sealed: str) -> tuple[str, str]:
    """The key's name, empty where none is given, and the base64. Raises: ValueError."""
    version, _, rest = sealed.partition(".")
    if version == _FIRST_VERSION:
        return "", rest
    name, _, text = rest.partition(".")
    if version != _VERSION or not text:
        raise ValueError(version)
    return name, text


def _keys_named(name: str) -> list[_Key]:
    """Every key where no name is given. A name nobody knows: another process has changed the key meanwhile."""
    if name and all(key.name != name for key in _ring()):
        forget_keys()
    return [key for key in _ring() if name in ("", key.name)]


@cache
def _ring() -> tuple[_Key, ...]:
    """The present key first."""
    given = settings().secret_key.get_secret_value() or _key_file(settings().data_dir / KEY_FILE)
    keys = [_key(text) for text in (given, *_former_texts())]
    return tuple({key.name: key for key in keys}.values())


def _key(text: str) -> _Key:
    try:
        raw = base64.urlsafe_b64decode(text)
    except ValueError:
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise SetupError("ORDERHUB_SECRET_KEY and ORDERHUB_FORMER_KEYS: each key is 32 bytes in base64")
    return _Key(hmac.digest(raw, b"the name of this key", "sha256").hex()[:8], AESGCM(raw), raw)


def _former_texts() -> list[str]:
    given = settings().former_keys.get_secret_value()
    path = settings().data_dir / FORMER_FILE
    return given.split(",") if given else path.read_text().split() if path.exists() else []


def _key_file(path: Path) -> str:
    """The key in ``path``, readable by the owner only; made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(_new_key_text())
    return path.read_text().strip()


def _new_key_text() -> str:
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()


def _write(path: Path, text: str) -> None:
    """All of it or nothing, durably, for the owner alone."""
    beside = path.with_suffix(f"{path.suffix}.new")
    with os.fdopen(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
