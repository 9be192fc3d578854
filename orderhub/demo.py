"""What does a newcomer find? The lab's shops and carrier connected, its mini-program paid, and one user for each role.

Passwords and second factors are derived from this installation's secret key: nobody else's demo opens with them, and
they can be printed again at any time.
"""

import asyncio
import base64
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import structlog
from pyotp.totp import TOTP
from sqlmodel import Session, col, func, select

from orderhub.access import totp
from orderhub.access.api_keys import list_keys, make_key, revoke_key
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import User, create_user
from orderhub.automation.carrier_keyring import CarrierDraft, connect_carrier
from orderhub.automation.notifier_keyring import NotifierDraft, connect_notifier
from orderhub.automation.robot_keyring import RobotDraft, connect_robot
from orderhub.automation.route_push import push_path
from orderhub.automation.track_subscribing import subscribe
from orderhub.connectors.channels.contract import Credentials
from orderhub.connectors.channels.registry import MODULES, lab_gateway
from orderhub.connectors.payments.wechat_pay import PayCredentials
from orderhub.demo_stock import seed_stock
from orderhub.domain.carrier_account import carrier_accounts
from orderhub.domain.drafts import Contact
from orderhub.domain.notifier_account import notifier_accounts
from orderhub.domain.order import Shipment
from orderhub.domain.robot import robots
from orderhub.domain.shop import Shop
from orderhub.domain.track import Track, follow_parcel
from orderhub.domain.tracker_account import TrackerKind, tracker_accounts
from orderhub.domain.words import Carrier, NotifierKind, RobotKind
from orderhub.intake.keyring import connect_shop
from orderhub.intake.payment_account import connect_app, connect_payment
from orderhub.intake.tracker_keyring import TrackerDraft, connect_tracker
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import OrderHubError
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.secrets import derived
from orderhub.kernel.settings import settings
from orderhub.lab import kuaidi100, notifiers, sf, weather
from orderhub.lab import robots as lab_robots
from orderhub.lab.shops import DEMO_SHOPS

_NAMES = {
    Role.OPERATIONS: "测试运营",
    Role.MANAGER: "测试经理",
    Role.SERVICE: "测试客服",
    Role.WAREHOUSE: "测试仓库",
    Role.FINANCE: "测试财务",
    Role.ADMIN: "测试管理员",
}

_TOLD_AT_ONCE, _MOST_TOLD = 5, 40
_KEY_NAME, _KEY_LIFE = "lab mini-program", timedelta(days=30)
_STRESS_NAME, _STRESS_LIFE = "load simulator", timedelta(days=366)


@dataclass(frozen=True)
class DemoLogin:
    """``code`` is the second factor of this moment; empty where none is asked for."""

    name: str
    password: str
    code: str


def demo_settings() -> dict[str, str]:
    """What the demo decides where the environment decides nothing: few lines in the log, weather from the lab."""
    weather_url = settings().lab_url.rstrip("/") + weather.PATH
    said = {"ORDERHUB_LOG_LEVEL": "WARNING", "ORDERHUB_WEATHER": "true", "ORDERHUB_WEATHER_URL": weather_url}
    return said | {name: os.environ[name] for name in said if name in os.environ} | {"ORDERHUB_DEMO": "true"}


def seed_demo() -> None:
    """Connect the lab's shops, carrier and tracker, fill the shelves, make missing users. Safe to repeat."""
    now = utc_now()
    with transaction() as session:
        connected = set(session.exec(select(Shop.code)))
        for shop in DEMO_SHOPS:
            if shop.code not in connected:
                credentials = Credentials(
                    shop.app_key, shop.app_secret, shop.shop_no, shop.access_token, shop.refresh_token
                )
                connect_shop(
                    session,
                    code=shop.code,
                    channel=shop.channel,
                    name=shop.name,
                    credentials=credentials,
                    by=SYSTEM,
                    now=now,
                    gateway=lab_gateway(shop.channel, settings().lab_url),
                )
        if not carrier_accounts(session):
            connect_carrier(session, _lab_sf(), by=SYSTEM, now=now)
        if not robots(session):
            for kind in RobotKind:
                connect_robot(session, _lab_robot(kind), by=SYSTEM, now=now)
        if not tracker_accounts(session):
            connect_tracker(session, _lab_kuaidi100(), by=SYSTEM, now=now)
        _connect_notifiers(session, now)
        seed_stock(session, now)
        standing = set(session.exec(select(User.name)))
        for role, display_name in _NAMES.items():
            if f"demo-{role}" not in standing:
                user = create_user(
                    session, f"demo-{role}", _password(role), role, display_name=display_name, by=SYSTEM, now=now
                )
                if settings().totp_required:
                    totp.enrol(user, _seed(role), step=0)
        session.flush()
        _keep_stress_key(session, now)


