"""How is a table taken away from a page? Written to a file row by row, then sent; the log says who took how much."""

import tempfile
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from pathlib import Path

from sqlmodel import Session
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from orderhub.access.acting import acting, check_permission, check_proof
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.intake.files.workbook import Cell, Format, Paper, write_table
from orderhub.intake.pausing import DOWNLOADS
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.level import check_goes_on, check_may_write
from orderhub.kernel.sight import FieldGroup, sees
from orderhub.kernel.veil import without_amounts
from orderhub.ui.words import tr

_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True)
class Asked:
    what: str
    form: Format
    lang: str
    address: str


@dataclass(frozen=True)
class Given:
    what: str
    form: str
    rows: int


@dataclass(frozen=True)
class Download:
    """``name`` begins the file's name, ``title`` and ``names`` are messages; ``rows`` reads them one by one.

    ``happened`` is what the log is told of it; columns named in ``groups`` are only for who may see such fields.
    """

    name: str
    title: str
    names: Sequence[str]
    rows: Callable[[Session], Iterator[list[Cell]]]
    permission: Permission
    happened: Callable[[Given], Happening]
    groups: Mapping[str, FieldGroup] = field(default_factory=dict)

    @property
    def shown(self) -> list[bool]:
        """Of each column, whether it is for whoever takes the table away."""
        return [name not in self.groups or sees(self.groups[name]) for name in self.names]


def asked_of(request: Request, known: Container[str], *, default: str) -> Asked:
    """What an address wants; what it cannot mean is ``default`` as CSV."""
    what, form = request.query_params.get("what", ""), request.query_params.get("format", "")
    return Asked(
        what if what in known else default,
        Format.XLSX if form == Format.XLSX else Format.CSV,
        "en" if request.cookies.get("oh_lang") == "en" else "zh",
        request.url.query[:500],
    )


async def give(made: Download, asked: Asked, user: Signed) -> Response:
    """The file, once the log knows of it. Raises: Postponed, ReadOnly: not at this level of pressure."""
    now = utc_now()
    name = f"{made.name}-{asked.what}-{shanghai_text(now, '%Y%m%d-%H%M')}.{asked.form}"
    return await give_file(lambda: _written(made, asked, user, now), name, asked.form.media_type)


async def give_file(write: Callable[[], Path], name: str, media_type: str, *, is_shown: bool = False) -> Response:
    """What ``write`` has written, taken away once it is sent; ``is_shown``: in the browser's own viewer.

    Raises: Postponed, ReadOnly: not at this level of pressure.
    """
    check_may_write()
    check_goes_on(*DOWNLOADS)
    path = await run_in_threadpool(write)
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'{"inline" if is_shown else "attachment"}; filename="{name}"',
        "content-length": str(path.stat().st_size),
    }
    # Not a FileResponse: the server would open the path itself, perhaps after it has been taken away.
    return StreamingResponse(
        _pieces(path),
        media_type=media_type,
        headers=headers,
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


def written(
    user: Signed, permission: Permission, suffix: str, fill: Callable[[Path], Happening], now: datetime
) -> Path:
    """A file that ``fill`` writes for ``user``, and the log told what it returns; nothing stays where it fails."""
    check_permission(user, permission)
    check_proof(user)
    with tempfile.NamedTemporaryFile(suffix=f".{suffix}", delete=False) as file:
        path = Path(file.name)
    try:
        happening = fill(path)
        # Read before and recorded here: nobody's writing waits for a long table.
        with acting(user, permission) as session:
            record(session, happening, actor=user.name, now=now)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def shown_rows(made: Download, session: Session) -> Iterator[list[Cell]]:
    shown = made.shown
    for row in made.rows(session):
        yield [without_amounts(cell) if isinstance(cell, str) else cell for cell in compress(row, shown)]


def paper_of(made: Download, asked: Asked, user: Signed, now: datetime) -> Paper:
    return Paper(
        title=tr(asked.lang, made.title),
        names=[tr(asked.lang, name) for name in compress(made.names, made.shown)],
        about=tr(asked.lang, "download_about"),
        said=[
            tr(asked.lang, "settlement_exported", who=user.name, when=shanghai_text(now)),
            tr(asked.lang, "download_asked", query=asked.address),
        ],
        by=user.name,
        made_at=now,
    )


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _written(made: Download, asked: Asked, user: Signed, now: datetime) -> Path:
    def fill(path: Path) -> Happening:
        with reading() as session:
            count = write_table(path, asked.form, paper_of(made, asked, user, now), shown_rows(made, session))
        return made.happened(Given(asked.what, asked.form, count))

    return written(user, made.permission, asked.form, fill, now)
