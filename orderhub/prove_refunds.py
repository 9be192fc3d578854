"""Can an order be refunded and shipped as well? Parcels and refunds race for the same orders on this database's kind.

The race runs in a scratch database of its own beside the hub's: a file in a temporary folder, or a schema of the same
PostgreSQL; it is taken away afterwards, and no order, event or message of the hub is touched.
"""

import random
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, SQLModel, col, func, select

import orderhub.tables  # noqa: F401
from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.allocating import allocate
from orderhub.domain.delivery import DeliveryStatus, deliveries_of
from orderhub.domain.drafts import LineDraft, OrderDraft, RefundDraft
from orderhub.domain.interception import Interception, InterceptionOutcome
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.refund_answer import Wording, answer
from orderhub.domain.reservation import Reservation
from orderhub.domain.review import approve, order_of
from orderhub.domain.shipped_refusal import WORDS
from orderhub.domain.shipping import leave
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.sku import put_sku
from orderhub.domain.stock import StockLevel, count, put_warehouse
from orderhub.domain.words import (
    AftersaleKind,
    AftersaleStatus,
    Carrier,
    Channel,
    ChannelStatus,
    RefundDecision,
)
from orderhub.insights.stock import checked
from orderhub.kernel.db import close_database, database, open_database, reading, transaction
from orderhub.kernel.errors import RuleBroken, SetupError

_BY = "prove"
_THREADS = 4
_NEAR = 6  # how far apart a parcel and a refund of one order may come, in turns
_FEN = 1_000


@dataclass(frozen=True)
class RefundProof:
    """``leaks``: orders both refunded and shipped; ``undecided``: neither; ``held``: pieces still promised."""

    orders: int
    shipped: int
    refunded: int
    leaks: int
    undecided: int
    held: int
    on_hand: int
    unheard: int
    drifts: int
    seconds: float

    @property
    def is_sound(self) -> bool:
        return (
            self.shipped + self.refunded == self.orders
            and self.on_hand == self.orders - self.shipped
            and not (self.leaks or self.undecided or self.held or self.unheard or self.drifts)
        )

    def __str__(self) -> str:
        books = "ledger = counters" if not self.drifts else f"{self.drifts} levels disagree with the ledger"
        ends = f"{self.shipped} shipped, {self.refunded} refunded, {self.leaks} both, {self.undecided} neither"
        stock = f"{self.on_hand} pieces on hand, {self.held} of them promised, {books}"
        said = f"{self.orders} orders, a parcel against a refund each: {ends}; {stock}, {self.seconds:.1f} s"
        return f"{said}{'' if self.is_sound else '  WRONG'}"


def prove_refunds(*, orders: int, processes: int, now: datetime, seed: int | None = None) -> RefundProof:
    """Every order is paid, allocated and labelled; then its parcel leaves while its buyer wants the money back.

    Raises:
        SetupError: several processes on SQLite, which one process writes; or no right to make a schema.
    """
    if processes > 1 and database().embedded:
        raise SetupError("SQLite is written by one process: leave --processes away, or set ORDERHUB_DATABASE_URL")
    with scratch() as url:
        return race(url, orders=orders, processes=processes, now=now, seed=seed or secrets.randbelow(1 << 30))


def race(url: str, *, orders: int, processes: int, now: datetime, seed: int) -> RefundProof:
    """In the open, empty database at ``url``; every process does its share of both sides."""
    deliveries = _labelled_orders(orders, now)
    began = time.monotonic()
    if processes == 1:
        (share,) = _shares(deliveries, seed, 1)
        _work(share, now)
    else:
        shares = _shares(deliveries, seed, 2 * processes)
        with ProcessPoolExecutor(len(shares), mp_context=get_context("spawn")) as pool:
            for done in [pool.submit(_in_process, url, share, now) for share in shares]:
                done.result()
    return _proof(orders, time.monotonic() - began)


Side = Callable[[datetime, tuple[str, int]], None]


Share = list[tuple[Side, tuple[str, int]]]


def _shares(deliveries: Sequence[tuple[str, int]], seed: int, workers: int) -> list[Share]:
    """Both sides of every order, nearly in order, so that either may come first; of several workers, never to one."""
    dice = random.Random(seed)  # noqa: S311  (chance, not secrecy)
    placed = sorted(
        (place + dice.uniform(0, _NEAR), (place + side) % workers, side, turn)
        for place, turn in enumerate(deliveries)
        for side in (0, 1)
    )
    shares: list[Share] = [[] for _ in range(workers)]
    for _, worker, side, turn in placed:
        shares[worker].append(((_ship, _refund)[side], turn))
    return shares


def _in_process(url: str, share: Share, now: datetime) -> None:
    open_database(url)
    try:
        _work(share, now)
    finally:
        close_database()


def _work(share: Share, now: datetime) -> None:
    with ThreadPoolExecutor(2 * _THREADS) as pool:
        for done in [pool.submit(side, now, turn) for side, turn in share]:
            done.result()


def _ship(now: datetime, turn: tuple[str, int]) -> None:
    """The warehouse says that it has left; refused, it tries once more, as people do."""
    for _ in range(2):
        try:
            with transaction() as session:
                leave(session, turn[1], by=_BY, now=now)
        except RuleBroken:
            continue
        return


