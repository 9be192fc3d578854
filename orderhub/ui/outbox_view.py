"""What does the page of uploads show, as the browser gets it? What waits or was refused, to whom, the workflows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import Session

from orderhub.automation import outbox, workflow_run
from orderhub.automation.addressee import (
    Addressee,
    carrier_addressee,
    notifier_addressee,
    robot_addressee,
    schedule_addressee,
    shop_addressee,
    tracker_addressee,
    webhook_addressee,
)
from orderhub.automation.outbox import OutboxKind, OutboxMessage, OutboxPause, OutboxState
from orderhub.automation.workflow_run import WorkflowRun
from orderhub.domain.carrier_account import CarrierAccount, carrier_accounts
from orderhub.domain.notifier_account import NotifierAccount, notifier_accounts
from orderhub.domain.report_schedule import schedules
from orderhub.domain.robot import Robot, robots
from orderhub.domain.tracker_account import TrackerAccount, tracker_accounts
from orderhub.domain.webhook import Webhook, webhooks
from orderhub.insights.system import ShopState, shop_states
from orderhub.kernel.clock import shanghai_text
from orderhub.ui.board_rows import exact, unix

_MOST_OPEN = 100
_MOST_CLOSED = 30
_MOST_RUNS = 30
_WAITING = (OutboxState.WAITING, OutboxState.SENDING)
_OF_ORDERS = (OutboxKind.SHIP, OutboxKind.STOCK, OutboxKind.WEBHOOK)
_CLOSED = (OutboxState.SENT, OutboxState.SKIPPED)


@dataclass
class UploadView:
    """``what`` is the waybill or the level; ``problem`` a word, ``said`` the answer, ``href`` maybe empty."""

    id: str
    kind: str
    number: str
    href: str
    told_to: str
    what: str
    state: str
    problem: str
    said: str
    tries: str
    next_try: str
    since: str
    since_exact: str
    may_retry: bool
    may_skip: bool


@dataclass
class AddresseeView:
    """``id`` as the outbox writes it; ``channel`` and ``rollout`` are a shop's; ``cause`` is empty where all goes."""

    id: str
    kind: str
    code: str
    name: str
    channel: str
    rollout: str
    cause: str
    reason: str
    by: str
    until: str


@dataclass
class WorkflowRunView:
    id: str
    workflow: str
    about: str
    subject: str
    href: str
    state: str
    tries: str
    took: str
    note: str
    at: str
    at_exact: str
    may_retry: bool


@dataclass
class OutboxView:
    waiting: str = "0"
    refused: str = "0"
    open: list[UploadView] = field(default_factory=list)
    closed: list[UploadView] = field(default_factory=list)
    addressees: list[AddresseeView] = field(default_factory=list)
    runs: list[WorkflowRunView] = field(default_factory=list)


def outbox_view(session: Session, now: datetime) -> OutboxView:
    shops = [shop for shop in shop_states(session, now) if shop.channel.is_asked]
    accounts, trackers = carrier_accounts(session), tracker_accounts(session)
    names = {shop_addressee(shop.shop_id): shop.name for shop in shops}
    names |= {carrier_addressee(account.id): account.name for account in accounts}
    chats = robots(session)
    names |= {robot_addressee(robot.id): robot.name for robot in chats}
    names |= {schedule_addressee(one.id): one.name for one in schedules(session)}
    programs = webhooks(session)
    names |= {webhook_addressee(one.id): one.name for one in programs}
    names |= {tracker_addressee(account.id): account.name for account in trackers}
    notifiers = notifier_accounts(session)
    names |= {notifier_addressee(account.id): account.name for account in notifiers}
    pauses = {pause.addressee: pause for pause in outbox.pauses(session, now)}
    counts = outbox.counts(session, (*_WAITING, OutboxState.REFUSED))
    refused = outbox.listed(session, (OutboxState.REFUSED,), limit=_MOST_OPEN)
    waiting = outbox.listed(session, _WAITING, limit=_MOST_OPEN)
    closed = outbox.listed(session, _CLOSED, limit=_MOST_CLOSED)
    return OutboxView(
        waiting=f"{sum(counts.get(state, 0) for state in _WAITING):,}",
        refused=f"{counts.get(OutboxState.REFUSED, 0):,}",
        open=[_upload(message, names) for message in [*refused, *waiting]],
        closed=[_upload(message, names) for message in closed],
        addressees=[
            *(_shop(shop, pauses.get(shop_addressee(shop.shop_id))) for shop in shops),
            *(_robot(robot, pauses.get(robot_addressee(robot.id))) for robot in chats),
            *(_webhook(one, pauses.get(webhook_addressee(one.id))) for one in programs),
            *(_account(one, carrier_addressee(one.id), pauses) for one in accounts),
            *(_account(one, tracker_addressee(one.id), pauses) for one in trackers),
            *(_account(one, notifier_addressee(one.id), pauses) for one in notifiers),
        ],
        runs=[_run(run) for run in workflow_run.recent(session, limit=_MOST_RUNS)],
    )


