"""What was decided about a line whose goods are short? Nothing, and the order waits for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Session, SQLModel, select

from orderhub.domain.order import OrderEvent, OrderLine
from orderhub.domain.sku import Asked, Wanted
from orderhub.kernel.columns import BigId, Moment, word


class Choice(StrEnum):
    WAIT = "wait"  # 等货: the order leaves when all of it is there
    LATER = "later"  # 先发其余: the rest leaves now, the line in a parcel of its own
    SWAPPED = "swapped"  # 换商品: another SKU goes instead
    REFUND = "refund"  # 退款: it does not leave, the buyer's money goes back


class ShortageChoice(SQLModel, table=True):
    """The last choice for a line. ``sku_id`` and ``quantity`` are what goes instead of a line that is swapped."""

    __tablename__ = "shortage_choice"  # pyright: ignore[reportAssignmentType]

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    line_id: int = Field(primary_key=True, sa_type=BigId)
    choice: Choice = Field(sa_type=word(Choice))
    sku_id: int = Field(default=0, sa_type=BigId)
    quantity: int = Field(default=0, sa_type=BigId)
    note: str = Field(default="", max_length=200)
    by: str = Field(max_length=64)
    at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class ShortageDecided(OrderEvent):
    """``line_nos`` are the channel's numbers of the lines it was decided about."""

    choice: str
    line_nos: tuple[str, ...]


@dataclass(frozen=True)
class Need:
    """What a line of an order wants; ``is_later``: the rest of the order does not wait for it."""

    line: OrderLine
    wanted: Wanted
    is_later: bool


def choices_of(session: Session, order_id: int) -> dict[int, ShortageChoice]:
    """By line id."""
    found = session.exec(select(ShortageChoice).where(ShortageChoice.order_id == order_id))
    return {one.line_id: one for one in found}


def asked_for(line: OrderLine, code: str, chosen: ShortageChoice | None) -> Asked:
    """``code`` is what the line is known by."""
    if chosen and chosen.choice is Choice.SWAPPED:
        return Asked(code, chosen.quantity, chosen.sku_id)
    return Asked(code, line.quantity)


def leaving_now(needs: Sequence[Need], there: Mapping[int, int]) -> list[Need]:
    """What is to be reserved: every line that is not for later, and of those the first that ``there`` suffices for.

    ``there`` is what can be had, by SKU, with what the order holds and what has left with it.
    """
    chosen = [need for need in needs if not need.is_later]
    left = dict(there)
    for need in chosen:
        _take(left, need.wanted.pieces.items())
    for need in needs:
        pieces = need.wanted.pieces
        is_there = not need.wanted.presale and all(left.get(sku_id, 0) >= count for sku_id, count in pieces.items())
        if need.is_later and is_there:
            _take(left, pieces.items())
            chosen.append(need)
    return chosen


def _take(left: dict[int, int], pieces: Iterable[tuple[int, int]]) -> None:
    for sku_id, count in pieces:
        left[sku_id] = left.get(sku_id, 0) - count
