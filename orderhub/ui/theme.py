"""How does the app look, and what does every page load? One stylesheet and one small script of our own."""

from typing import Any

import reflex as rx


def app_options() -> dict[str, Any]:
    """For ``rx.App``: no toasts (they need eval), no connection banner but our own, nothing from another host."""
    return {
        "stylesheets": [
            "/app.css",
            "/studio.css",
            "/warehouse.css",
            "/finance.css",
            "/service.css",
            "/notice.css",
            "/anomaly.css",
            "/flow.css",
            "/desk.css",
            "/access.css",
        ],
        "html_lang": "zh-CN",
        "toaster": None,
        "app_wraps": {},
        "enable_state": True,
        "head_components": [
            rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
            rx.el.meta(name="color-scheme", content="light dark"),
            rx.el.script(src="/app.js", defer=True),
        ],
    }
