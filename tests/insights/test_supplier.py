"""Do cards, lead times, returns and sheets read from the database say what was done there?"""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from orderhub.domain import purchase_order
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.order import OrderLine
from orderhub.domain.purchase_order import PurchaseLine, draft_purchase, lines_of
from orderhub.domain.receipt import Counted, receive
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.replenishment import (
    LeftOut,
    NothingToOrder,
    ReplenishmentLine,
    ReplenishmentTerms,
    approve,
    keep_run,
    newest_run,
    set_terms,
    terms_of,
)
from orderhub.domain.restock import plan_restock
from orderhub.domain.scorecard_terms import ScorecardTerms, scorecard_terms, set_scorecard_terms
from orderhub.domain.stock import Cause, adjust, warehouses
from orderhub.domain.supplier import set_supply
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.insights.forecast.kept import ForecastDay, ForecastRun, RunState
from orderhub.insights.forecast.kept import Model as ForecastModel
from orderhub.insights.quarter import quarter_of
from orderhub.insights.replenishment import LeadSource, Source
from orderhub.insights.replenishment_sheet import facts_of, lines_for, sheet_rows, work_out
from orderhub.insights.scorecard import Part
from orderhub.insights.supplier import leads, lines_behind, quarter_cards, supplied, supplier_rows
from orderhub.insights.supplier_returns import returns, spearman
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.sight import Sight, seeing
from tests import builders
from tests.builders import NOW
from tests.domain.stocked import stocked
from tests.domain.supplying import BY, TODAY, came, line, ordered, supplier

QUARTER = quarter_of(TODAY)


def bought(session: Session, *, days: int, promised: int = 10, good: int = 100, **bad: int) -> PurchaseLine:
    """An order of 100 boxes, placed ``days`` ago, promised for ``promised`` days later and here today."""
    order = ordered(session, line(days=promised - days))
    order.ordered_on = TODAY - timedelta(days=days)
    came(session, order, good, **bad)
    return lines_of(session, order.id)[0]


def test_a_card_is_made_of_what_came_and_leads_to_its_lines(database: Database):
    with database.transaction() as session:
        stocked(session, BOX_40L=0)
        supplier(session, "idle")
        late = bought(session, days=15, good=96, wrong=1, missing=1, defective=2)
        bought(session, days=5)
        ordered(session)  # promised for a day to come
        draft_purchase(session, supplier(session), None, [line()], **BY)
        rows = supplier_rows(session, QUARTER, today=TODAY)
        assert [(row.supplier.code, row.card.lines, row.open_orders) for row in rows] == [
            ("HZ-01", 3, 1),
            ("idle", 0, 0),
        ]
        figures = rows[0].card.figures
        assert (figures[Part.ON_TIME].bad, figures[Part.ON_TIME].base) == (1, 2)
        assert (figures[Part.COMPLETE].bad, figures[Part.COMPLETE].base) == (2, 200)
        assert (figures[Part.SOUND].bad, figures[Part.SOUND].base) == (2, 200)
        for part in (Part.ON_TIME, Part.COMPLETE, Part.SOUND):
            behind = lines_behind(session, rows[0].supplier.id, QUARTER, part, today=TODAY)
            assert [one.line.id for one in behind] == [late.id]
        assert len(lines_behind(session, rows[0].supplier.id, QUARTER, None, today=TODAY)) == 3
        assert [row.supplier.code for row in supplier_rows(session, QUARTER, today=TODAY, text="IDL")] == ["idle"]
        before = quarter_cards(session, [QUARTER.before], today=TODAY)[QUARTER.before]
        assert {card.lines for card in before.values()} == {0}


def test_who_sees_one_warehouse_scores_what_came_there(database: Database):
    with database.transaction() as session:
        stocked(session, BOX_40L=0)
        bought(session, days=5)
    with seeing(Sight(warehouses=frozenset({"south"}))), database.reading() as session:
        assert supplied(session) == []
    with seeing(Sight(warehouses=frozenset({"east"}))), database.reading() as session:
        assert len(supplied(session)) == 1


def test_weights_are_set_once_and_add_up(database: Database):
    with database.transaction() as session:
        with pytest.raises(BadInput, match="add up"):
            set_scorecard_terms(session, ScorecardTerms(on_time_weight=50), **BY)
        with pytest.raises(BadInput, match="limits"):
            set_scorecard_terms(session, ScorecardTerms(price_limit=0), **BY)
        set_scorecard_terms(session, ScorecardTerms(on_time_weight=60, complete_weight=5), **BY)
        assert scorecard_terms(session).on_time_weight == 60


def test_a_lead_time_is_told_from_five_arrivals_on(database: Database):
    with database.transaction() as session:
        stocked(session, BOX_40L=0)
        for days in (10, 12, 14, 12):
            bought(session, days=days)
        made = supplier(session)
        assert leads(session, [made.id], TODAY) == {}
        bought(session, days=12)
        lead = leads(session, [made.id], TODAY)[made.id]
        assert (lead.mean, lead.arrivals) == (12, 5)
        assert lead.spread == pytest.approx(1.2649, abs=1e-4)


