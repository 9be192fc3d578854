"""May this push of a parcel's way come in, and what does it change? Signed with our salt, taken before it is answered.

Each push tells the whole way anew, so it is not kept in the inbox before it is understood: nothing waits for the
network, and what could not be taken is answered with a failure and pushed again (docs/decisions/tracking.md).
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from orderhub.automation.track_telling import take_told
from orderhub.connectors.trackers import registry
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.tracker_account import TrackerAccount, TrackerKind, tracker_coded
from orderhub.intake.push import note
from orderhub.intake.tracker_keyring import tracker_keys
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotAllowed, NotFound
from orderhub.kernel.ids import shown_text

_MOST_FIELDS = 10


def take_tracker_push(kind: TrackerKind, code: str, raw: bytes, *, now: datetime) -> int:
    """Take what a tracker pushes; returns how many scans are new. Safe to repeat, in any order.

    A parcel that is not ours changes nothing and is noted; the tracker may take it as taken.

    Raises:
        NotFound: no such account.
        NotAllowed: not signed with the account's salt; the account gets an anomaly.
        BadInput: signed, but not readable; noted too.
    """
    account = _account(kind, code, now)
    about = ("tracker_account", account.id)
    try:
        draft = registry.module(kind).read_push(_form(raw), tracker_keys(account))
    except NotAllowed as error:
        note(AnomalyKind.FORGED_PUSH, about, f"{account.code}: {error}", now)
        raise
    except BadInput as error:
        note(AnomalyKind.SCANS_REFUSED, about, f"{account.code}: 推送无法读取（{error.field}）", now)
        raise
    try:
        with transaction() as session:
            return take_told(session, draft, by=kind, now=now)
    except NotFound:
        said = f"{shown_text(draft.tracking_no, 64)}：推送的单号不是本店的包裹，请核对订阅"
        note(AnomalyKind.FOREIGN_PARCEL, about, said, now)
        return 0


def _account(kind: TrackerKind, code: str, now: datetime) -> TrackerAccount:
    try:
        with reading() as session:
            account = tracker_coded(session, code)
        if account.kind is not kind:
            raise NotFound(f"{code[:32]!r} is no account of {kind}")
    except NotFound:
        said = f"{kind}: 推送给不存在的账号 {shown_text(code, 32)}"
        note(AnomalyKind.FORGED_PUSH, ("tracker_account", 0), said, now)
        raise
    return account


def _form(raw: bytes) -> Mapping[str, str]:
    """Nothing of what is no form: then no signature fits."""
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}
