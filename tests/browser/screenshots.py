"""``python -m tests.browser.screenshots [FOLDER]``: every page, wide and narrow, light and dark, as PNG.

Without a folder they go to ``test-results/pictures``, and the README's picture is made anew.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from orderhub.access.permissions import Role

from .chromium import chromium
from .served import ROOT, Hub, served_demo, wait_until_taken

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
PICTURES = ROOT / "test-results" / "pictures"
README_PICTURE, SHOWS = ROOT / "docs" / "pictures" / "board.png", "drawer-wide-light"

Look = Callable[[Page, Hub], None]


def _open_drawer(page: Page, hub: Hub) -> None:
    page.goto(f"{hub.origin}/orders")
    page.click("tr.order >> nth=2 >> a.no")
    page.wait_for_selector(".drawer .lines")


def _open_editor(page: Page, hub: Hub) -> None:
    page.goto(f"{hub.origin}/studio/mapping?channel=douyin")
    page.click(".mpaths >> text=buyer_words")
    page.fill("#mapping-table", "急发=加急")
    page.wait_for_selector(".mpreview tbody tr")


def _unfold_review(page: Page, hub: Hub) -> None:
    page.goto(f"{hub.origin}/review?hold=zero_yuan")
    page.click("[data-row-key=r] >> nth=0")
    page.wait_for_selector(".rhold form")


def _visit(path: str, ready: str) -> Look:
    def look(page: Page, hub: Hub) -> None:
        page.goto(f"{hub.origin}{path}")
        page.wait_for_selector(ready)

    return look


LOOKS: dict[str, Look] = {
    "workbench": _visit("/", ".grid tbody tr"),
    "board": _visit("/orders", "tr.order"),
    "drawer": _open_drawer,
    "review": _unfold_review,
    "warehouse": _visit("/warehouse", ".floor tbody tr, .floor .void"),
    "outbox": _visit("/outbox", "tbody tr"),
    "notices": _visit("/notices", "[name=quiet_from]"),
    "aftersale": _visit("/aftersale?tab=all", "tr.order, .void"),
    "anomalies": _visit("/anomalies", ".void, tbody tr"),
    "loop": _visit("/anomalies/loop", ".lp-huge"),
    "ladder": _visit("/anomalies/ladder", "[name=share0]"),
    "tasks": _visit("/tasks?scope=all", ".void, tr.order"),
    "service": _visit("/service", ".svq, .void"),
    "service-times": _visit("/service/times", ".figs strong"),
    "mapping": _open_editor,
    "rules": _visit("/studio/rules", ".cd"),
    "pressure": _visit("/studio/pressure", ".pr-now"),
    "flow": _visit("/studio/flow", ".fnode:visible, .flist:visible"),
    "ledger": _visit("/ledger", ".figs strong"),
    "settlement": _visit("/settlement", ".figs strong"),
    "freight": _visit("/freight", ".figs strong"),
    "suppliers": _visit("/suppliers", ".void, tbody tr"),
    "purchases": _visit("/purchases", ".void, tbody tr"),
    "replenishment": _visit("/replenishment", ".void, tbody tr"),
    "rollout": _visit("/studio/rollout", "[name=level]"),
    "allocation": _visit("/studio/allocation", "[name=carrier]"),
    "assignment": _visit("/studio/assignment", "[name=person_by]"),
    "schedules": _visit("/reports/schedules", "[name=mails]"),
    "webhooks": _visit("/studio/webhooks", "[name=url]"),
    "robots": _visit("/studio/robots", "[name=least_severity]"),
    "stress": _visit("/studio/stress", ".void, tbody tr"),
    "reports": _visit("/reports", ".rp-trend .js-line"),
    "report-trend": _visit("/reports/trend?view=day", ".rp-trend .js-line"),
    "report-reasons": _visit("/reports/return-reasons", ".rp-card .void, .rp-ring .surface"),
    "stock": _visit("/stock", ".figs strong"),
    "channel-stock": _visit("/stock/channel", "tbody tr"),
    "system": _visit("/system", "tbody tr"),
    "monitor": _visit("/monitor", "tbody tr"),
    "tracks": _visit("/studio/tracks", "#patience form"),
    "users": _visit("/users", "tbody tr .b"),
    "roles": _visit("/users/roles", "form"),
    "access-review": _visit("/users/review", "tbody tr"),
    "audit": _visit("/audit", "tbody tr"),
    "privacy": _visit("/studio/privacy", "form"),
    "account": _visit("/account", "tbody tr"),
}


def _live_a_day(hub: Hub) -> None:
    """A few hours of trade with what goes wrong in them, taken in whole."""
    hub.tell_lab("rate", orders_per_day=3000, other_system_ships=False)
    hub.tell_lab("advance", seconds=4 * 3600)
    for shop, word in (("dy-flagship", "777"), ("dy-live", "778")):
        hub.tell_lab("orders", shop=shop, paid=True, status_word=word)
    sample = [{"code": "BOX-40L", "quantity": 1, "price_fen": 0}]
    hub.tell_lab("orders", shop="dy-flagship", paid=True, freight_fen=0, lines=sample, remark="样品，尽快寄出")
    hub.tell_lab("faults", name="absurd_amount", shop="dy-flagship", count=2)
    hub.tell_lab("orders", shop="dy-flagship", paid=True, count=2)
    hub.tell_lab("orders", shop="dy-live", paid=True, count=6, remark="急发，生日要用")
    wait_until_taken(hub)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, served_demo(Path(data)) as hub, chromium() as browser:
        _live_a_day(hub)
        for name, page in pages(browser, hub):
            page.screenshot(path=folder / f"{name}.png")
            sys.stdout.write(f"{folder / name}.png\n")


def pages(browser: Browser, hub: Hub) -> Iterator[tuple[str, Page]]:
    """Each page in each dress, as an administrator sees it."""
    for size, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            context = hub.context(browser, Role.ADMIN, viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            for name, look in LOOKS.items():
                look(page, hub)
                page.wait_for_timeout(700)
                yield f"{name}-{size}-{scheme}", page
            context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
    if len(sys.argv) == 1:
        README_PICTURE.parent.mkdir(exist_ok=True)
        shutil.copy(PICTURES / f"{SHOWS}.png", README_PICTURE)
