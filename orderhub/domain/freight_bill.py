"""What do carriers charge us? Their bills as they came, and beside each line how it stands; lines are only added."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar

from sqlalchemy import Date, Index, UniqueConstraint, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.freight import Charge, FreightCause, Tolerance, Verdict, judge
from orderhub.domain.freight_parcel import parcels_of
from orderhub.domain.words import Carrier
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, Was, batched, record
from orderhub.kernel.ids import digest
from orderhub.kernel.sight import in_sight

_AT_ONCE = 2000
_MOST_GRAMS = 100_000
_DIALECTS = {"sqlite": sqlite, "postgresql": postgresql}


class FreightFile(SQLModel, table=True):
    """A carrier's bill, taken once."""

    __tablename__ = "freight_file"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("carrier", "content_digest"),)

    id: int = own_id()
    carrier: Carrier = Field(sa_type=word(Carrier))
    content_digest: str = Field(max_length=64)
    name: str = Field(max_length=200)
    lines: int = 0
    charged_fen: int = Field(default=0, sa_type=BigId)
    by: str = Field(max_length=64)
    taken_at: datetime = Field(sa_type=Moment)


class FreightLine(SQLModel, table=True):
    """A charge as its carrier wrote it; never changed. ``zone`` is its own word for where the parcel went."""

    __tablename__ = "freight_line"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("carrier", "key"),
        Index("ix_freight_line_tracking_no", "carrier", "tracking_no"),
        Index("ix_freight_line_day", "day", "carrier"),
    )

    id: int = own_id()
    file_id: int = Field(foreign_key="freight_file.id", sa_type=BigId)
    carrier: Carrier = Field(sa_type=word(Carrier))
    key: str = Field(max_length=64)
    tracking_no: str = Field(max_length=64)
    day: date = Field(sa_type=Date)  # type: ignore[call-overload]
    grams: int = 0
    zone: str = Field(default="", max_length=64)
    word: str = Field(default="", max_length=64)
    charged_fen: int = Field(sa_type=BigId)


class FreightCheck(SQLModel, table=True):
    """How a line stands as we know it now; written anew when more is known. ``gap_fen``: charged more than expected."""

    __tablename__ = "freight_check"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_freight_check_cause", "cause", "gap_fen", "line_id"),)

    line_id: int = Field(primary_key=True, foreign_key="freight_line.id", sa_type=BigId)
    cause: FreightCause = Field(sa_type=word(FreightCause))
    expected_fen: int = Field(sa_type=BigId)
    gap_fen: int = Field(sa_type=BigId)
    our_grams: int = 0
    our_province: str = Field(default="", max_length=16)
    checked_at: datetime = Field(sa_type=Moment)


class FreightTerms(SQLModel, table=True):
    """How much above our weight a carrier may say; whoever takes its bills locks this row."""

    __tablename__ = "freight_terms"  # pyright: ignore[reportAssignmentType]

    carrier: Carrier = Field(sa_type=word(Carrier), primary_key=True)
    tolerance_grams: int = Tolerance().grams
    tolerance_percent: int = Tolerance().percent

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance(self.tolerance_grams, self.tolerance_percent)


@dataclass(frozen=True)
class FreightBillTaken(Happening):
    subject_type: ClassVar[str] = "freight_file"
    carrier: str
    lines: int
    charged_fen: int


@dataclass(frozen=True)
class FreightChecked(Happening):
    """Lines that did not agree were looked at again; ``changed`` of them stand otherwise now."""

    subject_type: ClassVar[str] = "freight_carrier"
    carrier: str
    changed: int


@dataclass(frozen=True)
class FreightTermsSet(Happening):
    subject_type: ClassVar[str] = "freight_carrier"
    carrier: str
    grams: int
    percent: int
    was: Was | None = None


@dataclass(frozen=True)
class FreightExported(Happening):
    """Somebody took ``rows`` of ``what`` away as a file: lines or claims."""

    subject_type: ClassVar[str] = "freight"
    what: str
    form: str
    rows: int


@dataclass(frozen=True)
class Bill:
    carrier: Carrier
    charges: tuple[Charge, ...]
    name: str = ""

    @cached_property
    def keyed(self) -> dict[str, Charge]:
        """By what tells them apart: two rows alike in everything are two."""
        seen: Counter[str] = Counter()
        found: dict[str, Charge] = {}
        for charge in self.charges:
            said = _content(charge)
            seen[said] += 1
            found[digest(f"{said}|{seen[said]}")] = charge
        return found

    @cached_property
    def content_digest(self) -> str:
        """The same for one content, whatever kind of file it came in and however its rows stand."""
        return digest("\n".join([self.carrier, *sorted(self.keyed)]))


