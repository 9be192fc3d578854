"""为什么: which rules held for the open order, by which version, what they did, and what they could not settle."""

import reflex as rx

from orderhub.ui.card_why import WhyHit
from orderhub.ui.state.card import Card
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.text import t


def why_section() -> rx.Component:
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
