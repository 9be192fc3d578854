"""为什么: which rules held for the open order and what they did; from where it leaves, and why the others lost."""

import reflex as rx

from orderhub.domain.allocation_decision import Stuck
from orderhub.ui.card_why import WhyHit, WhyLost
from orderhub.ui.components.marks import icon
from orderhub.ui.state.card import Card
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.text import actor_name, label, t


def why_section() -> rx.Component:
    return rx.fragment(_rules(), _allocation())


def _rules() -> rx.Component:
    why = Card.card.why
    return rx.cond(
        (why.hits.length() > 0) | (why.unknown.length() > 0),
        rx.el.section(
            rx.el.h3(
                t("why"), rx.el.span(t("why_version", n=why.version), class_name="m3", style={"fontWeight": "400"})
            ),
            rx.el.ul(rx.foreach(why.hits, _hit), class_name="whys"),
            rx.foreach(why.unknown, lambda said: rx.el.p(t("why_unknown", what=said), class_name="f12 m3", key=said)),
            class_name="sec",
        ),
    )


def _allocation() -> rx.Component:
    why = Card.card.why.allocated
    stuck = rx.el.p(icon("triangle-alert", "s"), label(Stuck, why.stuck), class_name="row tight amber b")
    lost = rx.el.details(
        rx.el.summary(t("allocation_lost", n=why.lost.length()), class_name="f12 m2"),
        rx.el.ul(rx.foreach(why.lost, _loser), class_name="whys"),
    )
    return rx.cond(
        why.at != "",
        rx.el.section(
            rx.el.h3(
                t("allocation_why"),
                rx.el.span(actor_name(why.by), " · ", why.at, class_name="m3", style={"fontWeight": "400"}),
            ),
            rx.cond(why.stuck != "", stuck),
            rx.foreach(why.chosen, lambda said: rx.el.p("→ ", _either(said[0], said[1]), class_name="f12 b")),
            rx.el.p(_either(why.facts[0], why.facts[1]), class_name="f12 m3"),
            rx.el.ul(rx.foreach(why.unheard, _unheard), class_name="whys"),
            rx.cond(why.lost.length() > 0, rx.cond(why.stuck != "", _losers(), lost)),
            class_name="sec",
            aria_label=t("allocation_why"),
        ),
    )


def _losers() -> rx.Component:
    """In the open where nobody won."""
    return rx.el.ul(rx.foreach(Card.card.why.allocated.lost, _loser), class_name="whys")


def _loser(lost: rx.Var[WhyLost]) -> rx.Component:
    return rx.el.li(
        rx.el.span(_either(lost.who_zh, lost.who_en)),
        rx.el.span(class_name="sp"),
        rx.el.span(_either(lost.why_zh, lost.why_en), class_name="m2"),
        class_name="row f12",
    )


def _unheard(lost: rx.Var[WhyLost]) -> rx.Component:
    why = _either(lost.why_zh, lost.why_en)
    return rx.el.li(t("allocation_unheard", said=lost.who_zh), "：", why, class_name="f12 amber")


def _either(chinese: rx.Var[str], english: rx.Var[str]) -> rx.Var[str]:
    return rx.cond(Preferences.lang == "en", english, chinese)


def _hit(hit: rx.Var[WhyHit]) -> rx.Component:
    is_english = Preferences.lang == "en"
    because = rx.cond(is_english, hit.because_en, hit.because_zh)
    lost = rx.cond(is_english, hit.lost_en, hit.lost_zh)
    return rx.el.li(
        rx.el.div(
            rx.el.span(hit.key, class_name="m3"), rx.el.span(hit.name, class_name="b"), class_name="row tight f12"
        ),
        rx.cond(because != "", rx.el.p(because, class_name="f12 m2")),
        rx.el.p("→ ", rx.cond(is_english, hit.did_en, hit.did_zh), class_name="f12"),
        rx.cond(lost != "", rx.el.p(t("why_lost", what=lost), class_name="f12 m3")),
        key=hit.key,
    )
