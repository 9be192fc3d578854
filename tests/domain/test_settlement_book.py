"""Do statements only ever add to the books, find what differs, and let a closed day stand?"""

import random
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, func, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.settlement import (
    DayClosed,
    DayNotOver,
    Difference,
    DifferenceResolved,
    LineKind,
    Statement,
    StatementFile,
    StatementLine,
    StatementSource,
)
from orderhub.domain.settlement_book import Delivery, Taken, take, weigh
from orderhub.domain.settlement_match import Line
from orderhub.domain.settlement_upkeep import close_day, flag_old, match_again, resolve_difference, set_rate
from orderhub.domain.words import Channel
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import SYSTEM, Event
from tests import builders
from tests.builders import NOW
from tests.domain.settled import (
    DAY,
    TOTAL_FEN,
    YESTERDAY,
    bill,
    book,
    differing,
    merchant_shop,
    paid_order,
    receipt,
    refund,
    sent_back,
)


def test_a_bill_that_agrees_leaves_sums_and_no_difference(database: Database):
    with database.transaction() as session:
        sent_back(session, paid_order(session, "A1"), "R1", 3000)
        paid_order(session, "A2")
        lines = receipt("A1", fee_fen=84, rate_ppm=6000), receipt("A2"), refund("A1", "R1", 3000)
        assert weigh(session, bill(*lines)).matched == 3
        assert take(session, bill(*lines), by="tester", now=NOW) == Taken(lines=3)
        day = book(session)
        assert (day.lines, day.receipts_fen, day.refunds_fen, day.fees_fen) == (3, 2 * TOTAL_FEN, -3000, 84)
        assert differing(session) == []
        (taken,) = session.exec(select(Event).where(Event.kind == "statement_taken"))
        assert taken.body == {"source": "wechat_pay", "account": "1900000001", "lines": 3, "opened": 0, "resolved": 0}


def test_the_same_bill_again_changes_nothing(database: Database):
    with database.transaction() as session:
        paid_order(session, "A1")
        delivery = bill(receipt("A1", 1), receipt("X9"))
        take(session, delivery, by="tester", now=NOW)
        before = differing(session), book(session).model_dump()
        assert weigh(session, delivery).is_known
        assert take(session, delivery, by="tester", now=NOW + timedelta(hours=1)) == Taken(is_known=True)
        assert (differing(session), book(session).model_dump()) == before
        assert session.exec(select(func.count()).select_from(StatementFile)).one() == 1


def test_what_we_say_was_paid_and_no_bill_shows_is_missing_until_a_later_one_does(database: Database):
    with database.transaction() as session:
        late = paid_order(session, "A1", at=YESTERDAY.replace(hour=15, minute=59, second=59))
        sent_back(session, paid_order(session, "A2"), "R1", 3000)
        take(session, bill(receipt("A2")), by="tester", now=NOW)
        assert differing(session) == [
            ("missing_receipt", "A1", 0, TOTAL_FEN),
            ("missing_receipt", "A2", 0, -3000),
        ]
        assert late.paid_at
        at = late.paid_at + timedelta(seconds=2)
        take(session, bill(receipt("A1", at=at), day=DAY + timedelta(days=1)), by="tester", now=NOW)
        assert differing(session) == [("missing_receipt", "A2", 0, -3000), ("timing", "A1", TOTAL_FEN, TOTAL_FEN)]
        assert differing(session, is_open=False) == [("missing_receipt", "A1", 0, TOTAL_FEN)]


def test_an_order_that_comes_later_ends_its_difference_by_itself(database: Database):
    with database.transaction() as session:
        merchant_shop(session)
        take(session, bill(receipt("A1")), by="tester", now=NOW)
        assert differing(session) == [("missing_order", "A1", TOTAL_FEN, 0)]
        paid_order(session, "A1")
        assert match_again(session, now=NOW + timedelta(hours=1)) == 1
        (over,) = session.exec(select(Difference))
        assert (over.resolved_by, differing(session)) == (SYSTEM, [])


def test_a_corrected_bill_takes_lines_back_by_rows_of_their_own(database: Database):
    with database.transaction() as session:
        for number in ("A1", "A2"):
            paid_order(session, number)
        take(session, bill(receipt("A1", 100), receipt("A2")), by="tester", now=NOW)
        assert differing(session) == [("amount", "A1", 100, TOTAL_FEN)]
        taken = take(session, bill(receipt("A1"), receipt("A2")), by="tester", now=NOW)
        assert (taken.lines, taken.resolved, differing(session)) == (2, 1, [])
        day = book(session)
        assert (day.lines, day.receipts_fen, day.corrections) == (2, 2 * TOTAL_FEN, 0)
        rows = session.exec(select(StatementLine.amount_fen, StatementLine.is_live).order_by(col(StatementLine.id)))
        assert rows.all() == [(100, False), (TOTAL_FEN, True), (TOTAL_FEN, True), (-100, False)]


