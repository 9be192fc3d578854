"""Which keys open which account for notices? Sealed at rest; each account has one line for all callers."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, select

from orderhub.connectors.notifiers import registry
from orderhub.connectors.notifiers.contract import Notifier, NotifierKeys
from orderhub.connectors.outside import checked_base_url
from orderhub.domain.anomaly import resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.notifier_account import (
    NotifierAccount,
    NotifierConnected,
    NotifierSwitched,
    notifier_coded,
)
from orderhub.domain.words import NotifierKind
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import SYSTEM, record
from orderhub.kernel.ids import clean_no, clean_text, digest
from orderhub.kernel.secrets import seal, unseal


@dataclass(frozen=True)
class NotifierDraft:
    """What a person types of an account. An empty secret leaves what is kept as it is."""

    code: str
    kind: NotifierKind
    name: str
    app_no: str
    secret: str = field(default="", repr=False)
    sign_name: str = ""
    sdk_app_no: str = ""
    base_url: str = ""


def connect_notifier(session: Session, draft: NotifierDraft, *, by: str, now: datetime) -> NotifierAccount:
    """Add an account, or give the account of that code new keys. Safe to repeat.

    Raises:
        BadInput: the field is named.
    """
    code = _code(draft.code)
    account = session.exec(select(NotifierAccount).where(NotifierAccount.code == code)).one_or_none()
    if account is None:
        account = NotifierAccount(code=code, kind=draft.kind, name="", app_no="", created_at=now)
    if account.kind is not draft.kind:
        raise BadInput(f"{code} is an account of {account.kind}: choose another code", field="code", problem="taken")
    account.name = clean_text(draft.name, most=64, field="name") or code
    account.app_no = clean_no(draft.app_no, field="app_no")
    account.sign_name = clean_text(draft.sign_name, most=32, field="sign_name")
    account.sdk_app_no = clean_text(draft.sdk_app_no, most=32, field="sdk_app_no")
    account.base_url = checked_base_url(draft.base_url)
    if secret := draft.secret.strip():
        account.secret_sealed = seal(secret, _place(code))
    _check_whole(account)
    session.add(account)
    session.flush()
    record(session, NotifierConnected(account.id, account.kind), actor=by, now=now)
    about = ("notifier_account", account.id)
    resolve_anomaly(session, AnomalyKind.NOTICE_UNDELIVERABLE, about=about, by=SYSTEM, now=now, reason="new keys")
    return account


def switch_notifier(session: Session, code: str, *, is_active: bool, by: str, now: datetime) -> None:
    """Whether buyers are told by the account. Safe to repeat."""
    account = notifier_coded(session, code)
    if account.is_active is not is_active:
        account.is_active = is_active
        session.add(account)
        record(session, NotifierSwitched(account.id, is_active), actor=by, now=now)


def notifier_line(account: NotifierAccount) -> Notifier:
    """The account's one line, kept open: its pace, its token and its bans hold for all callers."""
    facts = f"{account.app_no}:{account.sign_name}:{account.sdk_app_no}:{account.base_url}:{account.secret_sealed}"
    key = (account.code, digest(facts))
    with _opening:
        if key not in _lines:
            secret = unseal(account.secret_sealed, _place(account.code))
            keys = NotifierKeys(account.app_no, secret, account.sign_name, account.sdk_app_no)
            _lines[key] = registry.MODULES[account.kind].connect(account.kind, keys, base_url=account.base_url)
        return _lines[key]


def check_notifier(code: str) -> None:
    """Ask for something that costs nothing. Raises: PartnerError: it does not answer, or not to us."""
    with reading() as session:
        account = notifier_coded(session, code)
    notifier_line(account).check_account()


def forget_notifier_lines() -> None:
    with _opening:
        for line in _lines.values():
            line.close()
        _lines.clear()


_lines: dict[tuple[str, str], Notifier] = {}
_opening = threading.Lock()


def _check_whole(account: NotifierAccount) -> None:
    needed = {"secret": account.secret_sealed}
    if account.kind.is_sms:
        needed["sign_name"] = account.sign_name
    if account.kind is NotifierKind.SMS_TENCENT:
        needed["sdk_app_no"] = account.sdk_app_no
    for name, value in needed.items():
        if not value:
            raise BadInput(f"{name}: such an account needs it", field=name, problem="notifier_incomplete")


def _place(code: str) -> str:
    return f"notifier:{code}:secret"


def _code(code: str) -> str:
    cleaned = clean_no(code, field="code").lower()
    if len(cleaned) > 32 or not cleaned.replace("-", "").isalnum() or not cleaned.isascii():
        raise BadInput("code: up to 32 letters, digits and hyphens", field="code", problem="not_code")
    return cleaned
