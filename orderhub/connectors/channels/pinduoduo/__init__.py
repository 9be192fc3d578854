"""Pinduoduo (拼多多) through its open platform (POP)."""

from orderhub.connectors.channels.pinduoduo.answers import ANSWERS
from orderhub.connectors.channels.pinduoduo.client import PinduoduoConnector, connect, read_push
from orderhub.connectors.channels.pinduoduo.parse import parse_order, parse_refund
from orderhub.domain.words import Channel

CHANNEL = Channel.PINDUODUO
LIMITS = PinduoduoConnector.limits
ABILITIES = frozenset({"answers", "orders", "refunds", "ship", "stock", "stock_read", "token", "receiver"})

__all__ = ["ABILITIES", "ANSWERS", "CHANNEL", "LIMITS", "connect", "parse_order", "parse_refund", "read_push"]
