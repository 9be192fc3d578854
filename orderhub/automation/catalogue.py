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
    end_return,
    find_waybill_twice,
    follow_flow,
    follow_parcel,
    follow_replacement,
    merge_deliveries,
    note_complaint,
    open_refused,
    recycle_waybill,
    reread_tracks,
    resume_carrier,
    resume_notifier,
    resume_report,
    resume_robot,
    resume_shop,
    resume_tracker,
    review_refund,
    tell_buyer,
    tell_programs,
    tell_staff,
    upload_shipment,
)
from orderhub.domain.flow_stage import Automation
from orderhub.kernel.eventlog import Event


@dataclass(frozen=True)
class Workflow:
    """``run`` answers in a few words what it did; it works on ``session`` alone and waits for nobody outside.

    It does not run while ``automation`` is off on the flow map; without one the map cannot stop it. ``is_wanted`` says
    whether anybody listens at present: while nobody does, events leave no row behind.
    """

    name: str
    kinds: frozenset[str]
    run: Callable[[Session, Event], str]
    automation: Automation | None = None
    is_wanted: Callable[[Session], bool] | None = None

    def kinds_now(self, session: Session) -> frozenset[str]:
        return self.kinds if self.is_wanted is None or self.is_wanted(session) else frozenset()


WORKFLOWS = (
    Workflow("allocate", allocate.KINDS, allocate.run, Automation.ALLOCATE),
    Workflow("merge_deliveries", merge_deliveries.KINDS, merge_deliveries.run, Automation.MERGE_DELIVERIES),
    Workflow("upload_shipment", upload_shipment.KINDS, upload_shipment.run, Automation.UPLOAD_SHIPMENT),
    Workflow("review_refund", review_refund.KINDS, review_refund.run, Automation.REVIEW_REFUND),
    Workflow("answer_refund", answer_refund.KINDS, answer_refund.run, Automation.ANSWER_REFUND),
    Workflow("follow_replacement", follow_replacement.KINDS, follow_replacement.run, Automation.FOLLOW_REPLACEMENT),
    Workflow("answer_shipped", answer_shipped.KINDS, answer_shipped.run),
    Workflow("close_paid_case", close_paid_case.KINDS, close_paid_case.run, Automation.CLOSE_PAID_CASE),
    Workflow("resume_shop", resume_shop.KINDS, resume_shop.run),
    Workflow("recycle_waybill", recycle_waybill.KINDS, recycle_waybill.run, Automation.RECYCLE_WAYBILL),
    Workflow("resume_carrier", resume_carrier.KINDS, resume_carrier.run),
    Workflow("resume_tracker", resume_tracker.KINDS, resume_tracker.run),
    Workflow("decide_again", decide_again.KINDS, decide_again.run),
    Workflow("follow_parcel", follow_parcel.KINDS, follow_parcel.run, Automation.FOLLOW_PARCEL),
    Workflow("follow_flow", follow_flow.KINDS, follow_flow.run),
    Workflow("reread_tracks", reread_tracks.KINDS, reread_tracks.run),
    Workflow("open_refused", open_refused.KINDS, open_refused.run),
    Workflow("tell_buyer", tell_buyer.KINDS, tell_buyer.run),
    Workflow("resume_notifier", resume_notifier.KINDS, resume_notifier.run),
    Workflow("assign", assign.KINDS, assign.run),
    Workflow("find_waybill_twice", find_waybill_twice.KINDS, find_waybill_twice.run),
    Workflow("end_return", end_return.KINDS, end_return.run),
    Workflow("tell_staff", tell_staff.KINDS, tell_staff.run),
    Workflow("tell_programs", tell_programs.KINDS, tell_programs.run, is_wanted=tell_programs.is_wanted),
    Workflow("resume_robot", resume_robot.KINDS, resume_robot.run),
    Workflow("resume_report", resume_report.KINDS, resume_report.run),
    Workflow("note_complaint", note_complaint.KINDS, note_complaint.run),
)


def workflow_named(name: str) -> Workflow | None:
    """None for one that an earlier version had."""
    return next((one for one in WORKFLOWS if one.name == name), None)


def listened_for() -> frozenset[str]:
    """Kinds of events that any workflow waits for."""
    return frozenset().union(*(one.kinds for one in WORKFLOWS))
