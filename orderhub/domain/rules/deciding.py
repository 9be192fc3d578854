"""What do the rules decide about an order? A pure function of its facts, with a reason for every hit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from orderhub.domain.hold import HoldReason
from orderhub.domain.rules.actions import Action, Raised, raised
from orderhub.domain.rules.conditions import Condition
from orderhub.domain.rules.facts import Facts
from orderhub.domain.rules.question import question
from orderhub.domain.rules.rule import Group, Rule, conditions_of
from orderhub.domain.rules.words import ActionKind, Match

_FACT_NAMES = tuple(field.name for field in fields(Facts))


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that held: what it did, what an earlier rule had settled before it, and the conditions that held."""

    rule: Rule
    done: tuple[Action, ...]
    lost: tuple[Action, ...]
    because: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A rule that might have held, had the hub known ``facts``."""

    rule: Rule
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    version: int
    decided_at: datetime
    hits: tuple[Hit, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    tags: tuple[str, ...] = ()
    holds: tuple[tuple[HoldReason, str], ...] = ()
    priority: str = ""
    warehouse: str = ""
    carrier: str = ""
    gifts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    notices: tuple[tuple[str, str], ...] = ()
    anomalies: tuple[Raised, ...] = ()
    is_approved: bool = False


class _Asked:
    """A group with its questions ready; answers are yes, no, or None where an unknown fact leaves it open."""

    def __init__(self, group: Group) -> None:
        self.wants_all = group.match is Match.ALL
        self.parts = [(part, _Asked(part) if isinstance(part, Group) else question(part)) for part in group.parts]

    def answer(self, facts: Mapping[str, object]) -> bool | None:
        """One that fails settles "all", one that holds settles "any", whatever is unknown."""
        is_open = False
        for _, asked in self.parts:
            found = asked.answer(facts)
            if found is None:
                is_open = True
            elif found is not self.wants_all:
                return found
        return None if is_open else self.wants_all or not self.parts

    def unknown(self, facts: Mapping[str, object]) -> Iterator[str]:
        for _, asked in self.parts:
            yield from asked.unknown(facts)

    def because(self, facts: Mapping[str, object]) -> Iterator[Condition]:
        """The conditions that hold, those of groups that hold included."""
        for part, asked in self.parts:
            if asked.answer(facts):
                if isinstance(asked, _Asked):
                    yield from asked.because(facts)
                elif isinstance(part, Condition):
                    yield part


class RuleSet:
    """Rules in their order, compiled. ``needs`` names the facts that the rules which are on look at."""

    def __init__(self, version: int, rules: Sequence[Rule]) -> None:
        self.version = version
        self.rules = tuple(rules)
        self._asked = [(rule, _Asked(rule.when)) for rule in self.rules if rule.is_on]
        conditions = (one for rule, _ in self._asked for one in conditions_of(rule.when))
        self.needs = frozenset(name for condition in conditions for name in question(condition).facts)

    def decide(self, facts: Facts, now: datetime) -> Decision:
        """From the first rule to the last; what one rule has settled (priority, warehouse, carrier) stays so."""
        values = {name: getattr(facts, name) for name in _FACT_NAMES}
        gathered = _Gathered(facts)
        for rule, asked in self._asked:
            answer = asked.answer(values)
            if answer:
                gathered.take(rule, tuple(asked.because(values)))
                if gathered.is_stopped:
                    break
            elif answer is None:
                gathered.unknown.append(Unknown(rule, tuple(dict.fromkeys(asked.unknown(values)))))
        return gathered.decision(self.version, now)


def decide(facts: Facts, ruleset: RuleSet, now: datetime) -> Decision:
    return ruleset.decide(facts, now)


class _Gathered:
    """What the rules have decided so far."""

    def __init__(self, facts: Facts) -> None:
        self.unknown: list[Unknown] = []
        self.is_stopped = False
        self._facts = facts
        self._hits: list[Hit] = []
        self._tags: dict[str, None] = {}
        self._holds: dict[HoldReason, str] = {}
        self._settled: dict[ActionKind, str] = {}
        self._gifts: list[str] = []
        self._notes: list[str] = []
        self._notices: list[tuple[str, str]] = []
        self._anomalies: dict[str, Raised] = {}
        self._wants_approval = False
        self._is_sampled = False

    def take(self, rule: Rule, because: tuple[Condition, ...]) -> None:
        done, lost = [], []
        for action in rule.then:
            (done if self._do(action) else lost).append(action)
        self._hits.append(Hit(rule, tuple(done), tuple(lost), because))

    def _do(self, action: Action) -> bool:
        match action.kind:
            case ActionKind.TAG:
                return _put(self._tags, action.value, None)
            case ActionKind.HOLD:
                return _put(self._holds, HoldReason(action.value), action.note)
            case ActionKind.PRIORITY | ActionKind.WAREHOUSE | ActionKind.CARRIER:
                return _put(self._settled, action.kind, action.value)
            case ActionKind.GIFT:
                self._gifts.append(action.value)
            case ActionKind.NOTE:
                self._notes.append(action.value)
            case ActionKind.NOTIFY:
                self._notices.append((action.value, action.note))
            case ActionKind.RAISE:
                one = raised(action)
                return _put(self._anomalies, one.name, one)
            case ActionKind.APPROVE:
                self._wants_approval = True
            case ActionKind.SAMPLE:
                self._is_sampled = self._is_sampled or self._facts.sample % int(action.value) == 0
                return self._is_sampled
            case ActionKind.STOP:
                self.is_stopped = True
        return True

    def decision(self, version: int, now: datetime) -> Decision:
        settled = self._settled
        return Decision(
            version=version,
            decided_at=now,
            hits=tuple(self._hits),
            unknown=tuple(self.unknown),
            tags=tuple(self._tags),
            holds=tuple(self._holds.items()),
            priority=settled.get(ActionKind.PRIORITY, ""),
            warehouse=settled.get(ActionKind.WAREHOUSE, ""),
            carrier=settled.get(ActionKind.CARRIER, ""),
            gifts=tuple(self._gifts),
            notes=tuple(self._notes),
            notices=tuple(self._notices),
            anomalies=tuple(self._anomalies.values()),
            is_approved=self._wants_approval and not self._is_sampled and not self._holds and self._facts.holds == "|",
        )


def _put(settled: dict, key: object, value: object) -> bool:
    """Whether it was still open; what an earlier rule has settled stays."""
    if key in settled:
        return False
    settled[key] = value
    return True
