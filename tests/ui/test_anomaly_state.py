"""Does the desk show what the address asks for, and change only what a person may, with a reason?"""

import pytest

from orderhub.access.permissions import ROLE_PERMISSIONS, Role
from orderhub.domain.anomaly import Anomaly, open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.task import Task, TaskStatus
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.playbook_text import PLAYBOOKS
from orderhub.ui.state.anomaly import Anomalies
from orderhub.ui.state.frame import Frame, Mine
from orderhub.ui.state.ladder import Ladder
from orderhub.ui.state.task import Tasks
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

MISMATCH, SILENT = AnomalyKind.AMOUNT_MISMATCH, AnomalyKind.NO_MOVEMENT


@pytest.fixture
def anomaly_ids(database: Database) -> list[str]:
    """A silent parcel with a task, then an order whose amounts differ; both operations'."""
    now = utc_now()
    with database.transaction() as session:
        made = [
            open_anomaly(session, SILENT, about=("track", 41), occurred_at=now, now=now, note="75310001"),
            open_anomaly(session, MISMATCH, about=("order", 7), occurred_at=now, now=now, at_risk_fen=13_940),
        ]
        return [str(one.id) for one in made]


def at(database: Database, anomaly_id: str) -> Anomaly:
    with database.reading() as session:
        return session.get_one(Anomaly, int(anomaly_id))


def test_every_kind_has_a_playbook_in_both_languages() -> None:
    assert set(PLAYBOOKS) == set(AnomalyKind)
    assert all(2 <= len(steps) <= 5 and all(zh and en for zh, en in steps) for steps in PLAYBOOKS.values())


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/anomalies", ["#7", "#41"]),
        ("/anomalies?kind=no_movement", ["#41"]),
        ("/anomalies?kind=nonsense&state=x&sort=y&at=z", ["#7", "#41"]),
        ("/anomalies?state=resolved", []),
        ("/anomalies?state=mine", []),
        ("/anomalies?role=warehouse", []),
        ("/anomalies?sort=money", ["#7", "#41"]),
    ],
)
async def test_the_address_says_which_are_shown(
    sign_in: SignIn, anomaly_ids: list[str], address: str, shown: list[str]
) -> None:
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.FINANCE))
        await tab.visit(address, Anomalies.enter)
        state = await tab.state(Anomalies)
        assert [row.about for row in state.view.rows] == shown
        assert state.view.total == str(len(shown))
        assert [(one.kind, one.width) for one in state.view.top] == [(MISMATCH, "100"), (SILENT, "0")]
        assert (state.is_loaded, state.has_failed, state.card.id) == (True, False, "")


async def test_one_is_opened_taken_handed_over_ended_and_opened_again(
    sign_in: SignIn, anomaly_ids: list[str], database: Database
) -> None:
    silent, _ = anomaly_ids
    sign_in("ceshi-w", Role.WAREHOUSE)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit(f"/anomalies?anomaly={silent}", Anomalies.enter)
        card = (await tab.state(Anomalies)).card
        assert (card.kind, [step.no for step in card.steps]) == (SILENT, ["1", "2", "3"])
        await tab.fire(Anomalies.take(silent))
        assert at(database, silent).owner == "ceshi-a"
        form = {"id": silent, "to": "person:ceshi-w", "quick": "需查底单", "reason": "差 0.8 kg"}
        await tab.fire(Anomalies.ask("hand_over", False))  # noqa: FBT003
        await tab.fire(Anomalies.hand_over(form | {"to": "person:nobody"}))
        state = await tab.state(Anomalies)
        assert (state.is_refusal, state.asking) == (True, "hand_over")
        await tab.fire(Anomalies.hand_over(form))
        state = await tab.state(Anomalies)
        assert (state.said, state.asking, state.card.owner) == ("已转派", "", "ceshi-w")
        assert state.card.history[0].word == "需查底单 差 0.8 kg"
        await tab.fire(Anomalies.end({"id": silent, "reason": " "}))
        assert (await tab.state(Anomalies)).said == "请写明原因"
        await tab.fire(Anomalies.end({"id": silent, "reason": "找到了"}))
        assert at(database, silent).resolved_by == "ceshi-a"
        await tab.fire(Anomalies.reopen({"id": silent, "reason": "买家再次投诉"}))
        assert (at(database, silent).resolved_at, at(database, silent).reopened) == (None, 1)


