"""订单转化漏斗: how far have the orders come that were paid in the period, and where are the others lost?

What was refunded after it left counts as delivered and not as completed. A cancelled order got as far as it was when
it was cancelled, which the log says.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.order import OrderStatus
from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.behind import FunnelStep, Loss
from orderhub.insights.reports.reading import total
from orderhub.insights.reports.tally import Tallied


@dataclass(frozen=True)
class FunnelRow:
    """``orders`` have reached the step; ``lost`` of those of the step before have not: ``waiting`` may still come."""

    step: FunnelStep
    orders: int
    paid: int
    waiting: int = 0
    cancelled: int = 0
    refunded: int = 0

    @property
    def lost(self) -> int:
        return self.waiting + self.cancelled + self.refunded

    @property
    def share(self) -> float | None:
        return self.orders / self.paid if self.paid else None


def funnel(session: Session, asked: ReportAsked, now: datetime) -> tuple[FunnelRow, ...]:  # noqa: ARG001
    """A row for each step, from paid to completed."""
    reached: Counter[FunnelStep] = Counter()
    lost: Counter[tuple[FunnelStep, Loss]] = Counter()
    for key, count in total(session, Tallied.FUNNEL, asked).parts.items():
        status, refunded, reviewed = key.split("|")
        last, why = _fate(OrderStatus(status), is_refunded=refunded == "1", was_reviewed=reviewed == "1")
        far = _STEPS.index(last)
        for step in _STEPS[: far + 1]:
            reached[step] += count
        if far + 1 < len(_STEPS):
            lost[_STEPS[far + 1], why] += count
    return tuple(
        FunnelRow(step, reached[step], reached[FunnelStep.PAID], *(lost[step, why] for why in Loss)) for step in _STEPS
    )


_STEPS = list(FunnelStep)
_S = OrderStatus
_LAST = {
    _S.PENDING_PAYMENT: FunnelStep.PAID,
    _S.TO_REVIEW: FunnelStep.PAID,
    _S.TO_ALLOCATE: FunnelStep.REVIEWED,
    _S.TO_SHIP: FunnelStep.REVIEWED,
    _S.PARTLY_SHIPPED: FunnelStep.REVIEWED,
    _S.SHIPPED: FunnelStep.SHIPPED,
    _S.DELIVERED: FunnelStep.DELIVERED,
    _S.COMPLETED: FunnelStep.COMPLETED,
}


def _fate(status: OrderStatus, *, is_refunded: bool, was_reviewed: bool) -> tuple[FunnelStep, Loss]:
    """The last step it reached, and why it has not reached the next."""
    why = Loss.REFUNDED if is_refunded else Loss.CANCELLED if status is _S.CANCELLED else Loss.WAITING
    if status is _S.CANCELLED:
        return (FunnelStep.REVIEWED if was_reviewed else FunnelStep.PAID), why
    if status is _S.COMPLETED and is_refunded:
        return FunnelStep.DELIVERED, why
    return _LAST[status], why
