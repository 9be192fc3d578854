"""Who sends or receives a parcel, in the clear?"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Contact:
    """A sender or receiver as a waybill needs it. A receiver is never kept and never written to a log."""

    name: str = field(repr=False)
    mobile: str = field(repr=False)
    province: str = field(repr=False)
    city: str = field(repr=False)
    county: str = field(repr=False)
    address: str = field(repr=False)
