"""Which keys open which tracker account? Sealed at rest; each account has one line for all callers."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, select

from orderhub.connectors.outside import checked_base_url
from orderhub.connectors.trackers import registry
from orderhub.connectors.trackers.contract import Tracker, TrackerKeys
from orderhub.domain.anomaly import resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.tracker_account import (
    TrackerAccount,
    TrackerConnected,
    TrackerKind,
    TrackerSwitched,
    tracker_coded,
)
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import SYSTEM, record
from orderhub.kernel.ids import clean_no, clean_text, digest, new_token
from orderhub.kernel.secrets import seal, unseal

MOST_HOURS, MOST_QUOTA = 72, 10_000_000
_SALT_LENGTH = 32


@dataclass(frozen=True)
class TrackerDraft:
    """What a person types of an account. An empty key leaves what is kept as it is; the salt is ours alone."""

    code: str
    kind: TrackerKind
    name: str
    customer: str
    key: str = field(default="", repr=False)
    phone_tail: str = ""
    daily_quota: int = 0
    ask_after_hours: int = 6
    base_url: str = ""


def connect_tracker(session: Session, draft: TrackerDraft, *, by: str, now: datetime) -> TrackerAccount:
    """Add an account, or give the account of that code new keys. Safe to repeat.

    Raises:
        BadInput: the field is named.
    """
    _check(draft)
    code = _code(draft.code)
    account = session.exec(select(TrackerAccount).where(TrackerAccount.code == code)).one_or_none()
    if account is None:
        if not draft.key.strip():
            raise BadInput("key: a new account needs it", field="key", problem="tracker_incomplete")
        account = TrackerAccount(code=code, kind=draft.kind, name="", customer="", created_at=now)
        account.salt_sealed = seal(new_token()[:_SALT_LENGTH], _place(code, "salt"))
    account.name = clean_text(draft.name, most=64, field="name") or code
    account.customer = clean_no(draft.customer, field="customer")
    account.phone_tail, account.daily_quota = draft.phone_tail, draft.daily_quota
    account.ask_after_hours, account.base_url = draft.ask_after_hours, checked_base_url(draft.base_url)
    if key := draft.key.strip():
        account.key_sealed = seal(key, _place(code, "key"))
    session.add(account)
    session.flush()
    record(session, TrackerConnected(account.id, account.kind), actor=by, now=now)
    kind, about = AnomalyKind.TRACKER_UNAUTHORISED, ("tracker_account", account.id)
    resolve_anomaly(session, kind, about=about, by=SYSTEM, now=now, reason="the account has new keys")
    return account


def switch_tracker(session: Session, code: str, *, is_active: bool, by: str, now: datetime) -> None:
    """Whether parcels are asked after with the account; its pushes are taken all the same. Safe to repeat."""
    account = tracker_coded(session, code)
    if account.is_active is not is_active:
        account.is_active = is_active
        session.add(account)
        record(session, TrackerSwitched(account.id, is_active), actor=by, now=now)


def tracker_keys(account: TrackerAccount) -> TrackerKeys:
    key, salt = (
        unseal(sealed, _place(account.code, name))
        for name, sealed in (("key", account.key_sealed), ("salt", account.salt_sealed))
    )
    return TrackerKeys(account.customer, key, salt)


def tracker_line(account: TrackerAccount) -> Tracker:
    """The account's one line, kept open: its pace and its bans hold for all callers. New keys open a new one."""
    secrets = account.key_sealed + account.salt_sealed
    key = (account.code, digest(f"{account.customer}:{account.base_url}:{secrets}"))
    with _opening:
        if key not in _lines:
            connect = registry.module(account.kind).connect
            _lines[key] = connect(tracker_keys(account), base_url=account.base_url)
        return _lines[key]


def forget_tracker_lines() -> None:
    with _opening:
        for line in _lines.values():
            line.close()
        _lines.clear()


_lines: dict[tuple[str, str], Tracker] = {}
_opening = threading.Lock()


def _place(code: str, name: str) -> str:
    return f"tracker:{code}:{name}"


def _code(code: str) -> str:
    cleaned = clean_no(code, field="code").lower()
    if len(cleaned) > 32 or not cleaned.replace("-", "").isalnum() or not cleaned.isascii():
        raise BadInput("code: up to 32 letters, digits and hyphens", field="code", problem="not_code")
    return cleaned


def _check(draft: TrackerDraft) -> None:
    tail = draft.phone_tail
    if tail and not (len(tail) == 4 and tail.isascii() and tail.isdigit()):
        raise BadInput("phone tail: the last four digits", field="phone_tail", problem="phone_tail")
    if not 0 <= draft.daily_quota <= MOST_QUOTA:
        raise BadInput(f"daily quota: 0 to {MOST_QUOTA:,}", field="daily_quota", problem="tracker_number")
    if not 1 <= draft.ask_after_hours <= MOST_HOURS:
        raise BadInput(f"hours: 1 to {MOST_HOURS}", field="ask_after_hours", problem="tracker_hours")
