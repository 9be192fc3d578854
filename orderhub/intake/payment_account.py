"""Through which merchant number is a shop paid? Its keys are sealed at rest, its line to WeChat Pay is one for all."""

import threading
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from orderhub.connectors.outside import checked_base_url
from orderhub.connectors.payments import wechat_pay
from orderhub.connectors.payments.wechat_pay import PayCredentials, WechatPay
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.payment import PaymentAccount, PaymentConnected
from orderhub.domain.shop import Shop, shop_named
from orderhub.domain.words import Channel
from orderhub.intake.trouble import settle
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import record
from orderhub.kernel.secrets import seal, unseal

_SEALED = ("private_key", "api_key")


class ShopPayKeyring:
    """Keeps the keys of one shop's merchant number (``connectors.payments.wechat_pay.PayKeyring``)."""

    def __init__(self, shop_code: str) -> None:
        self.shop_code = shop_code

    def read(self) -> PayCredentials:
        with reading() as session:
            shop = shop_named(session, self.shop_code)
            return pay_credentials_of(shop, account_of(session, shop))

    def keep_certificates(self, certificates: Mapping[str, str]) -> PayCredentials:
        with transaction() as session:
            shop = shop_named(session, self.shop_code)
            account = account_of(session, shop)
            own = {name: pem for name, pem in account.platform_keys.items() if name == account.public_key_no}
            account.platform_keys = own | dict(certificates)
            session.add(account)
            return pay_credentials_of(shop, account)


def connect_payment(
    session: Session, *, shop_code: str, credentials: PayCredentials, by: str, now: datetime, gateway: str = ""
) -> PaymentAccount:
    """Give a mini-program shop its merchant number, or new keys for it. Safe to repeat.

    Raises:
        BadInput: not a mini-program shop, or keys that can never work; the field is named.
        NotFound: no such shop.
    """
    shop = shop_named(session, shop_code)
    if shop.channel is not Channel.MINIPROGRAM:
        raise BadInput(f"{shop.code}: {shop.channel} takes its money itself", field="shop", problem="no_payment")
    wechat_pay.check_credentials(credentials)
    account = session.get(PaymentAccount, shop.id) or PaymentAccount(
        shop_id=shop.id, merchant_no="", serial_no="", connected_at=now
    )
    account.merchant_no, account.serial_no = credentials.merchant_no, credentials.serial_no.upper()
    account.public_key_no = credentials.public_key_no
    account.platform_keys = dict(credentials.platform_keys)
    account.gateway = checked_base_url(gateway)
    for field in _SEALED:
        setattr(account, f"{field}_sealed", seal(getattr(credentials, field), _place(shop, field)))
    session.add(account)
    record(session, PaymentConnected(shop.id, account.merchant_no), actor=by, now=now)
    settle(session, shop, AnomalyKind.SHOP_UNAUTHORISED, result="the merchant number was connected again", now=now)
    return account


def connect_app(session: Session, *, shop_code: str, app_no: str, app_secret: str) -> None:
    """Give a mini-program shop its app id and secret, with which its shipments are told to WeChat."""
    shop = shop_named(session, shop_code)
    shop.app_key, shop.access_token_sealed, shop.token_expires_at = app_no, "", None
    shop.app_secret_sealed = seal(app_secret, f"shop:{shop.code}:app_secret") if app_secret else ""
    session.add(shop)


def account_of(session: Session, shop: Shop, *, lock: bool = False) -> PaymentAccount:
    """Raises: NotFound: the shop has no merchant number."""
    account = session.get(PaymentAccount, shop.id, with_for_update=lock)
    if account is None:
        raise NotFound(f"{shop.code}: no merchant number is connected: run `orderhub connect-pay {shop.code}`")
    return account


def pay_credentials_of(shop: Shop, account: PaymentAccount) -> PayCredentials:
    private_key, api_key = (unseal(getattr(account, f"{field}_sealed"), _place(shop, field)) for field in _SEALED)
    return PayCredentials(
        merchant_no=account.merchant_no,
        serial_no=account.serial_no,
        private_key=private_key,
        api_key=api_key,
        app_no="" if shop.app_key == "-" else shop.app_key,
        public_key_no=account.public_key_no,
        platform_keys=account.platform_keys,
    )


def payer_of(shop: Shop) -> WechatPay:
    """The shop's one line to WeChat Pay, kept open. Raises: NotFound: no merchant number is connected."""
    with reading() as session:
        gateway = account_of(session, shop).gateway
    with _opening:
        if (shop.code, gateway) not in _lines:
            _lines[shop.code, gateway] = wechat_pay.connect(ShopPayKeyring(shop.code), base_url=gateway)
        return _lines[shop.code, gateway]


def forget_payers() -> None:
    with _opening:
        for line in _lines.values():
            line.close()
        _lines.clear()


_lines: dict[tuple[str, str], WechatPay] = {}
_opening = threading.Lock()


def _place(shop: Shop, field: str) -> str:
    return f"payment:{shop.code}:{field}"
