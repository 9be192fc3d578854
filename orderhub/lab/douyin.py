"""How does the Douyin shop platform answer? `POST /douyin/<method with slashes>`, from the lab's orders.

Source: the platform's Go SDK and API pages, error words as captured; see `docs/lab.md`.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from starlette.requests import Request

from orderhub.connectors.channels.douyin.signing import sign
from orderhub.domain.words import AftersaleKind, Channel, RefundDecision
from orderhub.kernel.clock import from_shanghai
from orderhub.lab import changes, douyin_bodies
from orderhub.lab.answers import Body, Call, Refused
from orderhub.lab.orders import LabOrder, LabParcel, LabRefund
from orderhub.lab.people import Person
from orderhub.lab.shops import LabShop
from orderhub.lab.world import World

Query = Mapping[str, str]
Row = TypeVar("Row")

TOLERANCE_SECONDS = 600
WITHOUT_TOKEN = {"token.create", "token.refresh"}
HISTORY_SECONDS = {"order": 90 * 86400, "refund": 183 * 86400}
_RETURN, _EXCHANGE = AftersaleKind.RETURN_AND_REFUND, AftersaleKind.EXCHANGE
_ANSWERS = {
    101: (_RETURN, RefundDecision.AGREE_RETURN),
    102: (_RETURN, RefundDecision.REFUSE),
    111: (_RETURN, RefundDecision.CONFIRM_GOODS),
    112: (_RETURN, RefundDecision.REFUSE_GOODS),
    121: (AftersaleKind.REFUND_BEFORE_SHIPPING, RefundDecision.APPROVE),
    122: (AftersaleKind.REFUND_BEFORE_SHIPPING, RefundDecision.REFUSE),
    201: (AftersaleKind.REFUND_AFTER_SHIPPING, RefundDecision.APPROVE),
    202: (AftersaleKind.REFUND_AFTER_SHIPPING, RefundDecision.REFUSE),
    301: (_EXCHANGE, RefundDecision.AGREE_RETURN),
    302: (_EXCHANGE, RefundDecision.REFUSE),
    312: (_EXCHANGE, RefundDecision.REFUSE_GOODS),
}


class Doudian:
    """One method of this class for each API; ``answer`` is the gateway."""

    doors = (("/douyin/{path:path}", ("POST",)),)
    lists = frozenset({"order.searchList"})

    def __init__(self, world: World) -> None:
        self.world = world
        self.window: list[LabOrder] = []  # every row of the list answered last, whichever page was asked for
        self.apis: dict[str, Callable[[LabShop, Body], Any]] = {
            "order.searchList": self._search,
            "order.orderDetail": self._detail,
            "order.batchDecrypt": self._decrypt,
            "order.addOrderRemark": self._remark,
            "order.logisticsAdd": self._ship,
            "order.logisticsAddSinglePack": self._ship_some,
            "order.logisticsCompanyList": self._companies,
            "afterSale.List": self._aftersales,
            "afterSale.Detail": self._aftersale,
            "afterSale.operate": self._operate,
            "sku.syncStock": self._sync_stock,
            "sku.stockNum": self._stock,
            "token.create": self._create_token,
            "token.refresh": self._refresh_token,
        }

    def read(self, request: Request, raw: bytes) -> Call:
        method, query = request.path_params["path"].strip("/").replace("/", "."), dict(request.query_params)
        return Call(self.shop_of(query), method, lambda: self.answer(method, query, raw))

    def error(self, refused: Refused) -> Body:
        sub = {"sub_code": refused.sub_code, "sub_msg": refused.sub_msg}
        return {"code": refused.code, "msg": refused.msg, **sub, "log_id": "lab"}

    def banned(self, seconds: int) -> Refused:
        return Refused(60000, "请求过于频繁", "isv.rate-limited", "请求过于频繁，请稍后再试")

    def in_trouble(self) -> Refused:
        return Refused(20000, "服务不可用", "isp.service-error:1", "服务暂时不可用，请稍后重试")

    def shop_of(self, query: Query) -> LabShop | None:
        return self.world.by_key.get((Channel.DOUYIN, query.get("app_key", "")))

    def answer(self, method: str, query: Query, raw: bytes) -> Body:
        """Raises: Refused."""
        shop = self._check(method, query, raw)
        found = self.apis[method](shop, _params(raw))
        new = {"code": 10000, "msg": "success", "sub_code": "", "sub_msg": ""}
        return {"data": found, "err_no": 0, "message": "success", **new, "log_id": "lab"}

    def _check(self, method: str, query: Query, raw: bytes) -> LabShop:
        shop = self.shop_of(query)
        if method not in self.apis or query.get("method", method) != method:
            raise Refused(40004, "非法的参数", "isv.method-invalid", "API不存在")
        if not query.get("app_key"):
            raise Refused(40001, "缺少必选参数", "isv.app-id-missing", "app_key不能为空")
        if shop is None:
            raise _invalid("isv.app-id-invalid", "app_key不存在")
        self._check_time(query.get("timestamp", ""))
        self._check_sign(shop, method, query, raw)
        if seconds := self.world.banned_seconds(shop.code):
            raise self.banned(seconds)
        if method not in WITHOUT_TOKEN:
            self._check_token(shop, query.get("access_token", ""))
        return shop

    def _check_time(self, text: str) -> None:
        try:
            at = int(text) if text.isdigit() else int(from_shanghai(text).timestamp())
        except (ValueError, OverflowError):
            raise _invalid("isv.timestamp-invalid", "timestamp格式错误") from None
        if min(abs(at - self.world.real_now()), abs(at - self.world.now())) > TOLERANCE_SECONDS:
            raise _invalid("isv.timestamp-invalid", "timestamp与当前时间相差超过10分钟")

    def _check_sign(self, shop: LabShop, method: str, query: Query, raw: bytes) -> None:
        given = query.get("sign", "")
        if not given:
            raise Refused(40001, "缺少必选参数", "isv.signature-missing", "sign不能为空")
        try:
            signed = {"app_key": shop.app_key, "method": method, "param_json": raw.decode()}
        except UnicodeDecodeError:
            raise _invalid("isv.parameter-format-invalid", "param_json不是UTF-8") from None
        kind = query.get("sign_method", "md5")
        wanted = sign(shop.app_secret, **signed, timestamp=query["timestamp"], kind=kind)
        if kind not in ("hmac-sha256", "md5") or not hmac.compare_digest(given.encode(), wanted.encode()):
            raise _invalid("isv.signature-invalid", "签名校验失败")

    def _check_token(self, shop: LabShop, token: str) -> None:
        held = self.world.tokens[shop.code]
        if not token:
            raise Refused(40001, "缺少必选参数", "isv.access-token-missing", "access_token不能为空")
        if not held.is_good(token, self.world.now()):
            if held.is_known(token):
                raise _invalid("isv.access-token-expired", "access_token expired")
            raise _invalid("isv.access-token-no-existed", "access_token不存在")

    def _search(self, shop: LabShop, asked: Body) -> Body:
        shelf, now = self.world.shelves[shop.code], self.world.now()
        oldest = now - HISTORY_SECONDS["order"]
        by_update = bool(asked.get("update_time_start") or asked.get("update_time_end"))
        if by_update:
            rows = shelf.changed_between(*_span(asked, "update_time_start", "update_time_end", (oldest, now)))[::-1]
            rows = self.world.shown_changes(shop.code, "order.searchList", rows, size=_whole(asked, "size", 20))
        else:
            rows = shelf.created_between(*_span(asked, "create_time_start", "create_time_end", (oldest, now)))
        by = "modified" if asked.get("order_by") == "update_time" else "created"
        rows.sort(key=lambda row: (getattr(row, by), row.number), reverse=not asked.get("order_asc", False))
        rows = _of_status(rows, asked.get("combine_status") or [])
        self.window = rows
        page, number, size = _page(asked, rows)
        bodies = [douyin_bodies.order(row, shop, shelf) for row in page]
        return {"page": number, "total": len(rows), "size": size, "shop_order_list": bodies}

    def _detail(self, shop: LabShop, asked: Body) -> Body:
        order = self._order(shop, asked.get("shop_order_id"))
        return {"shop_order_detail": douyin_bodies.order(order, shop, self.world.shelves[shop.code])}

    def _decrypt(self, shop: LabShop, asked: Body) -> Body:
        rows = [self._opened(shop, one) for one in asked.get("cipher_infos") or []]
        return {"decrypt_infos": rows, "custom_err": {"err_code": 0, "err_msg": ""}}

    def _opened(self, shop: LabShop, asked: Body) -> Body:
        order = self._order(shop, asked.get("auth_id"))
        plain = douyin_bodies.opened(Person(order.buyer)).get(asked.get("cipher_text", ""), "")
        self.world.uploaded("decrypt", shop.code, order=str(order.number))
        return {**asked, "decrypt_text": plain, "err_no": 0 if plain else 300008, "err_msg": ""}

    def _remark(self, shop: LabShop, asked: Body) -> Body:
        order, memo = self._order(shop, asked.get("order_id")), str(asked.get("remark", ""))
        if len(memo) > 60:
            raise _invalid("isv.parameter-format-invalid", "备注不能超过60字")
        flag = _whole(asked, "star", 0) if asked.get("is_add_star") in (True, "true") else None
        changes.remark(self.world, order, self.world.now(), memo=memo, flag=flag)
        self.world.uploaded("remark", shop.code, order=str(order.number), memo=memo, flag=flag)
        return {}

    def _ship(self, shop: LabShop, asked: Body) -> Body:
        self._send(shop, asked, self._order(shop, asked.get("order_id")), ())
        return {}

    def _ship_some(self, shop: LabShop, asked: Body) -> Body:
        orders, lines = asked.get("order_id_list") or [], asked.get("shipped_order_info") or []
        order = self._order(shop, orders[0] if orders else None)
        known = {str(line.number): line.number for line in order.lines}
        named = [str(line.get("shipped_order_id", "")) for line in lines]
        if not named or not set(named) <= set(known):
            raise _business("isv.business-failed:2010002", "子订单不属于该订单")
        self._send(shop, asked, order, tuple(known[number] for number in named))
        return {"pack_id": order.parcels[-1].tracking_no}

    def _send(self, shop: LabShop, asked: Body, order: LabOrder, lines: tuple[int, ...]) -> None:
        code, tracking_no = str(asked.get("company_code", "")), str(asked.get("logistics_code", "")).strip()
        if code not in douyin_bodies.CARRIERS:
            raise _business("isv.business-failed:2010005", "物流公司编码不存在")
        if not tracking_no.isalnum() or not 8 <= len(tracking_no) <= 30:
            raise _business("isv.business-failed:2010006", "运单号不符合规则")
        now = self.world.now()
        if not changes.ship(self.world, order, now, LabParcel(tracking_no, code, now, lines)):
            raise _business("isv.business-failed:2010003", "订单状态不允许发货")
        sent = [str(number) for number in order.parcels[-1].line_nos]
        facts = {"order": str(order.number), "carrier": code, "tracking_no": tracking_no, "lines": sent}
        self.world.uploaded("shipment", shop.code, **facts)

    def _companies(self, shop: LabShop, asked: Body) -> list[Body]:
        named = enumerate(douyin_bodies.CARRIERS.items(), start=1)
        return [{"id": number, "name": name, "code": code} for number, (code, name) in named]

    def _aftersales(self, shop: LabShop, asked: Body) -> Body:
        now = self.world.now()
        start, end = _span(asked, "update_start_time", "update_end_time", (now - HISTORY_SECONDS["refund"], now))
        rows = self.world.shelves[shop.code].refunds_between(start, end - bool(asked.get("update_end_time")))
        if asked.get("start_time") or asked.get("end_time"):
            first, last = _span(asked, "start_time", "end_time", (0, now + 1))
            rows = [row for row in rows if first <= row.created < last]
        if words := {int(word) for word in asked.get("standard_aftersale_status") or []}:
            rows = [row for row in rows if douyin_bodies.REFUND_WORDS[row.status][0] in words]
        if "update_time asc" not in (asked.get("order_by") or []):
            rows.reverse()
        page, number, size = _page(asked, rows, most=50_000)
        more = (number + 1) * size < len(rows)
        items = [douyin_bodies.aftersale(row) for row in page]
        return {"items": items, "has_more": more, "page": number, "size": size, "total": len(rows)}

    def _aftersale(self, shop: LabShop, asked: Body) -> Body:
        return douyin_bodies.aftersale_detail(self._case(shop, asked.get("after_sale_id")))

    def _operate(self, shop: LabShop, asked: Body) -> Body:
        """One that cannot be done lets the whole call fail."""
        kind = _whole(asked, "type", 0)
        if kind not in _ANSWERS:
            raise _invalid("isv.parameter-format-invalid", "type不支持")
        return {"items": [self._decide(shop, item, kind) for item in asked.get("items") or []]}

    def _decide(self, shop: LabShop, item: Body, kind: int) -> Body:
        case, now = self._case(shop, item.get("aftersale_id")), self.world.now()
        of, decision = _ANSWERS[kind]
        if decision.refuses and not (item.get("reason") and item.get("remark") and item.get("reject_reason_code")):
            raise Refused(
                40001, "缺少必选参数", "isv.parameter-missing", "拒绝操作必填reason、remark、reject_reason_code"
            )
        is_newest = _whole(item, "update_time", case.modified) == case.modified
        if case.kind is not of or not is_newest or not changes.answer(self.world, case, now, decision):
            raise _business("isv.business-failed:20309541", "售后状态错误")
        facts = {"refund": str(case.number), "type": kind, "reason": str(item.get("reason", ""))}
        facts["address"] = str((item.get("logistics") or {}).get("receiver_address_id", ""))
        self.world.uploaded("refund_answer", shop.code, **facts)
        return {"aftersale_id": case.number, "status_code": 0, "status_msg": "success"}

    def _sync_stock(self, shop: LabShop, asked: Body) -> Body:
        sku, shelf = _sku(asked), self.world.shelves[shop.code]
        added = shelf.stock.get(sku, 0) if asked.get("incremental") in (True, "true") else 0
        shelf.stock[sku] = _whole(asked, "stock_num") + added
        item = str(asked.get("product_id") or asked.get("out_product_id") or "")
        self.world.uploaded("stock", shop.code, item=item, sku=sku, quantity=shelf.stock[sku])
        return {}

    def _stock(self, shop: LabShop, asked: Body) -> Body:
        sku = _sku(asked)
        level = self.world.shelves[shop.code].stock.get(sku, 0)
        return {"sku_id": sku, "code": asked.get("code", ""), "sku_type": 0, "stock_num": level, "prehold_stock_num": 0}

    def _create_token(self, shop: LabShop, asked: Body) -> Body:
        held, now = self.world.tokens[shop.code], self.world.now()
        own = asked.get("grant_type") == "authorization_self" and str(asked.get("shop_id")) == shop.shop_no
        if not held.buy(shop.auth_code if own else str(asked.get("code", "")), now):
            raise Refused(50001, "token生成失败", "dop.token-generate-failed:code-invalid", "code无效")
        return self._token(shop)

    def _refresh_token(self, shop: LabShop, asked: Body) -> Body:
        if not self.world.tokens[shop.code].renew(str(asked.get("refresh_token", "")), self.world.now()):
            raise Refused(50001, "token生成失败", "dop.token-generate-failed:token-invalid", "refresh_token无效")
        return self._token(shop)

    def _token(self, shop: LabShop) -> Body:
        held = self.world.tokens[shop.code]
        return {
            "access_token": held.access,
            "refresh_token": held.refresh,
            "expires_in": max(0, held.expires_at - self.world.now()),
            "scope": "SCOPE",
            "shop_id": int(shop.shop_no),
            "shop_name": shop.name,
            "authority_id": "",
            "auth_subject_type": "",
        }

    def _order(self, shop: LabShop, number: Any) -> LabOrder:
        order = self.world.shelves[shop.code].orders.get(_id(number))
        if order is None:
            raise _business("isv.business-failed:2000001", "订单不存在")
        return order

    def _case(self, shop: LabShop, number: Any) -> LabRefund:
        case = self.world.shelves[shop.code].refunds.get(_id(number))
        if case is None:
            raise _business("isv.business-failed:2000002", "售后单不存在")
        return case


def _invalid(sub_code: str, sub_msg: str) -> Refused:
    return Refused(40003, "请求参数错误", sub_code, sub_msg)


def _business(sub_code: str, sub_msg: str) -> Refused:
    return Refused(50002, "业务处理失败", sub_code, sub_msg)


def _params(raw: bytes) -> Body:
    try:
        params = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        params = None
    if not isinstance(params, dict):
        raise _invalid("isv.parameter-format-invalid", "param_json不是JSON对象")
    return params


def _id(number: Any) -> int:
    text = str(number or "")
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise _invalid("isv.parameter-format-invalid", "编号格式错误")
    return int(text)


def _whole(asked: Body, name: str, otherwise: int | None = None) -> int:
    value = asked.get(name, otherwise)
    try:
        return int(str(value))
    except ValueError:
        raise _invalid("isv.parameter-format-invalid", f"{name}格式错误") from None


def _sku(asked: Body) -> str:
    sku = str(asked.get("sku_id") or asked.get("out_sku_id") or asked.get("code") or "")
    if not sku:
        raise Refused(40001, "缺少必选参数", "isv.parameter-missing", "sku_id、out_sku_id、code至少填一个")
    return sku


def _span(asked: Body, first: str, last: str, otherwise: tuple[int, int]) -> tuple[int, int]:
    start, end = _whole(asked, first, otherwise[0]), _whole(asked, last, otherwise[1])
    if start > end:
        raise _invalid("isv.parameter-format-invalid", f"{first}不能晚于{last}")
    return start, end


def _page(asked: Body, rows: list[Row], *, most: int = 0) -> tuple[list[Row], int, int]:
    number, size = _whole(asked, "page", 0), _whole(asked, "size", 20)
    if number < 0 or not 1 <= size <= 100 or (most and number * size > most):
        raise _invalid("isv.parameter-format-invalid", "page从0开始，size不超过100")
    return rows[number * size : (number + 1) * size], number, size


def _of_status(rows: list[LabOrder], combined: Any) -> list[LabOrder]:
    groups = combined if isinstance(combined, list) else [combined]
    words = {word for group in groups for word in str(group.get("order_status") or "").split(",") if word}
    return [row for row in rows if str(douyin_bodies.ORDER_WORDS[row.status][0]) in words] if words else rows
