"""How do WeChat Pay's notices reach the hub? Sealed, signed, from threads of their own, sometimes badly or never."""

import json
import logging
import os
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Lock
from urllib.parse import urlsplit

from orderhub.lab.answers import Body
from orderhub.lab.wechat_keys import Merchant, Platform
from orderhub.lab.wechat_purse import LabPayment, LabRepayment, repayment_body, rfc3339, transaction_body
from orderhub.lab.world import World

TRIES = 8
_WAIT_SECONDS = 0.5

log = logging.getLogger(__name__)


@dataclass
class Notice:
    """``status`` is the hub's last answer, 0 = none; ``answer`` its body."""

    number: str
    kind: str
    raw: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    tries: int = 0
    status: int = 0
    answer: str = ""

    def facts(self) -> Body:
        return {
            "id": self.number,
            "event_type": self.kind,
            "tries": self.tries,
            "status": self.status,
            "answer": self.answer,
        }


class Notices:
    """``by_public_key`` chooses the mode the platform signs in; each notice is sent ``tries`` times at most."""

    def __init__(self, world: World, merchant: Merchant, platform: Platform) -> None:
        self.world = world
        self.merchant = merchant
        self.platform = platform
        self.target = ""
        self.by_public_key = False
        self.tries = TRIES
        self.sent: deque[Notice] = deque(maxlen=10_000)
        self._waiting = 0
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="lab-notice")

    @property
    def waiting(self) -> int:
        return self._waiting

    def paid(self, payment: LabPayment) -> None:
        if self.world.faults.take("pay_notice_lost", ""):
            return
        plain = transaction_body(payment, app_no=self.merchant.app_no, merchant_no=self.merchant.merchant_no)
        self._send("TRANSACTION.SUCCESS", "transaction", plain, at=payment.paid_at)

    def sent_back(self, repayment: LabRepayment) -> None:
        plain = repayment_body(repayment, merchant_no=self.merchant.merchant_no)
        self._send(f"REFUND.{repayment.status}", "refund", plain, at=self.world.now())

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _send(self, kind: str, original: str, plain: Body, *, at: int) -> None:
        if not self.target:
            return
        number = f"EV-{at}{os.urandom(6).hex()}"
        body = {
            "id": number,
            "create_time": rfc3339(at),
            "resource_type": "encrypt-resource",
            "event_type": kind,
            "summary": "支付成功" if original == "transaction" else "退款结果",
            "resource": {"original_type": original}
            | self.merchant.sealed(json.dumps(plain, ensure_ascii=False).encode(), original),
        }
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        deliveries = self._with_faults(number, kind, raw)
        with self._lock:
            self._waiting += len(deliveries)
        self._pool.submit(self._deliver_all, deliveries)

    def _with_faults(self, number: str, kind: str, raw: bytes) -> list[Notice]:
        take = self.world.faults.take
        if take("pay_new_certificate", ""):
            self.platform.renew_certificate()
        right, before = self._signed(number, kind, raw), []
        if take("pay_probe", ""):
            probe = self._signed(number, kind, raw)
            probe.headers["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + probe.headers["Wechatpay-Signature"]
            before.append(probe)
        if take("pay_old_timestamp", ""):
            before.append(self._signed(number, kind, raw, seconds_ago=600))
        if take("pay_bad_signature", ""):
            forged = self._signed(number, kind, raw)
            forged.raw = raw.replace(b'"id":"EV-', b'"id":"EW-')
            before.append(forged)
        again = 2 if take("pay_notice_repeat", "") else 0
        return [*before, right, *(self._signed(number, kind, raw) for _ in range(again))]

    def _signed(self, number: str, kind: str, raw: bytes, *, seconds_ago: int = 0) -> Notice:
        at = self.world.real_now() - seconds_ago
        return Notice(number, kind, raw, self.platform.signed(raw, at=at, by_public_key=self.by_public_key))

    def _deliver_all(self, deliveries: Sequence[Notice]) -> None:
        for notice in deliveries:
            try:
                self._deliver(notice)
            except (OSError, HTTPException, ValueError) as error:
                log.warning("notice %s not delivered: %s", notice.number, type(error).__name__)
            self.sent.append(notice)
            with self._lock:
                self._waiting -= 1

    def _deliver(self, notice: Notice) -> None:
        """Sent again until it is answered with 200 or 204, after half a second and then ever later: a minute in all.

        A 4xx but 429 is final here, so that a test need not wait a day.
        """
        for notice.tries in range(1, self.tries + 1):
            try:
                notice.status, notice.answer = _post(self.target, notice)
            except (OSError, HTTPException):
                if notice.tries == self.tries:
                    raise
            if 0 < notice.status < 500 and notice.status != HTTPStatus.TOO_MANY_REQUESTS:
                return
            if notice.tries < self.tries:
                time.sleep(_WAIT_SECONDS * 2 ** (notice.tries - 1))


def _post(target: str, notice: Notice) -> tuple[int, str]:
    url = urlsplit(target)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=5)
    try:
        headers = notice.headers | {"Content-Type": "application/json"}
        connection.request("POST", url.path, body=notice.raw, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(10_000).decode("utf-8", "replace")
    finally:
        connection.close()
