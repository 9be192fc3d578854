"""What does each permission let somebody do, and what does each group of fields show? Names and explanations."""

from orderhub.access.permissions import Permission
from orderhub.kernel.sight import FieldGroup

Pair = tuple[str, str]

# The first word of a permission, in the order of the page.
SCOPES: dict[str, Pair] = {
    "order": ("订单", "Orders"),
    "task": ("工作台与待办", "Workbench and tasks"),
    "anomaly": ("异常", "Anomalies"),
    "aftersale": ("售后", "After-sales"),
    "service": ("客服", "Customer service"),
    "stock": ("库存", "Stock"),
    "outbox": ("回传", "Uploads"),
    "notice": ("通知", "Notices"),
    "supplier": ("供应商与采购", "Suppliers and purchasing"),
    "settlement": ("对账", "Settlement"),
    "rule": ("规则", "Rules"),
    "mapping": ("字段映射", "Field mapping"),
    "flow": ("流程图", "Flow map"),
    "shop": ("店铺", "Shops"),
    "carrier": ("快递", "Carriers"),
    "system": ("系统", "System"),
    "access": ("用户与权限", "Users and rights"),
    "report": ("报表", "Reports"),
    "privacy": ("隐私", "Privacy"),
    "audit": ("审计", "Audit"),
    "api": ("程序接口", "Programs"),
}

_TO_A_KEY: Pair = ("可给密钥的权限", "May be given to a key")

