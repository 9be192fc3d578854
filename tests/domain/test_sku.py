"""For which pieces does a code stand?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.sku import NestedBundle, explode, list_as, put_sku, set_parts, terms
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, NotFound
from tests.builders import NOW, shop

from .stocked import stocked


@pytest.fixture
def session(database):
    with transaction() as opened:
        yield opened


def pieces(session, goods, *lines):
    """By code, in the shop of the builders."""
    wanted = explode(session, shop(session).id, lines)
    codes = {sku.id: code for code, sku in goods.items()}
    return {codes[sku_id]: quantity for sku_id, quantity in wanted.pieces.items()}, wanted.unmatched


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("A-18", [("A-18", 1)]),
        ("A-18&B-C1*4", [("A-18", 1), ("B-C1", 4)]),
        ("Ａ-18＆B-C1＊４", [("A-18", 1), ("B-C1", 4)]),
        ("A-18 × 3", [("A-18", 3)]),
        ("A*B*2", [("A*B", 2)]),
        ("A&&B", []),
        ("A*0", []),
        ("", []),
    ],
)
def test_a_code_is_an_expression(code, meant):
    assert terms(code) == meant


@given(st.text(max_size=64))
def test_no_text_breaks_the_reading_of_a_code(text):
    assert all(code and 1 <= times <= 99_999 for code, times in terms(text))


def test_lines_add_up_over_expressions_and_repeats(session):
    goods = stocked(session, A_18=1, B_C1=1)
    found = pieces(session, goods, ("A-18&B-C1*4", 2), ("B-C1", 3), ("A-18", 1))
    assert found == ({"A-18": 3, "B-C1": 11}, set())


def test_two_bundles_share_a_part(session):
    goods = stocked(session, A=1, B=1, C=1)
    for code, parts in (("SET-1", "A*2&B"), ("SET-2", "A&C*3")):
        set_parts(session, put_sku(session, code, by="tester", now=NOW), parts, by="tester", now=NOW)
    assert pieces(session, goods, ("SET-1", 1), ("SET-2", 2)) == ({"A": 4, "B": 1, "C": 6}, set())


def test_a_gift_goes_along_with_what_it_is_given_with(session):
    goods = stocked(session, A=1, SOCK=1)
    set_parts(session, goods["A"], "SOCK*2", is_gift=True, by="tester", now=NOW)
    assert pieces(session, goods, ("A", 3)) == ({"A": 3, "SOCK": 6}, set())
    set_parts(session, goods["A"], "", is_gift=True, by="tester", now=NOW)
    assert pieces(session, goods, ("A", 3)) == ({"A": 3}, set())


def test_presale_pieces_stand_apart(session):
    goods = stocked(session, A=1, B=1)
    put_sku(session, "B", is_presale=True, by="tester", now=NOW)
    wanted = explode(session, shop(session).id, [("A&B*2", 1)])
    assert (wanted.pieces, wanted.later) == ({goods["A"].id: 1}, {goods["B"].id: 2})
    assert wanted.presale == {goods["B"].id: 2}


def test_a_presale_bundle_leaves_its_parts_to_others(session):
    goods = stocked(session, A=1)
    bundle = put_sku(session, "SET", is_presale=True, by="tester", now=NOW)
    set_parts(session, bundle, "A*2", by="tester", now=NOW)
    wanted = explode(session, shop(session).id, [("SET", 1), ("A", 1)])
    assert (wanted.pieces, wanted.later) == ({goods["A"].id: 1}, {goods["A"].id: 2})
    assert wanted.presale == {bundle.id: 1}


def test_a_line_with_one_unknown_term_is_unmatched_as_a_whole(session):
    goods = stocked(session, A=1)
    assert pieces(session, goods, ("A&NOPE", 1), ("A", 1), ("旧款", 2)) == ({"A": 1}, {"A&NOPE", "旧款"})


def test_a_listing_is_of_its_shop_alone_and_goes_before_a_sku(session):
    goods = stocked(session, A=1, B=1)
    here, there = shop(session), shop(session, "douyin-2")
    list_as(session, here.id, "旧款", "B*3", by="tester", now=NOW)
    list_as(session, here.id, "A", "B", by="tester", now=NOW)
    assert pieces(session, goods, ("旧款", 2), ("A", 1)) == ({"B": 7}, set())
    assert explode(session, there.id, [("旧款", 1), ("A", 1)]).unmatched == {"旧款"}


def test_a_bundle_is_not_made_of_bundles(session):
    goods = stocked(session, A=1, B=1)
    first = put_sku(session, "SET-1", by="tester", now=NOW)
    set_parts(session, first, "A&B", by="tester", now=NOW)
    for sku, parts in ((put_sku(session, "SET-2", by="tester", now=NOW), "SET-1"), (goods["A"], "B"), (first, "SET-1")):
        with pytest.raises(NestedBundle):
            set_parts(session, sku, parts, by="tester", now=NOW)


def test_a_binding_needs_one_sku_that_is_there(session):
    stocked(session, A=1, B=1)
    with pytest.raises(NotFound, match="NOPE"):
        list_as(session, shop(session).id, "旧款", "NOPE", by="tester", now=NOW)
    with pytest.raises(BadInput, match="one SKU or bundle"):
        list_as(session, shop(session).id, "旧款", "A&B", by="tester", now=NOW)
