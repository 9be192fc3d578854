"""Which shops and which warehouses does each row belong to? Every table of this room and of those below it.

What belongs to no shop is the whole hub's: of work, those see it who see all shops, and whoever it was given to. A
warehouse is concerned with an order as soon as goods of it are reserved or packed there.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, false, or_, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.allocation_decision import AllocationDecision
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.assignment_rule import AssignmentRule
from orderhub.domain.buyer_contact import BuyerContact
from orderhub.domain.buyer_link import BuyerLink
from orderhub.domain.carrier_account import CarrierAccount
from orderhub.domain.carrier_service import CarrierService
from orderhub.domain.channel_item import CHANNEL_ITEM, ChannelItem, ChannelItemPart
from orderhub.domain.channel_stock import StockShare
from orderhub.domain.custom_field import CustomValue
from orderhub.domain.delivery import Delivery, DeliveryPiece, PackingScan
from orderhub.domain.finance_review import FinanceReview
from orderhub.domain.former import FormerOrder
from orderhub.domain.freight_bill import FreightCheck, FreightFile, FreightLine
from orderhub.domain.freight_claim import FreightClaim, FreightCredit
from orderhub.domain.hand_payment import HandPayment
from orderhub.domain.hold import Hold
from orderhub.domain.inspection import InspectedPiece, Inspection
from orderhub.domain.interception import Interception
from orderhub.domain.ledger import LedgerGap, LedgerHour
from orderhub.domain.notice import Notice
from orderhub.domain.notice_plan import NoticePlan
from orderhub.domain.notice_route import NoticeRoute
from orderhub.domain.order import Order, OrderLine, OrderTag, Shipment
from orderhub.domain.order_stock import RefundedLine, StockWait
from orderhub.domain.payment import Payment, PaymentAccount
from orderhub.domain.photo import Photo
from orderhub.domain.presale import Presold
from orderhub.domain.purchase_order import PurchaseLine, PurchaseOrder
from orderhub.domain.receipt import Receipt, ReceiptLine
from orderhub.domain.refund_answer import RefundAnswer
from orderhub.domain.repayment import Repayment
from orderhub.domain.replacement import Replacement, ReplacementPiece
from orderhub.domain.replenishment import ReplenishmentLine, ReplenishmentRun, ReplenishmentTerms
from orderhub.domain.reservation import Reservation
from orderhub.domain.restock import Restock
from orderhub.domain.rules.decided import RuleDecision, RuleHit
from orderhub.domain.settlement import Difference, Statement, StatementFile, StatementLine
from orderhub.domain.shipping_upload import ShippingUpload
from orderhub.domain.shop import Shop, ShopSync
from orderhub.domain.shortage_choice import ShortageChoice
from orderhub.domain.sku import Listing
from orderhub.domain.staff_notice import StaffNotice
from orderhub.domain.stock import StockEntry, StockLevel, Warehouse
from orderhub.domain.task import Task
from orderhub.domain.ticket import TICKET, Ticket
from orderhub.domain.ticket_step import TicketEntry, TicketHandOver
from orderhub.domain.track import Scan, Track
from orderhub.domain.unmatched_code import UnmatchedCode
from orderhub.domain.wave import Wave
from orderhub.domain.waybill import Waybill
from orderhub.domain.weather import WeatherDay
from orderhub.kernel.eventlog import Event
from orderhub.kernel.owned import (
    SHOPS,
    SUBJECTS,
    WAREHOUSES,
    Columns,
    Path,
    about,
    among,
    any_of,
    everybodys,
    everybodys_subjects,
    is_unbound,
    own,
    table_of,
    through,
    where,
)

# What anomalies and tasks are about.
_OF_WORK = (
    "order",
    "aftersale",
    "shop",
    "message",
    "payment",
    "statement",
    "track",
    "delivery",
    "unmatched_code",
    CHANNEL_ITEM,
)


def here(*, or_any: bool = False) -> Path:
    """``warehouse_id`` is one of those seen; ``or_any``: 0, which stands for every warehouse, too."""

    def path(columns: Columns, codes: Collection[Any]) -> ColumnElement[bool]:
        place = table_of(Warehouse).alias()
        found = columns.warehouse_id.in_(select(place.c.id).where(place.c.code.in_(codes)))
        return or_(found, columns.warehouse_id == 0) if or_any else found

    return path


def _account(columns: Columns, shops: Collection[Any]) -> ColumnElement[bool]:
    """A shop's own code, or the merchant number it is paid through."""
    shop, paid = table_of(Shop).alias(), table_of(PaymentAccount).alias()
    return or_(
        columns.account.in_(select(shop.c.code).where(shop.c.id.in_(shops))),
        columns.account.in_(select(paid.c.merchant_no).where(paid.c.shop_id.in_(shops))),
    )


