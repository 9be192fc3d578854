"""What does the funnel show, as the browser gets it?"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.behind import Loss
from orderhub.insights.reports.funnel import FunnelRow, funnel
from orderhub.ui.report_address import ReportQuery
from orderhub.ui.report_links import orders_href
from orderhub.ui.report_text import share_text

_SHORT = 0.3


@dataclass
class LossView:
    word: str
    count: str
    href: str


@dataclass
class FunnelStepView:
    """``lost`` have come to the step before and not to this one, by ``losses``; ``width`` is the bar's, ``is_short``
    where its share does not fit into it."""

    word: str
    count: str
    share: str
    width: str
    is_short: bool
    lost: str
    href: str
    losses: list[LossView] = field(default_factory=list)


@dataclass
class FunnelView:
    steps: list[FunnelStepView] = field(default_factory=list)


def funnel_view(session: Session, query: ReportQuery, now: datetime) -> FunnelView:
    asked = query.asked(now)
    rows = funnel(session, asked, now)
    return FunnelView([_step(row, asked) for row in rows] if rows[0].orders else [])


def _step(row: FunnelRow, asked: ReportAsked) -> FunnelStepView:
    losses = [(loss, getattr(row, loss)) for loss in Loss]
    return FunnelStepView(
        word=row.step,
        count=f"{row.orders:,}",
        share=share_text(row.share),
        width=f"{row.share or 0:.1%}",
        is_short=(row.share or 0) < _SHORT,
        lost=f"−{row.lost:,}" if row.lost else "",
        href=orders_href(asked, reached=row.step),
        losses=[
            LossView(loss, f"{count:,}", orders_href(asked, lost=row.step, why=loss)) for loss, count in losses if count
        ],
    )
