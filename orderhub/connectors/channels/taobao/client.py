"""How does the hub ask TOP? Source of every call: the official API metadata, read 2026-11."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from orderhub.connectors import fields
from orderhub.connectors.channels.answering import check_documented, is_answered
from orderhub.connectors.channels.contract import (
    AnswerNotice,
    Body,
    Credentials,
    Hint,
    Keyring,
    Limits,
    Native,
    ShipNotice,
    StockNotice,
    TokenGrant,
    Window,
)
from orderhub.connectors.channels.line import Line, no_receiver
from orderhub.connectors.channels.taobao.answers import ANSWERS, call_for, check_done
from orderhub.connectors.channels.taobao.carriers import CARRIERS
from orderhub.connectors.channels.taobao.parse import (
    ORDER_FIELDS,
    REFUND_FIELDS,
    TRADE_FIELDS,
    parse_refund,
    without_personal,
)
from orderhub.connectors.channels.taobao.signing import TopAuth
from orderhub.connectors.http import PartnerClient, partner_client, readable, told
from orderhub.connectors.paging import backwards
from orderhub.domain.drafts import Contact, PlacedOrder
from orderhub.domain.words import Carrier, Channel
from orderhub.kernel.clock import from_unix, shanghai_text, utc_now
from orderhub.kernel.errors import (
    BadInput,
    NotAllowed,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

GATEWAY = "https://gw.api.taobao.com/router/rest"
PARTNER = "Taobao"

_BAN = re.compile(r"ban will last for (\d{1,6}) more second", re.IGNORECASE)
_DEAD_TOKEN = {26, 27}
_PASSING = {8, 9, 10, 52, 88}
_PASSING_SHIP = re.compile(r":(B150|S01|R98)$")
_SHIPPED_ALREADY = re.compile(r":(B04|B27|CD06|CD07|HD06)$")
# What a receiver is asked for (scene): which carrier's waybill.
_SF, _FOUR_AND_YUNDA, _EMS, _OTHERS = "1001", "1002", "1003", "1004"
_SCENES = {
    Carrier.SF: _SF,
    Carrier.ZTO: _FOUR_AND_YUNDA,
    Carrier.YTO: _FOUR_AND_YUNDA,
    Carrier.STO: _FOUR_AND_YUNDA,
    Carrier.YUNDA: _FOUR_AND_YUNDA,
    Carrier.EMS: _EMS,
    Carrier.POST: _EMS,
}
_TRADE = ",".join(sorted(TRADE_FIELDS | {f"orders.{name}" for name in ORDER_FIELDS}))
_REFUND = ",".join(sorted(REFUND_FIELDS))


def judge(body: Body) -> None:
    """Raise TOP's error in our words; codes and retry advice of the official error page."""
    error = body.get("error_response")
    if error is None:
        return
    if not isinstance(error, dict):
        raise PartnerUnavailable(f"{PARTNER} sent an error that cannot be read", partner=PARTNER)
    code, sub_code = fields.whole(error, "code", 0), str(error.get("sub_code") or "")
    said = {"partner": PARTNER, "partner_code": sub_code or str(code)}
    message = f"{PARTNER} refused: {code} {sub_code or error.get('msg', '')}"[:200]
    if code == 7:
        ban = _BAN.search(str(error.get("sub_msg") or ""))
        raise PartnerBanned(message, retry_after=timedelta(seconds=int(ban[1]) if ban else 60), **said)
    if sub_code == "isv.trade-service-rejection":
        raise PartnerBanned(message, retry_after=timedelta(minutes=3), **said)
    if code in _DEAD_TOKEN:
        raise PartnerUnauthorised(message, **said)
    if code in _PASSING or sub_code.startswith("isp.") or _PASSING_SHIP.search(sub_code):
        raise PartnerUnavailable(message, **said)
    raise PartnerRefused(f"{message} {told(error.get('sub_msg'))}".strip(), **said)


