"""The four figures that a telephone shows first."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from orderhub.insights.board import Tab
from orderhub.insights.reports.behind import Promise
from orderhub.insights.reports.summary import summary
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import FieldGroup, sees
from orderhub.ui.report_address import ReportQuery
from orderhub.ui.report_links import orders_href
from orderhub.ui.report_text import share_text

TILES = ("orders", "paid", "on_time", "late")


@dataclass
class TileView:
    """``change`` is against the period before; ``is_points``: counted in points of percent."""

    name: str
    value: str
    href: str
    change: str = ""
    is_points: bool = False
    is_up: bool = False
    is_better: bool = False
    is_bad: bool = False


def tiles(session: Session, query: ReportQuery, now: datetime) -> list[TileView]:
    asked = query.asked(now)
    found = summary(session, asked, now)
    behind = orders_href(asked)
    points = None if found.share is None or found.share_before is None else found.share - found.share_before
    money = TileView("paid", money_text(found.fen), behind, *_change(found.fen, found.fen_before))
    return [
        TileView("orders", f"{found.orders:,}", behind, *_change(found.orders, found.orders_before)),
        *([money] if sees(FieldGroup.MONEY) else []),
        TileView(
            "on_time",
            share_text(found.share),
            orders_href(asked, promise=Promise.KEPT),
            "" if points is None else f"{abs(points) * 100:.1f}",
            is_points=True,
            is_up=(points or 0) >= 0,
            is_better=(points or 0) >= 0,
        ),
        TileView("late", f"{found.overdue:,}", orders_href(asked, tab=Tab.LATE), is_bad=found.overdue > 0),
    ]


def _change(now_is: int, then_was: int) -> tuple[str, bool, bool, bool]:
    """As text, whether it counts points, is up, is better."""
    change = f"{abs(now_is - then_was) / then_was:.1%}" if then_was else ""
    return change, False, now_is >= then_was, now_is >= then_was
