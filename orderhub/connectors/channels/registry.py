"""Which channels can the hub talk to? One line each."""

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode, urlsplit

from orderhub.connectors.channels import douyin, jd, miniprogram, pinduoduo, taobao
from orderhub.connectors.channels.contract import ChannelModule
from orderhub.domain.words import Channel
from orderhub.kernel.errors import NotFound

MODULES: dict[Channel, ChannelModule] = {
    Channel.TAOBAO: cast("ChannelModule", taobao),
    Channel.DOUYIN: cast("ChannelModule", douyin),
    Channel.JD: cast("ChannelModule", jd),
    Channel.PINDUODUO: cast("ChannelModule", pinduoduo),
    Channel.MINIPROGRAM: cast("ChannelModule", miniprogram),
}

# Where the lab answers for a channel, below its own address.
_LAB_PATHS = {
    Channel.TAOBAO: "/taobao/router/rest",
    Channel.DOUYIN: "/douyin",
    Channel.JD: "/jd",
    Channel.PINDUODUO: "/pinduoduo/api/router",
    Channel.MINIPROGRAM: "/weixin",
}


def module(channel: Channel) -> ChannelModule:
    """Raises: NotFound: the hub cannot talk to this channel."""
    if channel not in MODULES:
        raise NotFound(f"the hub has no connector for {channel}")
    return MODULES[channel]


@dataclass(frozen=True)
class AuthorisationPage:
    """Where a merchant allows the application to act for a shop; ``key_name`` is what it calls the application's key.

    Source: the platforms' guides as kept by public SDKs, read 2026-11.
    """

    address: str
    key_name: str = "client_id"
    asked: tuple[tuple[str, str], ...] = (("response_type", "code"),)


# Douyin has none for an application of the merchant's own: its token is given for the shop's number alone.
_AUTHORISATION_PAGES = {
    Channel.TAOBAO: AuthorisationPage(
        "https://oauth.taobao.com/authorize", asked=(("response_type", "code"), ("view", "web"))
    ),
    Channel.JD: AuthorisationPage(
        "https://open-oauth.jd.com/oauth2/to_login",
        "app_key",
        asked=(("response_type", "code"), ("scope", "snsapi_base")),
    ),
    Channel.PINDUODUO: AuthorisationPage("https://mms.pinduoduo.com/open.html"),
}


def authorisation_address(channel: Channel, app_key: str, *, back: str, state: str, gateway: str = "") -> str:
    """The page that leads back to ``back`` with a code and ``state``; ``back`` itself where no code is needed.

    ``gateway`` is that of a shop of the lab, which plays the page too.
    """
    page = _AUTHORISATION_PAGES.get(channel)
    if page is None:
        return f"{back}?{urlencode({'state': state})}"
    address = f"{urlsplit(gateway)._replace(path='/lab/authorise', query='').geturl()}" if gateway else page.address
    asked = {page.key_name: app_key, **dict(page.asked), "redirect_uri": back, "state": state}
    return f"{address}?{urlencode(asked)}"


def lab_gateway(channel: Channel, lab_url: str) -> str:
    """The lab's address for ``channel``."""
    return lab_url.rstrip("/") + _LAB_PATHS[channel]
