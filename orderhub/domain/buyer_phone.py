"""Which telephone may a buyer of the merchant's own program be told by? Sealed, for a while, and only where it is used.

A platform's buyers have none here: their telephones come masked and may be used through the platform alone.
"""

import re
from datetime import datetime, timedelta

from sqlmodel import Field, Session, SQLModel, col, delete

from orderhub.domain.notice_plan import tells_by_sms
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.kernel.columns import BigId, Moment
from orderhub.kernel.secrets import seal, unseal

KEEP = timedelta(days=45)
_MOBILE = re.compile(r"(?:\+?86[- ]?)?(1[3-9][0-9]{9})")


class BuyerPhone(SQLModel, table=True):
    """By the channel's number, since the telephone comes before its order is understood; ``sealed`` opens with it."""

    __tablename__ = "buyer_phone"  # pyright: ignore[reportAssignmentType]

    shop_id: int = Field(foreign_key="shop.id", primary_key=True, sa_type=BigId)
    channel_order_no: str = Field(primary_key=True, max_length=64)
    sealed: str
    kept_at: datetime = Field(sa_type=Moment, index=True)


def mobile_in(said: object) -> str:
    """The eleven digits of a mainland mobile; empty for anything else, a masked one above all."""
    found = _MOBILE.fullmatch(said.strip()) if isinstance(said, str) else None
    return found.group(1) if found else ""


def keep_phone(session: Session, shop: Shop, channel_order_no: str, said: object, *, now: datetime) -> bool:
    """Keep what the merchant's own program says, where the shop tells buyers by SMS; the newest one holds.

    Safe to repeat.
    """
    mobile = mobile_in(said)
    if not mobile or shop.channel is not Channel.MINIPROGRAM or not tells_by_sms(session, shop.id):
        return False
    kept = session.get(BuyerPhone, (shop.id, channel_order_no))
    kept = kept or BuyerPhone(shop_id=shop.id, channel_order_no=channel_order_no, sealed="", kept_at=now)
    kept.sealed, kept.kept_at = seal(mobile, _place(shop.id, channel_order_no)), now
    session.add(kept)
    return True


def has_phone(session: Session, shop_id: int, channel_order_no: str) -> bool:
    return session.get(BuyerPhone, (shop_id, channel_order_no)) is not None


def phone_of(session: Session, shop_id: int, channel_order_no: str) -> str:
    """In the clear, for one message: nobody may keep it. Empty where there is none."""
    kept = session.get(BuyerPhone, (shop_id, channel_order_no))
    return unseal(kept.sealed, _place(shop_id, channel_order_no)) if kept else ""


def forget_old(session: Session, now: datetime) -> int:
    """Delete those kept longer than any notice takes; returns how many."""
    return session.exec(delete(BuyerPhone).where(col(BuyerPhone.kept_at) < now - KEEP)).rowcount


def _place(shop_id: int, channel_order_no: str) -> str:
    return f"buyer_phone:{shop_id}:{channel_order_no}"
