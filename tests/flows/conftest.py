from collections.abc import Generator, Iterator
from typing import Any

import pytest
from sqlalchemy import inspect

import orderhub.kernel.job_runs  # noqa: F401  (registers its tables)
from orderhub.intake import push
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel import db
from orderhub.kernel.audit_chain import seal_all
from orderhub.kernel.audit_proof import prove_audit
from orderhub.kernel.clock import utc_now
from orderhub.lab.app import create_lab
from orderhub.prove_privacy import prove_privacy
from tests.databases import with_tables

from .hub import TOLD, Hub, served


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Whatever a story went through: no buyer and no secret lies in the clear afterwards, and the log is as sealed."""
    result = yield
    if db._current is not None and inspect(db._current.engine).has_table("event"):
        seal_all(utc_now())
        assert not prove_audit(utc_now()).findings
        assert not prove_privacy().findings
    return result


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
