"""Has the past been changed? Rows that were committed are sealed in blocks, each under the one before.

Ids are no order to chain by: PostgreSQL commits them as transactions end, and what is rolled back leaves a gap. So a
block says which ids it seals; a lower id that is committed later stands in a later block, for as long as its gap is
kept open. What is in no block, though the chain has passed it, was put in behind its back (kernel/audit_proof.py).
"""

import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import structlog
from sqlalchemy import Index, Table, and_, false, func, or_, true
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, LargeBinary, Session, SQLModel, col, select

from orderhub.kernel.append_only import append_only
from orderhub.kernel.columns import BigId, Json, Moment
from orderhub.kernel.db import database, reading, transaction
from orderhub.kernel.secrets import derived
from orderhub.kernel.settings import settings

BLOCK_ROWS = 5_000
GAP_KEPT = timedelta(minutes=10)  # far longer than a transaction may last
MARK_BYTES = 8
HEAD_HASH = 32  # so many hex digits of a block's hash stand in the file
HEAD_FILE = "audit.head"
_FIRST = "0" * 64

Span = tuple[int, int]  # the first and the last of some ids in a row
Gap = tuple[int, int, int]  # a span that is missing, and the second since when it is


class AuditBlock(SQLModel, table=True):
    """Seals rows of the table ``source``: those of ``spans``. ``reach`` is the highest id the chain has passed there.

    ``marks`` are eight bytes a row, so that a broken one can be named; ``hash`` covers the block before, everything
    here and every row.
    """

    __tablename__ = "audit_block"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_audit_block_source", "source", "number"),)

    number: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    source: str = Field(max_length=32)
    reach: int = Field(sa_type=BigId)
    rows: int
    spans: list[list[int]] = Field(sa_type=Json)
    gaps: list[list[int]] = Field(default_factory=list, sa_type=Json)
    marks: bytes = Field(sa_type=LargeBinary)
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)
    sealed_at: datetime = Field(sa_type=Moment)


append_only(AuditBlock)

_sources: dict[str, Table] = {}


def sealed_by_chain(table: type[SQLModel]) -> None:
    """Say once that the rows of ``table``, which only grows, are sealed."""
    append_only(table)
    _sources[str(table.__tablename__)] = SQLModel.metadata.tables[str(table.__tablename__)]


def sources() -> dict[str, Table]:
    return dict(_sources)


@dataclass(frozen=True)
class Row:
    """A row as it is sealed: the same bytes on every database."""

    id: int
    body: bytes

    def mark(self, key: bytes) -> bytes:
        return blake2b(self.body, key=key, digest_size=MARK_BYTES).digest()


def rows_of(session: Session, source: str, wanted: Any, *, limit: int | None = None) -> list[Row]:
    """In order of their ids. Core, not mapped: whose eyes look means nothing here."""
    table = _sources[source]
    names = [column.name for column in table.columns]
    found = session.connection().execute(select_columns(table).where(wanted).order_by(table.c.id).limit(limit))
    return [Row(row[0], canonical(names, row)) for row in found]


_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str).encode


def canonical(names: Sequence[str], values: Iterable[Any]) -> bytes:
    """JSON with sorted names, moments in UTC to the microsecond; what is empty is left out.

    So a column that comes later, empty in old rows, breaks no block.
    """
    said = {}
    for name, value in zip(names, values, strict=True):
        if value is None or value == "":
            continue
        is_moment = isinstance(value, datetime)
        said[name] = value.astimezone(UTC).isoformat(timespec="microseconds") if is_moment else value
    return _encode(said).encode()


