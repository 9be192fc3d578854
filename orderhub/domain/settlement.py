"""What do payment services and platforms say they moved? A book for each source, account and day; rows are only added.

A statement is closed once: its sums then stand still, and what comes later stands beside them as corrections.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Date, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from orderhub.kernel.columns import BigId, Json, Moment, own_id, word
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import Happening, Was

_LIVE = text("is_live")
_OPEN = text("resolved_at IS NULL")
_NAMELESS = text("order_no = ''")


class StatementSource(StrEnum):
    """Whose account of the money it is."""

    WECHAT_PAY = "wechat_pay"
    WECHAT_FUNDS = "wechat_funds"
    ALIPAY = "alipay"
    TAOBAO = "taobao"
    JD = "jd"
    JD_WALLET = "jd_wallet"
    PINDUODUO = "pinduoduo"
    DOUYIN = "douyin"
    DOUYIN_INSURANCE = "douyin_insurance"
    YOUZAN = "youzan"

    @property
    def is_by_day(self) -> bool:
        """A bill holds all of its day, and money stands on the day it moved: what is not in it is missing."""
        return self is StatementSource.WECHAT_PAY


class LineKind(StrEnum):
    RECEIPT = "receipt"
    REFUND = "refund"
    FEE = "fee"
    WITHDRAWAL = "withdrawal"
    OTHER = "other"


class DifferenceCause(StrEnum):
    MISSING_ORDER = "missing_order"  # money moved for an order that is not here
    MISSING_RECEIPT = "missing_receipt"  # we say money moved, its day's bill does not
    AMOUNT = "amount"
    FEE = "fee"
    TIMING = "timing"  # the right amount, on another day
    DUPLICATE = "duplicate"


class StatementFile(SQLModel, table=True):
    """A file or a pulled bill, taken once; ``sums`` are its own, known to agree with its lines."""

    __tablename__ = "statement_file"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("source", "account", "content_digest"),)

    id: int = own_id()
    source: StatementSource = Field(sa_type=word(StatementSource))
    account: str = Field(max_length=64)
    content_digest: str = Field(max_length=64)
    name: str = Field(max_length=200)
    lines: int = 0
    sums: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    by: str = Field(max_length=64)
    taken_at: datetime = Field(sa_type=Moment)


class Statement(SQLModel, table=True):
    """One day of one account. ``account`` is the merchant number at WeChat Pay, else the code of the shop.

    The sums are those of the lines, refunds and withdrawals below zero, ``fees_fen`` what the fees cost; from
    ``closed_at`` on they stand still, and ``corrections`` lines that came later make ``corrected_fen`` together.
    """

    __table_args__ = (UniqueConstraint("source", "account", "day"),)

    id: int = own_id()
    source: StatementSource = Field(sa_type=word(StatementSource))
    account: str = Field(max_length=64)
    day: date = Field(sa_type=Date, index=True)  # type: ignore[call-overload]
    lines: int = 0
    receipts_fen: int = Field(default=0, sa_type=BigId)
    refunds_fen: int = Field(default=0, sa_type=BigId)
    fees_fen: int = Field(default=0, sa_type=BigId)
    other_fen: int = Field(default=0, sa_type=BigId)
    corrections: int = 0
    corrected_fen: int = Field(default=0, sa_type=BigId)
    open_at_close: int = 0
    taken_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    closed_by: str = Field(default="", max_length=64)


class StatementLine(SQLModel, table=True):
    """One movement. ``amount_fen`` is what it was for, below zero where money left; ``fee_fen`` what it cost, of
    ``fee_base_fen`` where that is not all of it.

    ``is_live`` is false for a line that a later bill of its day no longer holds, and for the line that takes it back.
    ``word`` is the source's own for what it is; nothing of a buyer is kept.
    """

    __tablename__ = "statement_line"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("uq_statement_line_live", "statement_id", "key", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_statement_line_order_no", "order_no", "statement_id"),
        Index("ix_statement_line_nameless", "entry_no", sqlite_where=_NAMELESS, postgresql_where=_NAMELESS),
    )

    id: int = own_id()
    statement_id: int = Field(foreign_key="statement.id", sa_type=BigId)
    file_id: int = Field(foreign_key="statement_file.id", sa_type=BigId)
    key: str = Field(max_length=64)
    kind: LineKind = Field(sa_type=word(LineKind))
    order_no: str = Field(default="", max_length=64)
    refund_no: str = Field(default="", max_length=64)
    entry_no: str = Field(default="", max_length=64)
    amount_fen: int = Field(sa_type=BigId)
    fee_fen: int = Field(default=0, sa_type=BigId)
    fee_base_fen: int | None = Field(default=None, sa_type=BigId)
    rate_ppm: int | None = None
    word: str = Field(default="", max_length=64)
    moved_at: datetime = Field(sa_type=Moment)
    is_live: bool = True
    is_correction: bool = False


class Difference(SQLModel, table=True):
    """What a statement and our books do not agree on: ``said_fen`` is theirs, ``ours_fen`` is ours.

    ``key`` tells it apart within its account; a difference found again is the same one, and keeps its age.
    ``line_id`` is None for money that no bill shows.
    """

    __tablename__ = "settlement_difference"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("source", "account", "key"),
        Index("ix_settlement_difference_open", "found_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_settlement_difference_order_no", "order_no"),
    )

    id: int = own_id()
    source: StatementSource = Field(sa_type=word(StatementSource))
    account: str = Field(max_length=64)
    key: str = Field(max_length=64)
    statement_id: int = Field(foreign_key="statement.id", sa_type=BigId, index=True)
    line_id: int | None = Field(default=None, foreign_key="statement_line.id", sa_type=BigId)
    order_id: int | None = Field(default=None, foreign_key="orders.id", sa_type=BigId)
    cause: DifferenceCause = Field(sa_type=word(DifferenceCause))
    kind: LineKind = Field(sa_type=word(LineKind))
    order_no: str = Field(default="", max_length=64)
    refund_no: str = Field(default="", max_length=64)
    said_fen: int = Field(default=0, sa_type=BigId)
    ours_fen: int = Field(default=0, sa_type=BigId)
    found_at: datetime = Field(sa_type=Moment)
    resolved_at: datetime | None = Field(default=None, sa_type=Moment)
    resolved_by: str = Field(default="", max_length=64)
    reason: str = Field(default="", max_length=200)

    @property
    def gap_fen(self) -> int:
        return self.said_fen - self.ours_fen


class FeeRate(SQLModel, table=True):
    """What a source is expected to take of a receipt, in millionths: 6000 is 0.6 %."""

    __tablename__ = "fee_rate"  # pyright: ignore[reportAssignmentType]

    source: StatementSource = Field(sa_type=word(StatementSource), primary_key=True)
    rate_ppm: int


class DayClosed(RuleBroken):
    code = "day_closed"


class DayNotOver(RuleBroken):
    code = "day_not_over"


class DifferenceResolved(RuleBroken):
    code = "difference_resolved"


@dataclass(frozen=True)
class StatementTaken(Happening):
    """``lines`` of the file were new; ``opened`` differences were found by it and ``resolved`` ones are over."""

    subject_type: ClassVar[str] = "statement_file"
    source: str
    account: str
    lines: int
    opened: int
    resolved: int


@dataclass(frozen=True)
class StatementsMatched(Happening):
    """Open differences of the statement were looked at again."""

    subject_type: ClassVar[str] = "statement"
    opened: int
    resolved: int


@dataclass(frozen=True)
class StatementClosed(Happening):
    subject_type: ClassVar[str] = "statement"
    receipts_fen: int
    refunds_fen: int
    fees_fen: int


@dataclass(frozen=True)
class DifferenceSettled(Happening):
    subject_type: ClassVar[str] = "difference"
    reason: str


@dataclass(frozen=True)
class FeeRateSet(Happening):
    subject_type: ClassVar[str] = "fee_rate"
    source: str
    rate_ppm: int | None
    was: Was | None = None


@dataclass(frozen=True)
class SettlementExported(Happening):
    """Somebody took ``rows`` of ``what`` away as a file: days, differences or the lines of a day."""

    subject_type: ClassVar[str] = "settlement"
    what: str
    form: str
    rows: int
