"""What are the words of suppliers, purchases and replenishment called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.purchase_order import PurchaseStatus
from orderhub.domain.replenishment import LeftOut
from orderhub.domain.supply_drafts import Noted
from orderhub.insights.replenishment import LeadSource, Source
from orderhub.insights.scorecard import Part

Pair = tuple[str, str]

SUPPLIER_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    PurchaseStatus: {
        PurchaseStatus.DRAFT: ("草稿", "Draft"),
        PurchaseStatus.APPROVED: ("已批准", "Approved"),
        PurchaseStatus.ORDERED: ("已下单", "Placed"),
        PurchaseStatus.PARTLY_RECEIVED: ("部分到货", "Partly received"),
        PurchaseStatus.RECEIVED: ("已到齐", "Received"),
        PurchaseStatus.CANCELLED: ("已取消", "Cancelled"),
    },
    Part: {
        Part.ON_TIME: ("准时", "On time"),
        Part.COMPLETE: ("错发少发", "Wrong or missing"),
        Part.SOUND: ("次品", "Defects"),
        Part.PRICE: ("价格变动", "Price drift"),
    },
    LeftOut: {
        LeftOut.NONE: ("全部建议", "All of it"),
        LeftOut.NO_SUPPLIER: ("没有供应商", "No supplier"),
        LeftOut.NO_PRICE: ("没有进价", "No price"),
        LeftOut.OTHER_CURRENCY: ("外币报价", "Another currency"),
        LeftOut.BUDGET: ("超出预算", "Beyond the budget"),
    },
    Source: {
        Source.FORECAST: ("需求预测", "Forecast"),
        Source.RECENT: ("近 28 天出库均值（没有预测）", "Mean of the last 28 days (no forecast)"),
    },
    LeadSource: {
        LeadSource.RECEIPTS: ("按实际到货", "From receipts"),
        LeadSource.AGREED: ("按约定交期", "As agreed"),
        LeadSource.ASSUMED: ("默认值", "Assumed"),
    },
    Noted: {
        Noted.NO_PROMISE: ("没有承诺日：保留，不计准时也不计迟到", "No promise: kept, neither on time nor late"),
        Noted.NO_ORDER_DAY: ("没有下单日：保留，不算交期", "No day of order: kept, no lead time"),
        Noted.NOT_NEEDED: ("这一列用不到：行保留", "Not needed: the row is kept"),
        Noted.LEFT_OUT: ("读不出来：这一行不导入", "Cannot be read: the row is left out"),
        Noted.NOT_COUNTED: (
            "文件没有说是否有错发、次品：不算这两项",
            "Nothing is said of wrong or defective goods: no figure for them",
        ),
        Noted.PRICE_ROUNDED: ("价格按分四舍五入", "Prices rounded to hundredths"),
        Noted.NO_PRICE: ("没有价格：保留，不比价", "No price: kept, not compared"),
        Noted.NO_ORDERS: ("没有采购单的供应商：评分卡没有数字", "Suppliers without an order: cards without figures"),
    },
}
