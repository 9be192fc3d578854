"""What does the import page show, as the browser gets it? One import, or those of late."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from orderhub.domain.shop import Rollout, Shop
from orderhub.intake.files.imports import FileImport, ImportState, recent
from orderhub.intake.files.mapping import FileField, FileMapping, Transform, named, read_mapping
from orderhub.kernel.errors import BadInput
from orderhub.kernel.veil import Money, Raw
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.import_text import IMPORT_LABELS, problem_words

_SHOWN_RECENT = 15


@dataclass
class ShopChoice:
    code: str
    name: str


@dataclass
class SampleView:
    key: str
    effect: str
    number: str
    total: Money
    goods: str
    changed: str


@dataclass
class ProblemView:
    key: str
    row: str
    column: str
    reason: Raw


@dataclass
class ColumnView:
    """``place`` names its inputs in the form; ``field`` and ``how`` are the guess, empty for a column left out."""

    place: str
    name: str
    sample: Raw
    field_input: str
    how_input: str
    field: str
    how: str


@dataclass
class ImportView:
    """``percent`` is empty while nobody knows how long it takes; ``changes`` is what taking it would do."""

    mark: str = ""
    name: str = ""
    state: str = ""
    layout: str = ""
    shop: str = ""
    by: str = ""
    begun: str = ""
    begun_exact: str = ""
    reason: str = ""
    rows: str = "0"
    new: str = "0"
    changed: str = "0"
    same: str = "0"
    wrong: str = "0"
    changes: str = "0"
    has_changes: bool = False
    has_wrong: bool = False
    is_moving: bool = False
    is_stalled: bool = False
    done: str = "0"
    total: str = "0"
    percent: str = ""
    samples: list[SampleView] = field(default_factory=list)
    problems: list[ProblemView] = field(default_factory=list)
    columns: list[ColumnView] = field(default_factory=list)
    missing: str = ""
    usual: str = ""
    per_row: str = "no"
    returns: str = "no"
    freight_codes: str = ""
    other_codes: str = ""


def shop_choices(session: Session) -> list[ShopChoice]:
    shops = session.exec(select(Shop).where(Shop.rollout != Rollout.OFF).order_by(col(Shop.channel), col(Shop.code)))
    return [ShopChoice(shop.code, shop.name) for shop in shops]


def recent_views(session: Session, lang: str, now: datetime) -> list[ImportView]:
    return [import_view(session, found, lang, now) for found in recent(session, _SHOWN_RECENT)]


def import_view(session: Session, found: FileImport, lang: str, now: datetime) -> ImportView:
    shop = session.get(Shop, found.shop_id) if found.shop_id else None
    view = ImportView(
        mark=found.mark,
        name=found.name,
        state=found.state,
        layout=found.layout,
        shop=shop.name if shop else "",
        by=found.by,
        begun=unix(found.created_at),
        begun_exact=exact(found.created_at),
        reason=problem_words(lang, found.problem, found.said) if found.problem else "",
        rows=f"{found.rows:,}",
        new=f"{found.new:,}",
        changed=f"{found.changed:,}",
        same=f"{found.same:,}",
        wrong=f"{found.wrong:,}",
        changes=f"{found.new + found.changed:,}",
        has_changes=found.new + found.changed > 0,
        has_wrong=found.wrong > 0,
        is_moving=found.is_moving and not found.is_stalled(now),
        is_stalled=found.is_stalled(now),
        done=f"{found.done:,}",
        total=f"{found.total:,}",
        percent=str(100 * found.done // found.total) if found.total else "",
    )
    if found.state is ImportState.TO_MAP:
        _show_guess(view, found.found, lang)
    elif found.state in (ImportState.READY, ImportState.DONE):
        _show_samples(view, found.found, lang)
    return view


def _show_samples(view: ImportView, found: dict[str, Any], lang: str) -> None:
    view.samples = [
        SampleView(
            f"{one['effect']}-{one['number']}",
            one["effect"],
            one["number"],
            f"¥{one['total']}",
            one["goods"],
            one["changed"],
        )
        for one in found.get("samples", ())
    ]
    view.problems = [
        ProblemView(str(one["row"]), f"{one['row']:,}", one["column"], problem_words(lang, one["problem"], one["said"]))
        for one in found.get("problems", ())
    ]


def _show_guess(view: ImportView, found: dict[str, Any], lang: str) -> None:
    guess = read_mapping(found["guess"])
    known = {column.name: column for column in guess.columns}
    for place, column in enumerate(found["columns"]):
        match = known.get(named(column["name"]))
        view.columns.append(
            ColumnView(
                str(place),
                column["name"],
                " · ".join(column["samples"]),
                f"field{place}",
                f"how{place}",
                str(match.field) if match else "",
                str(match.transform) if match else "",
            )
        )
    view.missing = missing_text(guess, lang)
    view.usual = str(guess.usual or "")
    view.per_row, view.returns = ("yes" if guess.is_per_row else "no"), ("yes" if guess.has_returns else "no")
    view.freight_codes, view.other_codes = ", ".join(sorted(guess.freight_codes)), ", ".join(sorted(guess.other_codes))


def missing_text(mapping: FileMapping, lang: str) -> str:
    """Fields without which there is no order; alternatives with a stroke between."""
    names = IMPORT_LABELS[FileField]
    groups = ["/".join(names[one][lang == "en"] for one in group) for group in mapping.missing()]
    return (", " if lang == "en" else "、").join(groups)


def mapping_of(columns: list[ColumnView], form: dict[str, str]) -> FileMapping:
    """What a person chose for each column.

    Raises:
        BadInput: not what the page offers.
    """
    chosen = []
    for column in columns:
        if not (wanted := form.get(column.field_input, "")):
            continue
        if wanted not in list(FileField):
            raise BadInput(f"mapping: no field is called {wanted[:32]!r}", field="mapping", problem="not_mapping")
        how, offered = form.get(column.how_input, ""), FileField(wanted).transforms
        is_offered = how in list(Transform) and Transform(how) in offered
        chosen.append({"name": named(column.name), "field": wanted, "transform": how if is_offered else offered[0]})
    return read_mapping(
        {
            "contents": "orders",
            "columns": chosen,
            "is_per_row": form.get("per_row") == "yes",
            "has_returns": form.get("returns") == "yes",
            "freight_codes": form.get("freight_codes", "").replace("，", ",").split(","),
            "other_codes": form.get("other_codes", "").replace("，", ",").split(","),
            "usual": form.get("usual", ""),
        }
    )