def stress_key() -> str:
    """The API key of the load simulator, derived as the passwords are."""
    return f"ohk_{base64.urlsafe_b64encode(derived('demo stress key')).decode().rstrip('=')}"


def _keep_stress_key(session: Session, now: datetime) -> None:
    if any(key.name == _STRESS_NAME for key in list_keys(session)):
        return
    rights = [Permission.API_ORDER_READ, Permission.API_ORDER_WRITE]
    make_key(session, _admin(session), _STRESS_NAME, rights, good_for=_STRESS_LIFE, now=now, known=stress_key())


def _admin(session: Session) -> Signed:
    admin = session.exec(select(User).where(User.name == f"demo-{Role.ADMIN}")).one()
    return Signed(admin.id, admin.name, admin.display_name, admin.role, ROLE_PERMISSIONS[admin.role], "")


def _connect_notifiers(session: Session, now: datetime) -> None:
    """Accounts only: no buyer is told of anything before somebody turns it on."""
    standing = {account.code for account in notifier_accounts(session)}
    for code, kind, name, keys, path in (
        ("aliyun", NotifierKind.SMS_ALIYUN, "阿里云短信（测试）", notifiers.ALIYUN, notifiers.ALIYUN_PATH),
        ("tencent", NotifierKind.SMS_TENCENT, "腾讯云短信（测试）", notifiers.TENCENT, notifiers.TENCENT_PATH),
    ):
        if code not in standing:
            url = settings().lab_url.rstrip("/") + path
            draft = NotifierDraft(
                code, kind, name, keys.app_no, keys.secret, keys.sign_name, keys.sdk_app_no, base_url=url
            )
            connect_notifier(session, draft, by=SYSTEM, now=now)


def _lab_robot(kind: RobotKind) -> RobotDraft:
    keys, gateway = lab_robots.KEYS[kind], f"{settings().lab_url.rstrip('/')}{lab_robots.PATH}/{kind}"
    return RobotDraft(kind, f"{kind.trade_name}测试群", keys.key, keys.secret, base_url=gateway)


def _lab_sf() -> CarrierDraft:
    return CarrierDraft(
        code="sf",
        carrier=Carrier.SF,
        name="顺丰月结（测试）",
        customer_code=sf.ACCOUNT.customer_code,
        check_word=sf.ACCOUNT.check_word,
        month_card=sf.ACCOUNT.month_card,
        sender=Contact("测试仓", "13800000001", "浙江省", "杭州市", "余杭区", "测试路1号"),
        base_url=settings().lab_url.rstrip("/") + sf.PATH,
    )


def _lab_kuaidi100() -> TrackerDraft:
    return TrackerDraft(
        code="kuaidi100",
        kind=TrackerKind.KUAIDI100,
        name="快递100（测试）",
        customer=kuaidi100.KEYS.customer,
        key=kuaidi100.KEYS.key,
        phone_tail="0001",
        base_url=settings().lab_url.rstrip("/") + kuaidi100.PATH,
    )


async def keep_asking_for_pushes() -> None:
    """Tell the lab where to push and post to, again and again: it forgets when it starts anew. Parcels move."""
    while True:
        try:
            await asyncio.to_thread(ask_for_pushes)
            await asyncio.to_thread(ask_for_posts)
            await asyncio.to_thread(ask_for_routes)
            await asyncio.to_thread(follow_told_parcels)
            await asyncio.sleep(30)
        except HTTPError as error:
            structlog.get_logger().error("lab_refuses_pushes", status=error.code)
            await asyncio.sleep(30)
        except OrderHubError as error:  # the database is busy, for one
            structlog.get_logger().error("lab_not_told", error=type(error).__name__)
            await asyncio.sleep(5)
        except OSError:  # the lab is not up yet
            await asyncio.sleep(1)


def ask_for_pushes() -> None:
    """Name the hub as the target of every shop that can push and has none. Safe to repeat."""
    standing = _lab("pushes")["targets"]
    for shop in DEMO_SHOPS:
        if "push" in MODULES[shop.channel].ABILITIES and shop.code not in standing:
            _lab(f"shops/{shop.code}/push-target", {"url": _hub(f"/api/push/{shop.channel}/{shop.code}")})


