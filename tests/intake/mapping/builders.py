"""Mappings for tests: live ones, and orders that carry what they map."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import select

from orderhub.domain.custom_field import CustomField, CustomValue, FieldType, define
from orderhub.domain.order import Order, OrderTag
from orderhub.domain.words import Channel
from orderhub.intake.mapping.engine import FieldMapping, read_mapping
from orderhub.intake.mapping.transforms import Transform
from orderhub.intake.mapping.versions import publish, put_all
from orderhub.kernel.db import reading, transaction

DOUYIN = Channel.DOUYIN
WORDS = {"放门口": "放门口", "打电话": "派前电联"}
TYPES: dict[str, FieldType] = {
    "送货方式": FieldType.CHOICE,
    "说明": FieldType.TEXT,
    "件数": FieldType.NUMBER,
    "补贴": FieldType.MONEY,
    "预约": FieldType.DATE,
}


def mapping(name: str, path: str, target: str, transform: Transform = Transform.TEXT, **more: Any) -> FieldMapping:
    return read_mapping({"name": name, "path": path, "target": target, "transform": transform, **more})


TAGS = mapping("收货备注", "buyer_words", "tag", Transform.KEYWORDS, table=WORDS)
WAY = mapping("送货方式", "buyer_words", "cf.送货方式", Transform.KEYWORDS, table={"放门口": "放门口"})
SUBSIDY = mapping("补贴", "promotion_platform_amount", "cf.补贴", Transform.MONEY, option="fen")
NOTE = mapping("说明", "seller_words", "cf.说明")
REMARK = mapping("直播", "sku_order_list[].theme_type_desc", "remark")
PIECES = mapping("件数", "seller_words", "cf.件数")


def define_fields(now: datetime) -> None:
    with transaction() as session:
        for name, type_ in TYPES.items():
            choices = ("放门口", "自提") if type_ is FieldType.CHOICE else ()
            define(session, name, type_, choices, by="tester", now=now)


def go_live(mappings: Sequence[FieldMapping], now: datetime, channel: Channel = DOUYIN) -> int:
    """The number of the version that is live now."""
    with transaction() as session:
        put_all(session, channel, mappings, by="tester", now=now)
        session.flush()
        return publish(session, channel, by="tester", now=now).number


def tags_of(order: Order) -> dict[str, str]:
    with reading() as session:
        return {tag.tag: tag.by for tag in session.exec(select(OrderTag).where(OrderTag.order_id == order.id))}


def values_of(order: Order) -> dict[str, tuple[str, int | None]]:
    with reading() as session:
        wanted = select(CustomField.name, CustomValue.text, CustomValue.amount).where(
            CustomField.id == CustomValue.field_id, CustomValue.order_id == order.id
        )
        return {name: (text, amount) for name, text, amount in session.exec(wanted)}
