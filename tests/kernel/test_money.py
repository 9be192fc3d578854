import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import money_text, parse_yuan, share_fen, yuan_text


@pytest.mark.parametrize(
    ("text", "fen"),
    [("1234.50", 123450), ("0", 0), (7, 700), ("-3.1", -310), ("10000000.00", 1_000_000_000), ("2.500", 250)],
)
def test_yuan_become_fen_exactly(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "1e5", "1.005", "１２", "", "1,000", "--1", True, "10000000.01", "0x10", "1 2"]
)
def test_what_is_no_plain_amount_is_refused(text):
    with pytest.raises(BadInput):
        parse_yuan(text)


@given(st.integers(-1_000_000_000, 1_000_000_000))
def test_writing_and_reading_an_amount_comes_back(fen):
    assert parse_yuan(yuan_text(fen)) == fen


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_shares_add_up_to_the_fen(total, weights):
    assert sum(share_fen(total, weights)) == total


def test_people_read_a_sign_and_thousands():
    assert money_text(-123450) == "−¥1,234.50"
