"""How are levels, their signs and what may wait called, and what do the banner and the page of them say?"""

from enum import StrEnum
from typing import Any

from orderhub.kernel.level import Level, Pausable, Sign

Pair = tuple[str, str]

PRESSURE_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    Level: {
        Level.NORMAL: ("正常", "Normal"),
        Level.THROTTLED: ("限流", "Throttled"),
        Level.READ_ONLY: ("只读", "Read-only"),
    },
    Sign: {
        Sign.CPU: ("处理器持续繁忙", "the processor has been busy for long"),
        Sign.WAIT: ("消息等待过久", "messages wait too long"),
        Sign.DEPTH: ("积压消息过多", "too many messages wait"),
        Sign.DATABASE: ("数据库变慢", "the database is slow"),
        Sign.STORAGE: ("数据库无法写入或磁盘将满", "the database cannot write, or its disk is full"),
        Sign.CALM: ("各项指标平稳", "all is calm"),
        Sign.MENDED: ("写入已恢复，仍在观察", "it can write again, and is watched"),
        Sign.PINNED: ("手动设置", "set by hand"),
        Sign.UNSEEN: ("读不到压力等级", "the level cannot be read"),
    },
    Pausable: {
        Pausable.JOB: ("定时任务", "Job"),
        Pausable.WORKFLOW: ("自动流程", "Workflow"),
        Pausable.NOTICE: ("员工通知", "Notice to staff"),
        Pausable.EXPORT: ("导出", "Export"),
        Pausable.SCREEN: ("画面", "Screens"),
    },
}

# What may wait and is neither a job nor a workflow: those have names of their own.
WAITING_NAMES: dict[str, Pair] = {
    "downloads": ("下载报表与清单", "Downloads of reports and lists"),
    "low_cards": ("低级别异常的群消息", "Chat cards about anomalies of low severity"),
    "live_reports": ("报表自动刷新（暂停）", "Reports refreshing by themselves (not at all)"),
    "live_lists": ("列表与看板实时刷新（改为 30 秒）", "Live lists and boards (every 30 s instead)"),
}
