"""How does the hub ask Pinduoduo? Source: official guide and API pages as kept by public SDKs, read 2026-11."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

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
from orderhub.connectors.channels.pinduoduo.answers import ANSWERS, call_for, check_done
from orderhub.connectors.channels.pinduoduo.parse import parse_order, parse_refund, without_personal
from orderhub.connectors.channels.pinduoduo.signing import PopAuth
from orderhub.connectors.http import PartnerClient, partner_client, readable, told
from orderhub.connectors.paging import backwards
from orderhub.domain.drafts import Contact, PlacedOrder
from orderhub.domain.words import Carrier, Channel
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import (
    BadInput,
    NotAllowed,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

GATEWAY = "https://gw-api.pinduoduo.com/api/router"
PARTNER = "Pinduoduo"

_DEAD_TOKEN = {10019, 20032}
_TOO_MANY = {52101, 70031}
_PASSING = {20035, 50000, 50002, 52001, 52002, 52102, 52103, 70033}
_ALL_CONFIRMED = {"order_status": "5", "refund_status": "5"}
_ALL_ORDERS = {"is_lucky_flag": "0"} | _ALL_CONFIRMED
_ALL_REFUNDS = {"after_sales_status": "1", "after_sales_type": "1"}
# The longest span of one question for confirmed orders.
_CONFIRMED_SPAN = timedelta(hours=24)
# An order that waits for its group to fill is confirmed up to this long after it was placed.
_CONFIRMED_WITHIN = timedelta(hours=24)
# The key of an answer is its method's name, with exceptions.
_ANSWERS = {
    "pdd.order.number.list.increment.get": "order_sn_increment_get_response",
    "pdd.order.information.get": "order_info_get_response",
    "pdd.refund.list.increment.get": "refund_increment_get_response",
    "pdd.refund.agree": "response",
    "pdd.refund.returngoods.agree": "response",
    "pdd.goods.information.get": "goods_info_get_response",
}


def judge(body: Body) -> None:
    """Raise Pinduoduo's error in our words; codes and retry advice of the official guide.

    50001 is left among the refusals: beside trouble in a service it carries plain business errors.
    """
    error = body.get("error_response")
    if error is None:
        return
    if not isinstance(error, dict):
        raise PartnerUnavailable(f"{PARTNER} sent an error that cannot be read", partner=PARTNER)
    code, sub_code = fields.whole(error, "error_code", 0), str(error.get("sub_code") or "")
    said = {"partner": PARTNER, "partner_code": sub_code or str(code)}
    message = f"{PARTNER} refused: {code} {sub_code}".strip()[:200]
    if code in _DEAD_TOKEN:
        raise PartnerUnauthorised(message, **said)
    if code in _TOO_MANY:
        raise PartnerBanned(message, retry_after=timedelta(seconds=2), **said)
    if code in _PASSING:
        raise PartnerUnavailable(message, **said)
    raise PartnerRefused(f"{message} {told(error.get('sub_msg'))}".strip(), **said)


class PinduoduoConnector(Line):
    """Orders that are not paid yet are never shown by Pinduoduo; what is listed is whole."""

    channel = Channel.PINDUODUO
    limits = Limits(
        window=timedelta(minutes=30),
        page_size=100,
        lag=timedelta(minutes=3),
        history=timedelta(days=90),
        calls_per_second=10,
    )

    def __init__(self, keyring: Keyring, client: PartnerClient, url: str) -> None:
        super().__init__(keyring, client)
        self._url = url
        self._carriers: dict[str, str] = {}

    def changed_orders(self, window: Window) -> Iterator[Sequence[Native]]:
        def read(page: int) -> tuple[list[Body], int]:
            answer = self._ask("pdd.order.number.list.increment.get", _ALL_ORDERS | _span(window, page))
            return _page(answer, "order_sn_list")

        for rows in backwards(read, self.limits.page_size):
            yield [_order(row, window.end) for row in rows]

    def placed_orders(self, window: Window) -> Iterator[Sequence[PlacedOrder]]:
        """Pinduoduo lists by the time of confirmation only, which comes up to a day after an order was placed: what was
        confirmed from the window's start until a day after its end (or until now) is asked for."""
        end = max(window.end, min(window.end + _CONFIRMED_WITHIN, self._client.now()))
        start = window.start
        while start < end:
            stop = min(start + _CONFIRMED_SPAN, end)
            for rows in self._confirmed_rows(Window(start, stop)):
                with readable(PARTNER):
                    yield [_placed(row) for row in rows]
            start = stop

    def order(self, channel_order_no: str) -> Native:
        answer = self._ask("pdd.order.information.get", {"order_sn": channel_order_no})
        with readable(PARTNER):
            order = fields.child(answer, "order_info")
            fields.number(order, "order_sn")
        return _order(order, self._client.now())

    def changed_refunds(self, window: Window) -> Iterator[Sequence[Native]]:
        def read(page: int) -> tuple[list[Body], int]:
            answer = self._ask("pdd.refund.list.increment.get", _ALL_REFUNDS | _span(window, page))
            return _page(answer, "refund_list")

        for rows in backwards(read, self.limits.page_size):
            yield [_refund(row, window.end) for row in rows]

    def refund(self, channel_refund_no: str, channel_order_no: str = "") -> Native:
        """Raises: PartnerRefused: Pinduoduo finds a case only by its order, and none was named."""
        if not channel_order_no:
            raise PartnerRefused(f"{channel_refund_no}: {PARTNER} finds a refund only by its order", partner=PARTNER)
        asked = {"after_sales_id": channel_refund_no, "order_sn": channel_order_no}
        answer = self._ask("pdd.refund.information.get", asked)
        with readable(PARTNER):
            fields.number(answer, "id")
        return _refund(answer, self._client.now())

    def answer_refund(self, notice: AnswerNotice) -> None:
        check_documented(notice, ANSWERS, PARTNER)
        body = self.refund(notice.channel_refund_no, notice.channel_order_no).body
        with readable(PARTNER):
            if is_answered(notice, parse_refund(body), PARTNER):
                return
        method, asked = call_for(notice)
        answer = self._ask(method, asked, safe=False)
        with readable(PARTNER):
            check_done(answer, PARTNER)

    def carrier_code(self, carrier: Carrier) -> str:
        """Pinduoduo publishes no table of its numbers: its own list is asked, and known by the names."""
        if not self._carriers:
            answer = self._ask("pdd.logistics.companies.get", {})
            with readable(PARTNER):
                rows = fields.rows(answer, "logistics_companies")
                self._carriers = {fields.text(row, "logistics_company"): fields.number(row, "id") for row in rows}
        for name in _names_of(carrier):
            if name in self._carriers:
                return self._carriers[name]
        raise PartnerRefused(f"{PARTNER} has no {carrier.trade_name}", partner=PARTNER, partner_code="no-carrier")

    def ship(self, notice: ShipNotice) -> None:
        """Pinduoduo ships an order whole, in one call.

        Raises: PartnerRefused: only some lines are to be shipped, or Pinduoduo says no.
        """
        if notice.line_nos:
            self._check_whole(notice)
        asked = {
            "order_sn": notice.channel_order_no,
            "logistics_id": notice.carrier_code,
            "tracking_number": notice.tracking_no,
        }
        try:
            answer = self._ask("pdd.logistics.online.send", asked, safe=False)
        except PartnerUnauthorised:
            raise
        except PartnerRefused:
            if not self._carries(notice):
                raise
        else:
            _check_done(answer, "did not take the parcel")

    def receiver(self, channel_order_no: str, carrier: Carrier) -> Contact:
        """Whatever carrier. Outside its own cloud Pinduoduo answers this once in ten seconds, and 100 times a day."""
        order = self.order(channel_order_no).body
        sealed = [fields.text(order, name) for name in ("receiver_name", "receiver_phone", "receiver_address")]
        if not all(sealed):
            raise no_receiver(PARTNER, channel_order_no)
        asked = [{"data_tag": channel_order_no, "encrypted_data": cipher} for cipher in sealed]
        answer = self._ask("pdd.open.decrypt.batch", {"data_list": json.dumps(asked)})
        with readable(PARTNER):
            rows = fields.rows(answer, "data_decrypt_list")
            plain = {fields.text(row, "encrypted_data"): fields.text(row, "decrypted_data") for row in rows}
        name, mobile, address = (plain.get(cipher, "") for cipher in sealed)
        if not (name and mobile and address):
            raise no_receiver(PARTNER, channel_order_no)
        province, city, county = (fields.text(order, part) for part in ("province", "city", "town"))
        return Contact(name, mobile, province, city, county, address)

    def set_stock(self, notice: StockNotice) -> None:
        asked = {"goods_id": notice.channel_item_no, "quantity": str(notice.quantity), "update_type": "1"}
        if notice.channel_sku_no:
            asked["sku_id"] = notice.channel_sku_no
        else:
            asked["outer_id"] = notice.sku_code
        # A late repeat could overwrite a newer quantity: whoever asked decides whether to ask again.
        _check_done(self._ask("pdd.goods.quantity.update", asked, safe=False), "did not take the quantity")

    def stock_of(self, channel_item_no: str, channel_sku_no: str) -> int:
        """Source: pdd.goods.information.get, API page as kept by lywzx/pdd-node-sdk, 2026-11."""
        answer = self._ask("pdd.goods.information.get", {"goods_id": channel_item_no})
        with readable(PARTNER):
            skus = fields.rows(fields.child(answer, "goods_info"), "sku_list")
            held = [fields.whole(sku, "sku_quantity") for sku in skus if fields.text(sku, "sku_id") == channel_sku_no]
        if not held:
            raise PartnerRefused(f"{PARTNER} has no SKU {channel_sku_no} of {channel_item_no}", partner=PARTNER)
        return held[0]

    def create_token(self, code: str) -> TokenGrant:
        answer = self._send(self._keyring.read(), "pdd.pop.auth.token.create", {"code": code}, safe=False, token=False)
        return _grant(answer, self._client.now())

    def _confirmed_rows(self, window: Window) -> Iterator[list[Body]]:
        def read(page: int) -> tuple[list[Body], int]:
            asked = _ALL_CONFIRMED | _span(window, page, "confirm_at")
            return _page(self._ask("pdd.order.list.get", asked), "order_list")

        return backwards(read, self.limits.page_size)

    def _ask_refresh(self, credentials: Credentials) -> TokenGrant:
        asked = {"refresh_token": credentials.refresh_token}
        answer = self._send(credentials, "pdd.pop.auth.token.refresh", asked, safe=False, token=False)
        return _grant(answer, self._client.now())

    def _check_whole(self, notice: ShipNotice) -> None:
        with readable(PARTNER):
            lines = {line.channel_line_no for line in parse_order(self.order(notice.channel_order_no).body).lines}
        if set(notice.line_nos) != lines:
            raise PartnerRefused(f"{notice.channel_order_no}: {PARTNER} ships an order whole", partner=PARTNER)

    def _carries(self, notice: ShipNotice) -> bool:
        with readable(PARTNER):
            parcels = parse_order(self.order(notice.channel_order_no).body).parcels
        return any(parcel.tracking_no == notice.tracking_no for parcel in parcels)

    def _ask(self, method: str, business: Mapping[str, str], *, safe: bool = True) -> Body:
        return self._tokens.call(lambda credentials: self._send(credentials, method, business, safe=safe))

    def _send(
        self, credentials: Credentials, method: str, business: Mapping[str, str], *, safe: bool, token: bool = True
    ) -> Body:
        auth = PopAuth(credentials, self._client.now, with_token=token)
        content = json.dumps({"type": method} | dict(business)).encode()
        answer = self._client.post(self._url, auth=auth, safe=safe, content=content)
        name = _ANSWERS.get(method, f"{method.removeprefix('pdd.').replace('.', '_')}_response")
        # The page of a single case names no key for its answer, and may mean it.
        found = answer.get(name, answer if method == "pdd.refund.information.get" else None)
        if not isinstance(found, dict):
            raise PartnerUnavailable(f"{PARTNER} answered {method} without {name}", partner=PARTNER)
        return found


