"""Which links, filters and counts stand around the rows of the board? Computed from the query, so that all of them
are plain links: they can be copied, opened in another tab, reached by keyboard."""

from dataclasses import dataclass, field, replace

from sqlmodel import Session, col, select

from orderhub.domain.hold import HoldReason
from orderhub.domain.order import OrderTag
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.insights.board import BoardQuery, BoardSort, Tab
from orderhub.insights.custom import fields_to_ask
from orderhub.kernel.money import yuan_text
from orderhub.ui.behind_view import BehindView, behind_view
from orderhub.ui.board_address import DEADLINES, address, toggled

TABS = (
    Tab.OPEN,
    Tab.TO_REVIEW,
    Tab.TO_ALLOCATE,
    Tab.TO_SHIP,
    Tab.PARTLY_SHIPPED,
    Tab.SHIPPED,
    Tab.DELIVERED,
    Tab.COMPLETED,
    Tab.CANCELLED,
    Tab.ALL,
    Tab.HELD,
    Tab.LATE,
)
_MOST_TAGS = 30


@dataclass
class Choice:
    """One value of a filter: choosing it leads to ``href``."""

    word: str
    name: str
    href: str
    is_on: bool


@dataclass
class Filter:
    """``shown`` is what is chosen, empty when nothing is; ``clear`` leads to the board without it."""

    choices: list[Choice] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    clear: str = ""


@dataclass
class BoardView:
    tab: str = "open"
    sort: str = "due"
    is_descending: bool = False
    tabs: dict[str, str] = field(default_factory=dict)
    sorts: dict[str, str] = field(default_factory=dict)
    channel: Filter = field(default_factory=Filter)
    shop: Filter = field(default_factory=Filter)
    tag: Filter = field(default_factory=Filter)
    hold: Filter = field(default_factory=Filter)
    deadline: Filter = field(default_factory=Filter)
    money: Filter = field(default_factory=Filter)
    text: Filter = field(default_factory=Filter)
    custom: Filter = field(default_factory=Filter)
    behind: BehindView = field(default_factory=BehindView)
    least: str = ""
    most: str = ""
    is_filtered: bool = False
    clear_all: str = "/orders"
    first: str = ""
    base: str = "/orders"


def board_view(session: Session, query: BoardQuery) -> BoardView:
    plain = replace(query, cursor="")
    shops = session.exec(select(Shop.code, Shop.name).order_by(col(Shop.name))).all()
    tags = session.exec(select(OrderTag.tag).distinct().order_by(col(OrderTag.tag)).limit(_MOST_TAGS)).all()
    return BoardView(
        tab=query.tab,
        sort=query.sort,
        is_descending=query.descending,
        tabs={str(tab): address(replace(plain, tab=tab)) for tab in TABS},
        sorts={str(sort): _sort(plain, sort) for sort in BoardSort},
        channel=_filter(plain, "channels", [(str(channel), "") for channel in Channel]),
        shop=_filter(plain, "shops", list(shops)),
        tag=_filter(plain, "tags", [(tag, tag) for tag in {*tags, *query.tags}]),
        hold=_filter(plain, "holds", [(str(reason), "") for reason in HoldReason]),
        deadline=_deadline(plain),
        money=Filter(shown=_money(query), clear=address(replace(plain, least_fen=None, most_fen=None))),
        text=Filter(shown=[query.text] if query.text else [], clear=address(replace(plain, text=""))),
        custom=_custom(session, plain),
        behind=behind_view(plain.behind, address(replace(plain, behind=None))),
        least=yuan_text(query.least_fen) if query.least_fen is not None else "",
        most=yuan_text(query.most_fen) if query.most_fen is not None else "",
        is_filtered=plain != BoardQuery(tab=query.tab, sort=query.sort, descending=query.descending),
        clear_all=address(BoardQuery(tab=query.tab, sort=query.sort, descending=query.descending)),
        first=address(plain) if query.cursor else "",
        base=address(query),
    )


def _sort(query: BoardQuery, sort: BoardSort) -> str:
    """The same sort again turns it round; money begins with the most."""
    if query.sort is sort:
        return address(replace(query, descending=not query.descending))
    return address(replace(query, sort=sort, descending=sort is not BoardSort.DUE))


def _filter(query: BoardQuery, name: str, words: list[tuple[str, str]]) -> Filter:
    chosen = {str(word) for word in getattr(query, name)}
    names = dict(words)
    return Filter(
        choices=[Choice(word, text, address(toggled(query, name, word)), word in chosen) for word, text in words],
        shown=[names.get(word) or word for word in sorted(chosen)],
        clear=address(replace(query, **{name: ()})),
    )


def _custom(session: Session, query: BoardQuery) -> Filter:
    """The choices are names of fields; what is asked of one is typed."""
    return Filter(
        choices=[Choice(field.name, field.name, "", False) for field in fields_to_ask(session)],
        shown=[f"{name} {wanted}" for name, wanted in query.custom],
        clear=address(replace(query, custom=())),
    )


def _deadline(query: BoardQuery) -> Filter:
    standing = query.due_within_hours
    hours = sorted({*DEADLINES, *([standing] if standing else [])})
    return Filter(
        choices=[Choice(str(one), "", address(replace(query, due_within_hours=one)), one == standing) for one in hours],
        shown=[str(standing)] if standing else [],
        clear=address(replace(query, due_within_hours=None)),
    )


def _money(query: BoardQuery) -> list[str]:
    least, most = query.least_fen, query.most_fen
    if least is None and most is None:
        return []
    return [f"¥{yuan_text(least or 0)} – {'¥' + yuan_text(most) if most is not None else '∞'}"]
