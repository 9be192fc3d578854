"""What are the words of report schedules called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.report_schedule import ScheduleOff, SchedulePeriod

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
}
