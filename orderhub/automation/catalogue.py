"""Which workflows are there? One line each."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from orderhub.automation.workflows import (
    allocate,
    answer_refund,
    answer_shipped,
    assign,
    close_paid_case,
    decide_again,
    follow_parcel,
    follow_replacement,
    merge_deliveries,
    note_complaint,
    open_refused,
    recycle_waybill,
    resume_carrier,
    resume_notifier,
    resume_shop,
    resume_tracker,
    review_refund,
    tell_buyer,
    upload_shipment,
)
from orderhub.kernel.eventlog import Event


@dataclass(frozen=True)
class Workflow:
    """``run`` answers in a few words what it did; it works on ``session`` alone and waits for nobody outside."""

    name: str
    kinds: frozenset[str]
    run: Callable[[Session, Event], str]


WORKFLOWS = (
    Workflow("allocate", allocate.KINDS, allocate.run),
    Workflow("merge_deliveries", merge_deliveries.KINDS, merge_deliveries.run),
    Workflow("upload_shipment", upload_shipment.KINDS, upload_shipment.run),
    Workflow("review_refund", review_refund.KINDS, review_refund.run),
    Workflow("answer_refund", answer_refund.KINDS, answer_refund.run),
    Workflow("follow_replacement", follow_replacement.KINDS, follow_replacement.run),
    Workflow("answer_shipped", answer_shipped.KINDS, answer_shipped.run),
    Workflow("close_paid_case", close_paid_case.KINDS, close_paid_case.run),
    Workflow("resume_shop", resume_shop.KINDS, resume_shop.run),
    Workflow("recycle_waybill", recycle_waybill.KINDS, recycle_waybill.run),
    Workflow("resume_carrier", resume_carrier.KINDS, resume_carrier.run),
    Workflow("resume_tracker", resume_tracker.KINDS, resume_tracker.run),
    Workflow("decide_again", decide_again.KINDS, decide_again.run),
    Workflow("follow_parcel", follow_parcel.KINDS, follow_parcel.run),
    Workflow("open_refused", open_refused.KINDS, open_refused.run),
    Workflow("tell_buyer", tell_buyer.KINDS, tell_buyer.run),
    Workflow("resume_notifier", resume_notifier.KINDS, resume_notifier.run),
    Workflow("assign", assign.KINDS, assign.run),
    Workflow("note_complaint", note_complaint.KINDS, note_complaint.run),
)


def workflow_named(name: str) -> Workflow | None:
    """None for one that an earlier version had."""
    return next((one for one in WORKFLOWS if one.name == name), None)


def listened_for() -> frozenset[str]:
    """Kinds of events that any workflow waits for."""
    return frozenset().union(*(one.kinds for one in WORKFLOWS))
