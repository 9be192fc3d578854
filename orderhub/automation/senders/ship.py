"""A parcel's waybill goes to the order's own channel."""

from datetime import datetime

from sqlmodel import Session

from orderhub.automation.outbox import Taken
from orderhub.automation.senders.contract import GO, Verdict
from orderhub.automation.senders.shops import ShopSender, read_shop, shop_of
from orderhub.connectors.channels import refusals, registry
from orderhub.connectors.channels.contract import ChannelConnector, ShipNotice
from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.interception import is_leaked
from orderhub.domain.order import Order
from orderhub.domain.rollout import goes_out
from orderhub.domain.shipping import ShipmentRefused, ShipmentUploaded, refund_is_open
from orderhub.domain.words import Carrier, Channel, UploadProblem
from orderhub.intake.keyring import connector_of
from orderhub.kernel.errors import PartnerRefused
from orderhub.kernel.eventlog import SYSTEM, record


class ShipSender(ShopSender):
    def may_go(self, session: Session, message: Taken) -> Verdict:
        shop = shop_of(session, message)
        if not goes_out(shop, message.body["order_no"]):
            reason = f"{shop.code} is {shop.rollout}: the present system tells the channel"
            return Verdict(UploadProblem.NOT_ROLLED_OUT, reason, is_final=True)
        if refund_is_open(session, message.about_id):
            return Verdict(UploadProblem.REFUND_OPEN, "a refund was asked for before the channel knew of the parcel")
        return GO

    def send(self, message: Taken) -> None:
        shop = read_shop(message)
        connector = connector_of(shop)
        notice = ShipNotice(
            message.body["order_no"],
            message.body["tracking_no"],
            connector.carrier_code(Carrier(message.body["carrier"])),
            line_nos=tuple(message.body["line_nos"]),
            request_no=f"orderhub-{message.id}",
        )
        if message.attempts > 1 and _is_told(connector, shop.channel, notice):
            return  # an earlier attempt got through, its answer did not
        connector.ship(notice)

    def problem_of(self, session: Session, message: Taken, error: PartnerRefused) -> UploadProblem:
        if error.partner_code == "no-carrier":
            return UploadProblem.CARRIER_UNKNOWN
        return refusals.problem_of(shop_of(session, message).channel, error.partner_code)

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None:
        if verdict.problem is UploadProblem.REFUND_OPEN:
            _open(session, AnomalyKind.SHIPPED_DESPITE_REFUND, message, verdict.problem.said, now)

    def sent(self, session: Session, message: Taken, answer: None, now: datetime) -> None:
        record(session, ShipmentUploaded(message.about_id, message.body["tracking_no"]), actor=SYSTEM, now=now)
        resolve_anomaly(session, AnomalyKind.UPLOAD_REFUSED, about=message.about, by=SYSTEM, now=now)
        if not is_leaked(session, message.about_id):
            resolve_anomaly(session, AnomalyKind.SHIPPED_DESPITE_REFUND, about=message.about, by=SYSTEM, now=now)

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        tracking_no = message.body["tracking_no"]
        record(session, ShipmentRefused(message.about_id, tracking_no, problem, partner_code), actor=SYSTEM, now=now)
        said = f"{problem.said}（{partner_code}）" if partner_code else problem.said
        _open(session, AnomalyKind.UPLOAD_REFUSED, message, said, now)


def _open(session: Session, kind: AnomalyKind, message: Taken, said: str, now: datetime) -> None:
    open_anomaly(
        session,
        kind,
        about=message.about,
        occurred_at=now,
        now=now,
        note=f"{message.body['tracking_no']}: {said}",
        at_risk_fen=session.get_one(Order, message.about_id).paid_fen,
    )


def _is_told(connector: ChannelConnector, channel: Channel, notice: ShipNotice) -> bool:
    known = registry.module(channel).parse_order(connector.order(notice.channel_order_no).body)
    return any(parcel.tracking_no == notice.tracking_no for parcel in known.parcels)
