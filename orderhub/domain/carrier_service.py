"""With which carriers may a parcel leave, how far do they go, what do they cost, and how many do they take a day?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from sqlalchemy import UniqueConstraint, func
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.delivery import Delivery, DeliveryStatus
from orderhub.domain.provinces import is_among, province_of
from orderhub.domain.stock import Warehouse
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import SHANGHAI, business_day, day_start
from orderhub.kernel.columns import BigId, Json, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, Was, before, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.money import parse_yuan, yuan_text
from orderhub.kernel.sight import find

_MOST_GRAMS = 1_000_000
_MOST_A_DAY = 1_000_000
_ZONE = re.compile(r"(?P<provinces>[^=:]+)[=:](?P<first>[^+]+)\+(?P<step>.+)")
_COUNTED = (DeliveryStatus.PLANNED, DeliveryStatus.PACKED, DeliveryStatus.LEFT)


class CarrierService(SQLModel, table=True):
    """快递服务: one product of a carrier, as it collects at a warehouse (``warehouse_id`` 0: at every one).

    ``zones`` are [{provinces, first_fen, step_fen}], ``first_fen`` and ``step_fen`` hold for all others. A price is
    for the first ``first_grams`` and each further ``step_grams``. 0 is no bound for ``most_grams`` (a parcel) and
    ``daily_limit`` (parcels a day); after ``latest_hour`` (Shanghai) a parcel is collected the next day.
    """

    __tablename__ = "carrier_service"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("warehouse_id", "carrier", "product"),)

    id: int = own_id()
    warehouse_id: int = Field(default=0, sa_type=BigId)
    carrier: Carrier = Field(sa_type=word(Carrier))
    product: str = Field(default="", max_length=64)
    rank: int = 0
    is_active: bool = True
    not_to: str = Field(default="", max_length=500)
    first_grams: int = 1000
    step_grams: int = 1000
    first_fen: int = Field(default=0, sa_type=BigId)
    step_fen: int = Field(default=0, sa_type=BigId)
    zones: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    most_grams: int = 0
    daily_limit: int = 0
    latest_hour: int | None = None
    changed_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class CarrierServiceChanged(Happening):
    """``became`` and ``was`` by the names of ``fields``."""

    subject_type: ClassVar[str] = "carrier_service"
    carrier: str
    fields: tuple[str, ...]
    became: Was | None = None
    was: Was | None = None


@dataclass(frozen=True)
class Tariff:
    first_grams: int
    first_fen: int
    step_grams: int
    step_fen: int

    def fen(self, grams: int) -> int:
        """For one parcel; an unknown weight (0) costs what the first step does."""
        steps = -(-max(0, grams - self.first_grams) // self.step_grams)
        return self.first_fen + steps * self.step_fen


def tariff(service: CarrierService, region: str) -> Tariff:
    zone = next((zone for zone in service.zones if is_among(region, zone["provinces"])), None)
    first_fen = zone["first_fen"] if zone else service.first_fen
    step_fen = zone["step_fen"] if zone else service.step_fen
    return Tariff(service.first_grams, first_fen, service.step_grams, step_fen)


def next_collection(latest_hour: int | None, now: datetime) -> datetime:
    """When a parcel that is planned now leaves; ``now`` itself where no hour is the latest."""
    if latest_hour is None:
        return now
    today = datetime.combine(business_day(now), time(latest_hour), SHANGHAI)
    return today if now <= today else today + timedelta(days=1)


def services(session: Session) -> list[CarrierService]:
    """Those in use, by rank; with a bound a day they are locked until the transaction ends, so that none is overrun."""
    bounded = select(CarrierService.id).where(col(CarrierService.is_active), col(CarrierService.daily_limit) > 0)
    session.exec(bounded.order_by(col(CarrierService.id)).with_for_update()).all()
    wanted = select(CarrierService).where(col(CarrierService.is_active))
    return list(session.exec(wanted.order_by(col(CarrierService.rank), col(CarrierService.id))))


def planned_today(session: Session, service_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Parcels by service that were planned since midnight in Shanghai and have not been taken back or merged."""
    wanted = (
        select(Delivery.service_id, func.count())
        .where(
            col(Delivery.service_id).in_(service_ids),
            col(Delivery.planned_at) >= day_start(business_day(now)),
            col(Delivery.status).in_(_COUNTED),
        )
        .group_by(col(Delivery.service_id))
    )
    return dict(session.exec(wanted).all())


