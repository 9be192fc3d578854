"""Where did the time go, and what is to be enlarged? Facts in, findings out; every finding carries its figures."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from orderhub.stress.figures import Facts
from orderhub.stress.verify import Verdict

MACHINE_FULL = 85.0  # per cent of all cores
PROCESS_FULL = 0.9  # of one core: one interpreter runs on one at a time
IDLE = 60.0
QUEUED = 0.2  # of what was acknowledged stood in the queue at once
SLOW_COMMIT_MS = 50.0
SMALL_GROUP = 2.0
SLOW_P99_MS = 3000.0
LATE_MS = 1000.0
DEARER = 1.4  # a message of the second half of a queue cost that many times one of the first
GREEDY = 0.4  # of the machine's work was the simulator's own


@dataclass(frozen=True)
class Finding:
    """``code`` stands for a sentence (``words.py``) that ``figures`` fill in; ``is_bad``: something is not right."""

    code: str
    figures: Mapping[str, float | int | str] = field(default_factory=dict)
    is_bad: bool = False


def findings(facts: Facts, verdict: Verdict | None, *, is_drained: bool = True) -> list[Finding]:
    """What is wrong first, then where the time went; at least one."""
    roomy = Finding("had_room", {"p99_ms": round(facts.p99_ms), "rate": round(facts.accepted_per_second)})
    looked = [finding for look in _LOOKS if (finding := look(facts))]
    return [*_of_verdict(verdict, is_drained=is_drained), *(looked or [roomy])]


def _of_verdict(verdict: Verdict | None, *, is_drained: bool) -> Iterator[Finding]:
    if not is_drained:
        yield Finding("not_drained", is_bad=True)
    if verdict is None:
        yield Finding("not_verified")
    elif verdict.is_sound:
        yield Finding("sound", {"acknowledged": verdict.acknowledged})
    else:
        counts = {name: len(getattr(verdict, name)) for name in ("lost", "doubled", "phantom", "wrong_amount")}
        yield Finding("unsound", counts, is_bad=True)


def _given_up(facts: Facts) -> Finding | None:
    if facts.given_up:
        return Finding("given_up", {"count": facts.given_up, "sent": facts.sent}, is_bad=True)
    return None


def _unanswered(facts: Facts) -> Finding | None:
    if facts.unanswered:
        return Finding("unanswered", {"count": facts.unanswered}, is_bad=True)
    return None


def _held_back(facts: Facts) -> Finding | None:
    told = {code: facts.refused[code] for code in ("429", "503") if facts.refused.get(code)}
    if told:
        return Finding("held_back", {"count": sum(told.values()), "codes": ", ".join(told)})
    return None


def _late(facts: Facts) -> Finding | None:
    if facts.late_p99_ms > LATE_MS:
        return Finding("few_callers", {"late_ms": round(facts.late_p99_ms)})
    return None


def _greedy(facts: Facts) -> Finding | None:
    """What the simulator takes of a full machine is taken from the hub."""
    if facts.machine_cpu is not None and facts.machine_cpu >= MACHINE_FULL and facts.client_cores > GREEDY:
        return Finding("simulator_greedy", {"client": round(facts.client_cores, 2), "cores": facts.cores})
    return None


def _processor(facts: Facts) -> Finding | None:
    """The machine is full, or the one interpreter of the hub is."""
    if facts.hub_cores is None or facts.machine_cpu is None:
        return None
    used = {"hub": round(facts.hub_cores, 2), "cores": facts.cores, "cpu": round(facts.machine_cpu)}
    if facts.hub_cores >= PROCESS_FULL:
        more = "more_processes_after_postgres" if facts.database == "sqlite" else "more_processes"
        return Finding(more, used)
    return Finding("machine_full", used) if facts.machine_cpu >= MACHINE_FULL else None


def _consumers(facts: Facts) -> Finding | None:
    """Taking in outran working off while the processor had time left."""
    if not _has_queued(facts) or not _has_time_left(facts):
        return None
    told = {"waiting": facts.peak_waiting or 0, "cpu": round(facts.machine_cpu or 0), "workers": facts.workers}
    return Finding("more_workers", told)


def _queue(facts: Facts) -> Finding | None:
    if not _has_queued(facts) or facts.taken_per_second is None:
        return None
    told = {
        "waiting": facts.peak_waiting or 0,
        "drain": round(facts.drain_seconds or 0),
        "accepted": round(facts.accepted_per_second),
        "taken": round(facts.taken_per_second),
    }
    return Finding("working_off_is_slower", told)


def _commits(facts: Facts) -> Finding | None:
    """A write is slow by itself only where the processor was not full; on SQLite it waits for its turn as well."""
    if facts.commit_ms is None or facts.group is None or facts.commit_ms <= SLOW_COMMIT_MS:
        return None
    if facts.machine_cpu is not None and facts.machine_cpu >= MACHINE_FULL:
        return None
    told = {"commit_ms": round(facts.commit_ms), "group": round(facts.group, 1)}
    if facts.group < SMALL_GROUP:
        return Finding("bigger_groups", told)
    return Finding("writers_wait" if facts.database == "sqlite" else "slow_commits", told)


def _pool(facts: Facts) -> Finding | None:
    """Slow to answer although neither the processor nor the database was busy: answers waited for a thread."""
    is_fast = facts.commit_ms is not None and facts.commit_ms <= SLOW_COMMIT_MS
    if facts.p99_ms <= SLOW_P99_MS or not _has_time_left(facts) or not is_fast:
        return None
    told = {"p99_ms": facts.p99_ms, "cpu": facts.machine_cpu or 0.0, "commit_ms": facts.commit_ms or 0.0}
    return Finding("wider_pool", {name: round(figure) for name, figure in told.items()})


def _slow_answers(facts: Facts) -> Finding | None:
    if facts.p99_ms > SLOW_P99_MS:
        return Finding("slow_answers", {"p50_ms": round(facts.p50_ms), "p99_ms": round(facts.p99_ms)})
    return None


def _index(facts: Facts) -> Finding | None:
    """The cost of an order grew with how many there are."""
    first_ms, second_ms = facts.first_half_ms, facts.second_half_ms
    if first_ms is None or second_ms is None or second_ms <= DEARER * first_ms:
        return None
    return Finding("missing_index", {"first_ms": round(first_ms, 1), "second_ms": round(second_ms, 1)})


def _level(facts: Facts) -> Finding | None:
    if facts.highest_level is not None and facts.highest_level > 1:
        return Finding("level_raised", {"level": facts.highest_level})
    return None


def _unread(facts: Facts) -> Finding | None:
    return Finding("metrics_late", {"count": facts.unread}) if facts.unread else None


def _blind(facts: Facts) -> Finding | None:
    return Finding("not_told") if facts.hub_cores is None else None


def _has_time_left(facts: Facts) -> bool:
    """Neither the machine is busy nor the one interpreter of the hub's process, which more threads would only share."""
    is_full = facts.hub_cores is not None and facts.hub_cores >= PROCESS_FULL
    return facts.machine_cpu is not None and facts.machine_cpu < IDLE and not is_full


def _has_queued(facts: Facts) -> bool:
    return facts.peak_waiting is not None and facts.peak_waiting > QUEUED * max(1, facts.acknowledged)


_LOOKS: tuple[Callable[[Facts], Finding | None], ...] = (
    _given_up,
    _unanswered,
    _held_back,
    _level,
    _slow_answers,
    _queue,
    _consumers,
    _processor,
    _commits,
    _pool,
    _index,
    _greedy,
    _late,
    _unread,
    _blind,
)
