"""Douyin shops (抖店) through their open platform."""

from orderhub.connectors.channels.douyin.answers import ANSWERS
from orderhub.connectors.channels.douyin.client import DouyinConnector, connect
from orderhub.connectors.channels.douyin.parse import parse_order, parse_refund
from orderhub.connectors.channels.douyin.push import read_push
from orderhub.domain.words import Channel

CHANNEL = Channel.DOUYIN
LIMITS = DouyinConnector.limits
ABILITIES = frozenset(
    {"answers", "orders", "parts", "refunds", "ship", "stock", "stock_read", "token", "push", "receiver"}
)

__all__ = ["ABILITIES", "ANSWERS", "CHANNEL", "LIMITS", "connect", "parse_order", "parse_refund", "read_push"]
