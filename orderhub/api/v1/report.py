"""What we learn, for programs: the six reports and the closed loop, as the pages show them. Money is fen or null."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.keys import needs_key
from orderhub.api.v1.given import REFUSALS, Fen, Number, ShopCode, as_moment
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import Channel
from orderhub.insights.closure import ClosureAsked, ClosureBy, closure_by, closure_total
from orderhub.insights.reports.anomaly_top import TopBy, anomaly_top
from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.behind import FunnelStep
from orderhub.insights.reports.funnel import funnel
from orderhub.insights.reports.return_reasons import return_reasons
from orderhub.insights.reports.service_load import service_load
from orderhub.insights.reports.timeliness import RankBy, timeliness
from orderhub.insights.reports.trend import Step, trend
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.veil import veiled

router = APIRouter(prefix="/api/v1/reports", tags=["reports"], responses=REFUSALS)

_EARLIEST, _LATEST = 2010, 2100
_AT = "2026-11-23T16:00:00Z"


def _config(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(from_attributes=True, json_schema_extra={"examples": [example]})


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PaidOut(_Shown):
    orders: int
    fen: Fen


class TrendRowOut(_Shown):
    """``at`` is when the step begins; ``paid`` is null in the future; ``promotion`` is what its day is called."""

    at: datetime
    paid: PaidOut | None
    before: PaidOut
    week_before: PaidOut
    promotion: str


_PAID = {"orders": 128, "fen": 1784320}


class TrendOut(_Shown):
    """``before`` is the period before it, ``week_before`` seven days earlier; both until the same moment."""

    model_config = _config(
        {
            "step": "hour",
            "rows": [{"at": _AT, "paid": _PAID, "before": _PAID, "week_before": _PAID, "promotion": ""}],
            "paid": _PAID,
            "before": _PAID,
            "week_before": _PAID,
            "change": 0.0,
            "week_change": 0.0,
        }
    )

    step: Step
    rows: list[TrendRowOut]
    paid: PaidOut
    before: PaidOut
    week_before: PaidOut
    change: float | None
    week_change: float | None


class TimelinessRowOut(_Shown):
    """``share`` of what fell due was ``kept``. Times are seconds; null of nothing. ``shop_code`` empty: a channel's."""

    rank: int
    channel: Channel
    shop_code: str
    shipped: int
    kept: int
    late: int
    delivered: int
    share: float | None
    before_share: float | None
    to_ship_median: int | None
    to_ship_p90: int | None
    to_deliver_median: int | None
    to_deliver_p90: int | None


class TimelinessOut(_Shown):
    model_config = _config(
        {
            "rows": [
                {
                    "rank": 1,
                    "channel": "taobao",
                    "shop_code": "",
                    "shipped": 980,
                    "kept": 950,
                    "late": 12,
                    "delivered": 900,
                    "share": 0.9875,
                    "before_share": 0.981,
                    "to_ship_median": 32400,
                    "to_ship_p90": 86400,
                    "to_deliver_median": 176400,
                    "to_deliver_p90": 280800,
                }
            ]
        }
    )

    rows: list[TimelinessRowOut]


class AnomalyTopRowOut(_Shown):
    rank: int
    kind: AnomalyKind
    count: int
    open: int
    overdue: int
    at_risk_fen: Fen
    oldest_at: datetime | None
    before: int


class AnomalyTopOut(_Shown):
    """``rows`` are the first ten; ``count`` and ``overdue`` are of all kinds."""

    model_config = _config(
        {
            "rows": [
                {
                    "rank": 1,
                    "kind": "no_movement",
                    "count": 31,
                    "open": 9,
                    "overdue": 4,
                    "at_risk_fen": 431200,
                    "oldest_at": _AT,
                    "before": 27,
                }
            ],
            "count": 120,
            "overdue": 11,
        }
    )

    rows: list[AnomalyTopRowOut]
    count: int
    overdue: int


class FunnelRowOut(_Shown):
    """``orders`` have reached the step; of those of the step before ``waiting`` may still come, the others are lost."""

    step: FunnelStep
    orders: int
    share: float | None
    waiting: int
    cancelled: int
    refunded: int


_STEP = {"step": "shipped", "orders": 940, "share": 0.94, "waiting": 40, "cancelled": 12, "refunded": 8}


class FunnelOut(_Shown):
    model_config = _config({"rows": [_STEP]})

    rows: list[FunnelRowOut]


class ReasonRowOut(_Shown):
    """``own_name`` is the merchant's own reason; empty: only the ``kind`` is known."""

    kind: ReasonKind
    own_name: str
    count: int
    fen: Fen
    share: float
    by_channel: dict[Channel, int]


class ReasonSkuOut(_Shown):
    sku_code: str
    count: int
    kind: ReasonKind
    own_name: str


class ReasonMonthOut(_Shown):
    month: str
    count: int
    by_kind: dict[ReasonKind, int]


class ReasonsOut(_Shown):
    model_config = _config(
        {
            "count": 40,
            "rows": [
                {
                    "kind": "quality",
                    "own_name": "",
                    "count": 12,
                    "fen": 167280,
                    "share": 0.3,
                    "by_channel": {"taobao": 12},
                }
            ],
            "skus": [{"sku_code": "BOX-40L", "count": 7, "kind": "quality", "own_name": ""}],
            "months": [{"month": "2026-11", "count": 40, "by_kind": {"quality": 12}}],
        }
    )

    count: int
    rows: list[ReasonRowOut]
    skus: list[ReasonSkuOut]
    months: list[ReasonMonthOut]