# Name and explanation.
PERMISSIONS: dict[Permission, tuple[Pair, Pair]] = {
    Permission.BOARD_READ: (
        ("看订单列表", "See the order list"),
        ("订单、审单两页及其筛选与计数", "Orders and review, with filters and counts"),
    ),
    Permission.ORDER_READ: (
        ("看订单详情", "See an order"),
        ("打开订单卡片与时间线", "Open an order's card and timeline"),
    ),
    Permission.ORDER_APPROVE: (
        ("审核通过", "Approve orders"),
        ("让待审核的订单进入配货", "Let orders that wait for review go on"),
    ),
    Permission.ORDER_CONFIRM: (
        ("复核金额", "Confirm as second"),
        ("金额异常的订单由第二人确认", "Be the second of two on orders about money"),
    ),
    Permission.ORDER_HOLD: (("挂起与放行", "Hold and release"), ("让订单停下或继续", "Stop an order, or let it go on")),
    Permission.ORDER_TAG: (("改标签", "Change tags"), ("给订单打标、去标", "Tag and untag orders")),
    Permission.ORDER_REMARK: (
        ("写内部备注", "Write remarks"),
        ("只在中台可见的备注", "Remarks that only the hub shows"),
    ),
    Permission.ORDER_SHIP: (
        ("打包发货", "Pack and ship"),
        ("面单、打包、波次与发货", "Waybills, packing, waves and dispatch"),
    ),
    Permission.ORDER_EXPORT: (
        ("导出订单", "Export orders"),
        ("把订单列表下载成文件", "Download the order list as a file"),
    ),
    Permission.ORDER_IMPORT: (("导入订单", "Import orders"), ("用文件带入订单", "Bring orders in by file")),
    Permission.SHORTAGE_DECIDE: (
        ("决定缺货订单", "Decide on short goods"),
        ("等货、换货、拆单或取消", "Wait, replace, split or cancel"),
    ),
    Permission.WORKBENCH_READ: (
        ("看工作台", "See the workbench"),
        ("今日数字与自己的待办", "Figures of today and one's own tasks"),
    ),
    Permission.TASK_CHANGE: (
        ("处理待办", "Work on tasks"),
        ("认领、转派、完成待办", "Take, hand over and close tasks"),
    ),
    Permission.ANOMALY_READ: (
        ("看异常", "See anomalies"),
        ("异常列表、闭环数字及下载", "The list, the closed loop's figures and their download"),
    ),
    Permission.ANOMALY_RESOLVE: (("解决异常", "Resolve anomalies"), ("写明原因后结案", "Close one with a reason")),
    Permission.ANOMALY_ASSIGN: (
        ("认领与转派异常", "Assign anomalies"),
        ("自己接手或交给别人", "Take one, or hand it over"),
    ),
    Permission.ESCALATION_CHANGE: (
        ("改升级规则", "Change escalation"),
        ("超时后通知谁", "Who is told when time is up"),
    ),
    Permission.AFTERSALE_READ: (("看售后单", "See after-sales"), ("售后与拦截两页", "After-sales and interceptions")),
    Permission.AFTERSALE_OPEN: (("开售后单", "Open a case"), ("代买家登记售后", "Record a case for a buyer")),
    Permission.AFTERSALE_ANSWER: (
        ("答复售后", "Answer a case"),
        ("同意、拒绝、补发、换货", "Agree, refuse, resend, exchange"),
    ),
    Permission.REFUND_REVIEW: (("审退款", "Review refunds"), ("决定钱退不退", "Say whether money goes back")),
    Permission.REFUND_RULE: (
        ("改退款规则", "Change refund rules"),
        ("自动退款的上限与条件", "Limits and conditions of refunds by themselves"),
    ),
    Permission.REASON_CHANGE: (("改退款原因", "Change refund reasons"), ("自己的原因清单", "The merchant's own list")),
    Permission.RETURN_INSPECT: (
        ("验退货", "Inspect returns"),
        ("收退件、拍照、定去向", "Receive, photograph, say where it goes"),
    ),
    Permission.TICKET_READ: (
        ("看客服工单", "See tickets"),
        ("工单队列与买家全貌", "The queue, and the buyer's whole picture"),
    ),
    Permission.TICKET_CHANGE: (
        ("处理工单", "Work on tickets"),
        ("接单、回复、转派、关闭", "Take, answer, hand over, close"),
    ),
    Permission.STOCK_READ: (
        ("看库存", "See stock"),
        ("各仓实物、占用、可用", "On hand, reserved and available by warehouse"),
    ),
    Permission.STOCK_ADJUST: (("调库存", "Adjust stock"), ("盘点、入库、改数", "Count, receive, correct")),
    Permission.SKU_CHANGE: (
        ("改商品资料", "Change SKUs"),
        ("商品、仓库、渠道库存分配", "SKUs, warehouses, shares of channels"),
    ),
    Permission.OUTBOX_READ: (
        ("看回传", "See uploads"),
        ("发货、退款等回传的状态", "What was told to channels, and what was not"),
    ),
    Permission.OUTBOX_CHANGE: (("处理回传", "Work on uploads"), ("重发、放弃", "Send again, give up")),
    Permission.NOTICE_READ: (("看买家通知", "See notices"), ("通知记录与状态", "Notices to buyers and their state")),
    Permission.NOTICE_RETRY: (("重发通知", "Send notices again"), ("重发失败的通知", "Those that failed")),
    Permission.NOTICE_CHANGE: (
        ("改通知计划", "Change notices"),
        ("何时通知买家、怎么说", "When buyers are told, and how"),
    ),
    Permission.NOTIFIER_CONNECT: (
        ("接通知账号", "Connect notifiers"),
        ("短信、小程序的密钥", "Keys of SMS and mini-program accounts"),
    ),
    Permission.SUPPLIER_READ: (
        ("看供应商与采购", "See suppliers and purchases"),
        ("评分卡、采购单、备货建议及下载", "Scorecards, purchase orders, what to buy, and their download"),
    ),
    Permission.SUPPLIER_CHANGE: (
        ("改供应商", "Change suppliers"),
        ("供应商资料、供货、联系方式、评分权重", "Suppliers, what they sell, contacts, weights of the scorecard"),
    ),
    Permission.PURCHASE_CHANGE: (
        ("写采购单", "Write purchase orders"),
        ("草稿、下单、导入历史、备货建议转采购", "Drafts, placing, past orders, drafts from what to buy"),
    ),
    Permission.PURCHASE_APPROVE: (
        ("批准采购", "Approve purchases"),
        ("让采购单可以下单", "Let a purchase order be placed"),
    ),
    Permission.SETTLEMENT_READ: (
        ("看对账", "See settlement"),
        ("账单、差异、运费账及下载", "Bills, differences, freight, and their download"),
    ),
    Permission.SETTLEMENT_CHANGE: (
        ("处理对账", "Work on settlement"),
        ("上传账单、结差异", "Upload bills, settle differences"),
    ),
    Permission.RULE_READ: (("看规则", "See rules"), ("规则、分派与试算", "Rules, assignment and dry runs")),
    Permission.RULE_CHANGE: (("写规则", "Write rules"), ("改草稿与分派规则", "Drafts, and rules of assignment")),
    Permission.RULE_APPROVE: (
        ("规则上线", "Put rules live"),
        ("审批并启用规则版本", "Approve a version and make it live"),
    ),
    Permission.MAPPING_READ: (("看字段映射", "See mappings"), ("映射版本与来源字段", "Versions and source fields")),
    Permission.MAPPING_CHANGE: (("改字段映射", "Change mappings"), ("写、试、启用映射", "Write, try and use mappings")),
    Permission.FLOW_READ: (
        ("看流程图", "See the flow map"),
        ("订单各阶段与时限", "Stages of an order and their times"),
    ),
    Permission.FLOW_CHANGE: (
        ("改流程图", "Change the flow map"),
        ("阶段允许什么、给谁、多久", "What a stage allows, whose it is, how long"),
    ),
    Permission.SHOP_READ: (("看店铺", "See shops"), ("店铺与同步状态", "Shops and how they sync")),
    Permission.SHOP_CONNECT: (("接店铺", "Connect shops"), ("店铺授权与密钥", "Authorise shops, with their keys")),
    Permission.ROLLOUT_CHANGE: (
        ("改灰度", "Change rollout"),
        ("一家店由中台处理多少", "How much of a shop the hub handles"),
    ),
    Permission.CARRIER_CONNECT: (
        ("接快递账号", "Connect carriers"),
        ("面单与物流查询的密钥", "Keys for waybills and tracking"),
    ),
    Permission.FORECAST_READ: (
        ("看需求预测", "See forecasts"),
        ("每个商品、每个区域的预测、回测与下载", "Demand by SKU and region, the back-test, downloads"),
    ),
    Permission.FORECAST_CHANGE: (
        ("做需求预测", "Make forecasts"),
        ("立即预测、取消，上传广告费、节假日、天气", "Forecast now, cancel; upload advertising, holidays, weather"),
    ),
    Permission.SYSTEM_READ: (
        ("看系统状态", "See the system"),
        ("队列、任务、监控、核单", "Queues, jobs, monitoring, the ledger"),
    ),
    Permission.STRESS_READ: (
        ("看压测报告", "See load tests"),
        ("压测报告的列表、内容与下载", "Reports of the load simulator, opened and downloaded"),
    ),
    Permission.DEAD_LETTER_CHANGE: (
        ("处理死信", "Work on dead letters"),
        ("重放或丢弃失败的消息", "Replay or discard failed messages"),
    ),
    Permission.SYNC_RUN: (("立即同步", "Sync now"), ("手动拉一次店铺", "Pull a shop by hand")),
    Permission.RUN_CHANGE: (("处理自动流程", "Work on workflows"), ("重跑失败的流程", "Run failed ones again")),
    Permission.PRESSURE_CHANGE: (
        ("设置压力等级", "Set the pressure level"),
        ("手动限流或只读,改暂停清单", "Throttle or make read-only by hand, and what waits then"),
    ),
    Permission.CONTACT_CHANGE: (
        ("改客服联系方式", "Change the contact"),
        ("买家物流页上的电话", "What the buyer's tracking page says"),
    ),
    Permission.ROBOT_CHANGE: (
        ("改群机器人", "Change robots"),
        ("机器人密钥与发送规则", "Keys of chats, and what they are told"),
    ),
    Permission.WEBHOOK_CHANGE: (
        ("改程序推送", "Change webhooks"),
        ("地址、事件、密钥与重发", "Addresses, events, secrets, sending again"),
    ),
    Permission.REPORT_READ: (
        ("看报表", "See reports"),
        ("趋势、漏斗、时效、异常、客服负荷、退换货原因", "Trend, funnel, timeliness, anomalies, service load, returns"),
    ),
    Permission.REPORT_EXPORT: (
        ("导出报表", "Export reports"),
        ("报表及其背后的订单下载成文件", "Reports, and the orders behind them, as files"),
    ),
    Permission.REPORT_SCHEDULE: (
        ("定时发送报表", "Send reports by schedule"),
        ("按自己所见定时发到邮箱或群聊", "By mail or into a chat, as one sees them oneself"),
    ),
    Permission.PROMOTION_CHANGE: (
        ("改大促日", "Change promotion days"),
        ("趋势图上标出的大促日", "The days that the trend marks"),
    ),
    Permission.USER_ADMIN: (
        ("管理用户", "Change users"),
        ("新增、停用、分配角色与店铺、密钥、复核", "Add, close, give roles and shops, keys, review"),
    ),
    Permission.ORDER_REVEAL: (
        ("查看收件人明文", "Reveal a receiver"),
        ("一次一单,要写原因,计入当日额度", "One order at a time, with a reason, against a daily quota"),
    ),
    Permission.PRIVACY_READ: (
        ("看隐私设置", "See privacy"),
        ("保留天数、查看记录", "How long buyers are kept, and who looked at whom"),
    ),
    Permission.PRIVACY_CHANGE: (
        ("改隐私设置", "Change privacy"),
        ("改保留天数与额度,应买家要求清除", "Retention, quota, erasure at a buyer's wish"),
    ),
    Permission.AUDIT_READ: (
        ("看审计记录", "See the audit"),
        ("谁在何处改了什么、看了什么", "Who changed or looked at what, and from where"),
    ),
    Permission.AUDIT_EXPORT: (
        ("导出审计记录", "Export the audit"),
        ("下载为 CSV 或 XLSX", "As CSV or XLSX"),
    ),
    Permission.ROLE_CHANGE: (("管理角色", "Change roles"), ("改角色能做什么、能看什么", "What roles may do and see")),
    Permission.LEAVE_CHANGE: (("改请假", "Change leave"), ("谁在岗、谁请假", "Who is at work, who is on leave")),
    Permission.OWN_ACCOUNT: (
        ("自己的账户", "One's own account"),
        ("登录、改密码；每个角色都有", "Sign in, change the password; every role has it"),
    ),
    Permission.API_ORDER_READ: (("程序读订单", "Programs read orders"), _TO_A_KEY),
    Permission.API_ORDER_WRITE: (("程序写订单", "Programs post orders"), _TO_A_KEY),
    Permission.API_SHIPMENT_READ: (("程序读包裹", "Programs read parcels"), _TO_A_KEY),
    Permission.API_SHIPMENT_WRITE: (("程序发货", "Programs ship"), _TO_A_KEY),
    Permission.API_STOCK_READ: (("程序读库存", "Programs read stock"), _TO_A_KEY),
    Permission.API_STOCK_WRITE: (("程序改库存", "Programs change stock"), _TO_A_KEY),
    Permission.API_AFTERSALE_READ: (("程序读售后", "Programs read after-sales"), _TO_A_KEY),
    Permission.API_AFTERSALE_WRITE: (("程序答复售后", "Programs answer after-sales"), _TO_A_KEY),
    Permission.API_ANOMALY_READ: (("程序读异常", "Programs read anomalies"), _TO_A_KEY),
    Permission.API_ANOMALY_WRITE: (("程序结异常", "Programs resolve anomalies"), _TO_A_KEY),
    Permission.API_REPORT_READ: (("程序读报表", "Programs read reports"), _TO_A_KEY),
    Permission.API_PURCHASE_READ: (("程序读采购", "Programs read purchases"), _TO_A_KEY),
    Permission.API_PURCHASE_WRITE: (("程序写采购草稿", "Programs draft purchases"), _TO_A_KEY),
}

