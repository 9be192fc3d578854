"""The merchant's own WeChat mini-program: its orders are posted to the hub, its parcels are told to WeChat."""

from orderhub.connectors.channels.miniprogram.client import Miniprogram, connect, parse_refund, read_push
from orderhub.connectors.channels.own import parse_order
from orderhub.domain.words import Channel, RefundDecision

CHANNEL = Channel.MINIPROGRAM
LIMITS = Miniprogram.limits
ABILITIES = frozenset({"post", "ship", "token"})
ANSWERS: frozenset[RefundDecision] = frozenset()

__all__ = ["ABILITIES", "ANSWERS", "CHANNEL", "LIMITS", "connect", "parse_order", "parse_refund", "read_push"]