def test_what_customers_send_back_is_shared_by_who_brought_it(database: Database):
    with database.transaction() as session:
        goods = stocked(session, BOX_40L=0)
        bought(session, days=5, good=75, defective=25)
        other = draft_purchase(session, supplier(session, "NB-02"), None, [line(quantity=300)], **BY)
        purchase_order.approve(session, other.id, **BY)
        purchase_order.place(session, other.id, **BY)
        receive(session, other.id, [Counted(lines_of(session, other.id)[0].id, 300)], **BY)
        (east, _) = warehouses(session)
        adjust(session, goods["BOX-40L"].id, east, -50, reason="出库", cause=Cause.SHIPPED, **BY)
        _case(session, ReasonKind.QUALITY, 4)
        _case(session, ReasonKind.NO_REASON, 8, no="2")
        _case(session, ReasonKind.QUALITY, 100, no="3", status=AftersaleStatus.WITHDRAWN)
        found = returns(session, QUARTER.start, QUARTER.end)
        first, second = supplier(session).id, supplier(session, "NB-02").id
        assert found.reasons[first] == {ReasonKind.QUALITY: 1, ReasonKind.NO_REASON: 2}
        assert found.reasons[second] == {ReasonKind.QUALITY: 3, ReasonKind.NO_REASON: 6}
        mine = next(one for one in found.skus if one.supplier_id == first)
        assert (mine.brought, mine.bad, mine.sold, mine.returned) == (100, 25, 12.5, 1)
        assert (found.pairs, found.correlation) == (2, None)


def _case(session: Session, kind: ReasonKind, pieces: int, *, no: str = "1", status=AftersaleStatus.REQUESTED) -> None:
    order = builders.order(session, f"690000000000000000{no}", lines=(builders.line_draft(sku_code="BOX-40L"),))
    row = session.exec(select(OrderLine).where(OrderLine.order_id == order.id)).one()
    case = Aftersale(
        shop_id=order.shop_id, order_id=order.id, channel=order.channel, channel_refund_no=f"R{no}",
        kind=AftersaleKind.RETURN_AND_REFUND, status=status, channel_status_word="x", amount_fen=1,
        reason_kind=kind, requested_at=NOW, channel_updated_at=NOW, content_digest="x", accepted_at=NOW,
    )  # fmt: skip
    session.add(case)
    session.flush()
    session.add(AftersaleLine(aftersale_id=case.id, line_id=row.id, quantity=pieces, amount_fen=1))


def test_ranks_that_rise_together_are_one():
    assert spearman([(1, 10), (2, 20), (3, 90), (4, 91), (9, 95)]) == pytest.approx(1)
    assert spearman([(1, 5), (2, 4), (3, 3), (4, 2), (5, 1)]) == pytest.approx(-1)
    assert spearman([(1, 1), (1, 1), (2, 2), (2, 2)]) == pytest.approx(1)
    assert spearman([(1, 1), (1, 2), (1, 3)]) is None


def _forecast(session: Session, sku_id: int, warehouse_id: int, *, days: int, milli: int) -> None:
    run = ForecastRun(
        state=RunState.DONE, first_day=TODAY + timedelta(days=1), last_day=TODAY + timedelta(days=days),
        by="tester", made_at=NOW, beat_at=NOW, common_milli=0,
    )  # fmt: skip
    session.add(run)
    session.flush()
    for ahead in range(1, days + 1):
        session.add(
            ForecastDay(
                run_id=run.id, sku_id=sku_id, warehouse_id=warehouse_id, day=TODAY + timedelta(days=ahead),
                mean_milli=milli, p50_milli=milli, p90_milli=milli + 1_282, model=ForecastModel.NAIVE,
            )
        )  # fmt: skip
    session.flush()


def test_a_sheet_is_made_of_forecast_stock_and_what_is_on_order(database: Database):
    with database.transaction() as session:
        goods = stocked(session, BOX_40L=50, BAG_1=10)
        box, (east, south) = goods["BOX-40L"], warehouses(session)
        set_supply(session, supplier(session, lead_days=10), box, pack_size=12, price_fen=900, **BY)
        _forecast(session, box.id, east.id, days=60, milli=10_000)
        ordered(session, line(quantity=30))
        draft_purchase(session, supplier(session), session.merge(east), [line(quantity=7)], **BY)
        plan_restock(session, box, east, 5, NOW + timedelta(days=3), **BY)
        terms = ReplenishmentTerms(warehouse_id=east.id, review_days=20)
        facts = {one.sku_id: one for one in facts_of(session, east.id, terms, TODAY)}
        mine = facts[box.id]
        assert (mine.available, mine.ordered, mine.drafted, mine.restocked) == (50, 30, 7, 5)
        assert (mine.wanted.source, mine.wanted.days, mine.wanted.known_days) == (Source.FORECAST, 30, 30)
        assert mine.wanted.mean == pytest.approx(300)
        assert mine.wanted.spread == pytest.approx(30**0.5, rel=0.01)
        assert (mine.lead.source, mine.lead.days, mine.lead.spread) == (LeadSource.AGREED, 10, 4)
        bag = facts[goods["BAG-1"].id]
        assert (bag.wanted.source, bag.wanted.mean, bag.lead.source) == (Source.RECENT, 0, LeadSource.ASSUMED)
        (only,) = work_out(session, east, terms, NOW)
        assert only.facts.sku_id == box.id
        assert only.quantity % 12 == 0
        assert only.quantity >= 300 - 92
        assert facts_of(session, south.id, terms, TODAY)[0].wanted.source is Source.RECENT


