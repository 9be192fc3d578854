"""What the stories of group chats have in common: robots at the lab's chats, anomalies, and what was said of them."""

import json
from datetime import timedelta
from typing import Any

from orderhub.automation.robot_keyring import RobotDraft, connect_robot
from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.notice_route import NoticeRoute, put_route
from orderhub.domain.words import RobotKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.lab.robots import KEYS, PATH

from .shipping import work

KIND = AnomalyKind.OVERSOLD
GATHERED = timedelta(seconds=25)


def connect(url: str, kind: RobotKind, **changes: Any) -> int:
    facts = {"kind": kind, "name": f"{kind.trade_name}测试群", "key": KEYS[kind].key, "secret": KEYS[kind].secret}
    with transaction() as session:
        draft = RobotDraft(**(facts | {"base_url": f"{url}{PATH}/{kind}"} | changes))
        return connect_robot(session, draft, by="ceshi-a", now=utc_now()).id


def route(**facts: Any) -> int:
    with transaction() as session:
        wanted = NoticeRoute(**({"least_severity": Severity.LOW, "set_at": utc_now()} | facts))
        return put_route(session, wanted, by="ceshi-a", now=utc_now()).id


def goes_wrong(about: int = 1, *, kind: AnomalyKind = KIND, fen: int = 13_940, **facts: Any) -> int:
    now = utc_now()
    with transaction() as session:
        return open_anomaly(session, kind, about=("sku", about), occurred_at=now, now=now, at_risk_fen=fen, **facts).id


def comes_right(about: int = 1, *, kind: AnomalyKind = KIND) -> None:
    with transaction() as session:
        resolve_anomaly(session, kind, about=("sku", about), by="system", now=utc_now())


def heard(lab: Any, kind: RobotKind) -> list[str]:
    """Every card as the chat keeps it."""
    return [json.dumps(body, ensure_ascii=False) for body in lab[0].state.robots.chats[kind].said]


def settle(*, later: timedelta = GATHERED) -> None:
    work(later=later)
