"""How does Pinduoduo answer? `POST /pinduoduo/api/router`: checked as the platform checks, from the lab's orders.

Source: official developer guide and API pages as kept by public SDKs, read 2026-11; see `docs/lab.md`.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request

from orderhub.connectors.channels.pinduoduo.signing import sign
from orderhub.domain.words import Channel, RefundDecision
from orderhub.lab import changes, pinduoduo_bodies
from orderhub.lab.answers import Body, Call, Refused
from orderhub.lab.orders import LabOrder, LabParcel, LabRefund
from orderhub.lab.people import Person
from orderhub.lab.shops import LabShop
from orderhub.lab.tokens import LIFE_SECONDS
from orderhub.lab.world import World

Params = Mapping[str, str]
Row = TypeVar("Row")

TOLERANCE_SECONDS = 600
LONGEST_SECONDS = 1800
WITHOUT_TOKEN = {"pdd.pop.auth.token.create", "pdd.pop.auth.token.refresh"}
_DAY = 86400
_HISTORY_SECONDS = 92 * _DAY
_ALL = "5"
_ALL_REFUNDS = "1"
_ORDER_STATUSES = {"1", "2", "3", _ALL}
_REFUND_STATUSES = {"1", "2", "3", "4", _ALL}


class Pop:
    """One method of this class for each API; ``answer`` is the gateway."""

    doors = (("/pinduoduo/api/router", ("POST",)),)
    lists = frozenset({"pdd.order.list.get", "pdd.order.number.list.increment.get"})

    def __init__(self, world: World) -> None:
        self.world = world
        self.window: list[LabOrder] = []  # every row of the list answered last, whichever page was asked for
        # Each with the key of its answer.
        self.apis: dict[str, tuple[str, Callable[[LabShop, Params], Body]]] = {
            "pdd.order.list.get": ("order_list_get", self._confirmed),
            "pdd.order.number.list.increment.get": ("order_sn_increment_get", self._increment),
            "pdd.order.information.get": ("order_info_get", self._information),
            "pdd.order.note.update": ("order_note_update", self._note),
            "pdd.refund.list.increment.get": ("refund_increment_get", self._refunds),
            "pdd.refund.information.get": ("refund_information_get", self._refund),
            "pdd.refund.agree": ("", self._agree),
            "pdd.refund.returngoods.agree": ("", self._agree_return),
            "pdd.logistics.online.send": ("logistics_online_send", self._send),
            "pdd.logistics.companies.get": ("logistics_companies_get", self._companies),
            "pdd.goods.quantity.update": ("goods_quantity_update", self._quantity),
            "pdd.open.decrypt.batch": ("open_decrypt_batch", self._decrypt),
            "pdd.goods.information.get": ("goods_info_get", self._goods),
            "pdd.pop.auth.token.create": ("pop_auth_token_create", self._create_token),
            "pdd.pop.auth.token.refresh": ("pop_auth_token_refresh", self._refresh_token),
        }

    def read(self, request: Request, raw: bytes) -> Call:
        """JSON or a form, as the caller says; values are signed as text."""
        is_json = "json" in request.headers.get("content-type", "")
        params = _from_json(raw) if is_json else dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
        shop = self.world.by_key.get((Channel.PINDUODUO, params.get("client_id", "")))
        return Call(shop, params.get("type", ""), lambda: self.answer(shop, params))

    def error(self, refused: Refused) -> Body:
        said = {"error_code": refused.code, "error_msg": refused.msg, "request_id": "lab"}
        return {"error_response": said | {"sub_code": refused.sub_code or None, "sub_msg": refused.sub_msg}}

    def banned(self, seconds: int) -> Refused:
        return Refused(52101, "当前接口被限流，请稍后重试", "52101", "当前接口被限流，请稍后重试")

    def in_trouble(self) -> Refused:
        return Refused(52102, "当前接口暂时不可用，请稍后重试", "52102", "当前接口暂时不可用，请稍后重试")

    def answer(self, shop: LabShop | None, params: Params) -> Body:
        """Raises: Refused."""
        shop = self._check(shop, params)
        name, api = self.apis[params["type"]]
        return {f"{name}_response".removeprefix("_"): {**api(shop, params), "request_id": "lab"}}

    def _check(self, shop: LabShop | None, params: Params) -> LabShop:
        if params.get("type", "") not in self.apis:
            raise Refused(10001, "公共参数错误:type")
        if shop is None:
            raise Refused(10016, "client_id错误")
        self._check_time(params.get("timestamp", ""))
        if params.get("data_type", "JSON") != "JSON":
            raise Refused(10001, "公共参数错误:data_type")
        if not hmac.compare_digest(sign(params, shop.app_secret).encode(), params.get("sign", "").encode()):
            raise Refused(20004, "签名sign校验失败")
        if self.world.banned_seconds(shop.code):
            raise self.banned(0)
        if params["type"] not in WITHOUT_TOKEN:
            self._check_token(shop, params.get("access_token", ""))
        return shop

    def _check_time(self, text: str) -> None:
        """The caller may live by the clock or, after an advance, by lab time."""
        if not (text.isascii() and text.isdigit() and len(text) == 10):
            raise Refused(10001, "公共参数错误:timestamp")
        at = int(text)
        if min(abs(at - self.world.real_now()), abs(at - self.world.now())) > TOLERANCE_SECONDS:
            raise Refused(10001, "公共参数错误:timestamp")

    def _check_token(self, shop: LabShop, token: str) -> None:
        tokens = self.world.tokens[shop.code]
        if tokens.is_good(token, self.world.now()):
            return
        if tokens.is_known(token):
            raise Refused(10019, "access_token已过期")
        raise Refused(20032, "access_token或client_id错误")

    def _increment(self, shop: LabShop, params: Params) -> Body:
        start, end = self._span(params, "start_updated_at", "end_updated_at", most=LONGEST_SECONDS)
        rows = [row for row in self.world.shelves[shop.code].changed_between(start, end)[::-1] if row.paid_at]
        rows = self.world.shown_changes(shop.code, params["type"], rows, size=_page_size(params))
        return self._orders(shop, params, rows, "order_sn_list")

    def _confirmed(self, shop: LabShop, params: Params) -> Body:
        start, end = self._span(params, "start_confirm_at", "end_confirm_at", most=_DAY)
        # An order is paid, and with that confirmed, within a day after it was placed.
        earliest = start - _DAY - pinduoduo_bodies.CONFIRMED_AFTER_SECONDS
        placed = self.world.shelves[shop.code].created_between(earliest, end)
        confirmed = (row for row in placed if start <= pinduoduo_bodies.confirmed_at(row) <= end)
        rows = sorted(confirmed, key=_newest_first)
        return self._orders(shop, params, rows, "order_list")

    def _orders(self, shop: LabShop, params: Params, rows: list[LabOrder], name: str) -> Body:
        """Of ``rows``, which are paid: an order that was never paid does not exist here."""
        shelf = self.world.shelves[shop.code]
        wanted = _one_of(params, "order_status", _ORDER_STATUSES), _one_of(params, "refund_status", _REFUND_STATUSES)
        if wanted != (_ALL, _ALL):
            rows = [row for row in rows if _fits(pinduoduo_bodies.order(row, shop, shelf), *wanted)]
        self.window = rows
        page, facts = _page(params, rows)
        return {name: [pinduoduo_bodies.order(row, shop, shelf) for row in page], **facts}

    def _information(self, shop: LabShop, params: Params) -> Body:
        order = self._order(shop, params)
        return {"order_info": pinduoduo_bodies.order(order, shop, self.world.shelves[shop.code])}

    def _decrypt(self, shop: LabShop, params: Params) -> Body:
        return {"data_decrypt_list": [self._opened(shop, one) for one in json.loads(_needed(params, "data_list"))]}

    def _opened(self, shop: LabShop, asked: Body) -> Body:
        order = self._order(shop, {"order_sn": str(asked.get("data_tag", ""))})
        plain = pinduoduo_bodies.opened(Person(order.buyer)).get(asked.get("encrypted_data", ""), "")
        self.world.uploaded("decrypt", shop.code, order=str(asked["data_tag"]))
        return {**asked, "decrypted_data": plain, "error_code": 0 if plain else 1}

    def _note(self, shop: LabShop, params: Params) -> Body:
        order, note = self._order(shop, params), _needed(params, "note")
        if len(note) > 300:
            raise _invalid("note")
        flag = int(params["tag"]) if params.get("tag", "") in {"1", "2", "3", "4", "5"} else None
        changes.remark(self.world, order, self.world.now(), memo=note, flag=flag)
        self.world.uploaded("remark", shop.code, order=params["order_sn"], memo=note, flag=flag)
        return {"success": True}

    def _refunds(self, shop: LabShop, params: Params) -> Body:
        start, end = self._span(params, "start_updated_at", "end_updated_at", most=LONGEST_SECONDS)
        rows = self.world.shelves[shop.code].refunds_between(start, end)[::-1]
        bodies = [pinduoduo_bodies.refund(row) for row in rows]
        for name in ("after_sales_status", "after_sales_type"):
            if (wanted := _number(params, name)) != int(_ALL_REFUNDS):
                bodies = [body for body in bodies if body[name] == wanted]
        page, facts = _page(params, bodies)
        return {"refund_list": page, **facts}

    def _refund(self, shop: LabShop, params: Params) -> Body:
        """The case that is named, else the order's last one."""
        order = self._order(shop, params)
        is_named = bool(params.get("after_sales_id"))
        number = _number(params, "after_sales_id") if is_named else max(order.refund_nos, default=0)
        case = self.world.shelves[shop.code].refunds.get(number)
        if case is None or case.order is not order:
            raise Refused(50001, "业务服务错误", "50001", "售后单不存在")
        return pinduoduo_bodies.refund_alone(case)

    def _agree(self, shop: LabShop, params: Params) -> Body:
        """The money goes back: at once, or for goods that are back already."""
        case, asked = self._answered(shop, params)
        goods = RefundDecision.CONFIRM_GOODS.fits(case.kind, case.status)
        done = self._answer(shop, case, RefundDecision.CONFIRM_GOODS if goods else RefundDecision.APPROVE)
        told = {"succ": done, "message": "退款操作成功" if done else "售后单状态已变更"}
        return {"result": {**_named(case, asked), **told}}

    def _agree_return(self, shop: LabShop, params: Params) -> Body:
        case, asked = self._answered(shop, params)
        if not str(asked.get("return_address_id") or ""):
            raise Refused(21002, "请求参数不能为空", "21002", "参数return_address_id不能为空")
        done = self._answer(shop, case, RefundDecision.AGREE_RETURN, address=str(asked["return_address_id"]))
        failed = {} if done else {"error_code": 52, "error_msg": "售后单状态已变更"}
        return failed | {"success": done, "result": {**_named(case, asked), "success": done, "message": ""}}

    def _answered(self, shop: LabShop, params: Params) -> tuple[LabRefund, Body]:
        try:
            asked = json.loads(_needed(params, "request"))
        except ValueError:
            raise _invalid("request") from None
        order = self._order(shop, {"order_sn": str(asked.get("order_sn", ""))})
        case = self.world.shelves[shop.code].refunds.get(_number({"id": str(asked.get("after_sales_id", ""))}, "id"))
        if case is None or case.order is not order:
            raise Refused(50001, "业务服务错误", "50001", "售后单不存在")
        return case, asked

    def _answer(self, shop: LabShop, case: LabRefund, decision: RefundDecision, **facts: str) -> bool:
        done = changes.answer(self.world, case, self.world.now(), decision)
        if done:
            self.world.uploaded("refund_answer", shop.code, refund=str(case.number), type=str(decision), **facts)
        return done

    def _send(self, shop: LabShop, params: Params) -> Body:
        """An order leaves whole: the parcel takes every line."""
        order, tracking_no = self._order(shop, params), _needed(params, "tracking_number").strip()
        if _number(params, "logistics_id") not in pinduoduo_bodies.CARRIERS:
            raise Refused(50001, "业务服务错误", "50001", "快递公司不存在")
        if not tracking_no.isalnum() or not 8 <= len(tracking_no) <= 30:
            raise Refused(50001, "业务服务错误", "50001", "快递单号不符合规则")
        now = self.world.now()
        if not changes.ship(self.world, order, now, LabParcel(tracking_no, params["logistics_id"], now, ())):
            raise Refused(50001, "业务服务错误", "50001", "订单状态不允许发货")
        facts = {"order": params["order_sn"], "carrier": params["logistics_id"], "tracking_no": tracking_no}
        lines = [str(pinduoduo_bodies.sku_no(line)) for line in order.lines]
        self.world.uploaded("shipment", shop.code, **facts, lines=lines)
        return {"is_success": True}

    def _companies(self, shop: LabShop, params: Params) -> Body:
        named = pinduoduo_bodies.CARRIERS.items()
        return {"logistics_companies": [{"id": str(number), "logistics_company": name} for number, name in named]}

    def _quantity(self, shop: LabShop, params: Params) -> Body:
        item, quantity = _number(params, "goods_id"), _number(params, "quantity")
        sku = params.get("sku_id") or _needed(params, "outer_id")
        shelf = self.world.shelves[shop.code]
        level = quantity + (shelf.stock.get(sku, 0) if params.get("update_type") == "2" else 0)
        if level < 0:
            raise _invalid("quantity")
        shelf.stock[sku] = level
        self.world.uploaded("stock", shop.code, item=str(item), sku=sku, quantity=level)
        return {"is_success": True}

    def _goods(self, shop: LabShop, params: Params) -> Body:
        """The lab keeps the stock of a shop by SKU alone, so each of its goods has them all."""
        held = self.world.shelves[shop.code].stock.items()
        skus = [{"sku_id": int(sku), "sku_quantity": level} for sku, level in held if sku.isdigit()]
        return {"goods_info": {"goods_id": _number(params, "goods_id"), "sku_list": skus}}

    def _create_token(self, shop: LabShop, params: Params) -> Body:
        if not self.world.tokens[shop.code].buy(params.get("code", ""), self.world.now()):
            raise Refused(21001, "请求参数错误", "21001", "code无效或已过期")
        return self._token(shop)

    def _refresh_token(self, shop: LabShop, params: Params) -> Body:
        if not self.world.tokens[shop.code].renew(params.get("refresh_token", ""), self.world.now()):
            raise Refused(21001, "请求参数错误", "21001", "refresh_token无效或已过期")
        return self._token(shop)

    def _token(self, shop: LabShop) -> Body:
        held = self.world.tokens[shop.code]
        left = max(0, held.expires_at - self.world.now())
        return {
            "access_token": held.access,
            "expires_in": left,
            "expires_at": held.expires_at,
            "refresh_token": held.refresh,
            "refresh_token_expires_in": LIFE_SECONDS["refresh"],
            "refresh_token_expires_at": held.refresh_expires_at,
            "owner_id": shop.shop_no,
            "owner_name": shop.name,
            "scope": sorted(self.apis),
            **{f"{kind}_expires_in": left for kind in ("r1", "r2", "w1", "w2")},
        }

    def _order(self, shop: LabShop, params: Params) -> LabOrder:
        try:
            number = pinduoduo_bodies.read_no(_needed(params, "order_sn"))
        except ValueError:
            raise _invalid("order_sn") from None
        order = self.world.shelves[shop.code].orders.get(number)
        if order is None or not order.paid_at:
            raise Refused(50001, "业务服务错误", "50001", "订单不存在")
        return order

    def _span(self, params: Params, first: str, last: str, *, most: int) -> tuple[int, int]:
        start, end = _number(params, first), _number(params, last)
        if not 0 <= end - start <= most:
            raise Refused(21001, "请求参数错误", "21001", f"开始时间结束时间间距不超过{most // 60}分钟")
        if start < self.world.now() - _HISTORY_SECONDS:
            raise Refused(21001, "请求参数错误", "21001", "只能查询三个月内的数据")
        return start, end


