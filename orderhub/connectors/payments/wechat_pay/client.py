"""How does the hub ask WeChat Pay? Signed questions, answers known to be the platform's. Source: contracts/services,
section 1; the official Go and Java SDKs, read 2026-11.
"""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from orderhub.connectors import fields
from orderhub.connectors.http import Answer, PartnerClient, partner_client, readable
from orderhub.connectors.payments.wechat_pay import parse
from orderhub.connectors.payments.wechat_pay.bill import Bill, read_bill, unpacked
from orderhub.connectors.payments.wechat_pay.contract import (
    PUBLIC_KEY_MARK,
    PayCredentials,
    PayKeyring,
    RepaymentWish,
)
from orderhub.connectors.payments.wechat_pay.signing import WechatPayAuth, check_signed
from orderhub.domain.drafts import PaymentDraft, RepaymentDraft
from orderhub.domain.words import PaymentStatus
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import (
    BadInput,
    NotAllowed,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

GATEWAY = "https://api.mch.weixin.qq.com"
PARTNER = "WeChat Pay"
CALLS_PER_SECOND = 20
# Anybody may name a serial that nobody knows: that costs one question a minute, not one a notice.
ASKED_EVERY = timedelta(minutes=1)

Body = dict[str, Any]

_UNSIGNED = {"SIGN_ERROR", "MCH_NOT_EXISTS"}
_PASSING = {"SYSTEM_ERROR", "BANK_ERROR"}
_TOO_OFTEN = {"FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEED"}
_NO_ORDER = {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"}


def judge(body: Body) -> None:
    """An answer with a ``code`` is a refusal; raised in our words."""
    if "code" not in body:
        return
    code = fields.text(body, "code")[:64]
    said = {"partner": PARTNER, "partner_code": code}
    message = f"{PARTNER} refused: {code} {fields.text(body, 'message')}"[:200]
    if code in _UNSIGNED:
        raise PartnerUnauthorised(message, **said)
    if code in _TOO_OFTEN:
        raise PartnerBanned(message, retry_after=timedelta(minutes=1), **said)
    if code in _PASSING:
        raise PartnerUnavailable(message, **said)
    raise PartnerRefused(message, **said)


class WechatPay:
    """One merchant's line; synchronous, safe to use from several threads. Raises as a channel's connector does."""

    def __init__(self, keyring: PayKeyring, client: PartnerClient, url: str) -> None:
        self._keyring = keyring
        self._client = client
        self._url = url.rstrip("/")
        self._lock = threading.Lock()
        self._asked_at: datetime | None = None
        self._is_asking = False

    def check_notice(self, headers: Mapping[str, str], raw: bytes) -> None:
        """Know a notice to be the platform's before anything is made of it; ``headers`` in lower case.

        Raises:
            NotAllowed: it is not, or is too old; ``signing.ProbeRefused`` when the platform only tested us.
            PartnerError: its certificate is new and could not be had now: the platform sends the notice again.
        """
        check_signed(headers, raw, self._key, self._client.now())

    def payment(self, merchant_order_no: str) -> PaymentDraft:
        """What is known of our order number; a number the platform has never met is unpaid."""
        target = f"/v3/pay/transactions/out-trade-no/{quote(merchant_order_no, safe='')}"
        try:
            return self._payment(target)
        except PartnerRefused as error:
            if error.partner_code not in _NO_ORDER:
                raise
            merchant_no = self._keyring.read().merchant_no
            return PaymentDraft(merchant_no, merchant_order_no, PaymentStatus.UNPAID, error.partner_code)

    def transaction(self, transaction_no: str) -> PaymentDraft:
        return self._payment(f"/v3/pay/transactions/id/{quote(transaction_no, safe='')}")

    def repay(self, wish: RepaymentWish) -> RepaymentDraft:
        """Send money back. Safe to repeat with the same ``repayment_no``, also after no answer.

        Raises:
            PartnerRefused: a clear no (``NOT_ENOUGH``, ``USER_ACCOUNT_ABNORMAL``, …); no money moves.
        """
        asked: Body = {
            "transaction_id": wish.transaction_no,
            "out_refund_no": wish.repayment_no,
            "amount": {"refund": wish.amount_fen, "total": wish.total_fen, "currency": "CNY"},
        }
        if wish.reason:
            asked["reason"] = wish.reason[:80]
        if wish.notice_url:
            asked["notify_url"] = wish.notice_url
        content = json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()
        url = f"{self._url}/v3/refund/domestic/refunds"
        headers = self._headers() | {"content-type": "application/json"}
        answer = self._client.post(
            url, auth=self._auth(), safe=True, content=content, headers=headers, check=self._check
        )
        return self._repayment(answer)

    def repayment(self, repayment_no: str) -> RepaymentDraft:
        return self._repayment(self._get(f"/v3/refund/domestic/refunds/{quote(repayment_no, safe='')}"))

    def trade_bill(self, day: date) -> Bill:
        """All payments and refunds of ``day`` in Asia/Shanghai, ready from 10:00 of the next one.

        Its content is checked against the SHA1 promised in a signed answer: the file itself carries no signature.

        Raises:
            PartnerRefused: ``NO_STATEMENT_EXIST``: no bill is there (yet). PartnerUnavailable: it came damaged.
        """
        told = self._get(f"/v3/bill/tradebill?bill_date={day:%Y-%m-%d}&bill_type=ALL&tar_type=GZIP")
        with readable(PARTNER):
            sha1, url = fields.word(told, "hash_value"), fields.text(told, "download_url")
            raw = self._client.fetch(self._at_our_gateway(url), auth=self._auth(), headers=self._headers())
            return read_bill(unpacked(raw, sha1))

    def fetch_certificates(self) -> PayCredentials:
        """Ask for the platform's certificates of today and keep them."""
        found: dict[str, str] = {}

        def check(answer: Answer) -> None:
            """The first answer proves itself: it opens with our key, and one of its certificates has signed it."""
            try:
                found.update(parse.certificates(json.loads(answer.raw), self._keyring.read().api_key))
            except (BadInput, ValueError) as error:
                raise PartnerUnavailable(f"{PARTNER} sent certificates that do not open", partner=PARTNER) from error
            self._check_with(answer, lambda serial_no: found.get(serial_no.upper(), ""))

        self._client.get(f"{self._url}/v3/certificates", auth=self._auth(), headers=self._headers(), check=check)
        return self._keyring.keep_certificates(found)

    def close(self) -> None:
        self._client.close()

    def _payment(self, target: str) -> PaymentDraft:
        answer = self._get(f"{target}?mchid={self._keyring.read().merchant_no}")
        with readable(PARTNER):
            return parse.payment(answer)

    def _repayment(self, answer: Body) -> RepaymentDraft:
        with readable(PARTNER):
            return parse.repayment(answer)

    def _get(self, target: str) -> Body:
        return self._client.get(f"{self._url}{target}", auth=self._auth(), headers=self._headers(), check=self._check)

    def _auth(self) -> WechatPayAuth:
        keys = self._keyring.read()
        return WechatPayAuth(keys.merchant_no, keys.serial_no, keys.private_key, self._client.now)

    def _headers(self) -> dict[str, str]:
        headers = {"accept": "application/json", "user-agent": "OrderHub"}
        if public_key_no := self._keyring.read().public_key_no:
            headers["wechatpay-serial"] = public_key_no
        return headers

    def _check(self, answer: Answer) -> None:
        self._check_with(answer, self._key)

    def _check_with(self, answer: Answer, key_of: Callable[[str], str]) -> None:
        def known(serial_no: str) -> str:
            if not (key := key_of(serial_no)):
                raise NotAllowed("signed with a key of nobody we know")
            return key

        try:
            check_signed(answer.headers, answer.raw, known, self._client.now())
        except NotAllowed as error:
            raise PartnerUnavailable(f"{PARTNER}: an answer not signed by it ({error})", partner=PARTNER) from error

    def _key(self, serial_no: str) -> str:
        """Raises: NotAllowed: no key of the platform has this serial. PartnerUnavailable: it is being asked for."""
        wanted = serial_no if serial_no.startswith(PUBLIC_KEY_MARK) else serial_no.upper()
        keys = self._keyring.read()
        if wanted not in keys.platform_keys and not wanted.startswith(PUBLIC_KEY_MARK):
            # Where it was just asked for, the answer may have been kept since we read.
            keys = self._newly_fetched(keys) if self._may_ask() else self._keyring.read()
        if wanted not in keys.platform_keys:
            raise NotAllowed(f"serial {wanted[:64]!r} is none of WeChat Pay's keys that this shop knows")
        return keys.platform_keys[wanted]

    def _newly_fetched(self, keys: PayCredentials) -> PayCredentials:
        try:
            return self.fetch_certificates()
        except PartnerRefused:
            if keys.public_key_no:  # a merchant who only ever had the public key is given no certificates
                return keys
            raise
        finally:
            self._is_asking = False

    def _may_ask(self) -> bool:
        """Raises: PartnerUnavailable: another notice has asked, and the answer is on its way."""
        now = self._client.now()
        with self._lock:
            if self._is_asking:
                raise PartnerUnavailable(f"{PARTNER}: its certificates are being fetched", partner=PARTNER)
            if self._asked_at and timedelta() <= now - self._asked_at < ASKED_EVERY:
                return False
            self._asked_at, self._is_asking = now, True
            return True

    def _at_our_gateway(self, url: str) -> str:
        """A bill is fetched from the gateway that named it, wherever its address points."""
        parts = urlsplit(url)
        if not parts.path.endswith("/v3/billdownload/file"):
            raise BadInput("download_url: points elsewhere", field="download_url")
        return f"{self._url}/v3/billdownload/file?{parts.query}"


def connect(
    keyring: PayKeyring,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> WechatPay:
    client = partner_client(PARTNER, judge, CALLS_PER_SECOND, base_url=base_url, transport=transport, now=now)
    return WechatPay(keyring, client, base_url or GATEWAY)