class TaobaoConnector(Line):
    channel = Channel.TAOBAO
    limits = Limits(
        window=timedelta(days=1),
        page_size=100,
        lag=timedelta(seconds=5),
        history=timedelta(days=90),
        calls_per_second=20,
    )

    def __init__(self, keyring: Keyring, client: PartnerClient, url: str) -> None:
        super().__init__(keyring, client)
        self._url = url

    def changed_orders(self, window: Window) -> Iterator[Sequence[Native]]:
        def read(page: int) -> tuple[list[Body], int]:
            answer = self._ask("taobao.trades.sold.increment.get", _span(window, page) | {"fields": "tid,modified"})
            return _page(answer, "trades", "trade")

        for rows in backwards(read, self.limits.page_size):
            yield [self._whole(row, window) for row in rows]

    def placed_orders(self, window: Window) -> Iterator[Sequence[PlacedOrder]]:
        def read(page: int) -> tuple[list[Body], int]:
            asked = _span(window, page, "created") | {"fields": "tid,created,modified,payment"}
            return _page(self._ask("taobao.trades.sold.get", asked), "trades", "trade")

        for rows in backwards(read, self.limits.page_size):
            with readable(PARTNER):
                yield [_placed(row) for row in rows]

    def order(self, channel_order_no: str) -> Native:
        asked = {"fields": _TRADE, "tid": channel_order_no, "include_oaid": "true"}
        answer = self._ask("taobao.trade.fullinfo.get", asked)
        with readable(PARTNER):
            trade = fields.child(answer, "trade")
            fields.number(trade, "tid")
        return _native(trade, "tid", self._client.now())

    def changed_refunds(self, window: Window) -> Iterator[Sequence[Native]]:
        def read(page: int) -> tuple[list[Body], int]:
            answer = self._ask("taobao.refunds.receive.get", _span(window, page) | {"fields": _REFUND})
            return _page(answer, "refunds", "refund")

        for rows in backwards(read, self.limits.page_size):
            yield [_native(row, "refund_id", window.end) for row in rows]

    def refund(self, channel_refund_no: str, channel_order_no: str = "") -> Native:
        answer = self._ask("taobao.refund.get", {"fields": _REFUND, "refund_id": channel_refund_no})
        with readable(PARTNER):
            refund = fields.child(answer, "refund")
            fields.number(refund, "refund_id")
        return _native(refund, "refund_id", self._client.now())

    def answer_refund(self, notice: AnswerNotice) -> None:
        check_documented(notice, ANSWERS, PARTNER)
        refund = self.refund(notice.channel_refund_no).body
        with readable(PARTNER):
            if is_answered(notice, parse_refund(refund), PARTNER):
                return
            method, asked = call_for(notice, refund)
        answer = self._ask(method, asked, safe=False)
        with readable(PARTNER):
            check_done(answer, PARTNER)

    def carrier_code(self, carrier: Carrier) -> str:
        return CARRIERS[carrier]

    def ship(self, notice: ShipNotice) -> None:
        asked = {"tid": notice.channel_order_no, "company_code": notice.carrier_code, "out_sid": notice.tracking_no}
        if notice.line_nos:
            asked |= {"is_split": "1", "sub_tid": ",".join(notice.line_nos)}
        try:
            answer = self._ask("taobao.logistics.offline.send", asked, safe=False)
        except PartnerRefused as error:
            if _SHIPPED_ALREADY.search(error.partner_code) and self._carries(notice):
                return
            raise
        with readable(PARTNER):
            shipping = fields.child(answer, "shipping")
        if shipping.get("is_success") not in (True, "true"):
            raise PartnerRefused(f"{PARTNER} did not take the parcel", partner=PARTNER)

    def receiver(self, channel_order_no: str, carrier: Carrier) -> Contact:
        oaid = fields.text(self.order(channel_order_no).body, "oaid")
        if not oaid:
            raise no_receiver(PARTNER, channel_order_no)
        wanted = [{"oaid": oaid, "tid": channel_order_no, "scene": _SCENES.get(carrier, _OTHERS)}]
        answer = self._ask("taobao.top.oaid.decrypt", {"query_list": json.dumps(wanted)})
        with readable(PARTNER):
            found = _listed(answer, "receiver_list", "receiver")
            if not found or not fields.text(found[0], "name"):
                raise no_receiver(PARTNER, channel_order_no)
            return Contact(
                name=fields.text(found[0], "name"),
                mobile=fields.text(found[0], "mobile") or fields.text(found[0], "phone"),
                province=fields.text(found[0], "state"),
                city=fields.text(found[0], "city"),
                county=fields.text(found[0], "district"),
                address=fields.text(found[0], "town") + fields.text(found[0], "address_detail"),
            )

    def set_stock(self, notice: StockNotice) -> None:
        asked = {"num_iid": notice.channel_item_no, "quantity": str(notice.quantity), "type": "1"}
        if notice.channel_sku_no:
            asked["sku_id"] = notice.channel_sku_no
        elif notice.sku_code:
            asked["outer_id"] = notice.sku_code
        # A late repeat could overwrite a newer quantity: whoever asked decides whether to ask again.
        self._ask("taobao.item.quantity.update", asked, safe=False)

    def stock_of(self, channel_item_no: str, channel_sku_no: str) -> int:
        """Source: taobao.item.sku.get, official API metadata and a published answer, 2026-11."""
        if not channel_sku_no:
            raise PartnerRefused(
                f"{channel_item_no}: {PARTNER} tells the stock of a SKU by its number", partner=PARTNER
            )
        asked = {"num_iid": channel_item_no, "sku_id": channel_sku_no, "fields": "sku_id,num_iid,quantity"}
        answer = self._ask("taobao.item.sku.get", asked)
        with readable(PARTNER):
            return fields.whole(fields.child(answer, "sku"), "quantity")

    def create_token(self, code: str) -> TokenGrant:
        credentials = self._keyring.read()
        answer = self._send(credentials, "taobao.top.auth.token.create", {"code": code}, safe=False, session=False)
        return _grant(answer, self._client.now())

    def _ask_refresh(self, credentials: Credentials) -> TokenGrant:
        asked = {"refresh_token": credentials.refresh_token}
        answer = self._send(credentials, "taobao.top.auth.token.refresh", asked, safe=False, session=False)
        return _grant(answer, self._client.now())

    def _carries(self, notice: ShipNotice) -> bool:
        with readable(PARTNER):
            lines = _listed(self.order(notice.channel_order_no).body, "orders", "order")
            return any(fields.text(line, "invoice_no") == notice.tracking_no for line in lines)

    def _whole(self, row: Body, window: Window) -> Native:
        """The list carries neither remarks nor receivers, so each trade is asked for by itself."""
        number = fields.number_if_any(row, "tid")
        return self.order(number) if number else _native(row, "tid", window.end)

    def _ask(self, method: str, business: Mapping[str, str], *, safe: bool = True) -> Body:
        return self._tokens.call(lambda credentials: self._send(credentials, method, business, safe=safe))

    def _send(
        self, credentials: Credentials, method: str, business: Mapping[str, str], *, safe: bool, session: bool = True
    ) -> Body:
        auth = TopAuth(credentials, self._client.now, with_session=session)
        answer = self._client.post(self._url, auth=auth, safe=safe, params={"method": method}, data=business)
        name = f"{method.removeprefix('taobao.').replace('.', '_')}_response"
        if not isinstance(answer.get(name), dict):
            raise PartnerUnavailable(f"{PARTNER} answered {method} without {name}", partner=PARTNER)
        return answer[name]


