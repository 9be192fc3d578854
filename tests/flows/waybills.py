"""What the stories of waybills have in common: an account at the lab's SF, and orders that are allocated."""

from sqlmodel import select

from orderhub.automation.carrier_keyring import CarrierDraft, connect_carrier
from orderhub.automation.waybilling import Wanted, want_waybills
from orderhub.domain.delivery import Delivery
from orderhub.domain.drafts import Contact
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import approve, order_of
from orderhub.domain.waybill import Waybill
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.lab.sf import ACCOUNT, PATH

from .shipping import work

SENDER = Contact("测试仓", "13800000001", "测试省", "测试市", "测试区", "示例路1号")


def connect_sf(url: str, **changes: object) -> int:
    facts = {
        "code": "sf",
        "carrier": Carrier.SF,
        "name": "顺丰月结",
        "customer_code": ACCOUNT.customer_code,
        "check_word": ACCOUNT.check_word,
        "month_card": ACCOUNT.month_card,
        "sender": SENDER,
        "base_url": f"{url}{PATH}",
    }
    with transaction() as session:
        return connect_carrier(session, CarrierDraft(**(facts | changes)), by="ceshi-a", now=utc_now()).id


def allocated(numbers: list[str]) -> list[int]:
    """Their deliveries, in the order of ``numbers``."""
    with transaction() as session:
        found = dict(session.exec(select(Order.channel_order_no, Order.id)).all())
        for number in numbers:
            order = order_of(session, found[number])
            if order.status is OrderStatus.TO_REVIEW:
                approve(session, order, by="ceshi-o", now=utc_now())
    work()
    with reading() as session:
        return list(session.exec(select(Delivery.id).order_by(Delivery.id)))[-len(numbers) :]


def want(delivery_ids: list[int]) -> Wanted:
    with transaction() as session:
        return want_waybills(session, delivery_ids, by="ceshi-w", now=utc_now())


def waybills() -> list[Waybill]:
    with reading() as session:
        return list(session.exec(select(Waybill).order_by(Waybill.id)))


def deliveries(delivery_ids: list[int]) -> list[Delivery]:
    with reading() as session:
        return [session.get_one(Delivery, delivery_id) for delivery_id in delivery_ids]
