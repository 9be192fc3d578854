"""Has this program asked for this change already, and what was it answered? ``Idempotency-Key`` of the REST API.

The answer is kept in the transaction that made the change: a key stands exactly when its change does. What is refused
keeps nothing, so that it may be asked again with the same key.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, delete

from orderhub.kernel.columns import Moment
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.ids import digest

KEPT = timedelta(hours=72)
LONGEST_KEY = 255


class ApiAnswer(SQLModel, table=True):
    """``mark`` is the digest of caller, operation and key, ``content`` that of what was asked for."""

    __tablename__ = "api_answer"  # pyright: ignore[reportAssignmentType]

    mark: str = Field(primary_key=True, max_length=64)
    content: str = Field(max_length=64)
    answer: str = ""
    asked_at: datetime = Field(sa_type=Moment, index=True)


class KeyTaken(RuleBroken):
    code = "idempotency_key_reused"


def answered(session: Session, mark: str, content: str, now: datetime) -> str | None:
    """What was answered to ``mark``; None: nothing yet, and it is the caller's until the transaction ends.

    Raises:
        KeyTaken: something else was asked for with this key.
    """
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = dialect.insert(ApiAnswer).values(mark=mark, content=content, answer="", asked_at=now)
    if session.execute(fresh.on_conflict_do_nothing().returning(col(ApiAnswer.mark))).first():
        return None
    standing = session.get_one(ApiAnswer, mark, populate_existing=True)
    if standing.content != content:
        raise KeyTaken("this Idempotency-Key came with another request within 72 hours: use a new one")
    return standing.answer


def keep_answer(session: Session, mark: str, answer: str) -> None:
    standing = session.get_one(ApiAnswer, mark)
    standing.answer = answer
    session.add(standing)


def mark_of(caller: str, operation: str, key: str) -> str:
    """Raises: BadInput: a key longer than 255 characters."""
    if len(key) > LONGEST_KEY:
        said = f"Idempotency-Key: at most {LONGEST_KEY} characters"
        raise BadInput(said, field="Idempotency-Key", problem="too_long")
    return digest(f"{caller}\n{operation}\n{key}")


def forget_answers(now: datetime) -> int:
    """Delete those older than 72 hours; returns how many."""
    with transaction() as session:
        return session.exec(delete(ApiAnswer).where(col(ApiAnswer.asked_at) < now - KEPT)).rowcount
