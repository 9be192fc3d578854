"""How does the lab play WeChat? One merchant with one mini-program: its money, and the service shipments are told to.

Orders are the merchant's own: those of its shop are posted (``posts.py``) and paid here; whoever tests may post one to
the hub by hand and have it paid (``/lab/wechat/payments``).
"""

from functools import cached_property
from urllib.parse import urlsplit

from starlette.routing import Route

from orderhub.kernel.errors import BadInput
from orderhub.lab.answers import Body
from orderhub.lab.wechat_keys import Merchant, Platform
from orderhub.lab.wechat_notices import Notices
from orderhub.lab.wechat_pay import WechatPayDoor
from orderhub.lab.wechat_purse import Purse
from orderhub.lab.weixin import WeixinDoor
from orderhub.lab.world import World


class Wechat:
    """Keys are made when they are first wanted: a lab without a mini-program starts as fast as before."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.purse = Purse(world)

    @cached_property
    def merchant(self) -> Merchant:
        return Merchant.made()

    @cached_property
    def platform(self) -> Platform:
        return Platform()

    @cached_property
    def notices(self) -> Notices:
        return Notices(self.world, self.merchant, self.platform)

    @cached_property
    def weixin(self) -> WeixinDoor:
        return WeixinDoor(self.world, self.merchant, self.purse)

    def routes(self) -> list[Route]:
        async def pay(request):
            return await WechatPayDoor(self.world, self.merchant, self.platform, self.purse, self.notices).take(request)

        async def weixin(request):
            return await self.weixin.take(request)

        return [
            Route("/wechat-pay/v3/{path:path}", pay, methods=["GET", "POST"]),
            Route("/weixin/{path:path}", weixin, methods=["POST"]),
        ]

    def close(self) -> None:
        if "notices" in self.__dict__:
            self.notices.close()

    def state(self, asked: Body) -> Body:
        """The merchant's keys, which open nothing but this lab, what was paid, and which notices were sent."""
        return {
            "merchant": self.merchant.facts(),
            "public_key": {"id": self.platform.public_key_no, "pem": self.platform.public_key},
            "payments": [payment.facts() for payment in self.purse.payments.values()],
            "repayments": [repayment.facts() for repayment in self.purse.repayments.values()],
            "notices": {
                "target": self.notices.target,
                "waiting": self.notices.waiting,
                "sent": [notice.facts() for notice in list(self.notices.sent)],
            },
        }

    def set_target(self, asked: Body) -> Body:
        """Where notices go; an empty URL ends them."""
        url = str(asked.get("url", ""))
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
            raise BadInput("url: needs http:// or https:// and a host", field="url", problem="not_url")
        self.notices.target = url
        return {"url": url}

    def pay(self, asked: Body) -> Body:
        """A buyer pays ``order_no`` (``pay`` false: only begins to) with ``total_fen``; the notice leaves at once."""
        number, total_fen = str(asked.get("order_no", "")), asked.get("total_fen")
        if not 6 <= len(number) <= 32 or not isinstance(total_fen, int) or total_fen <= 0:
            said = "order_no: 6 to 32 characters, and total_fen: a whole number above 0"
            raise BadInput(said, field="order_no", problem="not_payable")
        payment = self.purse.prepare(number, total_fen, openid=str(asked.get("openid") or f"lab-openid-{number}"))
        if asked.get("pay", True) and self.purse.pay(payment):
            self.notices.paid(payment)
        return payment.facts()

    def buyer_pays(self, number: str, total_fen: int, openid: str, at: int) -> None:
        """A buyer of the lab's shop pays at ``at``; the notice leaves at once."""
        payment = self.purse.prepare(number, total_fen, openid=openid)
        if self.purse.pay(payment, at=at):
            self.notices.paid(payment)

    def expire_token(self, asked: Body) -> Body:
        self.weixin.expire_token()
        return {"expired": True}
