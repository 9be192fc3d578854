"""渠道货号: what do shops sell under which numbers of their channels, of what is it made, and how much is there?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, UniqueConstraint, exists, func
from sqlmodel import Field, Session, SQLModel, col, delete, select

from orderhub.domain.presale import pools
from orderhub.domain.shop import Shop
from orderhub.domain.stock import StockEntry, StockLevel
from orderhub.kernel.columns import BigId, Moment, own_id
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_no, clean_text
from orderhub.kernel.sight import find

# What an anomaly or a message about an item names as its subject.
CHANNEL_ITEM = "channel_item"
# Few are left: every piece counts, and nothing waits for company.
FEW = 20
_MOST_PIECES = 1_000_000_000


class ChannelItem(SQLModel, table=True):
    """渠道货号: what a shop sells as ``code``, by the channel's own numbers, and what the channel holds of it.

    ``told_quantity`` is None until something was told, ``change_no`` counts what was (the highest wins);
    ``due_at`` is when it has to be looked at, ``seen_quantity`` what the channel said when it was asked at ``seen_at``.
    """

    __tablename__ = "channel_item"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("shop_id", "channel_item_no", "channel_sku_no"),)

    id: int = own_id()
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    channel_item_no: str = Field(max_length=64)
    channel_sku_no: str = Field(max_length=64)
    code: str = Field(max_length=64)
    ordered_at: datetime = Field(sa_type=Moment)
    is_hot: bool = False
    told_quantity: int | None = Field(default=None, sa_type=BigId)
    told_at: datetime | None = Field(default=None, sa_type=Moment)
    change_no: int = Field(default=0, sa_type=BigId)
    due_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    seen_quantity: int | None = Field(default=None, sa_type=BigId)
    seen_at: datetime | None = Field(default=None, sa_type=Moment)


class ChannelItemPart(SQLModel, table=True):
    """One of the item takes ``pieces`` of the SKU: off the shelf, or out of its presale pool."""

    __tablename__ = "channel_item_part"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (CheckConstraint("pieces > 0", name="some"),)

    item_id: int = Field(foreign_key="channel_item.id", primary_key=True, sa_type=BigId)
    sku_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId, index=True)
    is_pool: bool = Field(default=False, primary_key=True)
    pieces: int = Field(sa_type=BigId)


class ItemTaken(RuleBroken):
    code = "item_taken"


@dataclass(frozen=True)
class ChannelItemAdded(Happening):
    subject_type: ClassVar[str] = "shop"
    item_id: int
    code: str


@dataclass(frozen=True)
class ChannelItemLearned(Happening):
    """An order said under which numbers the shop sells ``code``, or that it calls the item otherwise by now."""

    subject_type: ClassVar[str] = "shop"
    item_id: int
    code: str


@dataclass(frozen=True)
class StockTold(Happening):
    """The channel is owed ``quantity``, the item's change ``change_no``."""

    subject_type: ClassVar[str] = CHANNEL_ITEM
    shop_id: int
    quantity: int
    change_no: int


@dataclass(frozen=True)
class ChannelItemMarked(Happening):
    subject_type: ClassVar[str] = "shop"
    item_id: int
    is_hot: bool


@dataclass(frozen=True)
class Part:
    sku_id: int
    pieces: int
    is_pool: bool = False


@dataclass(frozen=True)
class There:
    """What can be had, by SKU id: ``free`` on the shelves of all warehouses, ``pool`` of what comes later.

    A SKU that was never counted, and a presale without a pool, are left out.
    """

    free: Mapping[int, int]
    pool: Mapping[int, int]


def sellable(parts: Collection[Part], there: There) -> int | None:
    """How many can be made of what is there; None: nobody has said so far how many there are."""
    have = [(there.pool if part.is_pool else there.free).get(part.sku_id) for part in parts]
    known = [max(0, count) // part.pieces for part, count in zip(parts, have, strict=True) if count is not None]
    return min(known) if known and len(known) == len(have) else None


def parts_of(session: Session, item_ids: Iterable[int]) -> dict[int, list[Part]]:
    """By item; one whose code stands for nothing is left out."""
    found: dict[int, list[Part]] = {}
    wanted = select(ChannelItemPart).where(col(ChannelItemPart.item_id).in_(list(item_ids)))
    for row in session.exec(wanted.order_by(col(ChannelItemPart.item_id), col(ChannelItemPart.sku_id))):
        found.setdefault(row.item_id, []).append(Part(row.sku_id, row.pieces, row.is_pool))
    return found


def there_is(session: Session, parts: Iterable[Part]) -> There:
    """As the database has it now."""
    every = list(parts)
    shelf, early = ({part.sku_id for part in every if part.is_pool is is_pool} for is_pool in (False, True))
    available = func.sum(col(StockLevel.on_hand) - col(StockLevel.reserved))
    is_counted = exists().where(col(StockEntry.sku_id) == col(StockLevel.sku_id))
    levels = select(StockLevel.sku_id, available).where(col(StockLevel.sku_id).in_(shelf), is_counted)
    free = {sku_id: int(count) for sku_id, count in session.exec(levels.group_by(col(StockLevel.sku_id)))}
    return There(free, pools(session, early) if early else {})


def add_item(
    session: Session, shop: Shop, code: str, *, item_no: str, sku_no: str, by: str, now: datetime
) -> ChannelItem:
    """The shop sells ``code`` under these numbers of its channel, before any order says so.

    Raises:
        BadInput: the code or both numbers are missing.
        ItemTaken: the shop sells something under these numbers already.
    """
    tidy = clean_no(code, field="code")
    numbers = [clean_text(number, most=64, field=name) for name, number in (("item_no", item_no), ("sku_no", sku_no))]
    if not any(numbers):
        raise BadInput("sku_no: give the channel's number of the item or of its SKU", field="sku_no", problem="missing")
    standing = select(ChannelItem.code).where(
        ChannelItem.shop_id == shop.id,
        ChannelItem.channel_item_no == numbers[0],
        ChannelItem.channel_sku_no == numbers[1],
    )
    if taken := session.exec(standing).first():
        raise ItemTaken(f"{shop.code} sells {taken} under these numbers")
    made = ChannelItem(
        shop_id=shop.id, channel_item_no=numbers[0], channel_sku_no=numbers[1], code=tidy, ordered_at=now
    )
    session.add(made)
    session.flush()
    record(session, ChannelItemAdded(shop.id, made.id, tidy), actor=by, now=now)
    return made


def mark_hot(session: Session, item_id: int, *, is_hot: bool, by: str, now: datetime) -> None:
    """Every change of it is told at once. Safe to repeat. Raises: NotFound."""
    item = item_of(session, item_id)
    if item.is_hot != is_hot:
        item.is_hot = is_hot
        session.add(item)
        record(session, ChannelItemMarked(item.shop_id, item.id, is_hot), actor=by, now=now)


def item_of(session: Session, item_id: int) -> ChannelItem:
    """Locked until the transaction ends. Raises: NotFound."""
    found = find(session, ChannelItem, item_id, lock=True)
    if found is None:
        raise NotFound(f"no channel item has the id {item_id}")
    return found


def put_parts(session: Session, item_id: int, parts: Sequence[Part]) -> None:
    """What one of the item takes from now on."""
    session.exec(delete(ChannelItemPart).where(col(ChannelItemPart.item_id) == item_id))
    rows = [
        ChannelItemPart(item_id=item_id, sku_id=part.sku_id, is_pool=part.is_pool, pieces=part.pieces) for part in parts
    ]
    session.add_all(rows)
    session.flush()
