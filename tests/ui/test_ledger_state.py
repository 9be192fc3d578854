"""Can the ledger be read, day by day and gaps first, and an hour be counted again?"""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.ledger import LedgerGap, LedgerHour, hour_of
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.anomaly_card_view import anomaly_card_view
from orderhub.ui.gate import Who
from orderhub.ui.ledger_view import day_of, ledger_view
from orderhub.ui.state.ledger import Ledger
from tests.builders import NOW
from tests.intake.builders import add_shop
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

HOUR = timedelta(hours=1)
MORNING = hour_of(NOW) - HOUR  # 09:00 in Shanghai


def hour(database: Database, at: datetime, *, said: int, held: int, gaps: int = 0, **changes) -> LedgerHour:
    """An hour in which each order costs 10 yuan, counted to its end."""
    shop = add_shop(now=NOW)
    facts = {
        "counted_until": at + HOUR,
        "said_count": said,
        "said_fen": said * 1000,
        "held_count": held,
        "held_fen": held * 1000,
        "gap_count": gaps,
        "checked_at": at + HOUR,
    }
    with database.transaction() as session:
        made = LedgerHour(shop_id=shop.id, hour_at=at, **(facts | changes))
        session.add(made)
        session.flush()
        for turn in range(gaps):
            number = f"69000000000000000{turn:02}"
            gap = {"ledger_hour_id": made.id, "shop_id": shop.id, "channel_order_no": number, "found_at": at}
            session.add(LedgerGap(**gap))
        return made


def test_gaps_of_every_day_come_first_and_the_day_follows(database: Database):
    hour(database, MORNING, said=12, held=12)
    hour(database, MORNING - HOUR, said=3, held=3, refilled_count=2)
    hour(database, MORNING - 24 * HOUR, said=5, held=3, gaps=2)
    with database.reading() as session:
        view = ledger_view(session, NOW, None)
    assert (view.day, view.said, view.held, view.difference, view.refilled) == ("2026-11-24", "15", "15", "", "2")
    assert (view.earlier, view.later) == ("/ledger?day=2026-11-23", "")
    (gap,) = view.open_hours
    assert (gap.hour, gap.said, gap.held, gap.difference) == ("11-23 09:00", "5", "3", "−2")
    assert (gap.difference_money, gap.missing) == ("−¥20.00", "6900000000000000000, 6900000000000000001")
    assert [(one.hour, one.difference, one.difference_money, one.refilled) for one in view.hours] == [
        ("11-24 09:00", "0", "", ""),
        ("11-24 08:00", "0", "", "2"),
    ]


def test_a_day_with_a_gap_says_how_much_is_missing(database: Database):
    hour(database, MORNING, said=12, held=11, gaps=1)
    with database.reading() as session:
        view = ledger_view(session, NOW, NOW.date())
    assert (view.difference, view.hours, view.is_coming) == ("−1 · −¥10.00", [], False)


def test_what_is_only_on_its_way_is_no_alarm(database: Database):
    hour(database, MORNING, said=12, held=11)
    with database.reading() as session:
        view = ledger_view(session, NOW, None)
    assert ([one.is_coming for one in view.open_hours], view.is_coming) == ([True], True)


def test_a_surplus_and_an_hour_that_was_not_counted_stand_with_the_gaps(database: Database):
    hour(database, MORNING, said=1, held=2)
    hour(database, MORNING - HOUR, said=0, held=0, checked_at=None, error="Douyin did not answer in time")
    with database.reading() as session:
        view = ledger_view(session, NOW, None)
    assert [(one.difference, one.difference_money, one.error) for one in view.open_hours] == [
        ("+1", "¥10.00", ""),
        ("0", "", "Douyin did not answer in time"),
    ]


def test_an_hour_that_still_runs_says_until_when_it_is_counted(database: Database):
    hour(database, MORNING, said=1, held=1, counted_until=MORNING + timedelta(minutes=35))
    with database.reading() as session:
        assert [one.hour for one in ledger_view(session, NOW, None).hours] == ["11-24 09:00–09:35"]


@pytest.mark.parametrize("text", ["", "today", "2026-13-01"])
def test_an_address_that_names_no_day_means_today(text: str):
    assert day_of(text) is None
    assert day_of("2026-11-24") == NOW.date()


def test_an_anomaly_of_missing_orders_leads_to_the_ledger(database: Database):
    shop = add_shop(now=NOW)
    with database.transaction() as session:
        about = ("shop", shop.id)
        found = open_anomaly(session, AnomalyKind.ORDERS_MISSING, about=about, occurred_at=NOW, now=NOW)
        card = anomaly_card_view(session, found.id, NOW)
    assert card.about_href == "/ledger"


async def test_the_page_is_read_for_its_day_and_an_hour_is_counted_again(sign_in: SignIn, database: Database):
    made = hour(database, MORNING, said=2, held=2)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/ledger?day=2026-11-24", Ledger.enter)
        state = await tab.state(Ledger)
        assert (state.is_loaded, [one.id for one in state.view.hours]) == (True, [str(made.id)])
        await tab.fire(Ledger.count_again(str(made.id)))
        assert (await tab.state(Ledger)).said == "一分钟内重新核对"
    with database.reading() as session:
        (check_at,) = session.exec(select(LedgerHour.check_at)).all()
    assert check_at
    assert abs(check_at - utc_now()) < timedelta(minutes=1)


@pytest.mark.parametrize("role", [Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_does_not_run_the_system_sees_and_asks_nothing(sign_in: SignIn, database: Database, role: Role):
    made = hour(database, MORNING, said=2, held=2)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.visit("/ledger?day=2026-11-24", Ledger.enter)
        await tab.fire(Ledger.count_again(str(made.id)))
        assert (await tab.state(Ledger)).view.hours == []
        assert (await tab.state(Who)).refused == "system:sync:run"
    with database.reading() as session:
        assert session.exec(select(LedgerHour.check_at)).all() == [None]
