"""What goes back, for programs; a case may be answered here, but for what pays: that is finance's to say."""

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
from orderhub.api.v1.given import REFUSALS, WRITE_REFUSALS, Cursor, Fen, Limit, Number, RowId, ShopCode
from orderhub.domain.aftersale import CaseOrigin
from orderhub.domain.refund_answer import AnswerState, Wording, answer
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus, RefundDecision
from orderhub.insights.program_pages import Asked, OfOrder, case, cases
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.veil import veiled

router = APIRouter(prefix="/api/v1/aftersales", tags=["after-sales"], responses=REFUSALS)

_EXAMPLE = {
    "id": 5,
    "shop": "tb-flagship",
    "channel_order_no": "9000000000000748670",
    "channel_refund_no": "810000000000000001",
    "channel_line_no": "1",
    "kind": "return_and_refund",
    "status": "requested",
    "stage": "requested",
    "origin": "channel",
    "amount_fen": 1000,
    "reason_kind": "quality",
    "deadline": "2026-11-26T02:00:00Z",
    "return_tracking_no": "",
    "requested_at": "2026-11-24T02:00:00Z",
    "approved_at": None,
}


class AftersaleOut(BaseModel):
    """``status`` is what the channel says, ``stage`` where the case stands with our own steps.

    The buyer's own words are not in it. ``amount_fen`` is null where the key's owner may not see money.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    shop: str = Field(description="Our code of the shop.")
    channel_order_no: str
    channel_refund_no: str
    channel_line_no: str = Field(description="The line it means; empty: the whole order.")
    kind: AftersaleKind
    status: AftersaleStatus
    stage: AftersaleStatus
    origin: CaseOrigin
    amount_fen: Fen
    reason_kind: ReasonKind
    deadline: datetime | None = Field(description="When the channel decides alone.")
    return_tracking_no: str
    requested_at: datetime
    approved_at: datetime | None


class AftersaleList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"aftersales": [_EXAMPLE], "next_cursor": ""}]})

    aftersales: list[AftersaleOut]
    next_cursor: str = Field(description="Give it as `cursor` to read on; empty at the end.")


class AnswerPost(Posted):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"decision": "refuse", "words": "商品已签收，无质量问题", "reason_code": "", "address_no": ""}]
        }
    )

    decision: RefundDecision = Field(description="`refuse`, `agree_return` or `refuse_goods`.")
    words: str = Field(default="", max_length=200, description="What the buyer reads; a refusal needs them.")
    reason_code: str = Field(default="", max_length=32, description="The channel's own; some refusals need one.")
    address_no: str = Field(default="", max_length=32, description="The channel's number of a return address.")


class AnswerOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "aftersale_id": 5,
                    "turn": 1,
                    "decision": "refuse",
                    "state": "open",
                    "answered_by": "key:CRM",
                    "answered_at": "2026-11-24T03:00:00Z",
                }
            ]
        }
    )

    aftersale_id: int
    turn: int = Field(description="Counts the answers to one case.")
    decision: RefundDecision
    state: AnswerState = Field(description="`open` until its channel has been told.")
    answered_by: str
    answered_at: datetime


_Reader = Annotated[Signed, Depends(needs_key(Permission.API_AFTERSALE_READ))]
_Writer = Annotated[Signed, Depends(needs_key(Permission.API_AFTERSALE_WRITE))]


@router.get("")
def list_aftersales(
    _reader: _Reader,
    *,
    shop: ShopCode = "",
    channel_order_no: Number = "",
    stage: AftersaleStatus | None = None,
    kind: AftersaleKind | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> AftersaleList:
    """Cases, the first one known first; ask by ``stage`` for those that wait."""
    with reading() as session:
        page = cases(
            session, Asked(cursor, limit), shop=shop, channel_order_no=channel_order_no, stage=stage, kind=kind
        )
    return AftersaleList(aftersales=[_shown(row) for row in page.rows], next_cursor=page.next_cursor)


@router.get("/{case_id}")
def get_aftersale(_reader: _Reader, case_id: RowId) -> AftersaleOut:
    """One case."""
    with reading() as session:
        return _shown(case(session, case_id))


@router.post("/{case_id}/answers", status_code=201, responses=WRITE_REFUSALS, openapi_extra=posted_schema(AnswerPost))
def post_answer(
    caller: _Writer,
    case_id: RowId,
    asked: Annotated[AnswerPost, Depends(posted(AnswerPost))],
    idempotency_key: IdempotencyKey = "",
) -> AnswerOut:
    """Answer a case, as if it was answered on its page; the channel is told. What pays is refused here."""

    def say(session: Session, now: datetime) -> AnswerOut:
        if asked.decision.pays:
            said = "decision: paying is for finance, on the hub's own page"
            raise BadInput(said, field="decision", problem="paying_is_finance")
        wording = Wording(asked.reason_code, asked.words, "", asked.address_no)
        given = answer(session, case_id, asked.decision, wording, by=caller.name, now=now)
        return AnswerOut(**{name: getattr(given, name) for name in AnswerOut.model_fields})

    operation = f"answer {case_id}"
    return once(ChangeAsked(caller, Permission.API_AFTERSALE_WRITE, operation, asked, idempotency_key), AnswerOut, say)


def _shown(found: OfOrder) -> AftersaleOut:
    facts = found.row.model_dump(include=set(AftersaleOut.model_fields))
    return veiled(AftersaleOut(shop=found.shop, channel_order_no=found.channel_order_no, **facts))
