"""What are the words of tickets called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.ticket import TicketKind, TicketPriority, TicketResult, TicketStatus, WaitsFor
from orderhub.domain.ticket_step import Voice

Pair = tuple[str, str]

TICKET_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    TicketKind: {
        TicketKind.QUESTION: ("咨询", "Question"),
        TicketKind.COMPLAINT: ("投诉", "Complaint"),
        TicketKind.ADDRESS_CHANGE: ("改地址", "Address change"),
        TicketKind.MISSING_PARCEL: ("未收到货", "Missing parcel"),
        TicketKind.INVOICE: ("发票", "Invoice"),
        TicketKind.OTHER: ("其他", "Other"),
    },
    TicketPriority: {
        TicketPriority.URGENT: ("紧急", "Urgent"),
        TicketPriority.HIGH: ("高", "High"),
        TicketPriority.NORMAL: ("普通", "Normal"),
        TicketPriority.LOW: ("低", "Low"),
    },
    TicketStatus: {
        TicketStatus.OPEN: ("待领取", "Open"),
        TicketStatus.CLAIMED: ("处理中", "Claimed"),
        TicketStatus.WAITING: ("等待中", "Waiting"),
        TicketStatus.DECIDED: ("已决定", "Decided"),
        TicketStatus.CLOSED: ("已关闭", "Closed"),
    },
    WaitsFor: {
        WaitsFor.BUYER: ("等买家", "For the buyer"),
        WaitsFor.WAREHOUSE: ("等仓库", "For the warehouse"),
        WaitsFor.FINANCE: ("等财务", "For finance"),
    },
    TicketResult: {
        TicketResult.ANSWERED: ("已答复", "Answered"),
        TicketResult.AFTERSALE: ("转售后", "Became an after-sale case"),
        TicketResult.RESENT: ("补发", "Resent"),
        TicketResult.COMPENSATED: ("补偿", "Compensated"),
        TicketResult.CHANGED: ("已修改", "Changed"),
        TicketResult.REFUSED: ("不支持", "Refused"),
    },
    Voice: {
        Voice.NOTE: ("内部备注", "Note"),
        Voice.REPLY: ("已复制给买家", "Copied for the buyer"),
    },
}