def test_a_closed_day_stands_and_later_lines_are_corrections(database: Database):
    with database.transaction() as session:
        paid_order(session, "A1")
        take(session, bill(receipt("A1", 100)), by="tester", now=NOW)
        close_day(session, book(session).id, by="cai", now=NOW)
        before = book(session).model_dump(include={"lines", "receipts_fen", "fees_fen", "open_at_close"})
        assert before["open_at_close"] == 1
        taken = take(session, bill(receipt("A1", fee_fen=84)), by="tester", now=NOW + timedelta(days=1))
        assert (taken.lines, taken.corrections) == (2, 2)
        day = book(session)
        assert day.model_dump(include=set(before)) == before
        assert (day.corrections, day.corrected_fen) == (2, TOTAL_FEN - 84 - 100)
        assert differing(session) == []
        with pytest.raises(DayClosed):
            close_day(session, day.id, by="cai", now=NOW)


def test_a_day_that_still_runs_cannot_be_closed(database: Database):
    with database.transaction() as session:
        merchant_shop(session)
        take(session, bill(receipt("A1", at=NOW), day=NOW.date()), by="tester", now=NOW)
        with pytest.raises(DayNotOver):
            close_day(session, book(session, NOW.date()).id, by="cai", now=NOW)
        with pytest.raises(NotFound):
            close_day(session, 99, by="cai", now=NOW)


def test_what_a_person_settled_with_a_reason_stays_settled(database: Database):
    with database.transaction() as session:
        merchant_shop(session)
        take(session, bill(receipt("A1")), by="tester", now=NOW)
        (one,) = session.exec(select(Difference))
        with pytest.raises(BadInput):
            resolve_difference(session, one.id, reason=" ", by="cai", now=NOW)
        resolve_difference(session, one.id, reason="店主测试单", by="cai", now=NOW)
        with pytest.raises(DifferenceResolved):
            resolve_difference(session, one.id, reason="again", by="cai", now=NOW)
        take(session, bill(receipt("A1"), receipt("A2")), by="tester", now=NOW)
        assert [found[1] for found in differing(session)] == ["A2"]


def test_an_old_difference_is_an_anomaly_of_finances_until_it_is_over(database: Database):
    with database.transaction() as session:
        merchant_shop(session)
        take(session, bill(receipt("A1")), by="tester", now=NOW)
        assert flag_old(session, now=NOW + timedelta(days=6)) == 0
        assert flag_old(session, now=NOW + timedelta(days=7)) == 1
        (found,) = session.exec(select(Anomaly).where(Anomaly.kind == AnomalyKind.SETTLEMENT_DIFFERENCE))
        assert (found.owner_role, found.at_risk_fen, found.subject_type) == ("finance", TOTAL_FEN, "statement")
        paid_order(session, "A1")
        match_again(session, now=NOW + timedelta(days=8))
        assert flag_old(session, now=NOW + timedelta(days=8)) == 0
        assert found.resolved_at


def test_an_expected_rate_finds_fees_that_are_too_high(database: Database):
    with database.transaction() as session:
        paid_order(session, "A1")
        set_rate(session, StatementSource.WECHAT_PAY, 3800, by="cai", now=NOW)
        take(session, bill(receipt("A1", fee_fen=84, rate_ppm=6000)), by="tester", now=NOW)
        assert differing(session) == [("fee", "A1", -84, -53)]
        with pytest.raises(BadInput):
            set_rate(session, StatementSource.WECHAT_PAY, 200_001, by="cai", now=NOW)
        set_rate(session, StatementSource.WECHAT_PAY, None, by="cai", now=NOW)
        assert (match_again(session, now=NOW), differing(session)) == (1, [])


def test_an_account_of_nobody_is_refused(database: Database):
    with database.transaction() as session, pytest.raises(NotFound, match="connect-pay"):
        take(session, bill(receipt("A1"), account="1600000000"), by="tester", now=NOW)


MOVED = st.builds(
    Line,
    kind=st.sampled_from(LineKind),
    order_no=st.sampled_from(["", "690001", "690002", "690003"]),
    amount_fen=st.sampled_from([TOTAL_FEN, -TOTAL_FEN, 100]),
    moved_at=st.integers(-2, 1).map(lambda days: NOW + timedelta(days=days)),
    entry_no=st.sampled_from(["", "1", "2"]),
    fee_fen=st.sampled_from([0, 84]),
    rate_ppm=st.just(6000),
)


