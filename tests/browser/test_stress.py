"""The page of load tests: what to run where there is none, then a real run opened and taken away."""

import json
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import COMMAND, Hub, settled_demo
from .test_frame import PHONE, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with settled_demo(tmp_path_factory.mktemp("stress"), history_days=0) as served:
        yield served


def test_a_run_is_found_on_the_page(hub: Hub, open_page: OpenPage):
    page = open_page(Role.MANAGER, "/studio/stress")
    expect(page.get_by_text("orderhub stress --orders 10000")).to_be_visible()

    asked = ["--orders", "80", "--concurrency", "40", "--verify", "--seed", "3"]
    done = subprocess.run([COMMAND, "stress", *asked], env=hub.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all 80 acknowledged orders are held" in done.stdout

    page.reload()
    page.locator("tbody a.no").first.click()
    expect(page.get_by_text("核对通过：已确认的 80 单全部在库")).to_be_visible()
    assert page.locator("main img").evaluate(
        "e => e.complete && e.naturalWidth > 0 || new Promise(r => e.onload = () => r(true))"
    )
    with page.expect_download() as told:
        page.get_by_role("button", name="下载 JSON").click()
    assert json.loads(told.value.path().read_text())["orders"] == 80
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate(_TOO_WIDE) <= 0


def test_a_hub_that_is_no_demo_is_not_filled(hub: Hub):
    asked = ["--orders", "1", "--url", "http://127.0.0.1:9"]
    done = subprocess.run([COMMAND, "stress", *asked], env=hub.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "does not answer" in done.stderr
