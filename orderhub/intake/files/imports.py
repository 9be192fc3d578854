"""Which files were imported, by whom, and how far has each come? The file itself is kept for a day, then forgotten."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from sqlmodel import Field, Session, SQLModel, col, select, update

from orderhub.intake.files.mapping import FileMapping, checked, fingerprint, read_mapping
from orderhub.intake.files.taking import Report
from orderhub.intake.files.weighing import Effect
from orderhub.kernel.columns import BigId, Json, Moment, own_id, word
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import digest, shown_text
from orderhub.kernel.settings import settings
from orderhub.kernel.sight import in_sight

KEPT_FOR = timedelta(hours=24)
STALLED_AFTER = timedelta(minutes=2)
_SHOWN_PROBLEMS = 50


class ImportState(StrEnum):
    WAITING = "waiting"  # received; nobody has looked into it
    READING = "reading"
    TO_MAP = "to_map"  # nobody knows its columns yet
    READY = "ready"  # previewed; nothing is taken yet
    TAKING = "taking"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


_MOVING = (ImportState.READING, ImportState.TAKING)
_BEFORE = {
    ImportState.READING: (
        ImportState.WAITING,
        ImportState.TO_MAP,
        ImportState.READY,
        ImportState.REFUSED,
        ImportState.FAILED,
    ),
    ImportState.TAKING: (ImportState.READY,),
}


class FileImport(SQLModel, table=True):
    """``mark`` names it in addresses and on disk; ``done`` of ``total`` numbers are through; ``found`` is JSON for the
    page: samples, the first problems, the guess. No buyer's data stands in any of it."""

    __tablename__ = "file_import"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    mark: str = Field(max_length=64, unique=True)
    shop_id: int | None = Field(default=None, foreign_key="shop.id", sa_type=BigId)
    name: str = Field(max_length=200)
    size: int = Field(sa_type=BigId)
    by: str = Field(max_length=64)
    state: ImportState = Field(default=ImportState.WAITING, sa_type=word(ImportState))
    problem: str = Field(default="", max_length=64)
    said: str = Field(default="", max_length=500)
    layout: str = Field(default="", max_length=64)
    header_mark: str = Field(default="", max_length=64)
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    wrong: int = 0
    done: int = 0
    total: int = 0
    found: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(sa_type=Moment, index=True)
    touched_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def is_moving(self) -> bool:
        return self.state in _MOVING

    def is_stalled(self, now: datetime) -> bool:
        """Its process died: it may be started again."""
        return self.is_moving and now - self.touched_at > STALLED_AFTER


class KnownHeader(SQLModel, table=True):
    """What people said a header's columns are; ``mark`` is the header's fingerprint."""

    __tablename__ = "known_header"  # pyright: ignore[reportAssignmentType]

    mark: str = Field(primary_key=True, max_length=64)
    mapping: dict[str, Any] = Field(sa_type=Json)
    by: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class ImportEvent(Happening):
    subject_type: ClassVar[str] = "import"


@dataclass(frozen=True)
class FileImported(ImportEvent):
    layout: str
    rows: int
    new: int
    changed: int
    same: int
    wrong: int


@dataclass(frozen=True)
class HeaderMapped(ImportEvent):
    header_mark: str


class ImportMoved(RuleBroken):
    code = "import_moved"


def receive(session: Session, source: Path, name: str, *, shop_id: int | None, by: str, now: datetime) -> FileImport:
    """Keep the file at ``source`` for an import. The file is moved."""
    mark = secrets.token_urlsafe(24)
    path = path_of(mark)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.move(source, path)
    os.chmod(path, 0o600)  # noqa: PTH101  (a buyer's name may stand in it)
    row = FileImport(
        mark=mark,
        shop_id=shop_id,
        name=shown_text(Path(name.replace("\\", "/")).name, 200) or "file",
        size=path.stat().st_size,
        by=by,
        created_at=now,
        touched_at=now,
    )
    session.add(row)
    session.flush()
    return row


def import_marked(session: Session, mark: str) -> FileImport:
    found = session.exec(in_sight(select(FileImport).where(FileImport.mark == mark))).one_or_none()
    if not found:
        raise NotFound("no such import")
    return found


def recent(session: Session, limit: int = 20) -> list[FileImport]:
    """Newest first."""
    return list(session.exec(select(FileImport).order_by(col(FileImport.id).desc()).limit(limit)))