def ask_for_routes() -> None:
    """Name the hub as the address that the lab's SF pushes to. Safe to repeat."""
    if not _lab("sf")["target"]:
        _lab("sf/push-target", {"url": _hub(push_path(_lab_sf().code))})


def ask_for_posts() -> None:
    """Give every shop whose orders are posted, and that posts to nobody, its money's keys, an API key and an address.

    Safe to repeat. The lab makes WeChat's keys anew at every start; the key that it had before is revoked.
    """
    standing = _lab("posts")["targets"]
    for shop in DEMO_SHOPS:
        if "post" in MODULES[shop.channel].ABILITIES and shop.code not in standing:
            _connect_money(shop.code)
            _lab("wechat/notify-target", {"url": _hub(f"/api/push/wechat-pay/{shop.code}")})
            _lab(f"shops/{shop.code}/post-target", {"url": _hub("/api/v1/orders"), "key": _new_key()})


def follow_told_parcels() -> int:
    """Follow a few parcels that the other system has sent, so that a newcomer who ships nothing sees some move.

    Returns how many are new; no more than ``_MOST_TOLD`` at a time are on their way.
    """
    now = utc_now()
    with transaction() as session:
        moving = session.exec(select(func.count()).select_from(Track).where(col(Track.arrived_at).is_(None))).one()
        followed = select(Track.id).where(Track.tracking_no == Shipment.tracking_no).exists()
        wanted = select(Shipment.tracking_no).where(col(Shipment.tracking_no).startswith("YT"), ~followed)
        newest = wanted.order_by(col(Shipment.id).desc()).limit(max(0, min(_TOLD_AT_ONCE, _MOST_TOLD - moving)))
        numbers = list(session.exec(newest))
        for number in numbers:
            subscribe(session, follow_parcel(session, number, Carrier.YTO, shipped_at=now), now=now)
    return len(numbers)


def _connect_money(shop_code: str) -> None:
    keys, now = _lab("wechat")["merchant"], utc_now()
    credentials = PayCredentials(keys["mch_id"], keys["serial"], keys["private_key"], keys["api_key"], keys["app_id"])
    gateway = f"{settings().lab_url.rstrip('/')}/wechat-pay"
    with transaction() as session:
        connect_payment(session, shop_code=shop_code, credentials=credentials, by=SYSTEM, now=now, gateway=gateway)
        connect_app(session, shop_code=shop_code, app_no=keys["app_id"], app_secret=keys["app_secret"])
        messages = settings().lab_url.rstrip("/") + notifiers.WECHAT_PATH
        kind, name = NotifierKind.WECHAT_SUBSCRIBE, "小程序（测试）"
        draft = NotifierDraft("mini-program", kind, name, keys["app_id"], keys["app_secret"], base_url=messages)
        connect_notifier(session, draft, by=SYSTEM, now=now)


def _new_key() -> str:
    """An API key that may only post, in place of the one the lab had."""
    now, rights = utc_now(), [Permission.API_ORDER_WRITE]
    with transaction() as session:
        for key in list_keys(session):
            if key.name == _KEY_NAME:
                revoke_key(session, key.id, by=SYSTEM, now=now)
        return make_key(session, _admin(session), _KEY_NAME, rights, good_for=_KEY_LIFE, now=now)


def _hub(path: str) -> str:
    return f"http://127.0.0.1:{settings().port}{path}"


def _lab(path: str, asked: dict[str, str] | None = None) -> dict[str, Any]:
    """Raises: HTTPError: the lab refuses; OSError: it does not answer."""
    body = json.dumps(asked).encode() if asked else None
    wanted = Request(f"{settings().lab_url}/lab/{path}", body, {"content-type": "application/json"})  # noqa: S310
    with urlopen(wanted, timeout=5) as answer:  # noqa: S310  (our own setting)
        return json.load(answer)


def logins(now: datetime) -> list[DemoLogin]:
    wants_code = settings().totp_required
    return [
        DemoLogin(f"demo-{role}", _password(role), TOTP(_seed(role)).at(now) if wants_code else "") for role in _NAMES
    ]


def logins_text() -> str:
    """The demo's users as a table for the console."""
    rows = [f"  {login.name:<16} {login.password:<20} {login.code}" for login in logins(utc_now())]
    again = "Codes last 30 s; print fresh ones with: .venv/bin/orderhub codes"
    return "\n".join([f"  {'user':<16} {'password':<20} code", *rows, again])


def _password(role: Role) -> str:
    text = base64.b32encode(derived(f"demo password {role}")).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def _seed(role: Role) -> str:
    return base64.b32encode(derived(f"demo totp {role}")[:20]).decode()
