"""Does the API keep to its own document? Schemathesis asks it, a little in the gate; `make fuzz` asks for minutes."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from orderhub.api import rates
from orderhub.api.app import create_api
from tests.fuzz.__main__ import filled

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
QUICK = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def asked(database, monkeypatch):
    """Every operation of the document, and a key that may do all of it."""
    for name in ("READS_PER_MINUTE", "POSTS_PER_MINUTE", "FORGED_PER_MINUTE", "PER_ADDRESS"):
        monkeypatch.setattr(rates, name, 10**9)
    with database.transaction() as session:
        key = filled(session)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_api())
    return [found.ok() for found in schema.get_all_operations()], {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("with_key", [True, False])
def test_every_operation_answers_as_documented(asked, *, with_key: bool):
    operations, bearer = asked
    assert len(operations) >= 10

    @QUICK
    @given(st.data())
    def ask(data):
        for operation in operations:
            case = data.draw(operation.as_strategy())
            case.call_and_validate(checks=CHECKS, headers=bearer if with_key else {})

    ask()
