"""Which sections of other features stand on the page of a case? Each is a panel with its state's ``look``."""

from collections.abc import Callable
from typing import Any

import reflex as rx

# ``section`` of ui/panels/<noun>_case.py, in the order of the page; ``LOOKS`` are run when the page is entered.
SECTIONS: tuple[Callable[[], rx.Component], ...] = ()
LOOKS: tuple[Any, ...] = ()


def sections() -> rx.Component:
    return rx.fragment(*[section() for section in SECTIONS])
