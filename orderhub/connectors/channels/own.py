"""What does an order look like in the hub's own words? As programs post it and as files are read into it.

The rules of intake hold here: unknown fields, absurd amounts and dates refuse, each by its path (``lines.0.quantity``)
and with a stable code. Buyers' data in the clear is masked before anything is kept.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from orderhub.connectors import masking
from orderhub.connectors.channels.contract import Body
from orderhub.domain.drafts import LineDraft, OrderDraft, ParcelDraft, ReceiverDraft
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import clean_no, clean_text
from orderhub.kernel.money import parse_yuan

_EARLIEST = 2000
_LATEST = 2100
_FORMER = (ChannelStatus.UNKNOWN, ChannelStatus.PAID_WAIT)
STATUSES = tuple(status for status in ChannelStatus if status not in _FORMER)


def _checked(read: Callable[[Any], Any]) -> BeforeValidator:
    """``read`` as a validator: what it refuses is refused under the field's own path."""

    def check(value: Any) -> Any:
        try:
            return read(value)
        except BadInput as error:
            said = str(error).removeprefix(f"{error.field}: ")
            raise PydanticCustomError("refused", "{said}", {"said": said, "problem": error.problem}) from error

    return BeforeValidator(check)


def _amount(value: Any) -> int:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise BadInput("needs an amount in yuan, as text or number", problem="not_money")
    fen = parse_yuan(value, field="amount")
    if fen < 0:
        raise BadInput("may not be negative", problem="absurd_money")
    return fen


def _moment(value: Any) -> datetime | None:
    """ISO 8601; without an offset it is Asia/Shanghai."""
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) >= len("2026-11-24") else None
    except ValueError:
        moment = None
    if moment is None or not _EARLIEST <= moment.year < _LATEST:
        raise BadInput("needs a moment such as 2026-11-24T10:00:00+08:00, from the year 2000 on", problem="not_moment")
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def _text(value: Any, *, most: int) -> str:
    if value is not None and not isinstance(value, str):
        raise BadInput("needs text", problem="not_text")
    return clean_text(value, most=most)


def _code(value: Any) -> str:
    return clean_no(value) if value not in (None, "") else ""


Yuan = Annotated[
    int,
    _checked(_amount),
    WithJsonSchema(
        {"type": ["string", "number"], "examples": ["139.40"], "description": "Yuan, at most two decimals."}
    ),
]
Moment = Annotated[
    datetime | None,
    _checked(_moment),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "maxLength": 0}, {"type": "null"}],
            "description": "Without offset: Asia/Shanghai. Empty: none.",
        }
    ),
]
No = Annotated[
    str,
    _checked(clean_no),
    WithJsonSchema({"type": ["string", "integer"], "description": "1–64 characters; 19 digits stay exact."}),
]
Code = Annotated[str, _checked(_code), WithJsonSchema({"type": ["string", "integer", "null"], "maxLength": 64})]
Short = Annotated[
    str, _checked(partial(_text, most=200)), WithJsonSchema({"type": ["string", "null"], "maxLength": 200})
]
Long = Annotated[
    str, _checked(partial(_text, most=1000)), WithJsonSchema({"type": ["string", "null"], "maxLength": 1000})
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)  # a frozen default is shared, not copied


class LineIn(Strict):
    """``line_no`` empty: its place in the list; ``unit_price`` is before any discount."""

    line_no: Code = ""
    sku: Code = ""
    title: Short = ""
    spec: Short = ""
    quantity: int = Field(ge=1, le=100_000)
    unit_price: Yuan


class PersonIn(Strict):
    """The channel's token for a person, and a name that is masked here when it comes in the clear."""

    token: Short = ""
    name: Short = ""


class ReceiverIn(PersonIn):
    """``region``: province, city and district with a space between; masks are legal everywhere."""

    phone: Short = ""
    region: Short = ""
    address: Short = ""


class ParcelIn(Strict):
    tracking_no: No
    carrier: Short = ""
    shipped_at: Moment = None


class OrderIn(Strict):
    """One order as it stands at ``updated_at``; Σ unit price × quantity + freight − discount = total.

    Post it again whenever it changes: a newer ``updated_at`` replaces, an older one changes nothing.
    """

    channel_order_no: No
    created_at: Moment
    updated_at: Moment = None
    paid_at: Moment = None
    shipped_at: Moment = None
    completed_at: Moment = None
    ship_by: Moment = None
    status: str = Field(default="", description=f"One of {', '.join(STATUSES)}; empty: paid when `paid_at` is given.")
    status_word: Short = Field(
        default="", description="The channel's own word, to be shown. Without `status`, a word nobody here knows."
    )
    total: Yuan
    freight: Yuan = 0
    discount: Yuan = 0
    buyer: PersonIn = PersonIn()
    receiver: ReceiverIn = ReceiverIn()
    buyer_remark: Long = ""
    seller_remark: Long = ""
    is_presale: bool = False
    lines: list[LineIn] = Field(min_length=1, max_length=500)
    parcels: list[ParcelIn] = Field(default=[], max_length=100)


