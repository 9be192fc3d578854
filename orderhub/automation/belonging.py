"""Which shops and warehouses does what happens by itself belong to? Whoever it is about, or whom it is told."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, String, and_, or_, type_coerce

from orderhub.automation.addressee import AddresseeKind
from orderhub.automation.batch import Batch, BatchItem
from orderhub.automation.outbox import SUBJECT_OF, OutboxMessage, OutboxPause
from orderhub.automation.robot_card import RobotCard, RobotCardItem
from orderhub.automation.workflow_run import WorkflowRun
from orderhub.domain.delivery import Delivery
from orderhub.domain.order import Order
from orderhub.kernel.owned import (
    SHOPS,
    SUBJECTS,
    WAREHOUSES,
    Columns,
    Path,
    about,
    any_of,
    everybodys,
    everybodys_subjects,
    own,
    through,
    where,
)


def _told(columns: Columns, shops: Collection[Any]) -> ColumnElement[bool]:
    """To the channel of a shop."""
    names = [f"{AddresseeKind.SHOP}:{shop}" for shop in shops]
    return type_coerce(columns.addressee, String).in_(names)


def _to_no_shop(columns: Columns, _: Collection[Any]) -> ColumnElement[bool]:
    return type_coerce(columns.addressee, String).not_like(f"{AddresseeKind.SHOP}:%")


def _message(paths: dict[Any, Path]) -> Path:
    """``about_id`` is the id of what its kind is about."""

    def path(columns: Columns, seen: Collection[Any]) -> ColumnElement[bool]:
        bound = [(kind, SUBJECTS[word]) for kind, word in SUBJECT_OF.items() if SUBJECTS.get(word) in paths]
        parts = [
            and_(columns.kind == kind, columns.about_id != 0, through(paths, table, "id", of="about_id")(columns, seen))
            for kind, table in bound
        ]
        return or_(*parts)

    return path


def _item(paths: dict[Any, Path]) -> Path:
    return any_of(
        where(lambda one: one.of_order, through(paths, Order, "id", of="subject_id")),
        where(lambda one: ~one.of_order, through(paths, Delivery, "id", of="subject_id")),
    )


own(
    OutboxMessage,
    shops=any_of(_message(SHOPS), where(lambda one: one.about_id == 0, _told)),
    warehouses=any_of(_message(WAREHOUSES), lambda one, _: one.about_id == 0),
)
own(OutboxPause, shops=any_of(_told, _to_no_shop))
own(BatchItem, shops=_item(SHOPS), warehouses=_item(WAREHOUSES))
own(Batch, shops=through(SHOPS, BatchItem, "batch_id"), warehouses=through(WAREHOUSES, BatchItem, "batch_id"))
own(RobotCardItem, shops=about(SHOPS, "anomaly", "task"), warehouses=about(WAREHOUSES, "anomaly", "task"))
own(RobotCard, shops=through(SHOPS, RobotCardItem, "card_id"), warehouses=through(WAREHOUSES, RobotCardItem, "card_id"))
_followed = ("order", "aftersale", "delivery", "payment", "track", "shop", "channel_item", "anomaly", "task", "ticket")
own(
    WorkflowRun,
    shops=about(SHOPS, *_followed, unbound=True),
    warehouses=about(WAREHOUSES, *_followed, unbound=True),
)

SUBJECTS.update({"outbox": OutboxMessage, "batch": Batch})
everybodys_subjects("says only that it was tried again", "workflow_run")
everybodys_subjects("of a clock or queue of the whole hub", "standstill", "planned_job")

everybodys("how far the hub has read", "workflow_cursor", "stock_cursor")
everybodys("clocks and queues of the whole hub", "standstill", "planned_job", "job_run", "clock_leader")
