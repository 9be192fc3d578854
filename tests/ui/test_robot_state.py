"""The bell and the page of who gets what: live, each for their own, and changed only by who may."""

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from orderhub.access import sessions
from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.automation.card_words import KINDS, ROLES, SEVERITIES
from orderhub.automation.robot_keyring import RobotDraft, connect_robot, forget_robot_lines
from orderhub.automation.runner import run_next
from orderhub.connectors.robots.registry import MODULES
from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.notice_route import NoticeRoute
from orderhub.domain.robot import Robot
from orderhub.domain.task import TaskKind
from orderhub.domain.words import RobotFault, RobotKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.lab.app import create_lab
from orderhub.lab.robots import KEYS, PATH
from orderhub.ui import robot_forms
from orderhub.ui.gate import Who
from orderhub.ui.headers import Shield
from orderhub.ui.messages import MESSAGES
from orderhub.ui.state.bell import Bell
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.robots import Robots
from orderhub.ui.words import LABELS
from tests.flows.hub import served
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

ROUTE = {"target": "role:manager", "kind": "oversold", "least_severity": "low", "role": "", "shop": "0"}
ROUTE |= {"quiet_from": "22:30", "quiet_until": "07:00", "is_active": "on"}
SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}


def goes_wrong(database: Database, about: int = 1) -> None:
    now = utc_now()
    with database.transaction() as session:
        open_anomaly(session, AnomalyKind.OVERSOLD, about=("sku", about), occurred_at=now, now=now, note="BOX-40L")
    while run_next(utc_now()):
        pass


@pytest.fixture
def robot_id(database: Database) -> int:
    with database.transaction() as session:
        draft = RobotDraft(RobotKind.WECOM, "值班群", KEYS[RobotKind.WECOM].key)
        return connect_robot(session, draft, by="ceshi-a", now=utc_now()).id


async def test_the_bell_counts_what_is_new_for_its_role(sign_in: SignIn, database: Database):
    goes_wrong(database, 1)
    goes_wrong(database, 2)
    async with gated_runtime() as open_tab:
        warehouse = open_tab(sign_in("ceshi-w", Role.WAREHOUSE))
        await warehouse.visit("/", Frame.enter)
        view = (await warehouse.state(Bell)).view
        assert (view.unread, [row.kind for row in view.rows]) == ("2", ["oversold", "oversold"])
        assert (view.rows[0].text, view.rows[0].href) == ("BOX-40L", "/anomalies?kind=oversold")
        await warehouse.fire(Bell.read(view.rows[0].id))
        assert (await warehouse.state(Bell)).view.unread == "1"
        finance = open_tab(sign_in("ceshi-f", Role.FINANCE))
        await finance.visit("/", Frame.enter)
        assert (await finance.state(Bell)).view.rows == []
        await finance.fire(Bell.read(view.rows[1].id))  # somebody else's
        await warehouse.fire(Bell.read_all())
        assert (await warehouse.state(Bell)).view.unread == ""


@pytest.mark.parametrize("hostile", ["", "x", "-1", "9" * 30, "0"])
async def test_an_id_that_is_none_reads_nothing(sign_in: SignIn, database: Database, hostile: str):
    goes_wrong(database)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-w", Role.WAREHOUSE))
        await tab.fire(Bell.read(hostile))
        assert (await tab.state(Bell)).view.unread == "1"


