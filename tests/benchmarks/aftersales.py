"""How fast are the queue of cases and the page of one case, with 100,000 orders and 8,000 cases?"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, col, func, select

from orderhub.domain.aftersale import Aftersale, CaseOrigin
from orderhub.domain.order import Order, OrderLine, OrderStatus
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.insights.aftersale import CaseQuery, CaseTab, case_card, case_counts, case_page
from orderhub.kernel.db import Database
from orderhub.ui.case_view import case_view
from tests import builders, months

from .measuring import Figure, p95_ms

ORDERS, CASES, OPEN_SHARE = 100_000, 8_000, 0.12
QUEUE_MS, CASE_MS = 50, 80

Read = Callable[[Session, datetime], object]

_QUERIES = {
    **{f"tab {tab}": CaseQuery(tab=tab) for tab in CaseTab},
    **{f"stage {stage}": CaseQuery(tab=stage) for stage in (AftersaleStatus.REQUESTED, AftersaleStatus.CLOSED)},
    "channel": CaseQuery(tab=CaseTab.ALL, channels=(Channel.MINIPROGRAM,)),
    "kind and reason": CaseQuery(kinds=(AftersaleKind.EXCHANGE,), reasons=(ReasonKind.QUALITY,)),
    "shop": CaseQuery(tab=CaseTab.ALL, shops=("miniprogram-2",)),
    "words, one in three": CaseQuery(tab=CaseTab.ALL, text="破损"),
    "words, nothing": CaseQuery(tab=CaseTab.ALL, text="没有这个"),
    "number, many": CaseQuery(tab=CaseTab.ALL, text="69000000000"),
}


def run(database: Database) -> Iterator[Figure]:
    now = builders.NOW
    months.fill(database, ORDERS, now=now)
    fill(database, now)

    def timed(name: str, limit: float, read: Read) -> Figure:
        def call() -> None:
            with database.reading() as session:
                read(session, now)

        return Figure(name, p95_ms(call), "ms p95", limit)

    for name, query in _QUERIES.items():
        yield timed(f"page of 50, {name}", QUEUE_MS, _page(query))
        yield timed(f"counts, {name}", QUEUE_MS, _counts(query))
    with database.reading() as session:
        second = replace(CaseQuery(), cursor=case_page(session, CaseQuery(), now).next_cursor)
        wanted = select(Aftersale.id).where(col(Aftersale.stage) == AftersaleStatus.REQUESTED)
        case_id = session.exec(wanted.order_by(col(Aftersale.id).desc()).limit(1)).one()
    yield timed("second page", QUEUE_MS, _page(second))
    yield timed("one case, with its order, as the page shows it", CASE_MS, _case(case_id))


def fill(database: Database, now: datetime) -> None:
    """``CASES`` in all, of every kind and stage, over orders that have left."""
    rng = Random(7)
    with database.transaction() as session:
        missing = CASES - session.exec(select(func.count()).select_from(Aftersale)).one()
        first = (session.exec(select(func.max(Aftersale.id))).one() or 0) + 1
        sent = select(Order).where(col(Order.status).in_((OrderStatus.SHIPPED, OrderStatus.COMPLETED)))
        orders = session.exec(sent.order_by(col(Order.id).desc()).limit(missing)).all()
        wanted = select(OrderLine.order_id, func.min(OrderLine.id)).group_by(col(OrderLine.order_id))
        lines = dict(session.exec(wanted.where(col(OrderLine.order_id).in_([one.id for one in orders]))).all())
        cases = [_case_row(first + turn, order, rng, now) for turn, order in enumerate(orders)]
        tables = SQLModel.metadata.tables
        session.connection().execute(insert(tables["aftersale"]), cases)
        meant = [
            {
                "aftersale_id": one["id"],
                "line_id": lines[one["order_id"]],
                "quantity": 1,
                "amount_fen": one["amount_fen"],
            }
            for one in cases
        ]
        session.connection().execute(insert(tables["aftersale_line"]), meant)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _case_row(case_id: int, order: Order, rng: Random, now: datetime) -> dict[str, object]:
    ways = [stage for stage in AftersaleStatus if stage is not AftersaleStatus.CLOSED]
    status = rng.choice(ways) if rng.random() < OPEN_SHARE else AftersaleStatus.CLOSED
    asked_at = now - timedelta(minutes=rng.randrange(60, 60_000))
    return {
        "id": case_id,
        "shop_id": order.shop_id,
        "order_id": order.id,
        "channel": order.channel,
        "channel_refund_no": f"AS{order.id:015d}",
        "channel_line_no": "",
        "kind": rng.choice([kind for kind in AftersaleKind if kind is not AftersaleKind.UNKNOWN]),
        "status": status,
        "stage": status,
        "channel_status_word": "refund",
        "amount_fen": order.paid_fen,
        "reason": rng.choice(("尺寸不合适", "收到时破损", "少件漏发")),
        "reason_kind": rng.choice(list(ReasonKind)),
        "deadline": now + timedelta(minutes=rng.randrange(-600, 6_000)) if rng.random() < 0.8 else None,
        "return_tracking_no": "",
        "requested_at": asked_at,
        "channel_updated_at": asked_at,
        "content_digest": "",
        "accepted_at": asked_at,
        "origin": CaseOrigin.CHANNEL,
        "opened_by": "",
    }


def _page(query: CaseQuery) -> Read:
    return lambda session, now: case_page(session, query, now)


def _counts(query: CaseQuery) -> Read:
    return lambda session, now: case_counts(session, query, now)


def _case(case_id: int) -> Read:
    return lambda session, now: case_view(case_card(session, case_id, now))