def hash_of(block: AuditBlock, rows: Iterable[Row], key: bytes) -> str:
    """HMAC-SHA256 over the block before, what the block says of itself, and every row in order of its id."""
    said = {
        "number": block.number,
        "source": block.source,
        "reach": block.reach,
        "rows": block.rows,
        "spans": block.spans,
        "gaps": block.gaps,
        "sealed_at": block.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    made = hmac.new(key, block.previous.encode() + b"\n" + _encode(said).encode() + b"\n" + block.marks, "sha256")
    for row in rows:
        made.update(row.body + b"\n")
    return made.hexdigest()


def seal_all(now: datetime) -> int:
    """Seal whatever waits; how many rows. Safe to repeat, and in several processes at once."""
    sealed = 0
    for source in _sources:
        while part := seal_next(source, now):
            sealed += part
    return sealed


def seal_next(source: str, now: datetime) -> int:
    """Seal one block of ``source``; how many rows. 0: nothing waits, or another process was first."""
    with reading() as session:
        block = _next_block(session, source, now)
    if block is None:
        return 0
    try:
        with transaction() as session:
            session.add(block)
    except IntegrityError:
        return 0
    _write_head(block)
    return block.rows


def key() -> bytes:
    return derived("audit")


def last_block(session: Session, source: str | None = None) -> AuditBlock | None:
    wanted = select(AuditBlock).order_by(col(AuditBlock.number).desc()).limit(1)
    return session.exec(wanted if source is None else wanted.where(AuditBlock.source == source)).one_or_none()


def waiting(session: Session) -> tuple[int, datetime | None]:
    """How many rows are in no block yet, and the moment of the oldest."""
    count, oldest = 0, None
    for source, table in _sources.items():
        last = last_block(session, source)
        asked = select_columns(func.count(), func.min(table.c.at)).where(table.c.id > (last.reach if last else 0))
        more, since = session.connection().execute(asked).one()
        count += more
        oldest = min(since, oldest) if since and oldest else since or oldest
    return count, oldest


def in_spans(table: Table, spans: Iterable[Sequence[int]]) -> Any:
    return or_(false(), *[and_(table.c.id >= first, table.c.id <= last) for first, last, *_ in spans])


def spans_of(ids: Iterable[int]) -> list[list[int]]:
    """``ids``, ascending, as spans."""
    found: list[list[int]] = []
    for one in ids:
        if found and found[-1][1] == one - 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return found


def _next_block(session: Session, source: str, now: datetime) -> AuditBlock | None:
    before, last = last_block(session, source), last_block(session)
    reach = before.reach if before else 0
    open_gaps: list[Gap] = [(first, end, since) for first, end, since in before.gaps] if before else []
    kept = [gap for gap in open_gaps if now.timestamp() - gap[2] < GAP_KEPT.total_seconds()]
    table = _sources[source]
    wanted = or_(table.c.id > reach, in_spans(table, kept)) if before else true()
    rows = rows_of(session, source, wanted, limit=BLOCK_ROWS)
    if not rows:
        return None
    ids = [row.id for row in rows]
    seal_key = key()
    block = AuditBlock(
        number=last.number + 1 if last else 1,
        source=source,
        reach=max(reach, ids[-1]),
        rows=len(rows),
        spans=spans_of(ids),
        gaps=[] if database().embedded else _gaps(kept, reach, ids, now),
        marks=b"".join(row.mark(seal_key) for row in rows),
        previous=last.hash if last else _FIRST,
        hash="",
        sealed_at=now,
    )
    block.hash = hash_of(block, rows, seal_key)
    return block


def _gaps(kept: Iterable[Gap], reach: int, ids: Sequence[int], now: datetime) -> list[list[int]]:
    """What is missing after ``ids`` were sealed: what of the old gaps is left, and the new ones since now."""
    left = [[first, last, gap[2]] for gap in kept for first, last in _without((gap[0], gap[1]), ids)]
    fresh = _without((reach + 1, ids[-1]), ids) if ids[-1] > reach else []
    return left + [[first, last, int(now.timestamp())] for first, last in fresh]


def _without(span: Span, ids: Sequence[int]) -> list[Span]:
    """The parts of ``span`` that are none of ``ids``, which ascend."""
    found, start = [], span[0]
    for one in ids:
        if span[0] <= one <= span[1]:
            if one > start:
                found.append((start, one - 1))
            start = one + 1
    return [*found, (start, span[1])] if start <= span[1] else found


def _write_head(block: AuditBlock) -> None:
    """A line outside the database for every block: an older copy of the database cannot know it."""
    path = settings().data_dir / HEAD_FILE
    line = f"{block.number} {block.hash[:HEAD_HASH]} {block.sealed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="ascii") as file:
            file.write(line)
    except OSError as error:
        structlog.get_logger().error("audit_head_not_written", block=block.number, error=type(error).__name__)
