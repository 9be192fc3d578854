"""The mini-program's platform in miniature: a payment's number is here the order's."""

import json

import httpx

from .gateway import SECRET, Gateway, Params


class MiniprogramGateway(Gateway):
    carrier = "SF"

    def checked(self, request: httpx.Request) -> tuple[str, Params, Params | None]:
        path, sent = request.url.path.removeprefix("/weixin"), json.loads(request.content)
        if path == "/cgi-bin/stable_token":
            return path, sent, None if sent["secret"] == SECRET else {"errcode": 40125, "errmsg": "invalid appsecret"}
        if request.url.params.get("access_token") != self.token:
            return path, sent, {"errcode": 42001, "errmsg": "access_token expired"}
        return path, sent, None

    def answer(self, method: str, params: Params) -> Params:
        match method:
            case "/cgi-bin/stable_token":
                self.token = "token-1"
                return {"access_token": self.token, "expires_in": 7200}
            case "/cgi-bin/express/delivery/open_msg/get_delivery_list":
                return {"errcode": 0, "delivery_list": [{"delivery_id": "SF", "delivery_name": "顺丰速运"}]}
            case "/wxa/sec/order/get_order":
                return {"errcode": 0, "order": self.order(params["transaction_id"])}
            case _:
                self.shipped[params["order_key"]["transaction_id"]] = params["shipping_list"][0]["tracking_no"]
                return {"errcode": 0, "errmsg": "ok"}

    def order(self, number: str) -> Params:
        parcels = [{"tracking_no": self.shipped[number]}] if number in self.shipped else []
        shipping = {"delivery_mode": 1, "finish_shipping": bool(parcels), "shipping_list": parcels}
        return {"order_state": 2 if parcels else 1, "shipping": shipping}
