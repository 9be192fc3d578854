from collections.abc import Iterator

import pytest

from orderhub.intake.broker_topology import Layout
from orderhub.kernel.db import close_database

from .broking import queues_of_its_own, trusted


@pytest.fixture
def db_url(request) -> Iterator[str]:
    """Who has a broker has PostgreSQL."""
    yield request.getfixturevalue("lent").url()
    close_database()


@pytest.fixture
def wanted(database) -> Iterator[Layout]:
    with queues_of_its_own() as laid:
        yield trusted(laid)
