"""Where does the lab's WeChat hear of shipments? Stable tokens, carriers, and a payment's shipping.

Source: developers.weixin.qq.com, uploadShippingInfo, getOrder, get_delivery_list, getStableAccessToken, read 2026-11.
"""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from orderhub.lab.answers import Body
from orderhub.lab.wechat_keys import Merchant
from orderhub.lab.wechat_purse import LabPayment, Purse
from orderhub.lab.world import World

_LIFE_SECONDS = 7200
_CARRIERS = {"SF": "顺丰速运", "ZTO": "中通快递", "YTO": "圆通速递", "STO": "申通快递", "YD": "韵达速递"}


class Refused(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class WeixinDoor:
    """Everything below ``/weixin``; every answer is HTTP 200 with an ``errcode``."""

    def __init__(self, world: World, merchant: Merchant, purse: Purse) -> None:
        self.world = world
        self.merchant = merchant
        self.purse = purse
        self._turn = 0
        self._expires_at = 0

    async def take(self, request: Request) -> Response:
        raw = await request.body()
        path = f"/{request.path_params['path']}"
        try:
            asked = _object(raw)
            answer = self._answer(path, asked, request.query_params.get("access_token", ""))
        except Refused as refused:
            return JSONResponse({"errcode": refused.code, "errmsg": f"{refused.message} rid: lab"})
        return JSONResponse(answer)

    def expire_token(self) -> None:
        self._expires_at = 0

    def _answer(self, path: str, asked: Body, token: str) -> Body:
        if path == "/cgi-bin/stable_token":
            return self._stable_token(asked)
        if not token:
            raise Refused(41001, "access_token missing")
        if token != self._token() or self.world.now() >= self._expires_at:
            raise Refused(42001, "access_token expired")
        if self.world.faults.take("service_error", "", "weixin"):
            raise Refused(-1, "system error")
        match path:
            case "/cgi-bin/express/delivery/open_msg/get_delivery_list":
                rows = [{"delivery_id": number, "delivery_name": name} for number, name in _CARRIERS.items()]
                return {"errcode": 0, "delivery_list": rows, "count": len(rows)}
            case "/wxa/sec/order/get_order":
                payment = self._payment(str(asked.get("transaction_id", "")))
                return {"errcode": 0, "errmsg": "ok", "order": self._order(payment)}
            case "/wxa/sec/order/upload_shipping_info":
                self._upload(asked)
                return {"errcode": 0, "errmsg": "ok"}
        raise Refused(40066, "invalid url")

    def _stable_token(self, asked: Body) -> Body:
        if asked.get("grant_type") != "client_credential" or asked.get("appid") != self.merchant.app_no:
            raise Refused(40013, "invalid appid")
        if asked.get("secret") != self.merchant.app_secret:
            raise Refused(40125, "invalid appsecret")
        if self.world.now() >= self._expires_at - 300:
            self._turn += 1
            self._expires_at = self.world.now() + _LIFE_SECONDS
        return {"access_token": self._token(), "expires_in": self._expires_at - self.world.now()}

    def _token(self) -> str:
        return f"lab-stable-token-{self._turn}-" + "x" * 120

    def _payment(self, transaction_no: str) -> LabPayment:
        if (payment := self.purse.by_transaction(transaction_no)) is None:
            raise Refused(10060001, "支付单不存在")
        return payment

    def _order(self, payment: LabPayment) -> Body:
        parcels = [{"tracking_no": number, "express_company": "ZTO"} for number in payment.tracking_nos]
        state = 5 if payment.refunded_fen >= payment.total_fen else 2 if payment.is_all_shipped else 1
        return {
            "transaction_id": payment.transaction_no,
            "merchant_id": self.merchant.merchant_no,
            "merchant_trade_no": payment.number,
            "paid_amount": payment.total_fen,
            "openid": payment.openid,
            "order_state": state,
            "in_complaint": False,
            "shipping": {
                "delivery_mode": 2 if len(parcels) > 1 or (parcels and not payment.is_all_shipped) else 1,
                "logistics_type": 1,
                "finish_shipping": payment.is_all_shipped,
                "shipping_list": parcels,
            },
        }

    def _upload(self, asked: Body) -> None:
        key, parcels = asked.get("order_key"), asked.get("shipping_list")
        if not isinstance(key, dict) or key.get("order_number_type") != 2:
            raise Refused(268485194, "订单单号类型非法")
        payment = self._payment(str(key.get("transaction_id", "")))
        if not isinstance(parcels, list) or not parcels or not all(isinstance(one, dict) for one in parcels):
            raise Refused(10060014, "参数错误")
        self._check(payment, asked, parcels)
        numbers = [str(one["tracking_no"]) for one in parcels]
        is_split = asked.get("delivery_mode") == 2
        payment.tracking_nos = (*payment.tracking_nos, *numbers) if is_split else tuple(numbers)
        payment.is_all_shipped = asked.get("is_all_delivered") is True if is_split else True
        for one in parcels:
            parcel = {"tracking_no": one["tracking_no"], "carrier": one["express_company"]}
            self.world.uploaded("shipment", "wechat", order=payment.number, **parcel)

    def _check(self, payment: LabPayment, asked: Body, parcels: list[Body]) -> None:
        payer: Any = asked.get("payer")
        if not isinstance(payer, dict) or payer.get("openid") != payment.openid:
            raise Refused(10060031, "该笔支付单不属于 openid 所指定的用户")
        if payment.is_all_shipped:
            raise Refused(10060002, "支付单已完成发货，无法继续发货")
        if payment.refunded_fen >= payment.total_fen:
            raise Refused(10060004, "支付单处于不可发货的状态")
        if asked.get("delivery_mode") not in (1, 2):
            raise Refused(268485224, "发货模式非法")
        if asked["delivery_mode"] == 1 and len(parcels) != 1:
            raise Refused(268485228, "统一发货模式下，物流信息列表长度必须为 1")
        if asked["delivery_mode"] == 2 and not isinstance(asked.get("is_all_delivered"), bool):
            raise Refused(10060007, "分拆发货模式下必须填写 is_all_delivered 字段")
        for one in parcels:
            self._check_parcel(one)

    def _check_parcel(self, parcel: Body) -> None:
        if not parcel.get("tracking_no"):
            raise Refused(268485226, "物流单号不能为空")
        if parcel.get("express_company") not in _CARRIERS:
            raise Refused(268485227, "物流公司编码不能为空")
        if not parcel.get("item_desc"):
            raise Refused(10060008, "商品描述 item_desc 字段不能为空")
        if len(parcel["item_desc"]) > 120:
            raise Refused(10060009, "商品描述 item_desc 字段太长")
        if parcel["express_company"] == "SF" and not parcel.get("contact"):
            raise Refused(10060014, "顺丰发货必须填写联系方式")


def _object(raw: bytes) -> Body:
    try:
        body: Any = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(47001, "data format error")
    return body