def carrier_named(text: str) -> Carrier | None:
    """``sf``, ``SF``, ``顺丰`` and ``顺丰速运`` are one."""
    said = text.strip()
    if not said:
        return None
    return next((one for one in Carrier if said.casefold() == one or one.trade_name.startswith(said)), None)


def put_service(session: Session, given: CarrierService, *, by: str, now: datetime) -> CarrierService:
    """The service of that warehouse, carrier and product, made or changed. Safe to repeat.

    Raises:
        BadInput: a number, a province or an hour that cannot be.
        NotFound: there is no such warehouse.
    """
    given.product = clean_text(given.product, most=64, field="product")
    _check(session, given)
    same = select(CarrierService).where(
        CarrierService.warehouse_id == given.warehouse_id,
        CarrierService.carrier == given.carrier,
        CarrierService.product == given.product,
    )
    standing = session.exec(same.with_for_update()).one_or_none()
    fields = CarrierService.model_fields.keys() - {"id", "changed_at"}
    changed = tuple(sorted(name for name in fields if getattr(standing, name, None) != getattr(given, name)))
    was = before(standing, *changed)
    if standing is None:
        standing = given
    elif not changed:
        return standing
    for name in changed:
        setattr(standing, name, getattr(given, name))
    standing.changed_at = now
    session.add(standing)
    session.flush()
    happened = CarrierServiceChanged(standing.id, standing.carrier, changed, before(standing, *changed), was)
    record(session, happened, actor=by, now=now)
    return standing


def _check(session: Session, given: CarrierService) -> None:
    if given.warehouse_id and find(session, Warehouse, given.warehouse_id) is None:
        raise NotFound(f"there is no warehouse {given.warehouse_id}")
    if not (1 <= given.first_grams <= _MOST_GRAMS and 1 <= given.step_grams <= _MOST_GRAMS):
        raise BadInput("grams: 1 to 1,000,000", field="first_grams", problem="absurd_weight")
    if not 0 <= given.most_grams <= _MOST_GRAMS:
        raise BadInput("most_grams: 0 to 1,000,000", field="most_grams", problem="absurd_weight")
    if not 0 <= given.daily_limit <= _MOST_A_DAY:
        raise BadInput("daily_limit: 0 to 1,000,000", field="daily_limit", problem="absurd_quantity")
    if given.latest_hour is not None and not 0 <= given.latest_hour <= 23:
        raise BadInput("latest_hour: 0 to 23", field="latest_hour", problem="not_hour")
    if min(given.first_fen, given.step_fen) < 0:
        raise BadInput("price: is negative", field="first_fen", problem="absurd_money")
    given.not_to = " ".join(_provinces(given.not_to, "not_to"))


def read_zones(text: str) -> list[dict[str, Any]]:
    """``上海 江苏 = 5.00 + 1.00`` a line: provinces, yuan for the first weight, yuan for each further step.

    Raises:
        BadInput: a line is written otherwise, or names no province.
    """
    zones = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _ZONE.fullmatch(line)
        if not match:
            raise BadInput(
                f"zones: {line[:40]!r} is not like 上海 江苏 = 5.00 + 1.00", field="zones", problem="not_zone"
            )
        first_fen, step_fen = (parse_yuan(match[name], field="zones") for name in ("first", "step"))
        if min(first_fen, step_fen) < 0:
            raise BadInput("zones: a price is negative", field="zones", problem="absurd_money")
        provinces = " ".join(_provinces(match["provinces"], "zones"))
        zones.append({"provinces": provinces, "first_fen": first_fen, "step_fen": step_fen})
    return zones


def zones_text(zones: Sequence[dict[str, Any]]) -> str:
    """As ``read_zones`` reads them."""
    return "\n".join(
        f"{zone['provinces']} = {yuan_text(zone['first_fen'])} + {yuan_text(zone['step_fen'])}" for zone in zones
    )


def _provinces(text: str, field: str) -> list[str]:
    """``浙江省、西藏`` → [``浙江``, ``西藏``]"""
    said = [name for name in re.split(r"[\s,，、]+", text) if name]
    known = [province_of(name) for name in said]
    for name, province in zip(said, known, strict=True):
        if not province:
            raise BadInput(f"{field}: {name[:16]!r} is no province", field=field, problem="not_province")
    if not known and field == "zones":
        raise BadInput("zones: name a province", field=field, problem="not_province")
    return known
