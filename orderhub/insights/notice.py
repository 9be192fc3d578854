"""Which buyers were told of what, by whom, and which could not be?"""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from orderhub.domain.notice import Notice, NoticeState
from orderhub.domain.notice_plan import NoticeMoment
from orderhub.domain.notifier_account import NotifierAccount
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop

PAGE_SIZE = 50


@dataclass(frozen=True)
class NoticeQuery:
    """What the list is narrowed to; ``before`` reads on, 0 from the newest."""

    state: NoticeState | None = None
    moment: NoticeMoment | None = None
    before: int = 0


@dataclass(frozen=True)
class NoticeRow:
    """``account`` is None where none had its turn yet."""

    notice: Notice
    order_no: str
    shop: str
    account: NotifierAccount | None


@dataclass(frozen=True)
class NoticePage:
    """``next_before`` is 0 at the end."""

    rows: tuple[NoticeRow, ...]
    next_before: int


def notice_page(session: Session, query: NoticeQuery) -> NoticePage:
    """Newest first."""
    wanted = (
        select(Notice, Order.channel_order_no, Shop.name)
        .join(Order, col(Order.id) == Notice.order_id)
        .join(Shop, col(Shop.id) == Notice.shop_id)
        .order_by(col(Notice.id).desc())
        .limit(PAGE_SIZE + 1)
    )
    if query.state:
        wanted = wanted.where(Notice.state == query.state)
    if query.moment:
        wanted = wanted.where(Notice.moment == query.moment)
    if query.before:
        wanted = wanted.where(col(Notice.id) < query.before)
    found = session.exec(wanted).all()
    accounts = {account.id: account for account in session.exec(select(NotifierAccount))}
    rows = tuple(NoticeRow(notice, no, shop, accounts.get(notice.account_id)) for notice, no, shop in found[:PAGE_SIZE])
    return NoticePage(rows, rows[-1].notice.id if len(found) > PAGE_SIZE else 0)


def notice_counts(session: Session) -> dict[NoticeState, int]:
    found = session.exec(select(Notice.state, func.count()).group_by(col(Notice.state)))
    return {NoticeState(state): count for state, count in found}
