"""A carrier makes a delivery's waybill, or takes one back. The receiver's contact lives here for one call."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from orderhub.automation.carrier_keyring import carrier_line, sender_of
from orderhub.automation.outbox import Taken
from orderhub.automation.receiver import receiver_of
from orderhub.automation.senders.contract import GO, ElsewhereInTrouble, Verdict
from orderhub.automation.waybilling import MAKE, recycle
from orderhub.connectors.carriers.contract import Waybill as Made
from orderhub.connectors.carriers.contract import WaybillWish
from orderhub.connectors.channels.line import NO_RECEIVER
from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.carrier_account import CarrierAccount
from orderhub.domain.delivery import Delivery, DeliveryPiece, delivery_of, lock_orders, pieces_in
from orderhub.domain.drafts import Contact
from orderhub.domain.hold import StillHeld
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.shipping import RefundOpen
from orderhub.domain.shop import Shop
from orderhub.domain.sku import Sku
from orderhub.domain.waybill import (
    Waybill,
    WaybillState,
    check_may_be_asked,
    keep_made,
    keep_recycled,
    keep_refused,
)
from orderhub.domain.words import UploadProblem
from orderhub.kernel.db import reading
from orderhub.kernel.errors import PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable, RuleBroken
from orderhub.kernel.eventlog import SYSTEM

_OPEN = (WaybillState.WANTED, WaybillState.REFUSED)
_NOT_THERE = "filterResult 3"
_TIME_ALLOWED = timedelta(hours=2)
_MOST_KINDS = 20


@dataclass(frozen=True)
class Facts:
    """What a carrier is asked with, all but the receiver."""

    account: CarrierAccount
    shop: Shop
    order_no: str
    goods: tuple[tuple[str, int], ...]
    weight_grams: int


class WaybillSender:
    def may_go(self, session: Session, message: Taken) -> Verdict:
        if message.body["act"] != MAKE:
            return GO
        waybill, delivery = _asked(session, message)
        if waybill.state not in _OPEN:
            return Verdict(UploadProblem.STATUS_FORBIDS, f"{waybill.request_no} is {waybill.state}", is_final=True)
        try:
            check_may_be_asked(session, delivery, _orders(session, delivery.id))
        except RefundOpen as error:
            return Verdict(UploadProblem.REFUND_OPEN, str(error))
        except StillHeld as error:
            return Verdict(UploadProblem.HELD, str(error))
        except RuleBroken as error:
            return Verdict(UploadProblem.STATUS_FORBIDS, str(error))
        return GO

    def send(self, message: Taken) -> Made | None:
        with reading() as session:
            waybill, delivery = _asked(session, message)
            account = session.get_one(CarrierAccount, waybill.account_id)
            facts = _facts(session, delivery, account) if message.body["act"] == MAKE else None
        line = carrier_line(account)
        if facts is None:
            if message.attempts > 1:  # else it was never asked for
                line.cancel_waybill(waybill.request_no)
            return None
        wish = WaybillWish(
            waybill.request_no,
            sender_of(account),
            _receiver(facts),
            facts.goods,
            express_type=account.express_type,
            weight_grams=facts.weight_grams,
        )
        return line.create_waybill(wish)

    def problem_of(self, session: Session, message: Taken, error: PartnerRefused) -> UploadProblem:
        if error.partner_code == NO_RECEIVER:
            return UploadProblem.NO_RECEIVER
        return UploadProblem.NOT_SERVED if error.partner_code == _NOT_THERE else UploadProblem.CARRIER_REFUSED

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None:
        """Nothing beyond what the outbox shows."""

    def sent(self, session: Session, message: Taken, answer: Made | None, now: datetime) -> None:
        waybill, delivery = _locked(session, message)
        if answer is None:
            keep_recycled(session, waybill, by=SYSTEM, now=now)
        else:
            keep_made(
                session,
                waybill,
                delivery,
                tracking_no=answer.tracking_no,
                label_code=answer.label_code,
                label=dict(answer.label),
                by=SYSTEM,
                now=now,
            )
            if delivery.tracking_no != waybill.tracking_no:  # it bears another one by now, or leaves no more
                recycle(session, delivery, by=SYSTEM, now=now)
        for kind in (AnomalyKind.WAYBILL_REFUSED, AnomalyKind.WAYBILL_KEPT):
            resolve_anomaly(session, kind, about=message.about, by=SYSTEM, now=now)

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        waybill, _ = _locked(session, message)
        said = f"{problem.said}（{partner_code}）" if partner_code else problem.said
        kind = AnomalyKind.WAYBILL_KEPT
        if message.body["act"] == MAKE:
            kind = AnomalyKind.WAYBILL_REFUSED
            if waybill.state is WaybillState.WANTED:
                keep_refused(session, waybill, partner_code=partner_code, reason=said, by=SYSTEM, now=now)
        open_anomaly(
            session,
            kind,
            about=message.about,
            occurred_at=now,
            now=now,
            note=f"{waybill.tracking_no or waybill.request_no}: {waybill.carrier.trade_name} {said}",
            at_risk_fen=sum(order.paid_fen for order in _orders(session, waybill.delivery_id)),
        )

    def locked_out(self, session: Session, message: Taken, reason: str, now: datetime) -> None:
        """Until the account has new keys (workflows/resume_carrier.py)."""
        about = ("carrier_account", message.addressee.id)
        account = session.get_one(CarrierAccount, message.addressee.id)
        title = f"{account.name}: 面单账号失效，请更新密钥"
        kind = AnomalyKind.CARRIER_UNAUTHORISED
        open_anomaly(session, kind, about=about, occurred_at=now, now=now, note=reason, title=title)


def _receiver(facts: Facts) -> Contact:
    """In the clear, for this one call.

    Raises:
        ElsewhereInTrouble: the channel does not tell it now, which is not the carrier's fault.
        PartnerRefused: it tells nobody.
    """
    try:
        return receiver_of(facts.shop, facts.order_no, facts.account.carrier)
    except PartnerBanned as ban:
        raise ElsewhereInTrouble(str(ban), retry_after=ban.retry_after) from ban
    except (PartnerUnavailable, PartnerUnauthorised) as error:
        raise ElsewhereInTrouble(str(error)) from error
    except PartnerRefused as error:
        raise PartnerRefused(str(error), partner=error.partner, partner_code=NO_RECEIVER) from error


def _asked(session: Session, message: Taken) -> tuple[Waybill, Delivery]:
    wanted = select(Waybill).where(Waybill.request_no == message.body["request_no"])
    waybill = session.exec(wanted).one()
    return waybill, session.get_one(Delivery, waybill.delivery_id)


def _locked(session: Session, message: Taken) -> tuple[Waybill, Delivery]:
    """Orders, then the delivery, then its waybill: as everybody locks them."""
    lock_orders(session, [message.about_id])
    delivery = delivery_of(session, message.about_id)
    wanted = select(Waybill).where(Waybill.request_no == message.body["request_no"]).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).one(), delivery


def _orders(session: Session, delivery_id: int) -> list[Order]:
    inside = select(DeliveryPiece.order_id).where(DeliveryPiece.delivery_id == delivery_id)
    return list(session.exec(select(Order).where(col(Order.id).in_(inside)).order_by(col(Order.id))))


def _facts(session: Session, delivery: Delivery, account: CarrierAccount) -> Facts:
    """Merged orders have one receiver: any of them tells it."""
    order = _orders(session, delivery.id)[0]
    pieces = pieces_in(session, delivery.id)
    skus = {sku.id: sku for sku in session.exec(select(Sku).where(col(Sku.id).in_({one.sku_id for one in pieces})))}
    lines = session.exec(select(OrderLine).where(col(OrderLine.id).in_({one.line_id for one in pieces})))
    titles = {line.id: line.title for line in lines}
    counted: dict[str, int] = {}
    for piece in pieces:
        sku = skus.get(piece.sku_id)
        name = (sku.title or sku.code) if sku else titles.get(piece.line_id, "")
        counted[name[:60]] = counted.get(name[:60], 0) + piece.quantity
    weight = sum(skus[one.sku_id].weight_grams * one.quantity for one in pieces if one.sku_id in skus)
    goods = tuple(counted.items())[:_MOST_KINDS]
    return Facts(account, session.get_one(Shop, order.shop_id), order.channel_order_no, goods, weight)
