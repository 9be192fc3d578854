"""What are the words of settlement called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.settlement import DifferenceCause, LineKind, StatementSource

Pair = tuple[str, str]

SETTLEMENT_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    StatementSource: {
        StatementSource.WECHAT_PAY: ("微信支付交易账单", "WeChat Pay trade bill"),
        StatementSource.WECHAT_FUNDS: ("微信支付资金账单", "WeChat Pay fund flow"),
        StatementSource.ALIPAY: ("支付宝账务明细", "Alipay ledger"),
        StatementSource.TAOBAO: ("淘宝/天猫账务明细", "Taobao settlement"),
        StatementSource.JD: ("京东日账单", "JD daily bill"),
        StatementSource.JD_WALLET: ("京东钱包", "JD wallet"),
        StatementSource.PINDUODUO: ("拼多多货款明细", "Pinduoduo settlement"),
        StatementSource.DOUYIN: ("抖店动账明细", "Douyin ledger"),
        StatementSource.DOUYIN_INSURANCE: ("抖店运费险", "Douyin freight insurance"),
        StatementSource.YOUZAN: ("有赞账单", "Youzan bill"),
    },
    LineKind: {
        LineKind.RECEIPT: ("收款", "Receipt"),
        LineKind.REFUND: ("退款", "Refund"),
        LineKind.FEE: ("费用", "Fee"),
        LineKind.WITHDRAWAL: ("提现", "Withdrawal"),
        LineKind.OTHER: ("其他", "Other"),
    },
    DifferenceCause: {
        DifferenceCause.MISSING_ORDER: ("有流水无订单", "No order for it"),
        DifferenceCause.MISSING_RECEIPT: ("账单缺流水", "Not in the bill"),
        DifferenceCause.AMOUNT: ("金额不一致", "Amount differs"),
        DifferenceCause.FEE: ("手续费不符", "Fee differs"),
        DifferenceCause.TIMING: ("跨日入账", "Another day"),
        DifferenceCause.DUPLICATE: ("重复流水", "Twice in the bill"),
    },
}
