"""JD shops of other merchants (POP) through the JD open service (JOS)."""

from orderhub.connectors.channels.jd.answers import ANSWERS
from orderhub.connectors.channels.jd.client import JdConnector, connect, read_push
from orderhub.connectors.channels.jd.parse import parse_order, parse_refund
from orderhub.domain.words import Channel

CHANNEL = Channel.JD
LIMITS = JdConnector.limits
ABILITIES = frozenset({"answers", "orders", "refunds", "ship", "stock", "token"})

__all__ = ["ABILITIES", "ANSWERS", "CHANNEL", "LIMITS", "connect", "parse_order", "parse_refund", "read_push"]
