from datetime import timedelta

import pytest

from orderhub.kernel.db import transaction
from tests import builders


@pytest.fixture
def shop(database):
    with transaction() as session:
        return builders.shop(session)


@pytest.fixture
def soon(now):
    return now + timedelta(seconds=1)