def test_days_beyond_the_forecast_are_as_its_mean(database: Database):
    with database.transaction() as session:
        box, (east, _) = stocked(session, BOX_40L=0)["BOX-40L"], warehouses(session)
        _forecast(session, box.id, east.id, days=15, milli=4_000)
        terms = ReplenishmentTerms(warehouse_id=east.id, review_days=16, lead_days=14)
        (facts,) = facts_of(session, east.id, terms, TODAY)
        assert (facts.wanted.days, facts.wanted.known_days, facts.wanted.mean) == (30, 15, pytest.approx(120))


def test_without_a_forecast_the_last_28_days_stand_in(database: Database):
    with database.transaction() as session:
        box, (east, _) = stocked(session, BOX_40L=500)["BOX-40L"], warehouses(session)
        for ago in (1, 2, 28, 29):
            moment = NOW - timedelta(days=ago)
            adjust(session, box.id, east, -28, reason="出库", cause=Cause.SHIPPED, by="tester", now=moment)
        (facts,) = facts_of(session, east.id, ReplenishmentTerms(warehouse_id=east.id, review_days=16), TODAY)
        assert facts.wanted.source is Source.RECENT
        assert facts.wanted.mean == pytest.approx(3 * 30)


@pytest.fixture
def sheet(database: Database) -> int:
    """Of one box from each of two suppliers, and a bag that nobody sells us."""
    with database.transaction() as session:
        goods = stocked(session, BOX_40L=100, BOX_80L=100, BAG_1=100)
        (east, _) = warehouses(session)
        for code, seller in (("BOX-40L", "HZ-01"), ("BOX-80L", "NB-02")):
            set_supply(session, supplier(session, seller), goods[code], pack_size=10, price_fen=500, **BY)
        for sku in goods.values():
            moment = NOW - timedelta(days=2)
            adjust(session, sku.id, east, -100, reason="出库", cause=Cause.SHIPPED, by="tester", now=moment)
        terms = terms_of(session, east.id)
        lines = lines_for(work_out(session, east, terms, NOW), east.id)
        return keep_run(session, east, terms, lines, **BY).id


def test_saying_yes_makes_a_draft_for_each_supplier_once(database: Database, sheet: int):
    with database.transaction() as session:
        run = newest_run(session, 1)
        assert run
        rows = sheet_rows(session, run)
        assert {row.sku.code: row.line.left_out for row in rows} == {
            "BOX-40L": LeftOut.NONE, "BOX-80L": LeftOut.NONE, "BAG-1": LeftOut.NO_SUPPLIER,
        }  # fmt: skip
        ids = [row.line.id for row in rows]
        orders = approve(session, sheet, ids, **BY)
        assert len(orders) == 2
        (drafted,) = lines_of(session, orders[0].id)
        suggested = next(row.line for row in rows if row.sku.code == drafted.code)
        assert (drafted.quantity, drafted.price_fen) == (suggested.quantity, 500)
        assert drafted.promised_on == TODAY + timedelta(days=14)
        with pytest.raises(NothingToOrder):
            approve(session, sheet, ids, **BY)
        assert {row.order_no for row in sheet_rows(session, run)} == {*(order.order_no for order in orders), ""}


def test_an_old_sheet_and_one_out_of_sight_order_nothing(database: Database, sheet: int):
    with database.transaction() as session:
        ids = list(session.exec(select(ReplenishmentLine.id)))
        with seeing(Sight(warehouses=frozenset({"south"}))), pytest.raises(NotFound):
            approve(session, sheet, ids, **BY)
        (east, _) = warehouses(session)
        keep_run(session, east, terms_of(session, east.id), [], **BY)
        with pytest.raises(NothingToOrder):
            approve(session, sheet, ids, **BY)
    with seeing(Sight(shops=frozenset({1}))), database.reading() as session:
        assert session.exec(select(ReplenishmentLine)).all() == []


@pytest.mark.parametrize(
    "wrong", [{"service_permille": 1000}, {"review_days": 0}, {"lead_days": 366}, {"budget_fen": -1}]
)
def test_terms_that_cannot_be_are_refused(database: Database, wrong: dict):
    with database.transaction() as session:
        stocked(session)
        with pytest.raises(BadInput):
            set_terms(session, ReplenishmentTerms(warehouse_id=1, **wrong), **BY)
        with pytest.raises(NotFound):
            set_terms(session, ReplenishmentTerms(warehouse_id=99), **BY)
