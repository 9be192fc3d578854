"""How does somebody sign in whose phone is gone? Ten codes of 80 bits, each good once."""

import base64
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Field, Session, SQLModel, col, delete, select

from orderhub.kernel.columns import BigId, Moment, own_id
from orderhub.kernel.ids import digest

CODES = 10


class RecoveryCode(SQLModel, table=True):
    __tablename__ = "recovery_code"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    user_id: int = Field(foreign_key="users.id", sa_type=BigId, index=True)
    code_digest: str = Field(max_length=64, unique=True)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


def new_codes(session: Session, user_id: int) -> list[str]:
    """``XXXX-XXXX-XXXX-XXXX``; they replace all earlier ones and are stored as digests only."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    codes = [_spoken(base64.b32encode(secrets.token_bytes(10)).decode()) for _ in range(CODES)]
    session.add_all(RecoveryCode(user_id=user_id, code_digest=_digest(user_id, code)) for code in codes)
    return codes


def use_recovery_code(session: Session, user_id: int, code: str, now: datetime) -> bool:
    taken: Any = session.exec(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.user_id) == user_id,
            col(RecoveryCode.code_digest) == _digest(user_id, code),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now)
    )
    return taken.rowcount == 1


def codes_left(session: Session, user_id: int) -> int:
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, col(RecoveryCode.used_at).is_(None))
    return session.exec(unused).one()


def looks_like_recovery_code(code: str) -> bool:
    return len(_plain(code)) == 16


def _spoken(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, 16, 4))


def _plain(code: str) -> str:
    return "".join(character for character in code.upper() if character.isalnum())


def _digest(user_id: int, code: str) -> str:
    return digest(f"{user_id}:{_plain(code)}")
