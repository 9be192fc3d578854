"""With whose keys are buyers told? One row for each way the merchant has connected, its secret sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.words import NotifierKind
from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Happening
from orderhub.kernel.sealing import sealed_fields


class NotifierAccount(SQLModel, table=True):
    """``code`` is ours; the secret opens with ``notifier:<code>:secret`` (automation/notifier_keyring.py).

    ``app_no`` is the AppID of WeChat, the AccessKeyId of Aliyun, the SecretId of Tencent; ``sign_name`` and
    ``sdk_app_no`` are of SMS. ``base_url`` is empty for their own address; only the lab's accounts have another.
    """

    __tablename__ = "notifier_account"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    code: str = Field(max_length=32, unique=True)
    kind: NotifierKind = Field(sa_type=word(NotifierKind))
    name: str = Field(max_length=64)
    app_no: str = Field(max_length=64)
    secret_sealed: str = ""
    sign_name: str = Field(default="", max_length=32)
    sdk_app_no: str = Field(default="", max_length=32)
    base_url: str = Field(default="", max_length=200)
    is_active: bool = True
    created_at: datetime = Field(sa_type=Moment)


sealed_fields(NotifierAccount, "secret", within=lambda _, account: f"notifier:{account.code}")


@dataclass(frozen=True)
class NotifierEvent(Happening):
    subject_type: ClassVar[str] = "notifier_account"


@dataclass(frozen=True)
class NotifierConnected(NotifierEvent):
    """The account was added, or has new keys."""

    way: str


@dataclass(frozen=True)
class NotifierSwitched(NotifierEvent):
    is_active: bool


def notifier_accounts(session: Session) -> list[NotifierAccount]:
    """Every one, by way and code."""
    return list(session.exec(select(NotifierAccount).order_by(col(NotifierAccount.kind), col(NotifierAccount.code))))


def notifier_coded(session: Session, code: str) -> NotifierAccount:
    """Raises: NotFound."""
    found = session.exec(select(NotifierAccount).where(NotifierAccount.code == code)).one_or_none()
    if not found:
        raise NotFound(f"no account for notices is called {code[:32]!r}")
    return found
