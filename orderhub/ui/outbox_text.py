"""What are the words of uploads and workflows called?"""

from enum import StrEnum
from typing import Any

from orderhub.automation.outbox import OutboxKind, OutboxState, PauseCause
from orderhub.automation.workflow_run import WorkflowState
from orderhub.domain.words import Carrier, UploadProblem

Pair = tuple[str, str]

OUTBOX_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    Carrier: {
        Carrier.SF: ("顺丰速运", "SF Express"),
        Carrier.ZTO: ("中通快递", "ZTO"),
        Carrier.YTO: ("圆通速递", "YTO"),
        Carrier.STO: ("申通快递", "STO"),
        Carrier.YUNDA: ("韵达快递", "Yunda"),
        Carrier.JD: ("京东快递", "JD Express"),
        Carrier.EMS: ("EMS", "EMS"),
        Carrier.POST: ("邮政快递包裹", "China Post parcel"),
    },
    OutboxKind: {
        OutboxKind.SHIP: ("发货回传", "Shipment"),
        OutboxKind.STOCK: ("库存回传", "Stock"),
        OutboxKind.WAYBILL: ("电子面单", "Waybill"),
        OutboxKind.REFUND_ANSWER: ("售后答复", "Answer to a case"),
        OutboxKind.ROBOT: ("机器人卡片", "Card for a chat"),
        OutboxKind.SUBSCRIPTION: ("物流订阅", "Subscription"),
        OutboxKind.NOTICE: ("买家通知", "Notice to a buyer"),
        OutboxKind.WEBHOOK: ("程序推送", "Webhook"),
        OutboxKind.REPORT: ("定时报表", "Reports"),
    },
    OutboxState: {
        OutboxState.WAITING: ("等待发送", "Waiting"),
        OutboxState.SENDING: ("发送中", "Sending"),
        OutboxState.SENT: ("已送达", "Sent"),
        OutboxState.REFUSED: ("被拒", "Refused"),
        OutboxState.SKIPPED: ("已跳过", "Skipped"),
    },
    UploadProblem: {
        problem: (problem.said, english)
        for problem, english in {
            UploadProblem.NONE: "No problem",
            UploadProblem.WAYBILL_INVALID: "The waybill breaks the channel's rule or was used before",
            UploadProblem.CARRIER_UNKNOWN: "The channel does not know this carrier",
            UploadProblem.STATUS_FORBIDS: "The order's status at the channel does not allow it",
            UploadProblem.ORDER_UNKNOWN: "The channel cannot find the order",
            UploadProblem.LINES_DIFFER: "The lines differ from the channel's",
            UploadProblem.REFUSED: "The channel refuses",
            UploadProblem.UNREACHABLE: "They do not answer",
            UploadProblem.BANNED: "They limit our calls",
            UploadProblem.UNAUTHORISED: "Not authorised any more",
            UploadProblem.REFUND_OPEN: "The buyer asked for a refund: answer it first",
            UploadProblem.CARRIER_REFUSED: "The carrier refuses",
            UploadProblem.HELD: "The order is held: release it first",
            UploadProblem.NO_RECEIVER: "The channel shows nobody the receiver: type a waybill by hand",
            UploadProblem.NOT_SERVED: "The carrier does not go there: choose another one",
            UploadProblem.NOT_ROLLED_OUT: "Not rolled out: the present system tells the channel",
            UploadProblem.ANSWERED_ALREADY: "The case is decided already, its channel was first",
            UploadProblem.CASE_CHANGED: "The buyer has changed the amount or the request: look again, then answer",
            UploadProblem.NEEDS_CODE: "The channel wants a code from a phone: agree in its back office",
            UploadProblem.BY_HAND: "The channel cannot be told this way: answer in its back office",
            UploadProblem.NO_MONEY: "Nothing was paid, or less is left than is to go back",
            UploadProblem.NOT_WANTED: "The buyer has not allowed such messages, or no more",
            UploadProblem.NOT_FOLLOWING: "The buyer does not follow the account",
            UploadProblem.QUOTA: "The quota is used up, or this buyer was told too often",
            UploadProblem.NO_ADDRESS: "No openid or telephone that may be used",
            UploadProblem.BAD_ADDRESS: "The openid or telephone is wrong",
            UploadProblem.BAD_TEMPLATE: "The template or its values are not right: check the template",
            UploadProblem.BAD_SIGN: "The SMS signature is not right: check it",
            UploadProblem.QUIET_HOURS: "Quiet hours: it goes when they end",
            UploadProblem.TOO_OLD: "Too late to be told",
            UploadProblem.OVERTAKEN: "The parcel is further by now",
            UploadProblem.TURNED_OFF: "These notices are turned off",
            UploadProblem.MAIL_REFUSED: "The mail server refuses",
            UploadProblem.CHAT_REFUSED: "The chat did not take the card",
            UploadProblem.IN_TURN: "Waits for its turn: the hub keeps below their limit",
            UploadProblem.FAILED: "The hub failed",
        }.items()
    },
    PauseCause: {
        PauseCause.BANNED: ("对方限流", "Limited by them"),
        PauseCause.UNAUTHORISED: ("授权失效", "Not authorised"),
        PauseCause.PERSON: ("人工暂停", "Paused by hand"),
    },
    WorkflowState: {
        WorkflowState.READY: ("等待", "Waiting"),
        WorkflowState.RUNNING: ("运行中", "Running"),
        WorkflowState.DONE: ("完成", "Done"),
        WorkflowState.FAILED: ("失败", "Failed"),
        WorkflowState.SKIPPED: ("已跳过", "Skipped"),
    },
}

