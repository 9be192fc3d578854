"""Which shops does the merchant run, and with which keys does the hub speak for them?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import ColumnElement, UniqueConstraint, and_
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.words import Channel
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Happening
from orderhub.kernel.sealing import sealed_fields
from orderhub.kernel.sight import in_sight


class Rollout(StrEnum):
    """灰度: how much of a shop the hub handles."""

    OFF = "off"
    SHADOW = "shadow"
    PILOT = "pilot"
    LIVE = "live"


class ReservesAt(StrEnum):
    """锁库存: when an order's goods are promised to it."""

    PAID = "paid"
    PLACED = "placed"


class Shop(SQLModel, table=True):
    """``code`` is ours (in URLs), ``shop_no`` the channel's number; the sealed fields open with ``shop:<code>:<name>``.

    ``gateway`` is empty for the platform's own address; only the lab's shops have another. ``pilot_percent`` is 0
    unless ``rollout`` is a pilot; ``default_warehouse`` and ``default_carrier`` serve what nothing else decides.
    Goods promised to orders that are only placed are free again after ``unpaid_minutes``.
    """

    __table_args__ = (UniqueConstraint("channel", "shop_no"),)

    id: int = own_id()
    code: str = Field(max_length=32, unique=True)
    channel: Channel = Field(sa_type=word(Channel))
    name: str = Field(max_length=64)
    shop_no: str = Field(max_length=64)
    rollout: Rollout = Field(default=Rollout.LIVE, sa_type=word(Rollout))
    pilot_percent: int = 0
    rollout_changed_at: datetime | None = Field(default=None, sa_type=Moment)
    default_warehouse: str = Field(default="", max_length=64)
    default_carrier: str = Field(default="", max_length=64)
    reserves_at: ReservesAt = Field(default=ReservesAt.PAID, sa_type=word(ReservesAt))
    unpaid_minutes: int = 30
    gateway: str = Field(default="", max_length=200)
    app_key: str = Field(default="", max_length=64)
    app_secret_sealed: str = ""
    access_token_sealed: str = ""
    refresh_token_sealed: str = ""
    token_expires_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)

    @property
    def is_asked(self) -> bool:
        """Its channel is asked for its orders: there are keys to ask with. Else it brings its own files."""
        return self.channel.is_asked and bool(self.app_secret_sealed)


sealed_fields(Shop, "app_secret", "access_token", "refresh_token", within=lambda _, shop: f"shop:{shop.code}")


class ShopSync(SQLModel, table=True):
    """How far one kind (``order``, ``refund``) of one shop is pulled: every change before ``watermark`` is kept."""

    __tablename__ = "shop_sync"  # pyright: ignore[reportAssignmentType]

    shop_id: int = Field(foreign_key="shop.id", primary_key=True, sa_type=BigId)
    kind: str = Field(primary_key=True, max_length=16)
    watermark: datetime = Field(sa_type=Moment)
    tried_at: datetime | None = Field(default=None, sa_type=Moment)
    succeeded_at: datetime | None = Field(default=None, sa_type=Moment)
    failed_at: datetime | None = Field(default=None, sa_type=Moment)
    error: str = Field(default="", max_length=500)
    paused_until: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True)
class ShopConnected(Happening):
    subject_type: ClassVar[str] = "shop"
    channel: str


@dataclass(frozen=True)
class ShopAuthorised(Happening):
    """Somebody allowed the hub to act for the shop again, on the channel's own page."""

    subject_type: ClassVar[str] = "shop"


@dataclass(frozen=True)
class ShopTokenRenewed(Happening):
    subject_type: ClassVar[str] = "shop"
    expires_at: str


ASKED = [channel for channel in Channel if channel.is_asked]


def is_asked() -> ColumnElement[bool]:
    """Shops that are not off and whose channel we ask for orders; one without keys brings its own files."""
    return and_(col(Shop.rollout) != Rollout.OFF, col(Shop.channel).in_(ASKED), col(Shop.app_secret_sealed) != "")


def shop_named(session: Session, code: str) -> Shop:
    found = session.exec(in_sight(select(Shop).where(Shop.code == code))).one_or_none()
    if not found:
        raise NotFound(f"no shop is called {code!r}: see `orderhub shops` or the shops page")
    return found