def _anomaly(paths: dict[Any, Path], *, unbound: bool) -> Path:
    """The order it hurts decides, where there is one."""
    hurt = where(lambda one: one.order_id.is_not(None), through(paths, Order, "id", of="order_id"))
    other = where(lambda one: one.order_id.is_(None), about(paths, *_OF_WORK, unbound=unbound))
    return any_of(hurt, other)


def _task(paths: dict[Any, Path], *, unbound: bool) -> Path:
    """A task for an anomaly is about the same thing, and may hurt an order besides."""
    hurt = through({Anomaly: through(paths, Order, "id", of="order_id")}, Anomaly, "id", of="anomaly_id")
    return any_of(about(paths, *_OF_WORK, TICKET, unbound=unbound), hurt)


def _ticket(paths: dict[Any, Path]) -> Path:
    """One about a buyer alone belongs to those who sold to them."""
    of_buyer = through(paths, Order, "buyer_token", of="buyer_token")
    return any_of(
        through(paths, Order, "id", of="order_id"),
        through(paths, Aftersale, "id", of="aftersale_id"),
        where(lambda one: and_(one.order_id.is_(None), one.aftersale_id.is_(None), one.buyer_token != ""), of_buyer),
    )


def _anomaly_given(columns: Columns, name: BindParameter[str]) -> ColumnElement[bool]:
    return and_(columns.owner == name, columns.order_id.is_(None), is_unbound(columns))


def _task_given(columns: Columns, name: BindParameter[str]) -> ColumnElement[bool]:
    anomaly = table_of(Anomaly).alias()
    hurts = select(anomaly.c.id).where(anomaly.c.id == columns.anomaly_id, anomaly.c.order_id.is_not(None))
    return and_(columns.owner == name, is_unbound(columns), ~hurts.exists())


def _ticket_given(columns: Columns, name: BindParameter[str]) -> ColumnElement[bool]:
    return and_(columns.owner == name, columns.order_id.is_(None), columns.aftersale_id.is_(None))


def _told(columns: Columns, name: BindParameter[str]) -> ColumnElement[bool]:
    """One that is this person's, of a thing that was given to them."""
    parts = []
    for word, kind, given in (("anomaly", Anomaly, _anomaly_given), ("task", Task, _task_given)):
        one = table_of(kind).alias()
        theirs = select(one.c.id).where(one.c.id == columns.subject_id, given(one.c, name)).exists()
        parts.append(and_(columns.subject_type == word, theirs))
    return and_(columns.person == name, or_(*parts))


# Shops and warehouses themselves, and an order: everything else leads to one of them.
own(Shop, shops=among("id"))
own(Warehouse, warehouses=among("code"))
own(Reservation, shops=through(SHOPS, Order, "id", of="order_id"), warehouses=here())
own(
    Delivery,
    shops=any_of(through(SHOPS, DeliveryPiece, "delivery_id"), through(SHOPS, DeliveryPiece, "home_id")),
    warehouses=here(),
)
own(
    DeliveryPiece,
    shops=through(SHOPS, Order, "id", of="order_id"),
    warehouses=through(WAREHOUSES, Delivery, "id", of="delivery_id"),
)
own(
    Order,
    shops=among("shop_id"),
    warehouses=any_of(through(WAREHOUSES, DeliveryPiece, "order_id"), through(WAREHOUSES, Reservation, "order_id")),
)

for _table in (
    OrderLine,
    OrderTag,
    Shipment,
    AllocationDecision,
    CustomValue,
    Hold,
    Interception,
    Presold,
    RefundedLine,
    Replacement,
    RuleDecision,
    RuleHit,
    ShippingUpload,
    ShortageChoice,
    StockWait,
):
    own(
        _table,
        shops=through(SHOPS, Order, "id", of="order_id"),
        warehouses=through(WAREHOUSES, Order, "id", of="order_id"),
    )
for _table in (Aftersale, Notice, Payment):
    own(_table, shops=among("shop_id"), warehouses=through(WAREHOUSES, Order, "id", of="order_id"))