WORKFLOW_NAMES: dict[str, Pair] = {
    "allocate": ("审核后自动配货", "Allocate what passed its review"),
    "merge_deliveries": ("同收件人合单", "Merge what goes to one receiver"),
    "upload_shipment": ("发货后回传平台", "Tell the channel of a parcel"),
    "assign": ("异常与待办按规则分派到人", "Give anomalies and tasks to people by the rules"),
    "follow_flow": ("按新时限再看包裹", "Look at parcels again"),
    "note_complaint": ("解决后再投诉计入闭环", "Count a complaint after something was resolved"),
    "follow_parcel": ("发货后跟踪包裹", "Follow a parcel"),
    "find_waybill_twice": ("发货后查运单号重复", "Find a waybill that is used twice"),
    "end_return": ("退回件验货后结束异常", "A parcel is back once its goods are inspected"),
    "reread_tracks": ("教会说法后重读轨迹", "Read tracks again once a phrase is taught"),
    "open_refused": ("拒收或退回时自动开售后单", "Open the case of a parcel that comes back"),
    "tell_buyer": ("包裹有动静即通知买家", "Tell a buyer of a parcel"),
    "resume_notifier": ("通知账号恢复后继续发送", "Go on once an account for notices has new keys"),
    "review_refund": ("退款申请即送财务审核", "Ask finance as soon as a refund is asked for"),
    "answer_refund": ("售后答复发往平台", "Tell the channel what a case was answered"),
    "close_paid_case": ("退款到账后结案", "Close a case whose money has arrived"),
    "follow_replacement": ("换货补发随售后单走", "What a case sends follows the case"),
    "answer_shipped": ("申请退款时货已发出：拒绝或建待办", "Refund of goods that have left: refuse, or a task"),
    "recycle_waybill": ("发货单作废后回收面单", "Give back the waybill of a cancelled delivery"),
    "resume_carrier": ("面单账号恢复后继续取号", "Go on once a carrier account has new keys"),
    "resume_tracker": ("物流查询账号恢复后继续订阅", "Go on once a tracker account has new keys"),
    "decide_again": ("放行后按规则再判", "Rules look again once a hold has ended"),
    "tell_staff": ("异常与待办通知员工", "Tell staff of anomalies and tasks"),
    "tell_programs": ("事件推送给自有程序", "Tell programs what happened"),
    "resume_robot": ("机器人恢复后继续发送", "Go on once a robot works again"),
    "resume_report": ("有人要求后重试报表邮件", "Mail reports again once somebody asks for it"),
    "resume_shop": ("授权恢复后继续回传", "Go on once a shop is authorised"),
}
