"""Which words do channels and the hub share? Connectors translate into these and know no other noun."""

from collections.abc import Mapping
from enum import StrEnum


class Channel(StrEnum):
    TAOBAO = "taobao"
    JD = "jd"
    PINDUODUO = "pinduoduo"
    DOUYIN = "douyin"
    MINIPROGRAM = "miniprogram"

    @property
    def is_asked(self) -> bool:
        """We ask it for orders; the merchant's own mini-program posts them to us instead."""
        return self is not Channel.MINIPROGRAM


class ChannelStatus(StrEnum):
    """What the channel says, in the order in which an order lives; the hub's own status is ``OrderStatus``."""

    UNKNOWN = "unknown"  # a word we have not met; an anomaly is opened
    UNPAID = "unpaid"
    PAID_WAIT = "paid_wait"  # paid, but the channel forbids shipping yet (risk check, group not full)
    PAID = "paid"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CLOSED_UNPAID = "closed_unpaid"
    CLOSED_REFUNDED = "closed_refunded"  # money back, before or after shipping


class Carrier(StrEnum):
    """Who takes parcels; each channel has codes of its own for them (``ChannelConnector.carrier_code``)."""

    SF = "sf"
    ZTO = "zto"
    YTO = "yto"
    STO = "sto"
    YUNDA = "yunda"
    JD = "jd"
    EMS = "ems"
    POST = "post"

    @property
    def trade_name(self) -> str:
        """What stands on its vans, whatever the reader's language."""
        return _TRADE_NAMES[self]


_TRADE_NAMES = {
    Carrier.SF: "顺丰速运",
    Carrier.ZTO: "中通快递",
    Carrier.YTO: "圆通速递",
    Carrier.STO: "申通快递",
    Carrier.YUNDA: "韵达快递",
    Carrier.JD: "京东快递",
    Carrier.EMS: "EMS",
    Carrier.POST: "邮政快递包裹",
}


class WatchState(StrEnum):
    """Whether somebody goes on telling of a parcel by itself."""

    UNKNOWN = "unknown"  # nobody was asked to tell
    WATCHING = "watching"
    OVER = "over"  # signed for: nothing more will come
    BROKEN_OFF = "broken_off"  # it found nothing for too long: subscribe again


class UploadProblem(StrEnum):
    """Why something the hub has to tell a channel or carrier has not gone there, in words that say what to do."""

    NONE = "none"
    WAYBILL_INVALID = "waybill_invalid"
    CARRIER_UNKNOWN = "carrier_unknown"
    STATUS_FORBIDS = "status_forbids"
    ORDER_UNKNOWN = "order_unknown"
    LINES_DIFFER = "lines_differ"
    REFUSED = "refused"  # a code without words of its own; the reason holds the channel's
    UNREACHABLE = "unreachable"
    BANNED = "banned"
    UNAUTHORISED = "unauthorised"
    REFUND_OPEN = "refund_open"
    CARRIER_REFUSED = "carrier_refused"
    HELD = "held"
    NO_RECEIVER = "no_receiver"  # the channel shows nobody who gets the parcel
    NOT_SERVED = "not_served"  # the carrier does not go there
    NOT_ROLLED_OUT = "not_rolled_out"
    ANSWERED_ALREADY = "answered_already"  # the case moved on before our answer came
    CASE_CHANGED = "case_changed"  # another amount, or a newer version than the one that was answered
    NEEDS_CODE = "needs_code"  # the channel has sent a code to the seller's phone
    BY_HAND = "by_hand"  # the channel takes this answer in its own back office only
    NO_MONEY = "no_money"  # nothing was paid, or less is left than is to go back
    NOT_WANTED = "not_wanted"  # the buyer has not allowed this kind of message, or no more
    NOT_FOLLOWING = "not_following"
    QUOTA = "quota"  # ours of the day, or what one buyer may get
    NO_ADDRESS = "no_address"  # neither an openid of this app nor a telephone that may be used
    BAD_ADDRESS = "bad_address"
    BAD_TEMPLATE = "bad_template"
    BAD_SIGN = "bad_sign"
    QUIET_HOURS = "quiet_hours"
    TOO_OLD = "too_old"
    OVERTAKEN = "overtaken"  # the parcel is further by now, or the notice is done with
    TURNED_OFF = "turned_off"
    CHAT_REFUSED = "chat_refused"
    MAIL_REFUSED = "mail_refused"
    IN_TURN = "in_turn"  # the hub keeps its own pace below what they allow
    FAILED = "failed"  # the hub's own fault

    @property
    def said(self) -> str:
        """For notes, which are Chinese; the screens have both languages (``ui/words.py``)."""
        return _SAID[self]


