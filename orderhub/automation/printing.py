"""How are labels printed? Counted in the transaction that hands them out; a second time only with a reason."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.carrier_keyring import carrier_line, sender_of
from orderhub.connectors.masking import mask_name, mask_phone
from orderhub.domain.carrier_account import CarrierAccount
from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.label import Label, Party, borne_waybills, labels_of, orders_in
from orderhub.domain.shipping import NoWaybill
from orderhub.domain.waybill import Waybill, note_printed
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.sight import looking

MOST_LABELS = 500


def print_labels(
    session: Session, delivery_ids: Sequence[int], *, reason: str = "", by: str, now: datetime
) -> list[Label]:
    """What is printed for each delivery, in their order; the printing is counted and recorded.

    Raises:
        NoWaybill: one of them bears no waybill that a carrier has made.
        BadInput: more than ``MOST_LABELS``; or one was printed before, and no ``reason`` says why again.
    """
    waybills = _borne(session, delivery_ids)
    for orders in orders_in(session, delivery_ids).values():
        for order in orders:
            check_stage_allows(session, order, StageAction.PRINT)
    note_printed(session, waybills, reason=reason, by=by, now=now)
    return labels_of(session, waybills, _senders(session, waybills), now=now)


def carrier_labels(delivery_ids: Sequence[int]) -> bytes:
    """The same labels as their carrier draws them, as PDF; asks the carrier, so call it in no transaction.

    Raises:
        NoWaybill: one of them bears no waybill that a carrier has made.
        BadInput: they are of more than one account.
        PartnerError: the carrier does not answer, or draws none.
    """
    with reading() as session:
        waybills = _borne(session, delivery_ids)
        if len({waybill.account_id for waybill in waybills}) > 1:
            raise BadInput("choose deliveries of one carrier account", field="ids", problem="one_account")
        account = session.get_one(CarrierAccount, waybills[0].account_id)
    return carrier_line(account).labels([waybill.tracking_no for waybill in waybills])


def _borne(session: Session, delivery_ids: Sequence[int]) -> list[Waybill]:
    if not 0 < len(delivery_ids) <= MOST_LABELS:
        raise BadInput(f"ids: 1 to {MOST_LABELS} deliveries at once", field="ids", problem="label_count")
    with looking(session):
        waybills = borne_waybills(session, delivery_ids)
    if missing := set(delivery_ids) - {waybill.delivery_id for waybill in waybills}:
        raise NoWaybill(f"delivery {min(missing)} bears no waybill of a carrier: have one made first")
    return waybills


def _senders(session: Session, waybills: Sequence[Waybill]) -> dict[int, Party]:
    wanted = select(CarrierAccount).where(col(CarrierAccount.id).in_({one.account_id for one in waybills}))
    return {account.id: _party(account) for account in session.exec(wanted)}


def _party(account: CarrierAccount) -> Party:
    sender = sender_of(account)
    address = f"{sender.province}{sender.city}{sender.county}{sender.address}"
    return Party(mask_name(sender.name), mask_phone(sender.mobile), address)
