"""How long do parcels take? Reckoned every night from those that arrived lately, by carrier, warehouse and province."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import Field, Session, SQLModel, col, delete, func, select

from orderhub.domain.expected_arrival import Basis, Span, span_of
from orderhub.domain.provinces import province_of
from orderhub.domain.track import Scan, Track
from orderhub.domain.words import ScanNode
from orderhub.kernel.columns import BigId, Moment, word

LOOKS_BACK = timedelta(days=90)
_ARRIVED = (ScanNode.READY_FOR_PICKUP, ScanNode.DELIVERED)
_AT_ONCE = 2000

Key = tuple[str, int, str]


class ArrivalSpan(SQLModel, table=True):
    """One group of parcels: ``carrier`` empty: any, ``warehouse_id`` 0: any, ``province`` empty: any."""

    __tablename__ = "arrival_span"  # pyright: ignore[reportAssignmentType]

    carrier: str = Field(primary_key=True, max_length=32)
    warehouse_id: int = Field(primary_key=True, sa_type=BigId)
    province: str = Field(primary_key=True, max_length=32)
    basis: Basis = Field(sa_type=word(Basis))
    parcels: int
    early_minutes: int
    likely_minutes: int
    late_minutes: int
    reckoned_at: datetime = Field(sa_type=Moment)

    @property
    def span(self) -> Span:
        early, likely, late = (
            timedelta(minutes=count) for count in (self.early_minutes, self.likely_minutes, self.late_minutes)
        )
        return Span(self.basis, self.parcels, early, likely, late)


# Built once: the buyer's page asks it hundreds of times a second.
_SPANS = select(ArrivalSpan).where(
    col(ArrivalSpan.carrier).in_(bindparam("carriers", expanding=True)),
    col(ArrivalSpan.province).in_(bindparam("provinces", expanding=True)),
    col(ArrivalSpan.warehouse_id).in_(bindparam("warehouses", expanding=True)),
)


def reckon_spans(session: Session, now: datetime) -> dict[Key, Span]:
    """What parcels that arrived within 90 days say; a locker counts as arriving, however long it lies there."""
    wanted = (
        columns(
            col(Track.carrier), col(Track.warehouse_id), col(Track.to_region), col(Track.shipped_at), func.min(Scan.at)
        )
        .join(Scan, col(Scan.track_id) == Track.id)
        .where(col(Track.node) == ScanNode.DELIVERED, col(Track.moved_at) >= now - LOOKS_BACK)
        .where(col(Scan.node).in_(_ARRIVED))
        .group_by(col(Track.id))
    )
    taken: dict[tuple[Key, Basis], list[int]] = defaultdict(list)
    found = session.execute(wanted.execution_options(yield_per=_AT_ONCE))
    for carrier, warehouse_id, region, shipped_at, arrived_at in found:
        if arrived_at > shipped_at:
            minutes = int((arrived_at - shipped_at).total_seconds() // 60)
            for group in ladder(carrier or "", warehouse_id, region):
                taken[group].append(minutes)
    spans = ((key, span_of(minutes, basis)) for (key, basis), minutes in taken.items())
    return {key: span for key, span in spans if span}


def keep_spans(session: Session, spans: Mapping[Key, Span], *, now: datetime) -> int:
    """In the stead of what was reckoned before; returns how many groups there are. Safe to repeat."""
    session.exec(delete(ArrivalSpan))
    session.add_all(
        ArrivalSpan(
            carrier=carrier,
            warehouse_id=warehouse_id,
            province=province,
            basis=span.basis,
            parcels=span.parcels,
            early_minutes=int(span.early.total_seconds() // 60),
            likely_minutes=int(span.likely.total_seconds() // 60),
            late_minutes=int(span.late.total_seconds() // 60),
            reckoned_at=now,
        )
        for (carrier, warehouse_id, province), span in spans.items()
    )
    return len(spans)


def ladder(carrier: str, warehouse_id: int, region: str) -> list[tuple[Key, Basis]]:
    """The groups a parcel belongs to, the closest first; what is not known of it makes no group."""
    province = province_of(region)
    rungs = (
        (Basis.ROUTE, (carrier, warehouse_id, province), carrier and warehouse_id and province),
        (Basis.CARRIER_TO, (carrier, 0, province), carrier and province),
        (Basis.FROM_TO, ("", warehouse_id, province), warehouse_id and province),
        (Basis.CARRIER, (carrier, 0, ""), carrier),
        (Basis.ALL, ("", 0, ""), True),
    )
    return [(key, basis) for basis, key, is_known in rungs if is_known]


def closest(spans: Mapping[Key, Span], carrier: str, warehouse_id: int, region: str) -> Span | None:
    return next((spans[key] for key, _ in ladder(carrier, warehouse_id, region) if key in spans), None)


def spans_for(session: Session, tracks: Iterable[Track]) -> dict[int, Span]:
    """The closest group of each of ``tracks`` by its id; one that belongs to none is not in it."""
    standing: Sequence[Track] = list(tracks)
    if not standing:
        return {}
    asked = {
        "carriers": ["", *{track.carrier for track in standing if track.carrier}],
        "provinces": ["", *{province_of(track.to_region) for track in standing} - {""}],
        "warehouses": [0, *{track.warehouse_id for track in standing} - {0}],
    }
    spans = {(row.carrier, row.warehouse_id, row.province): row.span for row in session.exec(_SPANS, params=asked)}
    found = ((one.id, closest(spans, one.carrier or "", one.warehouse_id, one.to_region)) for one in standing)
    return {track_id: span for track_id, span in found if span}