_SAID = {
    UploadProblem.NONE: "没有问题",
    UploadProblem.WAYBILL_INVALID: "运单号不合平台规则或已被使用",
    UploadProblem.CARRIER_UNKNOWN: "平台没有这家快递",
    UploadProblem.STATUS_FORBIDS: "平台上的订单状态不允许发货",
    UploadProblem.ORDER_UNKNOWN: "平台找不到这个订单",
    UploadProblem.LINES_DIFFER: "订单行与平台不一致",
    UploadProblem.REFUSED: "平台拒绝",
    UploadProblem.UNREACHABLE: "对方联系不上",
    UploadProblem.BANNED: "对方限流",
    UploadProblem.UNAUTHORISED: "授权失效",
    UploadProblem.REFUND_OPEN: "买家申请了退款，先处理退款",
    UploadProblem.CARRIER_REFUSED: "快递拒绝",
    UploadProblem.HELD: "订单已挂起，先放行",
    UploadProblem.NO_RECEIVER: "平台不给收件人明文，请手工填写运单",
    UploadProblem.NOT_SERVED: "快递不到收件地址，换一家快递",
    UploadProblem.NOT_ROLLED_OUT: "店铺未放量，由现有系统回传",
    UploadProblem.ANSWERED_ALREADY: "售后单已有结果，平台先处理了",
    UploadProblem.CASE_CHANGED: "买家改了金额或申请，请看过再答复",
    UploadProblem.NEEDS_CODE: "平台要短信验证码，请到平台后台同意",
    UploadProblem.BY_HAND: "平台不开放这样答复，请到平台后台处理",
    UploadProblem.NO_MONEY: "没有收款，或余下的钱不够退",
    UploadProblem.NOT_WANTED: "买家未订阅或拒收此类消息",
    UploadProblem.NOT_FOLLOWING: "买家没有关注公众号",
    UploadProblem.QUOTA: "通知额度用完，或对同一买家太频繁",
    UploadProblem.NO_ADDRESS: "没有可用的 openid 或手机号",
    UploadProblem.BAD_ADDRESS: "openid 或手机号不正确",
    UploadProblem.BAD_TEMPLATE: "通知模板或参数不合要求，请核对模板",
    UploadProblem.BAD_SIGN: "短信签名不合要求，请核对签名",
    UploadProblem.QUIET_HOURS: "免打扰时段，到点再发",
    UploadProblem.TOO_OLD: "已过时，不再发送",
    UploadProblem.OVERTAKEN: "包裹已到下一步，不再发送",
    UploadProblem.TURNED_OFF: "这种通知已关闭",
    UploadProblem.CHAT_REFUSED: "群聊没有接受卡片",
    UploadProblem.MAIL_REFUSED: "邮件服务器拒收",
    UploadProblem.IN_TURN: "按对方频率限制排队",
    UploadProblem.FAILED: "中台出错",
}


