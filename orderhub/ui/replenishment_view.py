"""What does the page of what to buy show, as the browser gets it? Each number with a sentence that says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from sqlmodel import Session

from orderhub.domain.replenishment import LeftOut, ReplenishmentTerms, newest_run, terms_of
from orderhub.domain.stock import warehouses
from orderhub.insights.replenishment import Step
from orderhub.insights.replenishment_sheet import SheetRow, sheet_rows
from orderhub.kernel.money import money_text, yuan_text
from orderhub.kernel.sight import FieldGroup, seen
from orderhub.kernel.veil import Cost
from orderhub.ui.numbers import number_of
from orderhub.ui.words import tr

PATH = "/replenishment"


@dataclass
class PlaceView:
    id: str
    name: str
    href: str
    is_on: bool


@dataclass
class StepView:
    name: str
    amount: str
    why: str


@dataclass
class LineView:
    """``can``: it may still be ordered."""

    id: str
    code: str
    title: str
    supplier: str
    lasts: str
    is_urgent: bool
    wanted: str
    quantity: str
    cost: Cost
    left_out: str
    order_no: str
    order_href: str
    can: bool
    steps: list[StepView]


@dataclass
class TermsView:
    service: str = ""
    review_days: str = ""
    lead_days: str = ""
    spread_days: str = ""
    budget: Cost = ""


@dataclass
class ReplenishmentView:
    """``run`` is empty where no sheet was made."""

    places: list[PlaceView] = field(default_factory=list)
    place: str = ""
    run: str = ""
    day: str = ""
    by: str = ""
    budget: Cost = ""
    lines: list[LineView] = field(default_factory=list)
    left: str = "0"
    pieces: str = "0"
    total: Annotated[str, FieldGroup.COST] = ""
    terms: TermsView = field(default_factory=TermsView)


def place_of(given: Mapping[str, str]) -> int:
    """The warehouse a link asks for; 0: the first."""
    return number_of(given.get("warehouse", ""))


def replenishment_view(session: Session, warehouse_id: int, lang: str) -> ReplenishmentView:
    places = [one for one in warehouses(session) if one.id > 0]
    place = next((one for one in places if one.id == warehouse_id), places[0] if places else None)
    if place is None:
        return ReplenishmentView()
    view = ReplenishmentView(
        places=[PlaceView(str(one.id), one.name, f"{PATH}?warehouse={one.id}", one is place) for one in places],
        place=str(place.id),
        terms=_terms(terms_of(session, place.id)),
    )
    run = newest_run(session, place.id)
    if run is None:
        return view
    rows = sheet_rows(session, run)
    view.run, view.day, view.by = str(run.id), str(run.day), run.by
    view.budget = money_text(run.budget_fen) if run.budget_fen else ""
    view.lines = [_line(row, lang) for row in rows]
    view.left = str(sum(1 for one in view.lines if one.can))
    view.pieces = f"{sum(row.line.quantity for row in rows):,}"
    view.total = money_text(sum(row.line.quantity * row.line.price_fen for row in rows))
    return view


def step_texts(lang: str, kept: dict[str, Any]) -> tuple[str, str]:
    """What a number on the way is called, and why it is what it is."""
    step, said = Step(kept["step"]), {name: _number(value) for name, value in kept.items()}
    name, said["amount"] = tr(lang, f"step_{step}"), amount_text(kept["amount"])
    if step is Step.LEAD:
        return name, tr(lang, f"step_lead_{kept['source']}", **said)
    if step is Step.DEMAND:
        short = "_short" if kept["source"] == "forecast" and kept["known"] < kept["days"] else ""
        return name, tr(lang, f"step_demand_{kept['source']}{short}", **said)
    if step is Step.BUDGET:
        return name, tr(
            lang, f"step_budget_{kept['why']}", left=seen(FieldGroup.COST, money_text(int(kept["left_fen"])))
        )
    return name, tr(lang, f"step_{step}_why", **said)


def amount_text(amount: float) -> str:
    """Pieces as a person writes them: whole where they are, else with one decimal."""
    return f"{amount:,.1f}".removesuffix(".0").replace("-", "−")


def _line(row: SheetRow, lang: str) -> LineView:
    line = row.line
    cost = line.quantity * line.price_fen
    return LineView(
        id=str(line.id),
        code=row.sku.code,
        title=row.sku.title,
        supplier=row.supplier,
        lasts="" if line.lasts_days is None else str(line.lasts_days),
        is_urgent=line.lasts_days is not None and line.lasts_days <= line.lead_days,
        wanted=f"{line.wanted:,}",
        quantity=f"{line.quantity:,}",
        cost=money_text(cost) if cost else "",
        left_out="" if line.left_out is LeftOut.NONE else str(line.left_out),
        order_no=row.order_no,
        order_href=f"/purchases/card?purchase={line.purchase_id}" if line.purchase_id else "",
        can=line.quantity > 0 and line.purchase_id is None,
        steps=[_step(kept, lang) for kept in line.steps],
    )


def _step(kept: dict[str, Any], lang: str) -> StepView:
    name, why = step_texts(lang, kept)
    return StepView(name, amount_text(kept["amount"]), why)


def _number(value: Any) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _terms(terms: ReplenishmentTerms) -> TermsView:
    return TermsView(
        f"{terms.service_permille / 10:g}",
        str(terms.review_days),
        str(terms.lead_days),
        str(terms.lead_spread_days),
        yuan_text(terms.budget_fen) if terms.budget_fen else "",
    )
