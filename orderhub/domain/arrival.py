"""What is known of a new order before it is written? Everything, where nothing has to be asked for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from sqlmodel import Session

from orderhub.domain.acceptance import adds_up, check, facts_of, is_zero_yuan, wares_of
from orderhub.domain.custom_field import Cell
from orderhub.domain.drafts import OrderDraft
from orderhub.domain.flow import is_on
from orderhub.domain.flow_stage import Automation
from orderhub.domain.hold import HoldReason
from orderhub.domain.many_promises import Taken
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.order_parts import URGENT, line_facts
from orderhub.domain.rules.deciding import Decision
from orderhub.domain.rules.facts import facts_of as rule_facts_of
from orderhub.domain.rules.ruling import HISTORY, MAY_BE_HELD
from orderhub.domain.rules.versions import live_rules
from orderhub.domain.shop import Shop
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.errors import BadInput

_LOOKED_UP = HISTORY | {"weight_grams", "stock"}
_UNTOUCHED = {"staff_remark": "", "is_held": False, "forgotten_at": None}


@dataclass(frozen=True)
class Coming:
    """A draft on its way in, with what the channel's mappings make of its body; ``cells`` by id of custom field."""

    shop: Shop
    draft: OrderDraft
    tags: Sequence[str] = ()
    remark: str = ""
    cells: Mapping[int, Cell] = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, str]:
        return self.shop.id, self.draft.channel_order_no

    @property
    def mapped(self) -> tuple[str, ...]:
        """What of the order mappings fill."""
        named = (("tags", self.tags), ("remark", self.remark), ("custom", self.cells))
        return tuple(name for name, made in named if made)


@dataclass
class Arrival:
    """An order as it will stand: ``facts`` are its columns, ``lines`` those of its lines but for the order's id.

    ``received`` is its status before the rules, ``held`` what they hold it for, and why. Of the pieces ``wanted``, by
    SKU, it is promised those ``taken``; where some are ``short``, none, and it is held until they are there. For the
    pieces ``presold``, by SKU, which come later, it is held too. With the pieces of the ``gifts`` that rules give along
    it is promised anew: ``taken_before`` is what it was promised without them.
    """

    coming: Coming
    facts: dict[str, Any]
    lines: list[dict[str, Any]]
    decision: Decision
    received: OrderStatus
    held: Sequence[tuple[HoldReason, str]] = ()
    wanted: Mapping[int, int] = field(default_factory=dict)
    taken: Taken = field(default_factory=dict)
    short: tuple[int, ...] = ()
    presold: Mapping[int, int] = field(default_factory=dict)
    gifts: Mapping[int, int] = field(default_factory=dict)
    taken_before: Taken = field(default_factory=dict)

    @property
    def lacks(self) -> list[HoldReason]:
        """What it is held for because its goods are not there, or not yet."""
        lacking = ((HoldReason.OUT_OF_STOCK, self.short), (HoldReason.PRESALE, self.presold))
        return [reason for reason, what in lacking if what]

    @property
    def passes(self) -> bool:
        """A rule lets it through its review."""
        return self.facts["status"] is not self.received


def is_plain(draft: OrderDraft) -> bool:
    """No hold and no anomaly follows from what the channel says."""
    is_sound = adds_up(draft) and not is_zero_yuan(draft)
    is_quiet = draft.status is not ChannelStatus.PAID_WAIT and not draft.unknown
    return is_quiet and is_sound and len({line.channel_line_no for line in draft.lines}) == len(draft.lines)


def foreseen(session: Session, coming: Coming, now: datetime) -> Arrival | None:
    """None where something follows that has to be looked up, or done, for the order by itself."""
    draft, shop = coming.draft, coming.shop
    if not is_plain(draft) or live_rules(session).needs & _LOOKED_UP:
        return None
    try:
        check(draft, now)
    except BadInput:  # it is said where the message is taken by itself
        return None
    facts = facts_of(shop, draft, now) | _UNTOUCHED | {"mapped_remark": coming.remark}
    return _decided(session, coming, facts, [line_facts(0, line) for line in draft.lines], now)


def held_for_goods(session: Session, arrival: Arrival, now: datetime) -> Arrival | None:
    """The same decided anew with the holds for what it ``lacks``: rules see them, and may want something else of it."""
    facts = arrival.facts | {"status": arrival.received}
    held = _decided(session, arrival.coming, facts, arrival.lines, now, holds=arrival.lacks)
    return held and replace(
        held, wanted=arrival.wanted, taken=arrival.taken, short=arrival.short, presold=arrival.presold
    )


def _decided(
    session: Session,
    coming: Coming,
    facts: dict[str, Any],
    lines: list[dict[str, Any]],
    now: datetime,
    *,
    holds: Sequence[HoldReason] = (),
) -> Arrival | None:
    facts = facts | {"is_urgent": URGENT in coming.tags}
    rules, seen = live_rules(session), cast("Order", SimpleNamespace(**facts))
    tags = sorted(coming.tags) if "tags" in rules.needs else ()
    wares = wares_of(coming.draft)
    decision = rules.decide(rule_facts_of(seen, wares, shop=coming.shop.code, now=now, tags=tags, holds=holds), now)
    if decision.anomalies or (decision.gifts and holds):
        return None
    received = facts["status"]
    held = [one for one in decision.holds if one[0] not in holds] if received in MAY_BE_HELD else []
    facts |= {"is_urgent": facts["is_urgent"] or URGENT in decision.tags, "is_held": bool(held or holds)}
    may_pass = received is OrderStatus.TO_REVIEW and not facts["is_held"]
    if decision.is_approved and may_pass and is_on(session, Automation.APPROVE_BY_RULE):
        facts["status"] = OrderStatus.TO_ALLOCATE
    return Arrival(coming, facts, lines, decision, received, held)
