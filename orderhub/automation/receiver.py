"""Who gets an order, in the clear? Our own program told us; of a platform's order the platform tells, one at a time."""

from orderhub.domain.buyer_contact import contact_of
from orderhub.domain.drafts import Contact
from orderhub.domain.shop import Shop
from orderhub.domain.words import Carrier
from orderhub.intake.keyring import connector_of
from orderhub.kernel.db import reading


def receiver_of(shop: Shop, channel_order_no: str, carrier: Carrier) -> Contact:
    """For one waybill or one look: nobody may keep it, and it is never called within a transaction.

    Raises:
        PartnerUnavailable, PartnerUnauthorised: the channel does not tell it now.
        PartnerRefused: it is told to nobody, or no more.
    """
    with reading() as session:
        contact = contact_of(session, shop.id, channel_order_no)
    return contact if contact and contact.address else connector_of(shop).receiver(channel_order_no, carrier)
