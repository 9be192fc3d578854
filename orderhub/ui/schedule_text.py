"""What are the words of report schedules called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.report_schedule import ReportFailure, ScheduleOff, SchedulePeriod

Pair = tuple[str, str]

SCHEDULE_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    SchedulePeriod: {
        SchedulePeriod.YESTERDAY: ("昨日", "Yesterday"),
        SchedulePeriod.WEEK: ("上周（周一至周日）", "Last week (Monday to Sunday)"),
        SchedulePeriod.MONTH: ("上月", "Last month"),
    },
    ScheduleOff: {
        ScheduleOff.NOT: ("已停用", "Switched off"),
        ScheduleOff.OWNER_GONE: ("所属人账号已停用，计划已停", "Its owner's account is closed: switched off"),
        ScheduleOff.OWNER_LACKS: ("所属人已无报表权限，计划已停", "Its owner may not any more: switched off"),
    },
    ReportFailure: {
        ReportFailure.NONE: ("没有问题", "No problem"),
        ReportFailure.NOT_MADE: ("文件没有生成", "The files could not be made"),
        ReportFailure.CUT_OFF: ("文件生成多次中断，等下次发送", "Making the files broke off too often: sent next time"),
        ReportFailure.ASKER_LACKS: ("要求发送的人已停用或无权", "Whoever asked for it may not any more"),
        ReportFailure.MAIL_SETTINGS: (
            "邮件服务器没有接受登录，管理员改好设置后点“立即发送”",
            "The mail server does not let us in: once an administrator has mended the settings, send it now",
        ),
        ReportFailure.MAIL_REFUSED: ("邮件服务器拒收", "The mail server refuses"),
        ReportFailure.CHAT_SETTINGS: (
            "机器人的地址或密钥不对，请到机器人页重填",
            "The robot's address or secret is not right: give it anew on the page of robots",
        ),
        ReportFailure.CHAT_REFUSED: ("群聊没有收下", "The chat did not take it"),
        ReportFailure.CHAT_OFF: ("机器人已停用", "The robot is switched off"),
        ReportFailure.UNREACHABLE: ("一天内联系不上对方", "They did not answer for a day"),
        ReportFailure.HUB_FAILED: ("系统自身出错", "The hub failed"),
    },
}
