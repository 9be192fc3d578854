"""Whose is it first, and who of them takes it? Pure: of what is known, and of rules in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind, Severity
from orderhub.domain.task import TaskKind
from orderhub.domain.words import Channel

# As ``access.permissions.Role`` has them, which a domain does not know.
ROLES = ("admin", "manager", "operations", "service", "warehouse", "finance")


class PersonBy(StrEnum):
    """How one of a role's people is chosen."""

    NOBODY = "nobody"  # whoever of the role takes it
    LEAST_LOADED = "least_loaded"
    ROUND_ROBIN = "round_robin"
    FIXED = "fixed"


@dataclass(frozen=True)
class Facts:
    """``kind`` is an anomaly's or a task's, whose ``severity`` is None; ``skus`` are codes of what it hurts."""

    kind: AnomalyKind | TaskKind
    note: str = ""
    severity: Severity | None = None
    channel: Channel | None = None
    shop_id: int = 0
    skus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """What is left empty fits everything; of ``words`` one must stand in the note.

    ``role`` is empty where the rule chooses a person only. ``id`` is 0 for what is shipped. ``last`` is whom a round
    robin gave the last one.
    """

    name: str
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    channel: Channel | None = None
    shop_id: int = 0
    sku_prefix: str = ""
    severity: Severity | None = None
    role: str = ""
    person_by: PersonBy = PersonBy.NOBODY
    person: str = ""
    last: str = ""
    id: int = 0

    def fits(self, facts: Facts) -> bool:
        note = facts.note.casefold()
        return (
            (not self.kinds or facts.kind in self.kinds)
            and self.channel in (None, facts.channel)
            and self.shop_id in (0, facts.shop_id)
            and self.severity in (None, facts.severity)
            and any(code.startswith(self.sku_prefix) for code in facts.skus or ("",))
            and (not self.words or any(word.casefold() in note for word in self.words))
        )


@dataclass(frozen=True)
class Choice:
    """``rule`` decided the role, ``person_rule`` how its person is found; None where the kind's own default does."""

    role: str
    rule: Rule | None
    person_rule: Rule | None

    @property
    def why(self) -> str:
        """For the log; empty where no rule had a say."""
        return f"{self.rule.id}: {self.rule.name}" if self.rule else ""


def decide(facts: Facts, own: Sequence[Rule], shipped: Sequence[Rule], *, asked: str = "") -> Choice:
    """The merchant's first rule that fits; where it names no role, ``asked``, then what is shipped, then the kind's.

    ``asked`` is the role of whoever saw it, where only they can know; a task's role is always so, and rules that name
    another one do not fit it.
    """
    is_task = isinstance(facts.kind, TaskKind)
    mine = next((rule for rule in own if _may_have(rule, asked, is_task=is_task) and rule.fits(facts)), None)
    if mine and mine.role:
        return Choice(mine.role, mine, mine)
    if asked:
        return Choice(asked, None, mine)
    given = next((rule for rule in shipped if rule.fits(facts)), None)
    role = given.role if given else HANDLING[AnomalyKind(facts.kind)].role
    return Choice(role, given, mine)


def _may_have(rule: Rule, asked: str, *, is_task: bool) -> bool:
    return not is_task or rule.role in ("", asked)


@dataclass(frozen=True)
class Colleague:
    """``load``: what they have open. ``is_here``: signed in, at work and not on leave."""

    name: str
    role: str
    load: int
    is_here: bool


def choose_person(role: str, rule: Rule | None, colleagues: Sequence[Colleague]) -> str:
    """One of ``role`` who is here, as ``rule`` says; empty: it stays with the role."""
    here = sorted((one for one in colleagues if one.is_here and one.role == role), key=lambda one: one.name)
    if rule is None or not here or rule.person_by is PersonBy.NOBODY:
        return ""
    if rule.person_by is PersonBy.FIXED:
        return rule.person if any(one.name == rule.person for one in here) else ""
    if rule.person_by is PersonBy.LEAST_LOADED:
        return min(here, key=lambda one: (one.load, one.name)).name
    return next((one.name for one in here if one.name > rule.last), here[0].name)