def _refund(now: datetime, turn: tuple[str, int]) -> None:
    """The buyer asks, customer service pays, or refuses where the goods have left; the channel does as it is told."""
    number, _ = turn
    with transaction() as session:
        shop = session.exec(select(Shop)).one()
        accept_refund(session, shop, _asked(number, AftersaleStatus.REQUESTED, now), now=now)
        case_id = session.exec(select(Aftersale.id).where(Aftersale.channel_refund_no == number)).one()
    try:
        with transaction() as session:
            answer(session, case_id, RefundDecision.APPROVE, by=_BY, now=now)
        told = AftersaleStatus.CLOSED
    except RuleBroken:
        with transaction() as session:
            answer(session, case_id, RefundDecision.REFUSE, Wording(words=WORDS), by=_BY, now=now)
        told = AftersaleStatus.REJECTED
    with transaction() as session:
        shop = session.exec(select(Shop)).one()
        accept_refund(session, shop, _asked(number, told, now + timedelta(seconds=1)), now=now)


def _asked(number: str, status: AftersaleStatus, at: datetime) -> RefundDraft:
    return RefundDraft(
        channel=Channel.TAOBAO,
        channel_refund_no=number,
        channel_order_no=number,
        kind=AftersaleKind.REFUND_BEFORE_SHIPPING,
        status=status,
        status_word=str(status),
        amount_fen=_FEN,
        requested_at=at,
        updated_at=at,
    )


def _labelled_orders(orders: int, now: datetime) -> list[tuple[str, int]]:
    """(order number, delivery) of ``orders`` that wait for the carrier, one piece each."""
    with transaction() as session:
        shop = Shop(code=_BY, channel=Channel.TAOBAO, name=_BY, shop_no=_BY, created_at=now, rollout=Rollout.LIVE)
        session.add(shop)
        place = put_warehouse(session, _BY, name=_BY, provinces="", rank=1, now=now)
        sku = put_sku(session, "PROVE", title=_BY, by=_BY, now=now)
        # What left before a count is off the shelf already.
        count(session, sku.id, place, orders, reason=_BY, by=_BY, now=now - timedelta(days=1))
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(partial(_labelled_order, shop, now), range(orders)))


def _labelled_order(shop: Shop, now: datetime, turn: int) -> tuple[str, int]:
    number = f"88{turn:010}"
    line = LineDraft(channel_line_no="1", sku_code="PROVE", title=_BY, quantity=1, unit_price_fen=_FEN)
    draft = OrderDraft(
        channel=shop.channel,
        channel_order_no=number,
        status=ChannelStatus.PAID,
        status_word="paid",
        updated_at=now,
        placed_at=now,
        lines=(line,),
        total_fen=_FEN,
        paid_fen=_FEN,
        paid_at=now,
    )
    with transaction() as session:
        order = accept(session, shop, draft, now=now).order
        locked = order_of(session, order.id)
        if locked.status is OrderStatus.TO_REVIEW:
            approve(session, locked, by=_BY, now=now)
        (delivery,) = allocate(session, locked, by=_BY, now=now)
        delivery.carrier, delivery.tracking_no = Carrier.ZTO, f"PROVE{turn:010}"
        session.add(delivery)
    return number, delivery.id


def _proof(orders: int, seconds: float) -> RefundProof:
    with reading() as session:
        shipped, refunded = _shipped(session), _refunded(session)
        on_hand = session.exec(select(func.sum(StockLevel.on_hand))).one()
        held = session.exec(select(func.sum(Reservation.quantity))).one()
        outcomes = Counter(session.exec(select(Interception.outcome)).all())
        heard = orders - sum(outcomes.values())
        wrong = abs(outcomes[InterceptionOutcome.CAUGHT] - len(refunded)) + outcomes[InterceptionOutcome.LEAKED]
        return RefundProof(
            orders=orders,
            shipped=len(shipped),
            refunded=len(refunded),
            leaks=len(shipped & refunded),
            undecided=orders - len(shipped | refunded),
            held=int(held or 0) + _still_planned(session),
            on_hand=int(on_hand or 0),
            unheard=heard + wrong,
            drifts=len(checked(session).drifts),
            seconds=seconds,
        )


def _shipped(session: Session) -> set[int]:
    return set(session.exec(select(Shipment.order_id).where(Shipment.shipped_by != "")))


def _refunded(session: Session) -> set[int]:
    return set(session.exec(select(Aftersale.order_id).where(Aftersale.status == AftersaleStatus.CLOSED)))


def _still_planned(session: Session) -> int:
    """Deliveries with which a refunded order could still leave."""
    over = select(Order.id).where(col(Order.id).in_(_refunded(session)))
    return sum(
        delivery.status is not DeliveryStatus.CANCELLED
        for order_id in session.exec(over)
        for delivery in deliveries_of(session, order_id)
    )


@contextmanager
def scratch() -> Iterator[str]:
    """The process's database, for the time of the block, is an empty one beside the hub's.

    Raises: SetupError: the database's user may make no schema.
    """
    hub = database().url
    if hub.get_backend_name() == "sqlite":
        with tempfile.TemporaryDirectory(prefix="orderhub-prove-") as folder:
            yield from _opened(f"sqlite:///{Path(folder) / 'prove.db'}", str(hub))
        return
    schema = f"prove_{secrets.token_hex(6)}"
    plain = make_url(hub).set(drivername="postgresql+psycopg")
    engine = create_engine(plain, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except SQLAlchemyError as error:
        raise SetupError("the database's user may make no schema: GRANT CREATE ON DATABASE to it") from error
    own = plain.update_query_dict({"options": f"-csearch_path={schema}"})
    try:
        yield from _opened(own.render_as_string(hide_password=False), hub.render_as_string(hide_password=False))
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


def _opened(url: str, hub: str) -> Iterator[str]:
    SQLModel.metadata.create_all(open_database(url).engine)
    try:
        yield url
    finally:
        open_database(hub)
