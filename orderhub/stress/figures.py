"""Which few figures does a run come down to? Outcomes and readings in, facts out; nothing is judged here."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise

from orderhub.stress.callers import NO_ANSWER, Outcome
from orderhub.stress.watch import Reading, Setup

_HALVES = 1000  # orders taken in sets, at least, before their halves are compared


@dataclass(frozen=True)
class Facts:
    """Seconds, milliseconds, cores, per cent, messages a second, as the names say.

    ``hub_cores`` is what the hub used of the cores at its busiest, over three seconds; ``machine_cpu`` the mean while
    messages came. ``group`` is how many messages shared a durable write. ``first_half_ms`` and ``second_half_ms`` are
    what an order taken in a set cost the hub's processor. What the hub did not tell is None; ``unread`` is how
    often it did not tell in time.
    """

    sent: int = 0
    acknowledged: int = 0
    seconds: float = 0.0
    accepted_per_second: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    late_p99_ms: float = 0.0
    refused: dict[str, int] = field(default_factory=dict)
    unanswered: int = 0
    given_up: int = 0
    repeats: int = 0
    slow: int = 0
    peak_waiting: int | None = None
    oldest_seconds: float | None = None
    drain_seconds: float | None = None
    taken_per_second: float | None = None
    first_half_ms: float | None = None
    second_half_ms: float | None = None
    hub_cores: float | None = None
    machine_cpu: float | None = None
    client_cores: float = 0.0
    commit_ms: float | None = None
    group: float | None = None
    database_ms: float | None = None
    highest_level: int | None = None
    database: str = ""
    workers: int = 0
    cores: int = 1
    unread: int = 0


def facts_of(
    outcomes: Sequence[Outcome],
    readings: Sequence[Reading],
    setup: Setup,
    *,
    client_cpu_seconds: float = 0.0,
    drain_seconds: float | None = None,
    unread: int = 0,
) -> Facts:
    good = [one for one in outcomes if one.is_acknowledged]
    ended = max((one.sent_at + one.seconds for one in outcomes), default=0.0)
    # Slow callers make themselves late.
    quick = sorted(one.seconds * 1000 for one in good if not one.is_slow)
    refused = Counter(str(status) for one in outcomes for status in one.refused)
    refused += Counter(str(one.status) for one in outcomes if not one.is_acknowledged)
    told = _told(readings, ended, len({one.place for one in good}), drain_seconds) if len(readings) > 1 else {}
    return Facts(
        sent=len(outcomes),
        acknowledged=len(good),
        seconds=ended,
        accepted_per_second=len(good) / ended if ended else 0.0,
        p50_ms=percentile(quick, 0.5),
        p95_ms=percentile(quick, 0.95),
        p99_ms=percentile(quick, 0.99),
        late_p99_ms=percentile(sorted(one.late * 1000 for one in outcomes), 0.99),
        refused={code: count for code, count in sorted(refused.items()) if code != str(NO_ANSWER)},
        unanswered=refused[str(NO_ANSWER)],
        given_up=sum(not one.is_acknowledged for one in outcomes),
        repeats=sum(one.is_repeat for one in outcomes),
        slow=sum(one.is_slow for one in outcomes),
        client_cores=client_cpu_seconds / ended if ended else 0.0,
        database=setup.database,
        workers=setup.workers,
        cores=setup.cores,
        unread=unread,
        **told,
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that so many are not above; 0 of nothing."""
    if not ordered:
        return 0.0
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def per_second(moments: Iterable[float]) -> list[int]:
    """How many of ``moments`` lie in each second."""
    counts = Counter(int(moment) for moment in moments)
    return [counts[second] for second in range(max(counts, default=-1) + 1)]


def switches(readings: Sequence[Reading]) -> list[tuple[float, int]]:
    """When the level changed, and to what."""
    return [(after.at, after.level) for before, after in pairwise(readings) if after.level != before.level]


def as_series(readings: Sequence[Reading]) -> list[dict]:
    return [asdict(reading) for reading in readings]


def _told(readings: Sequence[Reading], ended: float, orders: int, drain_seconds: float | None) -> dict:
    first, last = readings[0], readings[-1]
    busy = [reading.machine_cpu for reading in readings if 0 < reading.at <= ended + 1]
    whole = ended + drain_seconds if drain_seconds is not None else None
    halves = _halves(readings)
    commits = last.commits - first.commits
    return {
        "peak_waiting": max(reading.waiting for reading in readings),
        "oldest_seconds": max(reading.oldest_seconds for reading in readings),
        "drain_seconds": drain_seconds,
        "taken_per_second": orders / whole if whole else None,
        "first_half_ms": halves[0] if halves else None,
        "second_half_ms": halves[1] if halves else None,
        "hub_cores": _busiest(readings),
        "machine_cpu": sum(busy) / len(busy) if busy else None,
        "commit_ms": (last.commit_seconds - first.commit_seconds) / commits * 1000 if commits > 0 else None,
        "group": (last.commit_messages - first.commit_messages) / commits if commits > 0 else None,
        "database_ms": max(reading.database_ms for reading in readings),
        "highest_level": max(reading.level for reading in readings),
    }


def _busiest(readings: Sequence[Reading]) -> float | None:
    """Cores used over three seconds or more: one reading may come late."""
    moments, best = [reading.at for reading in readings], None
    for reading in readings:
        later = bisect_left(moments, reading.at + 3.0)
        if later < len(readings):
            after = readings[later]
            used = (after.cpu_seconds - reading.cpu_seconds) / (after.at - reading.at)
            best = max(best or 0.0, used)
    if best is None and readings[-1].at > readings[0].at:
        best = (readings[-1].cpu_seconds - readings[0].cpu_seconds) / (readings[-1].at - readings[0].at)
    return best


def _halves(readings: Sequence[Reading]) -> tuple[float, float] | None:
    """What an order taken in a set cost of the hub's processor, in ms: the first half of them, and the second.

    What the hub's whole process used would blame the orders for what else it did when they had come.
    """
    first, last = readings[0], readings[-1]
    if last.taken - first.taken < _HALVES:
        return None
    middle = next(one for one in readings if one.taken - first.taken >= (last.taken - first.taken) / 2)
    return None if middle.taken == last.taken else (_cost_ms(first, middle), _cost_ms(middle, last))


def _cost_ms(before: Reading, after: Reading) -> float:
    return (after.taken_cpu_seconds - before.taken_cpu_seconds) / (after.taken - before.taken) * 1000
