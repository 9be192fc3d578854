"""售后: which cases wait and by when, everything about one of them, and what buyers' reasons mean."""

import reflex as rx

from orderhub.ui.case_queue_view import PATH, REASONS_PATH
from orderhub.ui.components.controls import tab_links
from orderhub.ui.panels.case import case_page, case_tools
from orderhub.ui.panels.case_opening import opening
from orderhub.ui.panels.case_queue import queue
from orderhub.ui.panels.case_sections import LOOKS
from orderhub.ui.panels.frame import AFTERSALE, framed
from orderhub.ui.panels.reasons import reasons
from orderhub.ui.state.case import Case
from orderhub.ui.state.case_opening import CaseOpening
from orderhub.ui.state.case_queue import CaseQueue
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.reasons import Reasons
from orderhub.ui.text import t


def page() -> rx.Component:
    face = CaseQueue.face
    tabs = tab_links(
        "aftersale", ("case_queue", PATH, face == "queue"), ("case_reasons", REASONS_PATH, face == "reasons")
    )
    heading = rx.match(
        face,
        ("case", rx.fragment(t("case_no"), " ", Case.case.no)),
        ("opening", rx.fragment(t("case_opening"))),
        rx.fragment(t("aftersale")),
    )
    return framed(
        AFTERSALE,
        rx.el.main(
            rx.el.div(
                rx.el.h1(heading),
                rx.el.span(class_name="sp"),
                rx.cond((face == "case") | (face == "opening"), case_tools(), tabs),
                class_name="ph",
            ),
            rx.match(
                face,
                ("case", case_page()),
                ("opening", opening()),
                ("reasons", reasons()),
                queue(),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    enter = [Frame.enter, CaseQueue.enter, Case.enter, CaseOpening.enter, Reasons.enter, *LOOKS]
    app.add_page(page, route=PATH, title="售后 · OrderHub", on_load=enter)
