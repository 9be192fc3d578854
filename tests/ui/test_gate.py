"""The gate, against a state of its own with every kind of handler."""

import asyncio
import json
from datetime import date
from enum import StrEnum
from typing import Any

import pytest
import reflex as rx

from orderhub.access import accounts, sessions
from orderhub.access.permissions import Permission, Role
from orderhub.access.users import User
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who, needs, signed, ungated_handlers
from orderhub.ui.gate_arguments import bind_arguments
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


class Colour(StrEnum):
    RED = "red"


class Trial(rx.State):
    done: list[str] = []
    note: str = rx.LocalStorage("", name="trial_note")
    plain: str = "untouched"

    @rx.event
    @needs(Permission.BOARD_READ)
    def look(self) -> None:
        self.done.append("look")

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def rule(self) -> None:
        self.done.append("rule")

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    def approve(self, order_id: int, why: str = "") -> None:
        self.done.append(f"approve {order_id!r} {why!r}")

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    def steps(self):
        self.done.append("one")
        yield
        self.done.append("two")

    @rx.event(background=True)
    @needs(Permission.ORDER_APPROVE)
    async def far(self) -> None:
        async with self:
            self.done.append(f"far {(await signed(self)).name}")

    @rx.event
    @needs(Permission.BOARD_READ)
    def chain(self):
        return Trial.rule

    def forgotten(self) -> None:
        self.done.append("forgotten")

    def set_plain(self, value: str) -> None:
        self.plain = value

    @rx.event
    @needs(Permission.BOARD_READ)
    def typed(self, colour: Colour, on: date, rows: list[int], extra: dict[str, str]) -> None:
        self.done.append(f"{colour!r} {on.isoformat()} {rows} {extra}")


NAME = Trial.get_full_name()


FORM = "__reflex_form_data__"


@pytest.mark.parametrize(
    ("given", "problem", "bound"),
    [
        ({FORM: [["word", "加急"], ["id", "1"]]}, None, {"word": "加急", "id": "1"}),
        ({FORM: []}, None, {}),
        ({FORM: [["word", 1]]}, "wrong type", None),
        ({FORM: [["word", ["a", "b"]]]}, "wrong type", None),
        ({FORM: [[1, "a"]]}, "wrong type", None),
        ({FORM: [["word"]]}, "wrong type", None),
        ({FORM: "word"}, None, {FORM: "word"}),
        ({FORM: [["word", "x" * 10_001]]}, "too big", None),
    ],
)
def test_a_form_comes_as_pairs_and_is_bound_as_text(given: Any, problem: str | None, bound: Any):
    def handler(self, form: dict[str, str]) -> None: ...

    payload = {"form": given}
    assert bind_arguments(handler, payload) == problem
    assert bound is None or payload["form"] == bound


async def done(cookie: str, *events: Any) -> list[str]:
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        for event in events:
            await (tab.fire_raw(*event) if isinstance(event, tuple) else tab.fire(event))
        return list((await tab.state(Trial)).done)


async def test_every_kind_of_handler_runs_for_who_may(sign_in: SignIn):
    found = await done(sign_in(), Trial.look, Trial.approve(7, "ok"), Trial.steps, Trial.far)
    assert found == ["look", "approve 7 'ok'", "one", "two", "far ceshi-a"]


@pytest.mark.parametrize("event", ["look", "rule", "approve", "steps", "far", "chain", "typed"])
async def test_nobody_runs_anything(database: Database, event: str):
    assert await done("", (f"{NAME}.{event}", {"order_id": 7} if event == "approve" else {})) == []
    assert await done("oh_sid=made-up", (f"{NAME}.{event}", {})) == []


async def test_a_role_without_the_permission_is_refused_and_told_which(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-w", Role.WAREHOUSE))
        for event in (Trial.approve(7), Trial.steps, Trial.far):
            await tab.fire(event)
        assert (await tab.state(Trial)).done == []
        assert (await tab.state(Who)).refused == "order:review:approve"


async def test_a_chained_event_is_asked_again(sign_in: SignIn):
    assert await done(sign_in(), Trial.chain) == []
    assert await done(sign_in("ceshi-admin", Role.ADMIN), Trial.chain) == ["rule"]


async def test_a_handler_without_a_tag_is_refused_to_administrators_too(sign_in: SignIn):
    assert await done(sign_in("ceshi-admin", Role.ADMIN), (f"{NAME}.forgotten", {})) == []
    assert [f"{NAME}.forgotten", f"{NAME}.set_plain"] == [n for n in ungated_handlers() if n.startswith(NAME)]


async def test_setvar_is_refused_to_administrators_too(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-admin", Role.ADMIN))
        await tab.fire_raw(f"{NAME}.setvar", {"var_name": "plain", "value": "changed"})
        assert (await tab.state(Trial)).plain == "untouched"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"order_id": "7"},
        {"order_id": True},
        {"order_id": 7.0},
        {"order_id": None},
        {"order_id": [7]},
        {"order_id": float("inf")},
        {"order_id": 7, "unknown": 1},
        {"order_id": 7, "why": 1},
        {"order_id": 7, "why": "x" * 10_001},
        {"order_id": 7, "why": [[]] * 2000},
    ],
)
async def test_wrong_arguments_do_not_reach_the_handler(sign_in: SignIn, payload: dict[str, Any]):
    assert await done(sign_in(), (f"{NAME}.approve", payload)) == []