for _table in (AftersaleLine, FinanceReview, HandPayment, Photo, RefundAnswer, ReplacementPiece):
    own(
        _table,
        shops=through(SHOPS, Aftersale, "id", of="aftersale_id"),
        warehouses=through(WAREHOUSES, Aftersale, "id", of="aftersale_id"),
    )
for _table in (
    BuyerContact,
    ChannelItem,
    FormerOrder,
    LedgerGap,
    LedgerHour,
    Listing,
    NoticePlan,
    PaymentAccount,
    ShopSync,
    StockShare,
    UnmatchedCode,
):
    own(_table, shops=among("shop_id"))
for _table in (AssignmentRule, NoticeRoute):
    own(_table, shops=any_of(among("shop_id"), lambda one, _: one.shop_id == 0))

own(ChannelItemPart, shops=through(SHOPS, ChannelItem, "id", of="item_id"))
own(
    Repayment,
    shops=through(SHOPS, Payment, "id", of="payment_id"),
    warehouses=through(WAREHOUSES, Payment, "id", of="payment_id"),
)
own(
    BuyerLink,
    shops=any_of(
        through(SHOPS, Order, "buyer_token", of="token"), through(SHOPS, Order, "buyer_token", of="other_token")
    ),
)

# The warehouse's own.
for _table in (StockLevel, Restock, WeatherDay):
    own(_table, warehouses=here())
for _table in (CarrierAccount, CarrierService):
    own(_table, warehouses=here(or_any=True))
own(
    StockEntry,
    shops=any_of(lambda one, _: one.order_id == 0, through(SHOPS, Order, "id", of="order_id")),
    warehouses=here(),
)
own(Wave, shops=through(SHOPS, Delivery, "wave_id"), warehouses=here())
for _table in (PackingScan, Waybill):
    own(
        _table,
        shops=through(SHOPS, Delivery, "id", of="delivery_id"),
        warehouses=through(WAREHOUSES, Delivery, "id", of="delivery_id"),
    )
own(
    Inspection,
    shops=through(SHOPS, Aftersale, "id", of="aftersale_id"),
    warehouses=any_of(here(), through(WAREHOUSES, Aftersale, "id", of="aftersale_id")),
)
own(
    InspectedPiece,
    shops=through(SHOPS, Inspection, "id", of="inspection_id"),
    warehouses=through(WAREHOUSES, Inspection, "id", of="inspection_id"),
)

# What is bought for a warehouse; an order for none of ours is in every sight.
own(PurchaseOrder, warehouses=here(or_any=True))
own(PurchaseLine, warehouses=through(WAREHOUSES, PurchaseOrder, "id", of="purchase_id"))
own(Receipt, warehouses=through(WAREHOUSES, PurchaseOrder, "id", of="purchase_id"))
own(ReceiptLine, warehouses=through(WAREHOUSES, Receipt, "id", of="receipt_id"))
own(ReplenishmentTerms, warehouses=here())
# The demand of all shops together stands in a sheet: who sees only some of them would learn of the others.
for _table in (ReplenishmentRun, ReplenishmentLine):
    own(_table, shops=lambda *_: false(), warehouses=here())

# Parcels under way, by the number that stands on them.
own(
    Track,
    shops=any_of(
        through(SHOPS, Shipment, "tracking_no", of="tracking_no"),
        through(SHOPS, Aftersale, "return_tracking_no", of="tracking_no"),
    ),
    warehouses=any_of(
        here(),
        through(WAREHOUSES, Shipment, "tracking_no", of="tracking_no"),
        through(WAREHOUSES, Aftersale, "return_tracking_no", of="tracking_no"),
    ),
)
own(Scan, shops=through(SHOPS, Track, "id", of="track_id"), warehouses=through(WAREHOUSES, Track, "id", of="track_id"))

# Money: books belong to the account of a shop, charges to the parcel they are for.
for _table in (StatementFile, Statement, Difference):
    own(_table, shops=_account)
own(StatementLine, shops=through(SHOPS, Statement, "id", of="statement_id"))
own(
    FreightLine,
    shops=through(SHOPS, Shipment, "tracking_no", of="tracking_no"),
    warehouses=through(WAREHOUSES, Shipment, "tracking_no", of="tracking_no"),
)
for _table, _key in ((FreightCheck, "line_id"), (FreightClaim, "line_id")):
    own(
        _table,
        shops=through(SHOPS, FreightLine, "id", of=_key),
        warehouses=through(WAREHOUSES, FreightLine, "id", of=_key),
    )