FIELDS: dict[FieldGroup, tuple[Pair, Pair]] = {
    FieldGroup.MONEY: (
        ("金额", "Money"),
        ("售价、实付、优惠、退款、风险金额", "Prices, totals, discounts, refunds, money at risk"),
    ),
    FieldGroup.COST: (("成本", "Cost"), ("商品与运费成本", "What goods and freight cost")),
    FieldGroup.SETTLEMENT: (("结算", "Settlement"), ("平台扣费、到账、差异", "Fees, income, differences")),
    FieldGroup.BUYER: (("买家", "Buyer"), ("打码的昵称与留言", "The masked name and the buyer's words")),
    FieldGroup.RECEIVER: (("收件人", "Receiver"), ("打码的姓名、电话、地址", "Masked name, telephone and address")),
}

# Whoever holds one of them can reach further: said before it is given.
FAR_REACHING = frozenset(
    {
        Permission.USER_ADMIN,
        Permission.ROLE_CHANGE,
        Permission.SHOP_CONNECT,
        Permission.CARRIER_CONNECT,
        Permission.NOTIFIER_CONNECT,
        Permission.ROBOT_CHANGE,
        Permission.WEBHOOK_CHANGE,
        Permission.RULE_APPROVE,
        Permission.PURCHASE_APPROVE,
        Permission.REFUND_REVIEW,
        Permission.REFUND_RULE,
        Permission.ORDER_EXPORT,
        Permission.REPORT_EXPORT,
        Permission.ORDER_REVEAL,
        Permission.PRIVACY_CHANGE,
        Permission.AUDIT_EXPORT,
    }
)


def scope_of(permission: Permission) -> str:
    return permission.partition(":")[0]


NAMES: dict[str, Pair] = {str(word): pair for word, (pair, _) in (*PERMISSIONS.items(), *FIELDS.items())}


def right_text(lang: str, word: str) -> str:
    """The name of a permission or a group of fields; the word itself where this version knows none."""
    return NAMES[word][lang == "en"] if word in NAMES else word
