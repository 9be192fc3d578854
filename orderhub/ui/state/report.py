"""Which period and which orders do this tab's reports look at? The trend and today's figures follow by themselves."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import reflex as rx
import structlog

from orderhub.access.permissions import Permission
from orderhub.intake.pausing import LIVE_REPORTS
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui import live
from orderhub.ui.anomaly_top_view import AnomalyTopView, anomaly_top_view
from orderhub.ui.funnel_view import FunnelView, funnel_view
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.off_loop import off_loop
from orderhub.ui.report_address import PATH, Report, ReportQuery, read_report_address, report_address
from orderhub.ui.report_view import ReportHead, at_text, report_head
from orderhub.ui.return_reasons_view import ReturnReasonsView, return_reasons_view
from orderhub.ui.service_load_view import ServiceLoadView, service_load_view
from orderhub.ui.tiles_view import TileView, tiles
from orderhub.ui.timeliness_view import TimelinessView, timeliness_view
from orderhub.ui.trend_view import TrendView, trend_view

_GAP_SECONDS = 5.0

# Which var shows a report, and what reads it.
_READERS: dict[Report, tuple[str, Any]] = {
    Report.TREND: ("trend", trend_view),
    Report.FUNNEL: ("funnel", funnel_view),
    Report.TIMELINESS: ("timeliness", timeliness_view),
    Report.ANOMALY_TOP: ("anomaly_top", anomaly_top_view),
    Report.SERVICE_LOAD: ("service_load", service_load_view),
    Report.RETURN_REASONS: ("return_reasons", return_reasons_view),
}


class Reports(rx.State):
    """``loaded`` and ``failed`` name reports; what is shown of one stays until its next figures are there."""

    head: ReportHead = ReportHead()
    at: str = ""
    tiles: list[TileView] = []
    trend: TrendView = TrendView()
    funnel: FunnelView = FunnelView()
    timeliness: TimelinessView = TimelinessView()
    anomaly_top: AnomalyTopView = AnomalyTopView()
    service_load: ServiceLoadView = ServiceLoadView()
    return_reasons: ReturnReasonsView = ReturnReasonsView()
    loaded: list[str] = []
    failed: list[str] = []

    @rx.event
    @needs(Permission.REPORT_READ)
    async def enter(self) -> AsyncIterator[None]:
        """The address says what is asked; what stands first is sent before the rest is read."""
        query, alone = read_report_address(self.router.url.query_parameters), _alone(self.router.url.path)
        seen = live.revision()
        first, *rest = (alone,) if alone else tuple(Report)
        self.head, _ = await asyncio.gather(off_loop(_load_head, query, alone), self._read(query, [first]))
        yield
        if first is Report.TREND:
            await live.show(self, "reports", trend_scene(query), seen=seen)
        else:
            await live.leave(self, "reports")
        await self._read(query, rest)

    @rx.event
    @needs(Permission.REPORT_READ)
    def open_bucket(self, points: list[dict[str, Any]]) -> Any:
        """A point of the trend leads to the orders it counts."""
        number = points[0].get("pointNumber") if points else None
        rows = self.trend.rows
        if isinstance(number, int) and 0 <= number < len(rows) and rows[number].href:
            return rx.redirect(rows[number].href)
        return None

    async def _read(self, query: ReportQuery, reports: Sequence[Report]) -> None:
        """One that cannot be read never harms its neighbours."""
        found = await asyncio.gather(*(off_loop(load_report, one, query) for one in reports), return_exceptions=True)
        loaded, failed = set(self.loaded), set(self.failed)
        for report, shown in zip(reports, found, strict=True):
            if isinstance(shown, Exception):
                structlog.get_logger().error("report_not_read", report=str(report), exc_info=shown)
                failed.add(str(report))
                continue
            if isinstance(shown, BaseException):
                raise shown
            for name, value in shown.items():
                setattr(self, name, value)
            failed.discard(str(report))
            loaded.add(str(report))
        self.loaded, self.failed = sorted(loaded), sorted(failed)


def trend_scene(query: ReportQuery) -> Scene:
    def load() -> Vars:
        return load_report(Report.TREND, query)

    return Scene(
        f"reports {report_address(query)}",
        Reports.get_full_name(),
        Permission.REPORT_READ,
        load,
        gap_seconds=_GAP_SECONDS,
        waits_as=LIVE_REPORTS,
    )


def load_report(report: Report, query: ReportQuery) -> Vars:
    """The vars of ``Reports`` that show it."""
    name, view = _READERS[report]
    now = utc_now()
    with reading() as session:
        shown: Vars = {name: view(session, query, now), "at": at_text(now)}
        if report is Report.TREND:
            shown["tiles"] = tiles(session, query, now)
    return shown


def _load_head(query: ReportQuery, alone: Report | None) -> ReportHead:
    with reading() as session:
        return report_head(session, query, alone, utc_now())


def _alone(path: str) -> Report | None:
    name = path.removeprefix(PATH).strip("/")
    return Report(name) if name in list(Report) else None
