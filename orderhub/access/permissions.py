"""What may be done, what is shown, and which of the six shipped roles may do and see it?"""

from enum import StrEnum

from orderhub.kernel.sight import FieldGroup


class Permission(StrEnum):
    """``<scope>:<thing>:<action>``; every door names the one it asks for."""

    BOARD_READ = "order:board:read"
    ORDER_READ = "order:card:read"
    ORDER_APPROVE = "order:review:approve"
    ORDER_CONFIRM = "order:review:confirm"
    ORDER_HOLD = "order:hold:change"
    ORDER_TAG = "order:tag:change"
    ORDER_REMARK = "order:remark:change"
    ORDER_SHIP = "order:shipping:change"
    ORDER_REVEAL = "order:receiver:reveal"
    ORDER_EXPORT = "order:list:export"
    ORDER_IMPORT = "order:file:import"
    WORKBENCH_READ = "task:workbench:read"
    TASK_CHANGE = "task:item:change"
    ANOMALY_READ = "anomaly:list:read"
    ANOMALY_RESOLVE = "anomaly:item:resolve"
    ANOMALY_ASSIGN = "anomaly:item:assign"
    ESCALATION_CHANGE = "anomaly:ladder:change"
    SHORTAGE_DECIDE = "order:shortage:change"
    STOCK_READ = "stock:level:read"
    STOCK_ADJUST = "stock:level:change"
    SKU_CHANGE = "stock:sku:change"
    FORECAST_READ = "stock:forecast:read"
    FORECAST_CHANGE = "stock:forecast:change"
    PRIVACY_READ = "privacy:log:read"
    PRIVACY_CHANGE = "privacy:rule:change"
    SYSTEM_READ = "system:queue:read"
    STRESS_READ = "system:stress:read"
    DEAD_LETTER_CHANGE = "system:dead_letter:change"
    SYNC_RUN = "system:sync:run"
    RUN_CHANGE = "system:run:change"
    PRESSURE_CHANGE = "system:pressure:change"
    CONTACT_CHANGE = "system:contact:change"
    OUTBOX_READ = "outbox:list:read"
    OUTBOX_CHANGE = "outbox:item:change"
    MAPPING_READ = "mapping:version:read"
    MAPPING_CHANGE = "mapping:version:change"
    RULE_READ = "rule:list:read"
    RULE_CHANGE = "rule:draft:change"
    RULE_APPROVE = "rule:version:approve"
    FLOW_READ = "flow:map:read"
    FLOW_CHANGE = "flow:map:change"
    SHOP_READ = "shop:list:read"
    SHOP_CONNECT = "shop:item:connect"
    CARRIER_CONNECT = "carrier:account:connect"
    NOTICE_READ = "notice:list:read"
    NOTICE_RETRY = "notice:item:retry"
    NOTICE_CHANGE = "notice:plan:change"
    NOTIFIER_CONNECT = "notice:account:connect"
    ROLLOUT_CHANGE = "shop:rollout:change"
    SUPPLIER_READ = "supplier:card:read"
    SUPPLIER_CHANGE = "supplier:card:change"
    PURCHASE_CHANGE = "supplier:purchase:change"
    PURCHASE_APPROVE = "supplier:purchase:approve"
    SETTLEMENT_READ = "settlement:day:read"
    SETTLEMENT_CHANGE = "settlement:day:change"
    AFTERSALE_READ = "aftersale:case:read"
    AFTERSALE_OPEN = "aftersale:case:open"
    AFTERSALE_ANSWER = "aftersale:case:answer"
    REFUND_REVIEW = "aftersale:refund:review"
    REFUND_RULE = "aftersale:rule:change"
    REASON_CHANGE = "aftersale:reason:change"
    RETURN_INSPECT = "aftersale:return:inspect"
    TICKET_READ = "service:ticket:read"
    TICKET_CHANGE = "service:ticket:change"
    ROBOT_CHANGE = "system:robot:change"
    WEBHOOK_CHANGE = "system:webhook:change"
    REPORT_READ = "report:page:read"
    REPORT_EXPORT = "report:file:export"
    REPORT_SCHEDULE = "report:schedule:change"
    PROMOTION_CHANGE = "report:promotion:change"
    AUDIT_READ = "audit:log:read"
    AUDIT_EXPORT = "audit:log:export"
    USER_ADMIN = "access:user:change"
    ROLE_CHANGE = "access:role:change"
    LEAVE_CHANGE = "access:leave:change"
    OWN_ACCOUNT = "access:own:change"
    API_ORDER_READ = "api:order:read"
    API_ORDER_WRITE = "api:order:write"
    API_SHIPMENT_READ = "api:shipment:read"
    API_SHIPMENT_WRITE = "api:shipment:write"
    API_STOCK_READ = "api:stock:read"
    API_STOCK_WRITE = "api:stock:write"
    API_AFTERSALE_READ = "api:aftersale:read"
    API_AFTERSALE_WRITE = "api:aftersale:write"
    API_ANOMALY_READ = "api:anomaly:read"
    API_ANOMALY_WRITE = "api:anomaly:write"
    API_REPORT_READ = "api:report:read"
    API_PURCHASE_READ = "api:purchase:read"
    API_PURCHASE_WRITE = "api:purchase:write"

    @property
    def is_for_programs(self) -> bool:
        """An API key may hold it."""
        return self.startswith("api:")

    @property
    def needs_proof(self) -> bool:
        """Whoever uses it has shown a second factor within the last minutes: what a stolen login must not do."""
        return self in _PROVED


