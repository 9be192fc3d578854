"""How are the words of rules said? Code word → (Chinese, English); ``text.py`` has those of everything else."""

from enum import StrEnum
from typing import Any

from orderhub.domain.rules.versions import VersionState
from orderhub.domain.rules.words import ActionKind, ConditionKind, Match, Operator, Priority, Stock

RULE_NAMES: dict[type[StrEnum], dict[Any, tuple[str, str]]] = {
    ConditionKind: {
        ConditionKind.CHANNEL: ("渠道", "Channel"),
        ConditionKind.SHOP: ("店铺", "Shop"),
        ConditionKind.SKU: ("SKU", "SKU"),
        ConditionKind.SKU_MATCHED: ("商品匹配", "SKUs matched"),
        ConditionKind.TITLE: ("商品标题", "Goods title"),
        ConditionKind.QUANTITY: ("件数", "Pieces"),
        ConditionKind.LINE_COUNT: ("商品种数", "Order lines"),
        ConditionKind.AMOUNT: ("订单金额", "Order total"),
        ConditionKind.PAID_AMOUNT: ("实付金额", "Amount paid"),
        ConditionKind.DISCOUNT: ("优惠金额", "Discount"),
        ConditionKind.BUYER_REMARK: ("买家备注", "Buyer's remark"),
        ConditionKind.MEMO: ("渠道备注", "Channel memo"),
        ConditionKind.FLAG: ("渠道旗标", "Channel flag"),
        ConditionKind.REGION: ("收货地区", "Region"),
        ConditionKind.WEIGHT: ("重量（克）", "Weight (g)"),
        ConditionKind.TIME_OF_DAY: ("下单时刻", "Time of day"),
        ConditionKind.WEEKDAY: ("下单星期", "Weekday"),
        ConditionKind.BUYER_ORDERS: ("买家历史单数", "Buyer's earlier orders"),
        ConditionKind.BUYER_SPENT: ("买家历史消费", "Buyer's earlier spending"),
        ConditionKind.TAGS: ("标签", "Tags"),
        ConditionKind.HOLDS: ("挂起", "Holds"),
        ConditionKind.STOCK: ("库存", "Stock"),
        ConditionKind.PRESALE: ("预售", "Presale"),
        ConditionKind.PROMISE: ("距发货时限（小时）", "Hours to ship-by"),
        ConditionKind.EXPRESSION: ("表达式", "Expression"),
    },
    Operator: {
        Operator.ANY_OF: ("属于", "is one of"),
        Operator.NONE_OF: ("不属于", "is none of"),
        Operator.STARTS_WITH: ("开头是", "starts with"),
        Operator.CONTAINS_ANY: ("含任一词", "contains any of"),
        Operator.CONTAINS_ALL: ("含全部词", "contains all of"),
        Operator.CONTAINS_NONE: ("不含词", "contains none of"),
        Operator.ONLY_WORDS: ("只含词", "has only"),
        Operator.IS_EMPTY: ("为空", "is empty"),
        Operator.IS_SET: ("不为空", "is not empty"),
        Operator.AT_LEAST: ("不小于", "is at least"),
        Operator.AT_MOST: ("不大于", "is at most"),
        Operator.EQUALS: ("等于", "equals"),
        Operator.BETWEEN: ("介于", "is between"),
        Operator.IS_TRUE: ("是", "is true"),
        Operator.IS_FALSE: ("否", "is false"),
        Operator.HOLDS_TRUE: ("成立", "holds"),
    },
    Match: {
        Match.ALL: ("全部满足", "All hold"),
        Match.ANY: ("任一满足", "Any holds"),
    },
    ActionKind: {
        ActionKind.TAG: ("加标签", "Add tag"),
        ActionKind.HOLD: ("挂起", "Hold"),
        ActionKind.PRIORITY: ("优先级", "Priority"),
        ActionKind.WAREHOUSE: ("指定仓库", "Warehouse"),
        ActionKind.CARRIER: ("指定快递", "Carrier"),
        ActionKind.GIFT: ("加赠品", "Add gift"),
        ActionKind.NOTE: ("加备注", "Add note"),
        ActionKind.NOTIFY: ("通知", "Notify"),
        ActionKind.RAISE: ("报异常", "Raise anomaly"),
        ActionKind.APPROVE: ("审核通过", "Approve"),
        ActionKind.SAMPLE: ("抽检（每 N 单 1 单）", "Sample 1 in N"),
        ActionKind.STOP: ("停止后续规则", "Stop here"),
    },
    Priority: {
        Priority.LOW: ("低", "Low"),
        Priority.NORMAL: ("普通", "Normal"),
        Priority.HIGH: ("高", "High"),
        Priority.TOP: ("最高", "Top"),
    },
    Stock: {
        Stock.ENOUGH: ("足够", "Enough"),
        Stock.SHORT: ("不足", "Short"),
    },
    VersionState: {
        VersionState.DRAFT: ("草稿", "Draft"),
        VersionState.SUBMITTED: ("待审批", "Waits for approval"),
        VersionState.APPROVED: ("已审批", "Approved"),
        VersionState.LIVE: ("线上", "Live"),
        VersionState.RETIRED: ("已下线", "Retired"),
        VersionState.DISCARDED: ("已放弃", "Discarded"),
    },
}

WEEKDAYS = {
    "1": ("周一", "Mon"),
    "2": ("周二", "Tue"),
    "3": ("周三", "Wed"),
    "4": ("周四", "Thu"),
    "5": ("周五", "Fri"),
    "6": ("周六", "Sat"),
    "7": ("周日", "Sun"),
}
