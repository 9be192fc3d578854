"""What is wrong, for programs; one that is over may be said to be so, with a note."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.keys import needs_key
from orderhub.api.once import ChangeAsked, IdempotencyKey, once
from orderhub.api.posted import Posted, posted, posted_schema
from orderhub.api.v1.given import REFUSALS, WRITE_REFUSALS, Cursor, Fen, Limit, RowId, Text
from orderhub.domain.anomaly import Anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.words import Channel
from orderhub.insights.program_pages import Asked, anomalies
from orderhub.kernel.db import reading
from orderhub.kernel.errors import NotFound
from orderhub.kernel.sight import find
from orderhub.kernel.veil import veiled, without_amounts

router = APIRouter(prefix="/api/v1/anomalies", tags=["anomalies"], responses=REFUSALS)

_EXAMPLE = {
    "id": 31,
    "kind": "upload_refused",
    "severity": "high",
    "subject_type": "order",
    "subject_id": 9,
    "order_id": 9,
    "channel": "taobao",
    "note": "ZT0000000000001: 运单号不合平台规则或已被使用",
    "at_risk_fen": 13940,
    "owner_role": "operations",
    "owner": "",
    "occurred_at": "2026-11-24T02:00:00Z",
    "detected_at": "2026-11-24T02:00:05Z",
    "due_at": "2026-11-24T10:00:05Z",
    "resolved_at": None,
    "resolved_by": "",
}


class AnomalyOut(BaseModel):
    """``subject_*`` is what it is about, ``order_id`` the order it hurts; ``due_at`` until when it is to be resolved.

    ``at_risk_fen`` is null, and amounts in ``note`` are left out, where the key's owner may not see money.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    kind: AnomalyKind
    severity: Severity
    subject_type: str
    subject_id: int
    order_id: int | None
    channel: Channel | None
    note: str
    at_risk_fen: Fen
    owner_role: str
    owner: str
    occurred_at: datetime
    detected_at: datetime
    due_at: datetime
    resolved_at: datetime | None
    resolved_by: str


class AnomalyList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"anomalies": [_EXAMPLE], "next_cursor": ""}]})

    anomalies: list[AnomalyOut]
    next_cursor: str = Field(description="Give it as `cursor` to read on; empty at the end.")


class ResolutionPost(Posted):
    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "已换单号重新上传"}]})

    note: Text = Field(min_length=1, description="How it was resolved.")


_Reader = Annotated[Signed, Depends(needs_key(Permission.API_ANOMALY_READ))]
_Writer = Annotated[Signed, Depends(needs_key(Permission.API_ANOMALY_WRITE))]


@router.get("")
def list_anomalies(
    _reader: _Reader,
    *,
    kind: AnomalyKind | None = None,
    is_open: bool | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> AnomalyList:
    """Anomalies, the first one detected first."""
    with reading() as session:
        page = anomalies(session, Asked(cursor, limit), kind=kind, is_open=is_open)
    return AnomalyList(anomalies=[_shown(row) for row in page.rows], next_cursor=page.next_cursor)


@router.get("/{anomaly_id}")
def get_anomaly(_reader: _Reader, anomaly_id: RowId) -> AnomalyOut:
    """One anomaly."""
    with reading() as session:
        return _shown(_found(session, anomaly_id))


@router.post("/{anomaly_id}/resolution", responses=WRITE_REFUSALS, openapi_extra=posted_schema(ResolutionPost))
def post_resolution(
    caller: _Writer,
    anomaly_id: RowId,
    asked: Annotated[ResolutionPost, Depends(posted(ResolutionPost))],
    idempotency_key: IdempotencyKey = "",
) -> AnomalyOut:
    """Say that it is over, and how; its tasks end with it. It comes back by itself where it is still so."""

    def resolve(session: Session, now: datetime) -> AnomalyOut:
        resolve_by_hand(session, anomaly_id, reason=asked.note, by=caller.name, now=now)
        return _shown(_found(session, anomaly_id))

    operation = f"resolve {anomaly_id}"
    return once(
        ChangeAsked(caller, Permission.API_ANOMALY_WRITE, operation, asked, idempotency_key), AnomalyOut, resolve
    )


def _found(session: Session, anomaly_id: int) -> Anomaly:
    found = find(session, Anomaly, anomaly_id)
    if found is None:
        raise NotFound(f"no anomaly has the id {anomaly_id}")
    return found


def _shown(found: Anomaly) -> AnomalyOut:
    facts = found.model_dump(include=set(AnomalyOut.model_fields))
    return veiled(AnomalyOut.model_validate(facts | {"note": without_amounts(found.note)}))
