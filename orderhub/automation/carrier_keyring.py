"""Which keys open which carrier account? Sealed at rest; each account has one line to its carrier for all callers."""

import json
import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlmodel import Session, select

from orderhub.connectors.carriers import registry
from orderhub.connectors.carriers.contract import Account, CarrierConnector
from orderhub.connectors.outside import checked_base_url
from orderhub.connectors.trackers import registry as trackers
from orderhub.connectors.trackers.contract import Tracker
from orderhub.domain.anomaly import resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.carrier_account import CarrierAccount, CarrierConnected, CarrierSwitched, account_coded
from orderhub.domain.drafts import Contact
from orderhub.domain.words import Carrier
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import SYSTEM, record
from orderhub.kernel.ids import clean_no, clean_text, digest
from orderhub.kernel.secrets import seal, unseal


@dataclass(frozen=True)
class CarrierDraft:
    """What a person types of an account. Empty secrets and an empty sender leave what is kept as it is."""

    code: str
    carrier: Carrier
    name: str
    customer_code: str
    check_word: str = field(default="", repr=False)
    month_card: str = field(default="", repr=False)
    sender: Contact | None = field(default=None, repr=False)
    warehouse_id: int = 0
    express_type: int = 1
    base_url: str = ""


def connect_carrier(session: Session, draft: CarrierDraft, *, by: str, now: datetime) -> CarrierAccount:
    """Add an account, or give the account of that code new keys. Safe to repeat.

    Raises:
        NotFound: the hub has no connector for the carrier.
        BadInput: the field is named.
    """
    registry.module(draft.carrier)
    code = _code(draft.code)
    account = session.exec(select(CarrierAccount).where(CarrierAccount.code == code)).one_or_none()
    if account is None:
        _check_whole(draft)
        account = CarrierAccount(code=code, carrier=draft.carrier, name="", customer_code="", created_at=now)
    if account.carrier is not draft.carrier:
        raise BadInput(f"{code} is an account of {account.carrier}: choose another code", field="code", problem="taken")
    account.name = clean_text(draft.name, most=64, field="name") or draft.carrier.trade_name
    account.customer_code = clean_no(draft.customer_code, field="customer_code")
    account.warehouse_id, account.express_type = draft.warehouse_id, draft.express_type
    account.base_url = checked_base_url(draft.base_url)
    for name in ("check_word", "month_card"):
        if secret := getattr(draft, name).strip():
            setattr(account, f"{name}_sealed", seal(secret, _place(code, name)))
    if draft.sender:
        sender = json.dumps(asdict(_checked(draft.sender)), ensure_ascii=False)
        account.sender_sealed = seal(sender, _place(code, "sender"))
    session.add(account)
    session.flush()
    record(session, CarrierConnected(account.id, account.carrier), actor=by, now=now)
    _settle(session, account, now)
    return account


def switch_carrier(session: Session, code: str, *, is_active: bool, by: str, now: datetime) -> None:
    """Whether new waybills are asked for with the account. Safe to repeat."""
    account = account_coded(session, code)
    if account.is_active is not is_active:
        account.is_active = is_active
        session.add(account)
        record(session, CarrierSwitched(account.id, is_active), actor=by, now=now)


def sender_of(account: CarrierAccount) -> Contact:
    return Contact(**json.loads(unseal(account.sender_sealed, _place(account.code, "sender"))))


def carrier_line(account: CarrierAccount) -> CarrierConnector:
    """The account's one line, kept open: its pace and its bans hold for all callers. New keys open a new one."""
    key = (account.code, _line_key(account))
    with _opening:
        if key not in _lines:
            opened = registry.module(account.carrier).connect(_account(account), base_url=account.base_url)
            _lines[key] = opened
        return _lines[key]


def route_line(account: CarrierAccount) -> Tracker:
    """As ``carrier_line``, for asking where its parcels are: with a pace of its own, so that neither waits."""
    key = (account.code, _line_key(account))
    with _opening:
        if key not in _route_lines:
            opened = trackers.OF_CARRIER[account.carrier].connect(_account(account), base_url=account.base_url)
            _route_lines[key] = opened
        return _route_lines[key]


def check_carrier(code: str) -> None:
    """Ask the carrier for something that costs nothing. Raises: PartnerError: it does not answer, or not to us."""
    with reading() as session:
        account = account_coded(session, code)
    carrier_line(account).check_account()


def forget_carrier_lines() -> None:
    with _opening:
        for line in (*_lines.values(), *_route_lines.values()):
            line.close()
        _lines.clear()
        _route_lines.clear()


_lines: dict[tuple[str, str], CarrierConnector] = {}
_route_lines: dict[tuple[str, str], Tracker] = {}
_opening = threading.Lock()


def _line_key(account: CarrierAccount) -> str:
    secrets = account.check_word_sealed + account.month_card_sealed
    return digest(f"{account.customer_code}:{account.base_url}:{secrets}")


def _settle(session: Session, account: CarrierAccount, now: datetime) -> None:
    about = ("carrier_account", account.id)
    reason = "the account has new keys"
    for kind in (AnomalyKind.CARRIER_UNAUTHORISED, AnomalyKind.TRACKER_UNAUTHORISED):
        resolve_anomaly(session, kind, about=about, by=SYSTEM, now=now, reason=reason)


def _account(account: CarrierAccount) -> Account:
    check_word, month_card = (
        unseal(sealed, _place(account.code, name)) if sealed else ""
        for name, sealed in (("check_word", account.check_word_sealed), ("month_card", account.month_card_sealed))
    )
    return Account(account.customer_code, check_word, month_card)


def _place(code: str, name: str) -> str:
    return f"carrier:{code}:{name}"


def _code(code: str) -> str:
    cleaned = clean_no(code, field="code").lower()
    if len(cleaned) > 32 or not cleaned.replace("-", "").isalnum() or not cleaned.isascii():
        raise BadInput("code: up to 32 letters, digits and hyphens", field="code", problem="not_code")
    return cleaned


def _check_whole(draft: CarrierDraft) -> None:
    for name in ("check_word", "month_card", "sender"):
        if not getattr(draft, name):
            raise BadInput(f"{name}: a new account needs it", field=name, problem="carrier_incomplete")


def _checked(sender: Contact) -> Contact:
    most = {"name": 32, "mobile": 20, "province": 32, "city": 32, "county": 32, "address": 200}
    cleaned = {name: clean_text(getattr(sender, name), most=size, field=name) for name, size in most.items()}
    if missing := [name for name, text in cleaned.items() if not text]:
        raise BadInput(f"{missing[0]}: who sends needs it", field=missing[0], problem="carrier_incomplete")
    return Contact(**cleaned)