class Role(StrEnum):
    """A kind of work: whose queue it is, who is at it. The six role sets that ship are called the same."""

    ADMIN = "admin"
    MANAGER = "manager"
    OPERATIONS = "operations"
    SERVICE = "service"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"


# Files with many orders, secrets of accounts outside, users and their rights, keys of programs, everybody's work.
_PROVED = frozenset(
    {
        Permission.ORDER_EXPORT,
        Permission.REPORT_EXPORT,
        Permission.REPORT_SCHEDULE,
        Permission.SHOP_CONNECT,
        Permission.CARRIER_CONNECT,
        Permission.NOTIFIER_CONNECT,
        Permission.ROBOT_CHANGE,
        Permission.WEBHOOK_CHANGE,
        Permission.USER_ADMIN,
        Permission.ROLE_CHANGE,
        Permission.ORDER_REVEAL,
        Permission.PRIVACY_CHANGE,
        Permission.PRESSURE_CHANGE,
    }
)

_EVERYBODY = frozenset(
    {
        Permission.BOARD_READ,
        Permission.ORDER_READ,
        Permission.WORKBENCH_READ,
        Permission.TASK_CHANGE,
        Permission.ANOMALY_READ,
        Permission.AFTERSALE_READ,
        Permission.STOCK_READ,
        Permission.OWN_ACCOUNT,
    }
)
_ORDER_WORK = frozenset({Permission.ORDER_HOLD, Permission.ORDER_TAG, Permission.ORDER_REMARK})

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MANAGER: frozenset(Permission)
    - {
        Permission.USER_ADMIN,
        Permission.ROLE_CHANGE,
        Permission.SHOP_CONNECT,
        Permission.CARRIER_CONNECT,
        Permission.NOTIFIER_CONNECT,
        Permission.ROLLOUT_CHANGE,
        Permission.PRIVACY_CHANGE,
    },
    Role.OPERATIONS: _EVERYBODY
    | _ORDER_WORK
    | {
        Permission.ORDER_APPROVE,
        Permission.ORDER_SHIP,
        Permission.SHORTAGE_DECIDE,
        Permission.ORDER_EXPORT,
        Permission.ORDER_IMPORT,
        Permission.ORDER_REVEAL,
        Permission.ANOMALY_RESOLVE,
        Permission.ANOMALY_ASSIGN,
        Permission.STOCK_ADJUST,
        Permission.SKU_CHANGE,
        Permission.SUPPLIER_READ,
        Permission.SUPPLIER_CHANGE,
        Permission.PURCHASE_CHANGE,
        Permission.FORECAST_READ,
        Permission.FORECAST_CHANGE,
        Permission.SYSTEM_READ,
        Permission.DEAD_LETTER_CHANGE,
        Permission.SYNC_RUN,
        Permission.RUN_CHANGE,
        Permission.CONTACT_CHANGE,
        Permission.OUTBOX_READ,
        Permission.OUTBOX_CHANGE,
        Permission.MAPPING_READ,
        Permission.MAPPING_CHANGE,
        Permission.SHOP_READ,
        Permission.ROLLOUT_CHANGE,
        Permission.NOTICE_READ,
        Permission.NOTICE_RETRY,
        Permission.NOTICE_CHANGE,
        Permission.RULE_READ,
        Permission.RULE_CHANGE,
        Permission.RULE_APPROVE,
        Permission.FLOW_READ,
        Permission.FLOW_CHANGE,
        Permission.AFTERSALE_OPEN,
        Permission.AFTERSALE_ANSWER,
        Permission.REASON_CHANGE,
        Permission.TICKET_READ,
        Permission.TICKET_CHANGE,
        Permission.REPORT_READ,
        Permission.REPORT_EXPORT,
        Permission.REPORT_SCHEDULE,
        Permission.PROMOTION_CHANGE,
    },
    # Customer service answers a buyer; whether money goes back is finance's to say.
    Role.SERVICE: _EVERYBODY
    | _ORDER_WORK
    | {
        Permission.ANOMALY_RESOLVE,
        Permission.ANOMALY_ASSIGN,
        Permission.NOTICE_READ,
        Permission.NOTICE_RETRY,
        Permission.SHORTAGE_DECIDE,
        Permission.ORDER_REVEAL,
        Permission.AFTERSALE_OPEN,
        Permission.AFTERSALE_ANSWER,
        Permission.REASON_CHANGE,
        Permission.TICKET_READ,
        Permission.TICKET_CHANGE,
        Permission.REPORT_READ,
    },
    # Of an order the warehouse changes the shipping state, and nothing else; it counts what suppliers bring.
    Role.WAREHOUSE: _EVERYBODY
    | {
        Permission.SUPPLIER_READ,
        Permission.ORDER_SHIP,
        Permission.OUTBOX_READ,
        Permission.ANOMALY_RESOLVE,
        Permission.ANOMALY_ASSIGN,
        Permission.STOCK_ADJUST,
        Permission.FORECAST_READ,
        Permission.RETURN_INSPECT,
    },
    # Of two people who let an order about money pass, finance may be the second.
    Role.FINANCE: _EVERYBODY
    | {
        Permission.ORDER_REMARK,
        Permission.ORDER_CONFIRM,
        Permission.ORDER_EXPORT,
        Permission.ANOMALY_RESOLVE,
        Permission.ANOMALY_ASSIGN,
        Permission.SUPPLIER_READ,
        Permission.PURCHASE_APPROVE,
        Permission.SETTLEMENT_READ,
        Permission.SETTLEMENT_CHANGE,
        Permission.REFUND_REVIEW,
        Permission.REFUND_RULE,
        Permission.REPORT_READ,
        Permission.REPORT_EXPORT,
        Permission.REPORT_SCHEDULE,
    },
}

ROLE_FIELDS: dict[Role, frozenset[FieldGroup]] = {
    Role.ADMIN: frozenset(FieldGroup),
    Role.MANAGER: frozenset(FieldGroup),
    Role.OPERATIONS: frozenset(FieldGroup) - {FieldGroup.SETTLEMENT},
    Role.SERVICE: frozenset({FieldGroup.MONEY, FieldGroup.BUYER, FieldGroup.RECEIVER}),
    Role.WAREHOUSE: frozenset({FieldGroup.BUYER, FieldGroup.RECEIVER}),
    Role.FINANCE: frozenset({FieldGroup.MONEY, FieldGroup.COST, FieldGroup.SETTLEMENT}),
}