@dataclass(frozen=True)
class Taken:
    lines: int = 0
    causes: Mapping[FreightCause, int] = field(default_factory=dict)
    is_known: bool = False


@dataclass(frozen=True)
class Weighed:
    """What taking a bill would find: ``fresh`` lines are not here, by their cause; ``gap_fen`` is what to ask back."""

    lines: int
    fresh: int
    charged_fen: int
    gap_fen: int
    causes: Mapping[FreightCause, int]
    is_known: bool


def take(session: Session, bill: Bill, *, by: str, now: datetime) -> Taken:
    """Add the lines of ``bill`` that are not here, and set every charge for their waybills against our parcels anew.

    Safe to repeat; overlapping bills add only what is new.
    """
    terms = terms_of(session, bill.carrier, lock=True)
    if _is_known(session, bill):
        return Taken(is_known=True)
    file = FreightFile(
        carrier=bill.carrier,
        content_digest=bill.content_digest,
        name=bill.name[:200],
        lines=len(bill.charges),
        charged_fen=sum(charge.charged_fen for charge in bill.charges),
        by=by,
        taken_at=now,
    )
    session.add(file)
    session.flush()
    fresh = _fresh(session, bill)
    rows = [_row(key, charge) | {"file_id": file.id, "carrier": bill.carrier} for key, charge in fresh.items()]
    for part in batched(rows, _AT_ONCE):
        session.connection().execute(insert(FreightLine), part)
    causes: Counter[FreightCause] = Counter()
    for verdict, _ in _check(session, terms, {charge.tracking_no for charge in fresh.values()}, now=now):
        if verdict.charge.key in fresh:
            causes[verdict.cause] += 1
    charged = sum(charge.charged_fen for charge in fresh.values())
    record(session, FreightBillTaken(file.id, bill.carrier, len(fresh), charged), actor=by, now=now)
    return Taken(len(fresh), causes)


def weigh(session: Session, bill: Bill) -> Weighed:
    """As ``take`` would find it; nothing is changed."""
    terms = session.get(FreightTerms, bill.carrier) or FreightTerms(carrier=bill.carrier)
    fresh = _fresh(session, bill)
    causes: Counter[FreightCause] = Counter()
    gap_fen = 0
    new = [replace(charge, key=key) for key, charge in fresh.items()]
    for numbers in batched(sorted({charge.tracking_no for charge in new}), _AT_ONCE):
        wanted = set(numbers)
        added = [charge for charge in new if charge.tracking_no in wanted]
        for verdict in _judged(session, terms, [*charges_of(session, bill.carrier, numbers), *added]):
            if verdict.charge.key in fresh:
                causes[verdict.cause] += 1
                gap_fen += max(0, verdict.gap_fen)
    return Weighed(
        lines=len(bill.charges),
        fresh=len(fresh),
        charged_fen=sum(charge.charged_fen for charge in bill.charges),
        gap_fen=gap_fen,
        causes=causes,
        is_known=_is_known(session, bill),
    )


def check_again(session: Session, carrier: Carrier, *, by: str, now: datetime) -> int:
    """Look at what does not agree again: a parcel or a price may have come since. Returns how many lines changed."""
    terms = terms_of(session, carrier, lock=True)
    wanted = select(FreightLine.tracking_no).join(FreightCheck, col(FreightCheck.line_id) == FreightLine.id)
    wanted = wanted.where(FreightLine.carrier == carrier, FreightCheck.cause != FreightCause.AGREED).distinct()
    numbers = set(session.exec(in_sight(wanted)))
    changed = sum(one.cause is not was for one, was in _check(session, terms, numbers, now=now))
    record(session, FreightChecked(0, carrier, changed), actor=by, now=now)
    return changed


def set_terms(session: Session, carrier: Carrier, tolerance: Tolerance, *, by: str, now: datetime) -> None:
    """Raises: BadInput: more than 100 kg or 100 %, or less than nothing."""
    if not (0 <= tolerance.grams <= _MOST_GRAMS and 0 <= tolerance.percent <= 100):
        raise BadInput(
            "tolerance: 0 to 100,000 grams, 0 to 100 percent", field="tolerance", problem="freight_tolerance"
        )
    standing = terms_of(session, carrier, lock=True)
    was = {"grams": standing.tolerance_grams, "percent": standing.tolerance_percent}
    standing.tolerance_grams, standing.tolerance_percent = tolerance.grams, tolerance.percent
    session.add(standing)
    record(session, FreightTermsSet(0, carrier, tolerance.grams, tolerance.percent, was), actor=by, now=now)


