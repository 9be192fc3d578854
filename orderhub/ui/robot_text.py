"""What are the words of group chats and of notices to staff called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.staff_notice import NoticeStage
from orderhub.domain.words import RobotFault, RobotKind

Pair = tuple[str, str]

ROBOT_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    RobotKind: {
        RobotKind.WECOM: ("企业微信", "WeCom"),
        RobotKind.DINGTALK: ("钉钉", "DingTalk"),
        RobotKind.FEISHU: ("飞书", "Feishu"),
    },
    NoticeStage: {
        NoticeStage.OPENED: ("新出现", "New"),
        NoticeStage.REOPENED: ("再次出现", "Back again"),
        NoticeStage.HANDED_OVER: ("已转交", "Handed over"),
        NoticeStage.ESCALATED: ("已升级", "Escalated"),
        NoticeStage.CLOSED: ("已解决", "Over"),
    },
}

FAULT_MESSAGES: dict[str, Pair] = {
    f"problem_robot_{fault}": (fault.said, english)
    for fault, english in {
        RobotFault.KEY_UNKNOWN: "The robot's address is wrong, or it was removed: enter it again",
        RobotFault.SIGN_WRONG: "The signature does not fit, or the clock is an hour off: check the signing secret",
        RobotFault.ADDRESS_REFUSED: "This machine's address is not on the robot's list",
        RobotFault.WORD_MISSING: "The robot asks for a keyword: sign instead, or make “OrderHub” the keyword",
        RobotFault.TOO_OFTEN: "Spoken to too often: try again later",
        RobotFault.CARD_REFUSED: "The card was refused",
        RobotFault.BUSY: "They are busy: try again later",
        RobotFault.OTHER: "They refuse",
    }.items()
}
