"""Is what a carrier charges for a parcel right? Decided from its bill, our parcel and our rate card alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from orderhub.domain.carrier_service import CarrierService, tariff
from orderhub.domain.provinces import province_of
from orderhub.domain.words import Carrier

_FREIGHT_WORDS = frozenset({"", "运费", "快递费", "快递运费", "基础运费", "标准运费", "派送运费", "中转费"})


class FreightCause(StrEnum):
    """How a charge stands; the first that holds is said."""

    UNKNOWN_WAYBILL = "unknown_waybill"  # no parcel of ours bears it
    CHARGED_TWICE = "charged_twice"
    NOT_SHIPPED = "not_shipped"  # ours, but it has not left, was recalled, or left with another carrier
    SURCHARGE = "surcharge"  # of a kind that no rate card has
    NO_CARD = "no_card"  # this carrier has no prices here
    WEIGHT = "weight"
    ZONE = "zone"
    PRICE = "price"
    AGREED = "agreed"


OURS_TO_ASK = tuple(cause for cause in FreightCause if cause not in (FreightCause.AGREED, FreightCause.NO_CARD))


@dataclass(frozen=True, slots=True)
class Charge:
    """A row of a bill. ``grams`` is 0 and ``zone`` empty where it says none; ``word`` is its own for what it is for;
    below zero the carrier gives back."""

    tracking_no: str
    day: date
    charged_fen: int
    grams: int = 0
    zone: str = ""
    word: str = ""
    key: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """What we know of a waybill. ``grams`` is 0 where a piece of it has no weight, ``card`` is what it should cost by.

    ``carrier`` is None where only its channel named one that we do not know.
    """

    has_left: bool
    carrier: Carrier | None = None
    grams: int = 0
    province: str = ""
    card: CarrierService | None = None


@dataclass(frozen=True, slots=True)
class Tolerance:
    """So much above our weight is the carrier's to say: the larger of both."""

    grams: int = 100
    percent: int = 10

    def allows(self, said: int, ours: int) -> bool:
        return said - ours <= max(self.grams, ours * self.percent // 100)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``expected_fen`` is what we would pay; ``our_grams`` and ``our_province`` what it is reckoned from."""

    charge: Charge
    cause: FreightCause
    expected_fen: int
    our_grams: int = 0
    our_province: str = ""

    @property
    def gap_fen(self) -> int:
        return self.charge.charged_fen - self.expected_fen


def estimate(card: CarrierService, province: str, grams: int) -> int:
    """What a parcel costs by the rate card, in fen."""
    return tariff(card, province).fen(grams)


def judge(carrier: Carrier, charges: Iterable[Charge], parcel: Parcel | None, tolerance: Tolerance) -> list[Verdict]:
    """How each charge for one waybill stands; ``charges`` must be all there are, their order does not matter."""
    found: list[Verdict] = []
    told: set[str] = set()
    for charge in sorted(charges, key=_age):
        word = "" if charge.word in _FREIGHT_WORDS else charge.word
        if charge.charged_fen < 0:
            found.append(Verdict(charge, FreightCause.AGREED, charge.charged_fen))
        elif parcel is None:
            found.append(Verdict(charge, FreightCause.UNKNOWN_WAYBILL, 0))
        elif word in told:
            found.append(_nothing_due(charge, FreightCause.CHARGED_TWICE, parcel))
        elif not parcel.has_left or parcel.carrier not in (None, carrier):
            found.append(_nothing_due(charge, FreightCause.NOT_SHIPPED, parcel))
        elif word:
            found.append(_nothing_due(charge, FreightCause.SURCHARGE, parcel))
        else:
            found.append(_priced(charge, parcel, tolerance))
        if charge.charged_fen >= 0:
            told.add(word)
    return found


def _age(charge: Charge) -> tuple[date, int, str]:
    """The key tells what is alike otherwise; an id would only say in what order the files came."""
    return charge.day, charge.charged_fen, charge.key


def _nothing_due(charge: Charge, cause: FreightCause, parcel: Parcel) -> Verdict:
    return Verdict(charge, cause, 0, parcel.grams, parcel.province)


def _priced(charge: Charge, parcel: Parcel, tolerance: Tolerance) -> Verdict:
    """What costs no more than it should agrees, whatever it says it weighs."""
    said_province = province_of(charge.zone)
    province = parcel.province or said_province
    if parcel.card is None:
        return Verdict(charge, FreightCause.NO_CARD, charge.charged_fen, parcel.grams, province)
    expected = estimate(parcel.card, province, charge.grams or parcel.grams)
    is_heavier = False
    if parcel.grams and not tolerance.allows(charge.grams, parcel.grams):
        ours = estimate(parcel.card, province, parcel.grams)
        # A bill may round up to the kilogram: only a weight that costs more is one to ask about.
        is_heavier, expected = expected > ours, min(expected, ours)
    if charge.charged_fen <= expected:
        cause = FreightCause.AGREED
    elif is_heavier:
        cause = FreightCause.WEIGHT
    elif said_province and said_province != province:
        cause = FreightCause.ZONE
    else:
        cause = FreightCause.PRICE
    return Verdict(charge, cause, expected, parcel.grams, province)
