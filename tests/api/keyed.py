"""What the tests of REST resources have in common: the API as it is served, and a key with the rights it needs."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import httpx
from starlette.testclient import TestClient

from orderhub.access.api_keys import make_key
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.api.app import create_api
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database

PASSWORD = "kuaidi-zai-lushang-7"


class Program:
    """Calls with its key; ``post`` sends JSON, and with ``key`` an ``Idempotency-Key``."""

    def __init__(self, bearer: str) -> None:
        self.bearer = bearer
        self.client = TestClient(create_api(), raise_server_exceptions=False)
        self._headers = {"Authorization": f"Bearer {bearer}"}

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.client.get(f"/api/v1{path}", params=params, headers=self._headers)

    def post(self, path: str, body: Any, *, key: str = "") -> httpx.Response:
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)


def program(database: Database, *rights: Permission, role: Role = Role.ADMIN, shops: Iterable[int] = ()) -> Program:
    """With a key of ``rights`` (none: all that programs may have), narrowed to ``shops`` (none: all)."""
    wanted = rights or tuple(one for one in Permission if one.is_for_programs)
    with database.transaction() as session:
        user = create_user(session, f"ceshi-{role}", PASSWORD, role, now=utc_now())
        owner = Signed(user.id, user.name, user.name, role, ROLE_PERMISSIONS[role], "")
        life = timedelta(days=1)
        made = make_key(session, owner, "WMS", wanted, shops=list(shops) or None, good_for=life, now=utc_now())
    return Program(made)
