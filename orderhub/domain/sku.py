"""What does the merchant sell, under which codes, and for which pieces does a code of an order stand?

A code is a listing of its shop, else a SKU, else an expression of both: ``A-18&B-C1*4`` is one A-18 and four B-C1.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, Session, SQLModel, col, or_, select

from orderhub.kernel.columns import BigId, Moment, own_id
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, Was, before, record
from orderhub.kernel.ids import clean_no, clean_text
from orderhub.kernel.many_rows import among
from orderhub.kernel.money import bounded_fen

_MOST_GRAMS = 1_000_000

_TERM = re.compile(r"(?P<code>.+?)(?:\s*[*×]\s*(?P<times>[0-9]{1,5}))?")
Known = dict[str, tuple[int, int]]
Parts = Mapping[int, list[tuple[int, int]]]


class Sku(SQLModel, table=True):
    """``is_presale``: sold before it is there, nothing of it is reserved yet. With parts it is a bundle.

    ``barcode`` is what a scanner reads off it, its code where that is empty; ``weight_grams`` 0: not known.
    ``floor_fen`` is the lowest price one piece may be sold for; 0: any.
    """

    __table_args__ = (
        Index("ix_sku_floor", "id", sqlite_where=text("floor_fen > 0"), postgresql_where=text("floor_fen > 0")),
    )

    id: int = own_id()
    code: str = Field(max_length=64, unique=True)
    title: str = Field(default="", max_length=200)
    barcode: str = Field(default="", max_length=64, index=True)
    weight_grams: int = 0
    is_presale: bool = False
    floor_fen: int = Field(default=0, sa_type=BigId)
    created_at: datetime = Field(sa_type=Moment)


class SkuPart(SQLModel, table=True):
    """``sku`` stands for ``quantity`` of ``part``: a bundle for its parts alone, any SKU for its gifts besides."""

    __tablename__ = "sku_part"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (CheckConstraint("quantity > 0", name="some"),)

    sku_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId)
    part_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId, index=True)
    quantity: int
    is_gift: bool = False


class Listing(SQLModel, table=True):
    """渠道商品: what a shop calls ``code`` is ``quantity`` of one SKU or bundle."""

    __table_args__ = (CheckConstraint("quantity > 0", name="some"),)

    shop_id: int = Field(foreign_key="shop.id", primary_key=True, sa_type=BigId)
    code: str = Field(primary_key=True, max_length=64)
    sku_id: int = Field(foreign_key="sku.id", sa_type=BigId)
    quantity: int = 1
    bound_by: str = Field(max_length=64)
    bound_at: datetime = Field(sa_type=Moment)


class NestedBundle(RuleBroken):
    code = "nested_bundle"


@dataclass(frozen=True)
class SkuEvent(Happening):
    subject_type: ClassVar[str] = "sku"


@dataclass(frozen=True)
class SkuAdded(SkuEvent):
    code: str


@dataclass(frozen=True)
class SkuChanged(SkuEvent):
    """``became`` and ``was`` by the names of ``fields``."""

    fields: tuple[str, ...]
    became: Was | None = None
    was: Was | None = None


@dataclass(frozen=True)
class ListingBound(SkuEvent):
    shop_id: int
    code: str
    quantity: int


@dataclass(frozen=True)
class Asked:
    """A line as it is asked for: by its code, or by a SKU's id where that was chosen instead (then 0 is no id)."""

    code: str
    quantity: int
    sku_id: int = 0


@dataclass
class Wanted:
    """``pieces`` by SKU id, ``later`` likewise for what is not there yet; ``unmatched`` codes stand for nothing.

    ``presale``: the SKUs and bundles for whose sake pieces come later, and how many of each were sold.
    """

    pieces: dict[int, int] = field(default_factory=dict)
    later: dict[int, int] = field(default_factory=dict)
    presale: dict[int, int] = field(default_factory=dict)
    unmatched: set[str] = field(default_factory=set)

    @property
    def every(self) -> dict[int, int]:
        """What is there and what comes later, by SKU id."""
        return dict(Counter(self.pieces) + Counter(self.later))


