"""Whoever may not see a field cannot find out about it by filters, sorts and searches either."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.insights.anomaly import anomaly_groups
from orderhub.insights.board import BoardSort
from orderhub.insights.review import ReviewQuery, review
from orderhub.insights.search import find_orders
from orderhub.kernel.db import Database
from orderhub.kernel.sight import FieldGroup, Sight, seeing
from orderhub.ui.anomaly_view import read_desk_address
from orderhub.ui.board_address import read_address
from tests import builders
from tests.builders import NOW


def without(group: FieldGroup) -> Sight:
    return Sight(fields=frozenset(FieldGroup) - {group})


@pytest.fixture
def session(database: Database):
    with database.transaction() as session:
        for turn, fen in enumerate((500, 900), 1):
            line = builders.line_draft(unit_price_fen=fen, quantity=1)
            promised = NOW + timedelta(hours=turn)
            builders.order(session, f"A{turn}", lines=(line,), buyer_token=f"buyer-{turn}", ship_by=promised)
        session.flush()
        yield session


def test_money_neither_narrows_nor_sorts_for_who_may_not_see_it():
    asked = {"min": "5", "max": "9", "sort": "at_risk", "q": "box"}
    with seeing(without(FieldGroup.MONEY)):
        found = read_address(asked)
        assert (found.least_fen, found.most_fen, found.sort, found.text) == (None, None, BoardSort.DUE, "box")
        assert read_desk_address({"sort": "money"}).query.sort == "due"
    assert (read_address(asked).least_fen, read_address(asked).sort) == (500, BoardSort.AT_RISK)


def test_a_tail_or_a_buyer_finds_nothing_for_who_may_not_see_them(session: Session):
    for group, text in ((FieldGroup.RECEIVER, "0000"), (FieldGroup.BUYER, "buyer-1")):
        assert find_orders(session, text)
        with seeing(without(group)):
            assert find_orders(session, text) == []


def test_the_review_does_not_stand_in_the_order_of_hidden_money(session: Session):
    def listed() -> list[str]:
        return [row.order.channel_order_no for row in review(session, ReviewQuery(), 10).rows]

    assert listed() == ["A2", "A1"]
    with seeing(without(FieldGroup.MONEY)):
        assert listed() == ["A1", "A2"]
        first = review(session, ReviewQuery(), 1)
        assert first.last
        assert first.last.paid_fen == 0
        after = review(session, ReviewQuery(after=first.last), 1)
        assert [row.order.channel_order_no for row in after.rows] == ["A2"]


def test_groups_of_anomalies_weigh_nothing_for_who_may_not_see_money(session: Session):
    facts = {"about": ("order", 1), "occurred_at": NOW, "now": NOW, "at_risk_fen": 500}
    open_anomaly(session, AnomalyKind.UNKNOWN_SKU, **facts)
    assert [group.at_risk_fen for group in anomaly_groups(session, NOW)] == [500]
    with seeing(without(FieldGroup.MONEY)):
        assert [group.at_risk_fen for group in anomaly_groups(session, NOW)] == [0]
