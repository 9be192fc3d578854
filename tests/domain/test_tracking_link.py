"""Can anybody but the hub make a tracking link, and does one end?"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.domain.tracking_link import LIVES, link_token, read_token, tracking_url


def test_a_link_names_its_parcel_until_it_ends(now: datetime) -> None:
    token = tracking_url(7, now=now).rsplit("/", 1)[1]
    assert len(token) == 30
    link = read_token(token, now=now)
    assert link
    assert link.track_id == 7
    assert link.ends_at > now + LIVES - timedelta(hours=1)
    assert read_token(token, now=link.ends_at) is None


@settings(max_examples=500)
@given(place=st.integers(0, 29), letter=st.sampled_from("ABCDEFGHwxyz0123-_=."))
def test_one_changed_letter_makes_it_nobodys(place: int, letter: str) -> None:
    now = datetime.fromisoformat("2026-11-26T08:00:00+00:00")
    token = link_token(7, ends_at=now + LIVES)
    changed = token[:place] + letter + token[place + 1 :]
    assert changed == token or read_token(changed, now=now) is None


@pytest.mark.parametrize("token", ["", "a", "abcde", "é" * 30, "====", "A" * 30, "A" * 3000, "../../etc/passwd"])
def test_what_is_no_token_says_nothing(token: str, now: datetime) -> None:
    assert read_token(token, now=now) is None
