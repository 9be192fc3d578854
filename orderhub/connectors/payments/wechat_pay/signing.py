"""How do WeChat Pay and a merchant know each other? RSA over lines of text, and AES-GCM within notices.

Source: the official Go, Java and PHP SDKs and the signature rules of the documentation, read 2026-11
(contracts/services, section 1). Every published vector is a test.
"""

import base64
import binascii
import secrets
from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

import httpx
from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate

from orderhub.kernel.clock import from_unix
from orderhub.kernel.errors import BadInput, NotAllowed

SCHEME = "WECHATPAY2-SHA256-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"
# A message this old, or this far ahead, is refused: who holds it may have recorded it.
CLOCK_WINDOW = timedelta(seconds=300)


class ProbeRefused(NotAllowed):
    """The platform's own test of whether signatures are checked; refusing is the right answer, and nobody's fault."""


def lines(*parts: str) -> str:
    """Every signed text of v3: each part on a line of its own, the last line ended too."""
    return "".join(f"{part}\n" for part in parts)


def request_text(method: str, target: str, timestamp: str, nonce: str, body: str = "") -> str:
    """``target`` is path and query as they are sent, without the host."""
    return lines(method, target, timestamp, nonce, body)


def sign(private_key: str, text: str) -> str:
    """SHA-256 with RSA, PKCS#1 v1.5, in base64."""
    signature = read_private_key(private_key).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def authorization(
    merchant_no: str, serial_no: str, *, nonce: str, timestamp: str, signature: str, scheme: str = SCHEME
) -> str:
    named = {"mchid": merchant_no, "nonce_str": nonce, "timestamp": timestamp, "serial_no": serial_no}
    named["signature"] = signature
    return f"{scheme} " + ",".join(f'{name}="{value}"' for name, value in named.items())


def verify(platform_key: str, text: bytes, signature: str) -> bool:
    """Whether the holder of ``platform_key`` (PEM of a certificate or a public key) signed ``text``."""
    try:
        raw = base64.b64decode(signature, validate=True)
        read_public_key(platform_key).verify(raw, text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def check_signed(headers: Mapping[str, str], raw: bytes, key_of: Callable[[str], str], now: datetime) -> None:
    """Know a notice or an answer to be the platform's, and fresh.

    ``headers`` are in lower case; ``key_of`` gives the PEM of a serial.

    Raises:
        ProbeRefused: the platform only tested us.
        NotAllowed: the signature, the serial or the time does not fit.
    """
    timestamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    signature = headers.get("wechatpay-signature", "")
    if signature.startswith(PROBE):
        raise ProbeRefused("a probe of WeChat Pay, refused as it should be")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 10 and nonce and signature):
        raise NotAllowed("the signature headers of WeChat Pay are missing or no such headers")
    if abs(now - from_unix(int(timestamp))) >= CLOCK_WINDOW:
        raise NotAllowed("signed more than 5 minutes from now: check this machine's clock, if it was WeChat Pay")
    text = timestamp.encode() + b"\n" + nonce.encode() + b"\n" + raw + b"\n"
    if not verify(key_of(headers.get("wechatpay-serial", "")), text, signature):
        raise NotAllowed("the signature of WeChat Pay does not fit the body")


def opened(api_key: str, *, nonce: str, associated: str, ciphertext: str) -> bytes:
    """What AEAD_AES_256_GCM hides; only after the signature has been checked.

    Raises:
        BadInput: another key, or changed on its way.
    """
    try:
        hidden = base64.b64decode(ciphertext, validate=True)
        return AESGCM(api_key.encode()).decrypt(nonce.encode(), hidden, associated.encode())
    except (InvalidTag, ValueError) as error:
        raise BadInput(
            "resource: does not open with the APIv3 key: give the shop the key of today, then replay",
            field="resource",
            problem="not_openable",
        ) from error


class WechatPayAuth(httpx.Auth):
    """Signs path, query and body as they are sent."""

    requires_request_body = True

    def __init__(self, merchant_no: str, serial_no: str, private_key: str, now: Callable[[], datetime]) -> None:
        self._merchant_no = merchant_no
        self._serial_no = serial_no
        self._private_key = private_key
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        timestamp, nonce = str(int(self._now().timestamp())), secrets.token_hex(16)
        text = request_text(request.method, request.url.raw_path.decode(), timestamp, nonce, request.content.decode())
        request.headers["authorization"] = authorization(
            self._merchant_no,
            self._serial_no,
            nonce=nonce,
            timestamp=timestamp,
            signature=sign(self._private_key, text),
        )
        yield request


@lru_cache(maxsize=16)
def read_private_key(pem: str) -> rsa.RSAPrivateKey:
    """Raises: BadInput: the text is no RSA private key; nothing of it is repeated."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise BadInput("private key: needs apiclient_key.pem of the merchant platform", field="private_key")
    return key


@lru_cache(maxsize=64)
def read_public_key(pem: str) -> rsa.RSAPublicKey:
    """Of a certificate or a public key in PEM. Raises: BadInput: neither."""
    try:
        if "CERTIFICATE" in pem:
            key = load_pem_x509_certificate(pem.encode()).public_key()
        else:
            key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPublicKey):
        raise BadInput("public key: needs pub_key.pem of the merchant platform", field="public_key")
    return key


def read_certificate_no(pem: str) -> str:
    """The serial of a certificate in upper-case hex. Raises: BadInput: the text is no certificate."""
    try:
        return f"{load_pem_x509_certificate(pem.encode()).serial_number:X}"
    except ValueError as error:
        raise BadInput("certificate: cannot be read", field="certificate") from error
