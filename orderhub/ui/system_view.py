"""What does the system page show, as the browser gets it? The queue, the shops, dead messages, the jobs' runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.automation.track_subscribing import push_url
from orderhub.domain.carrier_account import CarrierAccount, carrier_accounts
from orderhub.domain.stock import Warehouse, warehouses
from orderhub.domain.tracker_account import TrackerAccount, tracker_accounts
from orderhub.insights.system import ShopState, shop_states
from orderhub.intake.inbox import InboxMessage, dead_letters, depth
from orderhub.intake.keyring import calls
from orderhub.kernel.clock import business_day
from orderhub.kernel.job_runs import JobRun, recent
from orderhub.ui.board_rows import exact, unix

_MOST_DEAD = 50
_MOST_RUNS = 20
_SHORT_MS = timedelta(seconds=10)


@dataclass
class ShopView:
    """``succeeded`` and ``known_until`` in unix seconds, of the kind furthest behind; ``paused`` and ``token_ends`` as
    text or empty; ``calls`` of the last minute and the most there may be; ``authorise`` leads to the channel's page.
    """

    code: str
    name: str
    channel: str
    rollout: str
    succeeded: str
    error: str
    paused: str
    token_ends: str
    is_behind: bool
    known_until: str = ""
    calls: str = ""
    authorise: str = ""


@dataclass
class CarrierView:
    """``warehouse`` is empty for one that serves all; secrets are not shown again."""

    code: str
    carrier: str
    name: str
    customer_code: str
    warehouse: str
    warehouse_id: str
    express_type: str
    is_active: bool


@dataclass
class TrackerView:
    """``calls`` are of today, with the quota where there is one; secrets are not shown again."""

    code: str
    kind: str
    name: str
    calls: str
    hours: str
    push_url: str
    is_active: bool


@dataclass
class DeadView:
    id: str
    shop: str
    kind: str
    number: str
    reason: str
    tries: str
    received: str
    received_exact: str


@dataclass
class RunView:
    id: str
    job: str
    state: str
    started: str
    started_exact: str
    took: str
    note: str


@dataclass
class SystemView:
    waiting: str = "0"
    oldest: str = ""
    dead_count: str = "0"
    shops: list[ShopView] = field(default_factory=list)
    carriers: list[CarrierView] = field(default_factory=list)
    trackers: list[TrackerView] = field(default_factory=list)
    warehouses: list[tuple[str, str]] = field(default_factory=list)
    dead: list[DeadView] = field(default_factory=list)
    runs: list[RunView] = field(default_factory=list)


def system_view(session: Session, now: datetime) -> SystemView:
    shops = shop_states(session, now)
    names = {shop.shop_id: shop.name for shop in shops}
    queue = depth(session)
    places = {place.id: place for place in warehouses(session)}
    return SystemView(
        waiting=f"{queue.waiting:,}",
        oldest=unix(queue.oldest_at),
        dead_count=f"{queue.dead:,}",
        shops=[_shop(shop) for shop in shops],
        carriers=[_carrier(account, places) for account in carrier_accounts(session)],
        trackers=[_tracker(account, now) for account in tracker_accounts(session)],
        warehouses=[(str(place.id), place.name) for place in places.values()],
        dead=[_dead(message, names.get(message.shop_id, "")) for message in dead_letters(session, limit=_MOST_DEAD)],
        runs=[_run(run) for run in recent(session, _MOST_RUNS)],
    )


def _shop(shop: ShopState) -> ShopView:
    return ShopView(
        code=shop.code,
        name=shop.name,
        channel=shop.channel,
        rollout=shop.rollout,
        succeeded=unix(shop.succeeded_at),
        error=shop.error,
        paused=exact(shop.paused_until),
        token_ends=exact(shop.token_expires_at),
        is_behind=shop.is_behind,
        known_until=unix(shop.watermark),
        calls="{:,} / {:,}".format(*calls(shop.code, shop.channel)) if shop.channel.is_asked else "",
        authorise=f"/channels/authorise?shop={shop.code}" if shop.needs_authorising else "",
    )


def _carrier(account: CarrierAccount, places: Mapping[int, Warehouse]) -> CarrierView:
    return CarrierView(
        code=account.code,
        carrier=account.carrier,
        name=account.name,
        customer_code=account.customer_code,
        warehouse=places[account.warehouse_id].name if account.warehouse_id in places else "",
        warehouse_id=str(account.warehouse_id),
        express_type=str(account.express_type),
        is_active=account.is_active,
    )


def _tracker(account: TrackerAccount, now: datetime) -> TrackerView:
    calls = account.calls_today if account.calls_on == business_day(now) else 0
    return TrackerView(
        code=account.code,
        kind=account.kind,
        name=account.name,
        calls=f"{calls:,} / {account.daily_quota:,}" if account.daily_quota else f"{calls:,}",
        hours=str(account.ask_after_hours),
        push_url=push_url(account.kind, account.code),
        is_active=account.is_active,
    )


def _dead(message: InboxMessage, shop: str) -> DeadView:
    return DeadView(
        id=str(message.id),
        shop=shop,
        kind=message.kind,
        number=message.number,
        reason=message.reason,
        tries=str(message.attempts),
        received=unix(message.received_at),
        received_exact=exact(message.received_at),
    )


def _run(run: JobRun) -> RunView:
    return RunView(
        id=str(run.id),
        job=run.job,
        state=run.state,
        started=unix(run.started_at),
        started_exact=exact(run.started_at),
        took=_span(run.ended_at - run.started_at) if run.ended_at else "",
        note=run.error or run.note,
    )


def _span(taken: timedelta) -> str:
    if taken < _SHORT_MS:
        return f"{taken / timedelta(milliseconds=1):,.0f} ms"
    return f"{taken / timedelta(seconds=1):,.0f} s"
