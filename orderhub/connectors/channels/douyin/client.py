"""How does the hub ask the Douyin shop platform? Source: its Go SDK and API pages, read 2026-11."""

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
    Keyring,
    Limits,
    Native,
    ShipNotice,
    StockNotice,
    TokenGrant,
    Window,
)
from orderhub.connectors.channels.douyin.answers import ANSWERS, call_for, check_done
from orderhub.connectors.channels.douyin.carriers import CARRIERS
from orderhub.connectors.channels.douyin.parse import parse_refund, without_personal
from orderhub.connectors.channels.douyin.signing import DoudianAuth, canonical
from orderhub.connectors.channels.line import Line, no_receiver
from orderhub.connectors.http import PartnerClient, partner_client, readable, told
from orderhub.connectors.paging import backwards
from orderhub.domain.drafts import Contact, PlacedOrder
from orderhub.domain.words import Carrier, Channel
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import (
    BadInput,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

GATEWAY = "https://openapi-fxg.jinritemai.com"
PARTNER = "Douyin"

_DONE = {10000, 10001}
_PASSING = {20000, 20001}
_DEAD_TOKEN = {"isv.access-token-expired", "isv.access-token-no-existed", "isv.access-token-invalid"}
_HEADERS = {"content-type": "application/json", "x-open-no-old-err-code": "1"}


def judge(body: Body) -> None:
    """Raise the platform's error in our words; the new format (``code``) and the old one (``err_no``)."""
    if "code" not in body and "err_no" not in body:
        raise PartnerUnavailable(f"{PARTNER} answered without a code", partner=PARTNER)
    code = fields.whole(body, "code", 10000)
    old_code = fields.whole(body, "err_no", 0)
    if code in _DONE and old_code == 0:
        return
    sub_code = str(body.get("sub_code") or "")
    said = {"partner": PARTNER, "partner_code": sub_code or str(old_code or code)}
    message = f"{PARTNER} refused: {old_code or code} {sub_code}"[:200]
    if sub_code in _DEAD_TOKEN or (code == 50001 and "token" in sub_code):
        raise PartnerUnauthorised(message, **said)
    if code == 60000:
        raise PartnerBanned(message, retry_after=timedelta(seconds=1), **said)
    if code in _PASSING or sub_code.startswith("isp."):
        raise PartnerUnavailable(message, **said)
    raise PartnerRefused(f"{message} {told(body.get('sub_msg'))}".strip(), **said)


_PLACE = ("province", "city", "town", "street")


class DouyinConnector(Line):
    channel = Channel.DOUYIN
    limits = Limits(
        window=timedelta(days=1),
        page_size=100,
        lag=timedelta(seconds=5),
        history=timedelta(days=90),
        calls_per_second=20,
    )

    def __init__(self, keyring: Keyring, client: PartnerClient, url: str) -> None:
        super().__init__(keyring, client)
        self._url = url.rstrip("/")

    def changed_orders(self, window: Window) -> Iterator[Sequence[Native]]:
        """The list's rows are whole orders. They come by update time, and a row changed meanwhile leaves the window
        from wherever it stands, so pages are read backwards here too."""

        def read(page: int) -> tuple[list[Body], int]:
            span = {"update_time_start": _unix(window.start), "update_time_end": _unix(window.end)}
            paging = {"page": page - 1, "size": self.limits.page_size, "order_by": "update_time", "order_asc": False}
            return _page(self._ask("order.searchList", span | paging), "shop_order_list")

        for rows in backwards(read, self.limits.page_size):
            yield [_order(row, window.end) for row in rows]

    def placed_orders(self, window: Window) -> Iterator[Sequence[PlacedOrder]]:
        def read(page: int) -> tuple[list[Body], int]:
            span = {"create_time_start": _unix(window.start), "create_time_end": _unix(window.end)}
            paging = {"page": page - 1, "size": self.limits.page_size, "order_by": "create_time", "order_asc": False}
            return _page(self._ask("order.searchList", span | paging), "shop_order_list")

        for rows in backwards(read, self.limits.page_size):
            with readable(PARTNER):
                yield [_placed(row) for row in rows]

    def order(self, channel_order_no: str) -> Native:
        found = self._ask("order.orderDetail", {"shop_order_id": channel_order_no})
        with readable(PARTNER):
            order = fields.child(found, "shop_order_detail")
            fields.number(order, "order_id")
        return _order(order, self._client.now())

    def changed_refunds(self, window: Window) -> Iterator[Sequence[Native]]:
        def read(page: int) -> tuple[list[Body], int]:
            span = {"update_start_time": _unix(window.start), "update_end_time": _unix(window.end)}
            paging = {"page": page - 1, "size": self.limits.page_size, "order_by": ["update_time asc"]}
            return _page(self._ask("afterSale.List", span | paging), "items")

        for rows in backwards(read, self.limits.page_size):
            yield [_refund(row, window.end) for row in rows]

    def refund(self, channel_refund_no: str, channel_order_no: str = "") -> Native:
        found = self._ask("afterSale.Detail", {"after_sale_id": channel_refund_no})
        with readable(PARTNER):
            process = fields.child(found, "process_info")
            case = fields.child(process, "after_sale_info") or fields.child(process, "aftersale_info")
            fields.number(case, _case_number(case))
            order = fields.child(found, "order_info")
        return _refund({"aftersale_info": case, "order_info": order}, self._client.now())

    def answer_refund(self, notice: AnswerNotice) -> None:
        check_documented(notice, ANSWERS, PARTNER)
        body = self.refund(notice.channel_refund_no).body
        with readable(PARTNER):
            standing = parse_refund(body)
            if is_answered(notice, standing, PARTNER):
                return
            method, asked = call_for(notice, standing, fields.child(body, "aftersale_info"), PARTNER)
        answer = self._ask(method, asked, safe=False)
        with readable(PARTNER):
            check_done(answer, PARTNER)

    def carrier_code(self, carrier: Carrier) -> str:
        return CARRIERS[carrier]

    def ship(self, notice: ShipNotice) -> None:
        method, asked = self._shipping(notice)
        parcel = {"company_code": notice.carrier_code, "logistics_code": notice.tracking_no, "is_refund_reject": False}
        try:
            self._ask(method, asked | parcel, safe=False)
        except PartnerUnauthorised:
            raise
        except PartnerRefused:
            if not self._carries(notice):
                raise

    def receiver(self, channel_order_no: str, carrier: Carrier) -> Contact:
        """Whatever carrier: Douyin does not ask which."""
        order = self.order(channel_order_no).body
        with readable(PARTNER):
            place = fields.child(order, "post_addr")
            sealed = {
                "name": fields.text(order, "encrypt_post_receiver"),
                "mobile": fields.text(order, "encrypt_post_tel"),
                "address": fields.text(place, "encrypt_detail"),
            }
            where = {part: fields.text(fields.child(place, part), "name") for part in _PLACE}
        if not all(sealed.values()):
            raise no_receiver(PARTNER, channel_order_no)
        asked = [{"auth_id": channel_order_no, "cipher_text": cipher} for cipher in sealed.values()]
        answer = self._ask("order.batchDecrypt", {"cipher_infos": asked})
        with readable(PARTNER):
            rows = fields.rows(answer, "decrypt_infos")
            plain = {fields.text(row, "cipher_text"): fields.text(row, "decrypt_text") for row in rows}
        known = {part: plain.get(cipher, "") for part, cipher in sealed.items()}
        if not all(known.values()):
            raise no_receiver(PARTNER, channel_order_no)
        return Contact(
            name=known["name"],
            mobile=known["mobile"],
            province=where["province"],
            city=where["city"],
            county=where["town"],
            address=where["street"] + known["address"],
        )

    def set_stock(self, notice: StockNotice) -> None:
        asked: dict[str, Any] = {"stock_num": notice.quantity, "incremental": False}
        if notice.channel_sku_no:
            asked |= {"product_id": notice.channel_item_no, "sku_id": notice.channel_sku_no}
        else:
            asked["code"] = notice.sku_code
        # A late repeat could overwrite a newer quantity: whoever asked decides whether to ask again.
        self._ask("sku.syncStock", asked, safe=False)

    def stock_of(self, channel_item_no: str, channel_sku_no: str) -> int:
        """Source: sku.stockNum, Go SDK 1.1.0 and API page, 2026-11."""
        answer = self._ask("sku.stockNum", {"sku_id": channel_sku_no})
        with readable(PARTNER):
            return fields.whole(answer, "stock_num")

    def create_token(self, code: str) -> TokenGrant:
        grant = {"code": code, "grant_type": "authorization_code"}
        if not code:
            grant = {"code": "", "grant_type": "authorization_self", "shop_id": self._keyring.read().shop_no}
        answer = self._send(self._keyring.read(), "token.create", grant, safe=False, token=False)
        return _grant(answer, self._client.now())

    def _ask_refresh(self, credentials: Credentials) -> TokenGrant:
        asked = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
        return _grant(self._send(credentials, "token.refresh", asked, safe=False, token=False), self._client.now())

    def _shipping(self, notice: ShipNotice) -> tuple[str, dict[str, Any]]:
        """`order.logisticsAdd` ships an order whole; some lines only go by `order.logisticsAddSinglePack`, which
        wants to know how many pieces of each."""
        if not notice.line_nos:
            return "order.logisticsAdd", {"order_id": notice.channel_order_no}
        with readable(PARTNER):
            lines = fields.rows(self.order(notice.channel_order_no).body, "sku_order_list")
            pieces = {fields.number(line, "order_id"): fields.whole(line, "item_num") for line in lines}
        if set(pieces) == set(notice.line_nos):
            return "order.logisticsAdd", {"order_id": notice.channel_order_no}
        if strangers := set(notice.line_nos) - set(pieces):
            raise PartnerRefused(f"{notice.channel_order_no}: no line {min(strangers)}", partner=PARTNER)
        shipped = [{"shipped_order_id": number, "shipped_num": pieces[number]} for number in notice.line_nos]
        asked = {"order_id_list": [notice.channel_order_no], "shipped_order_info": shipped}
        return "order.logisticsAddSinglePack", asked | {"request_id": notice.request_no or notice.tracking_no}

    def _carries(self, notice: ShipNotice) -> bool:
        with readable(PARTNER):
            parcels = fields.rows(self.order(notice.channel_order_no).body, "logistics_info")
            return any(fields.text(parcel, "tracking_no") == notice.tracking_no for parcel in parcels)

    def _ask(self, method: str, params: Mapping[str, Any], *, safe: bool = True) -> Body:
        return self._tokens.call(lambda credentials: self._send(credentials, method, params, safe=safe))

    def _send(
        self, credentials: Credentials, method: str, params: Mapping[str, Any], *, safe: bool, token: bool = True
    ) -> Body:
        auth = DoudianAuth(credentials, method, self._client.now, with_token=token)
        url = f"{self._url}/{method.replace('.', '/')}"
        content = canonical(params).encode()
        answer = self._client.post(url, auth=auth, safe=safe, content=content, headers=_HEADERS)
        data = answer.get("data")
        return data if isinstance(data, dict) else {}


def connect(
    keyring: Keyring,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> DouyinConnector:
    pace = DouyinConnector.limits.calls_per_second
    client = partner_client(PARTNER, judge, pace, base_url=base_url, transport=transport, now=now)
    return DouyinConnector(keyring, client, base_url or GATEWAY)


def _unix(moment: datetime) -> int:
    return int(moment.timestamp())


def _page(found: Body, name: str) -> tuple[list[Body], int]:
    with readable(PARTNER):
        return fields.rows(found, name), fields.whole(found, "total")


def _order(row: Body, otherwise: datetime) -> Native:
    """What cannot be read is handed on all the same, as of ``otherwise``: parsing says what is wrong with it."""
    updated_at = fields.first_moment(fields.unix, row, ("update_time", "create_time"))
    return Native(fields.number_if_any(row, "order_id"), updated_at or otherwise, without_personal(row))


def _refund(row: Body, otherwise: datetime) -> Native:
    case = row.get("aftersale_info")
    case = case if isinstance(case, dict) else {}
    updated_at = fields.first_moment(fields.unix, case, ("update_time", "apply_time"))
    return Native(fields.number_if_any(case, _case_number(case)), updated_at or otherwise, without_personal(row))


def _placed(row: Body) -> PlacedOrder:
    placed_at = fields.needed("create_time", fields.unix(row, "create_time"))
    return PlacedOrder(
        channel_order_no=fields.number(row, "order_id"),
        placed_at=placed_at,
        updated_at=fields.unix(row, "update_time") or placed_at,
        total_fen=fields.amount_if_any(fields.fen, row, "pay_amount"),
    )


def _case_number(case: Body) -> str:
    """The list writes `aftersale_id`, the detail `after_sale_id`."""
    return "aftersale_id" if "aftersale_id" in case else "after_sale_id"


def _grant(answer: Body, now: datetime) -> TokenGrant:
    try:
        return TokenGrant(
            access_token=fields.number(answer, "access_token"),
            refresh_token=fields.text(answer, "refresh_token"),
            expires_at=now + timedelta(seconds=fields.whole(answer, "expires_in")),
            shop_no=fields.text(answer, "shop_id"),
            shop_name=fields.text(answer, "shop_name"),
        )
    except BadInput as error:
        raise PartnerUnavailable(f"{PARTNER} sent a token that cannot be read", partner=PARTNER) from error
