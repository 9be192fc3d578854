"""Does a link say the whole view, and is any link read?"""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.domain.hold import HoldReason
from orderhub.domain.words import Channel
from orderhub.insights.board_filter import BoardQuery, Tab
from orderhub.insights.keyset import BoardSort
from orderhub.kernel.money import MOST_FEN
from orderhub.ui.board_address import address, read_address, toggled

settings.register_profile("links", max_examples=60, deadline=None)
settings.load_profile("links")

# What a tag or a shop's code may hold: text without control characters and without space around it.
_letters = st.characters(exclude_categories=("Cc", "Cs"))
_word = st.text(_letters, min_size=1, max_size=32).map(str.strip).filter(bool)


def _some(values: Any) -> Any:
    return st.sets(values, max_size=5).map(lambda found: tuple(sorted(found)))


queries = st.builds(
    BoardQuery,
    tab=st.sampled_from(Tab),
    channels=_some(st.sampled_from(Channel)),
    shops=_some(_word),
    tags=_some(_word),
    holds=_some(st.sampled_from(HoldReason)),
    due_within_hours=st.none() | st.integers(1, 720),
    least_fen=st.none() | st.integers(-MOST_FEN, MOST_FEN),
    most_fen=st.none() | st.integers(-MOST_FEN, MOST_FEN),
    text=_word | st.just(""),
    custom=st.dictionaries(_word, _word, max_size=5).map(lambda found: tuple(sorted(found.items()))),
    sort=st.sampled_from(BoardSort),
    descending=st.booleans(),
    cursor=st.text("abcXYZ019-_", max_size=200),
)


def parameters(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query))


@given(queries)
def test_a_view_is_read_back_from_its_link(query: BoardQuery):
    assert read_address(parameters(address(query))) == query


@given(queries)
def test_a_link_has_one_way_to_be_written(query: BoardQuery):
    link = address(query)
    assert address(read_address(parameters(link))) == link
    assert link.isascii()


@given(st.dictionaries(st.sampled_from("tab channel shop tag hold due min max q sort desc at".split()), st.text()))
def test_any_link_is_read_and_can_be_written_again(given_parts: dict[str, str]):
    query = read_address(given_parts)
    assert read_address(parameters(address(query))) == query


@pytest.mark.parametrize(
    ("query", "link"),
    [
        (BoardQuery(), "/orders"),
        (BoardQuery(tab=Tab.LATE, sort=BoardSort.AT_RISK, descending=True), "/orders?tab=late&sort=at_risk&desc=1"),
        (BoardQuery(channels=(Channel.TAOBAO, Channel.DOUYIN)), "/orders?channel=douyin,taobao"),
        (BoardQuery(least_fen=0, most_fen=123450), "/orders?min=0.00&max=1234.50"),
        (BoardQuery(due_within_hours=24, text="收纳 箱"), "/orders?due=24&q=%E6%94%B6%E7%BA%B3+%E7%AE%B1"),
    ],
)
def test_a_link_says_only_what_is_not_plain(query: BoardQuery, link: str):
    assert address(query) == link


@pytest.mark.parametrize(
    "parts",
    [
        {"due": "0"},
        {"due": "721"},
        {"due": "00011"},
        {"due": "１２"},
        {"due": "-5"},
        {"min": "1e5"},
        {"min": "NaN"},
        {"max": "1.005"},
        {"max": "99999999999"},
        {"tab": "OPEN"},
        {"channel": "moon,,"},
        {"hold": " "},
        {"desc": "true"},
        {"q": "  "},
        {"order": "7"},
    ],
)
def test_what_a_link_cannot_mean_is_left_out(parts: dict[str, str]):
    assert read_address(parts) == BoardQuery()


def test_a_link_asks_for_twenty_words_at_most():
    assert len(read_address({"tag": ",".join(f"t{turn}" for turn in range(50))}).tags) == 20


def test_a_choice_goes_in_and_out_from_the_first_page():
    query = BoardQuery(tags=("a",), cursor="abc")
    more = toggled(query, "tags", "b")
    assert (more.tags, more.cursor) == (("a", "b"), "")
    assert toggled(more, "tags", "a").tags == ("b",)
