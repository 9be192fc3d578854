"""Whatever is done to the stock in whatever order: the ledger is the counters, and nothing is ever negative."""

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import select

from orderhub.domain.rebooking import hold_at
from orderhub.domain.reservation import NotReserved, put_back, release, reservations, reserve, ship, take
from orderhub.domain.stock import NotEnough, StockLevel, adjust, count, warehouse_coded
from tests.builders import NOW
from tests.databases import another_with_tables

from .stocked import EAST, SOUTH, assert_sound, stocked

CODES = ("A", "B", "C")
ORDERS = st.integers(1, 5)
CASE = 7
PLACES = st.sampled_from([EAST, SOUTH])
GOODS = st.sampled_from(CODES)
WANTED = st.dictionaries(GOODS, st.integers(1, 6), min_size=1)


class StockMachine(RuleBasedStateMachine):
    """The model: pieces on hand in all, and what each order holds or has taken away."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.database = another_with_tables(f"sqlite:///{Path(self.folder.name) / 'stock.db'}")
        with self.database.transaction() as session:
            self.ids = {code: sku.id for code, sku in stocked(session, A=(9, 4), B=(5, 5), C=(0, 2)).items()}
        self.on_hand = Counter(A=13, B=10, C=2)
        self.held: dict[int | tuple[int, int], Counter] = {}
        self.gone: dict[int, Counter] = {}
        self.now = NOW

    def teardown(self):
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()

    def _doing(self):
        self.now += timedelta(minutes=1)
        return self.database.transaction()

    def _free(self, without=0):
        reserved = Counter()
        for order_id, pieces in self.held.items():
            if order_id != without:
                reserved += pieces
        return {code: self.on_hand[code] - reserved[code] for code in CODES}

    @rule(order_id=ORDERS, wanted=WANTED)
    def buy(self, order_id, wanted):
        free = self._free(without=order_id)
        owed = Counter(wanted) - self.gone.get(order_id, Counter())
        fits = all(free[code] >= pieces for code, pieces in owed.items())
        with self._doing() as session:
            pieces = {self.ids[code]: count for code, count in wanted.items()}
            result = reserve(session, order_id, pieces, by="system", now=self.now)
        assert (not result.short) == fits
        self.held.pop(order_id, None)
        if fits:
            self.held[order_id] = owed

    @rule(order_id=ORDERS, wanted=WANTED, more=st.booleans())
    def keep_and_buy(self, order_id, wanted, more):
        """As an order whose rest comes later: it keeps what it holds where it only wants more, and may get none."""
        held = self.held.get(order_id, Counter())
        wanted = Counter(wanted) + (held + self.gone.get(order_id, Counter()) if more else Counter())
        owed = wanted - self.gone.get(order_id, Counter())
        keeps = all(owed[code] >= pieces for code, pieces in held.items())
        free = self._free() if keeps else self._free(without=order_id)
        fits = all(free[code] >= pieces for code, pieces in (owed - held if keeps else owed).items())
        before = self._places_of(order_id)
        with self._doing() as session:
            pieces = {self.ids[code]: count for code, count in wanted.items()}
            result = reserve(session, order_id, pieces, by="system", now=self.now, keeps=True)
        assert (not result.short) == fits
        if fits:
            self.held[order_id] = owed
        elif not keeps:
            self.held.pop(order_id, None)
        after = self._places_of(order_id)
        if keeps:
            assert all(after[place] >= count for place, count in before.items()), "what it held was moved"
        assert sum(after.values()) == sum(self.held.get(order_id, Counter()).values())

    def _places_of(self, order_id):
        with self.database.reading() as session:
            held = reservations(session, [order_id])
        return Counter({(one.sku_id, one.warehouse_id): one.quantity for one in held if one.quantity})

    @rule(order_id=ORDERS)
    def cancel(self, order_id):
        with self._doing() as session:
            result = release(session, order_id, by="system", now=self.now)
        assert result.changed == sum(self.held.pop(order_id, Counter()).values())

    @rule(order_id=ORDERS)
    def leave(self, order_id):
        with self._doing() as session:
            result = ship(session, order_id, {}, shipped_at=self.now, by="system", now=self.now)
        pieces = self.held.pop(order_id, Counter())
        assert result.changed == sum(pieces.values())
        self._left(order_id, pieces)

    @rule(order_id=ORDERS, code=GOODS, count=st.integers(1, 3))
    def leave_in_part(self, order_id, code, count):
        with self.database.reading() as session:
            held = [one for one in reservations(session, [order_id]) if one.sku_id == self.ids[code] and one.quantity]
        at = held[0].warehouse_id if held else 1
        try:
            with self._doing() as session:
                pieces = {(self.ids[code], at): count}
                take(session, order_id, pieces, shipped_at=self.now, by="system", now=self.now)
        except NotReserved:
            assert not held or held[0].quantity < count
        else:
            self.held[order_id] -= Counter({code: count})
            self._left(order_id, Counter({code: count}))

    @rule(order_id=ORDERS, code=GOODS, place=st.sampled_from([1, 2]), count=st.integers(0, 4))
    def promise_to_a_case(self, order_id, code, place, count):
        """Exactly so many are held for the order's case, 0 lets go of them; what the order holds is not looked at."""
        with self._doing() as session:
            is_held = hold_at(session, order_id, {(self.ids[code], place): count} if count else {}, by="system",
                              now=self.now, case_id=CASE)  # fmt: skip
        if is_held:
            self.held[order_id, CASE] = Counter({code: count} if count else {})

    @rule(order_id=ORDERS)
    def leave_for_a_case(self, order_id):
        with self._doing() as session:
            held = [one for one in reservations(session, [order_id], CASE) if one.quantity]
            pieces = {(one.sku_id, one.warehouse_id): one.quantity for one in held}
            if pieces:
                take(session, order_id, pieces, shipped_at=self.now, by="system", now=self.now, case_id=CASE)
        self.on_hand.subtract(self.held.pop((order_id, CASE), Counter()))

    @rule(order_id=ORDERS)
    def recall(self, order_id):
        with self._doing() as session:
            gone = [one for one in reservations(session, [order_id]) if one.shipped]
            pieces = {(one.sku_id, one.warehouse_id): one.shipped for one in gone}
            put_back(session, order_id, pieces, by="system", now=self.now)
        back = self.gone.pop(order_id, Counter())
        self.on_hand.update(back)
        self.held[order_id] = self.held.get(order_id, Counter()) + back

    def _left(self, order_id, pieces):
        self.on_hand.subtract(pieces)
        self.gone[order_id] = self.gone.get(order_id, Counter()) + pieces

    @rule(code=GOODS, place=PLACES, change=st.integers(-8, 8).filter(bool))
    def correct(self, code, place, change):
        try:
            with self._doing() as session:
                where = warehouse_coded(session, place)
                adjust(session, self.ids[code], where, change, reason="测试", by="ceshi", now=self.now)
        except NotEnough:
            assert change < 0
        else:
            self.on_hand[code] += change

    @rule(code=GOODS, place=PLACES, pieces=st.integers(0, 12))
    def take_stock(self, code, place, pieces):
        with self.database.reading() as session:
            where = warehouse_coded(session, place)
            before = session.get(StockLevel, (self.ids[code], where.id))
            on_hand, reserved = (before.on_hand, before.reserved) if before else (0, 0)
        try:
            with self._doing() as session:
                count(session, self.ids[code], where, pieces, reason="盘点", by="ceshi", now=self.now)
        except NotEnough:
            assert pieces < reserved
        else:
            self.on_hand[code] += pieces - on_hand

    @invariant()
    def the_books_agree(self):
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            assert_sound(session)
            levels = Counter()
            for one in session.exec(select(StockLevel)):
                code = next(name for name, sku_id in self.ids.items() if sku_id == one.sku_id)
                levels[code] += one.on_hand
        assert {code: levels[code] for code in CODES} == {code: self.on_hand[code] for code in CODES}


StockMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestStock = StockMachine.TestCase
