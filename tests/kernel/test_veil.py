"""What is marked is empty for who may not see it, however deep it lies, and whole for everybody else."""

from dataclasses import dataclass, field
from typing import Annotated

import pytest
from pydantic import BaseModel

from orderhub.domain.order import Order
from orderhub.kernel.errors import NotAllowed
from orderhub.kernel.sight import FieldGroup, Sight, must_see, seeing, seen
from orderhub.kernel.veil import Money, OfBuyer, Raw, veiled

_NO_MONEY = Sight(fields=frozenset(FieldGroup) - {FieldGroup.MONEY})


@dataclass
class Line:
    title: str
    total: Money


@dataclass
class View:
    note: str = ""
    buyer: OfBuyer = ""
    sample: Raw = ""
    fen: Annotated[int, FieldGroup.MONEY] = 0
    sums: Annotated[dict[str, int], FieldGroup.MONEY] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Fact:
    note: str
    total: Money


class Answer(BaseModel):
    no: str
    paid_fen: Annotated[int | None, FieldGroup.MONEY]


_VIEW = View("paid −¥1,234.50 late", "a**", "x", 5, {"1": 5}, [Line("box", "¥5.00")])


def test_who_sees_everything_is_given_the_value_itself():
    assert veiled(_VIEW) is _VIEW


def test_what_is_marked_is_emptied_however_deep_it_lies():
    with seeing(_NO_MONEY):
        assert veiled({"view": (_VIEW, 1)}) == {"view": (View("paid ¥— late", "a**", lines=[Line("box", "")]), 1)}
    assert _VIEW.lines[0].total == "¥5.00"


def test_a_fact_keeps_its_words_for_whoever_works_with_it():
    with seeing(_NO_MONEY):
        assert veiled([Fact("of ¥5.00", "¥5.00"), "¥5.00"]) == [Fact("of ¥5.00", ""), "¥5.00"]


def test_an_answer_of_the_api_has_null_in_its_stead():
    with seeing(_NO_MONEY):
        assert veiled(Answer(no="A1", paid_fen=500)) == Answer(no="A1", paid_fen=None)


def test_a_row_of_a_table_does_not_pass():
    with seeing(_NO_MONEY), pytest.raises(TypeError, match="Order"):
        veiled([Order()])


def test_what_is_nothing_without_a_field_is_refused():
    with seeing(_NO_MONEY):
        assert (seen(FieldGroup.BUYER, "a"), seen(FieldGroup.MONEY, "b")) == ("a", "")
        must_see(FieldGroup.BUYER)
        with pytest.raises(NotAllowed, match="money"):
            must_see(FieldGroup.MONEY)
