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
from orderhub.api.rates import address_of, rates_of
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import NotAllowed, NotSignedIn
from orderhub.kernel.level import check_may_write
from orderhub.kernel.sight import see_as

_bearer = HTTPBearer(auto_error=False, description="A key made by an administrator on the account page.")


def needs_key(permission: Permission) -> Callable[..., Awaitable[Signed]]:
    """A dependency: the caller's key, known to hold ``permission``; ``needs`` shows it to the matrix test."""

    async def check(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Signed:
        rates, now = rates_of(request), utc_now()
        try:
            owner = await run_in_threadpool(key_owner, credentials.credentials if credentials else "", now)
        except NotSignedIn:
            rates.wrong_keys.take(address_of(request), now)
            raise
        (rates.posts if permission is Permission.API_ORDER_WRITE else rates.reads).take(owner.session_mark, now)
        owner = replace(owner, address=address_of(request))
        if permission not in owner.permissions:
            raise NotAllowed(f"this key lacks {permission}")
        if permission is Permission.API_ORDER_WRITE:
            check_may_write()
        see_as(owner.sight)  # in the request's own task: whatever thread answers it inherits this
        return owner

    check.needs = permission  # type: ignore[attr-defined]
    return check
