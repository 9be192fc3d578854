"""What does the page of allocation show, as the browser gets it?"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.carrier_service import CarrierService, planned_today, zones_text
from orderhub.domain.merge_setting import merge_setting
from orderhub.domain.stock import Warehouse
from orderhub.kernel.money import money_text, yuan_text
from orderhub.kernel.veil import Cost

PATH = "/studio/allocation"


@dataclass
class ServiceView:
    """What the table shows; ``today`` as ``12 / 200`` where a day has a limit."""

    id: str
    warehouse: str
    carrier: str
    product: str
    is_active: bool
    first: str
    fen: Cost
    step: str
    more: Cost
    zones: Cost
    not_to: str
    today: str
    latest_hour: str
    href: str


@dataclass
class ServiceForm:
    """What the form begins with; a new service's as a merchant would write most of them."""

    id: str = ""
    warehouse: str = "0"
    carrier: str = ""
    product: str = ""
    rank: str = "0"
    is_active: bool = True
    not_to: str = ""
    first_fen: Cost = ""
    step_fen: Cost = ""
    first_grams: str = "1000"
    step_grams: str = "1000"
    zones: Cost = ""
    most_grams: str = "0"
    daily_limit: str = "0"
    latest_hour: str = ""


@dataclass
class PlaceView:
    id: str
    name: str


@dataclass
class AllocationView:
    services: list[ServiceView] = field(default_factory=list)
    form: ServiceForm = field(default_factory=ServiceForm)
    warehouses: list[PlaceView] = field(default_factory=list)
    mode: str = ""
    buffer_minutes: str = ""


def allocation_view(session: Session, now: datetime, service_id: int) -> AllocationView:
    """``service_id`` is the one being changed, 0 where a new one is asked for."""
    ranked = select(Warehouse.id, Warehouse.name).where(col(Warehouse.id) > 0)
    warehouses = session.exec(ranked.order_by(col(Warehouse.rank), col(Warehouse.id))).all()
    wanted = select(CarrierService).order_by(col(CarrierService.rank), col(CarrierService.id))
    services = session.exec(wanted).all()
    today = planned_today(session, [one.id for one in services], now)
    names = dict(warehouses)
    chosen = next((one for one in services if one.id == service_id), None)
    setting = merge_setting(session)
    return AllocationView(
        services=[_service(one, names.get(one.warehouse_id, ""), today.get(one.id, 0)) for one in services],
        form=_form(chosen) if chosen else ServiceForm(),
        warehouses=[PlaceView(str(warehouse_id), name) for warehouse_id, name in warehouses],
        mode=setting.mode,
        buffer_minutes=str(setting.buffer_minutes),
    )


def _service(one: CarrierService, warehouse: str, today: int) -> ServiceView:
    return ServiceView(
        id=str(one.id),
        warehouse=warehouse,
        carrier=one.carrier,
        product=one.product,
        is_active=one.is_active,
        first=f"{one.first_grams:,}",
        fen=money_text(one.first_fen),
        step=f"{one.step_grams:,}",
        more=money_text(one.step_fen),
        zones=str(len(one.zones)) if one.zones else "",
        not_to=one.not_to,
        today=f"{today:,} / {one.daily_limit:,}" if one.daily_limit else f"{today:,}",
        latest_hour="" if one.latest_hour is None else f"{one.latest_hour}:00",
        href=f"{PATH}?service={one.id}#service",
    )


def _form(one: CarrierService) -> ServiceForm:
    return ServiceForm(
        id=str(one.id),
        warehouse=str(one.warehouse_id),
        carrier=one.carrier,
        product=one.product,
        rank=str(one.rank),
        is_active=one.is_active,
        not_to=one.not_to,
        first_fen=yuan_text(one.first_fen),
        step_fen=yuan_text(one.step_fen),
        first_grams=str(one.first_grams),
        step_grams=str(one.step_grams),
        zones=zones_text(one.zones),
        most_grams=str(one.most_grams),
        daily_limit=str(one.daily_limit),
        latest_hour="" if one.latest_hour is None else str(one.latest_hour),
    )
