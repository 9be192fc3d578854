"""Does every row still stand as it was sealed? Block by block, row by row, against the file outside the database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from orderhub.kernel.audit_chain import (
    HEAD_FILE,
    HEAD_HASH,
    MARK_BYTES,
    AuditBlock,
    Row,
    hash_of,
    key,
    last_block,
    rows_of,
    sources,
    waiting,
)
from orderhub.kernel.db import reading
from orderhub.kernel.settings import settings

MOST_FINDINGS = 20
STANDS_STILL = timedelta(minutes=15)
_AT_ONCE = 20_000  # rows that are read and held at a time
_BLOCKS_AT_ONCE = 500
_FIRST = "0" * 64

Progress = Callable[[int, int], None]  # rows that were looked at, of how many


@dataclass
class AuditProof:
    """``findings`` name what is broken, the first one first; after the twentieth nobody counts."""

    blocks: int = 0
    rows: int = 0
    waits: int = 0
    head: str = ""
    findings: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.findings

    def __str__(self) -> str:
        found = f"{self.rows:,} rows in {self.blocks:,} blocks, {self.waits:,} rows wait for theirs"
        if self.is_sound:
            return f"{found}; every one as it was sealed (head {self.head or 'none yet'})"
        return "\n".join([found, *self.findings, "WRONG"])

    def find(self, finding: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


def prove_audit(now: datetime, progress: Progress | None = None) -> AuditProof:
    """Reads only, beside a running hub."""
    proof, head = AuditProof(), _Head(settings().data_dir / HEAD_FILE)
    walks = {source: _Walk(source, proof) for source in sources()}
    with reading() as session:
        total = session.exec(select(func.coalesce(func.sum(AuditBlock.rows), 0))).one()
        before = _FIRST
        for part in _parts(session):
            for block in part:
                _check_place(proof, block, before)
                head.check(proof, block)
                before = block.hash
            for source, walk in walks.items():
                walk.check(session, [block for block in part if block.source == source])
            if progress:
                progress(proof.rows, total)
        for walk in walks.values():
            walk.end()
        head.end(proof)
        _check_waiting(session, proof, now)
        last = last_block(session)
    proof.head = f"{last.number} {last.hash[:HEAD_HASH]}" if last else ""
    return proof


def _parts(session: Session) -> Iterator[list[AuditBlock]]:
    """Blocks in their order, of so many rows at a time."""
    after = 0
    while True:
        wanted = select(AuditBlock).where(col(AuditBlock.number) > after).order_by(col(AuditBlock.number))
        found = list(session.exec(wanted.limit(_BLOCKS_AT_ONCE)))
        if not found:
            return
        part, rows = [], 0
        for block in found:
            part.append(block)
            rows += block.rows
            if rows >= _AT_ONCE:
                yield part
                part, rows = [], 0
        if part:
            yield part
        after = found[-1].number
        session.expunge_all()


def _check_place(proof: AuditProof, block: AuditBlock, before: str) -> None:
    proof.blocks += 1
    if block.number != proof.blocks:
        proof.find(f"block {proof.blocks} is missing: {block.number} follows")
        proof.blocks = block.number
    elif block.previous != before:
        proof.find(f"block {block.number} does not follow the block before it")


class _Walk:
    """Through the rows of one table, as far as its blocks reach."""

    def __init__(self, source: str, proof: AuditProof) -> None:
        self._source, self._table = source, sources()[source]
        self._proof, self._key = proof, key()
        self._reach: int | None = None
        self._gaps: list[list[int]] = []
        self._strays: set[int] = set()

    def check(self, session: Session, blocks: list[AuditBlock]) -> None:
        if not blocks:
            return
        try:
            rows = self._read(session, blocks)
        except (ValueError, TypeError) as error:  # a moment, a word or a body that none of ours wrote
            self._proof.find(f"{self._source} up to {self._reach} holds what cannot be read: {error}")
            return
        for block in blocks:
            self._check_block(block, [rows.pop(one) for one in _ids(block) if one in rows])
            self._strays.difference_update(_ids(block) if self._strays else ())
            self._gaps = block.gaps
        self._strays.update(rows)

    def end(self) -> None:
        """What lies where the chain has passed, in no block and in no gap that is still open."""
        for one in sorted(self._strays):
            if not any(first <= one <= last for first, last, _ in self._gaps):
                self._proof.find(f"{self._source} {one} was inserted behind the chain")

    def _read(self, session: Session, blocks: list[AuditBlock]) -> dict[int, Row]:
        """Everything between the reach so far and that of the last block, and what was sealed late."""
        table, before, reach = self._table, self._reach, max(block.reach for block in blocks)
        here = table.c.id <= reach
        if before is not None:
            late = [one for block in blocks for first, _ in block.spans if first <= before for one in _ids(block)]
            here = or_(and_(table.c.id > before, here), table.c.id.in_([one for one in late if one <= before]))
        self._reach = reach
        return {row.id: row for row in rows_of(session, self._source, here)}

    def _check_block(self, block: AuditBlock, rows: list[Row]) -> None:
        self._proof.rows += len(rows)
        if hash_of(block, rows, self._key) == block.hash:
            return
        broken = list(self._broken(block, rows))
        for finding in broken:
            self._proof.find(f"{finding} (block {block.number})")
        if not broken:
            self._proof.find(f"block {block.number} was changed itself, or sealed with another key")

    def _broken(self, block: AuditBlock, rows: list[Row]) -> Iterator[str]:
        standing = {row.id: row for row in rows}
        for place, one in enumerate(_ids(block)):
            mark = block.marks[place * MARK_BYTES : (place + 1) * MARK_BYTES]
            if one not in standing:
                yield f"{self._source} {one} was removed"
            elif standing[one].mark(self._key) != mark:
                yield f"{self._source} {one} was changed"


def _ids(block: AuditBlock) -> Iterator[int]:
    for first, last in block.spans:
        yield from range(first, last + 1)


class _Head:
    """The lines outside the database, in step with the blocks."""

    def __init__(self, path: Path) -> None:
        self._path, self._lines = path, _lines(path)
        self._next = next(self._lines, None)

    def check(self, proof: AuditProof, block: AuditBlock) -> None:
        if block.number == 1 and not self._path.exists():
            proof.find(f"{self._path.name} is missing: nothing outside the database knows the chain")
        while self._next and self._next[0] <= block.number:
            number, said = self._next
            if number == block.number and said != block.hash[:HEAD_HASH]:
                proof.find(f"block {number} is another one than {self._path.name} knows")
            self._next = next(self._lines, None)

    def end(self, proof: AuditProof) -> None:
        if self._next:
            number = max([self._next[0], *(number for number, _ in self._lines)])
            proof.find(f"blocks {proof.blocks + 1} to {number} are gone: {self._path.name} knows them (an older copy?)")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    if path.exists():
        with path.open(encoding="ascii", errors="replace") as file:
            for line in file:
                number, _, rest = line.partition(" ")
                if number.isdigit():
                    yield int(number), rest.partition(" ")[0]


def _check_waiting(session: Session, proof: AuditProof, now: datetime) -> None:
    proof.waits, oldest = waiting(session)
    last = last_block(session)
    is_late = oldest is not None and now - oldest > STANDS_STILL
    if is_late and (last is None or now - last.sealed_at > STANDS_STILL):
        proof.find(f"{proof.waits} rows wait to be sealed for more than 15 minutes: is the hub running?")
