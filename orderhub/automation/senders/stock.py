"""How many of a listing the channel may sell from now on: the newest level, told as a level, never as a difference."""

from datetime import datetime

from sqlmodel import Session

from orderhub.automation.addressee import shop_addressee
from orderhub.automation.outbox import OutboxKind, Taken, owe
from orderhub.automation.senders.contract import GO, Verdict
from orderhub.automation.senders.shops import ShopSender, read_shop, shop_of
from orderhub.connectors.channels.contract import StockNotice
from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.words import UploadProblem
from orderhub.intake.keyring import connector_of
from orderhub.kernel.errors import PartnerRefused
from orderhub.kernel.eventlog import SYSTEM


def owe_stock(session: Session, shop: Shop, notice: StockNotice, *, change: int, now: datetime) -> bool:
    """Tell ``shop`` the level of ``notice``; ``change`` counts the changes of this level, the highest wins.

    False when this change or a later one is owed or told already, or when the shop is not live.
    """
    if shop.rollout is not Rollout.LIVE:
        return False
    body = {
        "item_no": notice.channel_item_no,
        "sku_no": notice.channel_sku_no,
        "sku_code": notice.sku_code,
        "quantity": notice.quantity,
    }
    key = stock_key(notice.channel_item_no, notice.channel_sku_no, notice.sku_code)
    number = notice.sku_code or notice.channel_sku_no
    to = shop_addressee(shop.id)
    return owe(session, OutboxKind.STOCK, to, key=key, number=number, body=body, version=change, now=now)


def stock_key(item_no: str, sku_no: str, code: str) -> str:
    """What an item's messages are known by within its shop."""
    return f"{item_no}:{sku_no or code}"


class StockSender(ShopSender):
    def may_go(self, session: Session, message: Taken) -> Verdict:
        shop = shop_of(session, message)
        if shop.rollout is not Rollout.LIVE:
            reason = f"{shop.code} is {shop.rollout}: the present system tells the channel"
            return Verdict(UploadProblem.NOT_ROLLED_OUT, reason, is_final=True)
        return GO

    def send(self, message: Taken) -> None:
        body = message.body
        request_no = f"orderhub-{message.id}-{message.version}"
        connector_of(read_shop(message)).set_stock(
            StockNotice(body["item_no"], body["sku_no"], body["sku_code"], body["quantity"], request_no=request_no)
        )

    def problem_of(self, session: Session, message: Taken, error: PartnerRefused) -> UploadProblem:
        return UploadProblem.REFUSED

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None:
        """Nothing beyond what the outbox shows."""

    def sent(self, session: Session, message: Taken, answer: None, now: datetime) -> None:
        resolve_anomaly(session, AnomalyKind.UPLOAD_REFUSED, about=message.about, by=SYSTEM, now=now)

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        open_anomaly(
            session,
            AnomalyKind.UPLOAD_REFUSED,
            about=message.about,
            occurred_at=now,
            now=now,
            severity=Severity.MEDIUM,
            note=f"{message.number}: {problem.said}" + (f"（{partner_code}）" if partner_code else ""),
        )
