"""How does a whole file come in? Weighed batch by batch, and, when it is meant, taken in the same transaction.

A batch is durable when it is done; a file that is cut off and read again changes nothing that has been taken.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.connectors.channels.contract import Native
from orderhub.domain.aftersale import CaseOrigin, accept_refund
from orderhub.domain.arrival import Coming
from orderhub.domain.many_orders import accept_many
from orderhub.domain.payment import PaymentAccount
from orderhub.domain.shop import Shop
from orderhub.intake.files.mapping import Contents, FileMapping, checked
from orderhub.intake.files.returns import Purchases, refunds_of
from orderhub.intake.files.rows import Problem
from orderhub.intake.files.table import Table
from orderhub.intake.files.translate import Lines, Return, ToldOrder, ToldRefund, Translation, translation
from orderhub.intake.files.weighing import Effect, Weighed, weigh_lines, weigh_orders, weigh_refunds
from orderhub.intake.inbox import MessageKind, Source, keep_taken
from orderhub.intake.payment import accept_own
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import yuan_text

# On SQLite a batch holds the one writer: some 0.1 s, then it is the others' turn.
BATCH = 250
SAMPLES = 5

Heard = Callable[[int, int], None]


@dataclass(frozen=True)
class Sample:
    """One of a kind, to be looked at: nothing of a buyer stands in it."""

    effect: Effect
    number: str
    status: str
    total: str
    goods: str
    changed: str


@dataclass
class Report:
    """``counts`` of orders and refunds by effect; ``problems`` one for each row that is not taken."""

    layout: str = ""
    contents: Contents = Contents.ORDERS
    rows: int = 0
    counts: dict[Effect, int] = field(default_factory=lambda: dict.fromkeys(Effect, 0))
    samples: list[Sample] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def changes(self) -> int:
        return self.counts[Effect.NEW] + self.counts[Effect.CHANGED]


def go_through(
    table: Table, mapping: FileMapping, shop: Shop, now: datetime, *, take: bool, heard: Heard = lambda *_: None
) -> Report:
    """Weigh a table, and take it in if ``take``; ``heard`` is told how many of how many numbers are done.

    Raises:
        BadInput: the file as a whole cannot be taken: a bill, another channel's export, or a column is missing.
    """
    _check_place(mapping, shop)
    told = translation(table, checked(mapping), shop.channel)
    walk = _Walk(shop, now, told, take, heard)
    walk.run()
    report = walk.report
    report.layout, report.contents, report.rows = mapping.layout, mapping.contents, told.row_count
    report.problems = sorted(told.problems, key=lambda problem: problem.row)
    return report


def check_contents(mapping: FileMapping) -> None:
    """Raises: BadInput: what is known to hold no orders."""
    if mapping.contents is Contents.BILL:
        said = f"is a statement of money ({mapping.layout}), not of orders: export the orders instead"
        raise BadInput(f"the file {said}", field="file", problem="file_bill")


def _check_place(mapping: FileMapping, shop: Shop) -> None:
    check_contents(mapping)
    if mapping.channel and mapping.channel is not shop.channel:
        said = f"is an export of {mapping.channel}, but {shop.code} is a shop on {shop.channel}"
        raise BadInput(f"the file {said}", field="shop", problem="file_other_channel")


class _Walk:
    def __init__(self, shop: Shop, now: datetime, told: Translation, take: bool, heard: Heard) -> None:  # noqa: FBT001
        self.report = Report()
        self._shop, self._now, self._told, self._take, self._heard = shop, now, told, take, heard
        self._done = 0
        self._purchases = Purchases()
        self._coming: set[str] = set()

    def run(self) -> None:
        orders: list[ToldOrder] = []
        lines: list[Lines] = []
        refunds: list[ToldRefund] = []
        returns: list[Return] = []
        for tale in self._told.told():
            if isinstance(tale, ToldOrder):
                orders.append(tale)
            elif isinstance(tale, Lines):
                lines.append(tale)
            elif isinstance(tale, ToldRefund):
                refunds.append(tale)
            else:
                returns.append(tale)
            if len(orders) >= BATCH:
                self._orders(orders)
                orders = []
        self._orders(orders)
        for start in range(0, len(lines), BATCH):
            self._lines(lines[start : start + BATCH])
        for start in range(0, len(returns), BATCH):
            self._returns(returns[start : start + BATCH])
        for start in range(0, len(refunds), BATCH):
            self._refunds(refunds[start : start + BATCH])

    def _orders(self, batch: list[ToldOrder]) -> None:
        with self._session() as session:
            weighed = weigh_orders(session, self._shop, batch, self._told.refuse, self._now)
            self._take_orders(session, weighed)
        if self._told.columns.mapping.has_returns:
            for one in weighed:
                self._purchases.add(one.told)
                self._coming.add(one.told.number)
        self._count(weighed, len(batch))

    def _lines(self, batch: list[Lines]) -> None:
        with self._session() as session:
            weighed = weigh_lines(session, self._shop, batch, self._told.refuse)
            self._take_orders(session, weighed)
        self._count(weighed, len(batch))

    def _returns(self, batch: list[Return]) -> None:
        with self._session() as session:
            refunds = refunds_of(session, self._shop, batch, self._purchases, self._told.refuse)
            weighed = weigh_refunds(session, self._shop, refunds, self._told.refuse, coming=self._coming)
            self._take_refunds(session, weighed)
        self._count(weighed, len(batch))

    def _refunds(self, batch: list[ToldRefund]) -> None:
        with self._session() as session:
            weighed = weigh_refunds(session, self._shop, batch, self._told.refuse, coming=self._coming)
            self._take_refunds(session, weighed)
        self._count(weighed, len(batch))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with transaction() if self._take else reading() as session:
            yield session

    def _take_orders(self, session: Session, weighed: list[Weighed[ToldOrder]]) -> None:
        wanted = [one for one in weighed if one.effect is not Effect.SAME]
        if not self._take or not wanted:
            return
        natives = [Native(one.told.number, one.told.draft.updated_at, one.told.body) for one in wanted]
        keep_taken(session, self._shop.id, MessageKind.ORDER, natives, self._now, source=Source.FILE)
        # Where payments come by themselves, each order is joined with its own.
        has_payments = session.get(PaymentAccount, self._shop.id) is not None
        fresh = [Coming(self._shop, one.told.draft) for one in wanted if one.effect is Effect.NEW]
        together = [] if has_payments else accept_many(session, fresh, now=self._now)
        taken = {one.draft.channel_order_no for one in together}
        for one in wanted:
            if one.told.number not in taken:
                accept_own(session, self._shop, one.told.draft, now=self._now)

    def _take_refunds(self, session: Session, weighed: list[Weighed[ToldRefund]]) -> None:
        wanted = [one for one in weighed if one.effect is not Effect.SAME]
        if not self._take or not wanted:
            return
        natives = [Native(one.told.number, one.told.draft.updated_at, one.told.body) for one in wanted]
        keep_taken(session, self._shop.id, MessageKind.REFUND, natives, self._now, source=Source.FILE)
        for one in wanted:
            accept_refund(session, self._shop, one.told.draft, now=self._now, origin=CaseOrigin.FILE)

    def _count(self, weighed: list[Weighed[ToldOrder]] | list[Weighed[ToldRefund]], numbers: int) -> None:
        counts, samples = self.report.counts, self.report.samples
        for one in weighed:
            if counts[one.effect] < SAMPLES:
                samples.append(_sample(one))
            counts[one.effect] += 1
        self._done += numbers
        self._heard(self._done, len(self._told.groups))


def _sample(one: Weighed[ToldOrder] | Weighed[ToldRefund]) -> Sample:
    told, changed = one.told, ", ".join(one.changed)
    if isinstance(told, ToldOrder):
        draft = told.draft
        pieces = sum(line.quantity for line in draft.lines)
        goods = f"{draft.lines[0].title[:40]} ×{pieces}"
        return Sample(one.effect, told.number, draft.status, yuan_text(draft.total_fen), goods, changed)
    refund = told.draft
    return Sample(one.effect, told.number, refund.status, yuan_text(refund.amount_fen), refund.reason[:40], changed)
