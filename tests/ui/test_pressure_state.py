"""Can the level be set and lifted on its page, and does level 3 refuse every change while everything is read?"""

from datetime import timedelta

import pytest
from sqlmodel import select, update

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission, Role
from orderhub.access.sessions import UserSession, forget_when_kept, signed_in
from orderhub.intake.hub_level import hub_level, keep_sample
from orderhub.intake.pausing import PAUSABLE, off_the_list
from orderhub.intake.pressure import Sample
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.errors import ReadOnly
from orderhub.kernel.eventlog import Event
from orderhub.kernel.level import Felt, Level, Sign, feel
from orderhub.ui import live
from orderhub.ui.live import Scene, _Stage
from orderhub.ui.pressure_view import pressure_view
from orderhub.ui.state.board import Board
from orderhub.ui.state.card import Card
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.pressure import Pressure
from orderhub.ui.state.proof import Proof
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime

READ_ONLY = Felt(Level.READ_ONLY, Sign.PINNED, since=utc_now(), by="ceshi-m", reason="机房检修", until=utc_now())
FORM = {"level": "read_only", "minutes": "30", "reason": "机房检修"}


def level_of(database: Database) -> Felt:
    with database.reading() as session:
        return hub_level(session).at(utc_now())


def kinds(database: Database) -> list[str]:
    with database.reading() as session:
        wanted = select(Event.kind).where(Event.subject_type == "pressure").order_by(Event.id)  # type: ignore[arg-type]
        return list(session.exec(wanted))


async def test_a_manager_sets_a_level_with_a_reason_and_lifts_it(database: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit("/studio/pressure", Pressure.enter)
        for wrong in ({"level": "off"}, {"minutes": "0"}, {"minutes": "x"}, {"reason": " "}):
            await tab.fire(Pressure.pin(FORM | wrong))
            assert (await tab.state(Pressure)).is_refusal
        assert level_of(database).level is Level.NORMAL
        await tab.fire(Pressure.pin(FORM))
        held = level_of(database)
        assert (held.level, held.by, held.reason) == (Level.READ_ONLY, "ceshi-m", "机房检修")
        assert held.until
        assert timedelta(minutes=29) < held.until - utc_now() <= timedelta(minutes=30)
        feel(held)
        await tab.fire(Pressure.lift())
        assert not (await tab.state(Pressure)).is_refusal
    assert level_of(database).level is Level.NORMAL
    assert kinds(database) == ["level_pinned", "level_switched", "level_unpinned", "level_switched"]


async def test_setting_it_wants_a_fresh_code(database: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit("/studio/pressure", Pressure.enter)
        with database.transaction() as session:
            session.exec(update(UserSession).values(proved_at=utc_now() - timedelta(hours=1)))  # type: ignore[call-overload]
            forget_when_kept(session)
        await tab.fire(Pressure.pin(FORM))
        assert (await tab.state(Proof)).asked_for
    assert kinds(database) == []


async def test_who_may_not_set_it_is_refused(database: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-o", Role.OPERATIONS))
        for event in (Pressure.pin(FORM), Pressure.lift(), Pressure.take_off("job:look_back")):
            await tab.fire(event)
    assert kinds(database) == []


async def test_an_entry_is_taken_off_the_list(database: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit("/studio/pressure", Pressure.enter)
        for stranger in ("job:sync", "x", "", "workflow:look_back"):
            await tab.fire(Pressure.take_off(stranger))
            assert (await tab.state(Pressure)).is_refusal
        await tab.fire(Pressure.take_off("job:look_back"))
        shown = {one.id: one.off_by for one in (await tab.state(Pressure)).view.may_wait}
        assert shown == {f"{kind}:{name}": "" for kind, name in PAUSABLE} | {"job:look_back": "ceshi-m"}
        await tab.fire(Pressure.put_back("job:look_back"))
    with database.reading() as session:
        assert off_the_list(session) == {}
    assert kinds(database) == ["pausing_changed"] * 2


async def test_a_change_is_refused_with_the_reason_and_the_list_reads(
    database: Database, sign_in: SignIn, make_order: MakeOrder
):
    order_id = make_order()
    feel(READ_ONLY)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/orders", Frame.enter, Board.enter)
        frame = await tab.state(Frame)
        assert (frame.level, frame.level_note.by, frame.level_note.reason) == ("read_only", "ceshi-m", "机房检修")
        assert [row.id for row in (await tab.state(Board)).rows] == [order_id]
        await tab.fire(Card.add_tag({"order_id": order_id, "word": "压测"}))
        card = await tab.state(Card)
        assert (card.said, card.is_refusal) == ("ceshi-m 已把系统设为只读（机房检修），恢复前不能修改", True)
        feel(Felt())
        await tab.fire(Card.add_tag({"order_id": order_id, "word": "压测"}))
        assert not (await tab.state(Card)).is_refusal


@pytest.mark.parametrize("permission", [one for one in Permission if one is not Permission.PRESSURE_CHANGE])
def test_level_three_refuses_every_permission_but_the_levels_own(
    database: Database, sign_in: SignIn, permission: Permission
):
    user = signed_in(sign_in("ceshi-a", Role.ADMIN), utc_now())
    assert user
    feel(READ_ONLY)
    with pytest.raises(ReadOnly, match="read-only"), acting(user, permission):
        pytest.fail("it was let through")


def test_the_last_hour_is_drawn_without_a_line_through_a_gap(database: Database):
    now = utc_now()
    with database.transaction() as session:
        for seconds, cpu in ((900, 20.0), (885, 40.0), (60, 90.0), (45, None), (30, 80.0)):
            keep_sample(session, Sample(0.0, cpu, depth=seconds), Level.NORMAL, now - timedelta(seconds=seconds))
    with database.reading() as session:
        view = pressure_view(session, now)
    assert (view.cpu.line.count("M"), view.cpu.line.count("L")) == (2, 2)
    assert (view.cpu.last, view.cpu.most, view.waiting.most) == ("80 %", "90 %", "900")


def test_lists_are_read_every_half_minute_at_level_two_and_one_order_at_once(monkeypatch: pytest.MonkeyPatch):
    listed = _Stage(Scene("board", "s", Permission.BOARD_READ, dict), live.sight())
    one = _Stage(Scene("card", "s", Permission.BOARD_READ, dict, about=("order", 1)), live.sight())
    for stage in (listed, one):
        stage.asked_at = 1_000.0

    def may_ask(at: float) -> tuple[bool, bool]:
        monkeypatch.setattr(live.time, "monotonic", lambda: at)
        return live.Live._may_ask(listed), live.Live._may_ask(one)

    assert may_ask(1_001) == (True, True)
    feel(Felt(Level.THROTTLED, Sign.CPU, paused=frozenset(PAUSABLE)))
    assert may_ask(1_001) == (False, True)
    assert may_ask(1_030) == (True, True)
    feel(Felt(Level.THROTTLED, Sign.CPU))
    assert may_ask(1_001) == (True, True)
