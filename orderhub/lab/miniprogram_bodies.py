"""How does a mini-program's own program write an order? In the hub's words, as `/api/v1/orders` takes them."""

from datetime import UTC, datetime

from orderhub.domain.words import ChannelStatus
from orderhub.kernel.clock import SHANGHAI, from_unix
from orderhub.kernel.money import yuan_text
from orderhub.lab.answers import Body
from orderhub.lab.orders import LabLine, LabOrder
from orderhub.lab.people import Person
from orderhub.lab.shelf import Shelf
from orderhub.lab.shops import LabShop

# WeChat's ids where they are not the other platforms' word.
CARRIERS = {"YUNDA": "YD"}


def order(order: LabOrder, shop: LabShop, _shelf: Shelf) -> Body:
    person = Person(order.buyer)
    return {
        "shop": shop.code,
        "channel_order_no": str(order.number),
        "created_at": _moment(order.created),
        "updated_at": _version_moment(order),
        "paid_at": _moment(order.paid_at),
        "shipped_at": _moment(order.shipped_at),
        "completed_at": _moment(order.ended_at if order.status is ChannelStatus.COMPLETED else 0),
        "ship_by": _moment(order.ship_by),
        "status": order.status_word or str(order.status),
        "total": yuan_text(order.pay_fen),
        "freight": yuan_text(order.freight_fen),
        "discount": yuan_text(order.discount_fen),
        "buyer": {"token": openid(order), "name": person.name_masked},
        "receiver": {
            "token": person.token("miniprogram-receiver", length=32),
            "name": person.name_masked,
            "phone": f"138****{person.phone_tail}",
            "region": f"{person.place.province} {person.place.city} {person.place.district}",
            "address": "****",
        },
        "buyer_remark": order.remark,
        "seller_remark": order.memo,
        "is_presale": order.is_presale,
        "lines": [_line(line) for line in order.lines],
        "parcels": [
            {
                "tracking_no": parcel.tracking_no,
                "carrier": CARRIERS.get(parcel.carrier, parcel.carrier),
                "shipped_at": _moment(parcel.shipped_at),
            }
            for parcel in order.parcels
        ],
    }


def openid(order: LabOrder) -> str:
    """The buyer's id in this mini-program, under which WeChat Pay knows the payer too."""
    return f"o{Person(order.buyer).token('miniprogram-openid', length=27)}"


def _line(line: LabLine) -> Body:
    return {
        "line_no": str(line.number),
        "sku": line.code,
        "title": line.sku.title,
        "spec": line.sku.spec,
        "quantity": line.quantity,
        "unit_price": yuan_text(line.price_fen),
    }


def _moment(at: int) -> str | None:
    return from_unix(at).astimezone(SHANGHAI).isoformat() if at else None


def _version_moment(order: LabOrder) -> str:
    """Milliseconds tell versions of one second apart."""
    latest_ms = max(order.posted_ms, order.modified * 1000)
    return datetime.fromtimestamp(latest_ms / 1000, UTC).astimezone(SHANGHAI).isoformat(timespec="milliseconds")
