"""What must every channel connector be able to do? One contract, one suite that runs over all of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from orderhub.domain.drafts import Contact, OrderDraft, PlacedOrder, RefundDraft
from orderhub.domain.words import Carrier, Channel, RefundDecision

Body = dict[str, Any]


@dataclass(frozen=True)
class Credentials:
    """One shop's keys; ``shop_no`` is the channel's number of the shop, ``expires_at`` the access token's end."""

    app_key: str
    app_secret: str = field(repr=False)
    shop_no: str = ""
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class TokenGrant:
    """What a channel answers to a code or a refresh token."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    shop_no: str = ""
    shop_name: str = ""


class Keyring(Protocol):
    """Keeps one shop's credentials for a connector, which never sees a database."""

    def read(self) -> Credentials: ...

    def renew(self, grant: TokenGrant) -> Credentials:
        """Store ``grant`` durably before its tokens are used; the old refresh token may be dead already."""
        ...


@dataclass(frozen=True)
class Window:
    """A half-open span of the channel's update time, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Native:
    """One order or refund as the channel sent it, complete, with the two facts the inbox files it under.

    ``body`` is untouched but for buyers' data, which is masked where the channel sent it in the clear.
    """

    number: str
    updated_at: datetime
    body: Body


@dataclass(frozen=True)
class Hint:
    """A push: something happened to ``number``; the body is asked for afterwards."""

    message_no: str
    kind: str  # "order" or "refund"
    number: str
    topic: str


@dataclass(frozen=True)
class ShipNotice:
    """What the channel is told when a parcel leaves; ``line_nos`` empty = the whole order.

    The rest is for a channel that keeps no orders of its own (the mini-program): whose payment the parcel belongs to,
    what is in it, the receiver's masked phone, and whether it is the ``is_last`` of its order.
    """

    channel_order_no: str
    tracking_no: str
    carrier_code: str
    line_nos: tuple[str, ...] = ()
    request_no: str = ""
    payment_no: str = ""
    payer_token: str = field(default="", repr=False)
    goods_text: str = ""
    phone_masked: str = ""
    is_last: bool = True


@dataclass(frozen=True)
class StockNotice:
    """The quantity a channel may sell from now on (not a difference)."""

    channel_item_no: str
    channel_sku_no: str
    sku_code: str
    quantity: int
    request_no: str = ""


@dataclass(frozen=True)
class AnswerNotice:
    """What the channel is told of one case: the merchant's answer and the amount it was given for.

    ``reason_code`` is the channel's own code of why not, ``words`` what the buyer reads, ``picture`` an address of
    evidence, ``address_no`` the channel's number of where the goods go.
    """

    channel_refund_no: str
    channel_order_no: str
    decision: RefundDecision
    amount_fen: int
    reason_code: str = ""
    words: str = ""
    picture: str = ""
    address_no: str = ""


@dataclass(frozen=True)
class Limits:
    """What the channel allows: span of one question, rows of one page, distance from its clock, calls per second."""

    window: timedelta
    page_size: int
    lag: timedelta
    history: timedelta
    calls_per_second: float


class ChannelConnector(Protocol):
    """One shop's line to its channel. Synchronous; safe to use from several threads.

    Raises, from every call that asks the channel:
        PartnerUnavailable: no usable answer now. PartnerBanned (one of it) says how long to stay away.
        PartnerRefused: a clear no. PartnerUnauthorised (one of it): the token is dead and could not be refreshed.
    """

    channel: Channel
    limits: Limits

    def changed_orders(self, window: Window) -> Iterator[Sequence[Native]]:
        """Orders changed within ``window`` (at most ``limits.window`` long), a page at a time, none left out
        although rows move between pages while they are read."""
        ...

    def placed_orders(self, window: Window) -> Iterator[Sequence[PlacedOrder]]:
        """Orders placed (not changed) within ``window``, whatever became of them, a page at a time: what the channel
        holds, counted apart from what it says has changed. It may add what was placed outside; an order may come
        twice."""
        ...

    def order(self, channel_order_no: str) -> Native: ...

    def changed_refunds(self, window: Window) -> Iterator[Sequence[Native]]: ...

    def refund(self, channel_refund_no: str, channel_order_no: str = "") -> Native:
        """Some channels (Pinduoduo) find a refund only by its order; the others do not look at it.

        Raises: PartnerRefused: the order's number is needed and was not given.
        """
        ...

    def answer_refund(self, notice: AnswerNotice) -> None:
        """The case is read before it is answered: where it is already as the answer would make it, nothing is sent.
        Safe to repeat.

        Raises: PartnerRefused: the channel documents no such answer (``not-documented``, before a call leaves), the
            case has moved on (``answered-already``), it is about another amount (``amount-changed``), or a plain no.
        """
        ...

    def carrier_code(self, carrier: Carrier) -> str:
        """The channel's own code for ``carrier``. Raises: PartnerRefused: it has none."""
        ...

    def ship(self, notice: ShipNotice) -> None:
        """Safe to repeat: an order the channel already holds as shipped with this number is a success."""
        ...

    def receiver(self, channel_order_no: str, carrier: Carrier) -> Contact:
        """Who gets the order's parcel, in the clear, for one waybill of ``carrier``: nobody may keep it.

        Raises: PartnerRefused: the channel shows it to nobody, or no more (``no-receiver``).
        """
        ...

    def set_stock(self, notice: StockNotice) -> None: ...

    def stock_of(self, channel_item_no: str, channel_sku_no: str) -> int:
        """How many the channel may still sell of it, as the channel has it."""
        ...

    def create_token(self, code: str) -> TokenGrant: ...

    def refresh_token(self) -> Credentials:
        """Renew the token now; called by itself when the channel says that it has expired, once for many callers."""
        ...

    def calls_of_last_minute(self) -> int:
        """How often this process has asked the channel for this shop within the last minute."""
        ...

    def close(self) -> None:
        """Let the open line go; nothing is asked through it afterwards."""
        ...


class ChannelModule(Protocol):
    """What ``connectors/channels/<name>/__init__.py`` declares; ``registry.py`` has one line for each.

    ``ABILITIES`` are of ``orders, refunds, answers, ship, parts, stock, stock_read, token, push, post, receiver``;
    ``parts``: a parcel may hold some lines of an order, else the order is told once and whole; ``answers``: it can be
    told ``ANSWERS``. A channel has either ``orders`` (it is asked for them, and counted; a code buys its first token)
    or ``post`` (its orders are posted to the hub in the hub's own words); ``Channel.is_asked`` says the same to rooms
    that know no connector. What a channel is not able to do its connector refuses with ``PartnerRefused`` before a
    call leaves.
    """

    CHANNEL: Channel
    LIMITS: Limits
    ABILITIES: frozenset[str]
    ANSWERS: frozenset[RefundDecision]

    @staticmethod
    def connect(keyring: Keyring, *, base_url: str = "") -> ChannelConnector: ...

    @staticmethod
    def parse_order(body: Body) -> OrderDraft:
        """Raises: BadInput: the body cannot be an order; the field and the reason are named."""
        ...

    @staticmethod
    def parse_refund(body: Body) -> RefundDraft: ...

    @staticmethod
    def read_push(headers: Mapping[str, str], raw: bytes, credentials: Credentials) -> list[Hint]:
        """Raises: NotAllowed: the signature does not fit. BadInput: signed, but not readable."""
        ...
