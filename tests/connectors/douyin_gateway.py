"""The Douyin shop platform in miniature, from its recorded bodies."""

import json

import httpx

from orderhub.connectors.channels.douyin import signing as doudian

from .gateway import SECRET, UPDATED_AT, Gateway, Params, sample


class DouyinGateway(Gateway):
    def checked(self, request: httpx.Request) -> tuple[str, Params, Params | None]:
        query = request.url.params
        method, raw = query["method"], request.content.decode()
        signed = {"app_key": query["app_key"], "method": method, "timestamp": query["timestamp"]}
        if query["sign"] != doudian.sign(SECRET, param_json=raw, **signed):
            return method, {}, self.error(40003, "isv.signature-invalid")
        if not method.startswith("token.") and query.get("access_token") != self.token:
            return method, {}, self.error(40003, "isv.access-token-expired")
        return method, json.loads(raw), None

    def answer(self, method: str, params: Params) -> Params:
        match method:
            case "order.searchList":
                rows = [self.order(number) for number in self.slice(params["page"], params["size"])]
                found: Params = {"shop_order_list": rows, "total": self.count}
            case "order.orderDetail":
                found = {"shop_order_detail": self.order(params["shop_order_id"])}
            case "afterSale.List":
                rows = [self.case(number) for number in self.slice(params["page"], params["size"])]
                found = {"items": rows, "total": self.count, "has_more": False}
            case "afterSale.Detail":
                case = self.case(params["after_sale_id"])
                info = {"after_sale_info": case["aftersale_info"]}
                found = {"process_info": info, "order_info": case["order_info"]}
            case "order.logisticsAdd":
                if params["order_id"] in self.shipped:
                    return self.error(50002, "isv.business-failed:4031")
                self.shipped[params["order_id"]] = params["logistics_code"]
                found = {}
            case "afterSale.operate":
                (item,) = params["items"]
                self.answered[item["aftersale_id"]] = params
                found = {"items": [{"aftersale_id": int(item["aftersale_id"]), "status_code": 0}]}
            case "sku.syncStock":
                self.stock[params["sku_id"]] = params["stock_num"]
                found = {}
            case "sku.stockNum":
                found = {"sku_id": params["sku_id"], "sku_type": 0, "stock_num": self.stock.get(params["sku_id"], 0)}
            case _:
                self.token = "token-1"
                found = {"access_token": self.token, "refresh_token": "refresh-1", "expires_in": 530808}
        return {"code": 10000, "msg": "success", "data": found}

    def order(self, number: str) -> Params:
        order = sample("douyin_order_searchList")["shop_order_list"][0]
        order |= {"order_id": number, "update_time": int(UPDATED_AT.timestamp())}
        if number in self.shipped:
            order["logistics_info"] = [{"tracking_no": self.shipped[number], "company": "shunfeng"}]
        return order

    def case(self, number: str) -> Params:
        case = sample("douyin_afterSale_List")["items"][0]
        case["aftersale_info"] |= {"aftersale_id": number, "update_time": int(UPDATED_AT.timestamp())}
        if number in self.answered:
            case["aftersale_info"]["aftersale_status"] = 12
        return case

    def error(self, code: int, sub_code: str) -> Params:
        return {"code": code, "msg": "x", "sub_code": sub_code, "sub_msg": "x"}
