"""Which cases wait, by when does each channel decide alone, and what has to be known to answer one?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, tuple_
from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_life import ENDED, OPEN
from orderhub.domain.aftersale_line import AftersaleLine, lines_of
from orderhub.domain.order import Order
from orderhub.domain.refund_answer import RefundAnswer, answers_of, is_late, left_fen
from orderhub.domain.refund_reason import OwnReason, ReasonKind, ReasonWord, folded
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.insights.keyset import Place, Stretch, read_cursor, write_cursor
from orderhub.insights.order_card import OrderCard, order_card
from orderhub.insights.reports.behind_service import CasesBehind
from orderhub.kernel.errors import NotFound

PAGE_SIZE = 50
MOST_OTHERS = 20
_MOST_WORDS = 200


class CaseTab(StrEnum):
    """Beside the stages, each of which is a tab of its own."""

    OPEN = "open"
    LATE = "late"
    ALL = "all"


@dataclass(frozen=True)
class CaseQuery:
    """``tab`` is a ``CaseTab`` or a stage; ``text`` begins a number, or, without digits, stands in the reason;
    ``behind`` is a figure of a report.
    """

    tab: str = CaseTab.OPEN
    kinds: tuple[AftersaleKind, ...] = ()
    channels: tuple[Channel, ...] = ()
    shops: tuple[str, ...] = ()
    reasons: tuple[ReasonKind, ...] = ()
    text: str = ""
    behind: CasesBehind | None = None
    cursor: str = ""


@dataclass(frozen=True)
class CaseRow:
    case: Aftersale
    order_no: str
    shop_name: str
    own_reason: str
    is_late: bool


@dataclass(frozen=True)
class CasePage:
    """``next_cursor`` is empty at the end."""

    rows: tuple[CaseRow, ...]
    next_cursor: str


@dataclass(frozen=True)
class OtherCase:
    case: Aftersale
    order_no: str


@dataclass(frozen=True)
class CaseCard:
    """``lines`` are this case's; ``left_fen`` is what may still go back; ``others`` are of the same buyer.

    Nothing of the receiver stands in what the page shows of ``card``: those who only decide about money see it too.
    """

    case: Aftersale
    card: OrderCard
    lines: tuple[AftersaleLine, ...]
    answers: tuple[RefundAnswer, ...]
    others: tuple[OtherCase, ...]
    own_reason: str
    left_fen: int
    is_late: bool


@dataclass(frozen=True)
class UnsaidReason:
    word: ReasonWord
    cases: int


def case_page(session: Session, query: CaseQuery, now: datetime) -> CasePage:
    """Open ones by their deadline, those without one after them; over ones newest first.

    Raises:
        BadInput: the cursor is not of this list.
    """
    way = _way(query)
    mark = f"aftersale {query.tab}"
    start = read_cursor(query.cursor, way, mark=mark)[0] if query.cursor else None
    conditions = [_of_tab(query.tab, now), *_narrowed(session, query)]
    places: list[Place] = []
    for index in range(start[0] if start else 0, len(way)):
        after = start if start and start[0] == index else None
        places += _places(session, way[index], index, conditions, after, limit=PAGE_SIZE + 1 - len(places))
        if len(places) > PAGE_SIZE:
            break
    shown = places[:PAGE_SIZE]
    is_more = len(places) > PAGE_SIZE
    return CasePage(
        _rows(session, [place[2] for place in shown], now),
        write_cursor(shown[-1], mark=mark, is_backwards=False) if is_more else "",
    )


def case_counts(session: Session, query: CaseQuery, now: datetime) -> dict[str, int]:
    """By tab, whatever tab is looked at."""
    is_past = and_(col(Aftersale.deadline) <= now, col(Aftersale.status).not_in(ENDED))
    wanted = select(Aftersale.stage, func.count(), func.count(1).filter(is_past)).where(*_narrowed(session, query))
    found = session.exec(wanted.group_by(col(Aftersale.stage))).all()
    by_stage = {AftersaleStatus(stage): count for stage, count, _ in found}
    return {
        CaseTab.OPEN: sum(count for stage, count in by_stage.items() if stage in OPEN),
        CaseTab.LATE: sum(late for _, _, late in found),
        CaseTab.ALL: sum(by_stage.values()),
        **{stage: by_stage.get(stage, 0) for stage in AftersaleStatus},
    }


def case_card(session: Session, case_id: int, now: datetime) -> CaseCard:
    """Raises: NotFound: there is no such case."""
    case = session.get(Aftersale, case_id)
    if case is None:
        raise NotFound(f"no after-sale case has the id {case_id}")
    card = order_card(session, case.order_id, now)
    own = session.get(OwnReason, case.own_reason_id) if case.own_reason_id else None
    return CaseCard(
        case=case,
        card=card,
        lines=tuple(lines_of(session, case.id)),
        answers=tuple(answers_of(session, case.id)),
        others=_others(session, case, card.order),
        own_reason=own.name if own else "",
        left_fen=left_fen(session, card.order, without=case),
        is_late=is_late(case, now),
    )


def unsaid(session: Session) -> tuple[UnsaidReason, ...]:
    """Words nobody has said the meaning of, most cases first; the 200 that wait longest."""
    wanted = select(ReasonWord).where(col(ReasonWord.kind).is_(None)).order_by(col(ReasonWord.id)).limit(_MOST_WORDS)
    words = session.exec(wanted).all()
    counted: dict[tuple[Channel, str], int] = {}
    if words:
        is_other = Aftersale.reason_kind == ReasonKind.OTHER, Aftersale.reason != ""
        spelled = select(Aftersale.channel, Aftersale.reason, func.count()).where(*is_other)
        for channel, reason, count in session.exec(spelled.group_by(col(Aftersale.channel), col(Aftersale.reason))):
            key = Channel(channel), folded(reason)
            counted[key] = counted.get(key, 0) + count
    rows = [UnsaidReason(one, counted.get((one.channel, one.words), 0)) for one in words]
    return tuple(sorted(rows, key=lambda row: (-row.cases, row.word.id)))


def _way(query: CaseQuery) -> list[Stretch]:
    deadline = col(Aftersale.deadline)
    if _is_over(query.tab):
        return [Stretch((), deadline, is_descending=True, is_null=True)]  # by id alone, newest first
    dated = Stretch((), deadline, is_descending=False)
    return [dated] if query.tab == CaseTab.LATE else [dated, Stretch((), deadline, is_descending=False, is_null=True)]


def _is_over(tab: str) -> bool:
    return tab == CaseTab.ALL or tab in ENDED


def _of_tab(tab: str, now: datetime) -> ColumnElement[bool]:
    stage = col(Aftersale.stage)
    if tab == CaseTab.ALL:
        return col(Aftersale.id) > 0
    if tab == CaseTab.LATE:
        return and_(stage.in_(OPEN), col(Aftersale.status).not_in(ENDED), col(Aftersale.deadline) <= now)
    return stage.in_(OPEN) if tab == CaseTab.OPEN else stage == tab


def _narrowed(session: Session, query: CaseQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, words in (
        (col(Aftersale.kind), query.kinds),
        (col(Aftersale.channel), query.channels),
        (col(Aftersale.reason_kind), query.reasons),
    ):
        if words:
            conditions.append(column.in_(words))
    if query.shops:
        ids = session.exec(select(Shop.id).where(col(Shop.code).in_(query.shops))).all()
        conditions.append(col(Aftersale.shop_id).in_(ids))
    if query.text:
        conditions.append(_says(query.text))
    if query.behind:
        conditions += query.behind.conditions(session)
    return conditions


def _says(text: str) -> ColumnElement[bool]:
    """A number that begins so, of the case, its order or its parcel back; else words of the buyer's reason."""
    if not (text.isascii() and any(character.isdigit() for character in text)):
        return col(Aftersale.reason).contains(text, autoescape=True)
    order_no = select(Order.channel_order_no).where(Order.id == Aftersale.order_id).scalar_subquery()
    return or_(
        col(Aftersale.channel_refund_no).startswith(text, autoescape=True),
        col(Aftersale.return_tracking_no).startswith(text, autoescape=True),
        order_no.startswith(text, autoescape=True),
    )


