"""What does an after-sale case look like in the hub's own words? As files are read into it."""

from typing import TypeVar

from pydantic import Field, ValidationError

from orderhub.connectors.channels.contract import Body
from orderhub.connectors.channels.own import Code, Long, Moment, No, Short, Strict, Yuan, bad_input
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.kernel.errors import BadInput

T = TypeVar("T", AftersaleKind, AftersaleStatus)


class RefundIn(Strict):
    """One case as it stands at ``updated_at``; a word that nobody here knows comes as ``status_word`` alone."""

    channel_refund_no: No
    channel_order_no: No
    line_no: Code = ""
    kind: str = Field(default="")
    status: str = Field(default="")
    status_word: Short = ""
    amount: Yuan
    reason: Short = ""
    description: Long = ""
    requested_at: Moment
    updated_at: Moment = None
    deadline: Moment = None
    return_tracking_no: Code = ""


def parse_refund(body: Body, channel: Channel) -> RefundDraft:
    """
    Raises:
        BadInput: the field is named by its path.
    """
    try:
        return _draft(RefundIn.model_validate(body), channel)
    except ValidationError as error:
        raise bad_input(error) from error


def _draft(refund: RefundIn, channel: Channel) -> RefundDraft:
    if refund.requested_at is None:
        raise BadInput("requested_at: is missing", field="requested_at", problem="missing")
    kind = _word(AftersaleKind, refund.kind, "kind")
    status = _word(AftersaleStatus, refund.status, "status")
    is_unknown = status is AftersaleStatus.UNKNOWN
    return RefundDraft(
        channel=channel,
        channel_refund_no=refund.channel_refund_no,
        channel_order_no=refund.channel_order_no,
        kind=kind,
        status=status,
        status_word=refund.status_word or str(status),
        amount_fen=refund.amount,
        requested_at=refund.requested_at,
        updated_at=refund.updated_at or refund.requested_at,
        channel_line_no=refund.line_no,
        reason=refund.reason,
        description=refund.description,
        deadline=refund.deadline,
        return_tracking_no=refund.return_tracking_no,
        unknown=(f"refund.status: {refund.status_word[:64]!r}",) if is_unknown else (),
    )


def _word(words: type[T], given: str, field: str) -> T:
    """Empty is unknown, which opens an anomaly; anything else must be a word of ours."""
    if given and given not in list(words):
        raise BadInput(f"{field}: {given[:32]!r} is none of ours", field=field, problem=f"unknown_{field}")
    return words(given or "unknown")
