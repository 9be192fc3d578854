from collections.abc import Iterator

import pytest

import orderhub.kernel.job_runs  # noqa: F401  (registers its tables)
from orderhub.intake import push
from orderhub.intake.keyring import forget_connectors
from orderhub.lab.app import create_lab
from tests.databases import with_tables

from .hub import TOLD, Hub, served


@pytest.fixture
def lab():
    app = create_lab(living=False)
    with served(app) as url:
        yield app, url


@pytest.fixture(params=[told.shop for told in TOLD.values()])
def hub(request, lab, sqlite_url) -> Iterator[Hub]:
    yield from _hub(lab, sqlite_url, request.param)


@pytest.fixture
def douyin_hub(lab, sqlite_url) -> Iterator[Hub]:
    yield from _hub(lab, sqlite_url, "dy-flagship")


@pytest.fixture
def taobao_hub(lab, sqlite_url) -> Iterator[Hub]:
    yield from _hub(lab, sqlite_url, "tb-flagship")


@pytest.fixture
def jd_hub(lab, sqlite_url) -> Iterator[Hub]:
    yield from _hub(lab, sqlite_url, "jd-flagship")


def _hub(lab, url, code) -> Iterator[Hub]:
    with_tables(url)
    yield Hub(*lab, code)
    forget_connectors()
    push._noted.clear()
