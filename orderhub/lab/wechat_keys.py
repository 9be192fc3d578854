"""With which keys does the lab's WeChat Pay sign, and its merchant? Made at every start; they open nothing else."""

import base64
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from orderhub.lab.answers import Body

_FROM = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Merchant:
    """A merchant with its mini-program; ``private_key`` is what it would hold in ``apiclient_key.pem``."""

    merchant_no: str
    serial_no: str
    private_key: str
    public_key: rsa.RSAPublicKey
    api_key: str
    app_no: str
    app_secret: str

    @classmethod
    def made(cls) -> "Merchant":
        key = _new_key()
        return cls(
            merchant_no="1900000001",
            serial_no=f"{int.from_bytes(os.urandom(19)):038X}",
            private_key=_private_pem(key),
            public_key=key.public_key(),
            api_key="lab-api-v3-key-of-32-characters!",
            app_no="wx0000000000000001",
            app_secret="lab-app-secret",  # noqa: S106  (opens this lab)
        )

    def facts(self) -> Body:
        return {
            "mch_id": self.merchant_no,
            "serial": self.serial_no,
            "private_key": self.private_key,
            "api_key": self.api_key,
            "app_id": self.app_no,
            "app_secret": self.app_secret,
        }

    def sealed(self, plain: bytes, associated: str) -> Body:
        """A ``resource`` or ``encrypt_certificate`` that only the merchant's APIv3 key opens."""
        nonce = os.urandom(6).hex()
        hidden = AESGCM(self.api_key.encode()).encrypt(nonce.encode(), plain, associated.encode())
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(hidden).decode(),
            "associated_data": associated,
            "nonce": nonce,
        }


class Platform:
    """The platform signs with a certificate that changes now and then, and with a public key that does not."""

    def __init__(self) -> None:
        self._own_key = _new_key()
        self.public_key_no = f"PUB_KEY_ID_{int.from_bytes(os.urandom(12)):030d}"
        self.public_key = _public_pem(self._own_key)
        self.renew_certificate()

    def renew_certificate(self) -> None:
        self._key = _new_key()
        found = _certificate(self._key)
        self.serial_no = f"{found.serial_number:X}"
        self.certificate = found.public_bytes(serialization.Encoding.PEM).decode()

    def signed(self, raw: bytes, *, at: int, by_public_key: bool) -> dict[str, str]:
        """The headers that prove ``raw`` to be the platform's, signed at the unix second ``at``."""
        nonce = os.urandom(16).hex()
        text = f"{at}\n{nonce}\n".encode() + raw + b"\n"
        key = self._own_key if by_public_key else self._key
        signature = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Wechatpay-Timestamp": str(at),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self.public_key_no if by_public_key else self.serial_no,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def _public_pem(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "OrderHub lab, not Tenpay.com")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_FROM + timedelta(days=5 * 365))
        .sign(key, hashes.SHA256())
    )
