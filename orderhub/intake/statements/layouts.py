"""Where in a bill stands what? By the names of its header; the layouts themselves are told apart in ``intake/files``.

Source: header lines of merchants' exports 2012–2026 (``tests/intake/files/headers.json``), read 2026-11.
"""

import re
from dataclasses import dataclass

from orderhub.domain.settlement import LineKind, StatementSource


@dataclass(frozen=True)
class StatementLayout:
    """Names of columns, the best first. Money stands in ``income`` and ``outgo``, or in ``amount`` with ``direction``.

    Where ``gross`` is filled, it is what the buyer paid, and ``amount`` what is left of it after ``fees``.
    """

    source: StatementSource
    order_no: str
    moved_at: str
    words: str
    entry_no: str = ""
    income: str = ""
    outgo: str = ""
    amount: str = ""
    direction: str = ""
    gross: str = ""
    fees: str = ""


BILL = "wechatpay_bill"
LAYOUTS: dict[str, StatementLayout] = {
    "alipay_ledger": StatementLayout(
        StatementSource.ALIPAY,
        order_no="商户订单号",
        moved_at="发生时间",
        words="业务类型",
        entry_no="账务流水号",
        income="收入金额(+元)",
        outgo="支出金额(-元)",
    ),
    "taobao_settlement": StatementLayout(
        StatementSource.TAOBAO,
        order_no="商户订单号",
        moved_at="入账时间",
        words="业务类型",
        entry_no="业务流水号",
        income="收入(+元)",
        outgo="支出(-元)",
    ),
    "jd_daily_bill": StatementLayout(
        StatementSource.JD,
        order_no="订单编号",
        moved_at="费用结算时间 费用计费时间 费用发生时间",
        words="费用项",
        entry_no="单据编号 商品编号",
        amount="金额",
        direction="收支方向",
    ),
    "jd_wallet": StatementLayout(
        StatementSource.JD_WALLET,
        order_no="商户订单号",
        moved_at="日期",
        words="交易备注",
        income="收入金额(元)",
        outgo="支出金额(元)",
    ),
    "pinduoduo_bill": StatementLayout(
        StatementSource.PINDUODUO,
        order_no="商户订单号",
        moved_at="发生时间",
        words="账务类型 业务描述",
        income="收入金额(+元)",
        outgo="支出金额(-元)",
    ),
    "douyin_ledger": StatementLayout(
        StatementSource.DOUYIN,
        order_no="订单号",
        moved_at="动账时间",
        words="动账场景",
        entry_no="动帐流水号",
        amount="动账金额",
        direction="动账方向",
        gross="订单实付应结",
        fees="平台服务费 佣金 服务商佣金 渠道分成 招商服务费 站外推广费 其他分成",
    ),
    "douyin_freight_insurance": StatementLayout(
        StatementSource.DOUYIN_INSURANCE,
        order_no="订单编号",
        moved_at="动账时间 承保时间",
        words="保险名称",
        entry_no="动账流水号",
        outgo="支付保费",
    ),
    "wechatpay_fundflow": StatementLayout(
        StatementSource.WECHAT_FUNDS,
        order_no="业务凭证号",
        moved_at="记账时间",
        words="业务名称",
        entry_no="资金流水单号",
        amount="收支金额(元)",
        direction="收支类型",
    ),
    "youzan_bill": StatementLayout(
        StatementSource.YOUZAN,
        order_no="关联单号 业务单号",
        moved_at="入账时间",
        words="类型",
        entry_no="支付流水号",
        income="收入(元)",
        outgo="支出(元)",
    ),
}

_WITHDRAWAL = re.compile("提现|转账|转出|充值|结算到")
_REFUND = re.compile("退款|退货|退回货款")
_FEE = re.compile("收费|手续费|服务费|佣金|技术|软件|扣点|扣费|保费|运费险|保险|推广|违约|赔付|罚")
_RECEIPT = re.compile("交易|支付|货款|收款|订单|结算|收入|在线|消费|销售")
_OUT = re.compile("支出|出账|应付|转出|扣款|借")


def kind_of(word: str, fen: int) -> LineKind:
    """What a movement is by the source's own word and by where the money went."""
    if _FEE.search(word):
        return LineKind.FEE
    if _WITHDRAWAL.search(word):
        return LineKind.WITHDRAWAL
    if _REFUND.search(word):
        return LineKind.REFUND if fen <= 0 else LineKind.OTHER
    if fen > 0 and _RECEIPT.search(word):
        return LineKind.RECEIPT
    return LineKind.OTHER


def is_out(direction: str) -> bool:
    return bool(_OUT.search(direction))
