"""Taobao and Tmall through the Taobao Open Platform (TOP)."""

from orderhub.connectors.channels.taobao.answers import ANSWERS
from orderhub.connectors.channels.taobao.client import TaobaoConnector, connect, read_push
from orderhub.connectors.channels.taobao.parse import parse_order, parse_refund
from orderhub.domain.words import Channel

CHANNEL = Channel.TAOBAO
LIMITS = TaobaoConnector.limits
ABILITIES = frozenset({"answers", "orders", "parts", "refunds", "ship", "stock", "stock_read", "token", "receiver"})

__all__ = ["ABILITIES", "ANSWERS", "CHANNEL", "LIMITS", "connect", "parse_order", "parse_refund", "read_push"]