def in_all(parts: Iterable[Wanted]) -> Wanted:
    """What ``parts`` want together."""
    total = Wanted()
    for one in parts:
        for mine, theirs in ((total.pieces, one.pieces), (total.later, one.later), (total.presale, one.presale)):
            for sku_id, pieces in theirs.items():
                mine[sku_id] = mine.get(sku_id, 0) + pieces
        total.unmatched |= one.unmatched
    return total


def has_skus(session: Session) -> bool:
    """A hub that was never told of a SKU keeps no stock; ids below zero are `orderhub prove`'s.

    A SKU never goes again, so that a transaction has to see one only once.
    """
    if not session.info.get("has_skus"):
        session.info["has_skus"] = session.exec(select(Sku.id).where(col(Sku.id) > 0).limit(1)).first() is not None
    return session.info["has_skus"]


def tidy_code(code: str) -> str:
    return unicodedata.normalize("NFKC", code).strip()


def terms(code: str) -> list[tuple[str, int]]:
    """``A-18&B-C1*4`` → [("A-18", 1), ("B-C1", 4)]; a plain code is one term. Empty: it is no expression."""
    found = []
    for term in tidy_code(code).split("&"):
        match = _TERM.fullmatch(term.strip())
        times = int(match["times"] or 1) if match else 0
        if not match or not times:
            return []
        found.append((match["code"], times))
    return found


def explode(session: Session, shop_id: int, lines: Sequence[tuple[str, int]]) -> Wanted:
    """The pieces that ``lines`` (code, quantity) stand for in all, gifts included."""
    return in_all(explode_each(session, shop_id, [Asked(code, quantity) for code, quantity in lines]))


def each_means(session: Session, shop_id: int, codes: Iterable[str]) -> dict[str, Wanted]:
    """What one of each code stands for, as ``explode`` has it."""
    asked = [Asked(code, 1) for code in codes]
    return {one.code: wanted for one, wanted in zip(asked, explode_each(session, shop_id, asked), strict=True)}


def explode_each(session: Session, shop_id: int, lines: Sequence[Asked]) -> list[Wanted]:
    """The pieces that each of ``lines`` stands for, gifts included."""
    if not lines:
        return []
    tidied = {line.code: tidy_code(line.code) for line in lines if not line.sku_id}
    names = {name for tidy in tidied.values() for name in names_in(tidy)}
    known = known_codes(session, shop_id, names) if names else {}
    parts, early = _parts(session, {sku_id for sku_id, _ in known.values()} | {one.sku_id for one in lines} - {0})
    return [_stands_for(line, tidied, known, parts, early) for line in lines]


def _stands_for(
    line: Asked,
    tidied: Mapping[str, str],
    known: Known,
    parts: Parts,
    early: set[int],
) -> Wanted:
    wanted = Wanted()
    meant = [(line.sku_id, 1)] if line.sku_id else meant_by(tidied[line.code], known)
    if not meant:
        wanted.unmatched.add(line.code)
    for sku_id, each in meant:
        sold = {sku_id: line.quantity * each} if sku_id in early else {}
        for part_id, count in parts[sku_id]:
            is_early, pieces = part_id in early, line.quantity * each * count
            side = wanted.later if is_early or sold else wanted.pieces
            side[part_id] = side.get(part_id, 0) + pieces
            if is_early:
                sold[part_id] = pieces
        for early_id, pieces in sold.items():
            wanted.presale[early_id] = wanted.presale.get(early_id, 0) + pieces
    return wanted


def meant_by(tidy: str, known: Known) -> list[tuple[int, int]]:
    """(SKU id, how many of it) for each term of a code; empty where one of them is unknown."""
    found = [(tidy, 1)] if tidy in known else terms(tidy)
    if any(name not in known for name, _ in found):
        return []
    return [(known[name][0], known[name][1] * times) for name, times in found]


