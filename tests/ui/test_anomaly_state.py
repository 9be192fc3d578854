"""Does the page of anomalies show what the address asks for, and close only with a reason?"""

import pytest

from orderhub.access.permissions import ROLE_PERMISSIONS, Role
from orderhub.domain.anomaly import Anomaly, open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.state.anomaly import Anomalies
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

MISMATCH, DEAD = AnomalyKind.AMOUNT_MISMATCH, AnomalyKind.DEAD_LETTER


@pytest.fixture
def anomaly_ids(database: Database) -> list[str]:
    """A message that died, then an order whose amounts differ."""
    now = utc_now()
    with database.transaction() as session:
        made = [
            open_anomaly(session, DEAD, about=("message", 41), occurred_at=now, now=now),
            open_anomaly(session, MISMATCH, about=("order", 7), occurred_at=now, now=now, at_risk_fen=13_940),
        ]
        return [str(one.id) for one in made]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/anomalies", ["#7", "#41"]),
        ("/anomalies?kind=dead_letter", ["#41"]),
        ("/anomalies?kind=nonsense", ["#7", "#41"]),
        ("/anomalies?resolved=1", []),
        ("/anomalies?before=x", ["#7", "#41"]),
    ],
)
async def test_the_address_says_which_are_shown(
    sign_in: SignIn, anomaly_ids: list[str], address: str, shown: list[str]
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.FINANCE))
        await tab.visit(address, Anomalies.enter)
        state = await tab.state(Anomalies)
        assert [row.about for row in state.view.rows] == shown
        assert [(kind.kind, kind.count) for kind in state.view.kinds] == [(MISMATCH, "1"), (DEAD, "1")]
        assert (state.is_loaded, state.has_failed) == (True, False)


async def test_resolving_takes_a_reason_and_moves_it_to_the_resolved(
    sign_in: SignIn, anomaly_ids: list[str], database: Database
):
    _dead, mismatch = anomaly_ids
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/anomalies", Anomalies.enter, Anomalies.ask(mismatch))
        await tab.fire(Anomalies.resolve({"id": mismatch, "reason": " "}))
        state = await tab.state(Anomalies)
        assert (state.said, state.is_refusal, state.resolving) == ("请写明原因", True, mismatch)
        await tab.fire(Anomalies.resolve({"id": mismatch, "reason": "平台补贴"}))
        state = await tab.state(Anomalies)
        assert (state.said, state.is_refusal, state.resolving) == ("已解决", False, "")
        assert [row.about for row in state.view.rows] == ["#41"]
        await tab.visit("/anomalies?resolved=1", Anomalies.enter)
        assert [row.resolved_by for row in (await tab.state(Anomalies)).view.rows] == ["ceshi-a"]


async def test_what_is_resolved_already_or_not_there_is_said(sign_in: SignIn, anomaly_ids: list[str]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Anomalies.resolve({"id": anomaly_ids[0], "reason": "重放过"}))
        await tab.fire(Anomalies.resolve({"id": anomaly_ids[0], "reason": "重放过"}))
        assert (await tab.state(Anomalies)).said == "已经有人解决了"
        await tab.fire(Anomalies.resolve({"id": "9" * 30, "reason": "重放过"}))
        assert (await tab.state(Anomalies)).said == "找不到了"


async def test_who_may_not_resolve_changes_nothing(
    sign_in: SignIn, anomaly_ids: list[str], database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.WAREHOUSE, frozenset())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Anomalies.resolve({"id": anomaly_ids[0], "reason": "重放过"}))
        assert (await tab.state(Who)).refused == "anomaly:item:resolve"
    with database.reading() as session:
        assert session.get_one(Anomaly, int(anomaly_ids[0])).resolved_at is None
