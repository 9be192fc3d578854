"""What does a merchant's line to WeChat Pay need? Its keys, the platform's keys, and a place that keeps both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from orderhub.connectors.payments.wechat_pay.signing import read_private_key, read_public_key
from orderhub.kernel.errors import BadInput

PUBLIC_KEY_MARK = "PUB_KEY_ID_"
_API_KEY_BYTES = 32


@dataclass(frozen=True)
class PayCredentials:
    """``serial_no`` is that of the merchant's own certificate, ``api_key`` the 32 bytes that open notices.

    ``public_key_no`` (``PUB_KEY_ID_…``) is empty in the older mode, where the platform signs with certificates.
    ``platform_keys``: PEM of the platform's certificates and public key by their serial or id.
    """

    merchant_no: str
    serial_no: str
    private_key: str = field(repr=False)
    api_key: str = field(repr=False)
    app_no: str = ""
    public_key_no: str = ""
    platform_keys: Mapping[str, str] = field(default_factory=dict)


class PayKeyring(Protocol):
    """Keeps one merchant's keys for the connector, which never sees a database."""

    def read(self) -> PayCredentials: ...

    def keep_certificates(self, certificates: Mapping[str, str]) -> PayCredentials:
        """Store the platform's certificates of today by serial, in place of the earlier ones."""
        ...


@dataclass(frozen=True)
class RepaymentWish:
    """``repayment_no`` makes a repeat harmless: the same number is the same repayment. At most 64 characters.

    ``notice_url`` is where the result is sent to; empty: where the merchant platform says.
    """

    transaction_no: str
    repayment_no: str
    amount_fen: int
    total_fen: int
    reason: str = ""
    notice_url: str = ""


def check_credentials(credentials: PayCredentials) -> None:
    """Refuse keys that can never work, before they are kept.

    Raises:
        BadInput: the field is named; no part of a key is repeated.
    """
    if not credentials.merchant_no.isdecimal():
        raise BadInput("merchant number: digits only, as the merchant platform shows it", field="mch_id")
    if not credentials.serial_no.isalnum():
        raise BadInput("serial: the hexadecimal serial of the merchant certificate", field="serial")
    if len(credentials.api_key.encode()) != _API_KEY_BYTES:
        raise BadInput("APIv3 key: exactly 32 characters", field="api_key")
    read_private_key(credentials.private_key)
    if bool(credentials.public_key_no) != (credentials.public_key_no in credentials.platform_keys):
        raise BadInput("public key: give its id and its file, or neither", field="public_key")
    if credentials.public_key_no:
        if not credentials.public_key_no.startswith(PUBLIC_KEY_MARK):
            raise BadInput(f"public key id: begins with {PUBLIC_KEY_MARK}", field="public_key_id")
        read_public_key(credentials.platform_keys[credentials.public_key_no])