async def test_routes_are_put_edited_and_removed(sign_in: SignIn, database: Database, robot_id: int):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit("/studio/robots", Robots.enter)
        await tab.fire(Robots.put(ROUTE))
        view = (await tab.state(Robots)).view
        assert [(one.target, one.to_role, one.quiet) for one in view.routes] == [
            ("", "manager", "22:30–07:00"),
            ("值班群", "", ""),
        ]
        await tab.visit(f"/studio/robots?route={view.routes[0].id}", Robots.enter)
        form = (await tab.state(Robots)).view.form
        assert (form.target, form.quiet_from, form.quiet_until) == ("role:manager", "22:30", "07:00")
        await tab.fire(Robots.remove(view.routes[0].id))
        assert len((await tab.state(Robots)).view.routes) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"target": ""},
        {"target": "role:king"},
        {"target": "robot:99"},
        {"target": "shop:1"},
        {"kind": "<script>"},
        {"least_severity": "worst"},
        {"role": "king"},
        {"shop": "99"},
        {"quiet_from": "25:00"},
        {"quiet_from": "aa:bb"},
        {"quiet_until": "9" * 40},
        {"id": "99"},
    ],
)
async def test_a_route_that_cannot_be_is_refused_in_words(sign_in: SignIn, database: Database, changes: dict[str, str]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit("/studio/robots", Robots.enter)
        await tab.fire(Robots.put(ROUTE | changes))
        state = await tab.state(Robots)
        assert state.is_refusal
        assert state.said
    with database.reading() as session:
        assert session.exec(select(NoticeRoute)).all() == []


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_may_not_changes_nothing(sign_in: SignIn, database: Database, robot_id: int, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-x", role))
        for event in (Robots.put(ROUTE), Robots.remove("1"), Robots.switch(str(robot_id), is_active=False)):
            await tab.fire(event)
            assert (await tab.state(Who)).refused == "system:robot:change"
    with database.reading() as session:
        assert session.get_one(Robot, robot_id).is_active
        assert len(session.exec(select(NoticeRoute)).all()) == 1


async def test_operations_read_the_page_and_no_key_is_on_it(sign_in: SignIn, robot_id: int):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/robots", Robots.enter)
        state = await tab.state(Robots)
        assert [one.name for one in state.view.robots] == ["值班群"]
        assert state.view.card.title
        assert KEYS[RobotKind.WECOM].key not in repr(state.view)


async def test_keys_come_by_a_native_form_and_the_test_says_what_came_of_it(database: Database):
    app = create_lab(living=False)
    with database.transaction() as session:
        user = create_user(session, "ceshi-m", "kuaidi-zai-lushang-7", Role.MANAGER, now=utc_now())
        token = sessions.open_session(session, user, address="192.0.2.1", device="", now=utc_now())
    with served(app) as url:
        transport = httpx.ASGITransport(app=Shield(Starlette(routes=robot_forms.routes)))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost:3000", headers=SAME_SITE, cookies={"oh_sid": token}
        ) as browser:
            keys = KEYS[RobotKind.DINGTALK]
            form = {"id": "", "kind": "dingtalk", "name": "值班群", "secret": ""}
            refused = await browser.post("/robots", data=form | {"key": "https://evil.example/robot/send"})
            assert refused.headers["location"] == "/studio/robots?said=robot_host"
            address = f"https://oapi.dingtalk.com/robot/send?access_token={keys.key}"
            saved = await browser.post("/robots", data=form | {"key": address, "secret": "SECwrong"})
            assert "done=robot_saved" in saved.headers["location"]
            with database.transaction() as other:
                robot = other.exec(select(Robot)).one()
                robot.base_url = f"{url}{PATH}/dingtalk"  # nobody types one: a person's robot talks to its platform
                other.add(robot)
            tried = await browser.post("/robots/test", data={"id": str(robot.id)})
            assert tried.headers["location"] == "/studio/robots?said=robot_sign_wrong"
            await browser.post("/robots", data=form | {"id": str(robot.id), "key": "", "secret": keys.secret})
            tried = await browser.post("/robots/test", data={"id": str(robot.id)})
            assert "done=robot_tested" in tried.headers["location"]
    assert len(app.state.robots.chats[RobotKind.DINGTALK].said) == 1
    with database.reading() as session:
        bodies = str([event.body for event in session.exec(select(Event))])
    assert keys.key not in bodies
    forget_robot_lines()


def test_a_chat_names_things_as_the_screens_do():
    names = {str(kind): chinese for words in (AnomalyKind, TaskKind) for kind, (chinese, _) in LABELS[words].items()}
    assert {str(kind): name for kind, name in KINDS.items()} == names
    assert {word: LABELS[Severity][word][0] for word in Severity} == SEVERITIES
    assert {str(role): LABELS[Role][role][0] for role in Role} == ROLES


def test_every_code_of_a_chat_has_a_sentence():
    faults = {fault for module in MODULES.values() for fault in module.CODES.values()} | set(RobotFault)
    assert {f"problem_robot_{fault}" for fault in faults} - set(MESSAGES) == set()
