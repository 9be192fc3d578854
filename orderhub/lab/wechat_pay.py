"""How does the lab's WeChat Pay answer? Only to requests it can verify, and with answers that can be verified.

Source: contracts/services, section 1; error codes as in the official SDKs.
"""

import asyncio
import base64
import gzip
import hashlib
import json
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from starlette.requests import Request
from starlette.responses import Response

from orderhub.kernel.clock import business_day, from_unix
from orderhub.lab.answers import Body
from orderhub.lab.wechat_bill import trade_bill
from orderhub.lab.wechat_keys import Merchant, Platform
from orderhub.lab.wechat_notices import Notices
from orderhub.lab.wechat_purse import LabPayment, Purse, repayment_body, rfc3339, transaction_body
from orderhub.lab.world import World

_MOST_BYTES = 1_000_000
_SCHEME = "WECHATPAY2-SHA256-RSA2048 "
_ITEM = re.compile(r'(\w+)="([^"]*)"')


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


class WechatPayDoor:
    """Everything below ``/wechat-pay/v3``."""

    def __init__(self, world: World, merchant: Merchant, platform: Platform, purse: Purse, notices: Notices) -> None:
        self.world = world
        self.merchant = merchant
        self.platform = platform
        self.purse = purse
        self.notices = notices

    async def take(self, request: Request) -> Response:
        raw = await request.body()
        path = request.path_params["path"]
        if fault := self.world.faults.take("timeout", "", "wechat-pay"):
            await asyncio.sleep(30 if fault.seconds is None else fault.seconds)
        try:
            if len(raw) > _MOST_BYTES:
                raise Refusal(413, "PARAM_ERROR", "请求过大")
            if self.world.faults.take("service_error", "", "wechat-pay"):
                raise Refusal(500, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用")
            self._check(request, raw)
            if path == "billdownload/file":
                return Response(self._bill_file(request.query_params.get("token", "")), media_type="application/x-gzip")
            answer = self._answer(request, path, raw)
        except Refusal as refused:
            body = {"code": refused.code, "message": refused.message}
            return self._said(request, body, status=refused.status)
        return self._said(request, answer)

    def _said(self, request: Request, body: Body, *, status: int = 200) -> Response:
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        by_public_key = request.headers.get("wechatpay-serial", "").startswith("PUB_KEY_ID_")
        headers = self.platform.signed(raw, at=self.world.real_now(), by_public_key=by_public_key)
        if self.world.faults.take("truncated_json", "", "wechat-pay"):
            raw = raw[: len(raw) // 2]
        return Response(raw, status, headers, media_type="application/json")

    def _check(self, request: Request, raw: bytes) -> None:
        """Raises: Refusal: 401, not signed by the merchant for this very request."""
        given = request.headers.get("authorization", "")
        items = dict(_ITEM.findall(given))
        if not given.startswith(_SCHEME) or set(items) != {
            "mchid",
            "nonce_str",
            "timestamp",
            "serial_no",
            "signature",
        }:
            raise Refusal(401, "SIGN_ERROR", "Http头Authorization值格式错误")
        if (items["mchid"], items["serial_no"]) != (self.merchant.merchant_no, self.merchant.serial_no):
            raise Refusal(401, "SIGN_ERROR", "商户证书序列号有误")
        if not items["timestamp"].isdecimal() or abs(self.world.real_now() - int(items["timestamp"])) > 300:
            raise Refusal(401, "SIGN_ERROR", "签名已过期")
        query = request.scope["query_string"].decode()
        target = request.scope["raw_path"].decode().partition("?")[0] + (f"?{query}" if query else "")
        text = f"{request.method}\n{target}\n{items['timestamp']}\n{items['nonce_str']}\n".encode() + raw + b"\n"
        try:
            signature = base64.b64decode(items["signature"], validate=True)
            self.merchant.public_key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError) as error:
            raise Refusal(401, "SIGN_ERROR", "签名错误") from error

    def _answer(self, request: Request, path: str, raw: bytes) -> Body:
        kind, _, number = path.rpartition("/")
        if request.method == "POST" and path == "refund/domestic/refunds":
            return self._repay(_object(raw))
        if request.method == "GET":
            match kind, number:
                case "", "certificates":
                    return self._certificates()
                case "pay/transactions/out-trade-no", _:
                    return self._transaction(request, self.purse.payments.get(number))
                case "pay/transactions/id", _:
                    return self._transaction(request, self.purse.by_transaction(number))
                case "refund/domestic/refunds", _:
                    return self._repayment(number)
                case "bill", "tradebill":
                    return self._bill(request)
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "请求的资源不存在")

    def _certificates(self) -> Body:
        sealed = self.merchant.sealed(self.platform.certificate.encode(), "certificate")
        row = {"serial_no": self.platform.serial_no, "encrypt_certificate": sealed}
        now = self.world.real_now()
        row |= {"effective_time": rfc3339(now - 86400), "expire_time": rfc3339(now + 4 * 365 * 86400)}
        return {"data": [row]}

    def _transaction(self, request: Request, payment: LabPayment | None) -> Body:
        if request.query_params.get("mchid") != self.merchant.merchant_no:
            raise Refusal(400, "PARAM_ERROR", "mchid 与签名的商户不一致")
        if payment is None:
            raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
        return transaction_body(payment, app_no=self.merchant.app_no, merchant_no=self.merchant.merchant_no)

    def _repay(self, asked: Body) -> Body:
        payment = self.purse.by_transaction(str(asked.get("transaction_id", "")))
        if payment is None:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "订单不存在或未支付")
        number, amount = str(asked.get("out_refund_no", "")), asked.get("amount")
        amount = amount if isinstance(amount, dict) else {}
        refund_fen = amount.get("refund")
        if not 1 <= len(number) <= 64 or not isinstance(refund_fen, int) or refund_fen <= 0:
            raise Refusal(400, "PARAM_ERROR", "参数错误")
        if amount.get("total") != payment.total_fen or amount.get("currency") != "CNY":
            raise Refusal(400, "INVALID_REQUEST", "订单金额不一致")
        standing = self.purse.repayments.get(number)
        if standing and standing.amount_fen != refund_fen:
            raise Refusal(400, "INVALID_REQUEST", "同一退款单号的金额不一致")
        if not standing and payment.refunded_fen + refund_fen > payment.total_fen:
            raise Refusal(403, "NOT_ENOUGH", "可退余额不足")
        repayment = self.purse.send_back(payment, number, refund_fen)
        body = repayment_body(repayment)
        if self.purse.settle(repayment):
            self.notices.sent_back(repayment)
        return body

    def _repayment(self, number: str) -> Body:
        if number not in self.purse.repayments:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return repayment_body(self.purse.repayments[number])

    def _bill(self, request: Request) -> Body:
        asked = request.query_params
        day = asked.get("bill_date", "")
        if (asked.get("bill_type"), asked.get("tar_type")) != ("ALL", "GZIP"):
            raise Refusal(400, "PARAM_ERROR", "实验室只出 ALL、GZIP 的账单")
        if not (plain := trade_bill(self.purse, self.merchant, day)) or day >= self._today():
            raise Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        url = str(request.url.replace(path=request.url.path.replace("bill/tradebill", "billdownload/file"), query=""))
        sha1 = hashlib.sha1(plain, usedforsecurity=False).hexdigest()
        return {"hash_type": "SHA1", "hash_value": sha1, "download_url": f"{url.rstrip('?')}?token={day}"}

    def _bill_file(self, day: str) -> bytes:
        if not (plain := trade_bill(self.purse, self.merchant, day)):
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "账单文件不存在")
        return gzip.compress(plain)

    def _today(self) -> str:
        return f"{business_day(from_unix(self.world.now())):%Y-%m-%d}"


def _object(raw: bytes) -> Body:
    try:
        body: Any = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "PARAM_ERROR", "请求体不是 JSON 对象")
    return body
