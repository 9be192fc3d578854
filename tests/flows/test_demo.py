"""Do the demo's shops push to the hub that plays with them?"""

import httpx
import pytest

from orderhub import demo
from orderhub.access.api_keys import list_keys
from orderhub.access.permissions import Permission
from orderhub.domain.channel_stock import Formula
from orderhub.insights.channel_stock import shop_rows
from orderhub.kernel.db import Database, reading
from orderhub.kernel.settings import settings


@pytest.fixture
def lab_url(lab, monkeypatch: pytest.MonkeyPatch) -> str:
    _app, url = lab
    monkeypatch.setenv("ORDERHUB_LAB_URL", url)
    monkeypatch.setenv("ORDERHUB_PORT", "3999")
    settings.cache_clear()
    return url


def test_every_shop_that_can_push_pushes_to_the_hub(lab_url: str) -> None:
    demo.ask_for_pushes()
    assert httpx.get(f"{lab_url}/lab/pushes").json()["targets"] == {
        code: f"http://127.0.0.1:3999/api/push/douyin/{code}" for code in ("dy-flagship", "dy-outlet", "dy-live")
    }


def test_asking_again_disturbs_no_shop_that_pushes(lab_url: str) -> None:
    demo.ask_for_pushes()
    asked = len(httpx.get(f"{lab_url}/lab/pushes").json()["sent"])
    demo.ask_for_pushes()
    assert len(httpx.get(f"{lab_url}/lab/pushes").json()["sent"]) == asked


def test_the_mini_program_posts_with_a_key_that_may_only_post(lab_url: str, database: Database) -> None:
    demo.seed_demo()
    demo.ask_for_posts()
    assert httpx.get(f"{lab_url}/lab/posts").json()["targets"] == {"mp-flagship": "http://127.0.0.1:3999/api/v1/orders"}
    target = httpx.get(f"{lab_url}/lab/wechat").json()["notices"]["target"]
    assert target == "http://127.0.0.1:3999/api/push/wechat-pay/mp-flagship"
    demo.ask_for_posts()
    with reading() as session:
        keys = [key for key in list_keys(session) if key.name != demo._STRESS_NAME]
        assert [key.permissions for key in keys] == [[Permission.API_ORDER_WRITE]]


def test_a_lab_that_starts_anew_gets_a_new_key_and_the_old_one_dies(lab, lab_url: str, database: Database) -> None:
    demo.seed_demo()
    demo.ask_for_posts()
    lab[0].state.posts.targets.clear()
    demo.ask_for_posts()
    with reading() as session:
        keys = [key for key in list_keys(session) if key.name != demo._STRESS_NAME]
        assert [key.revoked_at is None for key in keys] == [True, False]


def test_a_newcomer_sees_what_a_channel_may_sell(lab_url: str, database: Database) -> None:
    demo.seed_demo()
    demo.seed_demo()
    with reading() as session:
        told = [(one.shop.code, one.share.formula) for one in shop_rows(session) if one.share]
    assert told == [("tb-flagship", Formula(percent=80, buffer=5))]
