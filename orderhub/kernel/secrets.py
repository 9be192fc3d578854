"""How are secrets kept at rest? AES-256-GCM under one key, bound to the place they are stored in."""

import base64
import hmac
import os
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from orderhub.kernel.errors import SetupError
from orderhub.kernel.settings import settings

_VERSION = "v1"
_NONCE_BYTES = 12


def seal(secret: str, place: str) -> str:
    """``secret`` as ``v1.<base64>``; it opens only with the same ``place`` (table, column and row)."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_key()).encrypt(nonce, secret.encode(), place.encode())
    return f"{_VERSION}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, place: str) -> str:
    """The secret itself.

    Raises:
        SetupError: another key or another place sealed it, or it was changed.
    """
    version, _, text = sealed.partition(".")
    try:
        if version != _VERSION:
            raise ValueError(version)
        raw = base64.urlsafe_b64decode(text)
        return AESGCM(_key()).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise SetupError(
            f"a secret at {place} does not open: restore the secret key it was sealed with (ORDERHUB_SECRET_KEY)"
        ) from error


@cache
def _key() -> bytes:
    given = settings().secret_key.get_secret_value()
    path = settings().data_dir / "secret.key"
    key = base64.urlsafe_b64decode(given or _key_file(path))
    if len(key) != 32:
        raise SetupError("ORDERHUB_SECRET_KEY must be 32 bytes in base64")
    return key


def _key_file(path: Path) -> str:
    """The key in ``path``, readable by the owner only; made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(base64.urlsafe_b64encode(os.urandom(32)).decode())
    return path.read_text().strip()


def derived(purpose: str) -> bytes:
    """32 bytes that only this installation's key gives for ``purpose``, the same every time."""
    return hmac.digest(_key(), f"derived:{purpose}".encode(), "sha256")
