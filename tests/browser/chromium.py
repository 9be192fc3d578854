"""A headless Chromium: the system's, else Playwright's own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, sync_playwright

_QUIET = ("--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update")


@contextmanager
def chromium() -> Iterator[Browser]:
    """
    Raises:
        RuntimeError: there is no browser; the message says how to get one.
    """
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=[*_QUIET])
        except Error as error:
            raise RuntimeError("no browser for the tests: run `make setup-dev`") from error
        yield browser
        browser.close()
