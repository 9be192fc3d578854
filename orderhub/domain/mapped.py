"""What have mappings put on an order, and which of them have trouble with what comes in?"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from orderhub.domain.anomaly import open_anomaly, open_kinds, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.custom_field import Cell, CustomValue
from orderhub.domain.order import Order, OrderMapped, OrderTag
from orderhub.domain.order_parts import URGENT
from orderhub.domain.words import Channel
from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.eventlog import record

MAPPING = "mapping"


class MappingTrouble(SQLModel, table=True):
    """Values of the channel's mapping ``name`` that were not taken, counted since it last changed."""

    __tablename__ = "mapping_trouble"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("channel", "name"),)

    id: int = own_id()
    channel: Channel = Field(sa_type=word(Channel))
    name: str = Field(max_length=40)
    count: int = 0
    reason: str = Field(default="", max_length=32)
    first_at: datetime = Field(sa_type=Moment)
    last_at: datetime = Field(sa_type=Moment)


def carry(
    session: Session,
    order: Order,
    *,
    tags: Collection[str],
    remark: str,
    cells: Mapping[int, Cell],
    among: Collection[int],
    now: datetime,
    is_fresh: bool = False,
) -> bool:
    """Make what mappings have put on ``order`` exactly this; says whether anything changed. Safe to repeat.

    ``cells`` are by id of their custom field, ``among`` the ids of the fields in use: values of others stay. What
    people tagged stays too. ``is_fresh``: the order was made in this transaction, so that nothing has to be read.
    """
    standing = {} if is_fresh else _values(session, order, among)
    is_new = {
        "tags": _tag(session, order, tags, is_fresh=is_fresh),
        "remark": order.mapped_remark != remark,
        "custom": _fill(session, order, cells, standing),
    }
    order.mapped_remark = remark
    changed = [name for name, is_so in is_new.items() if is_so]
    if changed:
        order.changed_at = now
        session.add(order)
        record(session, OrderMapped(order.id, tuple(changed)), actor=MAPPING, now=now)
    return bool(changed)


def note_trouble(session: Session, channel: Channel, name: str, reason: str, *, count: int, now: datetime) -> None:
    """``count`` more values of a mapping were not taken: one anomaly stands for all of them since it opened."""
    wanted = select(MappingTrouble).where(MappingTrouble.channel == channel, MappingTrouble.name == name)
    standing = session.exec(wanted.with_for_update()).one_or_none()
    if standing is None:
        standing = MappingTrouble(channel=channel, name=name, first_at=now, last_at=now)
    elif not open_kinds(session, (MAPPING, standing.id)):
        standing.count, standing.first_at = 0, now
    standing.count, standing.reason, standing.last_at = standing.count + count, reason, now
    session.add(standing)
    session.flush()
    open_anomaly(
        session,
        AnomalyKind.MAPPING_VALUE,
        about=(MAPPING, standing.id),
        occurred_at=standing.first_at,
        now=now,
        note=f"{standing.count} × {reason}",
    )


def settle_trouble(session: Session, channel: Channel, names: Collection[str], *, by: str, now: datetime) -> None:
    """These mappings have changed or gone: what was wrong with them is over."""
    for standing in session.exec(select(MappingTrouble).where(MappingTrouble.channel == channel)):
        if standing.name in names and standing.count:
            standing.count = 0
            session.add(standing)
            resolve_anomaly(session, AnomalyKind.MAPPING_VALUE, about=(MAPPING, standing.id), by=by, now=now)


def _tag(session: Session, order: Order, tags: Collection[str], *, is_fresh: bool) -> bool:
    wanted = select(OrderTag).where(OrderTag.order_id == order.id)
    standing = {} if is_fresh else {tag.tag: tag for tag in session.exec(wanted)}
    fresh = [tag for tag in tags if tag not in standing]
    gone = [tag for word_, tag in standing.items() if tag.by == MAPPING and word_ not in tags]
    session.add_all([OrderTag(order_id=order.id, tag=tag, by=MAPPING) for tag in fresh])
    for tag in gone:
        session.delete(tag)
    if URGENT in [*fresh, *[tag.tag for tag in gone]]:
        order.is_urgent = URGENT in fresh
    return bool(fresh or gone)


def _values(session: Session, order: Order, among: Collection[int]) -> dict[int, CustomValue]:
    wanted = select(CustomValue).where(CustomValue.order_id == order.id)
    return {value.field_id: value for value in session.exec(wanted) if value.field_id in among}


def _fill(session: Session, order: Order, cells: Mapping[int, Cell], standing: dict[int, CustomValue]) -> bool:
    changed = False
    for field_id, cell in cells.items():
        value = standing.pop(field_id, None) or CustomValue(order_id=order.id, field_id=field_id, text="")
        if (value.text, value.amount) != (cell.text, cell.amount):
            value.text, value.amount = cell.text, cell.amount
            session.add(value)
            changed = True
    for value in standing.values():
        session.delete(value)
        changed = True
    return changed