def _places(
    session: Session,
    stretch: Stretch,
    index: int,
    conditions: Sequence[ColumnElement[bool]],
    after: Place | None,
    *,
    limit: int,
) -> list[Place]:
    deadline, case_id = col(Aftersale.deadline), col(Aftersale.id)
    wanted: Any = select(case_id, deadline).where(*conditions).limit(limit)
    if stretch.is_null and stretch.is_descending:
        wanted = wanted.order_by(case_id.desc())
        wanted = wanted.where(case_id < after[2]) if after else wanted
    elif stretch.is_null:
        wanted = wanted.where(deadline.is_(None)).order_by(case_id)
        wanted = wanted.where(case_id > after[2]) if after else wanted
    else:
        wanted = wanted.where(deadline.is_not(None)).order_by(deadline, case_id)
        wanted = wanted.where(tuple_(deadline, case_id) > (after[1], after[2])) if after else wanted
    return [(index, None if stretch.is_null else at, found) for found, at in session.exec(wanted)]


def _rows(session: Session, ids: Sequence[int], now: datetime) -> tuple[CaseRow, ...]:
    wanted = (
        select(Aftersale, Order.channel_order_no, Shop.name, OwnReason.name)
        .join(Order, col(Order.id) == Aftersale.order_id)
        .join(Shop, col(Shop.id) == Aftersale.shop_id)
        .join(OwnReason, col(OwnReason.id) == Aftersale.own_reason_id, isouter=True)
        .where(col(Aftersale.id).in_(ids))
    )
    found = {
        case.id: CaseRow(case, order_no, shop, own or "", is_late(case, now))
        for case, order_no, shop, own in session.exec(wanted)
    }
    return tuple(found[case_id] for case_id in ids)


def _others(session: Session, case: Aftersale, order: Order) -> tuple[OtherCase, ...]:
    """Of the same order first, then of the same buyer's other orders, newest first."""
    of_buyer = Order.buyer_token == order.buyer_token if order.buyer_token else Order.id == order.id
    wanted = (
        select(Aftersale, Order.channel_order_no)
        .join(Order, col(Order.id) == Aftersale.order_id)
        .where(of_buyer, Order.channel == order.channel, Aftersale.id != case.id)
        .order_by(col(Aftersale.id).desc())
        .limit(MOST_OTHERS)
    )
    found = [OtherCase(one, number) for one, number in session.exec(wanted)]
    return tuple(sorted(found, key=lambda other: (other.case.order_id != order.id, -other.case.id)))
