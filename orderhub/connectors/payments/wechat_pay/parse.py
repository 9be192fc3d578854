"""What does WeChat Pay say? Its words as tables, its bodies as drafts.

Source: contracts/services, section 1, from the official SDKs and documents, read 2026-11.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orderhub.connectors import fields
from orderhub.connectors.payments.wechat_pay.signing import opened, read_certificate_no
from orderhub.domain.drafts import PaymentDraft, RepaymentDraft
from orderhub.domain.words import PaymentStatus, RepaymentStatus
from orderhub.kernel.errors import BadInput

Body = dict[str, Any]

TRADE_WORDS = {
    "SUCCESS": PaymentStatus.PAID,
    "REFUND": PaymentStatus.REFUNDED,
    "NOTPAY": PaymentStatus.UNPAID,
    "CLOSED": PaymentStatus.CLOSED,
    "REVOKED": PaymentStatus.CLOSED,
    "USERPAYING": PaymentStatus.PAYING,
    "PAYERROR": PaymentStatus.FAILED,
}
REFUND_WORDS = {
    "SUCCESS": RepaymentStatus.SUCCEEDED,
    "CLOSED": RepaymentStatus.CLOSED,
    "PROCESSING": RepaymentStatus.PROCESSING,
    "ABNORMAL": RepaymentStatus.ABNORMAL,
}


def payment(body: Body) -> PaymentDraft:
    """Of a query's answer and of a payment notice's plaintext alike. Raises: BadInput."""
    word = fields.word(body, "trade_state")
    status = TRADE_WORDS.get(word, PaymentStatus.UNKNOWN)
    is_paid = status in (PaymentStatus.PAID, PaymentStatus.REFUNDED)
    amount = fields.child(body, "amount")
    amount_fen = fields.fen(amount, "total", None if is_paid else 0)
    return PaymentDraft(
        merchant_no=fields.number(body, "mchid"),
        merchant_order_no=fields.number(body, "out_trade_no"),
        status=status,
        status_word=word,
        app_no=fields.text(body, "appid"),
        transaction_no=fields.number(body, "transaction_id") if is_paid else "",
        amount_fen=amount_fen,
        payer_fen=fields.fen(amount, "payer_total", amount_fen),
        currency=fields.text(amount, "currency") or "CNY",
        payer_token=fields.text(fields.child(body, "payer"), "openid"),
        paid_at=fields.needed("success_time", moment(body, "success_time")) if is_paid else None,
    )


def repayment(body: Body) -> RepaymentDraft:
    """Of a refund's answer (``status``) and of a refund notice's plaintext (``refund_status``). Raises: BadInput."""
    word = fields.word(body, "refund_status" if "refund_status" in body else "status")
    return RepaymentDraft(
        repayment_no=fields.number(body, "out_refund_no"),
        service_no=fields.number(body, "refund_id"),
        merchant_order_no=fields.number(body, "out_trade_no"),
        transaction_no=fields.number(body, "transaction_id"),
        status=REFUND_WORDS.get(word, RepaymentStatus.UNKNOWN),
        status_word=word,
        amount_fen=fields.fen(fields.child(body, "amount"), "refund"),
        settled_at=moment(body, "success_time"),
        merchant_no=fields.text(body, "mchid"),
    )


def notice_no(raw: bytes) -> str:
    """The platform's number of a notice: what makes a repeated one absorbed. Empty where it cannot be read."""
    try:
        return fields.number_if_any(_object(raw), "id")
    except BadInput:
        return ""


def notice(raw: bytes, api_key: str) -> PaymentDraft | RepaymentDraft | None:
    """What a notice of known signature says; None for an event that concerns neither payments nor refunds.

    Raises:
        BadInput: it does not open, or cannot be read.
    """
    body = _object(raw)
    kind = fields.word(body, "event_type")
    read = {"TRANSACTION": payment, "REFUND": repayment}.get(kind.partition(".")[0])
    return read(_object(resource(fields.child(body, "resource"), api_key))) if read else None


def resource(sealed: Body, api_key: str) -> bytes:
    """The plaintext of a notice's ``resource`` or of an ``encrypt_certificate``."""
    if (kind := fields.word(sealed, "algorithm")) != "AEAD_AES_256_GCM":
        raise BadInput(f"algorithm: {kind[:32]} is not AEAD_AES_256_GCM", field="algorithm")
    texts = {name: sealed.get(name) or "" for name in ("nonce", "associated_data", "ciphertext")}
    if not all(isinstance(value, str) for value in texts.values()):
        raise BadInput("resource: nonce, associated_data and ciphertext need to be text", field="resource")
    nonce, associated, ciphertext = texts.values()
    return opened(api_key, nonce=nonce, associated=associated, ciphertext=ciphertext)


def certificates(body: Body, api_key: str) -> dict[str, str]:
    """The platform's certificates by serial, in PEM. That they open proves who sent them. Raises: BadInput."""
    found = {}
    for row in fields.rows(body, "data"):
        pem = resource(fields.child(row, "encrypt_certificate"), api_key).decode()
        serial_no = fields.number(row, "serial_no").upper()
        if read_certificate_no(pem).zfill(len(serial_no)) != serial_no:
            raise BadInput("serial_no: another certificate is under it", field="serial_no")
        found[serial_no] = pem
    return found


def moment(body: Mapping[str, Any], name: str) -> datetime | None:
    """``2018-06-08T10:34:56+08:00``, with its offset; missing is None."""
    value = fields.text(dict(body), name)
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise BadInput(f"{name}: is no moment", field=name, problem="bad_field") from error
    if found.tzinfo is None or not 2000 <= found.year < 2100:
        raise BadInput(f"{name}: is no plausible moment with an offset", field=name, problem="bad_field")
    return found.astimezone(UTC)


def _object(raw: bytes) -> Body:
    try:
        body = json.loads(raw, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise BadInput("the notice is no JSON", problem="not_json") from error
    if not isinstance(body, dict):
        raise BadInput("the notice is no object", problem="not_json")
    return body
