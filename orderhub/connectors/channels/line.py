"""What is the same in every connector? Its client, its keys, the token kept alive for all callers, and its end."""

from orderhub.connectors.channels.contract import Credentials, Keyring, TokenGrant
from orderhub.connectors.http import PartnerClient
from orderhub.connectors.tokens import TokenKeeper


class Line:
    """``by_secret``: the channel gives tokens for the app secret alone and has no refresh token."""

    by_secret = False

    def __init__(self, keyring: Keyring, client: PartnerClient) -> None:
        self._keyring = keyring
        self._client = client
        self._tokens = TokenKeeper(keyring, self._ask_refresh, by_secret=self.by_secret)

    def refresh_token(self) -> Credentials:
        return self._tokens.renew(self._keyring.read().access_token)

    def calls_of_last_minute(self) -> int:
        return self._client.calls_of_last_minute()

    def close(self) -> None:
        self._client.close()

    def _ask_refresh(self, credentials: Credentials) -> TokenGrant:
        raise NotImplementedError
