"""What do the table for returns and the result of an inspection show, as the browser gets it? No money, no buyer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.coming_back import Goods
from orderhub.domain.delivery import deliveries_of
from orderhub.domain.inspection import expected, may_correct, newest_of, pieces_of
from orderhub.domain.order import Order
from orderhub.domain.photo import photos_of
from orderhub.domain.stock import Warehouse
from orderhub.domain.words import AftersaleStatus
from orderhub.insights.inspection import LISTS, ResultRow, ReturnRow, counts, results, return_page
from orderhub.kernel.errors import NotFound
from orderhub.ui.board_rows import exact, unix

PATH = "/returns"
PHOTO_PATH = "/returns/photo"
_SHOWN_GOODS = 4
STATES = ("good", "defect", "missing")


@dataclass
class PieceView:
    """``key`` names the line and the SKU; ``left`` pieces are still to be said."""

    key: str
    code: str
    title: str
    expected: int
    good: int = 0
    defect: int = 0
    missing: int = 0

    @property
    def said(self) -> int:
        return self.good + self.defect + self.missing


@dataclass
class PhotoView:
    id: str
    href: str
    name: str


@dataclass
class PlaceView:
    id: str
    name: str


@dataclass
class BenchTable:
    """What is being inspected; an empty ``id``: nothing. ``left`` pieces are still to be counted."""

    id: str = ""
    number: str = ""
    kind: str = ""
    channel: str = ""
    order_no: str = ""
    goods: list[PieceView] = field(default_factory=list)
    photos: list[PhotoView] = field(default_factory=list)
    places: list[PlaceView] = field(default_factory=list)
    place: str = ""
    note: str = ""
    left: int = 0
    pieces: int = 0
    corrects: bool = False


@dataclass
class ReturnView:
    """A case in a list; ``since`` is unix seconds as text."""

    id: str
    number: str
    kind: str
    channel: str
    order_no: str
    goods: str
    since: str
    since_exact: str
    by: str
    good: str
    defect: str
    missing: str
    photos: str
    href: str
    may_correct: bool


@dataclass
class ListView:
    which: str = AftersaleStatus.RETURNED
    tabs: dict[str, str] = field(default_factory=lambda: dict.fromkeys(LISTS, PATH))
    counts: dict[str, str] = field(default_factory=lambda: dict.fromkeys(LISTS, ""))
    rows: list[ReturnView] = field(default_factory=list)
    has_more: bool = False


@dataclass
class ResultPieceView:
    code: str
    title: str
    expected: str
    good: str
    defect: str
    missing: str


@dataclass
class ResultView:
    """One inspection; the first of a case holds, the others were corrected."""

    turn: str
    by: str
    at: str
    at_exact: str
    place: str
    note: str
    pieces: list[ResultPieceView]


@dataclass
class CaseResultView:
    """Everything about a case's goods; an empty ``id``: no such case."""

    id: str = ""
    results: list[ResultView] = field(default_factory=list)
    photos: list[PhotoView] = field(default_factory=list)


def read_list(given: Mapping[str, str]) -> AftersaleStatus:
    """What an address asks for; what it does not know is the first list."""
    wanted = given.get("list", "")
    return AftersaleStatus(wanted) if wanted in LISTS else LISTS[0]


def list_view(session: Session, which: AftersaleStatus, name: str, now: datetime) -> ListView:
    known = counts(session, now)
    rows, has_more = return_page(session, which, now)
    return ListView(
        which=which,
        tabs={word: PATH if word is LISTS[0] else f"{PATH}?list={word}" for word in LISTS},
        counts={word: f"{known[word]:,}" if known.get(word) else "" for word in LISTS},
        rows=[_row(row, name, now) for row in rows],
        has_more=has_more,
    )


