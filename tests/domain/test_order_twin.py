"""Which orders repeat another? Never by a mask, whatever comes in whichever order."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.order_twin import WITHIN, Bought, twins
from tests.builders import NOW

PERSON = ("douyin", "buyer-1", "oaid-1")


def bought(order_id: int, minutes: float = 0, **changes: Any) -> Bought:
    facts = {"person": PERSON, "goods": frozenset({("BOX-40L", 1)})} | changes
    return Bought(order_id, paid_at=NOW + timedelta(minutes=minutes), **facts)


def test_the_later_of_two_alike_repeats_the_earlier():
    assert twins([bought(2, 30), bought(1)]) == {2: 1}
    assert twins([bought(1), bought(2, 30.1)]) == {}
    assert twins([bought(3, 40), bought(1), bought(2, 20)]) == {2: 1, 3: 2}


def test_another_person_or_other_goods_are_no_repetition():
    for changes in (
        {"person": ("taobao", "buyer-1", "oaid-1")},
        {"person": ("douyin", "buyer-2", "oaid-1")},
        {"person": ("douyin", "buyer-1", "oaid-2")},
        {"goods": frozenset({("BOX-40L", 2)})},
        {"goods": frozenset({("BOX-40L", 1), ("A-18", 1)})},
    ):
        assert twins([bought(1), bought(2, 1, **changes)]) == {}


def test_without_a_token_nobody_is_the_same():
    for person in (("douyin", "", "oaid-1"), ("douyin", "buyer-1", ""), ("douyin", "", "")):
        assert twins([bought(1, person=person), bought(2, 1, person=person)]) == {}


@given(
    st.lists(
        st.builds(
            bought,
            st.integers(1, 10**6),
            st.integers(0, 120),
            person=st.sampled_from([PERSON, ("douyin", "buyer-2", "oaid-1"), ("douyin", "", "oaid-1")]),
        ),
        unique_by=lambda one: one.order_id,
        max_size=12,
    ),
    st.randoms(),
)
def test_any_order_of_looking_finds_the_same(every, dice):
    found = twins(every)
    shuffled = list(every)
    dice.shuffle(shuffled)
    assert twins(shuffled) == found
    known = {one.order_id: one for one in every}
    for later, first in found.items():
        assert (known[later].person, known[later].goods) == (known[first].person, known[first].goods)
        assert timedelta() <= known[later].paid_at - known[first].paid_at <= WITHIN
