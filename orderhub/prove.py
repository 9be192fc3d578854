"""Can more be sold than there is? Real buyers race on this database for scratch goods that are taken away afterwards.

What is scratch has an id below zero: buyers, SKUs and the warehouse; nothing else of the hub sees or counts them.
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from orderhub.domain.reservation import Reservation, reserve
from orderhub.domain.sku import Sku, SkuPart, explode
from orderhub.domain.stock import Cause, Change, StockEntry, StockLevel, Warehouse, enter, move
from orderhub.insights.stock import checked
from orderhub.kernel.audit_proof import AuditProof, prove_audit
from orderhub.kernel.db import database, reading, transaction
from orderhub.kernel.errors import SetupError
from orderhub.prove_assignment import AssignmentProof, prove_assignment
from orderhub.prove_closure import ClosureProof, prove_closure
from orderhub.prove_privacy import PrivacyProof, prove_privacy
from orderhub.prove_refunds import RefundProof, prove_refunds
from orderhub.prove_reports import ReportProof, prove_reports
from orderhub.prove_tracks import TrackProof, prove_tracks

_BY = "prove"
_THREADS = 8
_TRIES = 3


@dataclass(frozen=True)
class Race:
    """What every buyer wants: ``lines`` (code, quantity) of SKUs of which there are ``stock`` pieces."""

    name: str
    lines: tuple[tuple[str, int], ...]
    stock: dict[str, int]
    bundles: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Proof:
    """``held``: buyers who hold all they want; ``pieces``: what is reserved in all."""

    name: str
    buyers: int
    units: int
    held: int
    pieces: int
    expected_pieces: int
    drifts: int
    seconds: float

    @property
    def is_sound(self) -> bool:
        return self.held == min(self.buyers, self.units) and self.pieces == self.expected_pieces and not self.drifts

    def __str__(self) -> str:
        books = "ledger = counters" if not self.drifts else f"{self.drifts} levels disagree with the ledger"
        race = f"{self.name}: {self.buyers} buyers, enough for {self.units}"
        end = "" if self.is_sound else "  WRONG"
        return f"{race}: {self.held} hold theirs ({self.pieces} pieces), {books}, {self.seconds:.1f} s{end}"


AnyProof = Proof | RefundProof | ClosureProof | TrackProof | AssignmentProof | AuditProof | PrivacyProof | ReportProof


def proofs_of(
    what: str,
    *,
    buyers: int,
    units: int,
    orders: int,
    processes: int,
    parcels: int,
    speed: float,
    also: Sequence[Path],
    now: datetime,
) -> Iterator[AnyProof]:
    if what == "audit":
        yield prove_audit(now)
    elif what == "closure":
        yield from prove_closure(now)
    elif what == "reports":
        yield from prove_reports(now)
    elif what == "assignment":
        yield from prove_assignment(now)
    elif what == "privacy":
        yield prove_privacy(also)
    elif what == "tracks":
        yield prove_tracks(parcels=parcels, speed=speed, now=now)
    elif what == "refunds":
        yield prove_refunds(orders=orders, processes=processes, now=now)
    else:
        yield from prove_oversell(buyers=buyers, units=units, processes=processes, now=now)


def prove_oversell(*, buyers: int, units: int, processes: int, now: datetime) -> Iterator[Proof]:
    """Two races, each buyer asking twice: for one piece, and for two bundles that share a part.

    Raises:
        SetupError: several processes on SQLite, which one process writes.
    """
    if processes > 1 and database().embedded:
        raise SetupError("SQLite is written by one process: leave --processes away, or set ORDERHUB_DATABASE_URL")
    mark = secrets.token_hex(4)
    a, b, c, one, two = (f"PROVE-{mark}-{name}" for name in ("A", "B", "C", "SET-1", "SET-2"))
    bundles = {one: {a: 2, b: 1}, two: {a: 1, c: 1}}
    # Of the shared part A there is enough for `units` and a bit: it alone decides.
    shared = {a: 3 * units + 2, b: buyers + units, c: buyers + units}
    yield _run(Race("one SKU", ((a, 1),), {a: units}, {}), buyers, units, processes, now)
    yield _run(Race("two bundles sharing a part", ((one, 1), (two, 1)), shared, bundles), buyers, units, processes, now)


def _run(race: Race, buyers: int, units: int, processes: int, now: datetime) -> Proof:
    last = -1 - secrets.randbelow(1 << 40) * 1_000
    order_ids = range(last - buyers, last)
    with _goods(race, last, now) as sku_ids:
        start = time.monotonic()
        _compete(race, order_ids, processes, now)
        seconds = time.monotonic() - start
        with reading() as session:
            each = sum(explode(session, 0, race.lines).pieces.values())
            mine = select(func.count(col(Reservation.order_id).distinct()), func.sum(Reservation.quantity))
            held, pieces = session.exec(mine.where(col(Reservation.sku_id).in_(sku_ids))).one()
            drifts = len(checked(session, sku_ids=sku_ids).drifts)
    expected = each * min(buyers, units)
    return Proof(race.name, buyers, units, held, int(pieces or 0), expected, drifts, seconds)


def _compete(race: Race, order_ids: Sequence[int], processes: int, now: datetime) -> None:
    """Everybody at once; each comes a second time, as a buyer's message does."""
    turns = [order_id for order_id in order_ids for _ in range(2)]
    if processes == 1:
        _buy_all(race.lines, now, turns)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(partial(_buy_all, race.lines, now), [turns[part::processes] for part in range(processes)]))


def _buy_all(lines: Sequence[tuple[str, int]], now: datetime, turns: Sequence[int]) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(partial(_buy, lines, now), turns))


def _buy(lines: Sequence[tuple[str, int]], now: datetime, order_id: int) -> None:
    """A buyer's two messages may come at the same moment; the one that is overtaken is tried again, as in the inbox."""
    for _ in range(_TRIES):
        with suppress(IntegrityError), transaction() as session:
            reserve(session, order_id, explode(session, 0, lines).pieces, by=_BY, now=now)
            return


@contextmanager
def _goods(race: Race, last: int, now: datetime) -> Iterator[list[int]]:
    """The race's SKUs in a warehouse of their own, for the time of the block."""
    codes = sorted({*race.stock, *race.bundles})
    ids = {code: last - place for place, code in enumerate(codes)}
    try:
        with transaction() as session:
            session.add(Warehouse(id=last, code=f"prove{last}"[:32], name=_BY, created_at=now))
            session.add_all([Sku(id=ids[code], code=code, created_at=now) for code in codes])
            session.flush()
            session.add_all([StockLevel(sku_id=ids[code], warehouse_id=last, counted_at=now) for code in race.stock])
            for bundle, parts in race.bundles.items():
                session.add_all(
                    [SkuPart(sku_id=ids[bundle], part_id=ids[part], quantity=count) for part, count in parts.items()]
                )
            session.flush()
            changes = [Change(ids[code], last, on_hand=pieces) for code, pieces in race.stock.items() if pieces]
            if changes:
                move(session, changes)
                enter(session, changes, Cause.IMPORTED, by=_BY, now=now)
        yield [*ids.values()]
    finally:
        _take_away([*ids.values()], last)


def _take_away(sku_ids: list[int], warehouse_id: int) -> None:
    with transaction() as session:
        for table in (Reservation, StockEntry, StockLevel, SkuPart):
            session.connection().execute(delete(table).where(col(table.sku_id).in_(sku_ids)))
        session.connection().execute(delete(Sku).where(col(Sku.id).in_(sku_ids)))
        session.connection().execute(delete(Warehouse).where(col(Warehouse.id) == warehouse_id))
