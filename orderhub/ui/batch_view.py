"""How far is what was asked for many at once, as the browser gets it?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from orderhub.automation import batch as batches
from orderhub.automation.batch import Batch, BatchItem, BatchKind
from orderhub.domain.order import Order
from orderhub.ui.board_rows import exact, unix

_SHOWN_FAILURES = 50
_SHOWN_BATCHES = 4
_KEPT_SHOWN = timedelta(hours=12)


@dataclass
class StepView:
    step: str
    count: str


@dataclass
class FailureView:
    """``code`` is the refusal's, ``reason`` what was said, in the language it was said in."""

    name: str
    href: str
    code: str
    reason: str


@dataclass
class BatchView:
    """``percent`` counts what has ended, well or not."""

    id: str
    kind: str
    by: str
    at: str
    at_exact: str
    total: str
    ended: str
    done: str
    failed: str
    stopped: str
    percent: str
    is_over: bool
    may_retry: bool
    steps: list[StepView] = field(default_factory=list)
    failures: list[FailureView] = field(default_factory=list)


def batch_views(session: Session, kinds: Sequence[BatchKind], now: datetime) -> list[BatchView]:
    """Those at work, then those that ended lately."""
    found = batches.recent(session, kinds, limit=_SHOWN_BATCHES)
    return [_view(session, one) for one in found if not one.finished_at or one.finished_at > now - _KEPT_SHOWN]


def _view(session: Session, batch: Batch) -> BatchView:
    found = batches.progress(session, batch)
    ended = found.done + found.failed + found.stopped
    return BatchView(
        id=str(batch.id),
        kind=batch.kind,
        by=batch.by,
        at=unix(batch.started_at),
        at_exact=exact(batch.started_at),
        total=f"{batch.total:,}",
        ended=f"{ended:,}",
        done=f"{found.done:,}",
        failed=f"{found.failed:,}" if found.failed else "",
        stopped=f"{found.stopped:,}" if found.stopped else "",
        percent=str(ended * 100 // batch.total),
        is_over=batch.finished_at is not None,
        may_retry=bool(found.failed or found.stopped),
        steps=[StepView(step, f"{count:,}") for step, count in sorted(found.waiting.items())],
        failures=_failures(session, batch.id),
    )


def _failures(session: Session, batch_id: int) -> list[FailureView]:
    items = batches.failures(session, batch_id, limit=_SHOWN_FAILURES)
    wanted = select(Order.id, Order.channel_order_no).where(
        col(Order.id).in_([item.subject_id for item in items if item.of_order])
    )
    numbers = dict(session.exec(wanted).all())
    return [_failure(item, numbers.get(item.subject_id, "")) for item in items]


def _failure(item: BatchItem, order_no: str) -> FailureView:
    href = f"/orders?tab=all&order={item.subject_id}" if item.of_order else ""
    return FailureView(order_no or f"D{item.subject_id}", href, item.code, item.reason)
