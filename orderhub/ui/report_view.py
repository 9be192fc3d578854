"""What stands above the reports, as the browser gets it: which orders are asked about, and links to ask otherwise."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.shop import Shop
from orderhub.domain.stock import Warehouse
from orderhub.domain.words import Channel
from orderhub.kernel.clock import shanghai_text
from orderhub.ui.board_view import Choice, Filter
from orderhub.ui.report_address import VIEWS, Period, Report, ReportQuery, facts, report_address


@dataclass
class FactView:
    """A part of the page's address, for a form that asks for the same."""

    name: str
    value: str


@dataclass
class ReportHead:
    """``hrefs`` lead to each report alone, ``periods`` and ``views`` to the page as it would be with them."""

    period: str = Period.THIRTY
    since: str = ""
    until: str = ""
    view: str = ""
    periods: dict[str, str] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    hrefs: dict[str, str] = field(default_factory=dict)
    channel: Filter = field(default_factory=Filter)
    shop: Filter = field(default_factory=Filter)
    warehouse: Filter = field(default_factory=Filter)
    facts: list[FactView] = field(default_factory=list)
    narrowed: list[FactView] = field(default_factory=list)
    is_narrowed: bool = False
    clear: str = ""
    every: str = ""


def report_head(session: Session, query: ReportQuery, alone: Report | None, now: datetime) -> ReportHead:
    first, last = query.days(now)
    plain = replace(query, period=Period.THIRTY, since=None, until=None)
    own = replace(plain, period=Period.CUSTOM, since=first, until=last)
    shops = session.exec(select(Shop.code, Shop.name).order_by(col(Shop.name))).all()
    warehouses = session.exec(select(Warehouse.code, Warehouse.name).order_by(col(Warehouse.name))).all()
    return ReportHead(
        period=query.period,
        since=str(first),
        until=str(last),
        view=query.view_of(alone) if alone else "",
        periods={
            str(period): report_address(own if period is Period.CUSTOM else replace(plain, period=period), alone)
            for period in Period
        },
        views={view: _view_href(query, alone, view) for view in VIEWS[alone]} if alone else {},
        hrefs={str(report): report_address(query, report, view="", cell="") for report in Report},
        channel=_filter(query, alone, "channel", [(str(channel), "") for channel in Channel]),
        shop=_filter(query, alone, "shop", list(shops)),
        warehouse=_filter(query, alone, "warehouse", list(warehouses)),
        facts=[FactView(name, value) for name, value in facts(query).items()],
        narrowed=[
            FactView(name, value) for name, value in facts(query).items() if name not in ("period", "since", "until")
        ],
        is_narrowed=bool(query.channel or query.shop or query.warehouse),
        clear=report_address(query, alone, channel=None, shop="", warehouse=""),
        every=report_address(query, view="", cell=""),
    )


def _view_href(query: ReportQuery, alone: Report, view: str) -> str:
    """A single day has no days to compare: seen by the day it is the last thirty."""
    wanted = replace(query, view="" if view == VIEWS[alone][0] else view, cell="")
    is_one_day = view == "day" and query.period is Period.TODAY
    return report_address(replace(wanted, period=Period.THIRTY) if is_one_day else wanted, alone)


def at_text(now: datetime) -> str:
    return shanghai_text(now, "%H:%M")


def _filter(query: ReportQuery, alone: Report | None, name: str, words: list[tuple[str, str]]) -> Filter:
    """One at a time: the same again takes it away."""
    chosen = str(getattr(query, name) or "")
    empty = None if name == "channel" else ""

    def href(word: str) -> str:
        wanted = empty if word == chosen else Channel(word) if name == "channel" else word
        return report_address(query, alone, **{name: wanted})

    return Filter(
        choices=[Choice(word, text, href(word), word == chosen) for word, text in words],
        shown=[dict(words).get(chosen) or chosen] if chosen else [],
        clear=report_address(query, alone, **{name: empty}),
    )
