"""Where do the orders, anomalies, tickets and cases behind a figure stand? Lists that count the same."""

from typing import Any

from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.refund_reason import ReasonKind
from orderhub.insights.aftersale import CaseQuery, CaseTab
from orderhub.insights.board_filter import BoardQuery, Tab
from orderhub.insights.desk import DeskQuery, DeskState
from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.behind import Behind
from orderhub.insights.reports.behind_service import AnomaliesBehind, CasesBehind, Matter, TicketsBehind
from orderhub.insights.ticket import Queue, TicketQuery
from orderhub.ui.anomaly_view import DeskAddress, desk_address
from orderhub.ui.board_address import address
from orderhub.ui.case_queue_view import address as case_address
from orderhub.ui.service_view import service_address


def orders_href(asked: ReportAsked, *, tab: Tab = Tab.ALL, **narrowed: Any) -> str:
    """The board with the orders paid in that time; ``narrowed`` as ``Behind`` has it."""
    behind = Behind(asked.since, asked.until, warehouse=asked.warehouse, **narrowed)
    channels, shops = _channels(asked), _shops(asked)
    return address(BoardQuery(tab=tab, channels=channels, shops=shops, behind=behind))


def anomalies_href(asked: ReportAsked, kind: AnomalyKind | None = None, *, overdue: bool = False) -> str:
    behind = AnomaliesBehind(asked.since, asked.until, asked.shop, asked.warehouse, overdue)
    return desk_address(DeskAddress(DeskQuery(state=DeskState.ALL, kind=kind, channel=asked.channel, behind=behind)))


def cases_href(
    asked: ReportAsked, *, reason: ReasonKind | None = None, own_id: int | None = None, sku_code: str = ""
) -> str:
    """Returns, exchanges and refused parcels; ``own_id`` as ``CasesBehind`` has it."""
    behind = CasesBehind(asked.since, asked.until, asked.warehouse, returning=True, own_id=own_id, sku_code=sku_code)
    reasons = (reason,) if reason else ()
    return _cases(asked, reasons, behind)


def cases_of_hour_href(asked: ReportAsked, of: str, hour: tuple[int, int]) -> str:
    return _cases(asked, (), CasesBehind(asked.since, asked.until, asked.warehouse, Matter(of), hour))


def tickets_of_hour_href(asked: ReportAsked, of: str, hour: tuple[int, int]) -> str:
    behind = TicketsBehind(asked.since, asked.until, asked.channel, asked.shop, asked.warehouse, Matter(of), hour)
    return service_address(TicketQuery(Queue.ALL, "", behind=behind))


def _cases(asked: ReportAsked, reasons: tuple[ReasonKind, ...], behind: CasesBehind) -> str:
    query = CaseQuery(tab=CaseTab.ALL, channels=_channels(asked), shops=_shops(asked), reasons=reasons, behind=behind)
    return case_address(query)


def _channels(asked: ReportAsked) -> tuple[Any, ...]:
    return (asked.channel,) if asked.channel else ()


def _shops(asked: ReportAsked) -> tuple[str, ...]:
    return (asked.shop,) if asked.shop else ()
