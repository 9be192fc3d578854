"""What is the same in every connector? Its client, its keys, the token kept alive for all callers, and its end."""

from orderhub.connectors.channels.contract import Credentials, Keyring, TokenGrant
from orderhub.connectors.http import PartnerClient
from orderhub.connectors.tokens import TokenKeeper
from orderhub.domain.drafts import Contact
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import PartnerRefused

NO_RECEIVER = "no-receiver"


class Line:
    """``by_secret``: the channel gives tokens for the app secret alone and has no refresh token."""

    by_secret = False

    def __init__(self, keyring: Keyring, client: PartnerClient) -> None:
        self._keyring = keyring
        self._client = client
        self._tokens = TokenKeeper(keyring, self._ask_refresh, by_secret=self.by_secret)

    def refresh_token(self) -> Credentials:
        return self._tokens.renew(self._keyring.read().access_token)

    def receiver(self, channel_order_no: str, carrier: Carrier) -> Contact:
        raise no_receiver(self._client.partner, channel_order_no)

    def calls_of_last_minute(self) -> int:
        return self._client.calls_of_last_minute()

    def close(self) -> None:
        self._client.close()

    def _ask_refresh(self, credentials: Credentials) -> TokenGrant:
        raise NotImplementedError


def no_receiver(partner: str, channel_order_no: str) -> PartnerRefused:
    message = f"{partner} shows nobody the receiver of {channel_order_no[:64]}: type a waybill by hand"
    return PartnerRefused(message, partner=partner, partner_code=NO_RECEIVER)
