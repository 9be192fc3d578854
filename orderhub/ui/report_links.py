"""Where do the orders, anomalies, tickets and cases behind a figure stand? Lists that count the same."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from orderhub.domain.words import Channel
from orderhub.insights.board_filter import BoardQuery, Tab
from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.behind import Behind
from orderhub.ui.board_address import address


def orders_href(asked: ReportAsked, *, tab: Tab = Tab.ALL, **narrowed: Any) -> str:
    """The board with the orders paid in that time; ``narrowed`` as ``Behind`` has it."""
    behind = Behind(asked.since, asked.until, warehouse=asked.warehouse, **narrowed)
    return address(
        BoardQuery(
            tab=tab,
            channels=(asked.channel,) if asked.channel else (),
            shops=(asked.shop,) if asked.shop else (),
            behind=behind,
        )
    )
