from enum import StrEnum

import pytest

from orderhub.kernel.errors import BadInput, IllegalMove
from orderhub.kernel.ids import clean_no, clean_text, shown_text
from orderhub.kernel.lifecycle import Lifecycle


def test_numbers_are_normalised_and_stay_exact():
    assert clean_no("１２３") == "123"
    assert clean_no(4705288465508532862) == "4705288465508532862"


@pytest.mark.parametrize("value", ["", " ", "x" * 65, "a\nb", None, True, 1.5])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(BadInput):
        clean_no(value)


def test_texts_lose_marks_and_keep_emoji():
    assert clean_text("a\u200bb\u202ec 😀 𠮷", most=20) == "abc 😀 𠮷"
    with pytest.raises(BadInput, match="control"):
        clean_text("a\x07b", most=20)


def test_a_partners_text_is_made_fit_and_never_refused():
    assert shown_text("a\x07\u200bb\n c" + "x" * 50, 8) == "ab cxxxx"


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    OFF = "off"


def test_a_table_that_forgets_a_status_fails_at_import():
    with pytest.raises(ValueError, match="missing"):
        Lifecycle(Light.RED, {Light.RED: {Light.GREEN}, Light.GREEN: set()})


def test_a_status_that_cannot_be_reached_fails_at_import():
    with pytest.raises(ValueError, match="unreachable"):
        Lifecycle(Light.RED, {Light.RED: {Light.GREEN}, Light.GREEN: set(), Light.OFF: set()})


def test_a_move_the_table_does_not_hold_is_refused():
    table = Lifecycle(Light.RED, {Light.RED: {Light.GREEN}, Light.GREEN: {Light.OFF}, Light.OFF: set()})
    table.check(Light.RED, Light.GREEN)
    with pytest.raises(IllegalMove, match="red cannot become off"):
        table.check(Light.RED, Light.OFF)
