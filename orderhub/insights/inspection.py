"""Which returns does the warehouse wait for, which are on their way, and what has it inspected today?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.inspection import InspectedPiece, Inspection
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.order_stock import line_code
from orderhub.domain.photo import Photo
from orderhub.domain.stock import Warehouse
from orderhub.domain.words import AftersaleStatus
from orderhub.kernel.clock import business_day, day_start

PAGE = 100
LISTS = (AftersaleStatus.RETURNED, AftersaleStatus.AWAITING_RETURN, AftersaleStatus.INSPECTED)


@dataclass(frozen=True)
class ReturnRow:
    """``goods`` are (code, pieces). ``inspection`` is the one that holds, with the sums of its states; else None."""

    case: Aftersale
    order_no: str
    goods: tuple[tuple[str, int], ...]
    photos: int = 0
    inspection: Inspection | None = None
    sums: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True)
class ResultRow:
    """An inspection with its pieces and its warehouse's name."""

    inspection: Inspection
    warehouse: str
    pieces: tuple[InspectedPiece, ...]


def counts(session: Session, now: datetime) -> dict[AftersaleStatus, int]:
    """How many cases are in each list."""
    wanted = select(Aftersale.stage, func.count()).where(col(Aftersale.stage).in_(LISTS[:2]))
    found = {AftersaleStatus(stage): count for stage, count in session.exec(wanted.group_by(col(Aftersale.stage)))}
    today = select(func.count()).select_from(Inspection).where(Inspection.at >= _today(now), Inspection.turn == 1)
    return {**found, AftersaleStatus.INSPECTED: session.exec(today).one()}


def return_page(session: Session, which: AftersaleStatus, now: datetime) -> tuple[list[ReturnRow], bool]:
    """The list's first cases and whether there are more: oldest first, those of today newest first."""
    if which is AftersaleStatus.INSPECTED:
        return _inspected_today(session, now)
    wanted = select(Aftersale, Order.channel_order_no).join(Order, col(Order.id) == Aftersale.order_id)
    wanted = wanted.where(Aftersale.stage == which).order_by(col(Aftersale.requested_at), col(Aftersale.id))
    found = list(session.exec(wanted.limit(PAGE + 1)).all())
    goods = _goods(session, [case.id for case, _ in found[:PAGE]])
    rows = [ReturnRow(case, number, tuple(goods[case.id])) for case, number in found[:PAGE]]
    return rows, len(found) > PAGE


def results(session: Session, case_id: int) -> list[ResultRow]:
    """What was said of a case's goods; the one that holds first."""
    wanted = select(Inspection).where(Inspection.aftersale_id == case_id).order_by(col(Inspection.turn).desc())
    found = list(session.exec(wanted.limit(PAGE)))
    names = {place.id: place.name for place in session.exec(select(Warehouse))}
    pieces = _pieces(session, [one.id for one in found])
    return [ResultRow(one, names.get(one.warehouse_id, ""), tuple(pieces[one.id])) for one in found]


def _inspected_today(session: Session, now: datetime) -> tuple[list[ReturnRow], bool]:
    newest = select(func.max(Inspection.id)).group_by(col(Inspection.aftersale_id))
    wanted = (
        select(Inspection, Aftersale, Order.channel_order_no)
        .join(Aftersale, col(Aftersale.id) == Inspection.aftersale_id)
        .join(Order, col(Order.id) == Aftersale.order_id)
        .where(Inspection.at >= _today(now), col(Inspection.id).in_(newest))
        .order_by(col(Inspection.at).desc(), col(Inspection.id).desc())
    )
    found = list(session.exec(wanted.limit(PAGE + 1)).all())
    shown = found[:PAGE]
    pieces = _pieces(session, [one.id for one, _, _ in shown])
    photos = _photo_counts(session, [case.id for _, case, _ in shown])
    rows = [
        ReturnRow(
            case,
            number,
            tuple((piece.code, piece.expected) for piece in pieces[one.id]),
            photos.get(case.id, 0),
            one,
            _sums(pieces[one.id]),
        )
        for one, case, number in shown
    ]
    return rows, len(found) > PAGE


def _sums(pieces: Sequence[InspectedPiece]) -> tuple[int, int, int]:
    return sum(one.good for one in pieces), sum(one.defect for one in pieces), sum(one.missing for one in pieces)


def _goods(session: Session, case_ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    wanted = (
        select(AftersaleLine.aftersale_id, AftersaleLine.quantity, OrderLine)
        .join(OrderLine, col(OrderLine.id) == AftersaleLine.line_id)
        .where(col(AftersaleLine.aftersale_id).in_(case_ids))
        .order_by(col(AftersaleLine.line_id))
    )
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for case_id, quantity, line in session.exec(wanted):
        found[case_id].append((line_code(line), quantity))
    return found


def _pieces(session: Session, inspection_ids: Sequence[int]) -> dict[int, list[InspectedPiece]]:
    wanted = select(InspectedPiece).where(col(InspectedPiece.inspection_id).in_(inspection_ids))
    found: dict[int, list[InspectedPiece]] = defaultdict(list)
    for piece in session.exec(wanted.order_by(col(InspectedPiece.line_id), col(InspectedPiece.sku_id))):
        found[piece.inspection_id].append(piece)
    return found


def _photo_counts(session: Session, case_ids: Sequence[int]) -> dict[int, int]:
    wanted = select(Photo.aftersale_id, func.count()).where(col(Photo.aftersale_id).in_(case_ids))
    return dict(session.exec(wanted.group_by(col(Photo.aftersale_id))).all())


def _today(now: datetime) -> datetime:
    return day_start(business_day(now))
