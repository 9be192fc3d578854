"""A photo comes through the form and is shown to who may; what is none is refused in words and leaves nothing."""

import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from PIL import Image
from sqlmodel import select
from starlette.applications import Starlette

from orderhub.access import permissions
from orderhub.access.permissions import Permission, Role
from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.photo import MOST_OF_A_CASE, Photo
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.kernel.settings import settings
from orderhub.ui import photo_forms
from orderhub.ui.headers import Shield
from tests.domain.drafts import a_refund, a_shop, shipped
from tests.ui.conftest import SignIn

SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}
Browser = Callable[..., httpx.AsyncClient]


def shot(colour: int = 0) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (320, 240), (colour, 10, 10)).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[Browser]:
    clients: list[httpx.AsyncClient] = []

    def browser(cookie: str = "", **headers: str) -> httpx.AsyncClient:
        app = Starlette(routes=[*photo_forms.routes])
        transport = httpx.ASGITransport(app=Shield(app))
        given = SAME_SITE | ({"cookie": cookie} if cookie else {}) | headers
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://localhost:3000", headers=given))
        return clients[-1]

    yield browser
    for client in clients:
        await client.aclose()


@pytest.fixture
def case_id(database: Database) -> int:
    with database.transaction() as session:
        shop = a_shop(session)
        accept(session, shop, shipped(), now=utc_now())
        accept_refund(session, shop, a_refund(), now=utc_now())
        return session.exec(select(Aftersale.id)).one()


async def send(client: httpx.AsyncClient, case_id: object, content: bytes, name: str = "photo.jpg") -> str:
    sent = await client.post("/returns/photo", data={"case": str(case_id)}, files={"file": (name, content)})
    return sent.headers.get("location", str(sent.status_code))


def rows(database: Database) -> list[Photo]:
    with database.reading() as session:
        return list(session.exec(select(Photo)))


def kept() -> list[Path]:
    return [path for path in (settings().data_dir / "photos").rglob("*") if path.is_file()]


async def test_a_photo_is_kept_with_its_case_and_shown_as_a_jpeg_and_nothing_else(
    database: Database, browser: Browser, sign_in: SignIn, case_id: int
):
    client = browser(sign_in("ceshi-w", Role.WAREHOUSE))
    assert await send(client, case_id, shot(), "开箱 <b>.png") == f"/returns?case={case_id}"
    (row,) = rows(database)
    assert (row.aftersale_id, row.by, row.width, row.height, row.name) == (case_id, "ceshi-w", 320, 240, "开箱 <b>.png")
    (path,) = kept()
    assert (path.name, path.stat().st_size) == (f"{row.sha256}.jpg", row.size_bytes)
    shown = await client.get("/returns/photo", params={"id": row.id})
    assert (shown.status_code, shown.content) == (200, path.read_bytes())
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"].startswith("private")
    assert "sandbox" in shown.headers["content-security-policy"]
    with database.reading() as session:
        taken = session.exec(select(Event).where(Event.kind == "photo_taken")).one()
        assert (taken.actor, taken.subject_id, taken.body["photo_id"]) == ("ceshi-w", case_id, row.id)


@pytest.mark.parametrize("role", [Role.FINANCE, Role.SERVICE, Role.OPERATIONS])
async def test_who_reads_cases_sees_photos_and_takes_none(
    database: Database, browser: Browser, sign_in: SignIn, case_id: int, role: Role
):
    await send(browser(sign_in("ceshi-w", Role.WAREHOUSE)), case_id, shot())
    other = browser(sign_in("ceshi-x", role))
    assert (await other.get("/returns/photo", params={"id": 1})).status_code == 200
    assert "said=not_allowed" in await send(other, case_id, shot(9))
    assert len(rows(database)) == len(kept()) == 1