_TWICE = Line(LineKind.RECEIPT, "", TOTAL_FEN, NOW, entry_no="1", rate_ppm=6000)
_UNNUMBERED = Line(LineKind.RECEIPT, "", TOTAL_FEN, NOW, rate_ppm=6000)
_DAY_BEFORE = Line(LineKind.RECEIPT, "", TOTAL_FEN, NOW - timedelta(days=1), entry_no="1", rate_ppm=6000)
_FEELESS = Line(LineKind.RECEIPT, "690001", TOTAL_FEN, NOW, entry_no="1", rate_ppm=6000)
_WITH_FEE = Line(LineKind.RECEIPT, "690001", TOTAL_FEN, NOW, entry_no="1", fee_fen=84, rate_ppm=6000)


@example(files=[[_TWICE], [_UNNUMBERED, _TWICE, _DAY_BEFORE]], seed=0)
@example(files=[[_FEELESS], [_WITH_FEE]], seed=0)
@example(files=[[_FEELESS], [_WITH_FEE]], seed=1)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(st.lists(MOVED, max_size=5), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_files_come_to_the_same_books_in_any_order_and_twice(database: Database, files: list[list[Line]], seed: int):
    turned = random.Random(seed).sample([*files, *files], 2 * len(files))
    assert _books(database, "dy-one", files) == _books(database, "dy-two", turned)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.lists(MOVED, max_size=5), max_size=2), after=st.lists(st.lists(MOVED, max_size=5), max_size=3)
)
def test_a_closed_day_never_changes_and_nothing_is_lost_on_it(
    database: Database, before: list[list[Line]], after: list[list[Line]]
):
    with database.engine.connect() as connection:
        outer = connection.begin()
        try:
            with Session(bind=connection) as session:
                builders.shop(session, "dy-shut", Channel.DOUYIN)
                builders.shop(session, "dy-open", Channel.DOUYIN)
                days = frozenset((NOW + timedelta(days=day)).date() for day in (-3, -2, -1, 0))
                for lines in before:
                    _take_both(session, lines)
                for statement in session.exec(select(Statement).where(Statement.account == "dy-shut")).all():
                    close_day(session, statement.id, by="cai", now=NOW + timedelta(days=3))
                closed, rows = _shut_books(session), _shut_rows(session)
                for lines in after:
                    _take_both(session, lines)
                # A bill of whole days takes back what it does not hold: of a closed day too, by rows of its own.
                _take_both(session, [], days=days)
                stands = _shut_books(session)
                assert {key: stands[key] for key in closed} == closed
                assert _shut_rows(session)[: len(rows)] == rows
                assert _moved_fen(session, "dy-shut") == _moved_fen(session, "dy-open")
                later = select(StatementLine).join(Statement, col(Statement.id) == StatementLine.statement_id)
                later = later.where(
                    col(Statement.closed_at).is_not(None), col(StatementLine.id) > max([0, *(r[0] for r in rows)])
                )
                found = session.exec(later.where(Statement.account == "dy-shut")).all()
                assert all(line.is_correction for line in found)
        finally:
            outer.rollback()


def _take_both(session: Session, lines: list[Line], *, days: frozenset[date] = frozenset()) -> None:
    for code in ("dy-shut", "dy-open"):
        take(
            session,
            Delivery(StatementSource.DOUYIN, code, tuple(lines), days),
            by="tester",
            now=NOW + timedelta(days=3),
        )


def _shut_books(session: Session) -> dict[int, dict[str, object]]:
    """The sums of the closed days; what is counted beside them is not among them."""
    found = session.exec(select(Statement).where(Statement.account == "dy-shut", col(Statement.closed_at).is_not(None)))
    return {one.id: one.model_dump(exclude={"corrections", "corrected_fen", "taken_at"}) for one in found}


def _shut_rows(session: Session) -> list[tuple[int, str, int, int, bool]]:
    wanted = select(StatementLine).join(Statement, col(Statement.id) == StatementLine.statement_id)
    found = session.exec(wanted.where(Statement.account == "dy-shut").order_by(col(StatementLine.id)))
    return [(one.id, one.key, one.amount_fen, one.fee_fen, one.is_correction) for one in found]


def _moved_fen(session: Session, code: str) -> dict[date, int]:
    """Sums and corrections together, by day."""
    return {
        one.day: one.receipts_fen + one.refunds_fen + one.other_fen - one.fees_fen + one.corrected_fen
        for one in session.exec(select(Statement).where(Statement.account == code))
    }


def _books(database: Database, code: str, files: list[list[Line]]) -> list[object]:
    """What a shop's books hold in the end; nothing of it is kept."""
    with database.engine.connect() as connection:
        outer = connection.begin()
        try:
            with Session(bind=connection) as session:
                shop = builders.shop(session, code, Channel.DOUYIN)
                for number in ("690001", "690002"):
                    builders.order(session, number, of=shop)
                for lines in files:
                    take(session, Delivery(StatementSource.DOUYIN, code, tuple(lines)), by="tester", now=NOW)
                found = session.exec(select(StatementLine.key, StatementLine.amount_fen)).all()
                return [sorted(found), differing(session)]
        finally:
            outer.rollback()