def bench_table(
    session: Session, case_id: int, goods: list[Goods], *, place: str, corrects: bool = False
) -> BenchTable:
    """The case on the table, nothing counted yet; of one to correct what was said before."""
    case = session.get_one(Aftersale, case_id)
    order = session.get_one(Order, case.order_id)
    places = session.exec(select(Warehouse).where(col(Warehouse.id) > 0).order_by(col(Warehouse.rank))).all()
    standing = newest_of(session, case_id) if corrects else None
    before = {(one.line_id, one.sku_id): one for one in pieces_of(session, standing.id)} if standing else {}
    shown = []
    for one in goods:
        view = PieceView(key_of(one), one.code, one.title, one.pieces)
        if was := before.get(one.key):
            view.good, view.defect, view.missing = was.good, was.defect, was.missing
        shown.append(view)
    pieces = sum(one.expected for one in shown)
    return BenchTable(
        id=str(case.id),
        number=number_of_case(case),
        kind=case.kind,
        channel=case.channel,
        order_no=order.channel_order_no,
        goods=shown,
        photos=photo_views(session, case_id),
        places=[PlaceView(str(one.id), one.name) for one in places],
        place=_place(session, order, [str(one.id) for one in places], place),
        note=standing.note if standing else "",
        left=pieces - sum(one.said for one in shown),
        pieces=pieces,
        corrects=corrects,
    )


def goods_on_table(session: Session, case_id: int) -> list[Goods]:
    """Raises: NotFound, and as ``expected``."""
    case = session.get(Aftersale, case_id)
    if case is None:
        raise NotFound(f"no after-sale case has the id {case_id}")
    return expected(session, session.get_one(Order, case.order_id), case)


def key_of(goods: Goods) -> str:
    return f"{goods.line_id}-{goods.sku_id}"


def number_of_case(case: Aftersale) -> str:
    """What the warehouse calls it by: its waybill, or until there is one the channel's number."""
    return case.return_tracking_no or case.channel_refund_no


def photo_views(session: Session, case_id: int) -> list[PhotoView]:
    return [PhotoView(str(one.id), f"{PHOTO_PATH}?id={one.id}", one.name) for one in photos_of(session, case_id)]


def case_result_view(session: Session, case_id: int) -> CaseResultView:
    if session.get(Aftersale, case_id) is None:
        return CaseResultView()
    return CaseResultView(
        str(case_id), [_result(row) for row in results(session, case_id)], photo_views(session, case_id)
    )


def _place(session: Session, order: Order, places: list[str], wanted: str) -> str:
    """The one chosen before, else where the goods left from, else the first."""
    left_from = [str(one.warehouse_id) for one in deliveries_of(session, order.id)]
    return next((one for one in [wanted, *left_from, *places] if one in places), "")


def _row(row: ReturnRow, name: str, now: datetime) -> ReturnView:
    case, done = row.case, row.inspection
    more = " …" if len(row.goods) > _SHOWN_GOODS else ""
    since = done.at if done else case.requested_at
    return ReturnView(
        id=str(case.id),
        number=number_of_case(case),
        kind=case.kind,
        channel=case.channel,
        order_no=row.order_no,
        goods=", ".join(f"{code} ×{count}" for code, count in row.goods[:_SHOWN_GOODS]) + more,
        since=unix(since),
        since_exact=exact(since),
        by=done.by if done else "",
        good=str(row.sums[0]),
        defect=str(row.sums[1]),
        missing=str(row.sums[2]),
        photos=str(row.photos or ""),
        href=f"{PATH}?list={AftersaleStatus.INSPECTED}&case={case.id}",
        may_correct=may_correct(case, done, by=name, now=now),
    )


def _result(row: ResultRow) -> ResultView:
    one = row.inspection
    return ResultView(
        turn=str(one.turn),
        by=one.by,
        at=unix(one.at),
        at_exact=exact(one.at),
        place=row.warehouse,
        note=one.note,
        pieces=[
            ResultPieceView(
                piece.code, piece.title, *(str(n) for n in (piece.expected, piece.good, piece.defect, piece.missing))
            )
            for piece in row.pieces
        ],
    )
