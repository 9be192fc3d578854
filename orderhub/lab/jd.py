"""How does JD answer? `POST /jd/routerjson` and `GET /jd/oauth2/…`: checked as JOS checks, from the lab's orders.

Source: official API pages and error table, error bodies and answers as captured; see `docs/lab.md`.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request

from orderhub.connectors.channels.jd.signing import sign
from orderhub.domain.words import AftersaleStatus, Channel, RefundDecision
from orderhub.kernel.clock import from_shanghai
from orderhub.lab import changes, jd_bodies
from orderhub.lab.answers import Body, Call, Refused
from orderhub.lab.orders import LabOrder, LabParcel, LabRefund
from orderhub.lab.shops import LabShop
from orderhub.lab.world import World

Params = Mapping[str, str]
Row = TypeVar("Row")

TOLERANCE_SECONDS = 360
_MONTH_SECONDS = 31 * 86400
_MOST_PAGES = 1000
_ANSWERS = {
    1: RefundDecision.APPROVE,
    2: RefundDecision.REFUSE,
    6: RefundDecision.APPROVE,
    9: RefundDecision.APPROVE,
}
_REJECT_TYPES = {"", "1", "2", "3", "4", "5", "6"}
_NUMBER = re.compile(r"[0-9]{1,18}")
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d{3}\+0800)?", re.ASCII)


class _NotGiven(Refused):
    """A refusal of the authorisation, which has words of its own."""


class _NotDone(Exception):
    """The gateway took the call; the business behind it says no."""

    def __init__(self, code: str, told: str) -> None:
        super().__init__(f"{code} {told}")
        self.code = code
        self.told = told


class Jos:
    """One method of this class for each API; ``answer`` is the gateway."""

    doors = (
        ("/jd/routerjson", ("GET", "POST")),
        ("/jd/oauth2/access_token", ("GET",)),
        ("/jd/oauth2/refresh_token", ("GET",)),
    )
    lists = frozenset({"jingdong.pop.order.search"})

    def __init__(self, world: World) -> None:
        self.world = world
        self.window: list[LabOrder] = []  # every row of the list answered last, whichever page was asked for
        # Each with the key its result stands under; empty = the envelope itself.
        self.apis: dict[str, tuple[str, Callable[[LabShop, Body], Body]]] = {
            "jingdong.pop.order.search": ("searchorderinfo_result", self._search),
            "jingdong.pop.order.get": ("orderDetailInfo", self._get),
            "jingdong.pop.order.modifyVenderRemark": ("modifyvenderremark_result", self._remark),
            "jingdong.pop.order.shipment": ("sopjosshipment_result", self._ship),
            "jingdong.stock.write.updateSkuStock": ("", self._set_stock),
            "jingdong.pop.afs.soa.refundapply.queryPageList": ("queryResult", self._applications),
            "jingdong.pop.afs.soa.refundapply.replyRefund": ("replyResult", self._reply),
            "jingdong.asc.sync.list": ("pageResult", self._services),
            "jingdong.asc.query.view": ("result", self._service),
            "jingdong.asc.audit.refuse": ("result", self._refuse),
        }

    def read(self, request: Request, raw: bytes) -> Call:
        """Query and form together; a repeated name counts once."""
        form = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
        params = dict(request.query_params) | dict(form)
        shop, asked = self.shop_of(params), request.url.path.rpartition("/")[2]
        if asked != "routerjson":
            return Call(shop, f"oauth2.{asked}", lambda: self._authorise(shop, asked, params))
        return Call(shop, params.get("method", ""), lambda: self.answer(params))

    def error(self, refused: Refused) -> Body:
        if isinstance(refused, _NotGiven):
            return {"code": refused.code, "msg": refused.msg, "requestId": "lab"}
        words = {"zh_desc": refused.sub_msg or refused.msg, "en_desc": refused.msg}
        return {"error_response": {"code": str(refused.code), **words}}

    def banned(self, seconds: int) -> Refused:
        return Refused(2, "App Call Limited", sub_msg="应用调用次数超限")

    def in_trouble(self) -> Refused:
        return Refused(65, "Backend service timeout", sub_msg="平台连接后端服务超时")

    def shop_of(self, params: Params) -> LabShop | None:
        return self.world.by_key.get((Channel.JD, params.get("app_key", "")))

    def answer(self, params: Params) -> Body:
        """Raises: Refused."""
        shop = self._check(params)
        method = params["method"]
        key, api = self.apis[method]
        try:
            found = api(shop, _asked(params))
        except _NotDone as refusal:
            found = _failure(refusal, has_api_result=key in ("searchorderinfo_result", "orderDetailInfo"))
        body = {"code": "0"} | ({key: found} if key else found)
        return {f"{method.replace('.', '_')}_responce": body}

    def _check(self, params: Params) -> LabShop:
        shop = self.shop_of(params)
        if not params.get("method"):
            raise Refused(14, "Missing Method", sub_msg="缺少方法名参数")
        if params["method"] not in self.apis:
            raise Refused(15, "Invalid Method", sub_msg="不存在的方法名")
        if params.get("v") != "2.0":
            is_there = bool(params.get("v"))
            raise Refused(5 if is_there else 4, "Unsupported Version" if is_there else "Missing Version")
        if shop is None:
            raise Refused(21, "Invalid App Key", sub_msg="无效App Key")
        self._check_time(params.get("timestamp", ""))
        self._check_sign(shop, params)
        if seconds := self.world.banned_seconds(shop.code):
            raise self.banned(seconds)
        token = params.get("access_token", "")
        if not self.world.tokens[shop.code].is_good(token, self.world.now()):
            raise Refused(19, "Invalid access_token", sub_msg=f"token已过期或者不存在，请重新授权访问 {token}")
        return shop

    def _check_time(self, text: str) -> None:
        """The caller may live by the clock or, after an advance, by lab time."""
        if not text:
            raise Refused(7, "Missing Timestamp", sub_msg="缺少时间戳参数")
        found = _TIMESTAMP.fullmatch(text)
        try:
            at = int(from_shanghai(found[1]).timestamp()) if found else 0
        except (ValueError, OverflowError):
            at = 0
        if min(abs(at - self.world.real_now()), abs(at - self.world.now())) > TOLERANCE_SECONDS:
            raise Refused(8, "Invalid Timestamp", sub_msg="非法的时间戳参数")

    def _check_sign(self, shop: LabShop, params: Params) -> None:
        if not params.get("sign"):
            raise Refused(11, "Missing Signature", sub_msg="缺少签名参数")
        if not hmac.compare_digest(sign(params, shop.app_secret).encode(), params["sign"].encode()):
            raise Refused(12, "Invalid Signature", sub_msg="无效签名")

    def _authorise(self, shop: LabShop | None, asked: str, params: Params) -> Body:
        grants = {"access_token": "authorization_code", "refresh_token": "refresh_token"}
        secret = params.get("app_secret", "")
        if shop is None or not hmac.compare_digest(secret.encode(), shop.app_secret.encode()):
            raise _NotGiven(304, "应用不存在或密钥错误")
        held, now = self.world.tokens[shop.code], self.world.now()
        if asked == "access_token":
            given = held.buy(params.get("code", ""), now)
        else:
            given = held.renew(params.get("refresh_token", ""), now)
        if not given or params.get("grant_type") != grants[asked]:
            raise _NotGiven(304, "当前会话没有做过授权,请先授权")
        return {
            "access_token": held.access,
            "expires_in": max(0, held.expires_at - now),
            "refresh_token": held.refresh,
            "scope": "snsapi_base",
            "open_id": f"LAB{shop.shop_no}",
            "uid": shop.shop_no,
            "time": now * 1000,
            "token_type": "bearer",
            "code": 0,
            "xid": f"o*LAB{shop.shop_no}",
        }

    def _search(self, shop: LabShop, asked: Body) -> Body:
        states = set(_text(asked, "order_state").split(",")) - {""}
        if not states or not _text(asked, "optional_fields"):
            raise _NotDone("param_error", "order_state、optional_fields不能为空")
        shelf, (start, end) = self.world.shelves[shop.code], self._span(asked, states)
        by_modified = str(asked.get("dateType") or "0") == "0"
        newest = (shelf.changed_between(start, end) if by_modified else shelf.created_between(start, end))[::-1]
        rows = [row for row in newest if jd_bodies.ORDER_WORDS[row.status][0] in states]
        size = _whole(asked, "page_size")
        if by_modified:
            rows = self.world.shown_changes(shop.code, "jingdong.pop.order.search", rows, size=size)
        if str(asked.get("sortType") or "0") != "1":
            rows = rows[::-1]
        self.window = rows
        page = _page(rows, _whole(asked, "page"), size, most=100)
        bodies = [self._selected(row, shop, asked) for row in page]
        return {"apiResult": _DONE, "orderTotal": len(rows), "orderInfoList": bodies}

    def _span(self, asked: Body, states: set[str]) -> tuple[int, int]:
        if not asked.get("start_date") and not asked.get("end_date") and states == {"WAIT_SELLER_STOCK_OUT"}:
            return self.world.now() - _MONTH_SECONDS, self.world.now()
        start, end = _moment(asked, "start_date"), _moment(asked, "end_date")
        if not 0 <= end - start <= _MONTH_SECONDS:
            raise _NotDone("param_error", "开始时间和结束时间的跨度不能超过一个月")
        return start, end

    def _get(self, shop: LabShop, asked: Body) -> Body:
        return {"apiResult": _DONE, "orderInfo": self._selected(self._order(shop, asked, "order_id"), shop, asked)}

    def _selected(self, row: LabOrder, shop: LabShop, asked: Body) -> Body:
        wanted = set(_text(asked, "optional_fields").replace(" ", "").split(","))
        body = jd_bodies.order(row, shop, self.world.shelves[shop.code])
        return {name: value for name, value in body.items() if name in wanted}

    def _remark(self, shop: LabShop, asked: Body) -> Body:
        order, memo = self._order(shop, asked, "order_id"), _text(asked, "remark")
        flag = _whole(asked, "flag") if asked.get("flag") not in (None, "") else None
        if len(memo) > 500 or flag not in (None, 0, 1, 2, 3, 4, 5):
            raise _NotDone("param_error", "备注不能超过500字，旗帜为0到5")
        changes.remark(self.world, order, self.world.now(), memo=memo, flag=flag)
        self.world.uploaded("remark", shop.code, order=str(order.number), memo=memo, flag=flag)
        return {"success": True}

    def _ship(self, shop: LabShop, asked: Body) -> Body:
        order = self._order(shop, asked, "orderId")
        carrier, tracking_no = _text(asked, "logiCoprId"), _text(asked, "logiNo")
        if carrier not in jd_bodies.CARRIERS:
            raise _NotDone("10400010", "物流公司ID不正确")
        if not (tracking_no.isascii() and tracking_no.isalnum()) or not 8 <= len(tracking_no) <= 30:
            raise _NotDone("10400011", "运单号不符合规则")
        now = self.world.now()
        if not changes.ship(self.world, order, now, LabParcel(tracking_no, carrier, now, ())):
            raise _NotDone("10400001", "订单状态不允许出库")
        lines = [str(number) for number in order.parcels[-1].line_nos]
        facts = {"order": str(order.number), "carrier": carrier, "tracking_no": tracking_no, "lines": lines}
        self.world.uploaded("shipment", shop.code, **facts)
        return {"success": "true"}

    def _set_stock(self, shop: LabShop, asked: Body) -> Body:
        sku, quantity = _number(asked, "skuId"), _whole(asked, "stockNum")
        self.world.shelves[shop.code].stock[str(sku)] = quantity
        self.world.uploaded("stock", shop.code, item="", sku=str(sku), quantity=quantity)
        return {"success": True}

    def _applications(self, shop: LabShop, asked: Body) -> Body:
        rows = [case for case in self._cases(shop, asked, "modifiedStart", "modifiedEnd") if not _is_service(case)]
        if ids := set(_text(asked, "ids").split(",")) - {""}:
            rows = [case for case in rows if str(case.number) in ids]
        if asked.get("status") not in (None, ""):
            rows = [case for case in rows if jd_bodies.APPLICATION_WORDS[case.status] == _whole(asked, "status")]
        page = _page(rows, _whole(asked, "pageIndex"), _whole(asked, "pageSize"), most=50)
        return {"success": True, "totalCount": len(rows), "result": [jd_bodies.application(case) for case in page]}

    def _reply(self, shop: LabShop, asked: Body) -> Body:
        case, status = self._case(shop, asked, "id"), _whole(asked, "status")
        if _is_service(case) or status not in _ANSWERS or not _text(asked, "checkUserName"):
            raise _NotDone("param_error", "退款单或审核状态不正确")
        if not _text(asked, "remark") or _text(asked, "rejectType") not in _REJECT_TYPES:
            raise _NotDone("param_error", "审核备注或拒绝类型不正确")
        self._answer(shop, case, _ANSWERS[status], type=status, reason=_text(asked, "remark"))
        return {"success": True}

    def _refuse(self, shop: LabShop, asked: Body) -> Body:
        _check_operator(shop, asked)
        case = self._case(shop, asked, "serviceId")
        if not _is_service(case) or case.order.number != _number(asked, "orderId"):
            raise _NotDone("not_found", "服务单不存在")
        if _whole(asked, "sysVersion") != jd_bodies.service(case)["sysVersion"]:
            raise _NotDone("status_error", "服务单版本已变更")
        reason = _number(asked, "approveReasonCid1")
        self._answer(shop, case, RefundDecision.REFUSE, type=reason, reason=_text(asked, "approveNotes"))
        return {"success": True}

    def _answer(self, shop: LabShop, case: LabRefund, decision: RefundDecision, *, type: int, reason: str) -> None:  # noqa: A002
        if not changes.answer(self.world, case, self.world.now(), decision):
            raise _NotDone("status_error", "退款单状态已变更")
        self.world.uploaded("refund_answer", shop.code, refund=str(case.number), type=type, reason=reason)

    def _services(self, shop: LabShop, asked: Body) -> Body:
        """By either time: a waybill of the buyer moves only its own."""
        _check_operator(shop, asked)
        by_waybill = bool(asked.get("freightUpdateDateBegin"))
        span = "freightUpdateDate" if by_waybill else "updateTime"
        rows = [case for case in self._cases(shop, asked, f"{span}Begin", f"{span}End") if _is_service(case)]
        if asked.get("serviceId"):
            rows = [case for case in rows if case.number == _number(asked, "serviceId")]
        else:
            rows = [case for case in rows if (case.status is AftersaleStatus.RETURNED) is by_waybill]
        page = _page(rows, _whole(asked, "pageNumber"), _whole(asked, "pageSize"), most=50)
        return {"success": True, "totalCount": len(rows), "data": [jd_bodies.service(case) for case in page]}

    def _service(self, shop: LabShop, asked: Body) -> Body:
        _check_operator(shop, asked)
        case = self._case(shop, asked, "serviceId")
        if not _is_service(case) or case.order.number != _number(asked, "orderId"):
            raise _NotDone("not_found", "服务单不存在")
        return {"success": True, "data": jd_bodies.service_view(case)}

    def _cases(self, shop: LabShop, asked: Body, first: str, last: str) -> Sequence[LabRefund]:
        """Newest change first; all there are where no time is asked for."""
        if not asked.get(first) and not asked.get(last):
            return list(self.world.shelves[shop.code].refunds.values())[::-1]
        return self.world.shelves[shop.code].refunds_between(_moment(asked, first), _moment(asked, last))[::-1]

    def _order(self, shop: LabShop, asked: Body, name: str) -> LabOrder:
        order = self.world.shelves[shop.code].orders.get(_number(asked, name))
        if order is None:
            raise _NotDone("not_found", "订单不存在")
        return order

    def _case(self, shop: LabShop, asked: Body, name: str) -> LabRefund:
        case = self.world.shelves[shop.code].refunds.get(_number(asked, name))
        if case is None:
            raise _NotDone("not_found", "退款单不存在")
        return case


_DONE = {"success": True, "englishErrCode": "", "chineseErrCode": ""}
_is_service = jd_bodies.is_service


def _failure(refusal: _NotDone, *, has_api_result: bool) -> Body:
    told = {"success": False, "englishErrCode": refusal.code, "chineseErrCode": refusal.told}
    return {"apiResult": told} if has_api_result else told


def _check_operator(shop: LabShop, asked: Body) -> None:
    if _text(asked, "buId") != shop.shop_no or not _text(asked, "operatePin") or not _text(asked, "operateNick"):
        raise _NotDone("param_error", "buId、operatePin、operateNick不正确")


def _asked(params: Params) -> Body:
    try:
        asked: Any = json.loads(params.get("360buy_param_json") or "{}")
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise _NotDone("param_error", "360buy_param_json不是JSON对象")
    return asked


def _text(asked: Body, name: str) -> str:
    return str(asked.get(name) or "").strip()


def _number(asked: Body, name: str) -> int:
    if not _NUMBER.fullmatch(_text(asked, name)):
        raise _NotDone("param_error", f"{name}格式错误")
    return int(_text(asked, name))


def _whole(asked: Body, name: str) -> int:
    value = str(asked.get(name, ""))
    if not _NUMBER.fullmatch(value):
        raise _NotDone("param_error", f"{name}格式错误")
    return int(value)


def _moment(asked: Body, name: str) -> int:
    try:
        return int(from_shanghai(_text(asked, name)).timestamp())
    except (ValueError, OverflowError):
        raise _NotDone("param_error", f"{name}格式错误") from None


def _page(rows: Sequence[Row], number: int, size: int, *, most: int) -> Sequence[Row]:
    if not 1 <= number <= _MOST_PAGES or not 1 <= size <= most:
        raise _NotDone("param_error", f"页码从1开始，每页最多{most}条")
    return rows[(number - 1) * size : number * size]
