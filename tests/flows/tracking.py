"""What the stories of tracks have in common: an account at the lab's Kuaidi100, parcels that left, pushes by hand."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlmodel import col, select

from orderhub.connectors.trackers.kuaidi100 import sign
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.track import Scan, Track
from orderhub.domain.tracker_account import TrackerKind, tracker_coded
from orderhub.intake.tracker_keyring import TrackerDraft, connect_tracker, tracker_keys
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.lab.kuaidi100 import KEYS, PATH

YTO_PARCEL, SF_PARCEL = "YT7100000000001", "SF7100000000001"
CODE = "kd"


def connect_kuaidi100(lab_url: str, **changes: Any) -> int:
    facts = {
        "code": CODE,
        "kind": TrackerKind.KUAIDI100,
        "name": "快递100",
        "customer": KEYS.customer,
        "key": KEYS.key,
        "phone_tail": "0001",
        "base_url": lab_url + PATH,
    }
    with transaction() as session:
        return connect_tracker(session, TrackerDraft(**(facts | changes)), by="ceshi-a", now=utc_now()).id


def signed_push(number: str, rows: list[tuple[datetime, str, str]], *, status: str = "polling") -> str:
    """A push as the service sends it: moment, words and code of each scan, newest first."""
    told = [
        {"ftime": shanghai_text(at), "time": shanghai_text(at), "context": words, "statusCode": code}
        for at, words, code in rows
    ]
    body = {"status": status, "autoCheck": "0", "lastResult": {"nu": number, "com": "yuantong", "data": told}}
    param = json.dumps(body, ensure_ascii=False)
    with reading() as session:
        salt = tracker_keys(tracker_coded(session, CODE)).salt
    return urlencode({"param": param, "sign": sign(param, salt)})


def track_of(number: str = YTO_PARCEL) -> Track:
    with reading() as session:
        return session.exec(select(Track).where(Track.tracking_no == number)).one()


def scans() -> list[Scan]:
    with reading() as session:
        return list(session.exec(select(Scan).order_by(col(Scan.at), col(Scan.id))))


def open_kinds() -> list[str]:
    with reading() as session:
        return sorted(session.exec(select(Anomaly.kind).where(col(Anomaly.resolved_at).is_(None))))
