"""What are the words of buyers' notices called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.notice import NoticeState
from orderhub.domain.notice_plan import NoticeField, NoticeMoment
from orderhub.domain.words import NotifierKind

Pair = tuple[str, str]

NOTICE_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    NotifierKind: {
        NotifierKind.WECHAT_SUBSCRIBE: ("小程序订阅消息", "Subscribe message"),
        NotifierKind.WECHAT_TEMPLATE: ("公众号模板消息", "Template message"),
        NotifierKind.SMS_ALIYUN: ("阿里云短信", "Aliyun SMS"),
        NotifierKind.SMS_TENCENT: ("腾讯云短信", "Tencent SMS"),
    },
    NoticeMoment: {
        NoticeMoment.SHIPPED: ("已发货", "Shipped"),
        NoticeMoment.LEFT_HUB: ("离开分拨中心", "Left a hub"),
        NoticeMoment.OUT_FOR_DELIVERY: ("派送中", "Out for delivery"),
        NoticeMoment.READY_FOR_PICKUP: ("待取件", "Ready for pickup"),
    },
    NoticeState: {
        NoticeState.WAITING: ("等待发送", "Waiting"),
        NoticeState.SENT: ("已发送", "Sent"),
        NoticeState.SKIPPED: ("未发", "Not sent"),
        NoticeState.FAILED: ("未送达", "Failed"),
    },
    NoticeField: {
        NoticeField.ORDER_NO: ("订单号", "Order number"),
        NoticeField.GOODS: ("商品", "Goods"),
        NoticeField.SHOP: ("店铺", "Shop"),
        NoticeField.CARRIER: ("快递", "Carrier"),
        NoticeField.TRACKING_NO: ("运单号", "Waybill"),
        NoticeField.STATUS: ("状态", "Status"),
        NoticeField.TIME: ("时间", "Time"),
        NoticeField.LINK: ("查询链接", "Link"),
        NoticeField.LINK_CODE: ("链接尾码", "Code of the link"),
    },
}

NOTICE_EVENTS: dict[str, Pair] = {
    "notice_sent": ("已通知买家", "The buyer was told"),
    "notice_failed": ("通知未送达买家", "The buyer could not be told"),
    "notice_skipped": ("未通知买家", "The buyer was not told"),
    "notice_retried": ("人工重发通知", "Told again by hand"),
    "notice_tried": ("试发了一条通知", "A sample was sent"),
    "notice_plan_changed": ("买家通知设置已调整", "Notices to buyers changed"),
}
