"""How does TOP answer? `POST /taobao/router/rest`: checked as the platform checks, from the lab's orders.

Source: official document 101617 and API metadata, error bodies as captured; see `docs/lab.md`.
"""

import hmac
import json
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl, quote

from starlette.requests import Request

from orderhub.connectors.channels.taobao.signing import sign
from orderhub.domain.words import Channel
from orderhub.kernel.clock import from_shanghai
from orderhub.lab import changes, taobao_bodies
from orderhub.lab.answers import Body, Call, Refused
from orderhub.lab.orders import LabOrder, LabParcel
from orderhub.lab.people import Person
from orderhub.lab.shops import LabShop
from orderhub.lab.taobao_answers import TopAnswers, case_of
from orderhub.lab.taobao_params import Params, invalid, number
from orderhub.lab.tokens import LIFE_SECONDS
from orderhub.lab.world import World

Row = TypeVar("Row")

TOLERANCE_SECONDS = 600
WITHOUT_SESSION = {"taobao.top.auth.token.create", "taobao.top.auth.token.refresh"}
_DAY = 86400
_HISTORY_SECONDS = 92 * _DAY
_GROUPS = {
    "ALL_WAIT_PAY": {"WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY"},
    "ALL_CLOSED": {"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"},
}


class Top:
    """One method of this class for each API; ``answer`` is the gateway."""

    doors = (("/taobao/router/rest", ("GET", "POST")),)
    lists = frozenset({"taobao.trades.sold.get", "taobao.trades.sold.increment.get"})

    def __init__(self, world: World) -> None:
        self.world = world
        self.window: list[LabOrder] = []  # every row of the list answered last, whichever page was asked for
        answers = TopAnswers(world)
        self.apis: dict[str, Callable[[LabShop, Params], Body]] = {
            "taobao.trades.sold.get": self._sold,
            "taobao.trades.sold.increment.get": self._increment,
            "taobao.trade.fullinfo.get": self._fullinfo,
            "taobao.trade.memo.update": self._memo,
            "taobao.refunds.receive.get": self._refunds,
            "taobao.refund.get": self._refund,
            "taobao.rp.refunds.agree": answers.agree,
            "taobao.rp.returngoods.agree": answers.agree_return,
            "taobao.refund.refuse": answers.refuse,
            "taobao.logistics.offline.send": self._send,
            "taobao.top.oaid.decrypt": self._decrypt,
            "taobao.logistics.companies.get": self._companies,
            "taobao.item.quantity.update": self._quantity,
            "taobao.item.sku.get": self._item_sku,
            "taobao.top.auth.token.create": self._create_token,
            "taobao.top.auth.token.refresh": self._refresh_token,
        }

    def read(self, request: Request, raw: bytes) -> Call:
        """Query and form together, like the platform; a repeated name counts once."""
        form = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
        params = dict(request.query_params) | dict(form)
        return Call(self.shop_of(params), params.get("method", ""), lambda: self.answer(params))

    def error(self, refused: Refused) -> Body:
        error: Body = {"code": refused.code, "msg": refused.msg}
        if refused.sub_code:
            error |= {"sub_code": refused.sub_code, "sub_msg": refused.sub_msg}
        return {"error_response": error | {"request_id": "lab"}}

    def banned(self, seconds: int) -> Refused:
        told = f"This ban will last for {seconds} more seconds"
        return Refused(7, "App Call Limited", "accesscontrol.limited-by-app-api-access-count", told)

    def in_trouble(self) -> Refused:
        return Refused(520, "Remote service error", "isp.remote-service-timeout", "API调用服务超时")

    def shop_of(self, params: Params) -> LabShop | None:
        return self.world.by_key.get((Channel.TAOBAO, params.get("app_key", "")))

    def answer(self, params: Params) -> Body:
        """Raises: Refused."""
        shop = self._check(params)
        method = params["method"]
        name = method.removeprefix("taobao.").replace(".", "_") + "_response"
        return {name: {**self.apis[method](shop, params), "request_id": "lab"}}

    def _check(self, params: Params) -> LabShop:
        shop = self.shop_of(params)
        if params.get("method", "") not in self.apis:
            raise Refused(22, "Invalid Method", "isv.invalid-method", "方法不存在")
        if shop is None:
            raise Refused(29, "Invalid app Key")
        self._check_time(params.get("timestamp", ""))
        self._check_sign(shop, params)
        if seconds := self.world.banned_seconds(shop.code):
            raise self.banned(seconds)
        if params["method"] not in WITHOUT_SESSION:
            self._check_session(shop, params.get("session", ""))
        return shop

    def _check_time(self, text: str) -> None:
        """The caller may live by the clock or, after an advance, by lab time."""
        try:
            at = int(text) // 1000 if text.isdigit() else int(from_shanghai(text).timestamp())
        except (ValueError, OverflowError):
            raise Refused(31, "Invalid Timestamp") from None
        if min(abs(at - self.world.real_now()), abs(at - self.world.now())) > TOLERANCE_SECONDS:
            raise Refused(31, "Invalid Timestamp")

    def _check_sign(self, shop: LabShop, params: Params) -> None:
        kind = params.get("sign_method", "md5")
        if kind not in ("md5", "hmac", "hmac-sha256"):
            raise Refused(25, "Invalid Signature")
        if not hmac.compare_digest(sign(params, shop.app_secret, kind).encode(), params.get("sign", "").encode()):
            raise Refused(25, "Invalid Signature", "isv.invalid-signature", "签名错误")

    def _check_session(self, shop: LabShop, session: str) -> None:
        if not session:
            raise Refused(26, "Missing session")
        if not self.world.tokens[shop.code].is_good(session, self.world.now()):
            told = "RealSession don&apos;t belong app and user ! appKey is : 00000000 , user id is : 00000000"
            raise Refused(27, "Invalid session", "sessionkey-not-generated-by-server", told)

    def _increment(self, shop: LabShop, params: Params) -> Body:
        start, end = _span(params, "start_modified", "end_modified", most=_DAY)
        if start < self.world.now() - _HISTORY_SECONDS:
            raise invalid("isv.invalid-parameter:start_modified", "只能查询三个月内的数据")
        rows = self.world.shelves[shop.code].changed_between(start, end)[::-1]
        size = number({"page_size": "40", **params}, "page_size")
        return self._trades(shop, params, self.world.shown_changes(shop.code, params["method"], rows, size=size))

    def _sold(self, shop: LabShop, params: Params) -> Body:
        now = self.world.now()
        start = _moment(params, "start_created", now - _HISTORY_SECONDS)
        end = _moment(params, "end_created", now)
        rows = sorted(self.world.shelves[shop.code].created_between(start, end), key=_newest_first)
        return self._trades(shop, params, rows)

    def _trades(self, shop: LabShop, params: Params, rows: list[LabOrder]) -> Body:
        if wanted := params.get("status"):
            words = _GROUPS.get(wanted, {wanted})
            rows = [row for row in rows if (row.status_word or taobao_bodies.ORDER_WORDS[row.status]) in words]
        self.window = rows
        shelf = self.world.shelves[shop.code]
        page, facts = _page(params, rows)
        bodies = [select(taobao_bodies.trade(row, shop, shelf), _fields(params)) for row in page]
        return facts | ({"trades": {"trade": bodies}} if bodies else {})

    def _fullinfo(self, shop: LabShop, params: Params) -> Body:
        wanted = _fields(params) | ({"oaid"} if params.get("include_oaid") else set())
        order = self._order(shop, params)
        body = taobao_bodies.trade(order, shop, self.world.shelves[shop.code])
        if not params.get("include_oaid"):
            body.pop("oaid")
        return {"trade": select(body, wanted)}

    def _memo(self, shop: LabShop, params: Params) -> Body:
        order, memo = self._order(shop, params), params.get("memo", "")
        if len(memo.encode()) > 1000:
            raise invalid("isv.invalid-parameter:memo", "备注不能超过1000字节")
        flag = int(params["flag"]) if params.get("flag", "").isdigit() else None
        changes.remark(self.world, order, self.world.now(), memo=memo, flag=flag)
        self.world.uploaded("remark", shop.code, order=str(order.number), memo=memo, flag=flag)
        return {"trade": {"tid": order.number, "modified": taobao_bodies.moment(order.modified)}}

    def _refunds(self, shop: LabShop, params: Params) -> Body:
        now = self.world.now()
        start = _moment(params, "start_modified", now - _HISTORY_SECONDS)
        rows = self.world.shelves[shop.code].refunds_between(start, _moment(params, "end_modified", now))[::-1]
        if wanted := params.get("status"):
            rows = [row for row in rows if taobao_bodies.REFUND_WORDS[row.status] == wanted]
        page, facts = _page(params, rows)
        bodies = [select(taobao_bodies.refund(row, shop), _fields(params)) for row in page]
        return facts | ({"refunds": {"refund": bodies}} if bodies else {})

    def _refund(self, shop: LabShop, params: Params) -> Body:
        case = case_of(self.world, shop, number(params, "refund_id"))
        return {"refund": select(taobao_bodies.refund(case, shop), _fields(params))}

    def _send(self, shop: LabShop, params: Params) -> Body:
        order, tracking_no = self._order(shop, params), params.get("out_sid", "").strip()
        if params.get("company_code", "") not in taobao_bodies.CARRIERS:
            raise _ship_error("B56", "物流公司不存在")
        if not tracking_no.isalnum() or not 8 <= len(tracking_no) <= 30:
            raise _ship_error("B60", "运单号不符合规则或已经被使用")
        now = self.world.now()
        parcel = LabParcel(tracking_no, params["company_code"], now, _sub_numbers(order, params))
        if not changes.ship(self.world, order, now, parcel):
            raise _ship_error("B04", "订单状态不对该物流订单已经发货或者已关闭，不能重复发货")
        lines = [str(number) for number in order.parcels[-1].line_nos]
        facts = {"order": str(order.number), "carrier": parcel.carrier, "tracking_no": tracking_no, "lines": lines}
        self.world.uploaded("shipment", shop.code, **facts)
        return {"shipping": {"is_success": True}}

    def _decrypt(self, shop: LabShop, params: Params) -> Body:
        """One question may name twenty; each is counted."""
        return {"receiver_list": {"receiver": [self._opened(shop, one) for one in json.loads(params["query_list"])]}}

    def _opened(self, shop: LabShop, asked: Body) -> Body:
        order = self._order(shop, {"tid": str(asked.get("tid", ""))})
        found = taobao_bodies.opened(Person(order.buyer))
        if asked.get("oaid") != found["oaid"] or not asked.get("scene"):
            raise Refused(15, "Remote service error", "isv.invalid-parameter:oaid", "OAID不正确")
        self.world.uploaded("decrypt", shop.code, order=str(order.number))
        return found | {"tid": str(order.number)}

    def _companies(self, shop: LabShop, params: Params) -> Body:
        named = enumerate(taobao_bodies.CARRIERS.items(), start=500)
        companies = [
            {"id": number, "code": code, "name": name, "reg_mail_no": "^[A-Za-z0-9]{8,30}$"}
            for number, (code, name) in named
        ]
        return {"logistics_companies": {"logistics_company": companies}}

    def _quantity(self, shop: LabShop, params: Params) -> Body:
        item, quantity = number(params, "num_iid"), number(params, "quantity")
        sku = params.get("sku_id") or params.get("outer_id") or str(item)
        shelf = self.world.shelves[shop.code]
        level = quantity + (shelf.stock.get(sku, 0) if params.get("type") == "2" else 0)
        shelf.stock[sku] = level
        self.world.uploaded("stock", shop.code, item=str(item), sku=sku, quantity=level)
        modified = taobao_bodies.moment(self.world.now())
        skus = {"sku": [{"sku_id": int(sku), "quantity": level, "modified": modified}]} if sku.isdigit() else {}
        return {"item": {"num_iid": item, "modified": modified, "num": level, "skus": skus}}

    def _item_sku(self, shop: LabShop, params: Params) -> Body:
        sku, shelf = number(params, "sku_id"), self.world.shelves[shop.code]
        if str(sku) not in shelf.stock:
            raise invalid("isv.item-get-service-error:SKU_NOT_FOUND", f"SKU{sku}不存在")
        known = {"sku_id": sku, "num_iid": number(params, "num_iid"), "quantity": shelf.stock[str(sku)]}
        wanted = params.get("fields", "").split(",")
        return {"sku": {name: value for name, value in known.items() if name in wanted}}

    def _create_token(self, shop: LabShop, params: Params) -> Body:
        if not self.world.tokens[shop.code].buy(params.get("code", ""), self.world.now()):
            raise Refused(15, "Remote service error", "isv.invalid-parameter:code", "code无效或已过期")
        return self._token(shop)

    def _refresh_token(self, shop: LabShop, params: Params) -> Body:
        if not self.world.tokens[shop.code].renew(params.get("refresh_token", ""), self.world.now()):
            raise Refused(27, "Invalid session", "isv.invalid-refresh-token", "refresh_token无效或已过期")
        return self._token(shop)

    def _token(self, shop: LabShop) -> Body:
        held, now = self.world.tokens[shop.code], self.world.now()
        result = {
            "access_token": held.access,
            "refresh_token": held.refresh,
            "expires_in": max(0, held.expires_at - now),
            "expire_time": held.expires_at * 1000,
            "re_expires_in": LIFE_SECONDS["refresh"],
            "refresh_token_valid_time": held.refresh_expires_at * 1000,
            "token_type": "Bearer",
            "taobao_user_id": shop.shop_no,
            "taobao_user_nick": quote(shop.name),
            "taobao_open_uid": f"LAB{shop.shop_no}",
        }
        return {"token_result": json.dumps(result)}

    def _order(self, shop: LabShop, params: Params) -> LabOrder:
        order = self.world.shelves[shop.code].orders.get(number(params, "tid"))
        if order is None:
            raise Refused(15, "Remote service error", "isv.trade-not-exist", "交易订单不存在")
        return order


