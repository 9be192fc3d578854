"""A parcel that nobody took: its case opens by itself, once, and the order's timeline says so."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation.workflow_run import WorkflowRun
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.order import Order, Shipment
from orderhub.domain.refused_parcel import open_refused
from orderhub.domain.track import take_scans
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ScanNode
from orderhub.insights.order_card import order_card
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import SYSTEM

from .shipping import PARCEL, ship, work

REFUSED = ScanDraft(utc_now() + timedelta(minutes=1), "快件派送不成功，客户拒收", ScanNode.REFUSED)
BACK = ScanDraft(utc_now() + timedelta(minutes=2), "快件已退回至寄件方", ScanNode.RETURNING)
PROBLEM = ScanDraft(utc_now() + timedelta(minutes=1), "快件派送不成功，待再次派送", ScanNode.PROBLEM)


@pytest.fixture
def sent(taobao_hub) -> str:
    (number,) = taobao_hub.orders_come(1)
    taobao_hub.sync()
    ship(number)
    work()
    return number


def told(*scans: ScanDraft) -> None:
    now = utc_now() + timedelta(minutes=5)
    with transaction() as session:
        take_scans(session, PARCEL, scans, by="sf", now=now)
    work(later=timedelta(minutes=6))


def cases() -> Sequence[Aftersale]:
    with reading() as session:
        return session.exec(select(Aftersale)).all()


def test_a_refused_parcel_opens_its_case_by_itself_and_once(sent):
    told(REFUSED)
    (case,) = cases()
    assert (case.kind, case.stage, case.opened_by, case.return_tracking_no) == (
        AftersaleKind.REFUSED_PARCEL, AftersaleStatus.RETURNED, SYSTEM, PARCEL,
    )  # fmt: skip
    told(REFUSED, BACK)
    assert [one.id for one in cases()] == [case.id]
    with reading() as session:
        order = session.exec(select(Order).where(Order.channel_order_no == sent)).one()
        said = [(moment.kind, moment.actor) for moment in order_card(session, order.id, utc_now()).timeline]
        assert said.count(("refund_requested", SYSTEM)) == 1
        runs = session.exec(select(WorkflowRun.note).where(WorkflowRun.workflow == "open_refused")).all()
    assert runs == ["1 cases opened", "has its case"]


def test_a_failed_delivery_opens_none(sent):
    told(PROBLEM)
    assert cases() == []


def test_a_parcel_whose_case_people_have_opened_gets_no_other(sent):
    with transaction() as session:
        parcel = session.exec(select(Shipment.id).where(Shipment.tracking_no == PARCEL)).one()
        open_refused(session, parcel, by="ceshi-w", now=utc_now())
    told(REFUSED)
    (case,) = cases()
    assert case.opened_by == "ceshi-w"