def terms_of(session: Session, carrier: Carrier, *, lock: bool = False) -> FreightTerms:
    begun = _DIALECTS[session.get_bind().dialect.name].insert(FreightTerms)
    begun = begun.values(FreightTerms(carrier=carrier).model_dump()).on_conflict_do_nothing()
    session.exec(begun)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return session.get_one(FreightTerms, carrier, with_for_update=lock, populate_existing=True)


def charges_of(session: Session, carrier: Carrier, numbers: Sequence[str]) -> list[Charge]:
    """Every line of these waybills."""
    wanted = select(
        FreightLine.tracking_no,
        FreightLine.day,
        FreightLine.charged_fen,
        FreightLine.grams,
        FreightLine.zone,
        FreightLine.word,
        FreightLine.key,
        FreightLine.id,
    )  # type: ignore[call-overload]
    wanted = wanted.where(FreightLine.carrier == carrier, col(FreightLine.tracking_no).in_(numbers))
    return [Charge(*facts) for facts in session.exec(wanted)]


def _fresh(session: Session, bill: Bill) -> dict[str, Charge]:
    held: set[str] = set()
    for part in batched(bill.keyed, _AT_ONCE):
        wanted = select(FreightLine.key).where(FreightLine.carrier == bill.carrier, col(FreightLine.key).in_(part))
        held |= set(session.exec(wanted))
    return {key: charge for key, charge in bill.keyed.items() if key not in held}


def _is_known(session: Session, bill: Bill) -> bool:
    wanted = select(FreightFile.id).where(FreightFile.carrier == bill.carrier)
    return session.exec(wanted.where(FreightFile.content_digest == bill.content_digest)).first() is not None


def _check(
    session: Session, terms: FreightTerms, numbers: Iterable[str], *, now: datetime
) -> Iterator[tuple[Verdict, FreightCause | None]]:
    """Every charge for these waybills, judged and written down; beside it how it stood before, None: it is new."""
    for part in batched(sorted(numbers), _AT_ONCE):
        verdicts = list(_judged(session, terms, charges_of(session, terms.carrier, part)))
        held: dict[int, FreightCause] = {}
        for some in batched([one.charge.id for one in verdicts], _AT_ONCE):
            wanted = select(FreightCheck.line_id, FreightCheck.cause).where(col(FreightCheck.line_id).in_(some))
            held |= {line_id: FreightCause(cause) for line_id, cause in session.exec(wanted)}
        rows = [_verdict_row(one, now) for one in verdicts]
        if new := [row for row in rows if row["line_id"] not in held]:
            session.connection().execute(insert(FreightCheck), new)
        if known := [row for row in rows if row["line_id"] in held]:
            session.execute(update(FreightCheck), known)  # pyright: ignore[reportDeprecated]
        for one in verdicts:
            yield one, held.get(one.charge.id)


def _judged(session: Session, terms: FreightTerms, charges: Sequence[Charge]) -> Iterator[Verdict]:
    by_number: dict[str, list[Charge]] = {}
    for charge in charges:
        by_number.setdefault(charge.tracking_no, []).append(charge)
    parcels = parcels_of(session, terms.carrier, list(by_number))
    for number, told in by_number.items():
        yield from judge(terms.carrier, told, parcels.get(number), terms.tolerance)


def _content(charge: Charge) -> str:
    """A waybill is charged once a day for one thing; the same amount again is that charge, however it is written."""
    return f"{charge.tracking_no}|{charge.day}|{charge.word}|{charge.charged_fen}"


def _row(key: str, charge: Charge) -> dict[str, Any]:
    names = ("tracking_no", "day", "charged_fen", "grams", "zone", "word")
    return {name: getattr(charge, name) for name in names} | {"key": key}


def _verdict_row(one: Verdict, now: datetime) -> dict[str, Any]:
    return {
        "line_id": one.charge.id,
        "cause": one.cause,
        "expected_fen": one.expected_fen,
        "gap_fen": one.gap_fen,
        "our_grams": one.our_grams,
        "our_province": one.our_province,
        "checked_at": now,
    }