def connect(
    keyring: Keyring,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> TaobaoConnector:
    pace = TaobaoConnector.limits.calls_per_second
    client = partner_client(PARTNER, judge, pace, base_url=base_url, transport=transport, now=now)
    return TaobaoConnector(keyring, client, base_url or GATEWAY)


def read_push(headers: Mapping[str, str], raw: bytes, credentials: Credentials) -> list[Hint]:  # noqa: ARG001
    """TOP pushes over a socket of its own (TMC), never over HTTP: whatever claims to be one is not."""
    raise NotAllowed("Taobao does not push over HTTP")


def _span(window: Window, page: int, by: str = "modified") -> dict[str, str]:
    return {
        f"start_{by}": shanghai_text(window.start),
        f"end_{by}": shanghai_text(window.end),
        "page_no": str(page),
        "page_size": str(TaobaoConnector.limits.page_size),
        "use_has_next": "false",
    }


def _page(answer: Body, plural: str, singular: str) -> tuple[list[Body], int]:
    with readable(PARTNER):
        return _listed(answer, plural, singular), fields.whole(answer, "total_results")


def _listed(body: Body, plural: str, singular: str) -> list[Body]:
    """``{"trades": {"trade": [...]}}``; the outer object is missing where there is none."""
    return fields.rows(fields.child(body, plural), singular)


def _native(body: Body, number: str, otherwise: datetime) -> Native:
    """What cannot be read is handed on all the same, as of ``otherwise``: parsing says what is wrong with it."""
    modified = fields.first_moment(fields.beijing, body, ("modified", "created"))
    return Native(fields.number_if_any(body, number), modified or otherwise, without_personal(body))


def _placed(row: Body) -> PlacedOrder:
    placed_at = fields.needed("created", fields.beijing(row, "created"))
    return PlacedOrder(
        channel_order_no=fields.number(row, "tid"),
        placed_at=placed_at,
        updated_at=fields.beijing(row, "modified") or placed_at,
        total_fen=fields.amount_if_any(fields.yuan, row, "payment"),
    )


def _grant(answer: Body, now: datetime) -> TokenGrant:
    """``token_result`` is JSON within JSON. Source: captured answers of `top.auth.token.create`."""
    try:
        token: Any = json.loads(fields.text(answer, "token_result"))
        expires_in = timedelta(seconds=fields.whole(token, "expires_in"))
        return TokenGrant(
            access_token=fields.number(token, "access_token"),
            refresh_token=fields.text(token, "refresh_token"),
            expires_at=from_unix(int(now.timestamp())) + expires_in,
            shop_no=fields.text(token, "taobao_user_id"),
            shop_name=fields.text(token, "taobao_user_nick"),
        )
    except (ValueError, AttributeError, BadInput) as error:
        raise PartnerUnavailable(f"{PARTNER} sent a token that cannot be read", partner=PARTNER) from error
