"""How is a change made once, however often a program asks for it with the same ``Idempotency-Key``?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Header
from pydantic import BaseModel
from sqlmodel import Session

from orderhub.access.acting import acting
from orderhub.access.answered import answered, keep_answer, mark_of
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.posted import Posted
from orderhub.kernel.clock import utc_now
from orderhub.kernel.ids import digest
from orderhub.kernel.veil import veiled

Answer = TypeVar("Answer", bound=BaseModel)
IdempotencyKey = Annotated[
    str, Header(max_length=255, description="The same request with the same key within 72 h gets the first answer.")
]


@dataclass(frozen=True)
class ChangeAsked:
    """What ``caller`` asks for; ``operation`` names it with what its address names, ``key`` is empty or theirs."""

    caller: Signed
    permission: Permission
    operation: str
    body: Posted
    key: str = ""


def once(asked: ChangeAsked, model: type[Answer], make: Callable[[Session, datetime], Answer]) -> Answer:
    """What ``make`` answers, or answered to the same request before; it is veiled for the key's owner.

    Raises:
        KeyTaken: another request came with this key. What ``make`` raises keeps nothing, the key included.
    """
    now = utc_now()
    mark = mark_of(asked.caller.session_mark, asked.operation, asked.key)
    with acting(asked.caller, asked.permission) as session:
        if not asked.key:
            return veiled(make(session, now))
        kept = answered(session, mark, digest(asked.body.model_dump_json()), now)
        if kept is not None:
            return model.model_validate_json(kept)
        answer = veiled(make(session, now))
        keep_answer(session, mark, answer.model_dump_json())
        return answer
