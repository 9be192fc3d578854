"""Each report on a page of its own: how it is looked at, its picture, and all of its figures under it."""

from collections.abc import Callable
from functools import partial

import reflex as rx

from orderhub.ui.panels.anomaly_top import anomaly_top_card
from orderhub.ui.panels.frame import REPORTS, framed
from orderhub.ui.panels.funnel import funnel_card
from orderhub.ui.panels.report_head import report_head, waits_line
from orderhub.ui.panels.return_reasons import return_reasons_card
from orderhub.ui.panels.service_load import service_load_card
from orderhub.ui.panels.timeliness import timeliness_card
from orderhub.ui.panels.trend import trend_card
from orderhub.ui.report_address import PATH, Report
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.report import Reports
from orderhub.ui.words import tr

CARDS: dict[Report, Callable[..., rx.Component]] = {
    Report.TREND: trend_card,
    Report.FUNNEL: funnel_card,
    Report.TIMELINESS: timeliness_card,
    Report.ANOMALY_TOP: anomaly_top_card,
    Report.SERVICE_LOAD: service_load_card,
    Report.RETURN_REASONS: return_reasons_card,
}


def add(app: rx.App) -> None:
    for report in Report:
        title = f"{tr('zh', f'rp_{report}')} · OrderHub"
        app.add_page(
            partial(_page, report), route=f"{PATH}/{report}", title=title, on_load=[Frame.enter, Reports.enter]
        )


def _page(report: Report) -> rx.Component:
    content = rx.el.main(
        report_head(report), waits_line(), CARDS[report](is_alone=True), id="content", class_name="page rp-alone"
    )
    return framed(REPORTS, content)
