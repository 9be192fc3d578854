"""Does the API keep to its own document, whatever it is asked? `make fuzz`, or ``python -m tests.fuzz --minutes 5``.

Schemathesis asks a served hub for half of the time with a key that may read and post, and for half of it without one.
"""

import argparse
import base64
import os
import secrets
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session

import orderhub.tables  # noqa: F401  (registers the tables)
from orderhub.access.api_keys import make_key
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.connectors.channels.contract import Credentials
from orderhub.domain.aftersale import accept_refund
from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.words import Channel
from orderhub.intake.keyring import connect_shop
from orderhub.kernel.clock import utc_now
from tests import builders
from tests.domain.drafts import a_refund
from tests.domain.stocked import stocked
from tests.domain.supplying import line, ordered
from tests.security.conftest import Hub, serve_backend

PASSWORD = "kuaidi-zai-lushang-7"
_SEED = "20261124"
# A push whose shape is good is refused all the same without its signature, and an order for want of its shop.
_NOT_JUDGED = "positive_data_acceptance"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5)
    given = parser.parse_args()
    keys: list[str] = []
    os.environ["ORDERHUB_SECRET_KEY"] = base64.b64encode(secrets.token_bytes(32)).decode()  # the hub's and ours
    with tempfile.TemporaryDirectory() as folder:
        for hub in serve_backend("tests.fuzz.app:app", Path(folder), fill=lambda session: keys.append(filled(session))):
            codes = [fuzz(hub, given.minutes * 30, key) for key in (keys[0], "")]
            log = hub.log.read_text()
            print(f"tracebacks in the log: {log.count('Traceback')}")  # noqa: T201
            sys.exit(max(codes) or ("Traceback" in log))


def filled(session: Session) -> str:
    """A shop that is asked, one that is posted to, an order with a case, goods bought, an anomaly; a key for all."""
    builders.shop(session, "mp-own", Channel.MINIPROGRAM)
    keys = Credentials("7000000000000000003", "lab-secret", "3", access_token="", refresh_token="", expires_at=None)
    asked = {"channel": Channel.DOUYIN, "name": "抖音店", "credentials": keys}
    shop = connect_shop(session, code="dy-flagship", by="fuzz", now=utc_now(), **asked)
    order = builders.order(session, of=shop)
    accept_refund(session, shop, a_refund(channel=shop.channel, channel_order_no=order.channel_order_no), now=utc_now())
    stocked(session, A=(10, 5))
    ordered(session, line("A"))
    open_anomaly(session, AnomalyKind.OVERSOLD, about=("sku", 1), occurred_at=utc_now(), now=utc_now(), note="A")
    user = create_user(session, "fuzz-admin", PASSWORD, Role.ADMIN, now=utc_now())
    owner = Signed(user.id, user.name, user.display_name, Role.ADMIN, ROLE_PERMISSIONS[Role.ADMIN], "mark")
    rights = [permission for permission in Permission if permission.is_for_programs]
    return make_key(session, owner, "fuzz", rights, good_for=timedelta(days=1), now=utc_now())


def fuzz(hub: Hub, seconds: float, key: str) -> int:
    bearer = ["--header", f"Authorization: Bearer {key}"] if key else []
    program = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{hub.origin}/api/openapi.json"]
    limits = ["--max-time", str(max(1, round(seconds))), "--seed", _SEED, "--exclude-checks", _NOT_JUDGED]
    return subprocess.run([*program, *limits, *bearer, "--continue-on-failure"], check=False).returncode


if __name__ == "__main__":
    main()