class NotifierKind(StrEnum):
    """By which way a message reaches a buyer; an account goes one of them."""

    WECHAT_SUBSCRIBE = "wechat_subscribe"  # 小程序订阅消息
    WECHAT_TEMPLATE = "wechat_template"  # 公众号模板消息
    SMS_ALIYUN = "sms_aliyun"
    SMS_TENCENT = "sms_tencent"

    @property
    def is_sms(self) -> bool:
        """It goes to a telephone, the others to an openid of the account's app."""
        return self in (NotifierKind.SMS_ALIYUN, NotifierKind.SMS_TENCENT)


class RobotKind(StrEnum):
    """Whose group chat a robot speaks in."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"

    @property
    def trade_name(self) -> str:
        return _ROBOT_NAMES[self]


_ROBOT_NAMES = {RobotKind.WECOM: "企业微信", RobotKind.DINGTALK: "钉钉", RobotKind.FEISHU: "飞书"}


class RobotFault(StrEnum):
    """Why a group chat did not take a card, in words that say what to do."""

    KEY_UNKNOWN = "key_unknown"
    SIGN_WRONG = "sign_wrong"
    ADDRESS_REFUSED = "address_refused"  # our own address is not on the robot's list
    WORD_MISSING = "word_missing"  # the robot asks for a keyword that the card does not hold
    TOO_OFTEN = "too_often"
    CARD_REFUSED = "card_refused"
    BUSY = "busy"
    OTHER = "other"

    @property
    def said(self) -> str:
        return _FAULTS_SAID[self]


_FAULTS_SAID = {
    RobotFault.KEY_UNKNOWN: "机器人地址无效或已被移除，请重新填写",
    RobotFault.SIGN_WRONG: "签名不符或时钟相差超过一小时，请检查加签密钥",
    RobotFault.ADDRESS_REFUSED: "本机地址不在机器人的白名单内",
    RobotFault.WORD_MISSING: "机器人设了关键词，请改用加签，或把“OrderHub”设为关键词",
    RobotFault.TOO_OFTEN: "发送太频繁，稍后再发",
    RobotFault.CARD_REFUSED: "卡片内容被拒",
    RobotFault.BUSY: "对方系统繁忙，稍后再发",
    RobotFault.OTHER: "对方拒绝",
}


class ScanNode(StrEnum):
    """Where a scan saw a parcel, whoever carries it."""

    COLLECTED = "collected"  # 揽收
    IN_TRANSIT = "in_transit"  # 运输中
    LEFT_HUB = "left_hub"  # 离开分拨中心
    ARRIVED_HUB = "arrived_hub"  # 到达分拨中心
    OUT_FOR_DELIVERY = "out_for_delivery"  # 派送中
    READY_FOR_PICKUP = "ready_for_pickup"  # 待取件
    DELIVERED = "delivered"  # 签收
    REFUSED = "refused"  # 拒收
    RETURNING = "returning"  # 退回
    PROBLEM = "problem"  # 问题件
    CUSTOMS = "customs"  # 清关


class AftersaleKind(StrEnum):
    REFUND_BEFORE_SHIPPING = "refund_before_shipping"  # 仅退款(未发货)
    REFUND_AFTER_SHIPPING = "refund_after_shipping"  # 仅退款(已发货)
    RETURN_AND_REFUND = "return_and_refund"  # 退货退款
    EXCHANGE = "exchange"  # 换货
    RESEND = "resend"  # 补发
    REFUSED_PARCEL = "refused_parcel"  # 拒收退回
    UNKNOWN = "unknown"


class AftersaleStatus(StrEnum):
    UNKNOWN = "unknown"  # a word we have not met; an anomaly is opened
    REQUESTED = "requested"  # 待处理
    APPROVED = "approved"
    REJECTED = "rejected"
    AWAITING_RETURN = "awaiting_return"  # 待买家退货
    RETURNED = "returned"  # 退货中
    INSPECTED = "inspected"  # 已验货
    FINANCE_REVIEW = "finance_review"  # 财务待审
    REFUNDING = "refunding"  # 退款中
    CLOSED = "closed"  # 已完结: refunded, exchanged or resent
    WITHDRAWN = "withdrawn"  # 已撤销: the buyer took it back or let it lapse


class RefundDecision(StrEnum):
    """What a merchant answers to a case; ``fits`` says when it is the merchant's turn to say it."""

    APPROVE = "approve"  # the money goes back now
    REFUSE = "refuse"
    AGREE_RETURN = "agree_return"  # the buyer may send the goods
    CONFIRM_GOODS = "confirm_goods"  # they have arrived: the money goes back
    REFUSE_GOODS = "refuse_goods"  # they have arrived, and not as they must

    @property
    def pays(self) -> bool:
        return self in (RefundDecision.APPROVE, RefundDecision.CONFIRM_GOODS)

    @property
    def refuses(self) -> bool:
        return self in (RefundDecision.REFUSE, RefundDecision.REFUSE_GOODS)

    def fits(self, kind: AftersaleKind, status: AftersaleStatus) -> bool:
        return status in _TURNS[self].get(kind, ())

    def is_reached(self, status: AftersaleStatus) -> bool:
        """Whether a case in ``status`` is where this answer would have brought it, whoever did."""
        return status in _REACHED[self]


