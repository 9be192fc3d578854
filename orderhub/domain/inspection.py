"""What has come back, and in which state? 验货: each piece of a case is good, defective or missing, said once.

Good pieces go back to the shelf, with a row of the ledger; the others are written down for finance, who decides what
they cost. A code that stands for no SKU is counted and moves no stock.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.aftersale import Aftersale, AftersaleEvent, case_of, restage
from orderhub.domain.box import ScanRefused
from orderhub.domain.coming_back import Goods, goods_of
from orderhub.domain.order import Order
from orderhub.domain.refused_parcel import cases_of, parcels_called, uncovered
from orderhub.domain.sku import has_skus, tidy_code
from orderhub.domain.stock import Cause, Warehouse, adjust
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.columns import BigId, Moment, own_id
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import clean_text

CORRECTED_WITHIN = timedelta(hours=12)  # a shift
NOTHING_COMES = (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleKind.RESEND)
# The goods are the buyer's; a case that ended with the money may have been paid before they came.
STAYS_THEIRS = (AftersaleStatus.WITHDRAWN, AftersaleStatus.REJECTED)
_MOST_SCANNED, _MOST_CASES = 64, 100


class Inspection(SQLModel, table=True):
    """The newest ``turn`` of a case holds; ``warehouse_id`` is 0 where the hub keeps no stock."""

    __table_args__ = (UniqueConstraint("aftersale_id", "turn"), Index("ix_inspection_at", "at", "id"))

    id: int = own_id()
    aftersale_id: int = Field(foreign_key="aftersale.id", sa_type=BigId)
    turn: int
    warehouse_id: int = Field(default=0, sa_type=BigId)
    note: str = Field(default="", max_length=200)
    by: str = Field(max_length=64)
    at: datetime = Field(sa_type=Moment)


class InspectedPiece(SQLModel, table=True):
    """``sku_id`` 0: no SKU of ours; ``code`` and ``title`` are what the goods were called that day."""

    __tablename__ = "inspected_piece"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("inspection_id", "line_id", "sku_id"),
        CheckConstraint("good >= 0 AND defect >= 0 AND missing >= 0", name="none_negative"),
        CheckConstraint("good + defect + missing = expected", name="adds_up"),
    )

    id: int = own_id()
    inspection_id: int = Field(foreign_key="inspection.id", sa_type=BigId)
    line_id: int = Field(sa_type=BigId)
    sku_id: int = Field(default=0, sa_type=BigId)
    code: str = Field(max_length=64)
    title: str = Field(default="", max_length=200)
    expected: int = Field(sa_type=BigId)
    good: int = Field(sa_type=BigId)
    defect: int = Field(sa_type=BigId)
    missing: int = Field(sa_type=BigId)


class UnknownReturn(ScanRefused):
    code = "unknown_return"
    http_status = 404


class AlreadyInspected(ScanRefused):
    code = "already_inspected"


class ReturnGivenUp(ScanRefused):
    code = "return_given_up"


class NothingComesBack(RuleBroken):
    code = "nothing_comes_back"


class NoReturnedGoods(RuleBroken):
    code = "no_returned_goods"


class SumsDiffer(RuleBroken):
    code = "sums_differ"


class NotToCorrect(RuleBroken):
    code = "not_to_correct"


@dataclass(frozen=True)
class GoodsInspected(AftersaleEvent):
    """``turn`` above 1: the same person corrected what they had written."""

    turn: int
    good: int
    defect: int
    missing: int


@dataclass(frozen=True)
class Verdict:
    """Of the pieces of a SKU (0: none of ours) for a line, so many are in each state."""

    line_id: int
    sku_id: int
    good: int = 0
    defect: int = 0
    missing: int = 0

    @property
    def key(self) -> tuple[int, int]:
        return self.line_id, self.sku_id

    @property
    def pieces(self) -> int:
        return self.good + self.defect + self.missing


@dataclass(frozen=True)
class Found:
    """What a waybill brings back: ``cases`` to inspect, oldest first; ``parcels`` of ours that have no case yet."""

    cases: tuple[int, ...] = ()
    parcels: tuple[int, ...] = ()


@dataclass(frozen=True)
class Inspected:
    """``shelved`` pieces went back to the shelf; ``unmatched`` codes stand for no SKU and moved none."""

    inspection: Inspection
    shelved: int
    unmatched: tuple[str, ...]


def find(session: Session, scanned: str) -> Found:
    """What comes back under the scanned waybill: the buyer's, or our own of a parcel that was refused.

    Raises:
        UnknownReturn: nothing is known by it.
        AlreadyInspected: everything of it has been; who did is named.
        ReturnGivenUp: the buyer took the request back, or it was refused.
    """
    said = tidy_code(scanned).replace(" ", "").upper()[:_MOST_SCANNED]
    called = {said, tidy_code(scanned)[:_MOST_SCANNED]} - {""}
    wanted = select(Aftersale).where(col(Aftersale.return_tracking_no).in_(called)).order_by(col(Aftersale.id))
    known = [case for case in session.exec(wanted.limit(_MOST_CASES)) if case.kind not in NOTHING_COMES]
    parcels: list[int] = []
    for parcel in parcels_called(session, said) if said and not known else ():
        known += cases_of(session, parcel)
        parcels += [parcel.id] if uncovered(session, parcel) else []
    waiting = [case.id for case in known if not case.inspected_at and case.status not in STAYS_THEIRS]
    if waiting or parcels:
        return Found(tuple(waiting), tuple(parcels))
    if not known:
        raise UnknownReturn(f"{said}: no return and no parcel of ours has this waybill", scanned=said)
    if done := [case for case in known if case.inspected_at]:
        who = newest_of(session, done[-1].id)
        raise AlreadyInspected(f"{said} has been inspected", scanned=said, by=who.by if who else "")
    raise ReturnGivenUp(f"{said}: its case is {known[-1].status}; ask customer service", scanned=said)


def inspect(
    session: Session,
    case_id: int,
    verdicts: Sequence[Verdict],
    *,
    warehouse_id: int,
    note: str = "",
    by: str,
    now: datetime,
    corrects: bool = False,
) -> Inspected:
    """Write down what came back; ``corrects`` lets whoever did so say it anew within ``CORRECTED_WITHIN``.

    Raises:
        NotFound: there is no such case.
        NothingComesBack, ReturnGivenUp, NoReturnedGoods: there is nothing of it to inspect.
        AlreadyInspected: it has been; who did is named. NotToCorrect: it is another's, too old, or decided upon.
        SumsDiffer: some goods are not said or said twice, or good, defective and missing are not what is expected.
        BadInput: no warehouse for what goes back to the shelf, or an unreadable note.
        NotEnough: a correction wants pieces from the shelf that orders have taken meanwhile.
    """
    order, case = case_of(session, case_id)
    standing = newest_of(session, case_id)
    if corrects:
        _check_may_correct(case, standing, by=by, now=now)
    elif case.inspected_at:
        name = case.return_tracking_no or case.channel_refund_no
        raise AlreadyInspected(f"{name} has been inspected", scanned=name, by=standing.by if standing else "")
    goods = expected(session, order, case)
    _check_sums(goods, verdicts)
    made = Inspection(
        aftersale_id=case_id,
        turn=standing.turn + 1 if standing else 1,
        warehouse_id=standing.warehouse_id if standing else warehouse_id,
        note=clean_text(note, most=200, field="note"),
        by=by,
        at=now,
    )
    before = _good_of(pieces_of(session, standing.id)) if standing else Counter()
    session.add(made)
    session.flush()
    pieces = [_piece(made, one, _said(verdicts, one)) for one in goods]
    session.add_all(pieces)
    shelved = _shelve(session, order, made, before, _good_of(pieces), by=by, now=now)
    case.inspected_at = now
    sums = [sum(getattr(piece, state) for piece in pieces) for state in ("good", "defect", "missing")]
    record(session, GoodsInspected(case.id, case.order_id, made.turn, *sums), actor=by, now=now)
    restage(session, case, by=by, now=now)
    session.flush()
    is_kept = has_skus(session)
    unmatched = sorted({piece.code for piece in pieces if is_kept and piece.good and not piece.sku_id})
    return Inspected(made, shelved, tuple(unmatched))


def expected(session: Session, order: Order, case: Aftersale) -> list[Goods]:
    """What is to be said of the case's goods.

    Raises:
        NothingComesBack, ReturnGivenUp, NoReturnedGoods: there is nothing of it to inspect.
    """
    if case.kind in NOTHING_COMES:
        raise NothingComesBack(f"{case.channel_refund_no} is {case.kind}: no goods come back")
    if case.status in STAYS_THEIRS:
        raise ReturnGivenUp(f"{case.channel_refund_no} is {case.status}", scanned=case.channel_refund_no)
    goods = goods_of(session, order, case)
    if not goods:
        raise NoReturnedGoods(f"{case.channel_refund_no} names no line that is known")
    return goods


def newest_of(session: Session, case_id: int) -> Inspection | None:
    """The one that holds."""
    wanted = select(Inspection).where(Inspection.aftersale_id == case_id).order_by(col(Inspection.turn).desc())
    return session.exec(wanted.limit(1)).first()


def pieces_of(session: Session, inspection_id: int) -> list[InspectedPiece]:
    wanted = select(InspectedPiece).where(InspectedPiece.inspection_id == inspection_id)
    return list(session.exec(wanted.order_by(col(InspectedPiece.line_id), col(InspectedPiece.sku_id))))


def may_correct(case: Aftersale, standing: Inspection | None, *, by: str, now: datetime) -> bool:
    """Whoever wrote it, within their shift, while nobody has decided upon it."""
    is_theirs = standing is not None and standing.by == by and now - standing.at <= CORRECTED_WITHIN
    return is_theirs and not case.approved_at and case.status not in (AftersaleStatus.CLOSED, *STAYS_THEIRS)


def _check_may_correct(case: Aftersale, standing: Inspection | None, *, by: str, now: datetime) -> None:
    if not may_correct(case, standing, by=by, now=now):
        raise NotToCorrect(f"{case.channel_refund_no}: only whoever inspected it, in the same shift, before it is paid")


def _check_sums(goods: Sequence[Goods], verdicts: Sequence[Verdict]) -> None:
    said = Counter(one.key for one in verdicts)
    for one in goods:
        verdict = _said(verdicts, one)
        is_whole = verdict.pieces == one.pieces and min(verdict.good, verdict.defect, verdict.missing) >= 0
        if said.pop(one.key, 0) != 1 or not is_whole:
            raise SumsDiffer(
                f"{one.code}: {one.pieces} expected, {verdict.pieces} said", code=one.code, expected=str(one.pieces)
            )
    if said:
        raise BadInput("verdicts: of goods that are not the case's", field="verdicts", problem="verdict_unknown")


def _said(verdicts: Sequence[Verdict], goods: Goods) -> Verdict:
    return next((one for one in verdicts if one.key == goods.key), Verdict(*goods.key))


def _piece(inspection: Inspection, goods: Goods, verdict: Verdict) -> InspectedPiece:
    return InspectedPiece(
        inspection_id=inspection.id,
        line_id=goods.line_id,
        sku_id=goods.sku_id,
        code=goods.code,
        title=goods.title[:200],
        expected=goods.pieces,
        good=verdict.good,
        defect=verdict.defect,
        missing=verdict.missing,
    )


def _good_of(pieces: Sequence[InspectedPiece]) -> Counter[int]:
    found: Counter[int] = Counter()
    for piece in pieces:
        if piece.sku_id:
            found[piece.sku_id] += piece.good
    return found


def _shelve(
    session: Session,
    order: Order,
    inspection: Inspection,
    before: Counter[int],
    good: Counter[int],
    *,
    by: str,
    now: datetime,
) -> int:
    """Bring the shelf from what was ``before`` said to be good to what is; in SKU order. Returns the pieces."""
    changes = {sku_id: good[sku_id] - before[sku_id] for sku_id in sorted(good | before)}
    changes = {sku_id: change for sku_id, change in changes.items() if change}
    warehouse = session.get(Warehouse, inspection.warehouse_id) if inspection.warehouse_id > 0 else None
    if warehouse is None:
        if changes or inspection.warehouse_id:
            raise BadInput("warehouse: choose where the goods are", field="warehouse", problem="no_return_warehouse")
        return 0
    reason = f"case {inspection.aftersale_id}"
    for sku_id, change in changes.items():
        adjust(
            session, sku_id, warehouse, change, reason=reason, by=by, now=now, cause=Cause.RETURNED, order_id=order.id
        )
    return sum(changes.values())