def names_in(tidy: str) -> list[str]:
    """The code itself, and the terms it has as an expression."""
    return [tidy, *(name for name, _ in terms(tidy))]


def known_codes(session: Session, shop_id: int, names: set[str]) -> Known:
    """Code → (SKU id, how many of it); the shop's own listing goes before a SKU of the same code."""
    coded = session.exec(select(Sku.code, Sku.id).where(among(session, col(Sku.code), names)))
    skus = {code: (sku_id, 1) for code, sku_id in coded}
    listed = session.exec(select(Listing).where(Listing.shop_id == shop_id, among(session, col(Listing.code), names)))
    return skus | {one.code: (one.sku_id, one.quantity) for one in listed}


def _parts(session: Session, sku_ids: set[int]) -> tuple[Parts, set[int]]:
    """Each SKU's pieces, itself unless it is a bundle; and which of all of them are presale."""
    if not sku_ids:
        return {}, set()
    found: dict[int, list[tuple[int, int]]] = {sku_id: [] for sku_id in sku_ids}
    bundles = set()
    for part in session.exec(select(SkuPart).where(among(session, col(SkuPart.sku_id), sku_ids))):
        found[part.sku_id].append((part.part_id, part.quantity))
        if not part.is_gift:
            bundles.add(part.sku_id)
    for sku_id in sku_ids - bundles:
        found[sku_id].append((sku_id, 1))
    every = sku_ids | {part_id for pieces in found.values() for part_id, _ in pieces}
    early = session.exec(select(Sku.id).where(among(session, col(Sku.id), every), col(Sku.is_presale)))
    return found, set(early)


def sku_coded(session: Session, code: str) -> Sku:
    """Raises: NotFound: no SKU has this code."""
    found = session.exec(select(Sku).where(Sku.code == tidy_code(code))).one_or_none()
    if not found:
        raise NotFound(f"no SKU has the code {code[:64]!r}")
    return found


def put_sku(
    session: Session,
    code: str,
    *,
    by: str,
    now: datetime,
    title: str | None = None,
    is_presale: bool | None = None,
    barcode: str | None = None,
    weight_grams: int | None = None,
    floor_fen: int | None = None,
) -> Sku:
    """The SKU called ``code``, made or changed; what is None stays as it is. Safe to repeat.

    Raises:
        BadInput: a text that cannot be, a weight beyond a ton, or a floor that is no price.
    """
    if floor_fen is not None and bounded_fen(floor_fen, field="floor") < 0:
        raise BadInput("floor: is negative", field="floor", problem="absurd_money")
    tidy = clean_no(code, field="sku_code")
    if weight_grams is not None and not 0 <= weight_grams <= _MOST_GRAMS:
        raise BadInput(f"weight: {weight_grams} g cannot be", field="weight", problem="absurd_quantity")
    told = {
        "title": None if title is None else clean_text(title, most=200, field="title"),
        "barcode": None if barcode is None else tidy_code(clean_text(barcode, most=64, field="barcode")),
        "weight_grams": weight_grams,
        "is_presale": is_presale,
        "floor_fen": floor_fen,
    }
    facts = {name: value for name, value in told.items() if value is not None}
    standing = session.exec(select(Sku).where(Sku.code == tidy)).one_or_none()
    if standing is None:
        made = Sku(code=tidy, created_at=now, **facts)
        session.add(made)
        session.flush()
        record(session, SkuAdded(made.id, tidy), actor=by, now=now)
        return made
    changed = [name for name, value in facts.items() if getattr(standing, name) != value]
    was = before(standing, *changed)
    for name in changed:
        setattr(standing, name, facts[name])
    if changed:
        session.add(standing)
        happened = SkuChanged(standing.id, tuple(changed), before(standing, *changed), was)
        record(session, happened, actor=by, now=now)
    return standing