async def test_a_stranger_gets_no_photo(browser: Browser, sign_in: SignIn, case_id: int):
    await send(browser(sign_in("ceshi-w", Role.WAREHOUSE)), case_id, shot())
    plain = httpx.ASGITransport(app=Starlette(routes=[*photo_forms.routes]))
    async with httpx.AsyncClient(transport=plain, base_url="http://localhost:3000") as unshielded:
        assert (await unshielded.get("/returns/photo", params={"id": 1})).status_code == 403
    shielded = await browser().get("/returns/photo", params={"id": 1})
    assert (shielded.status_code, shielded.headers["location"].split("?")[0]) == (303, "/login")


async def test_who_may_not_read_cases_gets_no_photo(
    browser: Browser, sign_in: SignIn, case_id: int, monkeypatch: pytest.MonkeyPatch
):
    await send(browser(sign_in("ceshi-w", Role.WAREHOUSE)), case_id, shot())
    narrowed = permissions.ROLE_PERMISSIONS[Role.FINANCE] - {Permission.AFTERSALE_READ}
    monkeypatch.setitem(permissions.ROLE_PERMISSIONS, Role.FINANCE, narrowed)
    answer = await browser(sign_in("ceshi-f", Role.FINANCE)).get("/returns/photo", params={"id": 1})
    assert (answer.status_code, answer.content) == (403, b"")


@pytest.mark.parametrize("wanted", ["2", "0", "-1", "", "x", "1/../1", "../orderhub.db", "99999999999999999999"])
async def test_a_photo_that_is_not_there_is_not_found(browser: Browser, sign_in: SignIn, case_id: int, wanted: str):
    client = browser(sign_in(role=Role.WAREHOUSE))
    await send(client, case_id, shot())
    assert (await client.get("/returns/photo", params={"id": wanted})).status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"MZ\x90\x00" + b"\x00" * 900, "photo_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_unreadable"),
        (shot()[:200], "photo_unreadable"),
        (b"", "photo_missing"),
        (b"\xff\xd8" + b"\x00" * 20_000_000, "photo_too_large"),
    ],
    ids=["program", "svg", "cut off", "nothing", "20 MB"],
)
async def test_what_is_no_photo_is_refused_and_leaves_nothing(
    database: Database, browser: Browser, sign_in: SignIn, case_id: int, content: bytes, said: str
):
    client = browser(sign_in(role=Role.WAREHOUSE))
    assert await send(client, case_id, content) == f"/returns?said={said}"
    assert (rows(database), kept()) == ([], [])


async def test_what_is_far_too_large_is_not_even_read(browser: Browser, sign_in: SignIn, case_id: int):
    assert await send(browser(sign_in(role=Role.WAREHOUSE)), case_id, b"\x00" * 40_000_000) == "413"


@pytest.mark.parametrize("case", ["404", "", "x", "-1"])
async def test_a_photo_of_no_case_is_refused(
    database: Database, browser: Browser, sign_in: SignIn, case_id: int, case: str
):
    assert await send(browser(sign_in(role=Role.WAREHOUSE)), case, shot()) == "/returns?said=photo_no_case"
    assert (rows(database), kept()) == ([], [])


async def test_a_case_has_twelve_photos_and_no_more(
    database: Database, browser: Browser, sign_in: SignIn, case_id: int
):
    client = browser(sign_in(role=Role.WAREHOUSE))
    for colour in range(MOST_OF_A_CASE):
        await send(client, case_id, shot(colour * 20))
    assert await send(client, case_id, shot(255)) == "/returns?said=too_many_photos"
    assert await send(client, case_id, shot(20)) == f"/returns?case={case_id}"  # one that is there
    assert len(rows(database)) == len(kept()) == MOST_OF_A_CASE


async def test_another_site_cannot_send_a_photo(database: Database, browser: Browser, sign_in: SignIn, case_id: int):
    headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    client = browser(sign_in(role=Role.WAREHOUSE), **headers)
    assert await send(client, case_id, shot()) == "403"
    assert rows(database) == []
