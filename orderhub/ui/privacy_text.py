"""What are the words around people's data called?"""

from enum import StrEnum
from typing import Any

from orderhub.access.reveal import RevealReason

Pair = tuple[str, str]

PRIVACY_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    RevealReason: {
        RevealReason.CALL_BUYER: ("联系买家", "To call the buyer"),
        RevealReason.CHECK_ADDRESS: ("核对地址", "To check the address"),
        RevealReason.CARRIER_ASKS: ("快递核实", "The carrier asks"),
        RevealReason.RESHIP: ("补发或改派", "To ship again"),
        RevealReason.OTHER: ("其他（请写明）", "Other (say why)"),
    },
}

PRIVACY_EVENTS: dict[str, Pair] = {
    "receiver_revealed": ("查看了收件信息", "Saw the receiver"),
    "buyer_erased": ("清除了买家信息", "Erased the buyer"),
}
