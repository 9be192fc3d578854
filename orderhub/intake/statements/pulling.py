"""Which days' trade bills are not here yet? Asked for by the clock from ten in the morning, until each is here."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import structlog
from sqlmodel import Session, col, select

from orderhub.domain import settlement_upkeep
from orderhub.domain.payment import PaymentAccount
from orderhub.domain.settlement import Statement, StatementSource
from orderhub.domain.settlement_book import Delivery, take
from orderhub.domain.shop import Rollout, Shop
from orderhub.intake.lease import reason_of
from orderhub.intake.payment_account import payer_of
from orderhub.intake.statements.reading import delivery_of
from orderhub.kernel.clock import SHANGHAI, business_day
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import OrderHubError, PartnerRefused
from orderhub.kernel.eventlog import SYSTEM

# Source: contracts/services, section 1: a day's bill is there from 10:00 of the next day, for three months.
READY_AT = time(10)
KEPT_FOR = timedelta(days=90)
_NO_BILL = "NO_STATEMENT_EXIST"
# A day without trade has no bill; so long nobody knows whether it is only late.
_LATE_FOR = timedelta(days=2)

log = structlog.get_logger()


@dataclass(frozen=True)
class PullResult:
    account: str
    taken: int
    error: str = ""


def pull_bills(now: datetime) -> list[PullResult]:
    """Pull what is ready and not here, oldest first; one account's trouble never stops the others."""
    with reading() as session:
        wanted = select(Shop, PaymentAccount).join(PaymentAccount, col(PaymentAccount.shop_id) == Shop.id)
        found = session.exec(wanted.where(Shop.rollout != Rollout.OFF).order_by(col(Shop.id))).all()
        accounts = {account.merchant_no: (shop, account) for shop, account in reversed(found)}
    return [_pull(shop, account, now) for shop, account in accounts.values()]


def match_again(now: datetime) -> int:
    """Open differences against what has come since; returns how many are over."""
    with transaction() as session:
        over = settlement_upkeep.match_again(session, now=now)
        settlement_upkeep.flag_old(session, now=now)
        return over


def _pull(shop: Shop, account: PaymentAccount, now: datetime) -> PullResult:
    taken = 0
    with reading() as session:
        days = list(_days_lacking(session, account, now))
    for day in days:
        try:
            delivery = _delivery(shop, account, day, now)
            if delivery is None:
                continue
            with transaction() as session:
                take(session, delivery, by=SYSTEM, now=now)
            taken += 1
        except OrderHubError as error:
            log.warning("bill_not_pulled", account=account.merchant_no, day=str(day), error=type(error).__name__)
            return PullResult(account.merchant_no, taken, reason_of(error))
    return PullResult(account.merchant_no, taken)


def _days_lacking(session: Session, account: PaymentAccount, now: datetime) -> Iterator[date]:
    held = select(col(Statement.day)).where(
        Statement.source == StatementSource.WECHAT_PAY, Statement.account == account.merchant_no
    )
    here = set(session.exec(held))
    local = now.astimezone(SHANGHAI)
    last = local.date() - timedelta(days=1 if local.time() >= READY_AT else 2)
    day = max(business_day(account.connected_at), business_day(now - KEPT_FOR))
    while day <= last:
        if day not in here:
            yield day
        day += timedelta(days=1)


def _delivery(shop: Shop, account: PaymentAccount, day: date, now: datetime) -> Delivery | None:
    """None for a bill that may still come."""
    name = f"{StatementSource.WECHAT_PAY} {day}"
    try:
        bill = payer_of(shop).trade_bill(day)
    except PartnerRefused as error:
        if error.partner_code != _NO_BILL:
            raise
        if business_day(now) - day < _LATE_FOR:
            return None
        return Delivery(StatementSource.WECHAT_PAY, account.merchant_no, (), frozenset({day}), name)
    return replace(delivery_of(bill, name=name), days=frozenset({day}))
