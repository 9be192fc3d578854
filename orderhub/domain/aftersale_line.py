"""Which lines does a case mean, and how much of its money is each line's? To the fen, so that reports may add it up."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, delete, select

from orderhub.domain.order import Order, OrderLine
from orderhub.domain.order_stock import every_line, numbers_of
from orderhub.kernel.columns import BigId, own_id
from orderhub.kernel.money import share_fen


class CaseLike(Protocol):
    """What of an after-sale case is needed here (``domain/aftersale.py`` imports this file)."""

    id: int
    channel_line_no: str
    amount_fen: int


class AftersaleLine(SQLModel, table=True):
    """``quantity`` pieces of the order's line go back (a bundle counts as one); ``amount_fen`` is its share."""

    __tablename__ = "aftersale_line"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("aftersale_id", "line_id"),
        CheckConstraint("quantity > 0", name="some"),
    )

    id: int = own_id()
    aftersale_id: int = Field(foreign_key="aftersale.id", sa_type=BigId)
    line_id: int = Field(sa_type=BigId)
    quantity: int = Field(sa_type=BigId)
    amount_fen: int = Field(sa_type=BigId)


def lines_of(session: Session, case_id: int) -> list[AftersaleLine]:
    wanted = select(AftersaleLine).where(AftersaleLine.aftersale_id == case_id)
    return list(session.exec(wanted.order_by(col(AftersaleLine.line_id))))


def keep_lines(session: Session, order: Order, case: CaseLike, *, pieces: dict[int, int] | None = None) -> None:
    """Write down which lines ``case`` means, its amount shared among them by what each is worth.

    ``pieces`` by line id where somebody said so; else all of the lines its channel names. What stands is kept while
    lines and amount are the same.
    """
    meant = [line for line in every_line(session, order) if _is_meant(line, case, pieces)]
    wanted = [(line, pieces[line.id] if pieces else line.quantity) for line in meant]
    shares = share_fen(case.amount_fen, _weights(wanted)) if wanted else []
    rows = [(line.id, count, share) for (line, count), share in zip(wanted, shares, strict=True)]
    standing = lines_of(session, case.id)
    if [(one.line_id, one.quantity, one.amount_fen) for one in standing] == rows:
        return
    if standing:
        session.exec(delete(AftersaleLine).where(col(AftersaleLine.aftersale_id) == case.id))
    session.add_all(
        AftersaleLine(aftersale_id=case.id, line_id=line_id, quantity=count, amount_fen=share)
        for line_id, count, share in rows
    )


def _is_meant(line: OrderLine, case: CaseLike, pieces: dict[int, int] | None) -> bool:
    return line.id in pieces if pieces else case.channel_line_no in numbers_of(line)


def _weights(wanted: Sequence[tuple[OrderLine, int]]) -> list[int]:
    """By value; lines that cost nothing share by pieces."""
    values = [line.total_fen * count // line.quantity for line, count in wanted]
    return values if any(values) else [count for _, count in wanted]
