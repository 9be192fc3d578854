"""What was asked for many orders or parcels at once, how far is it, and what could not be done?

An item is a row from the moment it is asked for; it is worked on step by step, each in a transaction that also says
how the item stands after it (automation/batch_work.py). So a killed process leaves nothing half done and does nothing
twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, Session, SQLModel, col, delete, func, or_, select, update

from orderhub.domain.delivery import Delivery, DeliveryPiece
from orderhub.domain.order import Order
from orderhub.domain.waybill import Waybill, WaybillState
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.sight import find, find_many

MOST = 2000
KEEP = timedelta(days=30)


class BatchKind(StrEnum):
    LABEL = "label"  # 取号: deliveries
    LEAVE = "leave"  # 发货: deliveries
    SHIP_OUT = "ship_out"  # 审核→取号→发货: orders

    @property
    def is_of_orders(self) -> bool:
        return self is BatchKind.SHIP_OUT


class BatchStep(StrEnum):
    """What is done next with an item; ``AWAIT``: its carrier is making the waybill."""

    APPROVE = "approve"
    ALLOCATE = "allocate"
    LABEL = "label"
    AWAIT = "await"
    LEAVE = "leave"
    NONE = "none"


class ItemState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


# As text: a planner finds a partial index only where the query repeats its condition word for word.
_OPEN = text("state = 'waiting'")


class Batch(SQLModel, table=True):
    """``by`` is who asked for it; ``finished_at`` is None while an item waits."""

    id: int = own_id()
    kind: BatchKind = Field(sa_type=word(BatchKind))
    total: int
    by: str = Field(max_length=64)
    started_at: datetime = Field(sa_type=Moment)
    finished_at: datetime | None = Field(default=None, sa_type=Moment, index=True)


class BatchItem(SQLModel, table=True):
    """``subject_id`` is an order's id or a delivery's, as the batch's kind says (``of_order``); ``code`` and ``reason``
    say why it failed, ``code`` being a refusal's.
    """

    __tablename__ = "batch_item"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("batch_id", "subject_id"),
        Index("ix_batch_item_open", "step", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: int = own_id()
    batch_id: int = Field(foreign_key="batch.id", sa_type=BigId)
    subject_id: int = Field(sa_type=BigId)
    of_order: bool
    state: ItemState = Field(default=ItemState.WAITING, sa_type=word(ItemState))
    step: BatchStep = Field(sa_type=word(BatchStep))
    code: str = Field(default="", max_length=64)
    reason: str = Field(default="", max_length=500)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True)
class BatchEvent(Happening):
    subject_type: ClassVar[str] = "batch"


@dataclass(frozen=True)
class BatchStarted(BatchEvent):
    kind: str
    total: int


@dataclass(frozen=True)
class BatchGoesOn(BatchEvent):
    """``items`` that had failed or were stopped are tried again."""

    items: int


@dataclass(frozen=True)
class BatchStopped(BatchEvent):
    """``items`` that had not been done yet never will be."""

    items: int


@dataclass(frozen=True)
class BatchFinished(BatchEvent):
    done: int
    failed: int


@dataclass(frozen=True)
class Progress:
    """``waiting`` counts by step what is still to be done."""

    batch: Batch
    done: int
    failed: int
    stopped: int
    waiting: dict[BatchStep, int]


_FIRST = {
    BatchKind.LABEL: BatchStep.LABEL,
    BatchKind.LEAVE: BatchStep.LEAVE,
    BatchKind.SHIP_OUT: BatchStep.APPROVE,
}


def start(session: Session, kind: BatchKind, subject_ids: Sequence[int], *, by: str, now: datetime) -> Batch:
    """Ask for it; the hub's workers begin at once, in the order given.

    Raises:
        BadInput: nothing is chosen, or more than ``MOST``.
    """
    ids = list(dict.fromkeys(subject_ids))
    if not ids:
        raise BadInput("ids: choose at least one", field="ids", problem="none_selected")
    if len(ids) > MOST:
        raise BadInput(f"ids: at most {MOST} at once", field="ids", problem="too_many_chosen")
    if unknown := set(ids) - find_many(session, Order if kind.is_of_orders else Delivery, ids).keys():
        raise NotFound(f"{min(unknown)} does not exist")
    batch = Batch(kind=kind, total=len(ids), by=by, started_at=now)
    session.add(batch)
    session.flush()
    of_order, step = kind.is_of_orders, _FIRST[kind]
    session.add_all(BatchItem(batch_id=batch.id, subject_id=one, of_order=of_order, step=step) for one in ids)
    record(session, BatchStarted(batch.id, kind, len(ids)), actor=by, now=now)
    session.info["batch_grew"] = True
    return batch


def next_item(session: Session) -> int:
    """The id of an item that can be worked on, 0 where there is none; a read, so that it may be asked often.

    First what can be done at once, then what has waited for its carrier and has its answer.
    """
    waiting = select(BatchItem.id).where(_OPEN)
    at_once = waiting.where(BatchItem.step != BatchStep.AWAIT).order_by(col(BatchItem.id))
    asked = select(Waybill.id).where(Waybill.state == WaybillState.WANTED)
    of_delivery = asked.where(Waybill.delivery_id == BatchItem.subject_id, ~col(BatchItem.of_order))
    of_order = asked.join(DeliveryPiece, col(DeliveryPiece.delivery_id) == Waybill.delivery_id).where(
        DeliveryPiece.order_id == BatchItem.subject_id, col(BatchItem.of_order)
    )
    is_asked = [wanted.correlate(BatchItem).exists() for wanted in (of_delivery, of_order)]
    answered = waiting.where(BatchItem.step == BatchStep.AWAIT, ~or_(*is_asked)).order_by(col(BatchItem.id))
    for wanted in (at_once, answered):
        if found := session.exec(wanted.limit(1)).first():
            return found
    return 0


def hold_item(session: Session, item_id: int) -> BatchItem | None:
    """The waiting item, locked until the transaction ends; None where another worker has it, or it has ended."""
    wanted = select(BatchItem).where(BatchItem.id == item_id, BatchItem.state == ItemState.WAITING)
    locked = wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.exec(locked).one_or_none()


def end_item(
    session: Session, item: BatchItem, state: ItemState, *, now: datetime, code: str = "", reason: str = ""
) -> None:
    """The held item is done or has failed; the batch is finished with its last one."""
    item.state, item.ended_at, item.code, item.reason = state, now, code[:64], reason[:500]
    item.step = BatchStep.NONE if state is ItemState.DONE else item.step
    session.add(item)
    session.flush()
    _finish_if_over(session, item.batch_id, now)


def stop(session: Session, batch_id: int, *, by: str, now: datetime) -> int:
    """Leave undone what has not been done; returns how many items that are. Safe to repeat."""
    is_known = find(session, Batch, batch_id) is not None
    stopped = is_known and _all_to(session, batch_id, (ItemState.WAITING,), ItemState.STOPPED, ended_at=now)
    if stopped:
        record(session, BatchStopped(batch_id, stopped), actor=by, now=now)
        _finish_if_over(session, batch_id, now)
    return int(stopped)


def retry(session: Session, batch_id: int, *, by: str, now: datetime) -> int:
    """Try again what failed or was stopped; returns how many items that are. Safe to repeat. Raises: NotFound."""
    if (known := find(session, Batch, batch_id)) is None:
        raise NotFound(f"batch {batch_id} does not exist")
    again = _all_to(
        session,
        batch_id,
        (ItemState.FAILED, ItemState.STOPPED),
        ItemState.WAITING,
        step=_FIRST[known.kind],
        ended_at=None,
        code="",
        reason="",
    )
    if again:
        batch = _locked(session, batch_id)
        batch.finished_at = None
        session.add(batch)
        record(session, BatchGoesOn(batch_id, again), actor=by, now=now)
        session.info["batch_grew"] = True
    return again


def progress(session: Session, batch: Batch) -> Progress:
    counted = select(BatchItem.state, BatchItem.step, func.count()).where(BatchItem.batch_id == batch.id)
    counts: dict[ItemState, int] = dict.fromkeys(ItemState, 0)
    waiting: dict[BatchStep, int] = {}
    for state, step, count in session.exec(counted.group_by(col(BatchItem.state), col(BatchItem.step))):
        counts[ItemState(state)] += count
        if state == ItemState.WAITING:
            waiting[BatchStep(step)] = count
    return Progress(batch, counts[ItemState.DONE], counts[ItemState.FAILED], counts[ItemState.STOPPED], waiting)


def recent(session: Session, kinds: Sequence[BatchKind], *, limit: int) -> list[Batch]:
    """Those that are not finished first, then the newest."""
    wanted = select(Batch).where(col(Batch.kind).in_(kinds))
    return list(session.exec(wanted.order_by(col(Batch.finished_at).is_not(None), col(Batch.id).desc()).limit(limit)))


def failures(session: Session, batch_id: int, *, limit: int) -> list[BatchItem]:
    """In the order they were asked for."""
    wanted = select(BatchItem).where(BatchItem.batch_id == batch_id, BatchItem.state == ItemState.FAILED)
    return list(session.exec(wanted.order_by(col(BatchItem.id)).limit(limit)))


def forget_old(session: Session, now: datetime) -> int:
    """Delete batches that finished long ago; returns how many."""
    old = select(Batch.id).where(col(Batch.finished_at) < now - KEEP)
    session.exec(delete(BatchItem).where(col(BatchItem.batch_id).in_(old)))
    return session.exec(delete(Batch).where(col(Batch.finished_at) < now - KEEP)).rowcount


def _locked(session: Session, batch_id: int) -> Batch:
    """After its items, never before them: who works on an item locks in this order too."""
    return session.get_one(Batch, batch_id, with_for_update=True, populate_existing=True)


def _all_to(session: Session, batch_id: int, states: Sequence[ItemState], target: ItemState, **values: object) -> int:
    changed = update(BatchItem).where(col(BatchItem.batch_id) == batch_id, col(BatchItem.state).in_(states))
    return session.exec(changed.values(state=target, **values)).rowcount


def _finish_if_over(session: Session, batch_id: int, now: datetime) -> None:
    batch = _locked(session, batch_id)  # of two that end the last items, the second sees both ended
    found = progress(session, batch)
    if not found.waiting and batch.finished_at is None:
        batch.finished_at = now
        session.add(batch)
        record(session, BatchFinished(batch_id, found.done, found.failed), actor=batch.by, now=now)