_ASKED: tuple[AftersaleStatus, ...] = (AftersaleStatus.REQUESTED,)
_BACK = (AftersaleStatus.RETURNED, AftersaleStatus.INSPECTED)
_MONEY = (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleKind.REFUND_AFTER_SHIPPING)
_RETURNS = (AftersaleKind.RETURN_AND_REFUND, AftersaleKind.EXCHANGE)
_REFUSED = AftersaleKind.REFUSED_PARCEL  # a platform still asks, or the parcel lies at our door already
_TURNS: dict[RefundDecision, Mapping[AftersaleKind, tuple[AftersaleStatus, ...]]] = {
    RefundDecision.APPROVE: dict.fromkeys(_MONEY, _ASKED) | {_REFUSED: (*_ASKED, *_BACK)},
    RefundDecision.REFUSE: dict.fromkeys((*_MONEY, *_RETURNS), _ASKED) | {_REFUSED: (*_ASKED, *_BACK)},
    RefundDecision.AGREE_RETURN: dict.fromkeys(_RETURNS, _ASKED),
    RefundDecision.CONFIRM_GOODS: {AftersaleKind.RETURN_AND_REFUND: _BACK},
    RefundDecision.REFUSE_GOODS: dict.fromkeys(_RETURNS, _BACK),
}
_PAID_BACK = (AftersaleStatus.APPROVED, AftersaleStatus.REFUNDING, AftersaleStatus.CLOSED)
_REACHED: dict[RefundDecision, tuple[AftersaleStatus, ...]] = {
    RefundDecision.APPROVE: _PAID_BACK,
    RefundDecision.REFUSE: (AftersaleStatus.REJECTED,),
    RefundDecision.AGREE_RETURN: (AftersaleStatus.AWAITING_RETURN, AftersaleStatus.RETURNED),
    RefundDecision.CONFIRM_GOODS: _PAID_BACK,
    RefundDecision.REFUSE_GOODS: (AftersaleStatus.REJECTED,),
}


class PaymentStatus(StrEnum):
    """收款: what the payment service says of one merchant order number; a later word is never taken back."""

    UNKNOWN = "unknown"  # a word we have not met
    UNPAID = "unpaid"
    PAYING = "paying"
    FAILED = "failed"
    CLOSED = "closed"
    PAID = "paid"
    REFUNDED = "refunded"  # paid, and some of it has gone back


class RepaymentStatus(StrEnum):
    """原路退款: money on its way back through the payment service."""

    UNKNOWN = "unknown"
    WANTED = "wanted"  # written down, not known to have arrived
    PROCESSING = "processing"
    ABNORMAL = "abnormal"  # the buyer's account cannot take it: somebody must act
    CLOSED = "closed"
    SUCCEEDED = "succeeded"
