"""SF Express in the lab: waybills by its real wire protocol, one for an order number, each of them charged once.

Its own labels are a page each with the number on it, fetched with the token that the answer named. Where its parcels
are is told by ``sf_routes.py``.
"""

import asyncio
import hmac
import io
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from orderhub.connectors.carriers.contract import Account
from orderhub.connectors.carriers.sf_line import digest
from orderhub.lab.answers import Body
from orderhub.lab.journeys import Parcels
from orderhub.lab.sf_routes import Denied, SfRoutes
from orderhub.lab.world import World

ACCOUNT = Account(customer_code="LABHUB", check_word="lab-check-word-0000000000000000", month_card="7551234567")
PATH = "/sf/std/service"
LABELS = "/sf/labels"
# The lab's name of it where a fault asks for a shop.
NAME = "sf"

_CLOCK_SECONDS = 300
_FIRST_NO = 7444471039325
_TOKEN = "lab-label-token"  # noqa: S105
_BAD_GATEWAY = "<h1>502 Bad Gateway</h1>"


@dataclass
class LabWaybill:
    """``price_fen`` is taken from the month card; nothing of a contact is kept."""

    order_no: str
    tracking_no: str
    price_fen: int
    is_cancelled: bool = False


class Sf:
    """``waybills`` by order number: what the merchant is charged for. ``ways`` is where their parcels are."""

    def __init__(self, world: World, parcels: Parcels | None = None) -> None:
        self.world = world
        self.ways = SfRoutes(world, self, parcels or Parcels())
        self.waybills: dict[str, LabWaybill] = {}
        self._services = {
            "EXP_RECE_CREATE_ORDER": self._create,
            "EXP_RECE_SEARCH_ORDER_RESP": self._search,
            "EXP_RECE_UPDATE_ORDER": self._update,
            "EXP_RECE_SEARCH_ROUTES": self.ways.search,
        }
        self._drawn: dict[str, list[str]] = {}
        self._by_tracking_no: dict[str, LabWaybill] = {}

    def routes(self) -> list[Route]:
        return [Route(PATH, self._serve, methods=["POST"]), Route(f"{LABELS}/{{file}}", self._label)]

    def is_ours(self, tracking_no: str) -> bool:
        """Made here and not cancelled."""
        waybill = self._by_tracking_no.get(tracking_no)
        return waybill is not None and not waybill.is_cancelled

    @property
    def charged_fen(self) -> int:
        return sum(waybill.price_fen for waybill in self.waybills.values() if not waybill.is_cancelled)

    async def _serve(self, request: Request) -> Response:
        asked = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        service = asked.get("serviceCode", "")
        faults = self.world.faults
        if faults.take("server_error", NAME, service):
            return HTMLResponse(_BAD_GATEWAY, status_code=502)
        body = self._answer(asked, service, f"{request.url.scheme}://{request.url.netloc}{LABELS}")
        if fault := faults.take("timeout", NAME, service):
            await asyncio.sleep(30 if fault.seconds is None else fault.seconds)
        if faults.take("answer_lost", NAME, service):
            return HTMLResponse(_BAD_GATEWAY, status_code=502)
        raw = json.dumps(body, ensure_ascii=False).encode()
        if self.world.faults.take("truncated_json", NAME, service):
            return Response(raw[: len(raw) // 2], media_type="application/json;charset=utf-8")
        return JSONResponse(body)

    def _answer(self, asked: dict[str, str], service: str, labels: str) -> Body:
        try:
            self._check(asked)
            if service == "COM_RECE_CLOUD_PRINT_WAYBILLS":
                return _outer(self._print(json.loads(asked["msgData"]), labels))
            if service not in self._services:
                raise Denied("A1004", "无对应服务权限", is_inner=False)
            inner = {"success": True, "errorCode": "S0000", "errorMsg": None}
            inner |= {"msgData": self._services[service](json.loads(asked["msgData"]))}
        except Denied as denied:
            if not denied.is_inner:
                return {"apiResultCode": denied.code, "apiErrorMsg": denied.said, "apiResultData": None}
            inner = {"success": False, "errorCode": denied.code, "errorMsg": denied.said, "msgData": None}
        return _outer(inner)

    def _check(self, asked: dict[str, str]) -> None:
        for name in ("partnerID", "requestID", "serviceCode", "timestamp", "msgDigest", "msgData"):
            if not asked.get(name):
                raise Denied("A1001", "必传参数不可为空", is_inner=False)
        timestamp = asked["timestamp"]
        if not timestamp.isdigit() or abs(int(timestamp) / 1000 - self.world.now()) > _CLOCK_SECONDS:
            raise Denied("A1002", "请求时效已过期", is_inner=False)
        right = digest(asked["msgData"], timestamp, ACCOUNT.check_word)
        if asked["partnerID"] != ACCOUNT.customer_code or not hmac.compare_digest(right, asked["msgDigest"]):
            raise Denied("A1006", "数字签名无效", is_inner=False)
        if self.world.faults.take("rate_ban", NAME, asked["serviceCode"]):
            raise Denied("A1005", "流量受控", is_inner=False)
        if self.world.faults.take("service_error", NAME, asked["serviceCode"]):
            raise Denied("A1099", "系统异常", is_inner=False)

    def _create(self, asked: Body) -> Body:
        number = str(asked.get("orderId") or "")
        kinds = {row.get("contactType"): row for row in asked.get("contactInfoList") or []}
        if not number or not asked.get("cargoDetails") or set(kinds) != {1, 2}:
            raise Denied("1010", "必填字段缺失")
        if asked.get("monthlyCard") != ACCOUNT.month_card:
            raise Denied("8119", "月结卡号无效")
        if number in self.waybills:
            raise Denied("8016", "重复下单")
        if "海外" in str(kinds[2].get("province", "")):
            return {"orderId": number, "filterResult": 3, "waybillNoInfoList": [], "routeLabelInfo": []}
        tracking_no = f"SF{_FIRST_NO + len(self.waybills)}"
        self.waybills[number] = LabWaybill(number, tracking_no, price_fen=1800)
        self._by_tracking_no[tracking_no] = self.waybills[number]
        self.world.uploaded("waybill", NAME, order=number, tracking_no=tracking_no)
        return {"originCode": "020", "destCode": "020", "filterResult": 2, **_shown(self.waybills[number])}

    def _search(self, asked: Body) -> Body:
        return {"origincode": "020", "destcode": "020", "filterResult": "2", **_shown(self._standing(asked, "6150"))}

    def _update(self, asked: Body) -> Body:
        waybill = self._standing(asked, "8018")
        if waybill.is_cancelled:
            raise Denied("8037", "已消单")
        if asked.get("dealType") != 2:
            raise Denied("8252", "已确认")
        waybill.is_cancelled = True
        return {**_shown(waybill), "resStatus": 2, "extraInfoList": None}

    def _print(self, asked: Body, labels: str) -> Body:
        """Of waybills that stand, in one file; answered in a frame of its own."""
        numbers = [str(row.get("masterWaybillNo")) for row in asked.get("documents") or []]
        standing = {waybill.tracking_no for waybill in self.waybills.values() if not waybill.is_cancelled}
        if not numbers or not set(numbers) <= standing:
            raise Denied("8017", "订单号与运单号不匹配")
        file = f"{len(self._drawn) + 1}.pdf"
        self._drawn[file] = numbers
        one = {
            "url": f"{labels}/{file}",
            "token": _TOKEN,
            "waybillNo": numbers[0],
            "areaNo": 1,
            "pageNo": 1,
            "seqNo": 1,
        }
        obj = {"clientCode": ACCOUNT.customer_code, "fileType": "pdf", "files": [one]}
        return {"success": True, "obj": obj, "requestId": "0"}

    async def _label(self, request: Request) -> Response:
        file = request.path_params["file"]
        if request.headers.get("x-auth-token") != _TOKEN or file not in self._drawn:
            return Response(status_code=403)
        return Response(_pages(self._drawn[file]), media_type="application/pdf")

    def _standing(self, asked: Body, otherwise: str) -> LabWaybill:
        found = self.waybills.get(str(asked.get("orderId") or ""))
        if found is None:
            raise Denied(otherwise, "找不到该订单")
        return found


def _outer(inner: Body) -> Body:
    data = json.dumps(inner, ensure_ascii=False)
    return {"apiErrorMsg": "", "apiResponseID": "0" * 32, "apiResultCode": "A1000", "apiResultData": data}


def _pages(numbers: list[str]) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(100 * mm, 180 * mm))
    for number in numbers:
        canvas.drawString(10 * mm, 90 * mm, f"SF {number}")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _shown(waybill: LabWaybill) -> Body:
    code = (
        f"MMM={{'k1':'020W','k2':'020Z069','k3':'006','k4':'T4','k5':'{waybill.tracking_no}','k6':'','k7':'dfa46974'}}"
    )
    label = {
        "waybillNo": waybill.tracking_no,
        "destRouteLabel": "020W-Z069-006",
        "codingMapping": "H7",
        "proCode": "T 标快",
        "twoDimensionCode": code,
    }
    return {
        "orderId": waybill.order_no,
        "waybillNoInfoList": [{"waybillType": 1, "waybillNo": waybill.tracking_no}],
        "routeLabelInfo": [{"code": "1000", "routeLabelData": label, "message": f"{waybill.tracking_no}:"}],
    }
