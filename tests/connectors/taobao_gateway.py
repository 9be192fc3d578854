"""TOP in miniature."""

import json

import httpx

from orderhub.connectors.channels.taobao import signing as top
from orderhub.kernel.clock import shanghai_text

from . import taobao_bodies
from .gateway import SECRET, UPDATED_AT, Gateway, Params


class TaobaoGateway(Gateway):
    def checked(self, request: httpx.Request) -> tuple[str, Params, Params | None]:
        sent = dict(request.url.params) | dict(httpx.QueryParams(request.content.decode()))
        given = sent.pop("sign")
        if given != top.sign(sent, SECRET):
            return sent["method"], sent, self.error(25, "Invalid Signature")
        needs_token = ".token." not in sent["method"]
        if needs_token and sent.get("session") != self.token:
            return sent["method"], sent, self.error(27, "sessionkey-not-generated-by-server")
        return sent["method"], sent, None

    def answer(self, method: str, params: Params) -> Params:
        match method:
            case "taobao.trades.sold.increment.get":
                rows = [{"tid": int(number)} for number in self.page(params)]
                found: Params = {"trades": {"trade": rows}, "total_results": self.count}
            case "taobao.trades.sold.get":
                rows = [self.placed(number) for number in self.page(params)]
                found = {"trades": {"trade": rows}, "total_results": self.count}
            case "taobao.trade.fullinfo.get":
                found = {"trade": self.trade(params["tid"])}
            case "taobao.refunds.receive.get":
                rows = [self.refund(number) for number in self.page(params)]
                found = {"refunds": {"refund": rows}, "total_results": self.count}
            case "taobao.refund.get":
                found = {"refund": self.refund(params["refund_id"])}
            case "taobao.logistics.offline.send":
                if params["tid"] in self.shipped:
                    return self.error(15, "isv.logistics-offline-service-error:B04")
                self.shipped[params["tid"]] = params["out_sid"]
                found = {"shipping": {"is_success": True}}
            case "taobao.rp.refunds.agree":
                number = params["refund_infos"].split("|")[0]
                done = self.answered.setdefault(number, params["refund_infos"]) == params["refund_infos"]
                row = {"refund_id": number, "succ": done, "message": "操作成功" if done else "请输入短信验证码"}
                found = {"succ": done, "msg_code": "OP_SUCC", "results": {"refund_mapping_result": [row]}}
            case "taobao.item.quantity.update":
                self.stock[params["sku_id"]] = int(params["quantity"])
                found = {"item": {"num_iid": int(params["num_iid"]), "num": int(params["quantity"])}}
            case "taobao.item.sku.get":
                sku_no = params["sku_id"]
                held = {"sku_id": int(sku_no), "num_iid": int(params["num_iid"]), "quantity": self.stock.get(sku_no, 0)}
                found = {"sku": held}
            case _:
                self.token = "token-1"
                token = {"access_token": self.token, "refresh_token": "refresh-1", "expires_in": 2592000}
                found = {"token_result": json.dumps(token)}
        return {f"{method.removeprefix('taobao.').replace('.', '_')}_response": found | {"request_id": "test"}}

    def page(self, params: Params) -> list[str]:
        return self.slice(int(params["page_no"]) - 1, int(params["page_size"]))

    def trade(self, number: str) -> Params:
        trade = taobao_bodies.trade(tid=int(number), modified=shanghai_text(UPDATED_AT))
        if number in self.shipped:
            trade["orders"]["order"][0]["invoice_no"] = self.shipped[number]
        return trade

    def placed(self, number: str) -> Params:
        trade = self.trade(number)
        return {name: trade[name] for name in ("tid", "created", "modified", "payment")}

    def refund(self, number: str) -> Params:
        status = "SUCCESS" if number in self.answered else "WAIT_SELLER_AGREE"
        return taobao_bodies.refund(refund_id=int(number), modified=shanghai_text(UPDATED_AT), status=status)

    def error(self, code: int, sub_code: str) -> Params:
        return {"error_response": {"code": code, "msg": "x", "sub_code": sub_code}}
