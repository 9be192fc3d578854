"""By which ways can the hub tell a buyer? One line each."""

from collections.abc import Mapping
from typing import Protocol

from orderhub.connectors.notifiers import sms_aliyun, sms_tencent, wechat
from orderhub.connectors.notifiers.contract import Notifier, NotifierKeys, problem_in
from orderhub.domain.words import NotifierKind, UploadProblem


class NotifierModule(Protocol):
    PROBLEMS: Mapping[str, UploadProblem]

    @staticmethod
    def connect(kind: NotifierKind, keys: NotifierKeys, *, base_url: str = "") -> Notifier: ...

    @staticmethod
    def shown(name: str, text: str) -> str:
        """``text`` as the buyer will see it. Raises: BadInput: the value cannot be that."""
        ...


MODULES: dict[NotifierKind, NotifierModule] = {
    NotifierKind.WECHAT_SUBSCRIBE: wechat,
    NotifierKind.WECHAT_TEMPLATE: wechat,
    NotifierKind.SMS_ALIYUN: sms_aliyun,
    NotifierKind.SMS_TENCENT: sms_tencent,
}


def problem_of(kind: NotifierKind, code: str) -> UploadProblem:
    return problem_in(MODULES[kind].PROBLEMS, code)
