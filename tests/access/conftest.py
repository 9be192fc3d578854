"""People and clocks for the tests of access."""

from datetime import datetime

import pytest

from orderhub.access.permissions import Role
from orderhub.access.users import User, create_user
from orderhub.kernel.db import Database
from orderhub.kernel.settings import settings
from tests.access.people import PASSWORD, MakeUser


@pytest.fixture
def make_user(database: Database, now: datetime) -> MakeUser:
    def make(name: str = "ceshi-yunying", role: Role = Role.OPERATIONS) -> User:
        with database.transaction() as session:
            return create_user(session, name, PASSWORD, role, display_name="测**", now=now)

    return make


@pytest.fixture
def no_totp(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the demo: the password alone lets in who has no second factor."""
    monkeypatch.setenv("ORDERHUB_TOTP_REQUIRED", "false")
    settings.cache_clear()
