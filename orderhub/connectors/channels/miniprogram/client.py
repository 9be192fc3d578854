"""How does WeChat hear that a mini-program's parcel has left? Only then does it release the money.

Source: developers.weixin.qq.com, order_shipping (uploadShippingInfo, getOrder), open_msg (get_delivery_list), and
getStableAccessToken, read 2026-11. Each payment can be told anew only once, so what is there is read first.
"""

import json
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

import httpx

from orderhub.connectors import fields
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
from orderhub.connectors.channels.line import Line
from orderhub.connectors.http import PartnerClient, partner_client, readable
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.words import Carrier, Channel
from orderhub.kernel.clock import SHANGHAI, utc_now
from orderhub.kernel.errors import (
    BadInput,
    NotAllowed,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

GATEWAY = "https://api.weixin.qq.com"
PARTNER = "WeChat"

_BY_EXPRESS, _UNIFIED, _SPLIT = 1, 1, 2
_TO_SHIP = 1
_CARRIERS_FOR = timedelta(days=1)
_MOST_TEXT = 120
_NEEDS_PHONE = "SF"

# Source: the return codes of uploadShippingInfo, and error_codes.json of the collected contracts.
WORDS = {
    40013: "小程序 AppID 不正确",
    40125: "小程序 AppSecret 不正确",
    40164: "调用 IP 不在小程序的白名单中",
    45009: "接口调用超过当日限制",
    47001: "参数格式错误",
    48001: "小程序没有此接口的权限",
    10060001: "支付单不存在",
    10060002: "支付单已完成发货，无法继续发货",
    10060003: "支付单已使用重新发货机会",
    10060004: "支付单处于不可发货的状态",
    10060005: "物流类型有误",
    10060006: "非快递发货时不允许分拆发货",
    10060007: "分拆发货模式下必须填写 is_all_delivered 字段",
    10060008: "商品描述不能为空",
    10060009: "商品描述太长",
    10060014: "参数错误",
    10060020: "没有任何商品描述时不允许完成发货",
    10060023: "发货信息未更新",
    10060024: "物流信息列表太长",
    10060025: "物流公司编码太长",
    10060026: "物流单号太长",
    10060031: "支付单不属于 openid 所指定的用户",
    268485194: "订单单号类型非法",
    268485195: "微信支付单号不能为空",
    268485216: "上传时间格式非法",
    268485224: "发货模式非法",
    268485226: "物流单号不能为空",
    268485227: "物流公司编码不能为空",
    268485228: "统一发货模式下物流信息列表长度必须为 1",
}
_DEAD_TOKEN = {40001, 40014, 41001, 42001}
# A payment reaches the shipping service about a minute after it was made.
_PASSING = {-1, 10060001, 10060012, 10060019}
_TOO_OFTEN = {45009: timedelta(hours=1), 45011: timedelta(minutes=1)}


def judge(body: Body) -> None:
    """``errcode`` other than 0 is a refusal; raised in our words."""
    code = fields.whole(body, "errcode", 0)
    if code == 0:
        return
    said = {"partner": PARTNER, "partner_code": str(code)}
    message = f"{PARTNER} refused: {code} {WORDS.get(code) or fields.text(body, 'errmsg')}"[:200]
    if code in _DEAD_TOKEN:
        raise PartnerUnauthorised(message, **said)
    if code in _TOO_OFTEN:
        raise PartnerBanned(message, retry_after=_TOO_OFTEN[code], **said)
    if code in _PASSING:
        raise PartnerUnavailable(message, **said)
    raise PartnerRefused(message, **said)


class Miniprogram(Line):
    """One mini-program's line to WeChat: it has no orders to ask for, only shipments to tell.

    WeChat keeps no orders, refunds and stock of a mini-program, and no code buys its token: whoever asks for one of
    these is refused before a call leaves.
    """

    channel = Channel.MINIPROGRAM
    by_secret = True
    # Nothing is asked in windows and pages.
    limits = Limits(window=timedelta(), page_size=0, lag=timedelta(), history=timedelta(), calls_per_second=10)

    def __init__(self, keyring: Keyring, client: PartnerClient, url: str) -> None:
        super().__init__(keyring, client)
        self._url = url.rstrip("/")
        self._carriers: Mapping[str, str] = {}
        self._carriers_at: datetime | None = None
        self._lock = threading.Lock()

    def changed_orders(self, window: Window) -> Iterator[Sequence[Native]]:
        _refuse("keeps no orders of a mini-program: its own program posts them to /api/v1/orders")

    def order(self, channel_order_no: str) -> Native:
        _refuse(f"keeps no order {channel_order_no[:64]!r}: the mini-program's own program posts it to /api/v1/orders")

    def changed_refunds(self, window: Window) -> Iterator[Sequence[Native]]:
        _refuse("keeps no refunds of a mini-program: its own program decides them")

    def refund(self, channel_refund_no: str, channel_order_no: str = "") -> Native:
        _refuse(f"keeps no refund {channel_refund_no[:64]!r}: the mini-program's own program decides it")

    def answer_refund(self, notice: AnswerNotice) -> None:
        _refuse(f"takes no answer to {notice.channel_refund_no[:64]!r}: its money goes back through WeChat Pay")

    def set_stock(self, notice: StockNotice) -> None:
        _refuse(f"keeps no stock: tell the mini-program's own program how many of {notice.sku_code[:64]} are left")

    def stock_of(self, channel_item_no: str, channel_sku_no: str) -> int:
        _refuse(f"keeps no stock: the mini-program's own program knows how many of {channel_sku_no[:64]} are left")

    def create_token(self, code: str) -> TokenGrant:
        _refuse("sells no token for a code: `orderhub connect-pay` takes the AppSecret, which is enough")

    def ship(self, notice: ShipNotice) -> None:
        """Safe to repeat: a payment that WeChat already holds as shipped with this number is a success.

        One whose shipping is complete with another number is refused, not told anew: WeChat allows that once only,
        and a person decides whether this is the time.
        """
        standing = self._standing(notice.payment_no)
        if notice.tracking_no in standing.tracking_nos:
            return
        if standing.is_complete:
            raise PartnerRefused(
                f"{PARTNER} holds {notice.payment_no} as shipped with {', '.join(standing.tracking_nos) or 'nothing'}:"
                " correct it in the mini-program's back office",
                partner=PARTNER,
                partner_code="10060002",
            )
        self._ask("/wxa/sec/order/upload_shipping_info", self._upload(notice, standing), safe=False)

    def _standing(self, payment_no: str) -> "_Standing":
        with readable(PARTNER):
            order = fields.child(self._ask("/wxa/sec/order/get_order", {"transaction_id": payment_no}), "order")
            shipping = fields.child(order, "shipping")
            parcels = fields.rows(shipping, "shipping_list")
            is_split = fields.whole(shipping, "delivery_mode", _UNIFIED) == _SPLIT
            has_left = fields.whole(order, "order_state", _TO_SHIP) != _TO_SHIP
            is_complete = shipping.get("finish_shipping") is True or (has_left and not is_split)
            return _Standing(tuple(fields.text(one, "tracking_no") for one in parcels), is_complete)

    def _upload(self, notice: ShipNotice, standing: "_Standing") -> Body:
        carrier = self._carrier(notice.carrier_code)
        parcel: Body = {
            "tracking_no": notice.tracking_no,
            "express_company": carrier,
            "item_desc": notice.goods_text[:_MOST_TEXT],
        }
        if carrier == _NEEDS_PHONE and notice.phone_masked:
            parcel["contact"] = {"receiver_contact": notice.phone_masked}
        is_whole = not notice.line_nos and notice.is_last and not standing.tracking_nos
        return {
            "order_key": {"order_number_type": 2, "transaction_id": notice.payment_no},
            "logistics_type": _BY_EXPRESS,
            "delivery_mode": _UNIFIED if is_whole else _SPLIT,
            "is_all_delivered": notice.is_last,
            "shipping_list": [parcel],
            "upload_time": self._client.now().astimezone(SHANGHAI).isoformat(timespec="milliseconds"),
            "payer": {"openid": notice.payer_token},
        }

    def carrier_code(self, carrier: Carrier) -> str:
        return self._carrier(carrier.trade_name)

    def _carrier(self, said: str) -> str:
        """WeChat's id of a carrier that is named by this id or by a name like its own.

        Raises:
            PartnerRefused: WeChat knows no such carrier.
        """
        known, wanted = self._known_carriers(), said.strip()
        if wanted.upper() in known:
            return wanted.upper()
        for carrier_id, name in known.items():
            if len(wanted) > 1 and (wanted in name or name in wanted):
                return carrier_id
        raise PartnerRefused(
            f"{PARTNER} knows no carrier {wanted[:32]!r}: post the parcel with one of its delivery ids, such as ZTO",
            partner=PARTNER,
            partner_code="268485227",
        )

    def _known_carriers(self) -> Mapping[str, str]:
        now = self._client.now()
        with self._lock:
            if self._carriers_at is None or now - self._carriers_at >= _CARRIERS_FOR:
                with readable(PARTNER):
                    answer = self._ask("/cgi-bin/express/delivery/open_msg/get_delivery_list", {})
                    rows = fields.rows(answer, "delivery_list")
                    self._carriers = {
                        fields.number(row, "delivery_id").upper(): fields.text(row, "delivery_name") for row in rows
                    }
                self._carriers_at = now
            return self._carriers

    def _ask(self, path: str, asked: Body, *, safe: bool = True) -> Body:
        def ask(credentials: Credentials) -> Body:
            return self._send(path, asked, _Token(credentials.access_token), safe=safe)

        credentials = self._keyring.read()
        if not credentials.access_token or (credentials.expires_at or self._client.now()) <= self._client.now():
            self._tokens.renew(credentials.access_token)
        return self._tokens.call(ask)

    def _ask_refresh(self, credentials: Credentials) -> TokenGrant:
        """The stable token: whoever asks for it, others' tokens stay good."""
        asked = {"appid": credentials.app_key, "secret": credentials.app_secret}
        asked |= {"grant_type": "client_credential", "force_refresh": False}
        answer = self._send("/cgi-bin/stable_token", asked, httpx.Auth(), safe=True)
        with readable(PARTNER):
            life = timedelta(seconds=fields.whole(answer, "expires_in"))
            return TokenGrant(_long_text(answer, "access_token"), "", self._client.now() + life)

    def _send(self, path: str, asked: Mapping[str, Any], auth: httpx.Auth, *, safe: bool) -> Body:
        content = json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": "application/json"}
        return self._client.post(f"{self._url}{path}", auth=auth, safe=safe, content=content, headers=headers)


class _Standing:
    """What WeChat holds of a payment's shipping."""

    def __init__(self, tracking_nos: tuple[str, ...], is_complete: bool) -> None:  # noqa: FBT001
        self.tracking_nos = tracking_nos
        self.is_complete = is_complete


class _Token(httpx.Auth):
    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.url = request.url.copy_merge_params({"access_token": self._access_token})
        yield request


def connect(
    keyring: Keyring,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Miniprogram:
    pace = Miniprogram.limits.calls_per_second
    client = partner_client(PARTNER, judge, pace, base_url=base_url, transport=transport, now=now)
    return Miniprogram(keyring, client, base_url or GATEWAY)


def parse_refund(body: Body) -> RefundDraft:  # noqa: ARG001
    """Raises: BadInput: WeChat sends no refunds of orders; money that goes back is a repayment (docs/payments.md)."""
    raise BadInput("refund: a mini-program's refund is no message of WeChat's", field="refund", problem="no_refund")


def read_push(headers: Mapping[str, str], raw: bytes, credentials: Credentials) -> list[Hint]:  # noqa: ARG001
    """Notices of payments go to an address of their own (`/api/push/wechat-pay/…`); anything here is not WeChat's."""
    raise NotAllowed("a mini-program is not pushed: its orders are posted to /api/v1/orders")


def _refuse(why: str) -> NoReturn:
    raise PartnerRefused(f"{PARTNER} {why}", partner=PARTNER, partner_code="unable")


def _long_text(body: Body, name: str) -> str:
    """A token of up to 512 characters. Raises: BadInput: there is none."""
    if not (value := fields.text(body, name)):
        raise BadInput(f"{name}: is missing", field=name, problem="bad_field")
    return value
