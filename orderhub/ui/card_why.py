"""Why is an order as it is? What the rules decided and how it was allocated, in sentences of both languages."""

from dataclasses import dataclass, field

from orderhub.domain.allocation_decision import AllocationDecision
from orderhub.domain.order import OrderStatus
from orderhub.domain.rules.decided import RuleHit
from orderhub.insights.order_card import OrderCard
from orderhub.kernel.clock import shanghai_text
from orderhub.ui.allocation_text import chosen_text, facts_text, lost_text, who_text
from orderhub.ui.rule_text import action_text, group_text

_LANGS = ("zh", "en")
_STEP = {"zh": "；", "en": "; "}


@dataclass
class WhyHit:
    """``because`` is empty for a rule without conditions, ``lost`` where it settled all it wanted."""

    key: str
    name: str
    because_zh: str
    because_en: str
    did_zh: str
    did_en: str
    lost_zh: str
    lost_en: str


@dataclass
class WhyLost:
    """A warehouse and carrier that was not chosen, or what was decided and could not be."""

    who_zh: str
    who_en: str
    why_zh: str
    why_en: str


@dataclass
class WhyAllocated:
    """``at`` is empty where nobody has tried yet; ``stuck`` says why it waits. Sentences as [Chinese, English]."""

    at: str = ""
    by: str = ""
    stuck: str = ""
    facts: list[str] = field(default_factory=list)
    chosen: list[list[str]] = field(default_factory=list)
    lost: list[WhyLost] = field(default_factory=list)
    unheard: list[WhyLost] = field(default_factory=list)


@dataclass
class WhyView:
    """``version`` is empty where no rules have decided yet; ``unknown`` as ``R-007: weight_grams``."""

    version: str = ""
    allocated: WhyAllocated = field(default_factory=WhyAllocated)
    hits: list[WhyHit] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def why_view(card: OrderCard) -> WhyView:
    allocated = _allocated(card.allocation, card.status) if card.allocation else WhyAllocated()
    if card.decision is None:
        return WhyView(allocated=allocated)
    return WhyView(
        allocated=allocated,
        version=str(card.decision.version),
        hits=[_hit(hit) for hit in card.hits],
        unknown=[f"{rule}: {', '.join(facts)}" for rule, facts in card.decision.unknown.items()],
    )


def _allocated(decision: AllocationDecision, status: OrderStatus) -> WhyAllocated:
    """An order that went on without being allocated is stuck no more."""
    waits = decision.stuck is not None and status is OrderStatus.TO_ALLOCATE
    return WhyAllocated(
        at=shanghai_text(decision.decided_at, "%m-%d %H:%M"),
        by=decision.by,
        stuck=str(decision.stuck) if waits else "",
        facts=[facts_text(lang, decision) for lang in _LANGS],
        chosen=[[chosen_text(lang, one) for lang in _LANGS] for one in decision.chosen],
        lost=[
            WhyLost(*(who_text(lang, one) for lang in _LANGS), *(lost_text(lang, one) for lang in _LANGS))
            for one in decision.lost
        ],
        unheard=[
            WhyLost(one["said"], one["said"], *(lost_text(lang, one) for lang in _LANGS)) for one in decision.unheard
        ],
    )


def _hit(hit: RuleHit) -> WhyHit:
    because = {"when": hit.because}
    return WhyHit(
        key=hit.rule_key,
        name=hit.name,
        because_zh=group_text("zh", because),
        because_en=group_text("en", because),
        did_zh=_actions("zh", hit.done),
        did_en=_actions("en", hit.done),
        lost_zh=_actions("zh", hit.lost),
        lost_en=_actions("en", hit.lost),
    )


def _actions(lang: str, actions: list[dict[str, str]]) -> str:
    return _STEP[lang].join(action_text(lang, action) for action in actions)
