"""Do the figures of the closed loop say what the events say? Both are counted, and every difference is told."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from orderhub.insights.closure import Closure, ClosureAsked, ClosureBy, closure_by
from orderhub.insights.closure_log import closure_in_log
from orderhub.kernel.db import reading

_DAYS = 90
# SQLite counts seconds between two moments in days, and rounds.
_ROUNDED = 0.001


@dataclass(frozen=True)
class ClosureProof:
    """``differences``: ``<group>.<figure>: <shown> on the page, <told> in the log``."""

    by: ClosureBy
    total: Closure
    groups: int
    differences: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        one = self.total
        told = (
            f"by {self.by}, {self.groups} groups, {one.detected} anomalies in {_DAYS} days: "
            f"found {one.detect_seconds:.0f} s ÷ {one.detected}, "
            f"right at first {one.first_right} ÷ {one.by_people}, "
            f"resolved {one.resolve_seconds:.0f} s ÷ {one.resolved}, "
            f"complained again {one.complained} ÷ {one.resolved}, "
            f"closed in time {one.in_time} ÷ {one.due}"
        )
        return "\n  ".join([told, *self.differences]) if self.differences else f"{told}: the log says the same"


def prove_closure(now: datetime) -> Iterator[ClosureProof]:
    """One proof for each way to group, over the anomalies detected in the last 90 days."""
    asked = ClosureAsked(now - timedelta(days=_DAYS), now)
    for by in ClosureBy:
        with reading() as session:
            shown, told = closure_by(session, asked, by, now), closure_in_log(session, asked, by, now)
        differences = tuple(
            f"{key or '(none)'}.{one.name}: {here:g} on the page, {there:g} in the log"
            for key in sorted(shown.keys() | told.keys())
            for one in fields(Closure)
            if abs((here := _figure(shown, key, one.name)) - (there := _figure(told, key, one.name)))
            > _ROUNDED * max(1, shown.get(key, Closure()).detected)
        )
        yield ClosureProof(by, sum(shown.values(), Closure()), len(shown), differences)


def _figure(rows: dict[str, Closure], key: str, name: str) -> float:
    return float(getattr(rows.get(key, Closure()), name))
