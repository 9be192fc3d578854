"""Which sections of other features stand on the page of a case? Each is a panel with its state's ``look``."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from orderhub.ui.panels import inspection_case, replacement_case, review_case
from orderhub.ui.state.inspection import InspectionCase
from orderhub.ui.state.replacement_case import ReplacementCase
from orderhub.ui.state.review_case import ReviewCase

# ``section`` of ui/panels/<noun>_case.py, in the order of the page; ``LOOKS`` are run when the page is entered.
SECTIONS: tuple[Callable[[], rx.Component], ...] = (
    review_case.decision,
    inspection_case.section,
    replacement_case.section,
)
LOOKS: tuple[Any, ...] = (ReviewCase.look, InspectionCase.look, ReplacementCase.look)


def sections() -> rx.Component:
    return rx.fragment(*[section() for section in SECTIONS])
