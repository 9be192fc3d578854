import pytest

import orderhub.kernel.job_runs  # noqa: F401  (registers its tables)
from orderhub.domain.shop import Shop
from orderhub.intake import push
from orderhub.intake.keyring import forget_connectors

from .builders import add_shop


@pytest.fixture
def shop(database, now) -> Shop:
    return add_shop(now=now)


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Connectors and noted forgeries belong to a process; here each test is one."""
    yield
    forget_connectors()
    push._noted.clear()
