"""JOS in miniature: the router and the authorisation beside it."""

import json
from datetime import timedelta

import httpx

from orderhub.connectors.channels.jd import signing as jos
from orderhub.kernel.clock import shanghai_text

from . import jd_bodies
from .gateway import SECRET, UPDATED_AT, Gateway, Params

_NEVER_TOLD = "token已过期或者不存在，请重新授权访问 "


class JdGateway(Gateway):
    """``services`` are the service orders it has; refunds are applications otherwise."""

    services: tuple[Params, ...] = ()

    def take(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.startswith("/jd/oauth2/"):
            return super().take(request)
        query = request.url.params
        assert request.method == "GET"
        if query["app_secret"] != SECRET:
            return httpx.Response(200, json={"code": 304, "msg": "应用不存在", "requestId": "test"})
        self.token = "token-1"
        token = {"access_token": self.token, "refresh_token": "refresh-1", "expires_in": 31536000}
        return httpx.Response(200, json=token | {"code": 0, "token_type": "bearer", "uid": "0000000000"})

    def checked(self, request: httpx.Request) -> tuple[str, Params, Params | None]:
        sent = dict(request.url.params) | dict(httpx.QueryParams(request.content.decode()))
        given = sent.pop("sign")
        if given != jos.sign(sent, SECRET):
            return sent["method"], {}, self.error(12, "无效签名")
        if sent["access_token"] != self.token:
            return sent["method"], {}, self.error(19, _NEVER_TOLD + sent["access_token"])
        return sent["method"], json.loads(sent["360buy_param_json"]), None

    def answer(self, method: str, params: Params) -> Params:
        done = {"success": True, "englishErrCode": "", "chineseErrCode": ""}
        match method:
            case "jingdong.pop.order.search":
                wanted = set(params["optional_fields"].split(","))
                page = self.slice(int(params["page"]) - 1, int(params["page_size"]))
                whole = [self.order(number) for number in page]
                rows = [{name: value for name, value in row.items() if name in wanted} for row in whole]
                listed = {"apiResult": done, "orderTotal": self.count, "orderInfoList": rows}
                found: Params = {"searchorderinfo_result": listed}
            case "jingdong.pop.order.get":
                found = {"orderDetailInfo": {"apiResult": done, "orderInfo": self.order(params["order_id"])}}
            case "jingdong.pop.afs.soa.refundapply.queryPageList":
                ids = [params["ids"]] if "ids" in params else self.slice(params["pageIndex"] - 1, params["pageSize"])
                rows = [self.application(number) for number in ids]
                found = {"queryResult": {"success": True, "totalCount": self.count, "result": rows}}
            case "jingdong.asc.sync.list":
                named = [row for row in self.services if params.get("serviceId") in (None, str(row.get("serviceId")))]
                found = {"pageResult": {"success": True, "totalCount": len(named), "data": named}}
            case "jingdong.asc.query.view":
                view = jd_bodies.service_view(serviceId=int(params["serviceId"]), orderId=int(params["orderId"]))
                found = {"result": {"success": True, "data": view}}
            case "jingdong.pop.order.shipment":
                taken = params["orderId"] not in self.shipped
                self.shipped.setdefault(params["orderId"], params["logiNo"])
                told = {"success": "true"} if taken else {"success": "false", "englishErrCode": "10400001"}
                found = {"sopjosshipment_result": told}
            case "jingdong.pop.afs.soa.refundapply.replyRefund":
                self.answered[str(params["id"])] = params
                found = {"replyResult": {"success": True}}
            case "jingdong.asc.audit.refuse":
                self.answered[params["serviceId"]] = params
                found = {"result": {"success": True}}
            case "jingdong.stock.write.updateSkuStock":
                self.stock[params["skuId"]] = params["stockNum"]
                found = {"success": True}
            case _:
                raise AssertionError(method)
        return {f"{method.replace('.', '_')}_responce": {"code": "0"} | found}

    def order(self, number: str) -> Params:
        shipped = {"waybill": self.shipped[number], "logisticsId": "467"} if number in self.shipped else {}
        return jd_bodies.order(orderId=number, modified=shanghai_text(UPDATED_AT), **shipped)

    def application(self, number: str) -> Params:
        applied_at = shanghai_text(UPDATED_AT - timedelta(minutes=5))
        status = 3 if number in self.answered else 0
        moments = {"applyTime": applied_at, "modified": shanghai_text(UPDATED_AT)}
        return jd_bodies.application(id=int(number), status=status, **moments)

    def error(self, code: int, told: str) -> Params:
        return {"error_response": {"code": str(code), "zh_desc": told, "en_desc": "x"}}
