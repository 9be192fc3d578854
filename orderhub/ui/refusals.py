"""How is a refusal said to a person?"""

from collections import Counter

import reflex as rx

from orderhub.domain.flow import StageForbids
from orderhub.kernel.errors import BadInput, ReadOnly, RuleBroken
from orderhub.ui.messages import MESSAGES
from orderhub.ui.text import looked_up, t
from orderhub.ui.words import actor_text, label_text, tr


def refusal_text(lang: str, error: RuleBroken) -> str:
    """The sentence of its problem where it has one, else of its kind."""
    if isinstance(error, BadInput) and (text := problem_text(lang, error.problem)):
        return text
    key = f"refused_{error.code}_{error.sign}" if isinstance(error, ReadOnly) else f"refused_{error.code}"
    if isinstance(error, StageForbids):
        return tr(lang, key, stage=label_text(lang, error.stage), action=label_text(lang, error.action))
    names = {name: actor_text(lang, actor) for name, actor in error.names.items()}
    return tr(lang, key if key in MESSAGES else "refused_other", **names)


def problem_text(lang: str, problem: str) -> str:
    """Empty for a problem without a sentence of its own."""
    key = f"problem_{problem}"
    return tr(lang, key) if key in MESSAGES else ""


def outcome_text(lang: str, done: int, refusals: list[RuleBroken]) -> str:
    """``完成 3 单；未完成 2 单：有挂起未放行 ×2``"""
    said = [tr(lang, "done_n", done=done)]
    if refusals:
        counted = Counter(refusal_text(lang, error) for error in refusals)
        reasons = (", " if lang == "en" else "、").join(f"{reason} ×{count}" for reason, count in counted.items())
        said.append(tr(lang, "refused_n", refused=len(refusals), reasons=reasons))
    return ("; " if lang == "en" else "；").join(said)


def refusal_label(code: rx.Var[str]) -> rx.Var[str]:
    """The sentence of a refusal that only the browser knows the code of."""
    known = rx.Var.create(list(_PLAIN)).contains(code)
    return rx.cond(known, looked_up(_PLAIN, code), t("refused_other")).to(str)


# Those that need no facts.
_PLAIN = {
    key.removeprefix("refused_"): pair
    for key, pair in MESSAGES.items()
    if key.startswith("refused_") and "{" not in pair[0]
}
