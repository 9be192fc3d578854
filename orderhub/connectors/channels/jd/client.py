"""How does the hub ask JD? Source: official API pages and SDKs, live captures, read 2026-11.

Applications (`pop.afs.soa.refundapply`) ask for the money of an order that is not delivered; service orders (`asc`) for
a delivered piece. Both are refunds to the hub; a service order's number carries ``SERVICE_MARK``.
"""

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
from orderhub.connectors.channels.jd.answers import ANSWERS, answer_application, answer_service
from orderhub.connectors.channels.jd.carriers import CARRIERS
from orderhub.connectors.channels.jd.parse import (
    ORDER_FIELDS,
    ORDER_WORDS,
    SERVICE_MARK,
    parse_refund,
    payable_fen,
    service_moment,
    waybills,
    without_personal,
)
from orderhub.connectors.channels.jd.signing import JosAuth, canonical
from orderhub.connectors.channels.line import Line
from orderhub.connectors.http import PartnerClient, partner_client, readable
from orderhub.connectors.paging import backwards
from orderhub.domain.drafts import PlacedOrder
from orderhub.domain.words import Carrier, Channel
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.errors import (
    BadInput,
    NotAllowed,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

GATEWAY = "https://api.jd.com"
AUTHORISATION = "https://open-oauth.jd.com"
PARTNER = "JD"

_SERVICE_PAGE = 50
_CALLED_TOO_OFTEN = timedelta(minutes=1)
_DEAD_TOKEN = 19
_PASSING = {33, 65}
_FIELDS = ",".join(sorted(ORDER_FIELDS))
_PLACED_FIELDS = "orderId,orderStartTime,modified,orderPayment,balanceUsed"
_STATES = ",".join(ORDER_WORDS)
_SECRET = re.compile(r"[\w.+/=-]{16,}", re.ASCII)


def judge(body: Body) -> None:
    """Raise JD's error in our words: of the gateway (``error_response``) or of the authorisation (``code`` on top)."""
    error = body.get("error_response")
    if error is None:
        if fields.whole(body, "code", 0) != 0:
            raise PartnerRefused(f"{PARTNER} refused: {_told(body, 'msg')}", **_said(fields.text(body, "code")))
        return
    if not isinstance(error, dict):
        raise PartnerUnavailable(f"{PARTNER} sent an error that cannot be read", partner=PARTNER)
    code = fields.whole(error, "code", 0)
    said, message = _said(str(code)), f"{PARTNER} refused: {code} {_told(error, 'zh_desc') or _told(error, 'en_desc')}"
    if code == 2:
        raise PartnerBanned(message, retry_after=_CALLED_TOO_OFTEN, **said)
    if code == _DEAD_TOKEN:
        raise PartnerUnauthorised(f"{PARTNER} refused: {code} the token has ended or is not known", **said)
    if code in _PASSING:
        raise PartnerUnavailable(message, **said)
    raise PartnerRefused(message, **said)


class JdConnector(Line):
    channel = Channel.JD
    limits = Limits(
        window=timedelta(days=1),
        page_size=100,
        lag=timedelta(seconds=5),
        history=timedelta(days=90),
        calls_per_second=10,
    )

    def __init__(self, keyring: Keyring, client: PartnerClient, *, url: str, authorisation: str) -> None:
        super().__init__(keyring, client)
        self._url = f"{url}/routerjson"
        self._authorisation = f"{authorisation}/oauth2"

    def changed_orders(self, window: Window) -> Iterator[Sequence[Native]]:
        """The list's rows are whole orders; newest first, read from the last page."""
        for rows in self._order_rows(window, date_type=0, wanted=_FIELDS):
            yield [_order(row, window.end) for row in rows]

    def placed_orders(self, window: Window) -> Iterator[Sequence[PlacedOrder]]:
        for rows in self._order_rows(window, date_type=1, wanted=_PLACED_FIELDS):
            with readable(PARTNER):
                yield [_placed(row) for row in rows]

    def order(self, channel_order_no: str) -> Native:
        asked = {"order_id": channel_order_no, "optional_fields": _FIELDS}
        found = self._ask("jingdong.pop.order.get", asked, "orderDetailInfo")
        with readable(PARTNER):
            order = fields.child(found, "orderInfo")
            fields.number(order, "orderId")
        return _order(order, self._client.now())

    def changed_refunds(self, window: Window) -> Iterator[Sequence[Native]]:
        """Applications, then service orders by either of their two times."""
        yield from self._applications(window)
        met: set[str] = set()
        for span in ("updateTime{}", "freightUpdateDate{}"):
            for rows in self._service_rows(window, span):
                fresh = [row for row in rows if fields.number_if_any(row, "serviceId") not in met]
                met |= {fields.number_if_any(row, "serviceId") for row in rows} - {""}
                yield [self._service(row, window.end) for row in fresh]

    def refund(self, channel_refund_no: str, channel_order_no: str = "") -> Native:
        if channel_refund_no.startswith(SERVICE_MARK):
            asked = {"serviceId": channel_refund_no.removeprefix(SERVICE_MARK), "pageNumber": 1, "pageSize": 1}
            found = self._ask("jingdong.asc.sync.list", asked | self._operator(), "pageResult")
            return self._service(_only(found, "data", "totalCount", "serviceId"), self._client.now())
        asked = {"ids": channel_refund_no, "pageIndex": 1, "pageSize": 1}
        found = self._ask("jingdong.pop.afs.soa.refundapply.queryPageList", asked, "queryResult")
        return _application(_only(found, "result", "totalCount", "id"), self._client.now())

    def answer_refund(self, notice: AnswerNotice) -> None:
        check_documented(notice, ANSWERS, PARTNER)
        body = self.refund(notice.channel_refund_no).body
        with readable(PARTNER):
            if is_answered(notice, parse_refund(body), PARTNER):
                return
            is_service = notice.channel_refund_no.startswith(SERVICE_MARK)
            service = fields.child(body, "detail") | fields.child(body, "service")
            told = answer_service(notice, service, PARTNER) if is_service else answer_application(notice)
        method, asked, result = told
        self._ask(method, asked | (self._operator() if is_service else {}), result, safe=False)

    def carrier_code(self, carrier: Carrier) -> str:
        return CARRIERS[carrier]

    def ship(self, notice: ShipNotice) -> None:
        """JD takes an order whole; to name all of its lines is the same, to name some of them is refused here."""
        if notice.line_nos:
            self._check_whole(notice)
        asked = {"orderId": notice.channel_order_no, "logiCoprId": notice.carrier_code, "logiNo": notice.tracking_no}
        try:
            found = self._ask("jingdong.pop.order.shipment", asked, "sopjosshipment_result", safe=False)
        except PartnerUnauthorised:
            raise
        except PartnerRefused:
            if not self._carries(notice):
                raise
            return
        if "success" not in found:
            raise PartnerUnavailable(f"{PARTNER} did not say whether it took the parcel", partner=PARTNER)

    def set_stock(self, notice: StockNotice) -> None:
        if not notice.channel_sku_no:
            raise PartnerRefused(f"{notice.sku_code}: {PARTNER} sets stock by its own SKU number", partner=PARTNER)
        asked = {"skuId": notice.channel_sku_no, "stockNum": notice.quantity}
        # A late repeat could overwrite a newer quantity: whoever asked decides whether to ask again.
        self._ask("jingdong.stock.write.updateSkuStock", asked, "", safe=False)

    def stock_of(self, channel_item_no: str, channel_sku_no: str) -> int:
        """`stock.read.findSkuStock` is published without the shape of its answer: nothing is guessed from it."""
        raise PartnerRefused(f"{channel_sku_no}: {PARTNER} is not asked for its stock", partner=PARTNER)

    def create_token(self, code: str) -> TokenGrant:
        return self._ask_token(self._keyring.read(), "access_token", grant_type="authorization_code", code=code)

    def _ask_refresh(self, credentials: Credentials) -> TokenGrant:
        kept = credentials.refresh_token
        return self._ask_token(credentials, "refresh_token", grant_type="refresh_token", refresh_token=kept)

    def _ask_token(self, credentials: Credentials, path: str, **asked: str) -> TokenGrant:
        keys = {"app_key": credentials.app_key, "app_secret": credentials.app_secret}
        answer = self._client.get(f"{self._authorisation}/{path}", safe=False, params=keys | asked)
        return _grant(answer, self._client.now(), credentials.refresh_token)

    def _order_rows(self, window: Window, *, date_type: int, wanted: str) -> Iterator[list[Body]]:
        """``date_type`` 0: by the time of change, 1: by the time of placing."""
        span = {"start_date": shanghai_text(window.start), "end_date": shanghai_text(window.end), "dateType": date_type}

        def read(page: int) -> tuple[list[Body], int]:
            paging = {"page": str(page), "page_size": str(self.limits.page_size), "sortType": 1}
            asked = span | paging | {"order_state": _STATES, "optional_fields": wanted}
            found = self._ask("jingdong.pop.order.search", asked, "searchorderinfo_result")
            return _page(found, "orderInfoList", "orderTotal")

        return backwards(read, self.limits.page_size)

    def _applications(self, window: Window) -> Iterator[Sequence[Native]]:
        def read(page: int) -> tuple[list[Body], int]:
            span = {"modifiedStart": shanghai_text(window.start), "modifiedEnd": shanghai_text(window.end)}
            asked = span | {"pageIndex": page, "pageSize": _SERVICE_PAGE}
            found = self._ask("jingdong.pop.afs.soa.refundapply.queryPageList", asked, "queryResult")
            return _page(found, "result", "totalCount")

        for rows in backwards(read, _SERVICE_PAGE):
            yield [_application(row, window.end) for row in rows]

    def _service_rows(self, window: Window, span: str) -> Iterator[list[Body]]:
        def read(page: int) -> tuple[list[Body], int]:
            ends = {span.format("Begin"): shanghai_text(window.start), span.format("End"): shanghai_text(window.end)}
            asked = ends | {"pageNumber": page, "pageSize": _SERVICE_PAGE} | self._operator()
            return _page(self._ask("jingdong.asc.sync.list", asked, "pageResult"), "data", "totalCount")

        return backwards(read, _SERVICE_PAGE)

    def _service(self, row: Body, otherwise: datetime) -> Native:
        """The list has neither amounts nor what the buyer wrote, so each service order is asked for by itself."""
        number, order_no = (fields.number_if_any(row, name) for name in ("serviceId", "orderId"))
        detail: Body = {}
        if number and order_no:
            asked = {"serviceId": number, "orderId": order_no} | self._operator()
            found = self._ask("jingdong.asc.query.view", asked, "result")
            with readable(PARTNER):
                detail = fields.child(found, "data")
        moment = fields.first_moment(lambda body, _: service_moment(body), row, ("updateTime",))
        body = without_personal({"service": row, "detail": detail})
        return Native(SERVICE_MARK + number if number else "", moment or otherwise, body)

    def _operator(self) -> dict[str, str]:
        """Whose service orders, and who asks; JD only keeps the latter for its log."""
        shop_no = self._keyring.read().shop_no
        if not shop_no.isdecimal():
            raise PartnerRefused(f"{PARTNER} wants the shop's number (venderId): connect it with one", partner=PARTNER)
        return {"buId": shop_no, "operatePin": "orderhub", "operateNick": "orderhub"}

    def _check_whole(self, notice: ShipNotice) -> None:
        with readable(PARTNER):
            rows = fields.rows(self.order(notice.channel_order_no).body, "itemInfoList")
        named = {line_no.partition("#")[0] for line_no in notice.line_nos}
        if len(notice.line_nos) != len(rows) or named != {fields.number_if_any(row, "skuId") for row in rows}:
            raise PartnerRefused(f"{notice.channel_order_no}: {PARTNER} ships an order whole", partner=PARTNER)

    def _carries(self, notice: ShipNotice) -> bool:
        with readable(PARTNER):
            sent = waybills(self.order(notice.channel_order_no).body)
        return any(tracking_no == notice.tracking_no for _, tracking_no in sent)

    def _ask(self, method: str, asked: Mapping[str, Any], result: str, *, safe: bool = True) -> Body:
        return self._tokens.call(lambda credentials: self._send(credentials, method, asked, result, safe=safe))

    def _send(
        self, credentials: Credentials, method: str, asked: Mapping[str, Any], result: str, *, safe: bool
    ) -> Body:
        """What stands under ``result`` of the answer's envelope (the envelope where that is empty).

        The key of the envelope ends in ``_responce``: that is how JD spells it.
        """
        auth, form = JosAuth(credentials, self._client.now), {"360buy_param_json": canonical(asked)}
        answer = self._client.post(self._url, auth=auth, safe=safe, params={"method": method}, data=form)
        envelope = answer.get(f"{method.replace('.', '_')}_responce")
        found = envelope.get(result) if result and isinstance(envelope, dict) else envelope
        if not isinstance(envelope, dict) or not isinstance(found, dict):
            raise PartnerUnavailable(f"{PARTNER} answered {method} without {result or 'a result'}", partner=PARTNER)
        _check_done(envelope, found)
        return found


def connect(
    keyring: Keyring,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> JdConnector:
    pace = JdConnector.limits.calls_per_second
    client = partner_client(PARTNER, judge, pace, base_url=base_url, transport=transport, now=now)
    base_url = base_url.rstrip("/")
    return JdConnector(keyring, client, url=base_url or GATEWAY, authorisation=base_url or AUTHORISATION)


def read_push(headers: Mapping[str, str], raw: bytes, credentials: Credentials) -> list[Hint]:  # noqa: ARG001
    """JD pushes over a socket of its own, never over HTTP: whatever claims to be one is not."""
    raise NotAllowed("JD does not push over HTTP")


def _check_done(envelope: Body, found: Body) -> None:
    """The gateway's own ``code``, then ``success`` of the result or its ``apiResult``; it may be text.

    Raises: PartnerRefused: with the code of the business behind the gateway.
    """
    with readable(PARTNER):
        code = fields.text(envelope, "code")
        told = fields.child(found, "apiResult") or found
        problem = next(filter(None, (fields.text(told, name) for name in _PROBLEMS)), "") if told else ""
    if code not in ("", "0"):
        raise PartnerRefused(f"{PARTNER} refused: {code}", **_said(code))
    if "success" in told and told["success"] not in (True, "true"):
        raise PartnerRefused(f"{PARTNER} refused: {_SECRET.sub('…', problem)}"[:200], **_said(problem[:64]))


# Where the business says what is wrong; the first that is there counts.
_PROBLEMS = ("numberCode", "errorCode", "englishErrCode", "chineseErrCode", "errorMsg", "msg")


def _page(found: Body, rows: str, total: str) -> tuple[list[Body], int]:
    with readable(PARTNER):
        return fields.rows(found, rows), fields.whole(found, total)


def _only(found: Body, rows: str, total: str, number: str) -> Body:
    listed, _ = _page(found, rows, total)
    if not listed:
        raise PartnerRefused(f"{PARTNER} does not know this refund", partner=PARTNER)
    with readable(PARTNER):
        fields.number(listed[0], number)
    return listed[0]


def _order(row: Body, otherwise: datetime) -> Native:
    """What cannot be read is handed on all the same, as of ``otherwise``: parsing says what is wrong with it."""
    moment = fields.first_moment(fields.beijing, row, ("modified", "orderStartTime"))
    return Native(fields.number_if_any(row, "orderId"), moment or otherwise, without_personal(row))


def _placed(row: Body) -> PlacedOrder:
    placed_at = fields.needed("orderStartTime", fields.beijing(row, "orderStartTime"))
    return PlacedOrder(
        channel_order_no=fields.number(row, "orderId"),
        placed_at=placed_at,
        updated_at=fields.beijing(row, "modified") or placed_at,
        total_fen=fields.amount_if_any(lambda body, _: payable_fen(body), row, "orderPayment"),
    )


def _application(row: Body, otherwise: datetime) -> Native:
    moment = fields.first_moment(fields.beijing, row, ("modified", "checkTime", "applyTime"))
    return Native(fields.number_if_any(row, "id"), moment or otherwise, without_personal(row))


def _grant(answer: Body, now: datetime, kept: str) -> TokenGrant:
    """``uid`` and ``xid`` name the person who signed in, not the shop. A refresh may leave its token as it was."""
    try:
        return TokenGrant(
            access_token=fields.number(answer, "access_token"),
            refresh_token=fields.text(answer, "refresh_token") or kept,
            expires_at=now + timedelta(seconds=fields.whole(answer, "expires_in")),
        )
    except (BadInput, OverflowError) as error:
        raise PartnerUnavailable(f"{PARTNER} sent a token that cannot be read", partner=PARTNER) from error


def _told(error: Body, name: str) -> str:
    """What JD says, without what looks like a token: it repeats the caller's own."""
    return _SECRET.sub("…", str(error.get(name) or ""))[:120]


def _said(code: str) -> dict[str, str]:
    return {"partner": PARTNER, "partner_code": code}
