"""How does one import run from its file to its end? Each step may be repeated; none is run twice at once."""

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import structlog
from sqlmodel import Session, select

from orderhub.domain.shop import Rollout, Shop, shop_named
from orderhub.domain.words import Channel
from orderhub.intake.files import imports
from orderhub.intake.files.guess import guessed
from orderhub.intake.files.imports import FileImport, ImportMoved, ImportState, mapping_for, path_of, wrong_path
from orderhub.intake.files.layouts import recognise
from orderhub.intake.files.mapping import FileMapping, fingerprint, named
from orderhub.intake.files.table import Table, opened
from orderhub.intake.files.taking import Report, check_contents, go_through
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound, OrderHubError
from orderhub.kernel.ids import shown_text

_TELL_SECONDS = 0.5
_TURN_SECONDS = 10
_SAMPLE_CELLS = 3
# One at a time: a large file takes a core and some 200 MB.
_turn = threading.Lock()

log = structlog.get_logger()


def preview(mark: str) -> None:
    """Read the file and weigh it; it ends ready, waiting for a mapping, or refused."""
    _start(mark, ImportState.READING)
    carry_on(mark, ImportState.READING)


def take(mark: str) -> None:
    """Take what the preview showed, and whatever has become true since."""
    _start(mark, ImportState.TAKING)
    carry_on(mark, ImportState.TAKING)


def carry_on_beside(mark: str, state: ImportState) -> None:
    """As ``carry_on``, in a thread of its own. One that dies with its process is seen to stand still."""
    threading.Thread(target=carry_on, args=(mark, state), name="file-import", daemon=True).start()


def shop_for(session: Session, code: str, channel: Channel | None) -> Shop:
    """The shop named, or the only one on the channel whose export it is.

    Raises:
        NotFound, BadInput: there is none, or several.
    """
    if code:
        return shop_named(session, code)
    wanted = select(Shop).where(Shop.rollout != Rollout.OFF).order_by(Shop.code)
    shops = list(session.exec(wanted.where(Shop.channel == channel) if channel else wanted))
    if not shops:
        raise NotFound(f"no shop on {channel or 'any channel'}: connect one first")
    if len(shops) > 1:
        said = f"shop: say which of {', '.join(shop.code for shop in shops)}"
        raise BadInput(said, field="shop", problem="file_which_shop")
    return shops[0]


def known_mapping(header: tuple[str, ...]) -> FileMapping | None:
    """What people said of this header, else what the platforms' layouts say."""
    with reading() as session:
        return mapping_for(session, header) or recognise(header)


def _start(mark: str, state: ImportState) -> None:
    with transaction() as session:
        imports.start(session, mark, state, now=utc_now())


def carry_on(mark: str, state: ImportState) -> None:
    """Do what ``imports.start`` allowed, to its end: it says how it went by the import's state."""
    with reading() as session:
        found = imports.import_marked(session, mark)
    with _waited_for(mark):
        try:
            (_taken if state is ImportState.TAKING else _previewed)(found)
        except ImportMoved:
            log.info("import_cancelled", mark=found.id)
        except OrderHubError as error:
            problem = getattr(error, "problem", error.code)
            imports.refuse(mark, ImportState.REFUSED, problem=problem, said=str(error), now=utc_now())
        except Exception as error:
            log.error("import_failed", mark=found.id, error=type(error).__name__, exc_info=True)
            imports.refuse(mark, ImportState.FAILED, problem="failed", said=type(error).__name__, now=utc_now())


@contextmanager
def _waited_for(mark: str) -> Iterator[None]:
    """A turn; who waits for one is not taken for dead."""
    while not _turn.acquire(timeout=_TURN_SECONDS):
        imports.tell(mark, 0, 0, now=utc_now())
    try:
        yield
    finally:
        _turn.release()


def _previewed(found: FileImport) -> None:
    with opened(path_of(found.mark), found.name) as table:
        mapping = known_mapping(table.header)
        if mapping is None or mapping.missing():
            _ask_for_mapping(found, table, mapping)
            return
        shop = _shop(found, mapping)
        report = go_through(table, mapping, shop, utc_now(), take=False, heard=_teller(found.mark))
    _keep_wrong(found, report)
    imports.finish(found.mark, ImportState.READY, report, now=utc_now())


def _taken(found: FileImport) -> None:
    with opened(path_of(found.mark), found.name) as table:
        mapping = known_mapping(table.header)
        if mapping is None:
            raise BadInput("the file's columns are not known", field="file", problem="file_incomplete")
        shop = _shop(found, mapping)
        report = go_through(table, mapping, shop, utc_now(), take=True, heard=_teller(found.mark))
    _keep_wrong(found, report)
    imports.finish(found.mark, ImportState.DONE, report, now=utc_now())
    path_of(found.mark).unlink(missing_ok=True)


def _shop(found: FileImport, mapping: FileMapping) -> Shop:
    check_contents(mapping)
    with transaction() as session:
        row = imports.import_marked(session, found.mark)
        shop = session.get(Shop, row.shop_id) if row.shop_id else shop_for(session, "", mapping.channel)
        if shop is None:
            raise NotFound("the shop is gone")
        row.shop_id = shop.id
        session.add(row)
        return shop


def _ask_for_mapping(found: FileImport, table: Table, known: FileMapping | None) -> None:
    first: list[list[str]] = []

    def kept() -> Iterable[list[str]]:
        for _, cells in table.rows:
            if len(first) < _SAMPLE_CELLS:
                first.append(cells)
            yield cells

    guess = guessed(table.header, kept(), utc_now())
    if known:
        taken = {column.field for column in known.columns} | {column.name for column in known.columns}
        extra = tuple(one for one in guess.columns if one.field not in taken and one.name not in taken)
        guess = replace(guess, columns=known.columns + extra, is_per_row=known.is_per_row)
    open_names = {column.name for column in guess.columns if not column.field.is_personal}
    columns = [
        {
            "name": name,
            "samples": [_shown(cells[place], named(name) in open_names) for cells in first if place < len(cells)],
        }
        for place, name in enumerate(table.header)
        if name
    ]
    with transaction() as session:
        row = imports.import_marked(session, found.mark)
        if row.state is ImportState.CANCELLED:
            return
        row.state, row.header_mark, row.touched_at = ImportState.TO_MAP, fingerprint(table.header), utc_now()
        row.found = {"columns": columns, "guess": guess.written()}
        session.add(row)


def _shown(cell: str, is_open: bool) -> str:  # noqa: FBT001
    """A sample to tell a column by; where it may be a person's, all but its beginning is hidden."""
    text = shown_text(cell, 40)
    return text if is_open else text[:2] + re.sub(r"\w", "*", text[2:])


def _keep_wrong(found: FileImport, report: Report) -> None:
    """The rows that were not taken, as they stand in the file, for whoever corrects them."""
    path = wrong_path(found.mark)
    path.unlink(missing_ok=True)
    if not report.problems:
        return
    problems = {problem.row: problem for problem in report.problems}
    with opened(path_of(found.mark), found.name) as table:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps({"header": table.header}) + "\n")
            for number, cells in table.rows:
                if problem := problems.get(number):
                    told = {"row": number, "problem": problem.problem, "column": problem.column, "cells": cells}
                    file.write(json.dumps(told) + "\n")


def _teller(mark: str) -> Callable[[int, int], None]:
    """Tells at most twice a second."""
    told_at = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _TELL_SECONDS:
            told_at = time.monotonic()
            imports.tell(mark, done, total, now=utc_now())

    return tell
