"""What can a rule do with an order, and what must be said with each?"""

import re
from dataclasses import dataclass

from orderhub.domain.anomaly_kind import Severity
from orderhub.domain.hold import HoldReason
from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.rules.words import ActionKind, Priority

LONGEST_NOTE = 200

# Roles a rule may call; access/permissions.py has the same words (a test holds them together).
ROLES = ("admin", "manager", "operations", "service", "warehouse", "finance")

# The others are opened and closed by the facts themselves (amounts, refunds, the channel's own check).
HOLD_REASONS = (
    HoldReason.BUYER_REMARK,
    HoldReason.ADDRESS_DOUBTFUL,
    HoldReason.PRICE_BELOW_FLOOR,
    HoldReason.OUT_OF_STOCK,
    HoldReason.PRESALE,
    HoldReason.MANUAL,
)

_GIFT = re.compile(r"[^\s*]{1,64}(\*[1-9]\d{0,2})?")
_CODE = re.compile(r"\S{1,32}")
_RAISED = re.compile(rf"([^|\s][^|]{{0,39}})\|({'|'.join(Severity)})\|({'|'.join(ROLES)})\|([1-9]\d{{0,2}})", re.ASCII)
_SAMPLE = re.compile(r"[1-9]\d{0,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Action:
    """``value`` is what it sets, ``note`` words for people: a hold's or a notice's."""

    kind: ActionKind
    value: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """An anomaly of the merchant's own kind: ``role`` has it first, and ``within_hours`` to set it right."""

    name: str
    severity: Severity
    role: str
    within_hours: int
    note: str = ""


CHOICES: dict[ActionKind, tuple[str, ...]] = {
    ActionKind.HOLD: tuple(HOLD_REASONS),
    ActionKind.PRIORITY: tuple(Priority),
    ActionKind.NOTIFY: ROLES,
}
PATTERNS = {
    ActionKind.TAG: re.compile(r"[^|\s][^|]{0,31}"),
    ActionKind.WAREHOUSE: _CODE,
    ActionKind.CARRIER: _CODE,
    ActionKind.GIFT: _GIFT,
    ActionKind.SAMPLE: _SAMPLE,
    ActionKind.NOTE: re.compile(r"\S.{0,199}"),
    ActionKind.RAISE: _RAISED,
}
WITH_NOTE = (ActionKind.HOLD, ActionKind.NOTIFY, ActionKind.RAISE)
WITHOUT_VALUE = (ActionKind.APPROVE, ActionKind.STOP)


def check(action: Action) -> None:
    """Raises: BrokenRule: the value cannot be what the kind asks for."""
    if len(action.note) > LONGEST_NOTE:
        raise BrokenRule(f"{action.kind}: the note is too long", "note", "rule_value_long")
    if action.kind in WITHOUT_VALUE:
        return
    if not action.value.strip():
        raise BrokenRule(f"{action.kind} needs a value", "value", "rule_value_missing")
    choices = CHOICES.get(action.kind, ())
    if choices and action.value not in choices:
        raise BrokenRule(
            f"{action.kind}: {action.value!r} is none of {', '.join(choices)}", "value", "rule_value_unknown"
        )
    pattern = PATTERNS.get(action.kind)
    if pattern and not pattern.fullmatch(action.value):
        raise BrokenRule(f"{action.kind}: {action.value[:40]!r} cannot be used", "value", "rule_value_form")


def gift(value: str) -> tuple[str, int]:
    """``GIFT-1*2`` → SKU and pieces."""
    sku, _, pieces = value.partition("*")
    return sku, int(pieces or 1)


def raised(action: Action) -> Raised:
    """``等待过久|high|service|4`` → an anomaly of that name, high, service's, to be resolved within four hours."""
    name, severity, role, hours = action.value.split("|")
    return Raised(name.rstrip(), Severity(severity), role, int(hours), action.note)