def parse_order(body: Body, channel: Channel = Channel.MINIPROGRAM) -> OrderDraft:
    """
    Raises:
        BadInput: the field is named by its path, and what to do is said.
    """
    try:
        return _draft(OrderIn.model_validate(body), channel)
    except ValidationError as error:
        raise bad_input(error) from error


def bad_input(error: ValidationError) -> BadInput:
    """The first thing that pydantic refused, as ours."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    problem = {"missing": "missing", "extra_forbidden": "unknown_field"}.get(first["type"], "not_valid")
    said = {"unknown_field": "is not a field here: leave it out"}.get(problem, first["msg"])
    return BadInput(f"{field}: {said}", field=field, problem=first.get("ctx", {}).get("problem", problem))


def _draft(order: OrderIn, channel: Channel) -> OrderDraft:
    created_at = _needed(order.created_at)
    lines = tuple(_line(line, place) for place, line in enumerate(order.lines, 1))
    _check_sums(order, lines)
    status = _status(order)
    moments = [created_at, order.paid_at, order.shipped_at, order.completed_at]
    is_paid = order.paid_at is not None
    return OrderDraft(
        channel=channel,
        channel_order_no=order.channel_order_no,
        status=status,
        status_word=order.status_word or order.status or str(status),
        updated_at=order.updated_at or max(moment for moment in moments if moment),
        placed_at=created_at,
        lines=lines,
        total_fen=order.total,
        freight_fen=order.freight,
        discount_fen=order.discount,
        paid_fen=order.total if is_paid else 0,
        paid_at=order.paid_at,
        ship_by=order.ship_by,
        shipped_at=order.shipped_at,
        completed_at=order.completed_at,
        buyer_token=order.buyer.token,
        buyer_masked=masking.mask_name(order.buyer.name),
        receiver=_receiver(order.receiver),
        buyer_remark=order.buyer_remark,
        seller_remark=order.seller_remark,
        is_presale=order.is_presale,
        parcels=tuple(ParcelDraft(one.tracking_no, "", one.carrier, one.shipped_at) for one in order.parcels),
        unknown=(f"order.status: {order.status_word[:64]!r}",) if status is ChannelStatus.UNKNOWN else (),
    )


def _needed(moment: datetime | None) -> datetime:
    if moment is None:
        raise BadInput("created_at: is missing", field="created_at", problem="missing")
    return moment


def _line(line: LineIn, place: int) -> LineDraft:
    return LineDraft(line.line_no or str(place), line.sku, line.title, line.quantity, line.unit_price, line.spec)


def _check_sums(order: OrderIn, lines: tuple[LineDraft, ...]) -> None:
    goods = sum(line.total_fen for line in lines)
    if goods + order.freight - order.discount != order.total:
        sums = f"lines {goods} + freight {order.freight} − discount {order.discount}"
        raise BadInput(f"total: {order.total} fen, but {sums} fen", field="total", problem="amounts_differ")


def _status(order: OrderIn) -> ChannelStatus:
    if not order.status and order.status_word:
        return ChannelStatus.UNKNOWN
    if not order.status:
        return ChannelStatus.PAID if order.paid_at else ChannelStatus.UNPAID
    if order.status not in STATUSES:
        known = ", ".join(STATUSES)
        raise BadInput(f"status: {order.status[:32]!r} is none of {known}", field="status", problem="unknown_status")
    return ChannelStatus(order.status)


def _receiver(receiver: ReceiverIn) -> ReceiverDraft:
    phone = masking.mask_phone(receiver.phone)
    return ReceiverDraft(
        token=receiver.token,
        name_masked=masking.mask_name(receiver.name),
        phone_masked=phone,
        phone_tail=masking.phone_tail(phone),
        region=receiver.region,
        address_masked=masking.mask_address(receiver.address),
    )


def without_personal(body: Body) -> Body:
    """``body`` with names, phones and addresses masked: what is kept until it is understood."""
    kept = dict(body)
    for name in ("buyer", "receiver"):
        if isinstance(person := kept.get(name), dict):
            kept[name] = {field: _masked(field, value) for field, value in person.items()}
    return kept


_MASKS = {"name": masking.mask_name, "phone": masking.mask_phone, "address": masking.mask_address}


def _masked(field: str, value: Any) -> Any:
    mask = _MASKS.get(field)
    return mask(value) if mask and isinstance(value, str) else value
