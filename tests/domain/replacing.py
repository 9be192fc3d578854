"""A case of an order that has left, to begin a replacement test with."""

from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from orderhub.domain.aftersale import Aftersale, CaseOrigin, accept_refund, case_of, restage
from orderhub.domain.delivery import Delivery, DeliveryStatus, delivery_of
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.replacement import Replacement, promise
from orderhub.domain.shipping import leave
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Carrier, Channel
from orderhub.kernel.db import reading, transaction
from tests.builders import NOW, shop

from .packed import LATER, allocated, labelled, paid

SOON = LATER + timedelta(hours=1)
NEW_NUMBER = "SF7777777777777"


def gone(no: str, *wanted: tuple[str, int], **changes: Any) -> int:
    """The id of an order that has left as planned."""
    order_id = paid(no, *wanted, **changes)
    for place, delivery_id in enumerate(allocated(order_id)):
        labelled(delivery_id, f"SF{no:0>10}{place:03}")
        with transaction() as session:
            leave(session, delivery_id, by="ceshi-w", now=LATER)
    return order_id


def asked(no: str, kind: AftersaleKind = AftersaleKind.RESEND, *, by_hand: bool = True, **changes: Any) -> int:
    """A case of the order ``no``; ``by_hand``: no channel knows of it."""
    facts: dict[str, Any] = {
        "channel": Channel.DOUYIN,
        "channel_refund_no": f"R{no}",
        "channel_order_no": no,
        "kind": kind,
        "status": AftersaleStatus.REQUESTED,
        "status_word": "6",
        "amount_fen": 0,
        "requested_at": LATER,
        "updated_at": LATER,
    }
    with transaction() as session:
        its_shop = session.exec(select(Shop)).first() or shop(session)
        accept_refund(session, its_shop, RefundDraft(**facts | changes), now=LATER)
        number = (facts | changes)["channel_refund_no"]
        case = session.exec(select(Aftersale).where(Aftersale.channel_refund_no == number)).one()
        if by_hand:
            case.origin = CaseOrigin.HAND
        session.add(case)
        return case.id


def inspected(case_id: int) -> None:
    with transaction() as session:
        _, case = case_of(session, case_id)
        case.inspected_at = SOON
        restage(session, case, by="ceshi-w", now=SOON)


def promised(case_id: int, pieces: dict[int, int] | None = None, because: str = "") -> Replacement:
    with transaction() as session:
        return promise(session, case_id, pieces, because=because, by="ceshi-s", now=SOON)


def parcels_of(case_id: int, *statuses: DeliveryStatus) -> list[Delivery]:
    with reading() as session:
        wanted = select(Delivery).where(Delivery.aftersale_id == case_id)
        if statuses:
            wanted = wanted.where(col(Delivery.status).in_(statuses))
        return list(session.exec(wanted.order_by(col(Delivery.id))))


def sent(delivery_id: int, number: str = NEW_NUMBER) -> None:
    with transaction() as session:
        delivery = delivery_of(session, delivery_id)
        delivery.carrier, delivery.tracking_no = Carrier.SF, number
        session.add(delivery)
        session.flush()
        leave(session, delivery_id, by="ceshi-w", now=SOON)


__all__ = ["NOW", "SOON", "asked", "gone", "inspected", "parcels_of", "promised", "sent"]
