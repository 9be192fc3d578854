"""Why is an order as it is? What the rules decided about it, in sentences of both languages."""

from dataclasses import dataclass, field

from orderhub.domain.rules.ruling import RuleHit
from orderhub.insights.order_card import OrderCard
from orderhub.ui.rule_text import action_text, group_text

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
class WhyView:
    """``version`` is empty where no rules have decided yet; ``unknown`` as ``R-007: weight_grams``."""

    version: str = ""
    hits: list[WhyHit] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def why_view(card: OrderCard) -> WhyView:
    if card.decision is None:
        return WhyView()
    return WhyView(
        version=str(card.decision.version),
        hits=[_hit(hit) for hit in card.hits],
        unknown=[f"{rule}: {', '.join(facts)}" for rule, facts in card.decision.unknown.items()],
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