def _named(case: LabRefund, asked: Body) -> Body:
    return {"after_sales_id": case.number, "order_sn": asked["order_sn"]}


def _from_json(raw: bytes) -> dict[str, str]:
    """Empty where it cannot be read: the first check then says what is missing."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return {name: _text(value) for name, value in body.items() if value is not None} if isinstance(body, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _newest_first(order: LabOrder) -> tuple[int, int]:
    return -pinduoduo_bodies.confirmed_at(order), -order.number


def _fits(body: Body, order_status: str, refund_status: str) -> bool:
    wanted = {"order_status": order_status, "refund_status": refund_status}
    return all(word in (_ALL, str(body[name])) for name, word in wanted.items())


def _invalid(name: str) -> Refused:
    return Refused(21001, "请求参数错误", "21001", f"参数{name}错误")


def _needed(params: Params, name: str) -> str:
    if not params.get(name):
        raise Refused(21002, "请求参数不能为空", "21002", f"参数{name}不能为空")
    return params[name]


def _number(params: Params, name: str) -> int:
    text = _needed(params, name)
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 19):
        raise _invalid(name)
    return int(text)


def _one_of(params: Params, name: str, words: set[str]) -> str:
    if _needed(params, name) not in words:
        raise _invalid(name)
    return params[name]


def _page_size(params: Params) -> int:
    return _number({"page_size": "100", **params}, "page_size")


def _page(params: Params, rows: list[Row]) -> tuple[list[Row], Body]:
    number, size = _number({"page": "1", **params}, "page"), _page_size(params)
    if number < 1 or not 1 <= size <= 100:
        raise _invalid("page_size")
    page = rows[(number - 1) * size : number * size]
    if params.get("use_has_next") == "true":
        return page, {"has_next": len(rows) > number * size}
    return page, {"total_count": len(rows)}
