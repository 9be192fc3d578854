"""What does the panel of a back-test show, as the browser gets it?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from orderhub.domain.rules.rule import Rule
from orderhub.insights.rule_backtest import ASPECTS, BackTest, ChangedOrder
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.backtests import Running, Trial


@dataclass
class BarView:
    """``name`` is the key of a message; shares of all orders in percent, as text."""

    name: str
    before: str
    after: str
    delta: str


@dataclass
class AspectView:
    name: str
    count: str


@dataclass
class ChangeView:
    """``before`` and ``after`` are words of the aspect; empty: nothing."""

    aspect: str
    before: list[str]
    after: list[str]


@dataclass
class OrderView:
    id: str
    no: str
    channel: str
    paid: Money
    href: str
    changes: list[ChangeView]


@dataclass
class UnknownView:
    name: str
    count: str


@dataclass
class BackTestView:
    """``state`` is empty where no test has been asked for; ``is_old``: the draft has been changed since."""

    state: str = ""
    days: str = "30"
    done: str = "0"
    total: str = "0"
    percent: str = "0"
    before: str = ""
    changed: str = ""
    share: str = ""
    took: str = ""
    is_old: bool = False
    bars: list[BarView] = field(default_factory=list)
    aspects: list[AspectView] = field(default_factory=list)
    aspect: str = ""
    orders: list[OrderView] = field(default_factory=list)
    unknown: list[UnknownView] = field(default_factory=list)
    risky: str = ""
    risky_money: Money = ""


def backtest_view(running: Running | None, rules: Sequence[Rule] | None, aspect: str) -> BackTestView:
    """``rules``: the draft as it stands now, None while it cannot be read."""
    if running is None:
        return BackTestView()
    view = BackTestView(
        state=str(running.state),
        days=str(running.days),
        done=f"{running.done:,}",
        total=f"{running.total:,}",
        percent=str(running.done * 100 // running.total if running.total else 0),
        is_old=rules != running.rules,
    )
    if running.state is Trial.DONE and running.result and running.ended_at:
        seconds = (running.ended_at - running.started_at).total_seconds()
        _show(view, running.result, running, aspect, seconds)
    return view


def _show(view: BackTestView, found: BackTest, running: Running, aspect: str, seconds: float) -> None:
    view.before = str(found.before.version)
    view.changed = f"{found.changed:,}"
    view.total = f"{found.orders:,}"
    view.share = _percent(found.changed, found.orders)
    view.took = f"{seconds:,.1f}"
    view.bars = [
        _bar("backtest_approved", found.before.approved, found.after.approved, found.orders),
        _bar("backtest_held", found.before.held, found.after.held, found.orders),
        _bar("backtest_tagged", found.before.tagged, found.after.tagged, found.orders),
    ]
    view.aspects = [AspectView(name, f"{found.by_aspect[name]:,}") for name in ASPECTS if found.by_aspect[name]]
    view.aspect = aspect if aspect in found.shown else ""
    view.orders = [_order(one, view.aspect) for one in found.shown.get(view.aspect, [])]
    view.unknown = [
        UnknownView(running.names.get(key, key), f"{count:,}") for key, count in found.after.unknown.most_common(5)
    ]
    view.risky = f"{found.risky:,}" if found.risky else ""
    view.risky_money = money_text(found.risky_fen)


def _bar(name: str, before: int, after: int, orders: int) -> BarView:
    points = (after - before) * 100 / orders if orders else 0.0
    delta = f"{'+' if points > 0 else '−'}{abs(points):.1f}" if before != after else "0"
    return BarView(name, _percent(before, orders), _percent(after, orders), delta)


def _percent(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.1f}%" if whole else "0%"


def _order(one: ChangedOrder, aspect: str) -> OrderView:
    return OrderView(
        id=str(one.order_id),
        no=one.channel_order_no,
        channel=one.channel,
        paid=money_text(one.paid_fen),
        href=f"/orders?tab=all&order={one.order_id}",
        changes=[
            ChangeView(difference.aspect, _words(difference.before), _words(difference.after))
            for difference in one.differences
            if aspect in ("", difference.aspect)
        ],
    )


def _words(text: str) -> list[str]:
    return text.split("|") if text else []