def select(body: Body, wanted: set[str]) -> Body:
    """``fields``: names of the object, ``orders`` or ``orders.oid`` of its lines."""
    lines = {name.removeprefix("orders.") for name in wanted if name.startswith("orders.")}
    kept = {name: value for name, value in body.items() if name in wanted and name != "orders"}
    if "orders" in body and (lines or "orders" in wanted):
        rows = body["orders"]["order"]
        whole = "orders" in wanted
        kept["orders"] = {"order": [r if whole else {n: v for n, v in r.items() if n in lines} for r in rows]}
    return kept


def _newest_first(order: LabOrder) -> tuple[int, int]:
    return -order.created, -order.number


def _ship_error(letter: str, told: str) -> Refused:
    return Refused(15, "Remote service error", f"isv.logistics-offline-service-error:{letter}", told)


def _moment(params: Params, name: str, otherwise: int) -> int:
    try:
        return int(from_shanghai(params[name]).timestamp()) if params.get(name) else otherwise
    except (ValueError, OverflowError):
        raise invalid(f"isv.invalid-parameter:{name}", "时间格式错误") from None


def _span(params: Params, first: str, last: str, *, most: int) -> tuple[int, int]:
    for name in (first, last):
        if not params.get(name):
            raise Refused(40, "Missing Required Arguments", f"isv.missing-parameter:{name}", f"缺少必要的参数{name}")
    start, end = _moment(params, first, 0), _moment(params, last, 0)
    if not 0 <= end - start <= most:
        raise invalid(f"isv.invalid-parameter:{last}", "开始时间和结束时间的跨度不能超过一天")
    return start, end


def _fields(params: Params) -> set[str]:
    if not params.get("fields"):
        raise Refused(40, "Missing Required Arguments", "isv.missing-parameter:fields", "缺少必要的参数fields")
    return set(params["fields"].replace(" ", "").split(","))


def _page(params: Params, rows: list[Row]) -> tuple[list[Row], Body]:
    page_no = number({"page_no": "1", **params}, "page_no")
    size = number({"page_size": "40", **params}, "page_size")
    if page_no < 1 or not 1 <= size <= 100:
        raise invalid("isv.invalid-parameter:page_size", "页码从1开始，每页最多100条")
    page = rows[(page_no - 1) * size : page_no * size]
    if params.get("use_has_next") == "true":
        return page, {"has_next": len(rows) > page_no * size}
    return page, {"total_results": len(rows)}


def _sub_numbers(order: LabOrder, params: Params) -> tuple[int, ...]:
    if params.get("is_split") != "1":
        return ()
    known = {str(line.number) for line in order.lines if not line.tracking_no}
    named = params.get("sub_tid", "").split(",")
    if not set(named) <= known:
        raise _ship_error("B06", "拆单子订单列表与订单不匹配")
    return tuple(int(number) for number in named)
