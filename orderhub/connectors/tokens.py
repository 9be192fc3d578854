"""How does a shop's token stay alive? Renewed once, however many callers find it dead at the same moment."""

import threading
from collections.abc import Callable
from typing import TypeVar

from orderhub.connectors.channels.contract import Credentials, Keyring, TokenGrant
from orderhub.kernel.errors import PartnerRefused, PartnerUnauthorised

T = TypeVar("T")


class TokenKeeper:
    """``ask_grant`` asks the channel for a new token with the refresh token of the credentials it is given.

    ``by_secret``: the channel gives tokens for the app secret alone and has no refresh token.
    """

    def __init__(
        self, keyring: Keyring, ask_grant: Callable[[Credentials], TokenGrant], *, by_secret: bool = False
    ) -> None:
        self._keyring = keyring
        self._ask_grant = ask_grant
        self._by_secret = by_secret
        self._lock = threading.Lock()

    def call(self, ask: Callable[[Credentials], T]) -> T:
        """``ask`` with today's credentials; once more with renewed ones where the token proves dead."""
        credentials = self._keyring.read()
        try:
            return ask(credentials)
        except PartnerUnauthorised:
            return ask(self.renew(credentials.access_token))

    def renew(self, dead_token: str) -> Credentials:
        """Fresh credentials in place of ``dead_token``; another caller's renewal is taken over.

        Raises:
            PartnerUnauthorised: the refresh token is dead too; the shop must be connected again.
        """
        with self._lock:
            credentials = self._keyring.read()
            if credentials.access_token != dead_token:
                return credentials
            if not credentials.refresh_token and not self._by_secret:
                raise PartnerUnauthorised("the token has ended and there is none to renew it with: connect the shop")
            try:
                grant = self._ask_grant(credentials)
            except PartnerUnauthorised:
                raise
            except PartnerRefused as error:
                raise PartnerUnauthorised(
                    f"the token could not be renewed ({error.partner_code}): connect the shop again",
                    partner=error.partner,
                    partner_code=error.partner_code,
                ) from error
            return self._keyring.renew(grant)
