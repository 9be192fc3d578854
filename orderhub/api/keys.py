"""Which program is calling, and may it? ``Authorization: Bearer <key>``."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from orderhub.access.api_keys import key_owner, known_owner
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.rates import address_of, rates_of
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import NotAllowed, NotSignedIn
from orderhub.kernel.sight import see_as

_bearer = HTTPBearer(auto_error=False, description="A key made by an administrator on the account page.")


def needs_key(permission: Permission) -> Callable[..., Awaitable[Signed]]:
    """A dependency: the caller's key, known to hold ``permission``; ``needs`` shows it to the matrix test."""

    async def check(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Signed:
        return await caller_of(request, permission)

    check.needs = permission  # type: ignore[attr-defined]
    return check


async def caller_of(request: Request, permission: Permission) -> Signed:
    """Who calls, from now on with the owner's sight.

    Raises:
        NotSignedIn: no key, or none of ours.
        NotAllowed: a key without ``permission``.
        TooMany: so many calls, or so many wrong keys.
    """
    rates, now = rates_of(request), utc_now()
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip() if scheme.lower() == "bearer" else ""
    try:
        owner = known_owner(key, now) or await run_in_threadpool(key_owner, key, now)
    except NotSignedIn:
        rates.wrong_keys.take(address_of(request), now)
        raise
    (rates.posts if permission is Permission.API_ORDER_WRITE else rates.reads).take(owner.session_mark, now)
    owner = replace(owner, address=address_of(request))
    if permission not in owner.permissions:
        raise NotAllowed(f"this key lacks {permission}")
    see_as(owner.sight)  # in the request's own task: whatever thread answers it inherits this
    return owner
