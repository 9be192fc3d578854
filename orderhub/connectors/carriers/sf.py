"""How does the hub ask SF Express for waybills?

Source: SF open platform guide as kept in archived copies (endpoint, msgDigest, codes) and recorded sandbox answers,
read 2026-11.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

import httpx

from orderhub.connectors import fields
from orderhub.connectors.carriers.contract import Account, Waybill, WaybillWish
from orderhub.connectors.carriers.sf_line import PARTNER, SfLine, inner, sf_line
from orderhub.connectors.http import Body, readable
from orderhub.domain.drafts import Contact
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerRefused, PartnerUnauthorised, PartnerUnavailable

CALLS_PER_SECOND = 20  # the sandbox allows 30; the rest is for routes (trackers/sf.py)

_ORDERED_ALREADY = "8016"
# Cancelled already, nothing known of the order, nothing ordered.
_NOTHING_STANDS = ("8037", "8018", "8024")
_UNKNOWN = ("6150", "8018", "8024")
_GOES_NOT_THERE = 3
_CANCEL = 2
_LABEL = {"product": "proCode", "sorting": "codingMapping", "qr": "twoDimensionCode"}


class _NoAuth(httpx.Auth):
    """A file's token stands in a header of its own."""


class SfConnector:
    carrier = Carrier.SF

    def __init__(self, line: SfLine) -> None:
        self._line = line

    def create_waybill(self, wish: WaybillWish) -> Waybill:
        try:
            made = self._line.ask("EXP_RECE_CREATE_ORDER", _wished(wish, self._line.account), safe=False)
        except PartnerRefused as error:
            if error.partner_code != _ORDERED_ALREADY:
                raise
            return self._standing(wish.request_no)
        with readable(PARTNER):
            if fields.whole(made, "filterResult", 0) == _GOES_NOT_THERE:
                raise PartnerRefused(f"{PARTNER} does not go there", partner=PARTNER, partner_code="filterResult 3")
        return _waybill(made, wish.request_no, is_new=True)

    def cancel_waybill(self, request_no: str) -> None:
        try:
            self._line.ask("EXP_RECE_UPDATE_ORDER", {"orderId": request_no, "dealType": _CANCEL}, safe=False)
        except PartnerRefused as error:
            if error.partner_code not in _NOTHING_STANDS:
                raise

    def labels(self, tracking_nos: Sequence[str]) -> bytes:
        """Source: request and answer of COM_RECE_CLOUD_PRINT_WAYBILLS as three SDKs have them, read 2026-11."""
        asked = {
            "templateCode": f"fm_76130_standard_{self._line.account.customer_code}",
            "version": "2.0",
            "fileType": "pdf",
            "sync": True,
            "documents": [{"masterWaybillNo": number} for number in tracking_nos],
        }
        answer = self._line.post("COM_RECE_CLOUD_PRINT_WAYBILLS", asked, safe=True)
        with readable(PARTNER):
            files = fields.rows(fields.child(inner(answer), "obj"), "files")
            if not files:
                raise PartnerUnavailable(f"{PARTNER} has drawn no label", partner=PARTNER)
            if len(files) > 1:
                raise PartnerRefused(f"{PARTNER} sent {len(files)} files where one was asked for", partner=PARTNER)
            url, token = fields.text(files[0], "url"), fields.text(files[0], "token")
        return self._line.client.fetch(url, auth=_NoAuth(), headers={"X-Auth-token": token})

    def check_account(self) -> None:
        asked = {"orderId": f"CHECK-{uuid4().hex}", "searchType": "1", "language": "zh-CN"}
        try:
            self._line.ask("EXP_RECE_SEARCH_ORDER_RESP", asked, safe=True)
        except PartnerUnauthorised:
            raise
        except PartnerRefused as error:
            if error.partner_code not in _UNKNOWN:
                raise

    def close(self) -> None:
        self._line.close()

    def _standing(self, request_no: str) -> Waybill:
        """The waybill an earlier asking made: its answer was lost, its price was not."""
        asked = {"orderId": request_no, "searchType": "1", "language": "zh-CN"}
        return _waybill(self._line.ask("EXP_RECE_SEARCH_ORDER_RESP", asked, safe=True), request_no, is_new=False)


def connect(
    account: Account,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> SfConnector:
    return SfConnector(sf_line(account, CALLS_PER_SECOND, base_url=base_url, transport=transport, now=now))


def _wished(wish: WaybillWish, account: Account) -> Body:
    return {
        "language": "zh-CN",
        "orderId": wish.request_no,
        "monthlyCard": account.month_card,
        "payMethod": 1,
        "expressTypeId": wish.express_type,
        "isReturnRoutelabel": 1,
        "parcelQty": 1,
        "totalWeight": wish.weight_grams / 1000,
        "cargoDetails": [{"name": name, "count": pieces} for name, pieces in wish.goods],
        "contactInfoList": [_contact(wish.sender, 1), _contact(wish.receiver, 2)],
    }


def _contact(contact: Contact, kind: int) -> Body:
    return {
        "contactType": kind,
        "contact": contact.name,
        "mobile": contact.mobile,
        "province": contact.province,
        "city": contact.city,
        "county": contact.county,
        "address": contact.address,
    }


def _waybill(found: Body, request_no: str, *, is_new: bool) -> Waybill:
    with readable(PARTNER):
        numbers = fields.rows(found, "waybillNoInfoList")
        if not numbers:
            raise PartnerUnavailable(f"{PARTNER} has taken the order and gives no waybill yet", partner=PARTNER)
        labels = fields.rows(found, "routeLabelInfo")
        label = fields.child(labels[0], "routeLabelData") if labels else {}
        code = fields.text(label, "destRouteLabel")
        return Waybill(request_no, fields.text(numbers[0], "waybillNo"), code, is_new, _label(label))


def _label(found: Body) -> Mapping[str, str]:
    said = {name: fields.text(found, theirs) for name, theirs in _LABEL.items()}
    return {name: text for name, text in said.items() if text}