async def test_many_are_changed_each_by_itself_and_what_is_refused_stays_and_says_why(
    sign_in: SignIn, anomaly_ids: list[str], database: Database
) -> None:
    silent, mismatch = anomaly_ids
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Anomalies.end({"id": mismatch, "reason": "补贴"}))
        await tab.fire(Anomalies.toggle(silent))
        await tab.fire(Anomalies.toggle(mismatch))
        await tab.fire(Anomalies.ask("hand_over", True))  # noqa: FBT003
        await tab.fire(Anomalies.hand_over({"id": "", "to": "role:service", "reason": "安抚"}))
        state = await tab.state(Anomalies)
        assert (state.selected, state.problems) == ([mismatch], {mismatch: "已经有人解决了"})
        assert at(database, silent).owner_role == "service"
        await tab.fire(Anomalies.clear())
        await tab.fire(Anomalies.ask("end", True))  # noqa: FBT003
        await tab.fire(Anomalies.end({"id": silent, "reason": "好了"}))
        assert (await tab.state(Anomalies)).is_refusal
        assert at(database, silent).resolved_at is None


async def test_who_may_not_resolve_changes_nothing(
    sign_in: SignIn, anomaly_ids: list[str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gated_runtime() as open_tab:
        other = open_tab(sign_in("ceshi-w", Role.WAREHOUSE))
        await other.fire(Anomalies.take(anomaly_ids[0]))
        assert (await other.state(Anomalies)).said == "这属于别的角色，你不能改"
        await other.fire(Ladder.save({"share0": "50", "told0": "role"}))
        assert (await other.state(Who)).refused == "anomaly:ladder:change"
        monkeypatch.setitem(ROLE_PERMISSIONS, Role.WAREHOUSE, frozenset())
        bare = open_tab(sign_in("ceshi-v", Role.WAREHOUSE))
        await bare.fire(Anomalies.end({"id": anomaly_ids[0], "reason": "重放过"}))
        assert (await bare.state(Who)).refused == "anomaly:item:resolve"
    assert (at(database, anomaly_ids[0]).owner, at(database, anomaly_ids[0]).resolved_at) == ("", None)


async def test_a_task_is_taken_and_finished_with_its_anomaly_and_counted_in_the_menu(
    sign_in: SignIn, anomaly_ids: list[str], database: Database
) -> None:
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/tasks?scope=role", Frame.enter, Tasks.enter)
        (row,) = (await tab.state(Tasks)).view.rows
        assert ((await tab.state(Mine)).tasks, row.title) == ("1", "75310001")
        await tab.fire(Tasks.take(row.id))
        await tab.visit(f"/tasks?task={row.id}", Tasks.enter)
        state = await tab.state(Tasks)
        assert ([one.id for one in state.view.rows], state.card.owner) == ([row.id], "ceshi-a")
        await tab.fire(Tasks.end({"id": row.id, "reason": "快递找到了"}))
        assert (await tab.state(Tasks)).card.result == "快递找到了"
    assert at(database, anomaly_ids[0]).resolved_by == "ceshi-a"
    with database.reading() as session:
        assert session.get_one(Task, int(row.id)).status is TaskStatus.CLOSED


async def test_a_manager_sets_another_ladder(sign_in: SignIn, database: Database) -> None:
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit("/anomalies/ladder", Ladder.enter)
        assert (await tab.state(Ladder)).shares == ["80", "100", "150", "", "", ""]
        await tab.fire(Ladder.save({"share0": "x", "told0": "role"}))
        assert (await tab.state(Ladder)).is_refusal
        await tab.fire(Ladder.save({"share0": "50", "told0": "role", "share1": "", "told1": "owner"}))
        state = await tab.state(Ladder)
        assert (state.said, state.shares[:2], state.told[0]) == ("已保存", ["50", ""], "role")
