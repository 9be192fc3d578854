"""Builders that arrange tests: shops, drafts, orders through ``accept``."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from orderhub.domain.acceptance import accept
from orderhub.domain.drafts import LineDraft, OrderDraft, ParcelDraft, ReceiverDraft
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.kernel.clock import utc_now

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # Tuesday, 10:00 in Shanghai

_LINE = LineDraft(channel_line_no="1", sku_code="BOX-40L", title="收纳箱 40L", quantity=1, unit_price_fen=13940)
_RECEIVER = ReceiverDraft(
    token="oaid-0001",
    name_masked="测**",
    phone_masked="138****0000",
    phone_tail="0000",
    region="测试省 测试市 测试区",
    address_masked="测试路****",
)


def shop(session: Session, code: str = "douyin-1", channel: Channel = Channel.DOUYIN, **changes: Any) -> Shop:
    """The shop called ``code``, made when it is not there."""
    standing = session.exec(select(Shop).where(Shop.code == code)).one_or_none()
    if standing:
        return standing
    facts = {
        "name": f"测试店 {code}",
        "shop_no": f"no-{code}",
        "created_at": NOW - timedelta(days=90),
        "app_secret_sealed": "-",
    }
    made = Shop(code=code, channel=channel, **(facts | changes))
    session.add(made)
    session.flush()
    return made


def line_draft(**changes: Any) -> LineDraft:
    return replace(_LINE, **changes)


def receiver_draft(**changes: Any) -> ReceiverDraft:
    return replace(_RECEIVER, **changes)


def draft(no: str = "6900000000000000001", status: ChannelStatus = ChannelStatus.PAID, **changes: Any) -> OrderDraft:
    """A valid draft: one line, paid an hour before ``NOW`` unless it is unpaid; the money adds up unless you say."""
    lines = changes.pop("lines", (_LINE,))
    goods_fen = sum(line.total_fen for line in lines)
    is_paid = status not in (ChannelStatus.UNPAID, ChannelStatus.CLOSED_UNPAID)
    total_fen = changes.pop("total_fen", goods_fen + changes.get("freight_fen", 0) - changes.get("discount_fen", 0))
    facts: dict[str, Any] = {
        "channel": Channel.DOUYIN,
        "status_word": str(status),
        "updated_at": NOW - timedelta(hours=1),
        "placed_at": NOW - timedelta(hours=1, minutes=5),
        "paid_at": NOW - timedelta(hours=1) if is_paid else None,
        "paid_fen": total_fen if is_paid else 0,
        "receiver": _RECEIVER,
        "buyer_token": "buyer-0001",
        "buyer_masked": "测**",
    }
    return OrderDraft(channel_order_no=no, status=status, lines=lines, total_fen=total_fen, **(facts | changes))


def order(
    session: Session,
    no: str = "6900000000000000001",
    status: ChannelStatus = ChannelStatus.PAID,
    *,
    of: Shop | None = None,
    now: datetime = NOW,
    our_status: OrderStatus | None = None,
    **changes: Any,
) -> Order:
    """An order taken in by ``accept``; ``our_status`` is a status our own people have brought it to."""
    seller = of or shop(session)
    taken = accept(session, seller, draft(no, status, channel=seller.channel, **changes), now=now).order
    if our_status:
        taken.status = our_status
        session.add(taken)
    session.flush()
    return taken


def order_of_now(session: Session, channel: Channel = Channel.TAOBAO) -> Order:
    """Paid this minute, so that today has one at whatever hour tests run; in the first shop of ``channel``."""
    seller = session.exec(select(Shop).where(Shop.channel == channel).order_by(col(Shop.id)).limit(1)).one()
    now = utc_now()
    return order(session, "6999999999999999999", of=seller, now=now, placed_at=now, paid_at=now, updated_at=now)


def parcel(tracking_no: str = "YT0000000000001", **changes: Any) -> ParcelDraft:
    facts: dict[str, Any] = {"carrier_code": "yuantong", "carrier_name": "圆通速递", "shipped_at": NOW}
    return ParcelDraft(tracking_no=tracking_no, **(facts | changes))


def begin_log_anew(session: Session) -> None:
    """An empty log for the next example; rows of it cannot be deleted."""
    log: Any = SQLModel.metadata.tables["event"]
    log.drop(session.connection())
    log.create(session.connection())