def _upload(message: OutboxMessage, names: Mapping[Addressee, str]) -> UploadView:
    body, is_waiting = message.body, message.state is OutboxState.WAITING
    since = message.done_at or message.created_at
    order_id = body.get("order_id") or (message.about_id if message.kind in _OF_ORDERS else 0)
    return UploadView(
        id=str(message.id),
        kind=message.kind,
        number=message.number,
        href=f"/orders?tab=all&order={order_id}" if order_id else "",
        told_to=names.get(message.addressee, ""),
        what=str(body.get("tracking_no") or (f"= {body['quantity']}" if "quantity" in body else "")),
        state=message.state,
        problem=message.problem,
        said=message.reason,
        tries=str(message.attempts),
        next_try=shanghai_text(message.due_at, "%m-%d %H:%M:%S") if is_waiting else "",
        since=unix(since),
        since_exact=exact(since),
        may_retry=message.state in (OutboxState.WAITING, OutboxState.REFUSED, OutboxState.SKIPPED),
        may_skip=message.may_be_skipped,
    )


def _shop(shop: ShopState, pause: OutboxPause | None) -> AddresseeView:
    addressee = shop_addressee(shop.shop_id)
    return _addressee(addressee, shop.code, shop.name, pause, channel=shop.channel, rollout=shop.rollout)


def _account(
    account: CarrierAccount | TrackerAccount | NotifierAccount,
    addressee: Addressee,
    pauses: Mapping[Addressee, OutboxPause],
) -> AddresseeView:
    return _addressee(addressee, account.code, account.name, pauses.get(addressee))


def _robot(robot: Robot, pause: OutboxPause | None) -> AddresseeView:
    return _addressee(robot_addressee(robot.id), robot.kind.trade_name, robot.name, pause)


def _webhook(hook: Webhook, pause: OutboxPause | None) -> AddresseeView:
    return _addressee(webhook_addressee(hook.id), urlsplit(hook.url).hostname or "", hook.name, pause)


def _addressee(
    addressee: Addressee, code: str, name: str, pause: OutboxPause | None, *, channel: str = "", rollout: str = ""
) -> AddresseeView:
    return AddresseeView(
        id=str(addressee),
        kind=addressee.kind,
        code=code,
        name=name,
        channel=channel,
        rollout=rollout,
        cause=pause.cause if pause else "",
        reason=pause.reason if pause else "",
        by=pause.by if pause else "",
        until=exact(pause.until) if pause else "",
    )


def _run(run: WorkflowRun) -> WorkflowRunView:
    is_order = run.subject_type == "order"
    moment = run.ended_at or run.found_at
    return WorkflowRunView(
        id=str(run.id),
        workflow=run.workflow,
        about=f"#{run.subject_id}",
        subject=run.subject_type,
        href=f"/orders?tab=all&order={run.subject_id}" if is_order else "",
        state=run.state,
        tries=str(run.attempts),
        took=f"{run.took_ms:,} ms" if run.attempts else "",
        note=run.error or run.note,
        at=unix(moment),
        at_exact=exact(moment),
        may_retry=run.state is workflow_run.WorkflowState.FAILED,
    )
