"""Which keys open which shop? Sealed at rest, read by a connector that never sees a database."""

import threading
from datetime import datetime

from sqlmodel import Session, select

from orderhub.connectors.channels import registry
from orderhub.connectors.channels.contract import ChannelConnector, Credentials, TokenGrant
from orderhub.connectors.outside import checked_base_url
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import Shop, ShopConnected, ShopTokenRenewed, shop_named
from orderhub.domain.words import Channel
from orderhub.intake.trouble import settle, settle_unknown
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import SYSTEM, record
from orderhub.kernel.ids import clean_no, clean_text
from orderhub.kernel.secrets import seal, unseal


class ShopKeyring:
    """Keeps one shop's credentials (``connectors.channels.contract.Keyring``)."""

    def __init__(self, shop_code: str) -> None:
        self.shop_code = shop_code

    def read(self) -> Credentials:
        with reading() as session:
            return credentials_of(shop_named(session, self.shop_code))

    def renew(self, grant: TokenGrant) -> Credentials:
        """Stored durably before it is used: the old refresh token may be dead already."""
        with transaction() as session:
            return credentials_of(keep_token(session, self.shop_code, grant, now=utc_now()))


def keep_token(session: Session, shop_code: str, grant: TokenGrant, *, now: datetime) -> Shop:
    """The shop's token from now on; what was wrong with its authorisation is over."""
    shop = shop_named(session, shop_code)
    shop.access_token_sealed = _sealed(shop.code, "access_token", grant.access_token)
    shop.refresh_token_sealed = _sealed(shop.code, "refresh_token", grant.refresh_token)
    shop.token_expires_at = grant.expires_at
    session.add(shop)
    record(session, ShopTokenRenewed(shop.id, grant.expires_at.isoformat()), actor=SYSTEM, now=now)
    for kind in (AnomalyKind.SHOP_UNAUTHORISED, AnomalyKind.TOKEN_NEAR_EXPIRY):
        settle(session, shop, kind, result="the token was renewed", now=now)
    return shop


def credentials_of(shop: Shop) -> Credentials:
    return Credentials(
        app_key=shop.app_key,
        app_secret=_opened(shop, "app_secret"),
        shop_no=shop.shop_no,
        access_token=_opened(shop, "access_token"),
        refresh_token=_opened(shop, "refresh_token"),
        expires_at=shop.token_expires_at,
    )


def connect_shop(
    session: Session,
    *,
    code: str,
    channel: Channel,
    name: str,
    credentials: Credentials,
    by: str,
    now: datetime,
    gateway: str = "",
) -> Shop:
    """Add a shop, or give the shop of that code new keys. Safe to repeat."""
    code = _code(code)
    shop = session.exec(select(Shop).where(Shop.code == code)).one_or_none()
    if shop is None:
        shop = Shop(code=code, channel=channel, name="", shop_no="", created_at=now)
    if shop.channel is not channel:
        raise BadInput(f"{code} is a shop on {shop.channel}: choose another code", field="code", problem="taken")
    shop.name = clean_text(name, most=64, field="name")
    shop.shop_no = clean_no(credentials.shop_no, field="shop number")
    shop.gateway = checked_base_url(gateway)
    if channel.is_asked or not shop.app_key:  # a mini-program's keys come with `connect-pay`, and stay
        shop.app_key, shop.token_expires_at = clean_no(credentials.app_key, field="app key"), credentials.expires_at
        for field in ("app_secret", "access_token", "refresh_token"):
            setattr(shop, f"{field}_sealed", _sealed(code, field, getattr(credentials, field)))
    session.add(shop)
    session.flush()
    record(session, ShopConnected(shop.id, channel), actor=by, now=now)
    settle(session, shop, AnomalyKind.SHOP_UNAUTHORISED, result="the shop was connected again", now=now)
    settle_unknown(session, shop, now=now)
    return shop


def connector_of(shop: Shop) -> ChannelConnector:
    """The shop's one line to its channel, kept open: its pace, its bans and its renewals hold for all callers."""
    key = (shop.code, shop.channel, shop.gateway)
    with _opening:
        if key not in _connectors:
            module = registry.module(shop.channel)
            _connectors[key] = module.connect(ShopKeyring(shop.code), base_url=shop.gateway)
        return _connectors[key]


def calls(shop_code: str, channel: Channel) -> tuple[int, int]:
    """What this process has asked for the shop within the last minute, and how much it asks at most."""
    with _opening:
        used = [line.calls_of_last_minute() for (code, *_), line in _connectors.items() if code == shop_code]
    return sum(used), round(registry.module(channel).LIMITS.calls_per_second * 60)


def forget_connectors() -> None:
    """Close every line; the next caller opens a new one."""
    with _opening:
        for connector in _connectors.values():
            connector.close()
        _connectors.clear()


_connectors: dict[tuple[str, Channel, str], ChannelConnector] = {}
_opening = threading.Lock()


def _code(code: str) -> str:
    cleaned = clean_no(code, field="code").lower()
    if len(cleaned) > 32 or not cleaned.replace("-", "").isalnum() or not cleaned.isascii():
        raise BadInput("code: up to 32 letters, digits and hyphens", field="code", problem="not_code")
    return cleaned


def _sealed(code: str, field: str, secret: str) -> str:
    return seal(secret, f"shop:{code}:{field}") if secret else ""


def _opened(shop: Shop, field: str) -> str:
    sealed = getattr(shop, f"{field}_sealed")
    return unseal(sealed, f"shop:{shop.code}:{field}") if sealed else ""
