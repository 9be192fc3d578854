"""Who gets the order of the merchant's own program, and where? Sealed, and found by telephone without being opened.

A platform's buyers have none here: their data comes masked and may be used through the platform alone.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, delete
from sqlmodel import Field, Session, SQLModel, and_, col, or_, select

from orderhub.domain.drafts import Contact
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.kernel.columns import BigId, Moment
from orderhub.kernel.json_rows import run_with_rows
from orderhub.kernel.sealing import sealed_column
from orderhub.kernel.secrets import derived, derived_each, seal, unseal

_MOBILE = re.compile(r"(?:\+?86[- ]?)?(1[3-9][0-9]{9})")
_MASKED = re.compile(r"[*×＊]")
_PURPOSE = "buyer contact"
_WRITER = json.JSONEncoder(ensure_ascii=False)
_TAIL = 4


class BuyerContact(SQLModel, table=True):
    """By the channel's number, since it comes before its order is understood; ``sealed`` is a ``Contact`` as JSON.

    The marks are keyed digests of the mobile and of its last four digits: equal for equal numbers, and nothing else
    can be read from them without the key. They are empty where no mobile is known.
    """

    __tablename__ = "buyer_contact"  # pyright: ignore[reportAssignmentType]

    shop_id: int = Field(foreign_key="shop.id", primary_key=True, sa_type=BigId)
    channel_order_no: str = Field(primary_key=True, max_length=64)
    sealed: str
    phone_mark: str = Field(default="", max_length=64, index=True)
    tail_mark: str = Field(default="", max_length=64, index=True)
    kept_at: datetime = Field(sa_type=Moment, index=True)


_KEEP = """
    INSERT INTO buyer_contact (shop_id, channel_order_no, sealed, phone_mark, tail_mark, kept_at)
    SELECT CAST(w.value->>0 AS BIGINT), w.value->>1, w.value->>2, w.value->>3, w.value->>4, {5:moment}
    FROM {rows} WHERE true
    ON CONFLICT (shop_id, channel_order_no) DO UPDATE SET sealed = excluded.sealed,
    phone_mark = excluded.phone_mark, tail_mark = excluded.tail_mark, kept_at = excluded.kept_at
"""


def mobile_in(said: object) -> str:
    """The eleven digits of a mainland mobile; empty for anything else, a masked one above all."""
    found = _MOBILE.fullmatch(said.strip()) if isinstance(said, str) else None
    return found.group(1) if found else ""


@dataclass(frozen=True, slots=True)
class SealedContact:
    """As a ``BuyerContact`` has them."""

    sealed: str
    phone_mark: str
    tail_mark: str


def sealed_contact(shop: Shop, channel_order_no: str, said: Mapping[str, object]) -> SealedContact | None:
    """What is to be kept of what the merchant's own program says of a receiver (``name phone region address``).

    None: a platform's buyer, or what comes masked.
    """
    if shop.channel is not Channel.MINIPROGRAM:
        return None
    contact = _contact(said)
    if not (contact.name or contact.mobile or contact.address):
        return None
    written = _written(contact)
    return SealedContact(seal(written, _place(shop.id, channel_order_no)), *_marks(contact.mobile))


def keep_contact(
    session: Session, shop: Shop, channel_order_no: str, said: Mapping[str, object], *, now: datetime
) -> bool:
    """Keep what is to be kept of a receiver; the newest one holds. Safe to repeat."""
    contact = sealed_contact(shop, channel_order_no, said)
    if contact:
        keep_contacts(session, {(shop.id, channel_order_no): contact}, now=now)
    return contact is not None


def keep_contacts(session: Session, contacts: Mapping[tuple[int, str], SealedContact], *, now: datetime) -> None:
    """By shop and channel's number, all in one statement; the newest one holds."""
    rows = [(*key, one.sealed, one.phone_mark, one.tail_mark, now) for key, one in sorted(contacts.items())]
    run_with_rows(session, _KEEP, rows)


def has_phone(session: Session, shop_id: int, channel_order_no: str) -> bool:
    kept = session.get(BuyerContact, (shop_id, channel_order_no))
    return kept is not None and kept.phone_mark != ""


def phone_of(session: Session, shop_id: int, channel_order_no: str) -> str:
    """In the clear, for one message: nobody may keep it. Empty where there is none."""
    contact = contact_of(session, shop_id, channel_order_no)
    return mobile_in(contact.mobile) if contact else ""


def contact_of(session: Session, shop_id: int, channel_order_no: str) -> Contact | None:
    """In the clear, for one waybill or one look: nobody may keep it."""
    kept = session.get(BuyerContact, (shop_id, channel_order_no))
    return Contact(**json.loads(unseal(kept.sealed, _place(shop_id, channel_order_no)))) if kept else None


def forget_contact(session: Session, shop_id: int, channel_order_no: str) -> bool:
    gone = delete(BuyerContact).where(
        col(BuyerContact.shop_id) == shop_id, col(BuyerContact.channel_order_no) == channel_order_no
    )
    return session.exec(gone).rowcount > 0


def orders_of_phone(digits: str) -> ColumnElement[bool] | None:
    """Which orders' kept contact has this mobile, or one that ends in these four digits; None: it is neither."""
    mark = col(BuyerContact.phone_mark)
    if not (wanted := mobile_in(digits)):
        if not re.fullmatch(r"\d{4}", digits, re.ASCII):
            return None
        wanted, mark = digits, col(BuyerContact.tail_mark)
    is_contact_of = and_(
        col(BuyerContact.shop_id) == Order.shop_id, col(BuyerContact.channel_order_no) == Order.channel_order_no
    )
    found = or_(*[mark == _digest(key, wanted) for key in derived_each(_PURPOSE)])
    return col(Order.id).in_(select(Order.id).join(BuyerContact, is_contact_of).where(found))


def _contact(said: Mapping[str, object]) -> Contact:
    known = {name: _in_the_clear(said.get(name)) for name in ("name", "phone", "region", "address")}
    province, city, county = [*known["region"].split(" ", 2), "", "", ""][:3]
    mobile = mobile_in(known["phone"]) or known["phone"]
    return Contact(known["name"], mobile, province, city, county, known["address"])


def _in_the_clear(said: object) -> str:
    return said.strip() if isinstance(said, str) and not _MASKED.search(said) else ""


def _written(contact: Contact) -> str:
    return _WRITER.encode(vars(contact))


def _mark(kept: BuyerContact, written: str) -> None:
    kept.phone_mark, kept.tail_mark = _marks(json.loads(written)["mobile"])


def _marks(said: str) -> tuple[str, str]:
    """Of the mobile and of its last four digits."""
    mobile, key = mobile_in(said), derived(_PURPOSE)
    return (_digest(key, mobile), _digest(key, mobile[-_TAIL:])) if mobile else ("", "")


def _digest(key: bytes, digits: str) -> str:
    keyed = _keyed(key).copy()
    keyed.update(digits.encode())
    return keyed.hexdigest()


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> hmac.HMAC:
    """To be copied. Unlike ``hmac.digest`` it lets no other thread in between, for which a flood would wait."""
    return hmac.new(key, digestmod="sha256")


def _place(shop_id: int, channel_order_no: str) -> str:
    return f"buyer_contact:{shop_id}:{channel_order_no}"


sealed_column(BuyerContact, "sealed", lambda _, kept: _place(kept.shop_id, kept.channel_order_no), follow=_mark)
