"""What have the days that are over added to each report? Snapshots, which are counted anew whenever a day changes."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from orderhub.domain.words import Channel
from orderhub.insights.reports.tally import Tallied
from orderhub.kernel.columns import BigId, Json, Moment, word

# As ``places``: of every warehouse and of none; it names no warehouse, so it is in no narrowed sight.
EVERYWHERE = "*"


class Span(StrEnum):
    DAY = "day"
    MONTH = "month"


class ReportCell(SQLModel, table=True):
    """A tally (``tally.py``) of one shop's day or month, in Shanghai; ``places`` are the warehouses concerned.

    Told apart by all the warehouses an order concerns, so that whoever sees some of them counts none twice. For whoever
    sees all, and asks of none, there is the sum of them as well: at ``EVERYWHERE``.
    """

    __tablename__ = "report_cell"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("ix_report_cell_sums", "report", "span", "begins_on", "shop_id", "places", "channel", "count", "fen"),
    )

    report: Tallied = Field(primary_key=True, sa_type=word(Tallied))
    span: Span = Field(primary_key=True, sa_type=word(Span))
    begins_on: date = Field(primary_key=True)
    shop_id: int = Field(primary_key=True, sa_type=BigId)
    places: str = Field(primary_key=True, max_length=200)
    channel: Channel = Field(sa_type=word(Channel))
    count: int = Field(sa_type=BigId)
    fen: int = Field(sa_type=BigId)
    parts: dict[str, int] = Field(default_factory=dict, sa_type=Json)


class ReportCounted(SQLModel, table=True):
    """The cells of this day or month stand; what has no row is counted live."""

    __tablename__ = "report_counted"  # pyright: ignore[reportAssignmentType]

    span: Span = Field(primary_key=True, sa_type=word(Span))
    begins_on: date = Field(primary_key=True)
    counted_at: datetime = Field(sa_type=Moment)


class ReportMark(SQLModel, table=True):
    """One row: what changed before ``seen_until`` is in the cells."""

    __tablename__ = "report_mark"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=1, primary_key=True)
    seen_until: datetime = Field(sa_type=Moment)
