"""What do senders to a shop's channel have in common? The shop, and what a dead authorisation means to it."""

from datetime import datetime

from sqlmodel import Session

from orderhub.automation.outbox import Taken
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import Shop
from orderhub.intake import trouble
from orderhub.kernel.db import reading


class ShopSender:
    def locked_out(self, session: Session, message: Taken, reason: str, now: datetime) -> None:
        """Until the shop is connected again, or its token renewed (workflows/resume_shop.py)."""
        shop = shop_of(session, message)
        trouble.report(
            session,
            shop,
            AnomalyKind.SHOP_UNAUTHORISED,
            note=reason,
            title=f"{shop.name}: 授权失效,请重新授权店铺",
            occurred_at=now,
            now=now,
        )


def shop_of(session: Session, message: Taken) -> Shop:
    return session.get_one(Shop, message.addressee.id)


def read_shop(message: Taken) -> Shop:
    with reading() as session:
        return shop_of(session, message)
