"""报表: six reports of one period on one page, picture first; each figure leads to the orders behind it."""

import reflex as rx

from orderhub.ui.panels.anomaly_top import anomaly_top_card
from orderhub.ui.panels.frame import REPORTS, framed
from orderhub.ui.panels.funnel import funnel_card
from orderhub.ui.panels.report_head import report_head, report_tiles, waits_line
from orderhub.ui.panels.return_reasons import return_reasons_card
from orderhub.ui.panels.service_load import service_load_card
from orderhub.ui.panels.timeliness import timeliness_card
from orderhub.ui.panels.trend import trend_card
from orderhub.ui.report_address import PATH
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.report import Reports


def page() -> rx.Component:
    return framed(
        REPORTS,
        rx.el.main(
            report_head(),
            waits_line(),
            report_tiles(),
            rx.el.div(
                trend_card(),
                funnel_card(),
                timeliness_card(),
                anomaly_top_card(),
                service_load_card(),
                return_reasons_card(),
                class_name="grid rp-grid",
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="报表 · OrderHub", on_load=[Frame.enter, Reports.enter])
