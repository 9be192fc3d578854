"""Which program is calling, and may it? ``Authorization: Bearer <key>``."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from orderhub.access.api_keys import key_owner
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import NotAllowed
from orderhub.kernel.sight import see_as

_bearer = HTTPBearer(auto_error=False, description="A key made by an administrator on the account page.")


def needs_key(permission: Permission) -> Callable[..., Awaitable[Signed]]:
    """A dependency: the caller's key, known to hold ``permission``; ``needs`` shows it to the matrix test."""

    async def check(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Signed:
        owner = await run_in_threadpool(key_owner, credentials.credentials if credentials else "", utc_now())
        owner = replace(owner, address=request.client.host if request.client else "")
        if permission not in owner.permissions:
            raise NotAllowed(f"this key lacks {permission}")
        see_as(owner.sight)  # in the request's own task: whatever thread answers it inherits this
        return owner

    check.needs = permission  # type: ignore[attr-defined]
    return check
