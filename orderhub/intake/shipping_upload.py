"""Who tells the mini-program's platform that a parcel has left? The clock, from rows, until it is told."""

from datetime import datetime

import structlog

from orderhub.connectors.channels.contract import ShipNotice
from orderhub.domain.rollout import goes_out
from orderhub.domain.shipping_upload import DueUpload, is_last, not_told, parcels_to_tell, take_due, told, want_told
from orderhub.intake.keyring import connector_of
from orderhub.intake.lease import reason_of
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import OrderHubError, PartnerRefused, PartnerUnauthorised

log = structlog.get_logger()


def upload_shipping(now: datetime) -> int:
    """Tell WeChat of every parcel it has not heard of; returns how many it heard of now."""
    with reading() as session:
        parcels = parcels_to_tell(session, now)
    with transaction() as session:
        want_told(session, parcels, now)
        session.flush()
        due = take_due(session, now)
    # A shop may have stepped back since a parcel was written down: it waits until the order goes out again.
    return sum(_upload(one, now) for one in due if goes_out(one.shop, one.order.channel_order_no))


def _upload(due: DueUpload, now: datetime) -> bool:
    with reading() as session:
        notice = _notice(due, is_last=is_last(session, due))
    try:
        connector_of(due.shop).ship(notice)
    except OrderHubError as error:
        log.warning("shipping_not_uploaded", order=due.order.id, error=type(error).__name__)
        is_final = isinstance(error, PartnerRefused) and not isinstance(error, PartnerUnauthorised)
        with transaction() as session:
            not_told(session, due, reason_of(error), is_final=is_final, now=now)
        return False
    with transaction() as session:
        told(session, due, now=now)
    return True


def _notice(due: DueUpload, *, is_last: bool) -> ShipNotice:
    shipment, order = due.shipment, due.order
    return ShipNotice(
        channel_order_no=order.channel_order_no,
        tracking_no=shipment.tracking_no,
        carrier_code=shipment.carrier_code or shipment.carrier_name,
        payment_no=due.payment.transaction_no,
        payer_token=due.payment.payer_token,
        goods_text=order.goods_text,
        phone_masked=order.receiver_phone_masked,
        is_last=is_last,
    )