def connect(
    keyring: Keyring,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> PinduoduoConnector:
    pace = PinduoduoConnector.limits.calls_per_second
    client = partner_client(PARTNER, judge, pace, base_url=base_url, transport=transport, now=now)
    return PinduoduoConnector(keyring, client, base_url or GATEWAY)


def read_push(headers: Mapping[str, str], raw: bytes, credentials: Credentials) -> list[Hint]:  # noqa: ARG001
    """Pinduoduo pushes over a socket of its own (PMC), never over HTTP: whatever claims to be one is not."""
    raise NotAllowed("Pinduoduo does not push over HTTP")


def _span(window: Window, page: int, by: str = "updated_at") -> dict[str, str]:
    return {
        f"start_{by}": str(int(window.start.timestamp())),
        f"end_{by}": str(int(window.end.timestamp())),
        "page": str(page),
        "page_size": str(PinduoduoConnector.limits.page_size),
    }


def _page(answer: Body, name: str) -> tuple[list[Body], int]:
    with readable(PARTNER):
        return fields.rows(answer, name), fields.whole(answer, "total_count")


def _order(row: Body, otherwise: datetime) -> Native:
    """What cannot be read is handed on all the same, as of ``otherwise``: parsing says what is wrong with it."""
    updated_at = fields.first_moment(fields.beijing, row, ("updated_at", "created_time"))
    return Native(fields.number_if_any(row, "order_sn"), updated_at or otherwise, without_personal(row))


def _placed(row: Body) -> PlacedOrder:
    placed_at = fields.needed("created_time", fields.beijing(row, "created_time"))
    return PlacedOrder(
        channel_order_no=fields.number(row, "order_sn"),
        placed_at=placed_at,
        updated_at=fields.beijing(row, "updated_at") or placed_at,
        total_fen=fields.amount_if_any(fields.yuan, row, "pay_amount"),
    )


def _refund(row: Body, otherwise: datetime) -> Native:
    updated_at = fields.first_moment(fields.beijing, row, ("updated_time", "created_time"))
    return Native(fields.number_if_any(row, "id"), updated_at or otherwise, without_personal(row))


def _names_of(carrier: Carrier) -> list[str]:
    """顺丰速运 is written 顺丰快递 here and 顺丰速递 there."""
    root = carrier.trade_name
    for ending in ("速运", "快递", "速递"):
        root = root.removesuffix(ending)
    return [carrier.trade_name, *(root + ending for ending in ("快递", "速运", "速递", ""))]


def _check_done(answer: Body, otherwise: str) -> None:
    """`is_success` is 1 in the example of 2018 and a boolean in the pages of today."""
    if str(answer.get("is_success")).lower() not in ("true", "1"):
        raise PartnerRefused(f"{PARTNER} {otherwise}", partner=PARTNER)


def _grant(answer: Body, now: datetime) -> TokenGrant:
    try:
        return TokenGrant(
            access_token=fields.number(answer, "access_token"),
            refresh_token=fields.text(answer, "refresh_token"),
            expires_at=now + timedelta(seconds=fields.whole(answer, "expires_in")),
            shop_no=fields.text(answer, "owner_id"),
            shop_name=fields.text(answer, "owner_name"),
        )
    except BadInput as error:
        raise PartnerUnavailable(f"{PARTNER} sent a token that cannot be read", partner=PARTNER) from error