def set_parts(session: Session, sku: Sku, expression: str, *, by: str, now: datetime, is_gift: bool = False) -> None:
    """Make the bundle's parts (or the SKU's gifts) those of ``expression``; an empty one takes them away.

    Raises:
        BadInput: the expression cannot be read.
        NestedBundle: a part is a bundle, or the SKU is a part itself.
        NotFound: a part is no SKU.
    """
    wanted: dict[int, int] = {}
    for code, times in terms(expression) if expression.strip() else []:
        part = sku_coded(session, code)
        wanted[part.id] = wanted.get(part.id, 0) + times
    if expression.strip() and not wanted:
        raise BadInput(f"parts: {expression[:64]!r} is not like A-18&B-C1*4", field="parts", problem="not_code")
    if not is_gift:
        _check_flat(session, sku, set(wanted))
    standing = session.exec(select(SkuPart).where(SkuPart.sku_id == sku.id)).all()
    for part in standing:
        if part.is_gift == is_gift and part.part_id not in wanted:
            session.delete(part)
    for part_id, quantity in wanted.items():
        session.merge(SkuPart(sku_id=sku.id, part_id=part_id, quantity=quantity, is_gift=is_gift))
    before = {(part.part_id, part.quantity) for part in standing if part.is_gift == is_gift}
    if before != set(wanted.items()):
        record(session, SkuChanged(sku.id, ("gifts" if is_gift else "parts",)), actor=by, now=now)
    session.flush()


def _check_flat(session: Session, sku: Sku, part_ids: set[int]) -> None:
    if not part_ids:
        return
    inside = select(SkuPart).where(
        or_(
            (col(SkuPart.sku_id).in_(part_ids)) & ~col(SkuPart.is_gift),
            (col(SkuPart.part_id) == sku.id) & ~col(SkuPart.is_gift),
        )
    )
    if sku.id in part_ids or session.exec(inside.limit(1)).first():
        raise NestedBundle(f"{sku.code}: a bundle is made of SKUs, not of bundles")


def list_as(session: Session, shop_id: int, code: str, target: str, *, by: str, now: datetime) -> Listing:
    """From now on the shop's ``code`` is ``target``: a SKU's code, or ``CODE*3``. Safe to repeat.

    Raises:
        BadInput: the target is an expression of several SKUs; make a bundle of them.
        NotFound: no SKU has the code.
    """
    meant = [(tidy_code(target), 1)] if _is_code(session, target) else terms(target)
    if len(meant) != 1:
        raise BadInput("target: one SKU or bundle, maybe with *quantity", field="target", problem="not_code")
    sku = sku_coded(session, meant[0][0])
    bound = session.merge(
        Listing(
            shop_id=shop_id,
            code=tidy_code(code),
            sku_id=sku.id,
            quantity=meant[0][1],
            bound_by=by,
            bound_at=now,
        )
    )
    record(session, ListingBound(sku.id, shop_id, bound.code, bound.quantity), actor=by, now=now)
    session.flush()
    return bound


def _is_code(session: Session, target: str) -> bool:
    return session.exec(select(Sku.id).where(Sku.code == tidy_code(target))).first() is not None


def parts_text(session: Session, sku_ids: Sequence[int], *, is_gift: bool) -> dict[int, str]:
    """Each SKU's parts (or gifts) as an expression: ``A-18&B-C1*4``."""
    wanted = (
        select(SkuPart.sku_id, Sku.code, SkuPart.quantity)
        .join(Sku, col(Sku.id) == SkuPart.part_id)
        .where(col(SkuPart.sku_id).in_(sku_ids), col(SkuPart.is_gift) == is_gift)
        .order_by(col(Sku.code))
    )
    found: dict[int, list[str]] = {}
    for sku_id, code, quantity in session.exec(wanted):
        found.setdefault(sku_id, []).append(code if quantity == 1 else f"{code}*{quantity}")
    return {sku_id: "&".join(parts) for sku_id, parts in found.items()}
