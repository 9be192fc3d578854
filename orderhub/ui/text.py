"""What does the hub say to people in the browser? In the reader's language, which the browser chooses.

``t`` says a sentence, ``label`` names a word of the domain; ``words.py`` holds them, and says them on the server.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import reflex as rx

from orderhub.domain.mapped import MAPPING
from orderhub.domain.rules.ruling import RULES
from orderhub.domain.words import Channel
from orderhub.kernel.eventlog import SYSTEM
from orderhub.ui.import_text import LAYOUT_NAMES
from orderhub.ui.job_text import JOBS
from orderhub.ui.messages import MESSAGES
from orderhub.ui.outbox_text import WORKFLOW_NAMES
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.words import CHANNEL_SIGNS, EVENTS, LABELS, RULE_CHOICES, SUBJECTS, Pair


def t(key: str, **values: Any) -> rx.Var[str]:
    """The text in the reader's language, chosen in the browser; ``values`` may be Vars."""
    chinese, english = MESSAGES[key]
    return rx.cond(Preferences.lang == "en", _filled(english, values), _filled(chinese, values)).to(str)


def label(words: type[StrEnum], word: rx.Var[str]) -> rx.Var[str]:
    """The name of a word that only the browser knows."""
    return looked_up(LABELS[words], word)


def choice_label(word: rx.Var[str]) -> rx.Var[str]:
    return looked_up(RULE_CHOICES, word)


def event_label(kind: rx.Var[str]) -> rx.Var[str]:
    return looked_up(EVENTS, kind)


def layout_label(layout: rx.Var[str]) -> rx.Var[str]:
    """Whose export a file is; a mapping that people made has no name."""
    return rx.cond(layout == "", t("import_own_layout"), looked_up(LAYOUT_NAMES, layout)).to(str)


def subject_label(subject_type: rx.Var[str]) -> rx.Var[str]:
    """What kind of thing an anomaly is about."""
    return looked_up(SUBJECTS, subject_type)


def job_label(job: rx.Var[str]) -> rx.Var[str]:
    return looked_up(JOBS, job)


def workflow_label(name: rx.Var[str]) -> rx.Var[str]:
    return looked_up(WORKFLOW_NAMES, name)


def actor_name(actor: rx.Var[str]) -> rx.Var[str]:
    """Who did it: a channel, a mapping, the rules and the hub itself by their names, a person by theirs."""
    ours = rx.match(actor, (SYSTEM, t("by_system")), (RULES, t("by_rules")), (MAPPING, t("mapping")), actor)
    return rx.cond(_is_channel(actor), label(Channel, actor), ours).to(str)


def _is_channel(word: rx.Var[str]) -> rx.Var[bool]:
    return rx.Var.create([str(channel) for channel in Channel]).contains(word)


def channel_sign(channel: rx.Var[str]) -> rx.Var[str]:
    return rx.Var.create({str(name): sign for name, sign in CHANNEL_SIGNS.items()})[channel].to(str)


def looked_up(pairs: Mapping[Any, Pair], word: rx.Var[str]) -> rx.Var[str]:
    chinese = rx.Var.create({str(name): pair[0] for name, pair in pairs.items()})
    english = rx.Var.create({str(name): pair[1] for name, pair in pairs.items()})
    return rx.cond(Preferences.lang == "en", english[word], chinese[word]).to(str)


def _filled(pattern: str, values: Mapping[str, Any]) -> rx.Var[str] | str:
    if not values:
        return pattern
    first, *rest = re.split(r"\{(\w+)\}", pattern)
    text: Any = rx.Var.create(first)
    for name, after in zip(rest[::2], rest[1::2], strict=True):
        value = values[name]
        shown = value.to_string(use_json=False) if isinstance(value, rx.Var) else str(value)
        text = text + shown + after
    return text
