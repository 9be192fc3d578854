"""What must every carrier's connector be able to do?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from orderhub.domain.drafts import Contact
from orderhub.domain.words import Carrier


@dataclass(frozen=True)
class Account:
    """The merchant's contract with a carrier; ``month_card`` is what waybills are charged to."""

    customer_code: str
    check_word: str = field(repr=False)
    month_card: str = field(default="", repr=False)


@dataclass(frozen=True)
class WaybillWish:
    """``request_no`` is the hub's own number of the parcel: for one number there is one waybill, however often asked.

    ``goods`` are (name, pieces); ``express_type`` is the carrier's own number of its product.
    """

    request_no: str
    sender: Contact
    receiver: Contact
    goods: tuple[tuple[str, int], ...]
    express_type: int = 1
    weight_grams: int = 0


@dataclass(frozen=True)
class Waybill:
    """``is_new`` is False where an earlier asking had made it. ``label_code`` is the route mark printed large.

    ``label`` is what else the carrier wants to see on it: ``product``, ``sorting``, and ``qr`` as a square code.
    """

    request_no: str
    tracking_no: str
    label_code: str
    is_new: bool
    label: Mapping[str, str] = field(default_factory=dict)


class CarrierConnector(Protocol):
    """Synchronous; safe to use from several threads. Raises like ``ChannelConnector``."""

    carrier: Carrier

    def create_waybill(self, wish: WaybillWish) -> Waybill:
        """Safe to repeat with the same ``request_no``: nothing is paid twice.

        Raises: PartnerRefused: the carrier does not go there, or the contract does not allow it.
        """
        ...

    def cancel_waybill(self, request_no: str) -> None:
        """Safe to repeat: one that is cancelled already, or was never made, is a success."""
        ...

    def labels(self, tracking_nos: Sequence[str]) -> bytes:
        """The carrier's own labels, a page each, in this order, as PDF. Raises: PartnerRefused: it draws none."""
        ...

    def check_account(self) -> None:
        """Ask for something that costs nothing. Raises: PartnerUnauthorised: the keys do not open."""
        ...

    def close(self) -> None: ...
