"""Pinduoduo's gateway in miniature."""

import json

import httpx

from orderhub.connectors.channels.pinduoduo import signing as pop
from orderhub.kernel.clock import shanghai_text

from . import pinduoduo_bodies
from .gateway import SECRET, UPDATED_AT, Gateway, Params


class PinduoduoGateway(Gateway):
    def checked(self, request: httpx.Request) -> tuple[str, Params, Params | None]:
        sent = json.loads(request.content)
        given = sent.pop("sign")
        if given != pop.sign(sent, SECRET):
            return sent["type"], sent, self.error(20004)
        if ".token." not in sent["type"] and sent.get("access_token") != self.token:
            return sent["type"], sent, self.error(10019)
        return sent["type"], sent, None

    def answer(self, method: str, params: Params) -> Params:
        name = f"{method.removeprefix('pdd.').replace('.', '_')}_response"
        match method:
            case "pdd.order.number.list.increment.get":
                rows = [self.order(number) for number in self.page(params)]
                name, found = "order_sn_increment_get_response", {"order_sn_list": rows, "total_count": self.count}
            case "pdd.order.list.get":
                rows = [self.order(number) for number in self.page(params)]
                found = {"order_list": rows, "total_count": self.count}
            case "pdd.order.information.get":
                name, found = "order_info_get_response", {"order_info": self.order(params["order_sn"])}
            case "pdd.refund.list.increment.get":
                rows = [pinduoduo_bodies.refund(**self.case(number)) for number in self.page(params)]
                name, found = "refund_increment_get_response", {"refund_list": rows, "total_count": self.count}
            case "pdd.refund.information.get":
                found = pinduoduo_bodies.refund_alone(**self.case(params["after_sales_id"]))
            case "pdd.logistics.online.send":
                if params["order_sn"] in self.shipped:
                    return self.error(50001)
                self.shipped[params["order_sn"]] = params["tracking_number"]
                found = {"is_success": True}
            case "pdd.refund.agree" | "pdd.refund.returngoods.agree":
                asked = json.loads(params["request"])
                self.answered[str(asked["after_sales_id"])] = asked
                name, found = "response", {"result": {"succ": True, "message": "退款操作成功"}}
            case "pdd.goods.quantity.update":
                self.stock[params["sku_id"]] = int(params["quantity"])
                found = {"is_success": True}
            case "pdd.goods.information.get":
                skus = [{"sku_id": int(number), "sku_quantity": held} for number, held in self.stock.items()]
                goods = {"goods_id": int(params["goods_id"]), "sku_list": skus}
                name, found = "goods_info_get_response", {"goods_info": goods}
            case _:
                self.token = "token-1"
                found = {"access_token": self.token, "refresh_token": "refresh-1", "expires_in": 172800}
        return {name: found | {"request_id": "test"}}

    def page(self, params: Params) -> list[str]:
        return self.slice(int(params["page"]) - 1, int(params["page_size"]))

    def order(self, number: str) -> Params:
        """Amounts as JSON numbers, as on the wire."""
        order = pinduoduo_bodies.order(order_sn=number, updated_at=shanghai_text(UPDATED_AT), pay_amount=120.5)
        if number in self.shipped:
            order |= {"order_status": 2, "tracking_number": self.shipped[number], "logistics_id": 44}
        return order

    def case(self, number: str) -> Params:
        status = {"after_sales_status": 10} if number in self.answered else {}
        return {"id": int(number), "updated_time": shanghai_text(UPDATED_AT)} | status

    def error(self, code: int) -> Params:
        return {"error_response": {"error_code": code, "error_msg": "x", "sub_code": None, "sub_msg": ""}}