class WorkOut(_Shown):
    opened: int
    answered: int
    waiting: int


class LoadCellOut(_Shown):
    """``weekday`` 0 is Monday, ``hour`` is of Shanghai."""

    weekday: int
    hour: int
    tickets: WorkOut
    cases: WorkOut


_WORK = {"opened": 6, "answered": 5, "waiting": 1}


class ServiceLoadOut(_Shown):
    """168 cells, Monday's first; each is the sum of all ``weeks`` of the period."""

    model_config = _config({"cells": [{"weekday": 0, "hour": 10, "tickets": _WORK, "cases": _WORK}], "weeks": 4.0})

    cells: list[LoadCellOut]
    weeks: float


class ClosureFigures(_Shown):
    """Shares are 0 to 1, times seconds on average; null where they would divide by nothing (docs/closed-loop.md)."""

    detected: int
    resolved: int
    due: int
    in_time: int
    late: int
    complained: int
    time_to_detect: float | None
    time_to_resolve: float | None
    accuracy: float | None
    complaint_rate: float | None
    closed_loop_rate: float | None


_CLOSURE = {
    "detected": 120,
    "resolved": 110,
    "due": 112,
    "in_time": 104,
    "late": 8,
    "complained": 2,
    "time_to_detect": 95.0,
    "time_to_resolve": 7200.0,
    "accuracy": 0.96,
    "complaint_rate": 0.018,
    "closed_loop_rate": 0.93,
}


class ClosureOut(_Shown):
    """``rows`` by what was asked for: a kind, a channel, a role, who resolved it, or the Monday of a week."""

    model_config = _config({"total": _CLOSURE, "rows": {"no_movement": _CLOSURE}})

    total: ClosureFigures
    rows: dict[str, ClosureFigures]


_Reader = Annotated[Signed, Depends(needs_key(Permission.API_REPORT_READ))]
_Moment = Annotated[AwareDatetime, BeforeValidator(as_moment), Query(description="With its offset.")]


def period(since: _Moment, until: _Moment) -> ReportAsked:
    for name, moment in (("since", since), ("until", until)):
        if not _EARLIEST <= moment.year < _LATEST:
            raise BadInput(f"{name}: needs a year from {_EARLIEST} on", field=name, problem="not_moment")
    return ReportAsked(since, until)


_Period = Annotated[ReportAsked, Depends(period)]


def asked_of(span: _Period, channel: Channel | None = None, shop: ShopCode = "", warehouse: Number = "") -> ReportAsked:
    return replace(span, channel=channel, shop=shop, warehouse=warehouse)


_Asked = Annotated[ReportAsked, Depends(asked_of)]


@router.get("/trend")
def get_trend(_reader: _Reader, asked: _Asked, step: Step | None = None) -> TrendOut:
    """Orders and money paid by minute, hour or day, against the period before and the week before."""
    with reading() as session:
        return veiled(TrendOut.model_validate(trend(session, asked, utc_now(), step)))


@router.get("/timeliness")
def get_timeliness(_reader: _Reader, asked: _Asked, by: RankBy = RankBy.CHANNEL) -> TimelinessOut:
    """From payment to dispatch to delivery, by channel or shop; the best first."""
    with reading() as session:
        return TimelinessOut.model_validate({"rows": timeliness(session, asked, utc_now(), by)})


@router.get("/anomalies")
def get_anomaly_top(_reader: _Reader, asked: _Asked, by: TopBy = TopBy.COUNT) -> AnomalyTopOut:
    """The ten kinds that weigh most; by money only for an owner who may see it."""
    with reading() as session:
        return veiled(AnomalyTopOut.model_validate(anomaly_top(session, asked, utc_now(), by)))


@router.get("/funnel")
def get_funnel(_reader: _Reader, asked: _Asked) -> FunnelOut:
    """How far the orders have come that were paid in the period, and where the others are."""
    with reading() as session:
        return FunnelOut.model_validate({"rows": funnel(session, asked, utc_now())})


@router.get("/returns")
def get_returns(_reader: _Reader, asked: _Asked) -> ReasonsOut:
    """Why goods and money went back: by reason, SKU and month."""
    with reading() as session:
        return veiled(ReasonsOut.model_validate(return_reasons(session, asked, utc_now())))


@router.get("/service")
def get_service_load(_reader: _Reader, asked: _Asked) -> ServiceLoadOut:
    """When customer service has how much to do, by weekday and hour."""
    with reading() as session:
        return ServiceLoadOut.model_validate(service_load(session, asked, utc_now()))


@router.get("/closure")
def get_closure(
    _reader: _Reader,
    span: _Period,
    *,
    channel: Channel | None = None,
    kind: AnomalyKind | None = None,
    by: ClosureBy = ClosureBy.KIND,
) -> ClosureOut:
    """How soon anomalies are seen and resolved, and how many in time."""
    asked, now = ClosureAsked(span.since, span.until, kind, channel), utc_now()
    with reading() as session:
        total, rows = closure_total(session, asked, now), closure_by(session, asked, by, now)
    return ClosureOut.model_validate({"total": total, "rows": rows})
