"""With which words is a template filled? Facts of the parcel, none of a person."""

from datetime import UTC, datetime

from sqlmodel import Session, select

from orderhub.domain.notice import Notice
from orderhub.domain.notice_plan import NoticeField, NoticeMoment
from orderhub.domain.order import Order, Shipment
from orderhub.domain.shop import Shop
from orderhub.domain.tracking_link import tracking_url
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.settings import settings

Values = dict[NoticeField, str]
_MOST_GOODS = 20


def values_of(session: Session, notice: Notice, *, now: datetime) -> Values:
    """The link lives 90 days from ``now``."""
    order, shop = session.get_one(Order, notice.order_id), session.get_one(Shop, notice.shop_id)
    wanted = select(Shipment).where(Shipment.order_id == order.id, Shipment.tracking_no == notice.tracking_no)
    parcel = session.exec(wanted).first()
    link = tracking_url(notice.track_id, now=now)
    return {
        NoticeField.ORDER_NO: order.channel_order_no,
        NoticeField.GOODS: _short(order.goods_text),
        NoticeField.SHOP: _short(shop.name),
        NoticeField.CARRIER: _carrier(parcel),
        NoticeField.TRACKING_NO: notice.tracking_no,
        NoticeField.STATUS: notice.moment.said,
        NoticeField.TIME: shanghai_text(notice.happened_at),
        NoticeField.LINK: link,
        NoticeField.LINK_CODE: link.rpartition("/")[2],
    }


def sample_values(moment: NoticeMoment, shop_name: str) -> Values:
    """What a preview and a test message show; the link leads nowhere."""
    code = "AAAAAAAAAAEAB0xEdGhpcy1pcy1hLXNhbXBsZQ"[:30]
    return {
        NoticeField.ORDER_NO: "SAMPLE-20260101001",
        NoticeField.GOODS: _short("示例商品：加厚透明收纳箱 40L 三个装 ×1"),
        NoticeField.SHOP: _short(shop_name),
        NoticeField.CARRIER: Carrier.ZTO.trade_name,
        NoticeField.TRACKING_NO: "75312345678901",
        NoticeField.STATUS: moment.said,
        NoticeField.TIME: shanghai_text(datetime(2026, 1, 1, 4, 0, tzinfo=UTC)),
        NoticeField.LINK: f"{settings().origin}/t/{code}",
        NoticeField.LINK_CODE: code,
    }


def _carrier(parcel: Shipment | None) -> str:
    if parcel is None:
        return ""
    known = {str(carrier): carrier.trade_name for carrier in Carrier}
    return known.get(parcel.carrier_code) or parcel.carrier_name or parcel.carrier_code


def _short(text: str) -> str:
    return text if len(text) <= _MOST_GOODS else f"{text[: _MOST_GOODS - 1]}…"