async def test_right_arguments_arrive_in_their_types(sign_in: SignIn):
    payload = {"colour": "red", "on": "2026-11-24", "rows": [1, 2], "extra": {"a": "b"}}
    found = await done(sign_in(), (f"{NAME}.typed", payload))
    assert found == ["<Colour.RED: 'red'> 2026-11-24 [1, 2] {'a': 'b'}"]


def test_an_argument_without_annotation_is_refused():
    def handler(self: object, anything) -> None: ...

    assert bind_arguments(handler, {"anything": 1}) == "wrong type"


async def test_an_ended_login_empties_the_tab(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        cookie = sign_in()
        tab = open_tab(cookie)
        await tab.fire(Trial.look)
        with database.transaction() as session:
            sessions.end_session(session, sessions.session_mark(cookie), now=utc_now())
        updates = await tab.fire(Trial.look)
        assert (await tab.state(Trial)).done == []
        assert updates[-1].delta[NAME]["done_rx_state_"] == []
        assert (await tab.state(Who)).name == ""


async def test_another_login_with_the_tabs_token_finds_it_empty(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        victim = open_tab(sign_in("ceshi-a"))
        await victim.fire(Trial.look)
        thief = open_tab(sign_in("ceshi-b"), token=victim.token)
        updates = await thief.fire_raw("reflex___state____state.hydrate")
        assert (await thief.state(Trial)).done == []
        assert '"look"' not in json.dumps([update.delta for update in updates], default=str)


async def test_a_new_role_counts_from_the_next_event(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Trial.approve(1))
        with database.transaction() as session:
            accounts.change_role(session, session.get_one(User, 1), Role.FINANCE, by="x", now=utc_now())
        await tab.fire(Trial.approve(2))
        assert (await tab.state(Trial)).done == ["approve 1 ''"]
        assert (await tab.state(Who)).role == "finance"


async def test_a_browser_sets_only_what_it_may_keep(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        store = "reflex___state____state.reflex___state____update_vars_internal_state.update_vars_internal"
        for given in (
            {f"{NAME}.note_rx_state_": {"a": 1}},
            {f"{NAME}.note_rx_state_": "x" * 4097},
            {f"{NAME}.plain_rx_state_": "changed"},
            {f"{NAME}._secret": "changed"},
            {"no.such.state": "x"},
        ):
            await tab.fire_raw(store, {"vars": given})
        assert ((await tab.state(Trial)).note, (await tab.state(Trial)).plain) == ("", "untouched")
        await tab.fire_raw(store, {"vars": {f"{NAME}.note_rx_state_": "kept"}})
        assert (await tab.state(Trial)).note == "kept"


async def test_the_frontends_error_report_does_not_run(sign_in: SignIn, caplog: pytest.LogCaptureFixture):
    state = "reflex___state____state.reflex___state____frontend_event_exception_state"
    await done(sign_in(), (f"{state}.handle_frontend_exception", {"info": "forged line", "component_stack": ""}))
    assert "forged line" not in caplog.text


async def test_the_page_knows_its_user_and_sends_it_once(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Trial.look)
        again = await tab.fire(Trial.look)
        who = await tab.state(Who)
        assert (who.name, who.role, "order:review:approve" in who.permissions) == ("ceshi-a", "operations", True)
        assert not [update for update in again if Who.get_full_name() in update.delta]


async def test_sixty_events_at_once_then_twenty_a_second():
    from orderhub.ui.gate_socket import _Bucket

    bucket = _Bucket()
    assert sum(bucket.take(100.0) for _ in range(500)) == 60
    assert sum(bucket.take(101.0) for _ in range(500)) == 20
    assert sum(bucket.take(200.0) for _ in range(500)) == 60
    await asyncio.sleep(0)
