"""What may go wrong, on demand: each fault by name, for a shop and an API, by chance or a number of times."""

from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from orderhub.kernel.errors import BadInput

# name: what it does; `docs/lab.md` explains each, which a test demands.
FAULTS: dict[str, str] = {
    "server_error": "HTTP 502 with an HTML page",
    "service_error": "the platform's own passing error",
    "answer_lost": "the carrier does what it is asked, and HTTP 502 is all that is heard of it",
    "timeout": "no answer for `seconds` (30)",
    "rate_ban": "the platform's own ban, for `seconds` (2)",
    "expired_token": "the shop's access token dies before the call is answered",
    "truncated_json": "the answer breaks off in the middle",
    "oversize_body": "the answer is `megabytes` (12) too long",
    "duplicates": "a row of a page stands in it twice",
    "moving_rows": "after a page is read its window's newest row changes and leaves the window",
    "late_update": "after a page is read a row changes with an update time `seconds` (120) ago",
    "dropped_page": "a page of changes is left out of every pull until its orders change again",
    "unknown_status": "a row's status is `word` (FROZEN_BY_LAB, or 777 where it is a number)",
    "missing_field": "a row lacks `field` (its amount)",
    "new_field": "every row has `field` (new_by_lab) with `word` in it",
    "wrong_type": "a row's `field` (its amount) is a list",
    "absurd_amount": "a row's amount is beyond any order",
    "push_duplicate": "a push is sent twice",
    "push_replay": "an earlier push is sent again after the new one",
    "push_bad_signature": "a push with a signature that does not fit, then the right one",
    "push_out_of_order": "a push is held back until the next one has gone",
    "push_oversize": "a push of `megabytes` (2), then the right one",
    "post_repeat": "a mini-program's order is posted again although it was answered",
    "pay_notice_lost": "WeChat Pay never sends the notice of a payment",
    "pay_notice_repeat": "a payment notice is sent three times",
    "pay_wrong_amount": "one fen more is paid than was asked for",
    "pay_probe": "WeChat Pay's own test signature, then the right notice",
    "pay_old_timestamp": "a notice signed ten minutes ago, then the right one",
    "pay_bad_signature": "a notice changed after it was signed, then the right one",
    "pay_new_certificate": "WeChat Pay signs with a certificate nobody has seen from now on",
    "seller_code": "TOP wants the code it has sent to the seller's phone before money goes back",
    "notice_refused": "a notifier refuses a buyer's message with its code `word`",
    "repayment_abnormal": "money sent back cannot reach the buyer's account",
}


@dataclass
class Fault:
    """``shop`` and ``api`` empty = all; ``count`` None = until taken away."""

    name: str
    shop: str = ""
    api: str = ""
    probability: float = 1.0
    count: int | None = None
    seconds: int | None = None
    field: str = ""
    word: str = ""
    megabytes: int | None = None
    number: int = 0
    hits: int = 0

    def fits(self, name: str, shop: str, api: str) -> bool:
        return self.name == name and self.shop in ("", shop) and self.api in ("", api) and self.count != 0


class Faults:
    def __init__(self, seed: int) -> None:
        self._rng = Random(f"faults:{seed}")
        self._set: list[Fault] = []
        self._last_no = 0

    def set(self, fault: Fault) -> Fault:
        if fault.name not in FAULTS:
            raise BadInput(f"{fault.name!r} is none of {', '.join(FAULTS)}", field="name", problem="unknown_fault")
        self._last_no += 1
        fault.number = self._last_no
        self._set.append(fault)
        return fault

    def clear(self, number: int | None = None) -> None:
        self._set = [fault for fault in self._set if number is not None and fault.number != number]

    def take(self, name: str, shop: str, api: str = "") -> Fault | None:
        """The fault that strikes now, counted; None in most cases."""
        for fault in self._set:
            if fault.fits(name, shop, api) and self._rng.random() < fault.probability:
                fault.hits += 1
                fault.count = None if fault.count is None else fault.count - 1
                return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._set]