own(
    FreightCredit,
    shops=through(SHOPS, FreightClaim, "id", of="claim_id"),
    warehouses=through(WAREHOUSES, FreightClaim, "id", of="claim_id"),
)
own(
    FreightFile,
    shops=through(SHOPS, FreightLine, "file_id"),
    warehouses=through(WAREHOUSES, FreightLine, "file_id"),
)

# Work and what is told of it.
own(
    Anomaly,
    shops=_anomaly(SHOPS, unbound=False),
    warehouses=_anomaly(WAREHOUSES, unbound=True),
    given=_anomaly_given,
)
own(Task, shops=_task(SHOPS, unbound=False), warehouses=_task(WAREHOUSES, unbound=True), given=_task_given)
own(
    StaffNotice,
    shops=about(SHOPS, "anomaly", "task"),
    warehouses=about(WAREHOUSES, "anomaly", "task"),
    given=_told,
)
own(Ticket, shops=_ticket(SHOPS), warehouses=_ticket(WAREHOUSES), given=_ticket_given)
for _table in (TicketEntry, TicketHandOver):
    own(
        _table,
        shops=through(SHOPS, Ticket, "id", of="ticket_id"),
        warehouses=through(WAREHOUSES, Ticket, "id", of="ticket_id"),
    )
SUBJECTS.update(
    {
        "aftersale": Aftersale,
        "anomaly": Anomaly,
        "assignment_rule": AssignmentRule,
        "buyer_link": BuyerLink,
        "carrier_account": CarrierAccount,
        "carrier_service": CarrierService,
        CHANNEL_ITEM: ChannelItem,
        "delivery": Delivery,
        "difference": Difference,
        "freight_claim": FreightClaim,
        "freight_file": FreightFile,
        "notice_route": NoticeRoute,
        "order": Order,
        "payment": Payment,
        "purchase_order": PurchaseOrder,
        "replenishment_run": ReplenishmentRun,
        "restock": Restock,
        "shop": Shop,
        "statement": Statement,
        "statement_file": StatementFile,
        "task": Task,
        TICKET: Ticket,
        "track": Track,
        "unmatched_code": UnmatchedCode,
        "warehouse": Warehouse,
        "wave": Wave,
    }
)
own(Event, shops=about(SHOPS, unbound=True), warehouses=about(WAREHOUSES, unbound=True))
everybodys_subjects("of everybody's rows", "sku", "custom_field", "own_reason", "reason_word", "canned_reply")
everybodys_subjects("that a list was taken away", "freight", "interception", "settlement")
everybodys_subjects("how the hub works", "flow_version", "rule_version", "auto_refund", "escalation", "patience_rule")
everybodys_subjects("how the hub works", "merge_setting", "shipped_refusal", "service_contact", "mapping", "fee_rate")
everybodys_subjects("how the hub works", "retention", "promotion_day", "scorecard_terms", "forecast_run")
everybodys_subjects("no shop's alone", "supplier", "supply_upload", "advertising", "holiday", "weather")
everybodys_subjects("of somebody the hub writes to", "notifier_account", "robot", "tracker_account", "webhook")
everybodys_subjects("of the carriers", "freight_carrier", "scan_phrase")
everybodys_subjects("says only that something is to be looked at or has left", "staff", "report_schedule")

everybodys("goods are shared by all shops", "sku", "sku_part", "presale_pool")
everybodys("one setting of the whole hub", "auto_refund", "escalation_step", "flow_version", "merge_setting")
everybodys("one setting of the whole hub", "patience_rule", "rule_version", "service_contact", "shipped_refusal")
everybodys("one setting of the whole hub", "custom_field", "fee_rate", "freight_terms", "promotion_day", "retention")
everybodys("who sells to the merchant", "supplier", "supplier_sku", "supply_upload", "scorecard_terms")
everybodys("words and reasons are shared by all shops", "canned_reply", "own_reason", "reason_word", "scan_phrase")
everybodys("counts of a channel, without a shop's data", "mapping_trouble")
everybodys("accounts the whole hub sends through", "notifier_account", "robot", "tracker_account")
everybodys("who is told what, asked for by permission", "webhook", "report_schedule", "report_run")
everybodys(
    "how well the hub forecasts, and from what of no shop's", "forecast_run", "advertising_day", "holiday_override"
)
everybodys("colleagues", "presence", "staff_notice_read", "staff_notice_mark")
