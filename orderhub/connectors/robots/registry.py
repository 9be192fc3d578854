"""Which group chats can the hub speak in? One line each."""

from collections.abc import Callable
from typing import Protocol

from orderhub.connectors.robots import dingtalk, feishu, wecom
from orderhub.connectors.robots.contract import Limits, RobotConnector, RobotKeys
from orderhub.domain.words import RobotFault, RobotKind


class RobotModule(Protocol):
    LIMITS: Limits
    CODES: dict[str, RobotFault]
    read_key: Callable[[str], str]

    @staticmethod
    def connect(keys: RobotKeys, *, base_url: str = "") -> RobotConnector: ...


MODULES: dict[RobotKind, RobotModule] = {
    RobotKind.WECOM: wecom,
    RobotKind.DINGTALK: dingtalk,
    RobotKind.FEISHU: feishu,
}
