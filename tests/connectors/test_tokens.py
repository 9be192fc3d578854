"""A dead token is renewed once, however many callers met it."""

import threading
from datetime import UTC, datetime

import pytest

from orderhub.connectors.channels.contract import Credentials, TokenGrant
from orderhub.connectors.tokens import TokenKeeper
from orderhub.kernel.errors import PartnerUnauthorised

from .gateway import Ring


class Channel:
    """Knows one living token and one living refresh token; each renewal ends both."""

    def __init__(self) -> None:
        self.grants = 0

    def grant(self, credentials: Credentials) -> TokenGrant:
        if credentials.refresh_token != f"refresh-{self.grants}":
            raise PartnerUnauthorised("the refresh token was used before")
        self.grants += 1
        return TokenGrant(f"token-{self.grants}", f"refresh-{self.grants}", datetime(2026, 12, 1, tzinfo=UTC))


def test_twenty_callers_that_all_met_the_dead_token_renew_it_once():
    channel, ring = Channel(), Ring()
    keeper = TokenKeeper(ring, channel.grant)
    all_met_it = threading.Barrier(20)
    answers: list[str] = []

    def ask(credentials: Credentials) -> str:
        if credentials.access_token == "token-0":
            all_met_it.wait(10)
            raise PartnerUnauthorised("expired")
        return credentials.access_token

    threads = [threading.Thread(target=lambda: answers.append(keeper.call(ask))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (channel.grants, ring.renewals) == (1, 1)
    assert answers == ["token-1"] * 20


def test_a_token_that_is_dead_again_after_its_renewal_is_reported():
    keeper = TokenKeeper(Ring(), Channel().grant)
    asked: list[str] = []

    def ask(credentials: Credentials) -> str:
        asked.append(credentials.access_token)
        raise PartnerUnauthorised("expired")

    with pytest.raises(PartnerUnauthorised):
        keeper.call(ask)
    assert asked == ["token-0", "token-1"]
