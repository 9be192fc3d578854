"""May this push of a carrier's own account come in, and what does it change? Its address is its permission.

SF signs nothing, so the address carries a part that only this installation can make up, another for each account. What
it tells is taken before it is answered, all of it or nothing: SF pushes again what was not answered well, and a scan
that is known changes nothing. So nothing has to be kept beside it.
"""

import hmac
from datetime import datetime

from sqlmodel import Session

from orderhub.automation.track_telling import take_told
from orderhub.connectors.trackers.contract import TrackDraft
from orderhub.connectors.trackers.sf import push_mark, read_push
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.carrier_account import CarrierAccount, account_coded
from orderhub.domain.track import MOST_SCANS
from orderhub.domain.words import Carrier
from orderhub.intake.push import note
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotAllowed, NotFound
from orderhub.kernel.ids import shown_text
from orderhub.kernel.secrets import derived, derived_each
from orderhub.kernel.settings import settings

_PURPOSE = "sf route push"


def push_path(account_code: str) -> str:
    """Where the account's carrier pushes to; a secret, for whoever knows it is believed."""
    return f"/api/push/sf/{account_code}/{_mark(account_code)}"


def push_address(account_code: str) -> str:
    return f"{settings().origin}{push_path(account_code)}"


def take_route_push(account_code: str, mark: str, raw: bytes, content_type: str, *, now: datetime) -> int:
    """Take what an SF push tells; returns how many scans are new. Safe to repeat, in any order.

    Raises:
        NotAllowed: the address is none of ours; noted as an anomaly.
        BadInput: it is not readable, or too much for one push; noted as an anomaly, nothing is kept.
    """
    account = _account(account_code, mark, now)
    about = ("carrier_account", account.id)
    try:
        drafts = read_push(raw, content_type)
        if sum(len(draft.scans) for draft in drafts) > MOST_SCANS:
            raise BadInput(f"more than {MOST_SCANS} scans in one push", field="WaybillRoute", problem="too_many")
    except BadInput as error:
        note(AnomalyKind.SCANS_REFUSED, about, f"{account.code}: 路由推送无法读取（{error.field}）", now)
        raise
    with transaction() as session:
        fresh, foreign = _take(session, drafts, now)
    if foreign:
        said = f"{account.code}: 推送了 {len(foreign)} 个陌生单号，如 {shown_text(foreign[0], 64)}，未采用"
        note(AnomalyKind.FOREIGN_PARCEL, about, said, now)
    return fresh


def _take(session: Session, drafts: list[TrackDraft], now: datetime) -> tuple[int, list[str]]:
    """How many scans are new, and the waybills that are not ours."""
    fresh, foreign = 0, []
    for draft in sorted(drafts, key=lambda one: one.tracking_no):
        try:
            fresh += take_told(session, draft, by="sf", now=now)
        except NotFound:
            foreign.append(draft.tracking_no)
    return fresh, foreign


def _account(code: str, mark: str, now: datetime) -> CarrierAccount:
    """An account that does not exist answers like an address that does not fit."""
    account = None
    try:
        with reading() as session:
            account = account_coded(session, code)
    except NotFound:
        pass
    is_ours = any(hmac.compare_digest(mark.encode(), push_mark(code, key).encode()) for key in derived_each(_PURPOSE))
    if is_ours and account and account.carrier is Carrier.SF:
        return account
    about = ("carrier_account", account.id) if account else ("carrier_account", 0)
    said = f"{shown_text(code, 32)}: 顺丰路由推送的地址不符，请核对丰桥里登记的推送地址"
    note(AnomalyKind.FORGED_PUSH, about, said, now)
    raise NotAllowed("the push address is none of this hub's: copy it from the system page")


def _mark(account_code: str) -> str:
    return push_mark(account_code, derived(_PURPOSE))
