"""With which contracts does the merchant ask carriers for waybills? One row each, its keys sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.delivery import Delivery
from orderhub.domain.words import Carrier
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening
from orderhub.kernel.sealing import sealed_fields
from orderhub.kernel.sight import in_sight


class CarrierAccount(SQLModel, table=True):
    """``warehouse_id`` is where its parcels are collected, 0: at every warehouse without an account of its own.

    ``code`` is ours; the sealed fields open with ``carrier:<code>:<name>`` (automation/carrier_keyring.py), the
    sender's contact among them. ``express_type`` is the carrier's own number of its product. ``base_url`` is empty for
    the carrier's own address; only the lab's account has another.
    """

    __tablename__ = "carrier_account"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    code: str = Field(max_length=32, unique=True)
    carrier: Carrier = Field(sa_type=word(Carrier))
    name: str = Field(max_length=64)
    customer_code: str = Field(max_length=64)
    check_word_sealed: str = ""
    month_card_sealed: str = ""
    sender_sealed: str = ""
    warehouse_id: int = Field(default=0, sa_type=BigId)
    express_type: int = 1
    base_url: str = Field(default="", max_length=200)
    is_active: bool = True
    created_at: datetime = Field(sa_type=Moment)


sealed_fields(CarrierAccount, "check_word", "month_card", "sender", within=lambda _, account: f"carrier:{account.code}")


class NoCarrierAccount(RuleBroken):
    code = "no_carrier_account"


@dataclass(frozen=True)
class CarrierEvent(Happening):
    subject_type: ClassVar[str] = "carrier_account"


@dataclass(frozen=True)
class CarrierConnected(CarrierEvent):
    """The account was added, or has new keys."""

    carrier: str


@dataclass(frozen=True)
class CarrierSwitched(CarrierEvent):
    is_active: bool


def carrier_accounts(session: Session) -> list[CarrierAccount]:
    """Every one, by carrier and code."""
    return list(session.exec(select(CarrierAccount).order_by(col(CarrierAccount.carrier), col(CarrierAccount.code))))


def account_coded(session: Session, code: str) -> CarrierAccount:
    """Raises: NotFound."""
    found = session.exec(in_sight(select(CarrierAccount).where(CarrierAccount.code == code))).one_or_none()
    if not found:
        raise NotFound(f"no carrier account is called {code[:32]!r}")
    return found


def account_for(accounts: list[CarrierAccount], delivery: Delivery) -> CarrierAccount:
    """The active one of the delivery's carrier, that of its warehouse before one that serves all.

    Raises:
        NoCarrierAccount: waybills of this carrier are typed by hand here.
    """
    fitting = [
        account
        for account in accounts
        if account.is_active
        and delivery.carrier in (None, account.carrier)
        and account.warehouse_id in (0, delivery.warehouse_id)
    ]
    if not fitting:
        carrier = delivery.carrier.trade_name if delivery.carrier else "any carrier"
        raise NoCarrierAccount(f"delivery {delivery.id}: no account of {carrier} ships from its warehouse")
    return min(fitting, key=lambda account: (account.warehouse_id != delivery.warehouse_id, account.id))
