"""People, orders and the log, for handlers that run behind the real gate."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from orderhub.access import sessions
from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.domain.hold import HoldReason, hold
from orderhub.domain.order import Order
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from tests import builders

SignIn = Callable[..., str]
MakeOrder = Callable[..., str]
Logged = Callable[[], list[tuple[str, str, str]]]


@pytest.fixture
def sign_in(database: Database) -> SignIn:
    """Make a user of a role and sign them in; returns their ``Cookie`` header."""

    def sign_in(name: str = "ceshi-a", role: Role = Role.OPERATIONS) -> str:
        with database.transaction() as session:
            user = create_user(session, name, "kuaidi-zai-lushang-7", role, now=utc_now())
            return f"oh_sid={sessions.open_session(session, user, address='192.0.2.1', device='', now=utc_now())}"

    return sign_in


@pytest.fixture
def make_order(database: Database) -> MakeOrder:
    """A paid order that waits for review and is due tomorrow; returns its id as the browser knows it."""

    def make_order(no: str = "6900000000000000001", *, held: HoldReason | None = None, **changes: Any) -> str:
        now = utc_now()
        facts = {"ship_by": now + timedelta(days=1), "now": now} | changes
        with database.transaction() as session:
            made = builders.order(session, no, **facts)
            if held:
                hold(session, made, held, by="system", now=now)
            return str(made.id)

    return make_order


@pytest.fixture
def order_at(database: Database) -> Callable[[str], Order]:
    def order_at(order_id: str) -> Order:
        with database.reading() as session:
            return session.get_one(Order, int(order_id))

    return order_at


@pytest.fixture
def by_people(database: Database) -> Logged:
    """What test users did to orders: (event, order id, who), oldest first, without what follows by itself."""

    def by_people() -> list[tuple[str, str, str]]:
        with database.reading() as session:
            wanted = select(Event).where(Event.subject_type == "order").order_by(Event.id)  # type: ignore[arg-type]
            found = [
                row for row in session.exec(wanted) if row.actor.startswith("ceshi") and row.kind != "allocation_due"
            ]
            return [(row.kind, str(row.subject_id), row.actor) for row in found]

    return by_people
