"""What must every carrier's connector be able to do?"""

from dataclasses import dataclass, field
from typing import Protocol

from orderhub.domain.words import Carrier


@dataclass(frozen=True)
class Account:
    """The merchant's contract with a carrier; ``month_card`` is what waybills are charged to."""

    customer_code: str
    check_word: str = field(repr=False)
    month_card: str = field(default="", repr=False)


@dataclass(frozen=True)
class Contact:
    """A sender or receiver in the clear, as a waybill needs it: never kept, never written to a log."""

    name: str = field(repr=False)
    mobile: str = field(repr=False)
    province: str = field(repr=False)
    city: str = field(repr=False)
    county: str = field(repr=False)
    address: str = field(repr=False)


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
    """``is_new`` is False where an earlier asking had made it. ``label_code`` is the route mark printed large."""

    request_no: str
    tracking_no: str
    label_code: str
    is_new: bool


class CarrierConnector(Protocol):
    """Synchronous; safe to use from several threads. Raises like ``ChannelConnector``."""

    carrier: Carrier

    def create_waybill(self, wish: WaybillWish) -> Waybill:
        """Safe to repeat with the same ``request_no``: nothing is paid twice.

        Raises: PartnerRefused: the carrier does not go there, or the contract does not allow it.
        """
        ...

    def cancel_waybill(self, request_no: str) -> None:
        """Safe to repeat: a waybill that is cancelled already is a success."""
        ...

    def close(self) -> None: ...
