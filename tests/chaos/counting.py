"""Is every acknowledged order here, once, as it was sent? Counted by SQL, in the database itself."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from orderhub.automation import workflow_run
from orderhub.automation.catalogue import WORKFLOWS
from orderhub.automation.outbox import OutboxMessage, OutboxState
from orderhub.automation.workflow_run import WorkflowRun, WorkflowState
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.reservation import Reservation
from orderhub.domain.shop import Shop
from orderhub.intake.broker_topology import Layout
from orderhub.intake.inbox import InboxMessage, MessageState
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from tests.domain.stocked import assert_sound
from tests.intake.broker.broking import lying

from .writers import Sent, Version

_WAIT = (MessageState.READY, MessageState.LEASED)
_AT_WORK = (WorkflowState.READY, WorkflowState.RUNNING)


@dataclass
class Count:
    """All but the first two are to be 0.

    ``lost``: acknowledged and not here. ``doubled``: received, paid, reserved or written down twice. ``phantom``:
    here, and nobody sent it. ``wrong``: here with another version, amount or lines than was acknowledged.
    ``waiting``: messages (the broker's too), workflows or outgoing messages that are not done. ``unsound``: the stock's
    books disagree with its counters, or more is promised than there is. ``damaged``: the database itself says so.
    """

    acknowledged: int = 0
    stored: int = 0
    lost: int = 0
    doubled: int = 0
    phantom: int = 0
    wrong: int = 0
    refused: int = 0
    changed_answers: int = 0
    dead: int = 0
    failed: int = 0
    waiting: int = 0
    unsound: int = 0
    damaged: int = 0

    @property
    def faults(self) -> dict[str, int]:
        every = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: count for name, count in every.items() if count and name not in ("acknowledged", "stored")}

    def __str__(self) -> str:
        return ", ".join(f"{one.name} {getattr(self, one.name):,}" for one in fields(self))


def waiting(url: str, broker: Layout | None = None) -> Counter[str]:
    """What is not done yet, by kind; empty once everything has closed. What the clock will want later counts not."""
    held = sum(count or 0 for count in lying(broker).values()) if broker else 0  # first: it goes on into the inbox
    with Looking(url) as session:
        inbox = select(func.count()).where(col(InboxMessage.state).in_(_WAIT))
        runs = select(func.count()).where(col(WorkflowRun.state).in_(_AT_WORK))
        sending = select(func.count()).where(OutboxMessage.state == OutboxState.SENDING)
        found = {"inbox": inbox, "workflow": runs, "outbox": sending}
        news = len(workflow_run.with_news(session, WORKFLOWS))
        asked = {name: session.exec(asked).one() for name, asked in found.items()}
        return +Counter(asked | {"news": news, "broker": held})


def counted(url: str, sent: Sent, *, only: str = "", broker: Layout | None = None) -> Count:
    """``sent`` is what writers know of the shop called ``only``; everything has closed (``waiting``)."""
    with Looking(url) as session:
        wanted = select(Order).join(Shop).where(Shop.code == only) if only else select(Order)
        found = session.exec(wanted).all()
        orders = {order.channel_order_no: order for order in found}
        return Count(
            acknowledged=len(sent.acknowledged),
            stored=len(orders),
            lost=len(set(sent.acknowledged) - set(orders)),
            doubled=_doubled(session) + len(found) - len(orders),
            phantom=len(set(orders) - set(sent.tried)),
            wrong=_wrong(session, orders, sent),
            refused=sent.refused,
            changed_answers=sent.changed_answers,
            dead=_number(session, InboxMessage, InboxMessage.state == MessageState.DEAD),
            failed=_number(session, WorkflowRun, WorkflowRun.state == WorkflowState.FAILED),
            waiting=waiting(url, broker).total(),
            unsound=_unsound(session),
            damaged=_damaged(session),
        )


def _doubled(session: Session) -> int:
    """The database forbids two orders of one number; so what is counted is what was done for one more than once."""
    twice = 0
    for kind in ("order_received", "order_paid"):
        said = select(Event.subject_id).where(Event.kind == kind).group_by(col(Event.subject_id))
        twice += len(session.exec(said.having(func.count() > 1)).all())
    return twice


def _wrong(session: Session, orders: Mapping[str, Order], sent: Sent) -> int:
    lines = Counter(session.exec(select(OrderLine.order_id)).all())
    held = Counter[int]()
    for one in session.exec(select(Reservation).where(Reservation.quantity > 0)):
        held[one.order_id] += one.quantity
    wrong = 0
    for number, at_least in sent.acknowledged.items():
        if order := orders.get(number):
            known = {at_least.turn: at_least, sent.tried[number].turn: sent.tried[number]}
            wrong += not _is_one_of(order, known, lines[order.id], held[order.id])
    return wrong


def _is_one_of(order: Order, known: Mapping[int, Version], lines: int, held: int) -> bool:
    """A version that was sent and never answered may be here, or not; one that was answered is, or a newer one."""
    told = next((one for one in known.values() if order.buyer_remark == one.body["buyer_remark"]), None)
    if told is None:
        return False
    wanted = 0 if told.is_closed else told.pieces + 1
    return (order.total_fen, lines) == (told.total_fen, 2) and held in (0, wanted)


def _unsound(session: Session) -> int:
    try:
        assert_sound(session)
    except AssertionError:
        return 1
    return 0


def _damaged(session: Session) -> int:
    if session.get_bind().dialect.name != "sqlite":
        return 0
    said = session.connection().execute(text("PRAGMA integrity_check")).scalars().all()
    broken = session.connection().execute(text("PRAGMA foreign_key_check")).all()
    return len(broken) + (said != ["ok"])


def _number(session: Session, table: type, condition) -> int:
    return session.exec(select(func.count()).select_from(table).where(condition)).one()


class Looking:
    """A database of the drill's own that only reads."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    def __enter__(self) -> Session:
        self._reading = self._database.reading()
        return self._reading.__enter__()

    def __exit__(self, *error: object) -> None:
        self._reading.__exit__(*error)
        self._database.close()
