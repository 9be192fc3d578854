"""What do the platforms' export files call the states of an order? Each word with ours; ``closed`` asks for the money.

A word that is not here is never guessed: the order comes in as unknown, and an anomaly names the word.
Source: words seen in real exports, and platforms' help pages; read 2026-11.
"""

from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus

CLOSED = "closed"  # unpaid, or the money went back: whether it was ever paid says which
_S = ChannelStatus

TAOBAO: dict[str, str] = {
    "等待买家付款": _S.UNPAID,
    "买家已付款，等待卖家发货": _S.PAID,
    "卖家部分发货": _S.PARTLY_SHIPPED,
    "卖家已发货，等待买家确认": _S.SHIPPED,
    "交易成功": _S.COMPLETED,
    "交易关闭": CLOSED,
}
JD: dict[str, str] = {
    "未付款": _S.UNPAID,
    "等待付款": _S.UNPAID,
    "等待出库": _S.PAID,
    "等待确认收货": _S.SHIPPED,
    "完成": _S.COMPLETED,
    "取消": CLOSED,
    "父单取消": CLOSED,
    "(删除)等待出库": CLOSED,
    "(删除)等待付款": CLOSED,
}
PINDUODUO: dict[str, str] = {
    "待付款": _S.UNPAID,
    "待支付": _S.UNPAID,
    "待发货": _S.PAID,
    "已发货，待收货": _S.SHIPPED,
    "已收货": _S.COMPLETED,
    "已取消": CLOSED,
    "已退款": _S.CLOSED_REFUNDED,
    "未发货，退款成功": _S.CLOSED_REFUNDED,
    "已发货，退款成功": _S.CLOSED_REFUNDED,
    "已收货，退款成功": _S.CLOSED_REFUNDED,
}
DOUYIN: dict[str, str] = {
    "待支付": _S.UNPAID,
    "备货中": _S.PAID,
    "待发货": _S.PAID,
    "部分发货": _S.PARTLY_SHIPPED,
    "已发货": _S.SHIPPED,
    "已完成": _S.COMPLETED,
    "已关闭": CLOSED,
}
# WeChat's shops and Xiaohongshu.
OTHERS: dict[str, str] = {
    "待付款": _S.UNPAID,
    "已下单待付款": _S.UNPAID,
    "已支付处理中": _S.PAID,
    "待发货": _S.PAID,
    "部分发货": _S.PARTLY_SHIPPED,
    "待收货": _S.SHIPPED,
    "已发货": _S.SHIPPED,
    "完成": _S.COMPLETED,
    "已完成": _S.COMPLETED,
    "已取消": CLOSED,
    "已关闭": CLOSED,
    "全部商品售后之后，订单取消": _S.CLOSED_REFUNDED,
    "未付款用户主动取消或超时未付款订单自动取消": _S.CLOSED_UNPAID,
}
# Any file that people map themselves: every platform's words, our own and plain English.
ANY: dict[str, str] = (
    OTHERS
    | DOUYIN
    | PINDUODUO
    | JD
    | TAOBAO
    | {str(word): word for word in ChannelStatus if word is not ChannelStatus.UNKNOWN}
    | {"已付款": _S.PAID, "已签收": _S.DELIVERED, "交易完成": _S.COMPLETED, "canceled": CLOSED, "cancelled": CLOSED}
)

REFUND_KINDS: dict[str, AftersaleKind] = {
    "退货退款": AftersaleKind.RETURN_AND_REFUND,
    "仅退款": AftersaleKind.REFUND_AFTER_SHIPPING,
    "未发货仅退款": AftersaleKind.REFUND_BEFORE_SHIPPING,
    "未发货退款": AftersaleKind.REFUND_BEFORE_SHIPPING,
    "已发货仅退款": AftersaleKind.REFUND_AFTER_SHIPPING,
    "换货": AftersaleKind.EXCHANGE,
    "补寄": AftersaleKind.RESEND,
    "补发": AftersaleKind.RESEND,
    "仅退款（未发货）": AftersaleKind.REFUND_BEFORE_SHIPPING,
    "仅退款（已发货）": AftersaleKind.REFUND_AFTER_SHIPPING,
    "拒收退回": AftersaleKind.REFUSED_PARCEL,
    **{str(kind): kind for kind in AftersaleKind if kind is not AftersaleKind.UNKNOWN},
}
REFUND_STATES: dict[str, AftersaleStatus] = {
    "待商家处理": AftersaleStatus.REQUESTED,
    "待处理": AftersaleStatus.REQUESTED,
    "待买家退货": AftersaleStatus.AWAITING_RETURN,
    "待用户退货": AftersaleStatus.AWAITING_RETURN,
    "待商家收货": AftersaleStatus.RETURNED,
    "退款中": AftersaleStatus.REFUNDING,
    "商家拒绝": AftersaleStatus.REJECTED,
    "售后拒绝": AftersaleStatus.REJECTED,
    "退款成功": AftersaleStatus.CLOSED,
    "售后完成": AftersaleStatus.CLOSED,
    "售后成功": AftersaleStatus.CLOSED,
    "换货成功": AftersaleStatus.CLOSED,
    "补寄成功": AftersaleStatus.CLOSED,
    "售后关闭": AftersaleStatus.WITHDRAWN,
    "退货中": AftersaleStatus.RETURNED,
    "已拒绝": AftersaleStatus.REJECTED,
    "已完结": AftersaleStatus.CLOSED,
    "已撤销": AftersaleStatus.WITHDRAWN,
    **{str(status): status for status in AftersaleStatus if status is not AftersaleStatus.UNKNOWN},
}
NOT_SHIPPED = frozenset({"未发货", "待发货"})
