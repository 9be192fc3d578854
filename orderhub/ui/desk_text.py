"""What are the words of the desk called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.escalation import Told
from orderhub.domain.task import TaskPriority, TaskStatus

Pair = tuple[str, str]

DESK_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    TaskPriority: {
        TaskPriority.LOW: ("低", "Low"),
        TaskPriority.MEDIUM: ("中", "Medium"),
        TaskPriority.HIGH: ("高", "High"),
    },
    TaskStatus: {
        TaskStatus.OPEN: ("待认领", "Open"),
        TaskStatus.CLAIMED: ("处理中", "Taken"),
        TaskStatus.CLOSED: ("已完成", "Done"),
    },
    Told: {
        Told.OWNER: ("负责人", "Its owner"),
        Told.ROLE: ("负责角色全员", "Everybody of its role"),
        Told.MANAGER: ("管理层", "Managers"),
        Told.ADMIN: ("管理员", "Administrators"),
    },
}

DESK_EVENTS: dict[str, Pair] = {
    "anomaly_reopened": ("重新打开", "Open again"),
    "anomaly_taken": ("认领", "Taken"),
    "anomaly_handed_over": ("转派", "Handed over"),
    "anomaly_escalated": ("升级", "Escalated"),
    "task_handed_over": ("待办转派", "Task handed over"),
}