def mapping_for(session: Session, header: tuple[str, ...]) -> FileMapping | None:
    """What people said of this header before."""
    known = session.get(KnownHeader, fingerprint(header))
    return read_mapping(known.mapping) if known else None


def remember(session: Session, found: FileImport, mapping: FileMapping, *, by: str, now: datetime) -> None:
    """Keep what the columns of this file's header are, for it and for the next one.

    Raises:
        BadInput: a field that an order needs has no column.
    """
    mark = found.header_mark
    session.merge(KnownHeader(mark=mark, mapping=checked(mapping).written(), by=by, changed_at=now))
    record(session, HeaderMapped(found.id, mark[:16]), actor=by, now=now)


def start(session: Session, mark: str, state: ImportState, *, now: datetime) -> FileImport:
    """Move an import to ``READING`` or ``TAKING``: who comes second, or too late, is refused.

    Raises:
        ImportMoved: it is being read or taken already, or has ended.
        BadInput: its file is forgotten.
    """
    found = import_marked(session, mark)
    may_begin = col(FileImport.state).in_(_BEFORE[state])
    if state is ImportState.READING:
        may_begin |= col(FileImport.state).in_(_MOVING) & (col(FileImport.touched_at) < now - STALLED_AFTER)
    wanted = update(FileImport).where(col(FileImport.mark) == mark, may_begin)
    if not session.exec(wanted.values(state=state, touched_at=now, done=0, problem="", said="")).rowcount:
        raise ImportMoved(f"{found.name}: it is {found.state} already")
    if not path_of(mark).exists():
        raise BadInput(f"{found.name}: the file is not kept any more", field="file", problem="file_forgotten")
    session.refresh(found)
    return found


def tell(mark: str, done: int, total: int, *, now: datetime) -> None:
    """How far it is.

    Raises:
        ImportMoved: somebody cancelled it.
    """
    with transaction() as session:
        wanted = update(FileImport).where(col(FileImport.mark) == mark, col(FileImport.state).in_(_MOVING))
        if not session.exec(wanted.values(done=done, total=total, touched_at=now)).rowcount:
            raise ImportMoved("the import was cancelled")


def cancel(session: Session, mark: str, *, now: datetime) -> None:
    """What has been taken stays; the rest is not."""
    found = import_marked(session, mark)
    if found.state not in (ImportState.DONE, ImportState.REFUSED):
        found.state, found.ended_at = ImportState.CANCELLED, now
        session.add(found)
        path_of(mark).unlink(missing_ok=True)


def finish(mark: str, state: ImportState, report: Report, *, now: datetime) -> None:
    with transaction() as session:
        found = import_marked(session, mark)
        if found.state is ImportState.CANCELLED:
            return
        found.state, found.touched_at = state, now
        found.layout, found.rows, found.wrong = report.layout, report.rows, len(report.problems)
        found.new, found.changed, found.same = (report.counts[effect] for effect in Effect)
        found.total = found.done = sum(report.counts.values())
        found.found = {
            "contents": str(report.contents),
            "samples": [asdict(sample) for sample in report.samples],
            "problems": [asdict(problem) for problem in report.problems[:_SHOWN_PROBLEMS]],
        }
        if state is ImportState.DONE:
            found.ended_at = now
            counts = (found.new, found.changed, found.same, found.wrong)
            record(session, FileImported(found.id, found.layout, found.rows, *counts), actor=found.by, now=now)
        session.add(found)


def refuse(mark: str, state: ImportState, *, problem: str, said: str, now: datetime) -> None:
    with transaction() as session:
        found = import_marked(session, mark)
        if found.state is not ImportState.CANCELLED:
            found.state, found.problem, found.said = state, problem[:64], shown_text(said, 500)
            found.ended_at = found.touched_at = now
            session.add(found)


def path_of(mark: str) -> Path:
    return _folder() / digest(mark)[:32]


def wrong_path(mark: str) -> Path:
    return _folder() / f"{digest(mark)[:32]}.wrong"


def wrong_rows(mark: str) -> Iterator[dict[str, Any]]:
    """Header first, then every row that was not taken: its number, problem, column and cells as they were."""
    path = wrong_path(mark)
    if not path.exists():
        raise NotFound("these rows are not kept any more")
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def forget_files(now: datetime) -> int:
    """Delete what was uploaded more than a day ago; returns how many files."""
    gone = 0
    for path in _folder().glob("*") if _folder().exists() else ():
        if now.timestamp() - path.stat().st_mtime > KEPT_FOR.total_seconds():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _folder() -> Path:
    return settings().data_dir / "imports"
