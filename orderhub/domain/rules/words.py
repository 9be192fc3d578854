"""Which words are rules made of? The screens say them in both languages (ui/rule_names.py)."""

from enum import StrEnum


class ConditionKind(StrEnum):
    CHANNEL = "channel"
    SHOP = "shop"
    SKU = "sku"
    SKU_MATCHED = "sku_matched"
    TITLE = "title"
    QUANTITY = "quantity"
    LINE_COUNT = "line_count"
    AMOUNT = "amount"
    PAID_AMOUNT = "paid_amount"
    DISCOUNT = "discount"
    BUYER_REMARK = "buyer_remark"
    MEMO = "memo"
    FLAG = "flag"
    REGION = "region"
    WEIGHT = "weight"
    TIME_OF_DAY = "time_of_day"
    WEEKDAY = "weekday"
    BUYER_ORDERS = "buyer_orders"
    BUYER_SPENT = "buyer_spent"
    TAGS = "tags"
    HOLDS = "holds"
    STOCK = "stock"
    PRESALE = "presale"
    PROMISE = "promise"
    EXPRESSION = "expression"


class Operator(StrEnum):
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    STARTS_WITH = "starts_with"
    CONTAINS_ANY = "contains_any"
    CONTAINS_ALL = "contains_all"
    CONTAINS_NONE = "contains_none"
    ONLY_WORDS = "only_words"
    IS_EMPTY = "is_empty"
    IS_SET = "is_set"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EQUALS = "equals"
    BETWEEN = "between"
    IS_TRUE = "is_true"
    IS_FALSE = "is_false"
    HOLDS_TRUE = "holds_true"


class Match(StrEnum):
    ALL = "all"
    ANY = "any"


class ActionKind(StrEnum):
    TAG = "tag"
    HOLD = "hold"
    PRIORITY = "priority"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    GIFT = "gift"
    NOTE = "note"
    NOTIFY = "notify"
    RAISE = "raise"
    APPROVE = "approve"
    SAMPLE = "sample"
    STOP = "stop"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    TOP = "top"


class Stock(StrEnum):
    ENOUGH = "enough"
    SHORT = "short"
